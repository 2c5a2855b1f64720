"""Uploads as the server makes them, without a server."""

from __future__ import annotations

from archive.database import Archive
from archive.jobs import Job, find_job
from archive.jobs.runner import Bell, work_off
from archive.people import Person
from archive.uploads import (
    NewFile,
    Upload,
    UploadFile,
    add_files,
    close_upload,
    ended_files,
    note_synced,
    open_files,
    open_upload,
    parts,
)


def announce(
    archive: Archive, actor: Person, upload: Upload, files: dict[str, bytes]
) -> list[UploadFile]:
    wanted = [
        NewFile(f"key of {name}", name, len(data), 1_700_000_000_000)
        for name, data in files.items()
    ]
    return add_files(archive.connection, actor, upload, wanted)


def receive(archive: Archive, file: UploadFile, data: bytes) -> None:
    """Take in bytes of a file as a request brings them."""
    part = parts.open_part(archive.folder, file.uuid)
    try:
        parts.write(part, data)
        parts.sync(part)
    finally:
        parts.close(part)
    note_synced(archive.connection, file, part.offset)


def send(
    archive: Archive,
    actor: Person,
    files: dict[str, bytes],
    *,
    close: bool = True,
    **options: object,
) -> Upload:
    """Send whole files in an upload of their own."""
    upload = open_upload(archive, actor, dict(options))
    announced = announce(archive, actor, upload, files)
    for file, data in zip(announced, files.values(), strict=True):
        if data:
            receive(archive, file, data)
    if close:
        close_upload(archive, upload)
    return upload


def import_all(archive: Archive, actor: Person, upload: Upload) -> Job:
    """Let a runner do what there is."""
    work_off(archive, "r", Bell(None))
    return find_job(archive.connection, actor, upload.job_id)


def outcomes(archive: Archive, upload: Upload) -> dict[str, str | None]:
    """What became of each file, by its name; None: not known yet."""
    connection = archive.connection
    files = ended_files(connection, upload) + open_files(connection, upload)
    return {file.name: file.outcome for file in sorted(files, key=lambda f: f.id)}


def staged(archive: Archive) -> list[str]:
    """The names of the files that are in ``incoming/``."""
    return sorted(name for name, _ in parts.present(archive.folder))
