"""The files of plans and maps: ``maps/<sha256>.<extension>``, each written once."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from archive.disk import flush, make_folder, reserve, storing, sync_folder
from archive.errors import DamagedFile, InvalidInput
from archive.identity import new_uuid

FOLDER = "maps"
LARGEST = 64 << 30  # bytes; a city at all zooms has a few gigabytes
_CHUNK = 1 << 20
_INCOMING = ".incoming-"
_LEFT_OVER = 24 * 3600  # seconds after which a file on its way is one of a crash


def path_of(folder: Path, sha256: str, extension: str) -> Path:
    """Return where a plan's file lies, whether it is there or not.

    :param folder: of the archive
    """
    return folder / FOLDER / f"{sha256}.{extension}"


def stage(folder: Path, source: BinaryIO, shown: Path) -> tuple[Path, str, int]:
    """Copy a file into the archive's folder; returns its path, SHA-256 and size.

    It is none of the archive's until ``keep``; give it to ``discard`` if it is not.

    :param shown: its name for errors
    :raises DamagedFile: it is empty
    :raises InvalidInput: it is too large
    :raises StoreError: it cannot be read or stored
    """
    target = folder / FOLDER / f"{_INCOMING}{new_uuid()}"
    with storing(shown):
        make_folder(target.parent)
        _clear(target.parent)
    digest, size = hashlib.sha256(), 0
    try:
        with storing(shown), target.open("xb") as copy:
            with suppress(OSError, AttributeError):  # not of a stream from elsewhere
                reserve(copy, os.fstat(source.fileno()).st_size)
            while piece := source.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
                if size > LARGEST:
                    raise InvalidInput(  # noqa: TRY301 - removes the copy
                        f"{shown}: is over {LARGEST >> 30} GB"
                    )
                copy.write(piece)
            copy.truncate(size)
            copy.flush()
            flush(copy.fileno())
        if not size:
            raise DamagedFile(shown, "it is empty")  # noqa: TRY301 - removes the copy
    except BaseException:
        discard(target)
        raise
    return target, digest.hexdigest(), size


def keep(folder: Path, staged: Path, sha256: str, extension: str) -> None:
    """Give a staged file its name, read-only, where it is not there already.

    A file of that name that holds other bytes was damaged; the staged one mends it.

    :raises StoreError: it cannot be stored
    """
    target = path_of(folder, sha256, extension)
    with storing(target):
        if _holds(target, sha256):
            staged.unlink()
            return
        if target.exists():
            target.chmod(0o644)  # Windows replaces no read-only file
        staged.chmod(0o444)
        staged.replace(target)
        sync_folder(target.parent)


def _holds(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def discard(staged: Path) -> None:
    """Remove a staged file that is not wanted."""
    with suppress(OSError):
        staged.unlink(missing_ok=True)


def purge(folder: Path, names: set[str]) -> list[Path]:
    """Remove files that no plan has any more; returns them.

    :param names: of those that some plan has
    :raises StoreError: one cannot be removed
    """
    gone = []
    for path in sorted((folder / FOLDER).glob("[0-9a-f]*.*")):
        if path.name not in names:
            with storing(path):
                path.chmod(0o644)  # Windows removes no read-only file
                path.unlink()
            gone.append(path)
    return gone


def _clear(maps: Path) -> None:
    """Remove what a crash left."""
    for path in maps.glob(f"{_INCOMING}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_OVER:
                path.unlink()
