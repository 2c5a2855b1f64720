"""Kills the making of one photo before its nth step, and looks what is left. A script.

usage: python -m tests.archive.kill_single WORK

As ``kill_at_step``, of which it is a scenario with another end: done again, it makes a
further photo. Prints one JSON object a line: {"n", "step", "photos", "problems"}.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
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
from tests.archive.kill_at_step import count_steps, in_a_fork

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


def steps_of(work: Callable[[Callable[[str], None]], None], log: Path) -> list[str]:
    def listed() -> None:
        names: list[str] = []
        work(names.append)
        log.write_text(json.dumps(names))

    assert in_a_fork(listed) == 0
    return list(json.loads(log.read_text()))


def killed(work: Callable[[Callable[[str], None]], None], number: int) -> int:
    def until() -> None:
        done = -1

        def step(_: str) -> None:
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

        work(step)

    return in_a_fork(until)


def looked_at(folder: Path, arrival: Arrival, read: ReadPhoto, log: Path) -> Any:
    """What is there after the kill, and whether the arrival can still be used once."""

    def work() -> None:
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
            problems += faults(archive)
        log.write_text(json.dumps([rows[0], problems]))

    log.unlink(missing_ok=True)
    if in_a_fork(work) != 0:
        return 0, ["the next run failed"]
    return json.loads(log.read_text())


def main(work: Path) -> None:
    template, copy, log = work / "template", work / "copy", work / "log.json"
    (work / "nothing").mkdir()
    arrival, read = make(template)
    path = parts.path_of(copy, arrival.uuid)
    read = dataclasses.replace(read, path=path)

    def once(step: Callable[[str], None]) -> None:
        begun = False

        def counted(name: str) -> None:
            if begun:
                step(name)

        count_steps(counted)
        with open_archive(copy) as archive:
            begun = True
            carry_out(archive, arrival, read)
            begun = False

    def fresh() -> None:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(template, copy)

    fresh()
    for number, name in enumerate(steps_of(once, log)):
        if name.startswith("sql") and number % EVERY:
            continue
        fresh()
        status = killed(once, number)
        problems = [] if status == -signal.SIGKILL else [f"it ended with {status}"]
        photos, found = looked_at(copy, arrival, read, log)
        told = {"n": number, "step": name, "photos": photos}
        sys.stdout.write(json.dumps({**told, "problems": problems + found}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
