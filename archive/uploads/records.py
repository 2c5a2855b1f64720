"""The tables ``uploads`` and ``upload_files``: what is on its way, and its end.

No part of the history. One sees and touches one's own uploads only, admins included.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import new_uuid
from archive.jobs.records import JobError, add_errors, add_job, transaction
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3
from archive.uploads.options import check_options, clean_options

MAX_BYTES = 256 << 30  # of a file
MAX_FILES = 100_000  # of an upload
LONGEST_NAME = 4096  # bytes of a path; Linux has as many
LONGEST_PART = 255  # bytes of a file's own name
LONGEST_KEY = LONGEST_NAME + 100  # characters: our pages make it of the whole path
EMPTY = "it is empty"

_FILE = (
    "f.id, f.uuid, f.upload_id, f.key, f.name, f.bytes, f.modified_ms, f.synced,"
    " f.touched_at, f.whole_at, f.ended_at, f.outcome, f.reason, f.photo_id, f.kept"
)


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that somebody sends together.

    :param options: as ``archive.uploads.options`` keeps them
    :param job_id: of the job that imports them
    :param closed_at: since then no more files come; None: they may
    """

    id: int
    uuid: str
    person_id: int
    job_id: int
    options: dict[str, Any]
    created_at: str
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is announced.

    :param key: the sender's own name for it
    :param name: its path as the sender has it
    :param modified_ms: when it was last changed, as the sender says, since 1970
    """

    key: str
    name: str
    bytes: int
    modified_ms: int | None = None


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file of an upload; the columns of ``upload_files``."""

    id: int
    uuid: str
    upload_id: int
    key: str
    name: str
    bytes: int
    modified_ms: int | None
    synced: int
    touched_at: str
    whole_at: str | None
    ended_at: str | None
    outcome: str | None
    reason: str | None
    photo_id: int | None
    kept: bool

    @property
    def own_name(self) -> str:
        """The name without the folders it was in."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many files of an upload there are, and how far they came.

    :param kept: refused, with bytes that can be tried again
    """

    files: int
    bytes: int
    whole: int
    ended: int
    imported: int
    duplicate: int
    refused: int
    cancelled: int
    kept: int


def _upload(row: Sequence[Any]) -> Upload:
    values = list(row)
    values[4] = json.loads(values[4])
    return Upload(*values)


def _file(row: Sequence[Any]) -> UploadFile:
    values = list(row)
    values[-1] = bool(values[-1])
    return UploadFile(*values)


_UPLOAD = "id, uuid, person_id, job_id, options, created_at, closed_at"


def open_upload(
    archive: Archive,
    actor: Person,
    options: dict[str, Any],
    now: datetime | None = None,
) -> Upload:
    """Begin an upload.

    :raises NotAllowed: the actor may not add photos, or not with these options
    :raises InvalidInput: an option that cannot be
    :raises NotFound: no such album for the actor
    """
    kept = clean_options(options)
    check_options(archive.connection, archive.uuid, actor, kept)
    connection, uuid = archive.connection, new_uuid()
    with transaction(connection):
        job = add_job(connection, actor, "import", {"upload": uuid}, total=0, due=False)
        connection.execute(
            """
            insert into uploads (uuid, person_id, job_id, options, created_at)
            values (?, ?, ?, ?, ?)
            """,
            (
                uuid,
                actor.id,
                job.id,
                json.dumps(kept, ensure_ascii=False),
                timestamp(now or utc_now()),
            ),
        )
    return find_upload(connection, actor, uuid)


def find_upload(connection: sqlite3.Connection, actor: Person, uuid: str) -> Upload:
    """Return an upload of the actor's own.

    :raises NotFound: there is none
    """
    row = connection.execute(
        f"select {_UPLOAD} from uploads where uuid = ? and person_id = ?",
        (uuid, actor.id),
    ).fetchone()
    if row is None:
        raise NotFound("there is no such upload", key="no_upload")
    return _upload(row)


