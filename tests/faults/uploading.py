"""An upload that is cut off: what its sender was told is here, is here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from archive.database import Archive, open_archive
from archive.people import owner
from archive.uploads import note_synced, open_upload, parts
from archive.uploads.records import Upload, UploadFile, list_uploads, open_files
from tests.archive.import_checks import photo
from tests.archive.upload_checks import announce

FILES = {f"{n}.jpg": photo(n) for n in (1, 2)}
STEP = 300  # bytes that come at a time


def act(room: Path, note: Callable[[str], None]) -> None:
    """Announce two files, if they are not, and send what is missing of them."""
    with open_archive(room / "tower") as archive:
        for file in _announced(archive):
            data = FILES[file.name]
            while (offset := _receive(archive, file, data)) < len(data):
                note(f"{file.uuid} {offset}")
            note(f"{file.uuid} {offset}")


def _announced(archive: Archive) -> list[UploadFile]:
    sam = owner(archive.connection)
    rows = archive.connection.execute("select count(*) from upload_files").fetchone()
    if not rows[0]:
        return announce(archive, sam, open_upload(archive, sam, {}), FILES)
    found: list[Upload] = list_uploads(archive.connection, sam)
    return [file for one in found for file in open_files(archive.connection, one)]


def _receive(archive: Archive, file: UploadFile, data: bytes) -> int:
    """Take in some bytes as a request brings them. Returns what the sender is told."""
    row = archive.connection.execute(
        "select synced from upload_files where id = ?", (file.id,)
    ).fetchone()
    part = parts.open_part(archive.folder, file.uuid, row[0])
    try:
        parts.write(part, data[part.offset : part.offset + STEP])
        parts.sync(part)
    finally:
        parts.close(part)
    note_synced(archive.connection, file, part.offset)
    return part.offset


def look(room: Path, noted: Sequence[str]) -> Iterator[str]:
    """What was told and is not here."""
    with open_archive(room / "tower") as archive:
        rows = archive.connection.execute("select uuid, name from upload_files")
        names = dict(rows.fetchall())
    for text in noted:
        uuid, _, offset = text.partition(" ")
        if not offset:
            continue
        path = parts.path_of(room / "tower", uuid)
        here = path.read_bytes() if path.exists() else b""
        wanted = FILES.get(names.get(uuid, ""), b"")[: int(offset)]
        if not wanted or here[: int(offset)] != wanted:
            yield f"{offset} bytes of {uuid} were reported, {len(here)} are here"
