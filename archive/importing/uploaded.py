"""The job that imports the files of an upload, as they become whole.

An upload is imported in passes while its files still come; all of it is one run. What
became of each file is recorded, and only then do its bytes in ``incoming/`` go.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

from archive.database import Archive
from archive.errors import DamagedFile, NotFound
from archive.importing.model import Found, ImportOptions, ImportReport, Place
from archive.importing.pipeline import import_found
from archive.importing.staging import open_source
from archive.jobs.records import clear_errors, transaction
from archive.jobs.work import Cancelled, Waiting, Work
from archive.people import Person, find_person
from archive.sqlite import sqlite3
from archive.uploads.options import import_options
from archive.uploads.parts import path_of
from archive.uploads.progress import (
    NEVER_WHOLE,
    Ending,
    cancel_upload,
    end_files,
    is_over,
    take_up_again,
)
from archive.uploads.records import (
    Upload,
    UploadFile,
    count_files,
    upload_of_job,
    whole_files,
)

STEP = 500  # files a pass
WORKERS = 2
OFTEN = 0.5  # seconds between two writings of outcomes
MANY = 64  # outcomes that are written together at most
NO_ALBUM = "the album is gone; the photos are in Unclassified"


def run(archive: Archive, person: Person, work: Work) -> str:
    """Import what is whole of the upload; end when nothing more can come.

    :raises Waiting: more files may come
    """
    connection = archive.connection
    upload = upload_of_job(connection, work.job.id)
    try:
        work.check()
        _try_again(connection, work, upload)
        work.report(done=count_files(connection, upload).ended)
        while files := whole_files(connection, upload, STEP):
            left = _settle_known(archive, work, files)
            if left:
                _import(archive, find_person(connection, person.id), work, upload, left)
    except Cancelled:
        _settle_known(archive, work, whole_files(connection, upload, -1))
        cancel_upload(archive, upload)
        work.report(done=count_files(connection, upload).ended)
        raise
    if not is_over(connection, upload):
        raise Waiting
    return work.progress[2]


def _try_again(connection: sqlite3.Connection, work: Work, upload: Upload) -> None:
    """When a person asked for it, take up what was refused."""
    if not work.position.get("retry"):
        return
    with transaction(connection):
        clear_errors(connection, work.job.id, take_up_again(connection, upload))
        work.move_on(connection, {}, work.progress[0])


def _import(
    archive: Archive,
    person: Person,
    work: Work,
    upload: Upload,
    files: Sequence[UploadFile],
) -> None:
    """Import some files, and record what becomes of each."""
    endings = _Endings(archive, work, files)
    found = [_found(archive, upload, file) for file in files]
    import_found(
        archive,
        person,
        lambda _: found,
        _options(archive.connection, person, work, upload),
        run_uuid=work.job.uuid,
        workers=WORKERS,
        progress=endings.take,
    )
    endings.write()


def _options(
    connection: sqlite3.Connection, person: Person, work: Work, upload: Upload
) -> ImportOptions:
    try:
        return import_options(connection, person, upload.options)
    except NotFound:  # deleted since the upload began
        work.report(message=NO_ALBUM)
        return import_options(connection, person, {**upload.options, "album": None})


def _found(archive: Archive, upload: Upload, file: UploadFile) -> Found:
    path = path_of(archive.folder, file.uuid)
    return Found(
        Place("upload", b"upload", upload.uuid.encode()),
        file.uuid,
        file.own_name.encode(),
        _path(file).encode(),
        file.bytes,
        (file.modified_ms or 0) * 1_000_000,
        partial(_open_whole, str(path), file.bytes),
    )


def _open_whole(path: str, size: int) -> BinaryIO:
    """Open a file, all of which is here.

    :raises DamagedFile: it has not the size that was announced; StoreError
    """
    source = open_source(path)
    if os.fstat(source.fileno()).st_size != size:
        source.close()
        raise DamagedFile(path, NEVER_WHOLE)
    return source


def _path(file: UploadFile) -> str:
    """Where a file was in its upload; two that the sender calls the same are two."""
    return f"{file.id}/{file.name}"


class _Endings:
    """Records what the import says of each file, soon after it does."""

    def __init__(
        self, archive: Archive, work: Work, files: Sequence[UploadFile]
    ) -> None:
        self._archive, self._work = archive, work
        self._files = {file.uuid: file for file in files}
        self._taken = [0, 0, 0]  # of imported, duplicates and refused
        self._waiting: list[Ending] = []
        self._written = time.monotonic()

    def take(self, report: ImportReport) -> None:
        """Take up what is new in the report.

        :raises Ended: the job does not go on
        """
        notes: dict[str, list[str]] = {}
        for path, note in report.notes:
            notes.setdefault(path, []).append(note)
        for path, uuid in report.imported[self._taken[0] :]:
            self._add(path, "imported", "; ".join(notes.get(path, [])), uuid)
        for path, uuid in report.duplicates[self._taken[1] :]:
            self._add(path, "duplicate", "; ".join(notes.get(path, [])), uuid)
        for refusal in report.refused[self._taken[2] :]:
            self._add(refusal.path, "refused", refusal.reason)
        self._taken = [
            len(report.imported),
            len(report.duplicates),
            len(report.refused),
        ]
        late = time.monotonic() - self._written > OFTEN
        if late or len(self._waiting) >= MANY:
            self.write()
        self._work.check()

    def _add(self, path: str, outcome: str, reason: str, photo: str = "") -> None:
        file = self._files[path]
        keep = outcome == "refused"  # a full disk may have room later
        number = _photo_id(self._archive.connection, photo)
        self._waiting.append(Ending(file, outcome, reason or None, number, keep=keep))

    def write(self) -> None:
        """Record what waits."""
        endings, self._waiting = self._waiting, []
        end_files(self._archive.folder, self._archive.connection, endings)
        self._work.report(done=self._work.progress[0] + len(endings))
        self._written = time.monotonic()


def _photo_id(connection: sqlite3.Connection, uuid: str) -> int | None:
    row = connection.execute("select id from photos where uuid = ?", (uuid,)).fetchone()
    return int(row[0]) if row else None


def _settle_known(
    archive: Archive, work: Work, files: Sequence[UploadFile]
) -> list[UploadFile]:
    """Record what an earlier process imported just before it died; returns the rest."""
    connection = archive.connection
    row = connection.execute(
        """
        select f.source_id from imports i join source_files f on f.import_id = i.id
        where i.uuid = ? limit 1
        """,
        (work.job.uuid,),
    ).fetchone()
    if row is None:
        return list(files)
    photos = {file: _imported(connection, row[0], file, work) for file in files}
    known = {file: photo for file, photo in photos.items() if photo is not None}
    endings = [Ending(f, "imported", photo=photo) for f, photo in known.items()]
    end_files(archive.folder, connection, endings)
    work.report(done=work.progress[0] + len(endings))
    return [file for file in files if file not in known]


def _imported(
    connection: sqlite3.Connection, source_id: int, file: UploadFile, work: Work
) -> int | None:
    """Return the photo that this job made of a file, if it did."""
    row = connection.execute(
        """
        select p.id from source_files f
        join photos p on p.original_id = f.original_id
        join changes c on c.entity = 'photo' and c.record_id = p.id and c.field = ''
        join batches b on b.id = c.batch_id
        where f.source_id = ? and f.path = ? and f.outcome = 'imported' and b.run = ?
        limit 1
        """,
        (source_id, _path(file), work.job.uuid),
    ).fetchone()
    return int(row[0]) if row else None