def upload_of_job(connection: sqlite3.Connection, job_id: int) -> Upload:
    """Return the upload that a job imports.

    :raises NotFound: there is none any more
    """
    row = connection.execute(
        f"select {_UPLOAD} from uploads where job_id = ?", (job_id,)
    ).fetchone()
    if row is None:
        raise NotFound("there is no such upload", key="no_upload")
    return _upload(row)


def list_uploads(
    connection: sqlite3.Connection, actor: Person, limit: int = 20
) -> list[Upload]:
    """Return the actor's uploads, the newest first."""
    rows = connection.execute(
        f"select {_UPLOAD} from uploads where person_id = ? order by id desc limit ?",
        (actor.id, limit),
    )
    return [_upload(row) for row in rows]


def add_files(
    connection: sqlite3.Connection,
    actor: Person,
    upload: Upload,
    files: Sequence[NewFile],
    now: datetime | None = None,
) -> list[UploadFile]:
    """Announce files; those that are known by their key already stay as they are.

    :raises NotAllowed: the actor may not add photos any more
    :raises InvalidInput: a file that cannot be, or too many
    :raises Conflict: the upload is closed
    """
    require(actor, "upload")
    at = timestamp(now or utc_now())
    cleaned = [_cleaned(file) for file in files]
    with transaction(connection):
        if find_upload(connection, actor, upload.uuid).closed_at is not None:
            raise Conflict("this upload has ended; begin a new one", key="upload_ended")
        connection.executemany(
            """
            insert into upload_files
                (uuid, upload_id, key, name, bytes, modified_ms, touched_at)
            values (?, ?, ?, ?, ?, ?, ?) on conflict (upload_id, key) do nothing
            """,
            [
                (new_uuid(), upload.id, f.key, f.name, f.bytes, f.modified_ms, at)
                for f in cleaned
            ],
        )
        _refuse_empty(connection, upload, at)
        count = count_files(connection, upload).files
        if count > MAX_FILES:
            raise InvalidInput(
                f"an upload has at most {MAX_FILES:,} files",
                key="upload_full",
                n=MAX_FILES,
            )
        connection.execute(
            "update jobs set total = ? where id = ?", (count, upload.job_id)
        )
        return [_by_key(connection, upload, file) for file in cleaned]


def add_alone(
    archive: Archive, actor: Person, file: NewFile, now: datetime | None = None
) -> UploadFile:
    """Announce one file that is an upload of its own, with no options.

    :raises NotAllowed: the actor may not add photos
    :raises InvalidInput: a file that cannot be
    """
    connection = archive.connection
    with transaction(connection):
        upload = open_upload(archive, actor, {}, now)
        added = add_files(connection, actor, upload, [file], now)[0]
        connection.execute(
            "update uploads set closed_at = created_at where id = ?", (upload.id,)
        )
    return added


def _refuse_empty(connection: sqlite3.Connection, upload: Upload, at: str) -> None:
    """End files without a byte: nothing of them will ever come."""
    rows = connection.execute(
        """
        update upload_files set ended_at = ?1, outcome = 'refused', reason = ?2
        where upload_id = ?3 and bytes = 0 and ended_at is null returning uuid, name
        """,
        (at, EMPTY, upload.id),
    ).fetchall()
    errors = [JobError(uuid, name, EMPTY) for uuid, name in rows]
    add_errors(connection, upload.job_id, errors)


def _by_key(
    connection: sqlite3.Connection, upload: Upload, wanted: NewFile
) -> UploadFile:
    row = connection.execute(
        f"select {_FILE} from upload_files f where f.upload_id = ? and f.key = ?",
        (upload.id, wanted.key),
    ).fetchone()
    found = _file(row)
    if found.bytes != wanted.bytes:
        raise Conflict(f"{wanted.name} was announced with another size")
    return found


