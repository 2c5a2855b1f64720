"""Facts of real and hostile photos, column by column against their manifest.

The photos lie beside the checkout (``../shared/photos``); without them these tests
are skipped, and what they cover is tested on built files in ``test_facts.py`` and
``test_facts_damage.py``.
"""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from archive.errors import DamagedFile, NotAPhoto
from archive.facts import Facts, read_facts

SHARED = Path(__file__).parents[3] / "shared" / "photos"
MANIFEST = SHARED / "MANIFEST.csv"

pytestmark = pytest.mark.skipif(
    not MANIFEST.exists(), reason="no ../shared/photos beside the checkout"
)

# Where the manifest is not right. Each was looked at with exiftool 12.57, whose
# reading is given here.
CORRECTED: dict[str, dict[str, str]] = {
    # 51 33 11.7 N, 0 0 15.04 W, east London: nought degrees are not missing degrees
    "gps/elodie--with-location-zero-coordinate.jpg": {
        "lat": "51.5532500",
        "lon": "-0.0041778",
    },
    # "position only in XMP", says its own note
    "panorama/mapillary-tool--adobe_coords.jpg": {
        "lat": "-0.0702668",
        "lon": "34.3819352",
    },
    # DateTimeOriginal stands in IFD0 instead of ExifIFD
    "panorama/photo-sphere-v--snow.jpg": {
        "taken_at": "2013-01-19T09:34:18",
        "taken_at_source": "EXIF DateTimeOriginal",
    },
    "panorama/photo-sphere-v--sun.jpg": {
        "taken_at": "2013-08-11T17:30:23",
        "taken_at_source": "EXIF DateTimeOriginal",
    },
    # "the first should win", says its own note; exiftool shows the last
    "hostile/synth--exif-two-app1.jpg": {"taken_at": "2021-06-15T10:20:30"},
    # DateTimeOriginal is 2018:06:26 17:46:33.847
    "gps/mapillary-tool--test_exif.jpg": {"subsec": "847"},
}


def rows() -> list[dict[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="", encoding="utf-8") as file:
        return [row | CORRECTED.get(row["path"], {}) for row in csv.DictReader(file)]


def is_archived(row: dict[str, str]) -> bool:
    return row["mime"].startswith(("image/", "video/")) and row["filetype"] != "SVG"


GRADED = [row for row in rows() if "size" in row["graded"] and is_archived(row)]
REFUSED = [row for row in rows() if row["mime"] and not is_archived(row)]


def by_path(found: list[dict[str, str]]) -> Any:
    return pytest.mark.parametrize(
        "row", [pytest.param(row, id=row["path"]) for row in found]
    )


def as_manifest(facts: Facts) -> dict[str, str]:
    """Facts in the manifest's columns and spelling."""
    position = facts.latitude, facts.longitude
    lat, lon = ("" if part is None else f"{part:.7f}" for part in position)
    shown = facts.shown_size or ("", "")
    return {
        "mime": facts.media_type,
        "width": str(facts.width or ""),
        "height": str(facts.height or ""),
        "display_width": str(shown[0]),
        "display_height": str(shown[1]),
        "orientation": str(facts.orientation or ""),
        "taken_at": (facts.taken_at or "")[:19],
        "taken_at_source": facts.taken_source or "",
        "utc_offset": facts.taken_offset or "",
        "subsec": str(facts.details.get("subsec", "")),
        "lat": lat,
        "lon": lon,
        "projection": str(facts.details.get("projection_raw", "")),
        "make": facts.camera_make or "",
        "model": facts.camera_model or "",
    }


COLUMNS = {
    "size": ("mime", "width", "height", "display_width", "display_height"),
    "date": ("taken_at", "taken_at_source"),
    "offset": ("utc_offset", "subsec"),
    "position": ("lat", "lon"),
    "orientation": ("orientation",),
    "projection": ("projection",),
}


@by_path(GRADED)
def test_every_graded_column(row: dict[str, str]) -> None:
    found = as_manifest(read_facts(SHARED / row["path"]))
    columns = [name for part in row["graded"].split() for name in COLUMNS[part]]
    if not row["mime"].startswith("video/"):  # the manifest has EXIF's camera only
        columns += ["make", "model"]
    expected = {name: row[name].strip() for name in columns}
    assert {name: found[name] for name in columns} == expected


@by_path(GRADED)
def test_projection_is_360_only_where_it_is_stated(row: dict[str, str]) -> None:
    facts = read_facts(SHARED / row["path"])
    assert (facts.projection == "360") == (row["projection"] == "equirectangular")


@by_path([row for row in rows() if row["gps_utc"] and "size" in row["graded"]])
def test_the_gps_clock(row: dict[str, str]) -> None:
    found = str(read_facts(SHARED / row["path"]).details["gps_utc"])
    expected = row["gps_utc"].replace(":", "-", 2).replace(" ", "T")
    assert found[:19] == expected[:19]


@by_path(REFUSED)
def test_what_is_no_photo_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(NotAPhoto):
        read_facts(SHARED / row["path"])


@by_path([row for row in rows() if "metadata may be read" in row["graded"]])
def test_a_cut_file_keeps_its_metadata(row: dict[str, str]) -> None:
    found = as_manifest(read_facts(SHARED / row["path"]))
    for name in ("taken_at", "lat", "lon"):
        assert found[name] == row[name]


@pytest.mark.parametrize(
    "name",
    ["truncated-05pct", "truncated-35pct", "truncated-80pct", "no-eoi", "tail-zeroed"],
)
def test_damage_is_seen(name: str) -> None:
    assert read_facts(SHARED / "hostile" / f"synth--{name}.jpg").damage


@by_path([row for row in GRADED if row["path"].startswith(("real/", "gps/"))])
def test_sound_photos_are_not_called_damaged(row: dict[str, str]) -> None:
    facts = read_facts(SHARED / row["path"])
    # cut off behind its headers
    assert bool(facts.damage) == row["path"].endswith("pillow--ultrahdr.jpg")


@by_path(rows())
def test_any_file_is_read_or_refused_within_bounds(row: dict[str, str]) -> None:
    tracemalloc.start()
    try:
        facts = read_facts(SHARED / row["path"])
    except (NotAPhoto, DamagedFile):
        pass
    else:
        assert facts.kind in {"image", "raw", "video"}
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 << 20
