"""What is known of a photo, with where each piece of it stands, as plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from archive.batches import sealed_lines
from archive.checking import check_record
from archive.clock import timestamp
from archive.database import Archive
from archive.errors import DamagedArchive
from archive.evidence.capture import capture
from archive.history import BatchRecord, Change, changes_of_photo
from archive.originals import Stored
from archive.people import Person
from archive.photos import Photo
from archive.settings import get_setting
from archive.showing import file_facts, origins, taken_source
from archive.sqlite import sqlite3

KIND = "asbuilt evidence 1"
_CHECKS = 20  # verifications that are listed, the last ones


@dataclass(frozen=True, slots=True)
class Reading:
    """That the original was read in full just now, and is what it was.

    :param at: UTC
    :param facts: what it says of itself; or why that cannot be read
    """

    at: str
    bytes: int
    sha256: str
    facts: dict[str, Any] | str


def statement(
    archive: Archive, who: Person, photo: Photo, reading: Reading, program: str
) -> dict[str, Any]:
    """Return what is known of a photo, as of one moment.

    :param program: that says so, with its version
    :raises DamagedArchive: a batch of its history is not what was sealed, or a record
        is not what its history says
    """
    connection = archive.connection
    with one_moment(connection):
        history = list(_history(connection, photo))
        _require_unaltered(connection, photo)
        facts = file_facts(connection, photo)
        return {
            "kind": KIND,
            "made_at": reading.at,
            "made_by": who.name,
            "made_with": program,
            "archive": {
                "uuid": archive.uuid,
                "project": get_setting(connection, "project_name"),
            },
            "photo": _record(photo),
            "original": _original(photo, facts, reading),
            **_capture(reading, facts),
            "archived": _archived(connection, photo, facts),
            "verified": _verified(connection, photo, facts, reading),
            "copies": _copies(connection, photo),
            "history": history,
            "chain": _chain(connection),
        }


@contextmanager
def one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Read all in the body as it is at one moment, whoever writes meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _record(photo: Photo) -> dict[str, Any]:
    told = photo.as_json(stars=True) | {"taken_source": taken_source(photo)}
    told.pop("camera", None)  # the file's own words for it are under "capture"
    return told


def _original(photo: Photo, facts: dict[str, Any], reading: Reading) -> dict[str, Any]:
    stored = Stored(str(photo.sha256), str(photo.extension))
    read = {} if isinstance(reading.facts, str) else reading.facts
    return {
        "sha256": photo.sha256,
        "bytes": facts["bytes"],
        "media_type": read.get("media_type", facts["media_type"]),
        "file": f"originals/{stored.name}",
    }


def _capture(reading: Reading, recorded: dict[str, Any]) -> dict[str, Any]:
    if isinstance(reading.facts, str):
        return {
            "capture": list(capture(None, recorded)),
            "capture_unread": reading.facts,
        }
    return {"capture": list(capture(reading.facts, recorded))}


# Records that speak in a statement, by the photo's id
_SPEAKING = """
    select 'photo', id from photos where id = ?1
    union all select 'original', original_id from photos where id = ?1
    union all select 'comment', id from comments where photo_id = ?1
    union all select 'markup', id from markups where photo_id = ?1
    union all select 'setting', 'project_name'
