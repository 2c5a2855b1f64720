"""Writing a bundle: into a folder ``….part``, which gets its name when it is whole.

The order is what makes a bundle trustworthy: records, originals and their list are
written, brought to the disk and read again from there; then the manifest, which has
their hashes; then, when the folders are on the disk, too, ``COMPLETE``, which has the
manifest's; then the name. Whatever ends a run before that leaves a folder that nobody
takes for a bundle, and that the next run goes on with.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from archive.disk import storing, sync_folder, try_lock
from archive.errors import ArchiveLocked, Conflict, InvalidInput, NotFound
from sync.bundles import names
from sync.bundles.copies import FAT32, Copies, copy_all, real_folder
from sync.bundles.forms import LONGEST, canonical
from sync.bundles.headings import heading_from
from sync.bundles.model import Blob, Heading, Listed, Part, Record, Written
from sync.bundles.sheets import Sheet, sheet

MINOR = 0
_PART = LONGEST  # bytes of a file of records, so that reading one takes little memory


def write(
    folder: Path,
    heading: Heading,
    parts: Mapping[str, Iterable[Record]],
    blobs: Iterable[Blob],
    *,
    fast: bool = False,
    told: Callable[[int, int], None] = lambda done, size: None,  # noqa: ARG005
    limit: int = FAT32,
) -> Written:
    """Write a bundle into a folder, or go on with one that was cut off.

    :param parts: kind ("records", "conflicts", "sites"): its lines, each read once
    :param blobs: ascending by sha256, each once; read once
    :param fast: what was copied is not read again from the stick
    :param told: how many originals are on the stick, and how many bytes of them
    :param limit: bytes of the largest file that the stick takes
    :raises NotFound: there is no such folder
    :raises Conflict: a bundle of this site and number is there
    :raises ArchiveLocked: another process writes into the folder
    :raises InvalidInput: a record or the heading cannot be
    :raises StoreError: it cannot be written; what was is gone on with the next time
    """
    _require(folder, heading)
    whole = folder / names.bundle_name(heading)
    part = whole.with_name(whole.name + names.PART)
    with locked(folder):
        if os.path.lexists(whole):
            raise Conflict(f"{whole} is there already")
        with storing(part):
            _take_over(folder, heading, part)
        copies = Copies(part, told, fast, limit)
        made = _fill(part, parts, blobs, copies)
        _seal(part, _manifest(heading, *made, copies), fast=fast)
        with storing(whole):
            part.rename(whole)
            sync_folder(folder)
    records = sum(part.lines for part in made[0])
    return Written(
        whole, records, copies.count, copies.bytes, copies.there, tuple(copies.missing)
    )


def _require(folder: Path, heading: Heading) -> None:
    if not folder.is_dir():  # made, it would be on this disk
        raise NotFound(
            f"{folder}: there is no such folder to write into; is the stick connected?"
        )
    try:
        heading_from(_told(heading))
    except ValueError as error:
        raise InvalidInput(f"no bundle can say that of itself: {error}") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs from writing into a folder, as each clears what others left.

    :raises ArchiveLocked: another run writes to it
    :raises StoreError: it cannot be written
    """
    with storing(folder):
        lock = os.open(folder / names.LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not try_lock(lock):
            raise ArchiveLocked(f"{folder}: another process writes into it")
        yield
    finally:
        os.close(lock)


def _take_over(folder: Path, heading: Heading, part: Path) -> None:
    """Go on with what a run that was cut off left, under whatever number.

    Its records are of a moment that has passed; its originals are what they are.
    """
    stem = names.stem(heading)
    rests = [
        path
        for path in sorted(folder.iterdir())
        if path.name.startswith(stem)
        and path.name.endswith(names.PART)
        and path.is_dir()
        and not path.is_symlink()
    ]
    if part not in rests and rests:
        rests.pop().rename(part)
    for rest in rests:
        if rest != part:
            shutil.rmtree(rest)
    real_folder(part)
    for path in list(part.iterdir()):
        if path.is_file() or path.is_symlink():
            path.unlink()


def _fill(
    root: Path,
    parts: Mapping[str, Iterable[Record]],
    blobs: Iterable[Blob],
    copies: Copies,
) -> tuple[list[Part], Listed]:
    """Write everything but the manifest."""
    made = [
        part
        for kind, records in parts.items()
        for part in _write_records(root, kind, records, fast=copies.fast)
    ]
    with sheet(root / names.LIST, fast=copies.fast) as lines:
        copy_all(copies, blobs, lines)
    return made, Listed(copies.count, copies.bytes, lines.sha256)


def _write_records(
    root: Path, kind: str, records: Iterable[Record], *, fast: bool
) -> Iterator[Part]:
    """Write the records of a kind, in as many files as they need."""
    lines = (canonical(record) + b"\n" for record in records)
    line, number = next(lines, None), 0
    while line is not None:
        name = names.records_name(kind, number)
        if not names.RECORDS.fullmatch(name):
            raise InvalidInput(f"{name} is no file of records")
        with sheet(root / name, fast=fast) as file:
            line = _fill_sheet(file, line, lines)
        yield Part(name, file.size, file.sha256, file.lines)
        number += 1


def _fill_sheet(file: Sheet, line: bytes, lines: Iterator[bytes]) -> bytes | None:
    """Write lines until the file is full. Returns the next one, or None."""
    fits: bytes | None = line
    while fits is not None and (not file.size or file.size + len(fits) <= _PART):
        file.add(fits)
        fits = next(lines, None)
    return fits


def _manifest(
    heading: Heading, parts: list[Part], listed: Listed, copies: Copies
) -> dict[str, Any]:
    return _told(heading) | {
        "parts": [asdict(part) for part in parts],
        "objects": asdict(listed),
        "partial": bool(copies.missing),
    }


def _told(heading: Heading) -> dict[str, Any]:
    return {
        "format": f"phb{names.MAJOR}",
        "minor": MINOR,
        "archive": heading.archive,
        "name": heading.name,
        "from": heading.site,
        "seq": heading.seq,
        "created": heading.created,
        "schema": heading.schema,
        "base_seen": dict(heading.base_seen),
        "remote": None if heading.remote is None else dict(heading.remote),
    }


def _seal(part: Path, manifest: dict[str, Any], *, fast: bool) -> None:
    """Say that all of it is there, once it is."""
    with sheet(part / names.MANIFEST, fast=fast) as file:
        file.add(canonical(manifest) + b"\n")
    with storing(part):
        sync_folder(part)
    with sheet(part / names.COMPLETE, fast=fast) as seal:
        seal.add(f"phb{names.MAJOR} {file.sha256}\n".encode())
    with storing(part):
        sync_folder(part)
