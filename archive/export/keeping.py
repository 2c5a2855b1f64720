"""Exports that were made in the background, kept in ``exports/`` for some days.

Each has the file, under the uuid of its job; a receipt beside it, ``UUID.json``,
without which it is not whole; and ``UUID.ids``, the photos in it as 8 bytes each.
Whoever asked for it may have it as long as they may see every one of these. It may be
deleted at any time, and is no part of the archive.
"""

from __future__ import annotations

import json
import shutil
import sys
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.clock import utc_now
from archive.database import Archive
from archive.disk import storing
from archive.errors import NotFound
from archive.export.receipts import Receipt
from archive.export.selection import visible
from archive.export.writing import FOLDER as FOLDER  # noqa: PLC0414 - also said here
from archive.jobs.records import Job, find_job
from archive.people import Person
from archive.photos import chunks
from archive.rights import allowed, require, viewer
from archive.sqlite import sqlite3

KEPT = timedelta(days=7)
# Of lists the format is in the options; ``.data`` is none of what stands beside them
KINDS = {
    "export_pdf": "pdf",
    "export_zip": "zip",
    "export_list": "data",
    "export_package": "zip",
    "export_evidence": "zip",
}
# One sentence: which of these it is, would tell of photos that one may not see
GONE = (
    "this export is no longer here, or photos in it are gone or hidden now; make it"
    " again"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An export that is whole and here.

    :param name: to save it under
    :param receipt: as ``Receipt.as_json`` gives it
    """

    path: Path
    name: str
    receipt: dict[str, Any]
    expires_at: datetime


def path_of(folder: Path, job: Job) -> Path:
    """Return where the file of an export is, or will be.

    :param folder: the archive's
    """
    return folder / FOLDER / f"{job.uuid}.{KINDS[job.kind]}"


def keep(
    archive: Archive, job: Job, name: str, receipt: Receipt, ids: Sequence[int]
) -> None:
    """Record that an export is whole.

    :raises NotFound: something in it was purged meanwhile, and it is not kept
    :raises StoreError: that cannot be written
    """
    path = path_of(archive.folder, job)
    told = {**receipt.as_json(), "file": name}
    told.pop("contents", None)  # a zip has them in its list
    with storing(path):
        path.with_suffix(".ids").write_bytes(_packed(ids))
        new = path.with_suffix(".new")
        new.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        new.replace(path.with_suffix(".json"))
    if _purged(archive.connection, ids):  # later ones clear it away themselves
        remove_kept(archive.folder, job)
        raise NotFound(GONE, key="export_gone")


def _packed(ids: Sequence[int]) -> bytes:
    numbers = array("q", ids)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _ids(path: Path) -> list[int]:
    numbers = array("q", path.with_suffix(".ids").read_bytes())
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def find_kept(folder: Path, job: Job) -> Kept | None:
    """Return the export of a job; None: it is not whole, or no longer here."""
    path = path_of(folder, job)
    try:
        receipt = json.loads(path.with_suffix(".json").read_text("utf-8"))
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Kept(path, str(receipt["file"]), receipt, made + KEPT)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def open_kept(
    connection: sqlite3.Connection, folder: Path, who: Person, which: str
) -> Kept:
    """Return an export for who asked for it, while they may see all that is in it.

    :raises NotAllowed: they may not download photos any more
    :raises NotFound: there is none of theirs, or some of it they may not see any more
    """
    require(who, "download")
    job = own_export(connection, who, which)
    kept = find_kept(folder, job)
    if kept is None:
        raise NotFound(GONE, key="export_gone")
    if not may_have(connection, folder, who, job):
        raise NotFound(GONE, key="export_gone")
    return kept


def may_have(
    connection: sqlite3.Connection,
    folder: Path,
    who: Person,
    job: Job,
    most: int | None = None,
) -> bool:
    """Whether somebody may still see all that is in an export of theirs.

    :param most: of more photos than that it is not asked: a page must not wait for it
    """
    if job.options.get("complete") and not allowed(who, "history"):
        return False  # it tells of more than its photos
    if job.kind == "export_evidence" and not allowed(who, "evidence"):
        return False
    try:
        ids = _ids(path_of(folder, job))
    except (OSError, ValueError):
        return False
    if most is not None and len(ids) > most:
        return True
    return all(
        len(visible(connection, some, viewer(who))) == len(some) for some in chunks(ids)
    )


def own_export(connection: sqlite3.Connection, who: Person, which: str) -> Job:
    """Return an export that somebody asked for themselves.

    :raises NotFound: there is none
    """
    job = find_job(connection, who, which)
    if job.person_id != who.id or job.kind not in KINDS:
        raise NotFound(f"there is no export {which}")
    return job


def list_exports(
    connection: sqlite3.Connection, who: Person, limit: int = 50
) -> list[Job]:
    """Return the exports that somebody asked for, the newest first."""
    marks = ", ".join("?" * len(KINDS))
    rows = connection.execute(
        f"""
        select id from jobs where person_id = ? and kind in ({marks})
        order by id desc limit ?
        """,
        (who.id, *KINDS, limit),
    ).fetchall()
    return [find_job(connection, who, int(row[0])) for row in rows]


def remove_kept(folder: Path, job: Job) -> None:
    """Delete the file of an export, and what stands beside it."""
    path = path_of(folder, job)
    for suffix in (".json", ".ids", path.suffix, ".new"):
        with suppress(OSError):
            path.with_suffix(suffix).unlink(missing_ok=True)


def clear_exports(
    archive: Archive, now: datetime | None = None, *, purged: Sequence[int] = ()
) -> int:
    """Delete exports that are old, cut off, or hold what was purged; returns how many.

    Those that a job is making are left alone; it looks itself in the end whether all
    that is in one is still there.

    :param purged: ids of photos that were just now; else whole exports are looked
        through for any that is not there
    """
    oldest = (now or utc_now()) - KEPT
    gone_now = frozenset(purged)
    gone = 0
    for uuid, paths in _by_job(archive.folder / FOLDER).items():
        if _stays(archive.connection, uuid, paths, oldest, gone_now):
            continue
        gone += 1
        for path in paths:
            if path.is_dir():  # a writer that was killed
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
    return gone


def _by_job(folder: Path) -> dict[str, list[Path]]:
    """Return what lies there by the uuids of jobs: ``UUID.pdf``, ``.UUID.pdf.part``."""
    found: dict[str, list[Path]] = {}
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            uuid = path.name.lstrip(".").partition(".")[0]
            found.setdefault(uuid, []).append(path)
    return found


def _stays(
    connection: sqlite3.Connection,
    uuid: str,
    paths: list[Path],
    oldest: datetime,
    purged: frozenset[int],
) -> bool:
    row = connection.execute(
        "select state, started_at from jobs where uuid = ?", (uuid,)
    ).fetchone()
    if row is None:
        return False
    receipt = next((path for path in paths if path.suffix == ".json"), None)
    if receipt is None:
        return row[0] == "running" or (
            row[0] in ("queued", "interrupted")
            and max(map(_changed, paths)) > oldest
            and not _purged_since(connection, row[1])
        )
    try:
        ids = _ids(receipt)
    except (OSError, ValueError):
        return False
    gone = not purged.isdisjoint(ids) if purged else _purged(connection, ids)
    return _changed(receipt) > oldest and not gone


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:  # it is gone meanwhile
        return datetime.min.replace(tzinfo=UTC)


def _purged_since(connection: sqlite3.Connection, when: str | None) -> bool:
    """Whether something was purged since, which may be in half an export."""
    row = connection.execute(
        "select 1 from tombstones where purged_at >= ? limit 1", (when or "",)
    )
    return row.fetchone() is not None


def _purged(connection: sqlite3.Connection, ids: Sequence[int]) -> bool:
    """Whether one of some photos is there no more."""
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        row = connection.execute(
            f"select count(*) from photos where id in ({marks})", some
        ).fetchone()
        if row[0] < len(some):
            return True
    return False
