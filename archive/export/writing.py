"""A file, or a folder, that has its name only when it is whole.

It is made in a folder beside it, ``.report.pdf.part``, which one writer at a time has.
What a writer that was killed left there is cleared by the next one, or gone on with.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from archive.database import MARKER
from archive.disk import flush, storing, sync_folder, try_lock
from archive.errors import Conflict, InvalidInput

FOLDER = "exports"  # of an archive: what is made in the background
LOCK, WHOLE, BEGUN, KEPT = "lock", "whole", "begun", "kept"


def part_of(out: Path) -> Path:
    """Return the folder in which a file is made."""
    return out.with_name(f".{out.name}.part")


@contextmanager
def writing(
    out: Path, *, replace: bool = False, resume: Collection[str] = ()
) -> Iterator[Path]:
    """Give the path to write to; at the end it becomes ``out``, or is gone.

    :param replace: a file of that name may be there
    :param resume: which names of what a writer that was killed left are still there
    :raises InvalidInput: it would lie among an archive's own files
    :raises Conflict: there is one, or somebody is writing it
    :raises StoreError: it cannot be written
    """
    _refuse_inside(out)
    _refuse_existing(out, replace=replace)
    part = part_of(out)
    lock = _locked(out, part)
    try:
        with storing(out):
            _clear(part, resume)
            yield part / WHOLE
            _sync(part / WHOLE)
            _refuse_existing(out, replace=replace)
            (part / WHOLE).replace(out)
            sync_folder(out.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(lock)


def begun_at(path: Path, now: datetime) -> datetime:
    """Return when a file was begun that may be gone on with; a new one: ``now``, kept.

    :param path: as ``writing`` gives it
    :raises OSError: it cannot be kept
    """
    kept = path.with_name(BEGUN)
    with suppress(OSError, ValueError):
        return datetime.fromisoformat(kept.read_text("ascii"))
    kept.write_text(now.isoformat(), "ascii")
    return now


class _Enduring(io.FileIO):
    """A file that keeps an error of its disk to itself, and writes nothing more."""

    failed: OSError | None = None

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
        if self.failed is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failed = error
        return len(data)


@contextmanager
def enduring(path: Path) -> Iterator[BinaryIO]:
    """Give a file to a library that breaks where the disk is full or fails.

    :raises OSError: at the end, what the disk said first
    """
    raw = _Enduring(path, "wb")
    with io.BufferedWriter(raw) as file:
        yield file
    if raw.failed is not None:
        raise raw.failed


def _locked(out: Path, part: Path) -> int:
    """Make the folder, if nobody has it; returns the descriptor of its lock."""
    with storing(out):
        part.mkdir(exist_ok=True)
        lock = os.open(part / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    if not try_lock(lock):
        os.close(lock)
        raise Conflict(f"{out} is being written by another process")
    return lock


def _refuse_inside(out: Path) -> None:
    """Refuse a name in an archive's folder: with ``replace`` it may be its database."""
    place = out.resolve()
    for folder in place.parents:
        made_here = place.is_relative_to(folder / FOLDER)
        if (folder / MARKER).is_file() and not made_here:
            raise InvalidInput(f"{out} would lie inside an archive; name another place")


def _refuse_existing(out: Path, *, replace: bool) -> None:
    if os.path.lexists(out) and not (replace and out.is_file()):
        more = "" if out.is_dir() else "; --replace writes it anew"
        raise Conflict(f"{out} is there already{more}")


def _clear(part: Path, kept: Collection[str]) -> None:
    for left in part.iterdir():
        if left.name in (LOCK, *kept):
            continue
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _sync(path: Path) -> None:
    if path.is_dir():
        if hasattr(os, "sync"):  # not on Windows
            os.sync()  # one flush for all of its files
        return
    descriptor = os.open(path, os.O_RDWR)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)
