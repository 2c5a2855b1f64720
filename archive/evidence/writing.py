"""The folder of evidence: document, statement, signatures, key and original.

It has its name only when it is whole. Nothing is signed of a photo whose bytes are not
those that were archived.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.clock import timestamp, utc_now
from archive.copying import read_piece
from archive.database import Archive
from archive.disk import reason, storing
from archive.errors import DamagedFile, StoreError
from archive.evidence.capture import read_again
from archive.evidence.sheet import Story, write_sheet
from archive.evidence.statement import Reading, statement
from archive.evidence.words import Words, words_of
from archive.export.writing import writing
from archive.originals import Stored, path_of
from archive.people import Person
from archive.photos import Photo
from archive.rights import require
from archive.secrets import Vault
from archive.signing import (
    HOW,
    SIGNATURE,
    Signed,
    Signer,
    key_file,
    sign_json,
    signer_of,
)

STATEMENT, SHEET = "evidence.json", "evidence.pdf"
STAMP = ".tsr"  # behind the name of a signature: the answer of who stamped it
Stamper = Callable[[bytes], bytes]  # from a signature to a time stamp of it


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was written of a photo.

    :param folder: with all of it
    """

    folder: Path
    photo: Photo
    pages: int
    fingerprint: str
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints."""
        return {
            "photo": self.photo.uuid,
            "folder": str(self.folder),
            "pages": self.pages,
            "sha256": self.sha256,
            "fingerprint": self.fingerprint,
        }


def write_evidence(
    archive: Archive,
    who: Person,
    photo: Photo,
    out: Path,
    program: str,
    *,
    language: str = "en",
    vault: Vault | None = None,
    stamper: Stamper | None = None,
) -> Evidence:
    """Write what is known of a photo, signed, into a new folder ``evidence-<uuid>``.

    :param photo: that ``who`` may see
    :param program: that makes it, with its version
    :param language: of the document
    :param stamper: asks for a time stamp
    :raises NotAllowed: ``who`` may not
    :raises StoreError: the photo's bytes are not here, or ``out`` cannot be written
    :raises DamagedFile: they are not what was archived
    :raises DamagedArchive: what is told of it is not what its history says
    :raises Conflict: there is evidence of this photo already
    """
    require(who, "evidence")
    signer = signer_of(archive, who, vault)
    folder = out / f"evidence-{photo.uuid}"
    with storing(out):
        out.mkdir(exist_ok=True)
    with writing(folder) as part:
        part.mkdir()
        reading = _copy_original(archive, photo, part)
        known = statement(archive, who, photo, reading, program)
        words = words_of(language)
        commands = how_to_check(known["original"], signer.public, words)
        story = Story(photo, known, commands, words)
        pages = write_sheet(archive, story, part / SHEET)
        signed = _signed(signer, known, commands, part / SHEET)
        _write_signed(signer, signed, part)
        if stamper is not None:
            stamped = (part / (STATEMENT + SIGNATURE)).read_bytes()
            name = STATEMENT + SIGNATURE + STAMP
            (part / name).write_bytes(stamper(stamped))
    digest = hashlib.sha256(signed.data).hexdigest()
    return Evidence(folder, photo, pages, signer.fingerprint, digest)


AUTHORITY = "CERTIFICATES-OF-THE-AUTHORITY.pem"


def how_to_check(original: dict[str, Any], public: bytes, words: Words) -> list[str]:
    """Return what a person with a shell does: words, then ``$`` and a command."""
    key = key_file(public)
    return words.commands(
        original=Path(str(original["file"])).name,
        sheet=HOW.format(key=key, file=SHEET),
        statement=HOW.format(key=key, file=STATEMENT),
        key=key,
        ca=AUTHORITY,
    )


def _copy_original(archive: Archive, photo: Photo, part: Path) -> Reading:
    """Copy the original, and say what was read, and what the copy says of itself."""
    if photo.sha256 is None or photo.extension is None:
        raise StoreError(photo.filename, "its bytes are not in this archive yet")
    stored = Stored(photo.sha256, photo.extension)
    source = path_of(archive.originals, stored)
    digest, size = hashlib.sha256(), 0
    try:
        opened = source.open("rb", buffering=0)
    except OSError as error:
        why = f"cannot be read: {reason(error)}; nothing is signed of it"
        raise StoreError(source, why) from error
    target = part / Path(stored.name).name
    with closing(opened), storing(target), target.open("wb") as copy:
        buffer = memoryview(bytearray(1 << 20))
        while piece := read_piece(opened, buffer, source):
            digest.update(piece)
            size += copy.write(piece)
    if digest.hexdigest() != photo.sha256:
        why = "holds other bytes than were archived: nothing is signed of it"
        raise DamagedFile(source, why)
    at = timestamp(utc_now())
    return Reading(at, size, photo.sha256, read_again(target))


def _signed(
    signer: Signer, known: dict[str, Any], commands: list[str], sheet: Path
) -> Signed:
    data = sheet.read_bytes()
    told = {
        **known,
        "document": {
            "file": SHEET,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        },
        "how_to_check": commands,
    }
    return sign_json(signer, told)


def _write_signed(signer: Signer, signed: Signed, part: Path) -> None:
    sheet = (part / SHEET).read_bytes()
    (part / (SHEET + SIGNATURE)).write_bytes(signer.sign(sheet))
    for name, data in signed.files(STATEMENT).items():
        (part / name).write_bytes(data)
