"""A row of ``sync_records``, and the transaction in which it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archive import mirroring
from archive.batches import Batch
from archive.database import Archive
from archive.sqlite import sqlite3
from sync.archived import forms
from sync.identity import Project
from sync.records import Kind, Life
from sync.store import Seen

COLUMNS = (
    "id, kind, uuid, remote_id, base, agreed, seen, life, created, updated, touched,"
    " ended, lacks"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of ``sync_records``."""

    id: int
    kind: Kind
    uuid: str
    remote_id: int | None
    base: str | None
    agreed: str
    seen: str | None
    life: str
    created: int
    updated: int
    touched: int
    ended: int
    lacks: int


def row_from(values: Sequence[Any]) -> Row:
    """Return a row of these ``COLUMNS``."""
    return Row(values[0], Kind(values[1]), *values[2:])


def seen_from(row: Row) -> Seen:
    """Return how a record was shown last; ``row.seen`` is there."""
    form = forms.read(row.seen or "{}")
    return Seen(
        row.kind,
        row.remote_id or 0,
        Life(row.life),
        forms.fields_from(row.kind, form["fields"]),
        form["extra"],
        form["name"],
        row.created,
        row.updated,
    )


@dataclass(slots=True)
class Opened:
    """One transaction on an archive.

    :param opened: the batch of the sync's that is open
    :param run: uuid that the batches of a run share
    :param whys: for the batch's reason: why something was written
    :param uuids: of records there that were looked up, by their numbers
    """

    archive: Archive
    project: Project
    mirror: mirroring.Mirror
    opened: Batch
    run: str | None = None
    whys: dict[str, None] = field(default_factory=dict)
    uuids: dict[tuple[Kind, int], str] = field(default_factory=dict)

    @property
    def _db(self) -> sqlite3.Connection:
        return self.archive.connection
