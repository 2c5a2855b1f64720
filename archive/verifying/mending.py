"""Taking an original's bytes from a second copy: never guessed, only compared.

The copy is another archive's folder, a backup, or any folder of files. What lies there
counts when its SHA-256 is the very one; the damaged file here is moved aside, not
removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.database import Archive
from archive.errors import FileProblem, NotFound
from archive.originals import Stored, path_of, replace_damaged
from archive.verifying.checks import mend
from archive.verifying.files import FAULTS, hashed

DAMAGED = "damaged"  # folder of the archive for files that were replaced


def mend_files(archive: Archive, copy: Path) -> Iterator[tuple[Stored, str]]:
    """Mend what is known to be absent or damaged. Yields each, and why not, or "".

    :raises NotFound: there is no such folder
    """
    if not copy.is_dir():
        raise NotFound(f"{copy}: no such folder to take files from")
    places = _places(copy)
    for stored in _faulty(archive):
        yield stored, _mend_one(archive, stored, places)


def _faulty(archive: Archive) -> list[Stored]:
    marks = ", ".join("?" * len(FAULTS))
    rows = archive.connection.execute(
        "select distinct subject from faults where mended_at is null"
        f" and what in ({marks}) order by subject",
        FAULTS,
    )
    names = [Path(row[0]).name.partition(".") for row in rows]
    return [Stored(sha256, extension) for sha256, _, extension in names]


def _places(copy: Path) -> list[Path]:
    """Return the folders in which originals may lie: an archive's, or the folder."""
    inside = copy / "originals"
    return [inside] if inside.is_dir() else [copy]


def _mend_one(archive: Archive, stored: Stored, places: list[Path]) -> str:
    why = "the copy does not have it"
    for place in places:
        path = _in_copy(place, stored)
        if path is None:
            continue
        why = f"{path} is damaged, too"
        aside = archive.folder / DAMAGED
        try:
            if not replace_damaged(archive.originals, stored, path, aside):
                continue
        except (OSError, FileProblem) as error:
            why = str(error)
            continue
        if not _is_right(path_of(archive.originals, stored), stored):
            return "it was written, and reads otherwise: this disk is not to be trusted"
        mend(archive.connection, FAULTS, stored.name)
        return ""
    return why


def _is_right(path: Path, stored: Stored) -> bool:
    try:
        return hashed(path) == stored.sha256
    except OSError:
        return False


def _in_copy(place: Path, stored: Stored) -> Path | None:
    for path in (path_of(place, stored), place / Path(stored.name).name):
        if path.is_file():
            return path
    return None
