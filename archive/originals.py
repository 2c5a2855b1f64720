"""The store of originals: write once, read only, never changed.

``originals/ab/abcd….jpg`` holds one photo file under its SHA-256. This module alone
creates files there, and ``purge`` alone removes any.

How a file gets in, so that a crash at any instant leaves no photo or a whole one:

1. ``stage``: copied to ``originals/.incoming-<run>/`` while it is hashed.
2. ``sync_staged`` and ``keep``: it is made read-only and synced; its final name goes
   into the run's journal, which is synced; it is linked to that name (never over
   another file); the folder is synced.
3. The database commits the photo.
4. ``settle``: the run's temporary file and the journal's content go.

A run that dies before 4, or whose commit fails, leaves its folder. ``recover``, at the
next start of an import, removes what a journal names and no record of the database has.
Nothing is taken back at once: whether a commit that failed is one is sure only when a
later one went through.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from archive import journals
from archive.copying import (
    Copied,
    Identity,
    identity_of,
    pieces,
    read_piece,
    state_of,
    write_hashed,
)
from archive.disk import (
    drop_from_memory,
    flush,
    reason,
    reserve,
    storing,
    sync_folder,
    sync_folders,
    try_lock,
)
from archive.errors import DamagedFile, StoreError
from archive.identity import new_uuid

# Bytes read and written at a time. Linux takes memory for larger pieces from large free
# blocks, which a virtual machine's host may have taken back: 5.6 against 9 ms for 4 MB.
CHUNK = 64 << 10
INCOMING = ".incoming-"
LOCK = "lock"
CHANGED = "it changed while it was read; import it again later"
WRONG_BYTES = (
    "the stored file of that name does not have the bytes its name promises;"
    " it was left as it is"
)


class Stored(NamedTuple):
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
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(CHUNK)))


class Records(Protocol):
    """What the store asks the database, whose write lock is held meanwhile."""

    def knows(self, stored: Stored) -> bool:
        """Whether some record has this original."""

    def follows(self, mark: str) -> bool:
        """Whether the database is as old as this mark of its history or newer.

        One restored from an older backup is not: what it does not know was not left
        by a crash, and must stay.
        """


def path_of(originals: Path, stored: Stored) -> Path:
    """Return where an original lies, whether it is there or not."""
    return originals / stored.sha256[:2] / f"{stored.sha256}.{stored.extension}"


def is_there(originals: Path, stored: Stored, size: int) -> bool:
    """Whether an original is where it should be, and as long as it should be.

    Quick: asked for each known file. That its bytes are right only `verify` can tell.
    """
    try:
        return os.stat(f"{originals}/{stored.name}").st_size == size  # noqa: PTH116
    except OSError:
        return False


def require_there(originals: Path) -> None:
    """Refuse to take a store that is not there for one without files.

    :raises StoreError: its folder is not there; perhaps it is on a disk that is not
    """
    if not originals.is_dir():
        raise StoreError(originals, "is not there; is its disk connected?")


def find(originals: Path, sha256: str) -> list[Stored]:
    """Return the originals with these bytes that are there (at most one, as a rule)."""
    found = (originals / sha256[:2]).glob(f"{sha256}.*")
    return [Stored(sha256, path.suffix[1:]) for path in found]


def begin(originals: Path) -> Run:
    """Open a corner of the store to write in.

    Hold the database's write lock, as for ``recover``, which would take the new folder
    for one that was left.

    :raises StoreError: the store cannot be written
    """
    folder = originals / f"{INCOMING}{new_uuid()}"
    with storing(originals):
        folder.mkdir()
        lock = None
        try:
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            try_lock(lock)
            journals.begin(folder)
            sync_folder(folder)
            sync_folder(originals)
        except OSError:
            if lock is not None:  # held, what is left would be taken for alive
                os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return Run(originals, folder, lock)


def end(run: Run) -> bool:
    """Close a corner of the store; what was staged and not kept is gone.

    Returns whether ``recover`` has work to do there.
    """
    try:
        left = journals.names_something(run.folder)
        if left:
            _remove_staged(run.folder)
    finally:
        os.close(run.lock)  # first: Windows removes no open file
    if not left:
        shutil.rmtree(run.folder, ignore_errors=True)
    return left


def stage(
    run: Run,
    source: BinaryIO,
    shown: str | os.PathLike[str],
    check: Callable[[memoryview], None],
) -> Staged:
    """Copy an open file into the store's corner while hashing it.

    :param shown: the file's name for error messages
    :param check: is shown the first bytes (up to ``CHUNK``), and raises to refuse them
    :raises DamagedFile: it is empty, or changed while it was read
    :raises StoreError: it cannot be read, or the store cannot be written
    """
    before = state_of(source)
    first = read_piece(source, run.buffer, shown)
    if not first:
        raise DamagedFile(shown, "it is empty")
    check(first)
    target = run.folder / new_uuid()
    try:
        with storing(shown), target.open("xb") as copy:
            reserve(copy, before.bytes if before else 0)
            content = pieces(first, source, run.buffer, shown)
            copied = write_hashed(content, copy, before.bytes if before else None)
        if before is not None and (
            before != state_of(source) or before.bytes != copied.bytes
        ):
            raise DamagedFile(shown, CHANGED)  # noqa: TRY301 - removes the copy
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise
    return Staged(target, *copied)


def take(run: Run, path: Path, copied: Copied, identity: Identity) -> Staged:
    """Stage a file of ours that nobody will write to any more, without copying it.

    It becomes a second name of the same file; the first stays. Another file that has
    its name by now (an upload was sent once more) is not taken for it.

    :param path: in the same file system as the store
    :param copied: what its bytes were when they were read
    :param identity: of the file that was read
    :raises DamagedFile: it is another by now
    :raises StoreError: the store cannot be written
    """
    target = run.folder / new_uuid()
    try:
        with storing(path):
            same = _second_name(path, target, copied, identity)
        if not same:
            raise DamagedFile(path.name, CHANGED)  # noqa: TRY301 - removes the copy
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise
    return Staged(target, *copied)


def _second_name(path: Path, target: Path, copied: Copied, identity: Identity) -> bool:
    """Link a file, or copy it; whether that is the one which was read.

    Where files are copied their numbers may change by themselves (exFAT), so there the
    bytes decide.
    """
    if os.name != "nt":  # of two names of a read-only file it removes neither
        with suppress(OSError):  # without hard links (exFAT), or trouble: again
            os.link(path, target)
    if os.path.lexists(target):
        return identity_of(target.stat()) == identity
    with path.open("rb") as source, target.open("xb") as copy:
        # Not the run's buffer: threads take side by side
        buffer = memoryview(bytearray(CHUNK))
        first = read_piece(source, buffer, path.name)
        content = pieces(first, source, buffer, path.name)
        return write_hashed(content, copy, None) == copied


def sync_staged(staged: Staged) -> None:
    """Make a staged file read-only and bring it to the disk.

    :raises StoreError: the disk failed; the bytes must not be trusted any more
    """
    with storing(staged.path):
        # For Windows open for writing: it syncs no other files
        how = os.O_RDWR if os.name == "nt" else os.O_RDONLY
        descriptor = os.open(staged.path, how)
        try:
            os.chmod(staged.path, 0o444)  # noqa: PTH101
            flush(descriptor)
            drop_from_memory(descriptor)
        finally:
            os.close(descriptor)


def keep(
    run: Run, files: Sequence[tuple[Staged, Stored]], mark: str
) -> list[str | None]:
    """Give staged files their final names, and sync those to the disk.

    Call ``sync_staged`` first, and hold the database's write lock meanwhile.

    :param mark: of the database's history, for ``Records.follows``
    :returns: for each file why it was not kept, or None
    :raises StoreError: the store cannot be written; perhaps some have their names
    """
    folders: set[Path] = set()
    with storing(run.originals):
        paths = [path_of(run.originals, stored) for _, stored in files]
        fresh = [
            stored
            for (_, stored), path in zip(files, paths, strict=True)
            if not os.path.lexists(path)
        ]
        journals.write(run.folder, mark, fresh)
        problems = [
            _keep_one(run, staged, path, folders)
            for (staged, _), path in zip(files, paths, strict=True)
        ]
        sync_folders(folders)
    return problems


def _keep_one(run: Run, staged: Staged, target: Path, folders: set[Path]) -> str | None:
    folders.add(target.parent)
    if os.path.lexists(target):
        return _compare(staged, target)
    if not target.parent.is_dir():
        target.parent.mkdir()
        folders.add(run.originals)
    _place(staged.path, target)
    return None


def _place(staged: Path, target: Path) -> None:
    """Give a staged file its name, where there is no other."""
    if os.name == "nt":  # replaces nothing there; and of two names of a read-only
        os.rename(staged, target)  # noqa: PTH104 - file Windows removes neither
        return
    try:
        os.link(staged, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links (exFAT), or trouble: then again
        if os.path.lexists(target):
            raise
        os.rename(staged, target)  # noqa: PTH104


def _compare(staged: Staged, target: Path) -> str | None:
    """Accept a name that exists only when it holds these very bytes."""
    try:
        with target.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"the stored file of that name cannot be read: {reason(error)}"
    return None if found == staged.sha256 else WRONG_BYTES


def discard(staged: Staged) -> None:
    """Remove a staged file that is not wanted; ``end`` removes what cannot go now."""
    with suppress(OSError):
        staged.path.unlink(missing_ok=True)


def settle(run: Run, files: Iterable[Staged]) -> None:
    """Forget what was kept, once the database has committed it.

    Nothing can fail any more: what remains is cleared with the folder.
    """
    for staged in files:
        discard(staged)
    journals.settle(run.folder)


def set_aside(run: Run) -> None:
    """Leave to ``recover`` what was kept without being recorded."""
    journals.set_aside(run.folder)


def copy_in(
    run: Run, stored: Stored, good: Path, folders: set[Path], aside: Path
) -> bool:
    """Copy an original of another store into this one, hashing what is written.

    The file is on the disk then; its name is once ``folders`` are synced. For a store
    that nobody else writes to, such as a backup's under its lock.

    :param good: where it lies
    :param folders: gets those whose names changed
    :param aside: folder for a file of this name that holds other bytes
    :return: whether ``good`` holds the very bytes; else nothing was done
    :raises FileProblem: it cannot be read, or the store cannot be written
    :raises OSError: ``good`` cannot be opened
    """
    with good.open("rb") as source:
        return copy_from(run, stored, source, good, folders, aside)


def copy_from(  # noqa: PLR0917 - one file's surroundings
    run: Run,
    stored: Stored,
    source: BinaryIO,
    shown: str | os.PathLike[str],
    folders: set[Path],
    aside: Path,
) -> bool:
    """Do the same with an open file, or whatever reads like one.

    :raises FileProblem: it cannot be read, or the store cannot be written
    """
    staged = stage_right(run, stored, source, shown)
    if staged is None:
        return False
    put_right(run, stored, staged, folders, aside)
    return True


def stage_right(
    run: Run, stored: Stored, source: BinaryIO, shown: str | os.PathLike[str]
) -> Staged | None:
    """Stage a file and bring it to the disk, if it holds an original's very bytes.

    :raises FileProblem: it cannot be read, or the store cannot be written
    """
    staged = stage(run, source, shown, lambda _: None)
    if staged.sha256 != stored.sha256:
        discard(staged)
        return None
    sync_staged(staged)
    return staged


def put_right(
    run: Run, stored: Stored, staged: Staged, folders: set[Path], aside: Path
) -> None:
    """Give a staged file an original's name, instead of one that holds other bytes.

    That is moved aside, not removed: whatever it is, somebody may want to look at it.
    One that is right is left as it is. Hold the database's write lock meanwhile.

    :param folders: gets those whose names changed, to be synced
    :param aside: folder for the damaged file, in the same file system
    :raises StoreError: the store cannot be written
    """
    target = path_of(run.originals, stored)
    with storing(target):
        if os.path.lexists(target) and _compare(staged, target) is not None:
            aside.mkdir(exist_ok=True)
            target.rename(aside / f"{new_uuid()}-{target.name}")
            folders |= {aside, target.parent}
        _keep_one(run, staged, target, folders)
    discard(staged)


def purge(originals: Path, stored: Stored) -> None:
    """Remove an original for good. The only way in which one ever goes.

    :raises StoreError: it could not be removed
    """
    path = path_of(originals, stored)
    with storing(path):
        if not os.path.lexists(path):
            return
        if os.name == "nt":
            path.chmod(stat.S_IWRITE)  # Windows removes no read-only file
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def recover(originals: Path, records: Records) -> int:
    """Clear what runs that died left behind. Returns how many were cleared.

    Hold the database's write lock: nobody may be about to record such a file.
    """
    cleared = 0
    for folder in sorted(originals.glob(f"{INCOMING}*")):
        with suppress(OSError, StoreError):  # what cannot be cleared now is left
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                if not try_lock(lock):
                    continue  # its writer is alive
                _take_back(originals, folder, records)
                _remove_staged(folder)
            finally:
                os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)
            cleared += 1
    return cleared


def _take_back(originals: Path, folder: Path, records: Records) -> None:
    for mark, names in journals.read(folder):
        if records.follows(mark):
            for stored in map(Stored._make, names):
                if not records.knows(stored):
                    purge(originals, stored)


def _remove_staged(folder: Path) -> None:
    # Journal and lock stay: until they go a crash leaves a folder that recovers again
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name != LOCK and not path.name.startswith(journals.JOURNAL):
                path.unlink(missing_ok=True)
