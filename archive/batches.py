"""The one way to write: a batch is one transaction with a name, a reason and a hash.

Triggers write each changed field under the open batch (``schema.sql``); sealing it
hashes the previous batch's hash and this batch's content, so that history is a chain
(the form is in ``docs/format.md``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from archive.clock import timestamp, utc_now
from archive.database import Connection, explain, path_of
from archive.errors import Conflict
from archive.identity import new_uuid
from archive.rights import require
from archive.sites import settle
from archive.sqlite import sqlite3
from archive.waiting import begin

if TYPE_CHECKING:
    from archive.people import Person

FIRST_HASH = "0" * 64

_HEADER = (
    "id, uuid, run, at, actor_id, actor_name, origin, reason, undoes, changes,"
    " previous_hash"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The batch that the running transaction writes under.

    :param at: UTC, as in every ``*_at`` column
    """

    id: int
    uuid: str
    at: str


@contextmanager
def batch(
    connection: sqlite3.Connection,
    actor: Person,
    *,
    origin: str = "user",
    reason: str = "",
    run: str | None = None,
    undoes: int | None = None,
    now: datetime | None = None,
) -> Iterator[Batch]:
    """Run the body in one ``BEGIN IMMEDIATE`` transaction under a new batch.

    Commits and seals at the end; on any error everything is rolled back. A body that
    changed nothing leaves no batch.

    :param origin: ``user``, ``import``, ``sync``, ``exchange``, ``undo``, ``system``
    :param run: uuid that the batches of one long run share
    :param undoes: id of the batch that this one takes back
    :raises Conflict: inside another batch
    :raises ArchiveLocked: another process kept writing
    :raises DamagedArchive: the database is damaged
    :raises StoreError: the disk is full or read-only
    """
    if connection.in_transaction:
        raise Conflict("a change is under way in this connection already")
    header = _Header(actor.id, actor.name, origin, reason, run, undoes)
    begun = False
    try:
        _clear_doubt(connection)
        begin(connection)
        begun = True
        settle(connection)
        _adopt_raw_changes(connection)
        opened = _open(connection, header, now)
        yield opened
        _seal(connection, _number(connection))
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        elif begun and isinstance(connection, Connection):
            connection.doubtful = True
        if isinstance(error, sqlite3.DatabaseError):
            told = explain(error, path_of(connection))
            if told is not None:
                raise told from error
        raise


def _clear_doubt(connection: sqlite3.Connection) -> None:
    """Have FTS5 forget a transaction that SQLite rolled back by itself.

    That is what it does on a disk that fails. Where it was within the search index,
    FTS5 may keep in memory how many rows there were to be, and write that with the next
    photo; it forgets it when a transaction in which it has a part is rolled back.
    (Found by faults at random, with SQLite 3.53.4: two reads failed within an insert.)
    """
    if not isinstance(connection, Connection) or not connection.doubtful:
        return
    begin(connection)
    try:
        connection.execute(
            "insert into photos_fts (photos_fts, rank) values ('usermerge', 4)"
        )
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    connection.doubtful = False


def turn(
    connection: sqlite3.Connection,
    actor: Person,
    *,
    origin: str = "user",
    reason: str = "",
    run: str | None = None,
) -> Batch:
    """End the open batch and begin another in the same transaction.

    For one that writes on behalf of several: each change is under who wanted it.

    :raises Conflict: no batch is open
    """
    number = _number(connection)
    _seal(connection, number)
    return _open(connection, _Header(actor.id, actor.name, origin, reason, run), None)


def _number(connection: sqlite3.Connection) -> int:
    """Return the number of the open batch.

    :raises Conflict: there is none
    """
    row = connection.execute("select batch_id from open_batch").fetchone()
    if row is None:
        raise Conflict("no batch is open")
    return int(row[0])


def is_kept(connection: sqlite3.Connection, made: Batch) -> bool:
    """Whether a batch that ended changed anything; else its number is another's."""
    row = connection.execute("select 1 from batches where uuid = ?", (made.uuid,))
    return row.fetchone() is not None


