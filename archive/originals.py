"""The store of originals: write once, read only, never changed.

``originals/ab/abcd….jpg`` holds one photo file under its SHA-256. This module alone
creates files there, and ``purge`` and ``recover`` alone remove any.

How a file gets in, so that a crash at any instant leaves no photo or a whole one:

1. ``stage``: copied to ``originals/.incoming-<run>/`` while it is hashed.
2. ``sync_staged`` and ``keep``: it is synced; its final name goes into the run's
   journal, which is synced; it is linked to that name (never over another file); the
   folder is synced.
3. The database commits the photo.
4. ``settle``: the run's temporary file and journal go.

A run that dies before 3 leaves its folder; ``recover``, at the next start of an import,
removes what the journal names and no record of the database has.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import DamagedFile, StoreError
from archive.identity import new_uuid

CHUNK = 1 << 20  # bytes read at a time
INCOMING = ".incoming-"
JOURNAL = "journal"
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Stored:
    """The name of an original: its SHA-256 in hex, and the extension of its type."""

    sha256: str
    extension: str

    @property
    def name(self) -> str:
        """Path below ``originals``, with ``/``."""
        return f"{self.sha256[:2]}/{self.sha256}.{self.extension}"


@dataclass(frozen=True, slots=True)
class Staged:
    """A whole copy of a source file that is not an original yet."""

    path: Path
    sha256: str
    bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Run:
    """One writer's corner of the store.

    :param folder: ``originals/.incoming-<uuid>``
    :param lock: descriptor that holds the lock file, so that others leave it alone
    """

    originals: Path
    folder: Path
    lock: int


def path_of(originals: Path, stored: Stored) -> Path:
    """Return where an original lies, whether it is there or not."""
    return originals / stored.sha256[:2] / f"{stored.sha256}.{stored.extension}"


def find(originals: Path, sha256: str) -> list[Stored]:
    """Return the originals with these bytes that are there (at most one, as a rule)."""
    found = (originals / sha256[:2]).glob(f"{sha256}.*")
    return [Stored(sha256, path.suffix[1:]) for path in found]


def begin(originals: Path) -> Run:
    """Open a corner of the store to write in.

    :raises StoreError: the store cannot be written
    """
    folder = originals / f"{INCOMING}{new_uuid()}"
    try:
        folder.mkdir()
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(originals, _reason(error)) from error
    _try_lock(lock)
    return Run(originals, folder, lock)


def end(run: Run) -> None:
    """Close a corner of the store; what was staged and not kept is gone."""
    _remove_folder(run.folder, run.lock)


def stage(run: Run, source: BinaryIO, shown: str | os.PathLike[str]) -> Staged:
    """Copy an open file into the store's corner while hashing it.

    :param shown: the file's name for error messages
    :raises DamagedFile: it is empty, or changed while it was read
    :raises StoreError: it cannot be read, or the store cannot be written
    """
    target = run.folder / new_uuid()
    try:
        before = _state(source)
        with target.open("xb") as copy:
            digest, size, crc = _copy(source, copy, shown)
        if before is not None and (before != _state(source) or size != before[0]):
            raise DamagedFile(
                shown, "it changed while it was read; import it again later"
            )
        if not size:
            raise DamagedFile(shown, "it is empty")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Staged(target, digest, size, crc)


def _copy(
    source: BinaryIO, copy: BinaryIO, shown: str | os.PathLike[str]
) -> tuple[str, int, int]:
    digest, size, crc = hashlib.sha256(), 0, 0
    buffer = memoryview(bytearray(CHUNK))
    while True:
        try:
            count = source.readinto(buffer)  # type: ignore[attr-defined]
        except OSError as error:
            raise StoreError(shown, f"cannot be read: {_reason(error)}") from error
        if not count:
            break
        piece = buffer[:count]
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        size += count
        try:
            copy.write(piece)
        except OSError as error:
            raise StoreError(shown, f"cannot be stored: {_reason(error)}") from error
    return digest.hexdigest(), size, crc


def _state(source: BinaryIO) -> tuple[int, int] | None:
    """Size and time of change, or None for what is no file (a zip's member)."""
    try:
        state = os.fstat(source.fileno())
    except (OSError, AttributeError, ValueError):
        return None
    return (state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


def sync_staged(files: Iterable[Staged]) -> None:
    """Bring staged files to the disk.

    :raises StoreError: the disk failed
    """
    for staged in files:
        try:
            _sync(staged.path)
        except OSError as error:
            raise StoreError(staged.path, _reason(error)) from error


def keep(run: Run, files: Sequence[tuple[Staged, str]]) -> list[Stored]:
    """Give staged files their final names, and sync those to the disk.

    Call ``sync_staged`` first, and hold the database's write lock meanwhile.

    :param files: with the extension of each
    :raises StoreError: the store cannot be written
    """
    names = [Stored(staged.sha256, extension) for staged, extension in files]
    try:
        _write_journal(run, names)
        folders = set()
        for (staged, _), stored in zip(files, names, strict=True):
            target = path_of(run.originals, stored)
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                folders.add(run.originals)
            _link(staged, target)
            folders.add(target.parent)
        for folder in folders:
            _sync(folder)
    except OSError as error:
        raise StoreError(run.originals, _reason(error)) from error
    return names


def _link(staged: Staged, target: Path) -> None:
    os.chmod(staged.path, 0o444)
    try:
        os.link(staged.path, target)
    except FileExistsError:
        _compare(staged, target)
    except (OSError, NotImplementedError):
        # A file system without hard links (exFAT): the name is free, or the same bytes
        if target.exists():
            _compare(staged, target)
        else:
            os.rename(staged.path, target)


def _compare(staged: Staged, target: Path) -> None:
    """Accept a name that exists only when it holds these very bytes."""
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != staged.sha256:
        raise StoreError(
            target,
            "the stored file does not have the bytes its name promises; it was left"
            " as it is",
        )


def discard(staged: Staged) -> None:
    """Remove a staged file that is not wanted."""
    staged.path.unlink(missing_ok=True)


def settle(run: Run, files: Iterable[Staged]) -> None:
    """Forget what was kept, once the database has committed it."""
    for staged in files:
        discard(staged)
    (run.folder / JOURNAL).unlink(missing_ok=True)


def take_back(
    run: Run, names: Iterable[Stored], is_known: Callable[[Stored], bool]
) -> None:
    """Remove what ``keep`` linked, after the database refused it.

    :param is_known: whether some record has this original; then it stays
    """
    for stored in names:
        if not is_known(stored):
            purge(run.originals, stored)
    (run.folder / JOURNAL).unlink(missing_ok=True)


def purge(originals: Path, stored: Stored) -> None:
    """Unlink an original. The only way in which one ever goes."""
    path_of(originals, stored).unlink(missing_ok=True)


def recover(originals: Path, is_known: Callable[[Stored], bool]) -> int:
    """Clear what runs that died left behind. Returns how many runs.

    :param is_known: whether some record of the database has this original
    """
    cleared = 0
    for folder in sorted(originals.glob(f"{INCOMING}*")):
        with suppress(OSError):
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            if not _try_lock(lock):
                os.close(lock)  # its writer is alive
                continue
            for stored in _read_journal(folder):
                if not is_known(stored):
                    purge(originals, stored)
            _remove_folder(folder, lock)
            cleared += 1
    return cleared


def _write_journal(run: Run, names: Iterable[Stored]) -> None:
    with (run.folder / JOURNAL).open("a", encoding="ascii") as file:
        file.writelines(f"{stored.sha256} {stored.extension}\n" for stored in names)
        file.flush()
        os.fsync(file.fileno())


def _read_journal(folder: Path) -> list[Stored]:
    try:
        lines = (folder / JOURNAL).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    words = [line.split(" ") for line in lines]
    return [
        Stored(*w) for w in words if len(w) == 2 and len(w[0]) == 64 and w[1].isalnum()
    ]


def _remove_folder(folder: Path, lock: int) -> None:
    # The lock file goes last: until then a crash leaves a folder that recovers again
    for path in folder.iterdir():
        if path.name != LOCK:
            path.unlink(missing_ok=True)
    os.close(lock)
    shutil.rmtree(folder, ignore_errors=True)


def _try_lock(descriptor: int) -> bool:
    """Take the lock, or say that another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
