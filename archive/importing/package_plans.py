"""The plans and maps of a package: files that are looked at as any others are."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.batches import batch
from archive.database import Archive
from archive.disk import storing
from archive.errors import ArchiveError
from archive.identity import name_key
from archive.importing.bags import Bag
from archive.importing.package_lists import records
from archive.importing.package_records import PLAN, Record
from archive.people import Person
from archive.plans import check_corners
from archive.plans.records import add_plan


def add_plans(archive: Archive, actor: Person, bag: Bag, project: Record) -> None:
    """Lay the plans of a package on the map; those that cannot be are left out."""
    corners = {
        str(plan.get("uuid")): plan.get("corners")
        for plan in project.get("plans", [])
        if isinstance(plan, dict)
    }
    for plan in records(project, "plans", PLAN):
        if plan["file"] in bag.files and not _is_here(archive, plan):
            _add(archive, actor, bag, plan, corners.get(plan["uuid"]))


def _is_here(archive: Archive, plan: dict[str, Any]) -> bool:
    row = archive.connection.execute(
        "select 1 from plans where uuid = ? or name_key = ?",
        (plan["uuid"], name_key(plan["name"])),
    )
    return row.fetchone() is not None


def _add(
    archive: Archive,
    actor: Person,
    bag: Bag,
    plan: dict[str, Any],
    corners: Any,  # noqa: ANN401
) -> None:
    found = bag.files[plan["file"]]
    with TemporaryDirectory(dir=archive.folder, prefix=".plan-") as folder:
        path = Path(folder) / Path(plan["file"]).name
        with storing(path), found.open() as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        try:
            place = check_corners(corners) if corners and _is_picture(path) else None
            made = add_plan(
                archive,
                actor,
                path,
                plan["name"],
                place=(lambda _size: place) if place else None,
                attribution=plan["attribution"],
            )
        except ArchiveError:
            return
    with batch(archive.connection, actor, origin="import", reason="package"):
        archive.connection.execute(
            "update plans set uuid = ?, opacity = ? where id = ?",
            (plan["uuid"], plan["opacity"], made.id),
        )


def _is_picture(path: Path) -> bool:
    return path.suffix not in (".pmtiles", ".mbtiles")
