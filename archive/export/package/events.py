"""What happened to photos, and the history with its seals, in words of PREMIS 3.0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from archive.batches import sealed_lines
from archive.export.package.model import Package
from archive.history import BatchRecord, Change, changes_of_photo
from archive.sqlite import sqlite3

Event = dict[str, Any]


def event(kind: str, at: str, who: str | None, uuid: str, **more: Any) -> Event:  # noqa: ANN401
    """Return one event of a photo.

    :param kind: of the Library of Congress' list of event types
    """
    return {
        "eventType": kind,
        "eventDateTime": at,
        "linkingAgentName": who,
        "linkingObjectUuid": uuid,
        **more,
    }


def events_of(record: dict[str, Any], package: Package) -> Iterator[Event]:
    """Yield what everybody who sees a photo may know happened to it.

    :param record: with ``file``, which is None when its bytes are lost or altered
    """
    original, uploader = record["original"] or {}, record["uploader"] or {}
    uuid, sha256 = record["uuid"], original.get("sha256")
    yield event(
        "ingestion",
        record["uploaded_at"],
        uploader.get("name"),
        uuid,
        eventDetail=f"taken in as {record['filename']}",
        eventOutcome="success",
        messageDigest=sha256,
    )
    if original.get("verified_at"):
        yield _fixity(original["verified_at"], uuid, sha256, "read again and compared")
    detail = f"read for this package; file: {record['file']}"
    yield _fixity(package.made_at, uuid, sha256, detail, right=bool(record["file"]))
    yield event(
        "dissemination",
        package.made_at,
        package.made_by,
        uuid,
        eventDetail=f"put into package {package.uuid}",
        eventOutcome="success" if record["file"] else "fail",
    )


def _fixity(
    at: str, uuid: str, sha256: str | None, detail: str, *, right: bool = True
) -> Event:
    outcome = "success" if right else "fail"
    return event(
        "fixity check",
        at,
        None,
        uuid,
        eventDetail=f"SHA-256 of its bytes: {detail}",
        eventOutcome=outcome,
        messageDigest=sha256,
    )


def changes_as_events(
    connection: sqlite3.Connection, number: int, uuid: str, last: int
) -> Iterator[Event]:
    """Yield the changes of a photo and its comments, one event for each batch.

    :param last: the newest batch to tell of
    """
    pairs = [
        (batch, change)
        for batch, change in changes_of_photo(connection, number)
        if batch is not None and batch.id <= last
    ]
    for number_of_batch, group in groupby(pairs, key=_batch_of):
        some = list(group)
        batch = some[0][0]
        yield event(
            "metadata modification",
            batch.at,
            batch.actor,
            uuid,
            eventDetail=batch.reason or batch.origin,
            eventOutcome="success",
            batch=number_of_batch,
            batchHash=batch.hash,
            changes=[_told(change) for _, change in some],
        )


def _batch_of(pair: tuple[BatchRecord, Change]) -> int:
    return pair[0].id


def _told(change: Change) -> dict[str, Any]:
    return {
        "entity": change.entity,
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "oldShown": change.shown_old,
        "newShown": change.shown_new,
    }


def history_lines(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Yield the whole history: of each batch the lines that are hashed, and the hash.

    As ``docs/format.md`` has it: SHA-256 over the lines of a batch, line ends included,
    is the line of text that follows them.
    """
    rows = connection.execute(
        "select id, hash from batches where hash is not null order by id"
    ).fetchall()
    for number, sealed in rows:
        yield from sealed_lines(connection, number)
        yield f"{json.dumps(sealed)}\n".encode()