"""
# All of these: the history names those, too, that the photo had before
_NAMED = ("album", "location", "trade", "person")


def _require_unaltered(connection: sqlite3.Connection, photo: Photo) -> None:
    """Compare each record that is told of with its history.

    :raises DamagedArchive: one was altered by hand
    """
    rows = connection.execute(_SPEAKING, (photo.id,)).fetchall()
    speaking = [(entity, record) for entity, record in rows if record is not None]
    for entity, record in [*speaking, *((kind, None) for kind in _NAMED)]:
        for fault in check_record(connection, entity, record):
            raise DamagedArchive(f"{fault.text}; nothing is signed of this photo")


def _archived(
    connection: sqlite3.Connection, photo: Photo, facts: dict[str, Any]
) -> dict[str, Any]:
    return {
        "bytes_since": facts["stored_at"],
        "photo_since": photo.uploaded_at,
        "by": photo.uploader,
        "from": origins(connection, photo),
    }


def _verified(
    connection: sqlite3.Connection,
    photo: Photo,
    facts: dict[str, Any],
    reading: Reading,
) -> dict[str, Any]:
    """Return when its bytes were read again, and what was found."""
    checks = connection.execute(
        "select c.started_at, c.finished_at, p.name from checks c"
        " join people p on p.id = c.person_id"
        " where c.finished_at is not null and c.started_at >= ?"
        " order by c.id desc limit ?",
        (facts["stored_at"], _CHECKS),
    ).fetchall()
    faults = connection.execute(
        "select found_at, what, text, mended_at from faults where subject = ?"
        " order by id",
        (Stored(str(photo.sha256), str(photo.extension)).name,),
    ).fetchall()
    named = ("found_at", "what", "text", "mended_at")
    return {
        "now": {"at": reading.at, "sha256": reading.sha256, "bytes": reading.bytes},
        "last": facts["verified_at"],
        "all_files": [
            {"began": began, "ended": ended, "by": name}
            for began, ended, name in reversed(checks)
        ],
        "faults": [dict(zip(named, row, strict=True)) for row in faults],
    }


def _copies(connection: sqlite3.Connection, photo: Photo) -> list[dict[str, Any]]:
    rows = connection.execute(
        "select c.name, c.kind, c.uuid, h.verified from copy_originals h"
        " join copies c on c.id = h.copy_id join originals o on o.id = h.original_id"
        " where o.sha256 = ? order by c.id",
        (photo.sha256,),
    )
    return [
        {
            "name": name,
            "kind": kind,
            "uuid": uuid,
            "verified_at": timestamp(datetime.fromtimestamp(seconds, UTC)),
        }
        for name, kind, uuid, seconds in rows
    ]


def _history(connection: sqlite3.Connection, photo: Photo) -> Iterator[dict[str, Any]]:
    """Yield the batches that changed the photo, each with what it changed of it."""
    changes = changes_of_photo(connection, photo.id)
    for record, some in groupby(changes, key=lambda pair: pair[0]):
        own = [change for _, change in some]
        told = [_change(change) for change in own]
        if record is None:
            yield {"batch": None, "changes": told}
        else:
            yield {**_sealed(connection, record, len(own)), "changes": told}


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "what": change.entity,
        "record": change.record_id,
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "old_in_words": change.shown_old,
        "new_in_words": change.shown_new,
    }


def _sealed(
    connection: sqlite3.Connection, record: BatchRecord, own: int
) -> dict[str, Any]:
    """Return a batch with its place in the chain.

    Where all that it changed belongs to the photo its lines are there, too, over which
    its hash is; the others hold what is not this photo's.

    :raises DamagedArchive: it is not what was sealed
    """
    digest, lines = hashlib.sha256(), []
    for line in sealed_lines(connection, record.id):
        digest.update(line)
        if record.changes == own:
            lines.append(line.decode("utf-8", "surrogateescape").rstrip("\n"))
    if digest.hexdigest() != record.hash:
        raise DamagedArchive(
            f"batch {record.id} of the history is not what was sealed: asbuilt verify"
            " says more, and nothing is signed of this photo"
        )
    previous = connection.execute(
        "select previous_hash from batches where id = ?", (record.id,)
    ).fetchone()
    told = {
        "batch": record.id,
        "at": record.at,
        "by": record.actor,
        "origin": record.origin,
        "reason": record.reason,
        "changes_in_all": record.changes,
        "previous_hash": previous[0],
        "hash": record.hash,
    }
    return told | ({"lines": lines} if lines else {})


def _chain(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the end of the chain, which fixes all that is before it."""
    row = connection.execute(
        "select id, at, hash from batches where hash is not null"
        " order by id desc limit 1"
    ).fetchone()
    return dict(zip(("batch", "at", "hash"), row, strict=True))
