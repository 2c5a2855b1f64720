"""The sync's store in an archive's database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archive.batches import batch
from archive.database import Archive
from archive.errors import ArchiveLocked
from archive.mirroring import Mirror
from archive.people import owner
from sync.archived.store import REASON, ArchivedStore
from sync.identity import Project

T = TypeVar("T")
_TRIES = 3  # each waits as long as any writer does

__all__ = ["ArchivedStore", "transaction"]


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
        store = ArchivedStore(
            archive, project, Mirror(connection, us, opened), opened, run
        )
        result = work(store)
        store.tell_why()
    return result
