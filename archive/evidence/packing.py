"""Evidence of several photos as one zip, as it is asked for in the browser."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from archive.database import Archive
from archive.errors import DamagedArchive, FileProblem, InvalidInput
from archive.evidence.writing import write_evidence
from archive.export.receipts import Receipt, receipt_of
from archive.export.selection import visible
from archive.export.writing import writing
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.rights import require, viewer

MOST = 200  # photos of a zip: each is a document to be read


def export_evidence(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    *,
    tell: Callable[[int, int], None],
    language: str = "en",
) -> Receipt:
    """Write evidence of photos, as far as ``who`` may see them, as a zip.

    Photos of which nothing can be signed are named in the receipt, with the reason.

    :param tell: is told how many of how many are done; raises to end it
    :raises NotAllowed: ``who`` may not sign
    :raises InvalidInput: there are too many, or of none anything can be signed
    :raises StoreError: it cannot be written
    """
    require(who, "evidence")
    connection = archive.connection
    photos = load_photos(connection, visible(connection, ids, viewer(who)))
    if len(photos) > MOST:
        raise InvalidInput(
            f"evidence is of {MOST} photos at most; choose fewer",
            key="too_much_evidence",
            n=MOST,
        )
    missing: list[tuple[str, str]] = []
    with writing(out, replace=True) as path, zipfile.ZipFile(path, "w") as packed:
        for number, photo in enumerate(photos):
            tell(number, len(photos))
            why = _pack(archive, who, photo, packed, language)
            if why:
                missing.append((photo.filename, why))
        if len(missing) == len(photos):
            why = missing[0][1] if missing else "there are no photos"
            raise InvalidInput(f"there is nothing to sign: {why}")
    counts = (len(photos) - len(missing), len(photos))
    return receipt_of(out, "evidence", out.name, counts, missing=missing)


def _pack(
    archive: Archive,
    who: Person,
    photo: Photo,
    packed: zipfile.ZipFile,
    language: str,
) -> str:
    """Put evidence of a photo into a zip, or say why there is none."""
    program = f"asbuilt {metadata.version('asbuilt')}"
    beside = Path(str(packed.filename)).parent
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        try:
            made = write_evidence(
                archive, who, photo, Path(folder), program, language=language
            )
        except (FileProblem, DamagedArchive) as error:
            return getattr(error, "reason", "") or str(error)
        for file in sorted(made.folder.iterdir()):
            packed.write(file, f"{made.folder.name}/{file.name}")
    return ""
