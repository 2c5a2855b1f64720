"""A zip that is as long as was said, whatever is found of its files while it is sent.

Each file is read before its turn and looked at; one that is not what was archived, or
is gone meanwhile, is left out. The last file, which there is only then, says which, and
is filled up to the length that was told: a browser gets a whole zip, not a torn one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from archive.copying import is_as_archived
from archive.errors import DamagedFile, StoreError
from archive.export.zips import PIECE, Entry, entry_of, length, stream

MISSING = "missing.txt"
ABSENT = "its file is not in the archive's folder"
CHANGED = "its file is not what it was when it was archived"
# Bytes of originals that are read before anything is sent: a second of waiting at most
AT_ONCE = 256 << 20
_FILLING = b" " * 79 + b"\n"

Left = tuple[Entry, str]  # a file that is left out, and why
# What stands behind the files, by what is left out; the last is then MISSING
Lists = Callable[[Sequence[Left]], list[Entry]]


def why_not(entry: Entry) -> str:
    """Return why a file cannot be sent; "" if it can, and is what was archived.

    What is no file on the disk always can.
    """
    if not isinstance(entry.source, Path):
        return ""
    try:
        right = is_as_archived(entry.source, entry.crc32, entry.size)
    except StoreError:
        return ABSENT
    return "" if right else CHANGED


def stream_as_told(files: Sequence[Entry], lists: Lists) -> Iterator[bytes]:
    """Yield a zip of ``length([*files, *lists([])])`` bytes, in pieces.

    :raises DamagedFile: a file is altered while it is read, or is so small that to say
        that it is left out takes more room
    """
    return stream(_as_told(files, lists, length([*files, *lists([])])))


def _as_told(files: Sequence[Entry], lists: Lists, told: int) -> Iterator[Entry]:
    sent: list[Entry] = []
    left: list[Left] = []
    for entry in files:
        if why := why_not(entry):
            left.append((entry, why))
        else:
            sent.append(entry)
            yield entry
    last = lists(left)
    if left:
        last[-1] = _filled(last[-1], [*sent, *last[:-1]], told)
    yield from last


def missing_list(lines: Sequence[tuple[str, str]], modified: datetime) -> Entry:
    """Return the file that says what is left out: names, and why."""
    text = "".join(f"{name}: {why}\n" for name, why in lines)
    return entry_of(MISSING, text.encode("utf-8", "replace"), modified)


def _filled(entry: Entry, before: Sequence[Entry], told: int) -> Entry:
    """Return an entry that is so long that the zip ends where it was said to end."""
    said = entry.source if isinstance(entry.source, bytes) else b""
    size = size_of_last(entry, before, told)

    def pieces() -> Iterator[bytes]:
        yield said
        left = size - len(said)
        while left > 0:
            piece = (_FILLING * (PIECE // len(_FILLING)))[-min(left, PIECE) :]
            left -= len(piece)
            yield piece

    crc = 0
    for piece in pieces():
        crc = zlib.crc32(piece, crc)
    return replace(entry, source=pieces, size=size, crc32=crc)


def size_of_last(entry: Entry, before: Sequence[Entry], told: int) -> int:
    """Return how many bytes the last file has to have in a zip of a length.

    :raises DamagedFile: its own are too many
    """
    size = entry.size
    for _ in range(3):  # past 4 GB its own record grows with it
        size += told - length([*before, replace(entry, size=size)])
        if size < entry.size:
            break
    if size < entry.size or told != length([*before, replace(entry, size=size)]):
        raise DamagedFile(entry.name, CHANGED)
    return size
