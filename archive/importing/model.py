"""What is asked of an import, what it finds, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from archive.errors import printable


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What holds for every photo of an import.

    :param album: name; made if it is not there. None: Unclassified
    :param location: ``Building>Floor>Room``; missing tiers are made
    :param trades: names; made if they are not there
    :param private: None: as the settings say
    :param daily_log: also in the daily log of the day each was taken
    :param log_date: of that day instead, ``YYYY-MM-DD``
    :param taken_at: when they were taken, said by the person: a local time, with offset
        or without, or a day, which leaves the time of day that a file states
    :param undated_only: that holds for files only that do not say so themselves
    :param purged_too: also photos that were once deleted for good
    :param checksum: read every file, also those whose size and time of change are as
        they were: what is known is told by the SHA-256 of its bytes alone
    """

    album: str | None = None
    location: str | None = None
    trades: tuple[str, ...] = ()
    description: str = ""
    private: bool | None = None
    starred: bool = False
    daily_log: bool = False
    log_date: str | None = None
    taken_at: str | None = None
    undated_only: bool = False
    purged_too: bool = False
    checksum: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the options as the table ``imports`` keeps them."""
        return asdict(self)


class Place(NamedTuple):
    """A folder or zip that files are found in.

    :param name: last part of its path, as bytes
    :param path: absolute, as bytes; never stored
    """

    kind: str
    name: bytes
    path: bytes


class Found(NamedTuple):
    """A file to import. One is made for each file of a folder, so cheaply.

    :param shown: its path, as the person named it
    :param name: its own name, as bytes
    :param path: below its place, ``/`` between, as bytes
    :param problem: why it cannot even be tried, or None
    :param crc32: of its bytes, as the zip says in which it is; None: not known; -1:
        that of no file, so that it is read whenever it is found
    """

    place: Place
    shown: str
    name: bytes
    path: bytes
    bytes: int
    modified_ns: int
    open: Callable[[], BinaryIO]
    problem: str | None = None
    crc32: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not imported, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What an import did, file by file.

    :param run: uuid of its batches; ``undo`` takes it
    Its paths are ``readable``.

    :param imported: (path, uuid of the photo)
    :param duplicates: (path, uuid of the photo that has these bytes)
    :param notes: (path, what a person should know of an imported file)
    :param ignored: system files passed over (Thumbs.db, .DS_Store, …)
    """

    run: str
    imported: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``import --json`` prints."""
        return {
            "run": self.run,
            "imported": len(self.imported),
            "duplicates": len(self.duplicates),
            "refused": [{"path": r.path, "reason": r.reason} for r in self.refused],
            "ignored": self.ignored,
            "photos": [{"path": p, "uuid": u} for p, u in self.imported],
            "duplicate_of": [{"path": p, "uuid": u} for p, u in self.duplicates],
            "notes": [{"path": p, "note": n} for p, n in self.notes],
        }


def readable(path: str) -> str:
    r"""Return a path that JSON and UTF-8 can carry: stray bytes as ``\udcNN``."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return printable(path)
    return path


def place_of(path: Path, kind: str = "folder") -> Place:
    """Return the place at a path."""
    absolute = path.absolute()
    return Place(kind, bytes_of(absolute.name), bytes_of(str(absolute)))


def bytes_of(text: str) -> bytes:
    """Return a file name's bytes as the file system has them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, as Windows allows
        return text.encode("utf-8", "surrogatepass")
