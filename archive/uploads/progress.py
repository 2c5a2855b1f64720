"""What becomes of the files of an upload: synced, whole, ended, and cleared away.

The bytes of a file go only after its outcome is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.jobs.records import (
    JobError,
    add_errors,
    clear_jobs,
    transaction,
    wake_job,
)
from archive.sqlite import sqlite3
from archive.uploads import parts
from archive.uploads.records import Upload, UploadFile, count_files, open_files

EXPIRES = timedelta(days=7)  # without a byte: then what came is rubbish
REMEMBERED = timedelta(days=30)  # after which an upload's list of files is forgotten
NEVER_WHOLE = "its end never came"


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one file.

    :param outcome: ``imported``, ``duplicate``, ``refused`` or ``cancelled``
    :param reason: of a refusal; else what a person should know of the photo
    :param photo: id of the new photo, or of the one that has these bytes
    :param keep: leave its bytes, so that it can be tried again
    """

    file: UploadFile
    outcome: str
    reason: str | None = None
    photo: int | None = None
    keep: bool = False


def expires_at(file: UploadFile) -> datetime:
    """Return when the bytes of a file that is not whole are cleared away."""
    return datetime.fromisoformat(file.touched_at) + EXPIRES


def note_synced(
    connection: sqlite3.Connection,
    file: UploadFile,
    offset: int,
    now: datetime | None = None,
) -> bool:
    """Record how many bytes are on the disk; with the last one its import begins.

    :returns: False when the file's outcome is known meanwhile (it was cancelled)
    """
    at = timestamp(now or utc_now())
    whole = offset >= file.bytes
    with transaction(connection):
        noted = connection.execute(
            """
            update upload_files set synced = ?1, touched_at = ?2,
                whole_at = iif(?3, coalesce(whole_at, ?2), whole_at)
            where id = ?4 and ended_at is null
            """,
            (offset, at, whole, file.id),
        )
        if noted.rowcount and whole:
            _wake(connection, file.upload_id, now)
    return bool(noted.rowcount)


def _wake(connection: sqlite3.Connection, upload_id: int, now: datetime | None) -> None:
    wake_job(connection, _job_of(connection, upload_id), now)


def _job_of(connection: sqlite3.Connection, upload_id: int) -> int:
    row = connection.execute(
        "select job_id from uploads where id = ?", (upload_id,)
    ).fetchone()
    return int(row[0])


def end_files(
    folder: Path,
    connection: sqlite3.Connection,
    endings: Iterable[Ending],
    now: datetime | None = None,
) -> None:
    """Record outcomes, and then remove the bytes that nobody needs any more.

    :param folder: the archive's
    :param endings: of files of one upload
    """
    at = timestamp(now or utc_now())
    ended = list(endings)
    with transaction(connection):
        connection.executemany(
            """
            update upload_files set outcome = ?, reason = ?, photo_id = ?, kept = ?,
                ended_at = ? where id = ? and ended_at is null
            """,
            [(e.outcome, e.reason, e.photo, e.keep, at, e.file.id) for e in ended],
        )
        _tell_job(connection, [e for e in ended if e.outcome == "refused"])
    for ending in ended:
        if not ending.keep:
            parts.remove(folder, ending.file.uuid)


def _tell_job(connection: sqlite3.Connection, refused: list[Ending]) -> None:
    if refused:
        job_id = _job_of(connection, refused[0].file.upload_id)
        errors = (JobError(e.file.uuid, e.file.name, e.reason or "") for e in refused)
        add_errors(connection, job_id, errors)


def refuse_file(archive: Archive, file: UploadFile, reason: str) -> None:
    """Refuse a file before it is imported; its bytes go."""
    end_files(archive.folder, archive.connection, [Ending(file, "refused", reason)])
    _wake(archive.connection, file.upload_id, None)


def give_up_file(archive: Archive, file: UploadFile) -> None:
    """Take back a file that was announced; its bytes go."""
    end_files(archive.folder, archive.connection, [Ending(file, "cancelled")])
    _wake(archive.connection, file.upload_id, None)


