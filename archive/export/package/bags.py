"""A bag (BagIt, RFC 8493): files with a list of their hashes, which anybody can check.

The files are told one after another, whether they become a folder or a zip. Only
SHA-256: originals have it since they were imported, in the database and in the history,
so that a chain reaches from the day of import into the bag; a second hash would cost
reading everything once more, and prove nothing that this one does not.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.copying import Copied
from archive.disk import storing
from archive.errors import DamagedFile
from archive.export.zip_writing import write_zip
from archive.export.zips import PIECE, Entry

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
INFO = "bag-info.txt"
DECLARED = "bagit.txt"


@dataclass(frozen=True, slots=True)
class Item:
    """A file to be.

    :param name: below the bag's folder, ``/`` between
    :param source: where its bytes are, or they themselves
    """

    name: str
    source: Path | bytes
    bytes: int
    sha256: str
    crc32: int


def item_of(name: str, data: bytes) -> Item:
    """Return the item of bytes that are in memory."""
    return Item(
        name, data, len(data), hashlib.sha256(data).hexdigest(), zlib.crc32(data)
    )


def item_at(name: str, path: Path) -> Item:
    """Return the item of a file, which is read to its end.

    :raises OSError: it cannot be
    """
    read = read_through(path)
    return Item(name, path, read.bytes, read.sha256, read.crc32)


def read_through(path: Path) -> Copied:
    """Return what the bytes of a file are.

    :raises OSError: it cannot be read
    """
    digest, size, crc = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            size += len(piece)
    return Copied(digest.hexdigest(), size, crc)


@dataclass(slots=True)
class Bag:
    """A bag on its way.

    :param folder: where its list is kept meanwhile
    :param info: of ``bag-info.txt``: what is known before
    :param bytes: and ``files``: of what was told so far, the payload
    :param seal: SHA-256 of the tag manifest, in which everything is; at the end
    """

    folder: Path
    info: Sequence[tuple[str, str]] = ()
    bytes: int = 0
    files: int = 0
    seal: str = ""
    tags: list[Item] = field(default_factory=list)

    def items(self, payload: Iterable[Item]) -> Iterator[Item]:
        """Yield all files of the bag: the payload, and last what is about it.

        What lies beside ``data/`` is no payload; it goes into the tag manifest.
        """
        path = self.folder / MANIFEST
        with path.open("wb") as manifest:
            for item in payload:
                if item.name.startswith("data/"):
                    manifest.write(_line(item))
                    self.bytes += item.bytes
                    self.files += 1
                else:
                    self.tags.append(item)
                yield item
        yield from self._about(item_at(MANIFEST, path))

    def _about(self, manifest: Item) -> Iterator[Item]:
        oxum = ("Payload-Oxum", f"{self.bytes}.{self.files}")
        about = [
            manifest,
            item_of(DECLARED, DECLARATION),
            item_of(INFO, _info([*self.info, oxum])),
        ]
        yield from about
        tags = b"".join(map(_line, sorted([*self.tags, *about], key=lambda i: i.name)))
        last = item_of(TAG_MANIFEST, tags)
        self.seal = last.sha256
        yield last


def _line(item: Item) -> bytes:
    # Names of ours have no line ends and no per cent signs, which would be escaped
    return f"{item.sha256}  {item.name}\n".encode()


def _info(values: Iterable[tuple[str, str]]) -> bytes:
    lines = (f"{name}: {' '.join(value.split())}\n" for name, value in values if value)
    return "".join(lines).encode("utf-8", "replace")


def into_folder(items: Iterable[Item], folder: Path) -> None:
    """Write the files of a bag, or what is missing of them.

    What a writer that was killed had written is read again, and stays where it is what
    would be written now; of the rest nothing stays.

    :raises StoreError: they cannot be
    :raises DamagedFile: one is not what it was a moment ago
    """
    begun = folder.is_dir()
    with storing(folder):
        if not begun:
            folder.unlink(missing_ok=True)  # of an export that was to be a file
        folder.mkdir(exist_ok=True)
    names = set()
    for item in items:
        target = folder / item.name
        with storing(target):
            if begun:
                names.add(item.name)
                if _is_there(target, item):
                    continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(item.source, bytes):
                target.write_bytes(item.source)
            else:
                _copy(item, item.source, target)
    if begun:
        with storing(folder):
            _leave_only(names, folder)


def _is_there(target: Path, item: Item) -> bool:
    try:
        if target.stat().st_size != item.bytes:
            return False
        return read_through(target).sha256 == item.sha256
    except (FileNotFoundError, NotADirectoryError):
        return False


def _leave_only(names: set[str], folder: Path) -> None:
    """Remove what is none of these: it may be what is not to be seen any more."""
    for root, folders, files in os.walk(folder, topdown=False):
        here = Path(root)
        for name in files:
            if (here / name).relative_to(folder).as_posix() not in names:
                (here / name).unlink()
        for name in folders:
            with suppress(OSError):  # there is something in it
                (here / name).rmdir()


def _copy(item: Item, source: Path, target: Path) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as file, target.open("wb") as copy:
        while piece := file.read(PIECE):
            digest.update(piece)
            copy.write(piece)
    if digest.hexdigest() != item.sha256:
        raise DamagedFile(item.name, "changed while it was exported")


def into_zip(
    items: Iterable[Item], path: Path, base: str, moment: datetime
) -> tuple[int, str]:
    """Write the files of a bag as a zip, in one folder of this name.

    What a writer that was killed had written is gone on with, as ``write_zip`` does.

    :return: the zip's size and SHA-256
    :raises StoreError: a file cannot be read, or the zip not be written
    :raises DamagedFile: one is not what it was a moment ago
    """
    entries = (
        Entry(f"{base}/{item.name}", item.source, item.bytes, item.crc32, moment)
        for item in items
    )
    with storing(path):
        return write_zip(path, entries)
