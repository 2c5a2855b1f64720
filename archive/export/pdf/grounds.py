"""What lies below the pins of a key plan: site plans, and tiles of maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive.export.pdf.charts import Chart
from archive.export.pdf.pictures import RENDER, Picture, made
from archive.export.pdf.spool import PictureFile

PLAN_PIXELS = 3000  # the longest side of a plan: 280 dots per inch of A4
MOSAIC = "archive.export.pdf.rendering:mosaic"


def gather_grounds(
    charts: Sequence[Chart], folder: Path, file: PictureFile
) -> dict[int, Picture | str]:
    """Bring what lies below the pins into the file of pictures, each plan once.

    :param folder: the archive's
    :returns: for the number of each chart its picture, or why there is none
    """
    by_plan: dict[int, list[int]] = {}
    mosaics = {}
    for number, chart in enumerate(charts):
        if chart.plan is not None:
            by_plan.setdefault(chart.plan.id, []).append(number)
        elif chart.tiles is not None:
            tiles = chart.tiles
            place = (tiles.left, tiles.top, tiles.columns, tiles.rows)
            path = str(tiles.plan.path(folder))
            mosaics[number] = (path, tiles.plan.kind, tiles.zoom, *place)
    plans = {n[0]: charts[n[0]].plan for n in by_plan.values()}
    jobs = ((n, (str(p.path(folder)), 0, PLAN_PIXELS)) for n, p in plans.items() if p)
    found = dict(made(RENDER, jobs, file)) if plans else {}
    for numbers in by_plan.values():
        found.update(dict.fromkeys(numbers, found[numbers[0]]))
    if mosaics:
        found.update(made(MOSAIC, mosaics.items(), file))
    return found
