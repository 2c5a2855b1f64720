"""The plans and maps of a package: files that are looked at as any others are."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.batches import batch
from archive.database import Archive
from archive.disk import storing
from archive.errors import ArchiveError, FileProblem
from archive.identity import name_key
from archive.importing.bags import Bag
from archive.importing.model import Refusal
from archive.importing.package_lists import records
from archive.importing.package_records import PLAN, Record
from archive.people import Person
from archive.plans import check_corners
from archive.plans.records import add_plan

ABSENT = "the package has no file of it"


def add_plans(
    archive: Archive, actor: Person, bag: Bag, project: Record
) -> list[Refusal]:
    """Lay the plans of a package on the map. Returns those that cannot be, and why.

    One whose name another has here gets a number after it.
    """
    refused = []
    corners = {
        str(plan.get("uuid")): plan.get("corners")
        for plan in project.get("plans", [])
        if isinstance(plan, dict)
    }
    for plan in records(project, "plans", PLAN):
        if _is_here(archive, plan, bag.digests.get(plan["file"], "")):
            continue
        if plan["file"] not in bag.files:
            refused.append(Refusal(plan["name"], ABSENT))
            continue
        try:
            _add(archive, actor, bag, plan, corners.get(plan["uuid"]))
        except ArchiveError as error:
            why = error.reason if isinstance(error, FileProblem) else str(error)
            refused.append(Refusal(plan["name"], why))
    return refused


def _is_here(archive: Archive, plan: dict[str, Any], sha256: str) -> bool:
    row = archive.connection.execute(
        "select 1 from plans where uuid = ? or (name_key = ? and sha256 = ?)",
        (plan["uuid"], name_key(plan["name"]), sha256),
    )
    return row.fetchone() is not None


def _free_name(archive: Archive, name: str) -> str:
    taken = {row[0] for row in archive.connection.execute("select name_key from plans")}
    free, number = name, 1
    while name_key(free) in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _add(
    archive: Archive,
    actor: Person,
    bag: Bag,
    plan: dict[str, Any],
    corners: Any,  # noqa: ANN401
) -> None:
    """Add a plan.

    :raises ArchiveError: it cannot be one
    """
    found = bag.files[plan["file"]]
    with TemporaryDirectory(dir=archive.folder, prefix=".plan-") as folder:
        path = Path(folder) / Path(plan["file"]).name
        with storing(path), found.open() as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        place = check_corners(corners) if corners and _is_picture(path) else None
        made = add_plan(
            archive,
            actor,
            path,
            _free_name(archive, plan["name"]),
            place=(lambda _size: place) if place else None,
            attribution=plan["attribution"],
        )
    with batch(archive.connection, actor, origin="import", reason="package"):
        archive.connection.execute(
            "update plans set uuid = ?, opacity = ? where id = ?",
            (plan["uuid"], plan["opacity"], made.id),
        )


def _is_picture(path: Path) -> bool:
    return path.suffix not in (".pmtiles", ".mbtiles")