def _cleaned(file: NewFile) -> NewFile:
    """Return a file as it is kept: nothing in its name leads anywhere."""
    name = clean_path(file.name)
    key = _text(file.key)
    if not key or len(key) > LONGEST_KEY:
        raise InvalidInput(f"the key of {name} is empty or too long")
    if not 0 <= file.bytes <= MAX_BYTES:
        raise InvalidInput(f"{name} cannot have {file.bytes} bytes")
    modified = file.modified_ms
    if modified is not None and not 0 <= modified < 1 << 53:
        modified = None
    return NewFile(key, name, file.bytes, modified)


def _text(text: str) -> str:
    """Return a text that UTF-8 and SQLite can hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def clean_path(name: str) -> str:
    """Return the path of a file without what leads out of it (``..``) or nowhere.

    It is a name to show and to remember, and never used as a path.

    :raises InvalidInput: nothing is left of it, or it is longer than any path
    """
    kept = [part for part in _text(name).split("/") if part not in ("", ".", "..")]
    if not kept:
        raise InvalidInput(
            f"{name!r} is not the name of a file", key="no_file_name", name=name
        )
    path = "/".join(kept)
    if len(path.encode()) > LONGEST_NAME or len(kept[-1].encode()) > LONGEST_PART:
        raise InvalidInput("the name of a file is too long", key="file_name_long")
    return path


def find_file(
    connection: sqlite3.Connection, actor: Person, uuid: str
) -> tuple[UploadFile, Upload]:
    """Return a file of the actor's own uploads, with its upload.

    :raises NotFound: there is none
    """
    row = connection.execute(
        f"select {_FILE}, u.uuid from upload_files f join uploads u"
        " on u.id = f.upload_id where f.uuid = ? and u.person_id = ?",
        (uuid, actor.id),
    ).fetchone()
    if row is None:
        raise NotFound("there is no such upload", key="no_upload")
    return _file(row[:-1]), find_upload(connection, actor, row[-1])


def open_files(
    connection: sqlite3.Connection, upload: Upload, *, after: int = 0, limit: int = 500
) -> list[UploadFile]:
    """Return files whose outcome is not known yet, as they were announced.

    :param after: id of the last one of the page before
    """
    rows = connection.execute(
        f"""
        select {_FILE} from upload_files f
        where f.upload_id = ? and f.ended_at is null and f.id > ? order by f.id limit ?
        """,
        (upload.id, after, limit),
    )
    return [_file(row) for row in rows]


def whole_files(
    connection: sqlite3.Connection, upload: Upload, limit: int
) -> list[UploadFile]:
    """Return files that are here and wait to be imported."""
    rows = connection.execute(
        f"""
        select {_FILE} from upload_files f where f.upload_id = ?
            and f.whole_at is not null and f.ended_at is null order by f.id limit ?
        """,
        (upload.id, limit),
    )
    return [_file(row) for row in rows]


def ended_files(
    connection: sqlite3.Connection,
    upload: Upload,
    *,
    after: tuple[str, int] = ("", 0),
    limit: int = 500,
) -> list[UploadFile]:
    """Return files whose outcome is known, in the order in which it became known.

    :param after: ``ended_at`` and ``id`` of the last one of the page before
    """
    rows = connection.execute(
        f"""
        select {_FILE} from upload_files f where f.upload_id = ?
            and f.ended_at is not null and (f.ended_at, f.id) > (?, ?)
        order by f.ended_at, f.id limit ?
        """,
        (upload.id, *after, limit),
    )
    return [_file(row) for row in rows]


def count_files(connection: sqlite3.Connection, upload: Upload) -> Counts:
    """Count the files of an upload by how far they came."""
    outcomes = ("imported", "duplicate", "refused", "cancelled")
    filters = ", ".join(f"count(*) filter (where outcome = '{o}')" for o in outcomes)
    row = connection.execute(
        f"""
        select count(*), coalesce(sum(bytes), 0), count(whole_at), count(ended_at),
            {filters}, coalesce(sum(kept), 0) from upload_files where upload_id = ?
        """,
        (upload.id,),
    ).fetchone()
    return Counts(*row)
