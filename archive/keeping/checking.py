"""Reading a copy again: what it holds, and what it does not any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive.backups.buckets import source_of
from archive.backups.sources import Source, Unreachable
from archive.backups.states import MARKER, is_one_archive
from archive.database import MARKER as ARCHIVE_MARKER
from archive.database import Archive, read_marker
from archive.disk import is_same
from archive.errors import Conflict, FileProblem, InvalidInput, NotFound
from archive.identity import new_uuid
from archive.keeping.copies import Copy, add_copy, list_copies, log
from archive.keeping.held import Noting
from archive.keeping.places import (
    URL,
    forget_place,
    is_reachable,
    keep_place,
    place_of,
)
from archive.originals import Stored
from archive.people import Person
from archive.rights import require

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a copy found.

    :param good: originals that it holds; ``bad``: that it lacks, or has otherwise
    :param left: that there was no time for
    """

    good: int
    bad: int
    left: int


def add_place(archive: Archive, who: Person, place: str, name: str = "") -> Copy:
    """Know a backup or another archive's folder as a copy; what it holds is not known.

    :param place: a folder, or ``s3://bucket/beginning``
    :raises NotFound: neither is there
    :raises Conflict: it is a backup of another archive
    :raises InvalidInput: it is this archive itself
    """
    require(who, "history")
    if place.startswith(URL):
        source = source_of(place)
        uuid, kind = source.uuid(archive.uuid), "bucket"
        shown, place = source.shown.rpartition("/")[2], source.shown
    else:
        path = Path(place).absolute()
        uuid, kind = _of_folder(archive, path)
        shown, place = path.name, str(path)
    copy = add_copy(archive.connection, who, uuid, kind, name or shown)
    keep_place(copy, place)
    return copy


def _of_folder(archive: Archive, path: Path) -> tuple[str, str]:
    """Return the uuid and the kind of what is in a folder."""
    if (path / MARKER).is_file():
        return source_of(path).uuid(archive.uuid), "backup"
    if not (path / ARCHIVE_MARKER).is_file():
        raise NotFound(f"{path}: neither a backup nor an archive; is its disk there?")
    _require_other(archive, path)
    read_marker(path)
    for copy in list_copies(archive.connection):
        known = place_of(copy) if copy.kind == "folder" else None
        if known and (known == str(path) or is_same(Path(known), path)):
            return copy.uuid, "folder"
    return new_uuid(), "folder"  # copies of an archive all bear its own


def _require_other(archive: Archive, path: Path) -> None:
    if is_one_archive(archive.folder, path):
        raise InvalidInput(f"{path}: is this archive itself, no copy of it")


def source_in(archive: Archive, copy: Copy, place: str | None = None) -> Source:
    """Return where a copy can be read now.

    :param place: where it is now; None: where this computer last found it
    :raises NotFound: it is not there; what it held is not forgotten
    :raises InvalidInput: it is of a kind that only its owner can read, or this archive
        itself is there
    :raises StoreError: the store cannot be asked
    """
    place = place or place_of(copy)
    if copy.kind in ("site", "stick"):
        raise InvalidInput(f"{copy.name}: is checked where it is, and tells of it then")
    if place is None:
        raise NotFound(f"{copy.name}: this computer does not know where it is; --at")
    source = source_of(place)
    if place.startswith(URL):
        if source.uuid() != copy.uuid:
            raise Conflict(f"{place}: holds another backup than {copy.name}")
    elif not is_reachable(copy, place):
        raise NotFound(f"{copy.name}: is not at {place}; is its disk connected?")
    else:
        _require_other(archive, Path(place))
    return source


def check_copy(
    archive: Archive,
    who: Person,
    copy: Copy,
    *,
    place: str | None = None,
    seconds: float | None = None,
    go_on: Callable[[], None] = lambda: None,
    report: Report = lambda done, total: None,  # noqa: ARG005
) -> Checked:
    """Read what a copy holds of the originals; what was read longest ago first.

    :param place: where it is now, to be remembered
    :param seconds: no file is begun later; None: as long as it takes
    :raises NotFound: the copy is not there, or goes away; what it held stays known
    """
    require(who, "history")
    source = source_in(archive, copy, place)
    if place:
        keep_place(copy, source.shown)
    end = None if seconds is None else time.monotonic() + seconds
    wanted = _wanted(archive, copy)
    noting, done = Noting(archive.connection, copy), 0
    try:
        for done, number in enumerate(wanted):
            go_on()
            if end is not None and time.monotonic() >= end:
                break
            _check_one(archive, source, copy, number, noting)
            report(done + 1, len(wanted))
        else:
            done = len(wanted)
    finally:
        noting.write()
    log(archive.connection, who, copy, "checked", noting.good, noting.bad)
    return Checked(noting.good, noting.bad, len(wanted) - done)


def _wanted(archive: Archive, copy: Copy) -> list[int]:
    """Return the ids of all originals, those read there longest ago first."""
    rows = archive.connection.execute(
        """
        select o.id from originals o
        left join copy_originals h on h.copy_id = ? and h.original_id = o.id
        order by h.verified, o.id
        """,
        (copy.id,),
    )
    return [row[0] for row in rows]


def _check_one(
    archive: Archive, source: Source, copy: Copy, number: int, noting: Noting
) -> None:
    row = archive.connection.execute(
        "select sha256, extension from originals where id = ?", (number,)
    ).fetchone()
    if row is None:  # purged meanwhile
        return
    stored = Stored(*row)
    try:
        right = source.sha256(f"originals/{stored.name}") == stored.sha256
    except Unreachable:
        raise
    except (OSError, FileProblem):
        source_in(archive, copy, source.shown)  # unless all of it is gone
        right = False
    noting.found(stored.sha256, whole=right)


def forget(archive: Archive, who: Person, copy: Copy) -> None:
    """Know nothing of a copy any more, here and on this computer."""
    from archive.keeping.copies import forget_copy

    forget_copy(archive.connection, who, copy)
    forget_place(copy)