def close_upload(archive: Archive, upload: Upload, now: datetime | None = None) -> None:
    """Let no more files come, and give up those that are not whole."""
    connection = archive.connection
    at = timestamp(now or utc_now())
    with transaction(connection):
        connection.execute(
            "update uploads set closed_at = coalesce(closed_at, ?) where id = ?",
            (at, upload.id),
        )
        wake_job(connection, upload.job_id, now)
    missing = (f for f in open_files(connection, upload, limit=-1) if not f.whole_at)
    endings = [Ending(file, "cancelled", NEVER_WHOLE) for file in missing]
    end_files(archive.folder, connection, endings, now)


def cancel_upload(
    archive: Archive, upload: Upload, now: datetime | None = None
) -> None:
    """Give up every file that is not imported yet."""
    close_upload(archive, upload, now)
    left = open_files(archive.connection, upload, limit=-1)
    endings = [Ending(file, "cancelled") for file in left]
    end_files(archive.folder, archive.connection, endings, now)


def take_up_again(connection: sqlite3.Connection, upload: Upload) -> list[str]:
    """Put refused files whose bytes are here back among those to be imported.

    Returns their uuids.
    """
    rows = connection.execute(
        """
        update upload_files set ended_at = null, outcome = null, reason = null,
            photo_id = null, kept = 0 where upload_id = ? and kept = 1 returning uuid
        """,
        (upload.id,),
    ).fetchall()
    return [str(row[0]) for row in rows]


def is_over(connection: sqlite3.Connection, upload: Upload) -> bool:
    """Whether no more files come, and what became of each is known."""
    row = connection.execute(
        "select closed_at from uploads where id = ?", (upload.id,)
    ).fetchone()
    counts = count_files(connection, upload)
    return row[0] is not None and counts.ended == counts.files


def clear_uploads(archive: Archive, now: datetime | None = None) -> None:
    """Clear away what nobody came back for, and forget what ended long ago."""
    now = now or utc_now()
    with transaction(archive.connection):
        _expire(archive.connection, now)
        _forget(archive.connection, now)
        clear_jobs(archive.connection, now=now)
    _clear_folder(archive, now)


def _expire(connection: sqlite3.Connection, now: datetime) -> None:
    """End what is not whole.

    What came whole was taken in: it stays until somebody imports it or gives it up,
    whatever became of its job.
    """
    at, before = timestamp(now), timestamp(now - EXPIRES)
    connection.execute(
        """
        update upload_files set outcome = 'cancelled', ended_at = ?1, reason = ?3
        where ended_at is null and touched_at < ?2 and whole_at is null
        """,
        (at, before, NEVER_WHOLE),
    )
    connection.execute(
        "update upload_files set kept = 0 where kept = 1 and ended_at < ?", (before,)
    )
    over = """not exists (select 1 from upload_files f
        where f.upload_id = uploads.id and f.ended_at is null)"""
    connection.execute(
        f"""
        update uploads set closed_at = ?
        where closed_at is null and created_at < ? and {over}
        """,
        (at, before),
    )
    connection.execute(
        f"""
        update jobs set due_at = ? where state = 'queued' and due_at is null
            and id in (select job_id from uploads
                where closed_at is not null and {over})
        """,
        (at,),
    )


def _forget(connection: sqlite3.Connection, now: datetime) -> None:
    connection.execute(
        """
        delete from uploads where closed_at < ? and job_id in (select id from jobs
            where state in ('done', 'cancelled')) and not exists (
            select 1 from upload_files f where f.upload_id = uploads.id
                and (f.ended_at is null or f.kept = 1))
        """,
        (timestamp(now - REMEMBERED),),
    )


def _clear_folder(archive: Archive, now: datetime) -> None:
    """Remove bytes that no file needs.

    What the database does not know at all may be newer than it (restored from a
    backup), and stays for a while.
    """
    for name, changed in list(parts.present(archive.folder)):
        row = archive.connection.execute(
            "select ended_at is null or kept from upload_files where uuid = ?", (name,)
        ).fetchone()
        old = datetime.fromtimestamp(changed, UTC) < now - EXPIRES
        if (row is None and old) or (row is not None and not row[0]):
            parts.remove(archive.folder, name)
