"""What begins by itself: runs of the sync, and verifications, as each archive says.

Looked at once a minute while we serve. A laptop that slept does so within a minute of
waking: what it missed is due then, once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from archive.clock import utc_now
from archive.database import open_archive
from archive.errors import ArchiveError
from archive.jobs import add_job
from archive.jobs.records import transaction
from archive.people import owner
from archive.remotes import is_due, link_of
from archive.remotes.schedules import JOB
from archive.sqlite import sqlite3
from archive.verifying import windows
from plugins import runners
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase, archives

LOOKED = 60.0  # seconds between two looks

_keepers: WeakKeyDictionary[Datasette, asyncio.Task[None]] = WeakKeyDictionary()


def start(datasette: Datasette) -> None:
    """Begin to look at the schedules."""
    _keepers[datasette] = asyncio.create_task(_keep(datasette))


def close(datasette: Datasette) -> None:
    """Look at them no more."""
    keeper = _keepers.pop(datasette, None)
    if keeper is not None:
        keeper.cancel()


async def _keep(datasette: Datasette) -> None:
    while True:
        for database in archives(datasette):
            await begin_due(datasette, database)
        await asyncio.sleep(LOOKED)


async def begin_due(datasette: Datasette, database: ArchiveDatabase) -> bool:
    """Begin a run of this archive, if one is due. Returns whether one was."""
    # an archive that is locked or damaged just now: the next look
    with suppress(ArchiveError, sqlite3.Error):
        if not await database.look_up(_is_due):
            return False
        begun = await asyncio.to_thread(_begin, database.folder)
        await runners.look(datasette, database)
        return begun
    return False


def _is_due(plain: Any) -> bool:  # noqa: ANN401
    return is_due(plain, utc_now()) or windows.is_due(plain, utc_now())


def _begin(folder: Path) -> bool:
    with open_archive(folder) as archive, transaction(archive.connection):
        connection = archive.connection
        begun = windows.begin_due(connection, utc_now())
        if link_of(connection) is None or not is_due(connection, utc_now()):
            return begun
        add_job(connection, owner(connection), JOB)
        return True
