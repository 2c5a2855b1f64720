"""Kills the making of one photo before its nth step, and looks what is left. A script.

usage: python -m tests.archive.kill_single WORK

As ``kill_at_step``, of which it is a scenario with another end: done again, it makes a
further photo. Each line that it prints tells "photos", too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from functools import partial
from pathlib import Path
from typing import Any

from archive.arrivals import Announced, announce, clear_arrivals, files, use
from archive.arrivals.records import Arrival, find_arrival
from archive.copying import identity_of
from archive.database import Archive, create_archive, open_archive
from archive.errors import ArchiveError
from archive.importing import single
from archive.importing.single import PhotoOptions, ReadPhoto
from archive.people import owner
from archive.renditions import make_renditions  # noqa: F401 - loaded once, before forks
from archive.uploads import parts
from tests.archive.import_checks import InPlace, faults, photo, take_in
from tests.archive.kills import kill_each, noted, opened

OPTIONS = PhotoOptions(path=("Tower", "Roof"), log_date="2026-03-09")
EVERY = 4  # of SQL statements one in so many is tried


def carry_out(archive: Archive, arrival: Arrival, read: ReadPhoto) -> None:
    sam = owner(archive.connection)
    # The folder is a copy of the one in which it was read
    with contextlib.suppress(FileNotFoundError):
        identity = identity_of(read.path.stat())
        read = dataclasses.replace(read, identity=identity)
    single.keep_photo(
        archive,
        sam,
        read,
        OPTIONS,
        within=lambda connection: use(connection, sam, arrival),
    )
    files.remove(archive.folder, arrival.uuid)


def make(folder: Path) -> tuple[Arrival, ReadPhoto]:
    """An archive with a photo, and an arrival that waits."""
    create_archive(folder, "Tower")
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        arrival = announce(archive, sam, Announced("a.jpg"))
        with files.receiving(folder) as part:
            parts.write(part, photo(7, "2026:03:09 10:11:12"))
            files.publish(part, arrival.uuid)
    pool: Any = InPlace()
    return arrival, single.read_photo(pool, parts.path_of(folder, arrival.uuid), "a")


def looked_at(
    arrival: Arrival, read: ReadPhoto, folder: Path, log: Path
) -> dict[str, Any]:
    """What is there after the kill, and whether the arrival can still be used once."""

    def work() -> dict[str, Any]:
        with open_archive(folder) as archive:
            problems = [f"killed: {p}" for p in faults(archive, at_rest=False)]
            rows = archive.connection.execute("select count(*) from photos").fetchone()
            used = find_arrival(
                archive.connection, owner(archive.connection), arrival.uuid
            ).used_at
            if bool(used) != bool(rows[0]):
                problems.append(f"used is {used}, and there are {rows[0]} photos")
            take_in(archive, log.parent / "nothing")
            clear_arrivals(archive)
            problems += [f"cleared: {p}" for p in faults(archive)]
            try:
                carry_out(archive, arrival, read)
            except ArchiveError:
                if not used:
                    problems.append("cannot be used any more")
            after = archive.connection.execute("select count(*) from photos").fetchone()
            if after[0] != 1:
                problems.append(f"{after[0]} photos in the end")
            return {"photos": rows[0], "problems": problems + faults(archive)}

    return noted(work, log) or {"photos": 0, "problems": ["the next run failed"]}


def main(work: Path) -> None:
    arrival, read = make(work / "template")
    read = dataclasses.replace(read, path=parts.path_of(work / "copy", arrival.uuid))
    kill_each(
        work / "template",
        work,
        opened(lambda archive: carry_out(archive, arrival, read)),
        partial(looked_at, arrival, read),
        every=EVERY,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
