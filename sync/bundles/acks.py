"""Acknowledgements: what a site took in, left on the stick for who wrote it.

One file each: a line that says what was taken in, a line for each original that was
read in full, and the SHA-256 of all that. It has its name when it is on the disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from archive.disk import storing, sync_folder
from archive.errors import InvalidInput, NotFound
from sync.bundles import names
from sync.bundles.forms import canonical, parsed
from sync.bundles.headings import seen_from
from sync.bundles.model import Ack, TornBundle
from sync.bundles.objects import WRONG, lines_of
from sync.bundles.sheets import sheet
from sync.bundles.writing import locked

_NAME = re.compile(r"ACK-[0-9A-Za-z-]{3,160}")
_FORMAT = "phb1-ack"
_HEAD = 2 << 20  # bytes: of 10,000 sites


def leave(folder: Path, ack: Ack, hashes: Iterable[str] = ()) -> Path:
    """Leave an acknowledgement in a folder, in place of an earlier one.

    :param hashes: SHA-256 of originals that were read in full here, and are right
    :raises ArchiveLocked: another process writes into the folder
    :raises InvalidInput: it cannot be
    :raises StoreError: it cannot be written
    """
    path = folder / f"ACK-{ack.site}-{ack.of_site}-{ack.seq}"
    if not _NAME.fullmatch(path.name):
        raise InvalidInput(f"{path.name} is no name of an acknowledgement")
    part = path.with_name(path.name + names.PART)
    with locked(folder):
        with sheet(part) as file:
            file.add(canonical(_told(ack)) + b"\n")
            for sha256 in hashes:
                if not names.SHA256.fullmatch(sha256):
                    raise InvalidInput(f"{sha256!r} is no SHA-256")
                file.add(f"{sha256}\n".encode())
            file.add(f"end {file.sha256}\n".encode())
        with storing(path):
            part.replace(path)
            sync_folder(folder)
    return path


def _told(ack: Ack) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "minor": 0,
        "archive": ack.archive,
        "site": ack.site,
        "of_site": ack.of_site,
        "seq": ack.seq,
        "at": ack.at,
        "base_seen": dict(ack.base_seen),
    }


def acks(folder: Path, archive: str) -> list[Ack]:
    """Return the acknowledgements in a folder; one that is damaged is none.

    :raises NotFound: there is no such folder, or it cannot be read
    """
    try:
        paths = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError as error:
        raise NotFound(f"{folder}: cannot be read; is the stick connected?") from error
    found = [ack for path in paths if (ack := _read(path)) and ack.archive == archive]
    return sorted(found, key=lambda ack: (ack.site, ack.of_site, ack.seq))


def hashes(ack: Ack) -> Iterator[str]:
    """Yield the originals that an acknowledgement of ``acks`` says are held there.

    :raises TornBundle: it is not any more what it was when it was found
    """
    if ack.path is not None:
        yield from _hashes(ack.path)


def _read(path: Path) -> Ack | None:
    try:
        count = sum(1 for _ in _hashes(path))
        told = parsed(next(_lines(path)))
        if told["format"] != _FORMAT:
            return None
        ack = Ack(
            told["archive"],
            told["site"],
            told["of_site"],
            told["seq"],
            told["at"],
            seen_from(told["base_seen"]),
            count,
            path,
        )
    except (TornBundle, ValueError, TypeError, KeyError, StopIteration):
        return None
    texts = (ack.archive, ack.site, ack.of_site, ack.at)
    is_sound = type(ack.seq) is int and all(isinstance(text, str) for text in texts)
    return ack if is_sound and _is_named(path, ack) else None


def _is_named(path: Path, ack: Ack) -> bool:
    return path.name == f"ACK-{ack.site}-{ack.of_site}-{ack.seq}"


def _hashes(path: Path) -> Iterator[str]:
    """Yield the originals of a file that is as it was written."""
    digest, end = hashlib.sha256(), ""
    for number, line in enumerate(_lines(path)):
        if end:
            raise TornBundle(path, WRONG)
        if line == f"end {digest.hexdigest()}\n".encode():
            end = line.decode()
            continue
        digest.update(line)
        if number:
            yield _sha256(path, line)
    if not end:
        raise TornBundle(path, WRONG)


def _sha256(path: Path, line: bytes) -> str:
    text = line.decode("latin-1").removesuffix("\n")
    if not names.SHA256.fullmatch(text):
        raise TornBundle(path, WRONG)
    return text


def _lines(path: Path) -> Iterator[bytes]:
    return lines_of(path.parent, path.name, _HEAD)
