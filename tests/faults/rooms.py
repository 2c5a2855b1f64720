"""The room in which a scenario happens, and what holds for each.

In a room ``tower`` is the archive, and ``out`` gets what leaves it. ``prepare`` lays it
out. ``act`` does the thing, also when a part of it is done already, and notes what it
reports as done. ``look`` says what is wrong with a room in which it was cut off, or,
when ``WHOLE`` was noted, in which it came to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive import workers
from archive.backups import snapshot
from archive.database import Archive, create_archive, open_archive
from archive.export.package import making
from archive.export.pdf import pictures
from archive.importing import pipeline
from archive.jobs import renditions
from archive.people import owner
from archive.verifying import Limits, verify
from tests.archive.import_checks import faults, inline, lay, photo, sha256, take_in
from tests.archive.package_site import InlinePool
from tests.faults.copying import HERE

Note = Callable[[str], None]
FILES = {f"{n}.jpg": photo(n) for n in (1, 2, 3)}
NAMES = {sha256(data) for data in FILES.values()}
STICK = FILES | {"again.jpg": FILES["1.jpg"]}
WHOLE = "whole"  # noted once ``act`` came to its end


@dataclass(frozen=True, slots=True)
class Scenario:
    """See above. ``look`` gets what was noted."""

    prepare: Callable[[Path], None]
    act: Callable[[Path, Note], None]
    look: Callable[[Path, Sequence[str]], Iterator[str]]


def in_this_process() -> None:
    """Read files, and copy databases, without processes of their own."""
    pipeline.run_jobs = inline  # type: ignore[assignment]
    pictures.run_jobs = inline  # type: ignore[assignment]
    renditions.run_jobs = inline  # type: ignore[assignment]
    workers.Pool = InlinePool  # type: ignore[assignment,misc]
    pipeline.BATCH = 2
    making.Pool = InlinePool  # type: ignore[assignment,misc]
    snapshot.subprocess = HERE  # type: ignore[assignment]


def stick(room: Path) -> Path:
    """Where the photos come from: beside the rooms, as no fault reaches it."""
    return room.parent / "stick"


def beside(room: Path) -> Path:
    """What a death leaves as it is: the remote. No fault reaches it, either."""
    return room.parent / "beside"


def empty(room: Path) -> None:
    create_archive(room / "tower", "Tower 4")
    (room / "out").mkdir()
    if not stick(room).exists():
        lay(stick(room), STICK)


def filled(room: Path) -> None:
    empty(room)
    with open_archive(room / "tower") as archive:
        take_in(archive, stick(room), renditions=True)


@contextmanager
def read(room: Path) -> Iterator[Archive]:
    """Give the archive to look at; it stays open, as opening takes longest."""
    if room not in _READ:
        _READ[room] = open_archive(room / "tower")
    yield _READ[room]


_READ: dict[Path, Archive] = {}


def close() -> None:
    """Close what was opened to look at."""
    for archive in _READ.values():
        archive.close()
    _READ.clear()


def clear(room: Path) -> None:
    """What a server does when it starts, and the next import when it begins."""
    from archive.arrivals import clear_arrivals
    from archive.export.keeping import clear_exports
    from archive.uploads import clear_uploads

    nothing = room.parent / "nothing"
    nothing.mkdir(exist_ok=True)
    with open_archive(room / "tower") as archive:
        clear_uploads(archive)
        clear_arrivals(archive)
        clear_exports(archive)
        take_in(archive, nothing)


def sound(room: Path, *, cleared: bool = True, verified: bool = False) -> Iterator[str]:
    """What is wrong with the archive itself; our own verification has to agree.

    :param cleared: nothing is left of what was cut off
    """
    with read(room) as archive:
        for fault in faults(archive, at_rest=cleared):
            if fault != "cache.db-journal was left":  # who opens it next takes it up
                yield fault
        if verified:
            known = verify(archive, owner(archive.connection), Limits()).known
            yield from (f"verify: {fault.what} {fault.text}" for fault in known)


def ids(archive: Archive) -> list[int]:
    rows = archive.connection.execute("select id from photos order by id")
    return [int(row[0]) for row in rows]


def shown(room: Path, *allowed: str) -> Iterator[str]:
    """What is in ``out`` under a name that a person sees, and should not be."""
    for path in sorted((room / "out").iterdir()):
        if path.name not in allowed and not path.name.startswith("."):
            yield f"{path.name} is half done, and has a name"


def gone(room: Path, noted: Sequence[str]) -> Iterator[str]:
    """What is left of the work when it came to its end."""
    if noted[-1:] == [WHOLE]:
        for path in sorted((room / "out").glob(".*")):
            yield f"out/{path.name} was left"
