"""The sync's store in an archive's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from archive.batches import batch
from archive.database import Archive, Connection
from archive.errors import ArchiveLocked
from archive.mirroring import Mirror
from archive.people import owner
from archive.sqlite import sqlite3
from sync.archived.store import REASON, ArchivedStore
from sync.identity import Project
from sync.records import Kind

T = TypeVar("T")
_TRIES = 3  # each waits as long as any writer does

__all__ = ["ArchivedStore", "beside", "transaction"]


def transaction(
    archive: Archive,
    project: Project,
    work: Callable[[ArchivedStore], T],
    *,
    run: str | None = None,
) -> T:
    """Call ``work`` in one transaction, and return what it returns.

    All of it holds afterwards, or nothing. What it writes of the records is history, as
    of the sync and on behalf of the archive's owner; what it writes of the sync's own
    state leaves no batch. It is called again when the archive was locked.

    :param run: uuid that the batches of one run share
    :raises ArchiveLocked: others wrote all the time
    :raises ArchiveError: what ``work`` raises
    """
    for left in reversed(range(_TRIES)):
        try:
            return _once(archive, project, work, run)
        except ArchiveLocked:
            if not left:
                raise
    raise AssertionError


def _once(
    archive: Archive,
    project: Project,
    work: Callable[[ArchivedStore], T],
    run: str | None,
) -> T:
    connection = archive.connection
    us = owner(connection)
    with batch(connection, us, origin="sync", reason=REASON, run=run) as opened:
        version = _version(connection)
        found = _still_true(connection, version)
        mirror = Mirror(connection, us, opened, found.ids, found.people)
        store = ArchivedStore(archive, project, mirror, opened, run, uuids=found.uuids)
        result = work(store)
        store.tell_why()
    found.state = (version, connection.total_changes)
    if isinstance(connection, Connection):
        _found[connection] = found
    return result


@dataclass(slots=True)
class _Found:
    """What was looked up in earlier transactions: it holds while nobody else writes.

    :param state: of the database when it was true
    """

    state: tuple[int, int] = (0, 0)
    uuids: dict[tuple[Kind, int], str] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    people: dict[tuple[str, str], int] = field(default_factory=dict)


@contextmanager
def beside(connection: sqlite3.Connection) -> Iterator[None]:
    """Write in the body what touches nothing that transactions look up."""
    before = connection.total_changes
    yield
    found = _found.get(connection) if isinstance(connection, Connection) else None
    if found is not None and found.state[1] == before:
        found.state = (found.state[0], connection.total_changes)


_found: WeakKeyDictionary[Connection, _Found] = WeakKeyDictionary()
_LARGEST = 200_000  # links that are remembered


def _version(connection: sqlite3.Connection) -> int:
    """Return what every commit of other connections changes.

    Inside a transaction that writes: until it ends there are none.
    """
    return int(connection.execute("pragma data_version").fetchone()[0])


def _still_true(connection: sqlite3.Connection, version: int) -> _Found:
    """Return what was looked up, if neither others nor we have written since.

    It is taken from where it was: a transaction that fails may have looked up what is
    not there afterwards.
    """
    if not isinstance(connection, Connection):
        return _Found()
    found = _found.pop(connection, None)
    # the batch's own rows were written by now
    now = (version, connection.total_changes - _OPENING)
    if found is None or found.state != now or len(found.uuids) > _LARGEST:
        return _Found()
    return found


_OPENING = 2  # rows: the batch, and that it is open
