"""Originals from a bundle become those of photos that have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from archive import foreign, originals
from archive.batches import batch
from archive.copying import pieces, read_piece, write_hashed
from archive.database import Archive, database_errors
from archive.disk import storing
from archive.errors import FileProblem
from archive.identity import new_uuid
from archive.importing.landing import Came, land
from archive.importing.store import close_store, open_store
from archive.originals import CHUNK
from archive.people import Person
from archive.uploads.parts import FOLDER
from archive.workers import Pool
from sync.bundles.reading import Bundle

_TOGETHER = 32  # files that land in one transaction


@dataclass(slots=True)
class Files:
    """What became of the originals of a bundle.

    :param landed: SHA-256 of those that were read in full, and are here now
    :param absent: photos whose file is in no bundle that was read
    :param refused: (file's name, why)
    """

    landed: set[str] = field(default_factory=set)
    absent: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def land_all(  # noqa: PLR0917
    archive: Archive,
    person: Person,
    bundle: Bundle,
    wanted: Sequence[tuple[str, str]],
    run: str,
    told: Callable[[int, int], None],
) -> Files:
    """Give photos their files, from a bundle or from what is here.

    :param wanted: (uuid, SHA-256) of photos that may have none
    """
    files = Files()
    sizes = dict(bundle.blobs())
    missing = list(_missing(archive, wanted))
    _give_known(archive, person, missing, run)
    missing = list(_missing(archive, missing))
    there = [one for one in missing if one[1] in sizes]
    files.absent = len(missing) - len(there)
    first: dict[str, str] = {}
    for uuid, sha256 in there:
        first.setdefault(sha256, uuid)
    if first:
        _land(
            archive,
            bundle,
            [(uuid, sha) for sha, uuid in first.items()],
            files,
            run,
            told,
        )
        others = [one for one in there if first[one[1]] != one[0]]
        _give_known(archive, person, others, run)
    return files


def _several(wanted: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    return (wanted[start : start + 500] for start in range(0, len(wanted), 500))


def _missing(
    archive: Archive, wanted: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield those photos that are here, without their files."""
    for some in _several(wanted):
        named = dict(some)
        marks = ", ".join("?" * len(named))
        rows = archive.connection.execute(
            f"""
            select uuid from photos where original_id is null and uuid in ({marks})
            """,
            list(named),
        )
        yield from [(row[0], named[row[0]]) for row in rows.fetchall()]


def _give_known(
    archive: Archive, person: Person, wanted: Sequence[tuple[str, str]], run: str
) -> None:
    """Give photos files that are here already."""
    for some in _several(wanted):
        with batch(
            archive.connection,
            person,
            origin="exchange",
            reason="exchange: the file was here",
            run=run,
        ):
            for uuid, sha256 in some:
                foreign.same_bytes(archive.connection, uuid, sha256)


def _land(  # noqa: PLR0917
    archive: Archive,
    bundle: Bundle,
    wanted: Sequence[tuple[str, str]],
    files: Files,
    run: str,
    told: Callable[[int, int], None],
) -> None:
    with ExitStack() as stack:
        pool = stack.enter_context(Pool())
        with database_errors(archive.folder):
            store = open_store(archive)
        is_sure = False
        try:
            done = 0
            for start in range(0, len(wanted), _TOGETHER):
                some = wanted[start : start + _TOGETHER]
                _land_some(archive, bundle, pool, store, some, files, run)
                done += len(some)
                told(done, len(wanted))
            is_sure = not files.refused
        finally:
            with database_errors(archive.folder):
                close_store(archive, store) if is_sure else originals.end(store)


def _land_some(  # noqa: PLR0917
    archive: Archive,
    bundle: Bundle,
    pool: Pool,
    store: originals.Run,
    wanted: Sequence[tuple[str, str]],
    files: Files,
    run: str,
) -> None:
    came: list[Came] = []
    shas: list[str] = []
    try:
        for uuid, sha256 in wanted:
            try:
                came.append(_fetch(archive, bundle, uuid, sha256))
                shas.append(sha256)
            except FileProblem as error:
                files.refused.append((sha256, error.reason))
        found = land(archive, pool, store, came, run=run, origin="exchange")
        for one, sha256, why in zip(came, shas, found, strict=True):
            if why is None:
                files.landed.add(sha256)
            else:
                files.refused.append((one.path.name, str(why)))
    finally:
        for one in came:
            one.path.unlink(missing_ok=True)


def _fetch(archive: Archive, bundle: Bundle, uuid: str, sha256: str) -> Came:
    """Copy a file from the stick, and hash it.

    :raises TornBundle: its bytes are others
    :raises StoreError: it cannot be written
    """
    folder = archive.folder / FOLDER
    path = folder / new_uuid()
    buffer = memoryview(bytearray(CHUNK))
    with storing(path):
        folder.mkdir(exist_ok=True)
    try:
        with bundle.open(sha256) as source, storing(path), path.open("xb") as copy:
            first = read_piece(source, buffer, path)
            copied = write_hashed(pieces(first, source, buffer, path), copy, None)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Came(uuid, path, copied)