def permit(connection: sqlite3.Connection, actor: Person, action: str) -> None:
    """Refuse a write that is outside a batch of the actor's, or beyond their rights.

    Every function that writes calls this first, so that no door can forget either.

    :raises NotAllowed: the actor may not do that
    :raises Conflict: no batch of theirs is open
    """
    require(actor, action)
    row = connection.execute(
        "select b.actor_id from open_batch o join batches b on b.id = o.batch_id"
    ).fetchone()
    if row is None or row[0] != actor.id:
        raise Conflict(f"{actor.name} has no batch open to write under")


@dataclass(frozen=True, slots=True)
class _Header:
    """Who writes, and why: columns of a batch as they stand in the table."""

    actor_id: int | None
    actor_name: str
    origin: str
    reason: str = ""
    run: str | None = None
    undoes: int | None = None


def _open(
    connection: sqlite3.Connection, header: _Header, now: datetime | None
) -> Batch:
    at = timestamp(now or utc_now())
    uuid = new_uuid()
    cursor = connection.execute(
        """
        insert into batches
            (uuid, at, actor_id, actor_name, origin, reason, run, undoes, previous_hash)
        values (?, ?, ?, ?, ?, ?, ?, ?, coalesce(
            (select hash from batches where hash is not null order by id desc limit 1),
            ?))
        """,
        (uuid, at, *astuple(header), FIRST_HASH),
    )
    number = int(cursor.lastrowid or 0)
    connection.execute(
        "insert into open_batch (one, batch_id) values (1, ?)", (number,)
    )
    return Batch(number, uuid, at)


def _seal(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("delete from open_batch")
    count = connection.execute(
        "select count(*) from changes where batch_id = ?", (number,)
    ).fetchone()[0]
    if not count:
        connection.execute("delete from batches where id = ?", (number,))
        # its number goes to the next one: a gap is what a cut-off history leaves
        connection.execute(
            "update sqlite_sequence set seq = ? where name = 'batches'", (number - 1,)
        )
        return
    connection.execute("update batches set changes = ? where id = ?", (count, number))
    connection.execute(
        "update batches set hash = ? where id = ?",
        (batch_hash(connection, number), number),
    )


def _adopt_raw_changes(connection: sqlite3.Connection) -> None:
    """Seal what raw SQL changed since the last batch into a batch that says so."""
    found = connection.execute(
        "select 1 from changes where batch_id is null limit 1"
    ).fetchone()
    if not found:
        return
    reason = "written by other means than asbuilt"
    adopted = _open(connection, _Header(None, "unknown", "sql", reason), None)
    connection.execute(
        "update changes set batch_id = ? where batch_id is null", (adopted.id,)
    )
    _seal(connection, adopted.id)


def batch_hash(connection: sqlite3.Connection, number: int) -> str:
    """Return the SHA-256, in hex, that seals a batch.

    Over one line of JSON for the batch and one for each change in order; see
    ``docs/format.md``.
    """
    digest = hashlib.sha256()
    for line in sealed_lines(connection, number):
        digest.update(line)
    return digest.hexdigest()


def sealed_lines(connection: sqlite3.Connection, number: int) -> Iterator[bytes]:
    """Yield the lines that a batch's hash is over, each with its line end."""
    header = connection.execute(
        f"select {_HEADER} from batches where id = ?", (number,)
    ).fetchone()
    yield _line(header)
    for change in connection.execute(
        """
        select id, entity, record_id, field, old, new from changes
        where batch_id = ? order by id
        """,
        (number,),
    ):
        yield _line(change)


def _line(values: tuple[object, ...]) -> bytes:
    """Return the canonical line of a row.

    Nothing of ours writes bytes or broken UTF-8 there; what somebody altered by hand
    must still come out as something, and as something else.
    """
    return _encode(values).encode("utf-8", "surrogateescape") + b"\n"


def _bytes(value: bytes) -> dict[str, str]:
    return {"bytes": value.hex()}


# One for all: ``json.dumps`` makes a new one each time, for three times the cost
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_bytes
).encode
