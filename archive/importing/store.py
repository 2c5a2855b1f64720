"""A run's corner of the store of originals, opened and closed with a clean house."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive import originals
from archive.database import Archive
from archive.disk import storing, sync_folders
from archive.errors import ArchiveError
from archive.importing.memory import Twin
from archive.originals import Run, Staged, Stored
from archive.purging import Recorded, finish_purges, is_known
from archive.sqlite import sqlite3
from archive.verifying.mending import DAMAGED
from archive.waiting import begin

PUT_BACK = "its original was missing from the archive and was put back"
REPLACED = "its original in the archive was damaged; this copy of it took its place"


def open_store(archive: Archive) -> Run:
    """Clear what earlier runs that were killed left behind, and open a corner.

    :raises StoreError: the store cannot be written
    """
    store = None
    try:
        with write_lock(archive.connection):
            originals.recover(archive.originals, Recorded(archive.connection))
            store = originals.begin(archive.originals)
        with suppress(ArchiveError, sqlite3.Error):  # a later purge or import tries
            finish_purges(archive)
    except BaseException:  # to give the lock back may fail, too
        if store is not None:
            originals.end(store)
        raise
    return store


def close_store(archive: Archive, store: Run) -> None:
    """Close a corner, and clear what was kept there without being recorded.

    Call it after a commit that succeeded: only that decides what an earlier one which
    failed has written.
    """
    if originals.end(store):
        with suppress(sqlite3.Error), write_lock(archive.connection):
            originals.recover(archive.originals, Recorded(archive.connection))


@contextmanager
def write_lock(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep every other writer out for a moment, without writing to the database."""
    begin(connection)
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def is_lost(store: Run, twin: Twin) -> bool:
    """Whether a photo's original, which the database names, is not in the store.

    Or not as it was put there: it is shorter, or was found to be damaged.
    """
    return twin.stored is not None and (
        twin.faulty or not originals.is_there(store.originals, twin.stored, twin.bytes)
    )


def put_back(archive: Archive, store: Run, staged: Staged, stored: Stored) -> str:
    """Give a lost original its bytes again: those of a staged file, which are the same.

    What lies there instead is moved aside. Returns what is to be said of it, or "".

    :raises StoreError: the store cannot be written
    """
    originals.sync_staged(staged)
    aside, folders = archive.folder / DAMAGED, set[Path]()
    with write_lock(archive.connection):  # no purge of these bytes meanwhile
        if not is_known(archive.connection, staged.sha256):
            return ""
        was_there = os.path.lexists(originals.path_of(store.originals, stored))
        originals.put_right(store, stored, staged, folders, aside)
        with storing(store.originals):
            sync_folders(folders)
    if not was_there:
        return PUT_BACK
    return REPLACED if aside in folders else ""
