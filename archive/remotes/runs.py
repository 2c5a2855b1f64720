"""Runs of the sync, and what they said. State: no part of the history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.clock import timestamp, utc_now
from archive.identity import new_uuid
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A run of the sync.

    :param uuid: the run of the batches that it wrote
    :param finished_at: None: it is running, or was cut off and none began since
    :param stage: how far it is: a key, with how many of how many
    :param report: what it said that it did
    """

    uuid: str
    started_at: str
    finished_at: str | None
    outcome: str
    stage: str
    done: int
    total: int | None
    heard_at: str | None
    report: dict[str, Any]


def begin_run(connection: sqlite3.Connection) -> str:
    """Write down that a run begins, and that those before it are over.

    There is one at a time (``sync.lock``), so one without an end was killed.

    :return: its uuid
    """
    uuid, now = new_uuid(), timestamp(utc_now())
    connection.execute(
        """
        update sync_runs set outcome = 'failed', report = ?,
            finished_at = coalesce(heard_at, started_at)
        where finished_at is null
        """,
        (json.dumps({"stopped": "it was cut off"}),),
    )
    connection.execute(
        "insert into sync_runs (uuid, started_at, heard_at) values (?, ?, ?)",
        (uuid, now, now),
    )
    return uuid


def tell_run(
    connection: sqlite3.Connection, uuid: str, stage: str, done: int, total: int | None
) -> None:
    """Write down how far a run is."""
    connection.execute(
        """
        update sync_runs set stage = ?, done = ?, total = ?, heard_at = ?
        where uuid = ?
        """,
        (stage, done, total, timestamp(utc_now()), uuid),
    )


def end_run(
    connection: sqlite3.Connection, uuid: str, outcome: str, report: Mapping[str, Any]
) -> None:
    """Write down that a run ended, and what it says.

    :param outcome: "complete", "incomplete", "failed", "paused"
    """
    connection.execute(
        """
        update sync_runs set finished_at = ?, outcome = ?, report = ? where uuid = ?
        """,
        (
            timestamp(utc_now()),
            outcome,
            json.dumps(dict(report), ensure_ascii=True),
            uuid,
        ),
    )


def list_runs(
    connection: sqlite3.Connection, *, limit: int = 20, before: str | None = None
) -> list[SyncRun]:
    """Return runs, newest first.

    :param before: ``started_at`` of the last one of the page before
    """
    rows = connection.execute(
        """
        select uuid, started_at, finished_at, outcome, stage, done, total, heard_at,
            report
        from sync_runs where started_at < ? order by id desc limit ?
        """,
        (before or "9999", limit),
    )
    return [_run(row) for row in rows]


def _run(row: tuple[Any, ...]) -> SyncRun:
    values: list[Any] = [*row[:-1], json.loads(row[-1])]
    return SyncRun(*values)
