"""Originals on their way to the stick.

Each is read from the stick again before it counts, after the system forgot its own copy
of it. What lies there already from a run that was cut off is read as well, and stays.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from archive.copying import pieces, read_piece, write_hashed
from archive.disk import drop_from_memory, flush, reserve, storing, sync_folders
from archive.errors import FileProblem, StoreError
from archive.importing.staging import open_source
from archive.originals import CHUNK
from sync.bundles import names
from sync.bundles.model import Blob
from sync.bundles.sheets import NOT_KEPT, Sheet

FAT32 = (4 << 30) - (1 << 20)  # bytes of the largest piece; FAT32 takes 4 GiB less one
OTHER_BYTES = "it holds other bytes than it was stored with"
_SOME, _MUCH = 64, 256 << 20  # files, or bytes, that are synced and read again together
# Bytes of a file whose room is asked for before it is written: on ext4 that saves half
# of the time, on FAT the room is written with zeros, which a larger file would wait for
_RESERVED = 64 << 20
_AT_ONCE = 8  # one flush of a disk serves all who wait


class _Open(NamedTuple):
    """An original that was written, and is on its way to the disk."""

    blob: Blob
    files: list[BinaryIO]
    syncing: list[Future[None]]


@dataclass(slots=True)
class Copies:
    """A bundle's originals while they are copied.

    :param root: folder of the bundle
    :param limit: bytes of the largest file
    :param open: files that were written and are not on the disk for sure
    :param threads: bring them there, while others are copied
    :param shelf: names that belong in the folder of originals that is being filled
    """

    root: Path
    told: Callable[[int, int], None]
    fast: bool
    limit: int = FAT32
    count: int = 0
    bytes: int = 0
    there: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(CHUNK)))
    open: list[_Open] = field(default_factory=list)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE)
    )
    waiting: int = 0
    shelf: set[str] = field(default_factory=set)


def copy_all(copies: Copies, blobs: Iterable[Blob], lines: Sheet) -> None:
    """Copy originals, and list them.

    :param blobs: ascending by sha256, each once
    :raises ValueError: they are not
    :raises StoreError: the stick cannot be written, or does not keep what was
    """
    last, folder = "", copies.root / names.OBJECTS
    shelves: list[Path] = []
    with storing(folder), ExitStack() as stack:
        stack.callback(_close, copies)
        real_folder(folder)
        for blob in blobs:
            if blob.sha256 <= last or not names.SHA256.fullmatch(blob.sha256):
                raise ValueError(f"{blob.sha256} after {last}: not ascending")
            if blob.sha256[:2] != last[:2]:
                _tidy(shelves[-1:], copies.shelf)
                shelves.append(folder / blob.sha256[:2])
                real_folder(shelves[-1])
            last = blob.sha256
            _copy_one(copies, blob, lines)
        settle(copies)
        _tidy(shelves[-1:], copies.shelf)
        _tidy([folder], {shelf.name for shelf in shelves})
        sync_folders([*shelves, folder])


def real_folder(path: Path) -> None:
    """Make a folder, where there is none; a link to one is none.

    What is written or removed below it would be somewhere else.

    :raises OSError: it cannot be made
    """
    if path.is_symlink():
        path.unlink()
    path.mkdir(exist_ok=True)


def _tidy(folders: Sequence[Path], kept: set[str]) -> None:
    """Remove what an earlier run left in a folder and is not listed."""
    for folder in folders:
        for path in list(folder.iterdir()):
            if path.name not in kept:
                is_folder = path.is_dir() and not path.is_symlink()
                shutil.rmtree(path) if is_folder else path.unlink()
    kept.clear()


def _close(copies: Copies) -> None:
    copies.threads.shutdown(cancel_futures=True)
    for one in copies.open:
        for file in one.files:
            with suppress(OSError):
                file.close()


def _copy_one(copies: Copies, blob: Blob, lines: Sheet) -> None:
    paths = _paths(copies, blob)
    with storing(paths[0]):
        is_there = _is_there(paths, blob)
        why = "" if is_there else _copy(copies, blob, paths)
    if why:
        copies.missing.append((blob.sha256, why))
        return
    name = names.object_name(blob.sha256)
    if len(paths) > 1:
        name = names.parts_name(blob.sha256)
        _list_pieces(copies, blob, paths)
        copies.shelf.add(Path(name).name)
    copies.shelf |= {path.name for path in paths}
    lines.add(f"{blob.sha256} {blob.size} {name}\n".encode())
    copies.count += 1
    copies.bytes += blob.size
    copies.there += is_there
    if len(copies.open) >= _SOME or copies.waiting >= _MUCH:
        settle(copies)
    copies.told(copies.count, copies.bytes)


def _paths(copies: Copies, blob: Blob) -> list[Path]:
    """Return the files that an original becomes: one, or its pieces."""
    whole = copies.root / names.object_name(blob.sha256)
    if blob.size <= copies.limit:
        return [whole]
    count = -(-blob.size // copies.limit)
    if count > 1000:  # no name for a further one
        raise StoreError(whole, "is too large for a bundle")
    return [whole.with_name(names.piece_name(blob.sha256, n)) for n in range(count)]


def _is_there(paths: Sequence[Path], blob: Blob) -> bool:
    """Whether a run that was cut off left these very bytes.

    They are brought to the disk first: else they would be read from memory.
    """
    try:
        if sum(path.lstat().st_size for path in paths) != blob.size:
            return False
    except FileNotFoundError:
        return False
    if any(path.is_symlink() for path in paths):
        return False
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("r+b", buffering=0)) for path in paths]
        for file in files:
            flush(file.fileno())
        return _hash(files) == blob.sha256


def _hash(files: Iterable[BinaryIO]) -> str:
    """Return the SHA-256 of files one after another, as they are on the disk."""
    digest, buffer = hashlib.sha256(), memoryview(bytearray(CHUNK))
    for file in files:
        drop_from_memory(file.fileno())
        file.seek(0)
        while count := file.readinto(buffer):  # type: ignore[attr-defined]
            digest.update(buffer[:count])
        drop_from_memory(file.fileno())
    return digest.hexdigest()


def _copy(copies: Copies, blob: Blob, paths: Sequence[Path]) -> str:
    """Copy an original; returns why it could not be had, or "".

    :raises OSError: the stick cannot be written
    """
    for path in paths:
        path.unlink(missing_ok=True)  # perhaps a link to elsewhere
    split = _Split(list(paths), copies.limit, blob.size)
    try:
        with open_source(str(blob.path)) as source:
            first = read_piece(source, copies.buffer, blob.path)
            content = pieces(first, source, copies.buffer, blob.path)
            copied = write_hashed(content, split, blob.size)  # type: ignore[arg-type]
        why = "" if copied.sha256 == blob.sha256 else OTHER_BYTES
    except FileProblem as error:  # the original's; the stick's is an OSError
        why = error.reason
    except BaseException:
        split.close()
        raise
    if why:
        split.close()
        for path in paths:
            path.unlink(missing_ok=True)
        return why
    syncing = [copies.threads.submit(flush, file.fileno()) for file in split.files]
    copies.open.append(_Open(blob, split.files, syncing))
    copies.waiting += blob.size
    return ""


class _Split:
    """What is written to it goes to one file after another, each to its limit."""

    def __init__(self, paths: list[Path], limit: int, size: int) -> None:
        self._paths, self._limit, self._size = paths, limit, size
        self.files: list[BinaryIO] = []
        self._room = 0
        self._next()

    def _next(self) -> None:
        path = self._paths[len(self.files)]
        self.files.append(path.open("x+b", buffering=0))
        self._room = self._limit
        if self._size <= min(_RESERVED, self._limit):
            reserve(self.files[-1], self._size)

    def write(self, data: memoryview) -> None:
        """Write all of it."""
        while data:
            if not self._room:
                self._next()
            count = self.files[-1].write(data[: self._room])
            data, self._room = data[count:], self._room - count

    def close(self) -> None:
        for file in self.files:
            with suppress(OSError):
                file.close()


def _list_pieces(copies: Copies, blob: Blob, paths: Sequence[Path]) -> None:
    """Say of which pieces a large original is made."""
    path = copies.root / names.parts_name(blob.sha256)
    sizes = [copies.limit] * (len(paths) - 1)
    sizes.append(blob.size - sum(sizes))
    lines = [f"{size} {piece.name}\n" for size, piece in zip(sizes, paths, strict=True)]
    with storing(path):
        path.unlink(missing_ok=True)
        with path.open("x", encoding="ascii", newline="\n") as file:
            file.writelines(lines)
            file.flush()
            flush(file.fileno())


def settle(copies: Copies) -> None:
    """Bring what was copied to the disk, and read it again from there.

    :raises StoreError: the disk does not take it, or does not keep it
    """
    for one in copies.open:
        with storing(_path(copies, one)):
            for each in one.syncing:
                each.result()
    for one in copies.open:
        with storing(_path(copies, one)), ExitStack() as stack:
            for file in one.files:
                stack.enter_context(closing(file))
            if not copies.fast and _hash(one.files) != one.blob.sha256:
                raise StoreError(_path(copies, one), NOT_KEPT)
    copies.open.clear()
    copies.waiting = 0


def _path(copies: Copies, one: _Open) -> Path:
    return copies.root / names.object_name(one.blob.sha256)
