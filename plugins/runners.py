"""The processes that do the archives' jobs, started when there is something to do.

Each archive has at most ``MOST`` of them (``python -m archive.jobs``). They end by
themselves when there is nothing to do for a while, and when the server ends: what they
are at then goes on at its next start.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from archive.arrivals import clear_arrivals
from archive.clock import utc_now
from archive.database import open_archive
from archive.errors import ArchiveError
from archive.identity import new_uuid
from archive.jobs.leases import Workload, release_jobs, workload
from archive.sqlite import sqlite3
from archive.uploads import clear_uploads
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase, archives

MOST = 2  # processes an archive
PATIENCE = 10.0  # seconds that a process has to end after the server did
SWEPT = 3600.0  # seconds between two times that what nobody needs is cleared away
BROKEN = 5.0  # seconds: whoever fails sooner is started again after as long, ...
LONGEST = 300.0  # ... and each time after twice as long, up to this


@dataclass(slots=True)
class Runner:
    """One of the processes."""

    uuid: str
    process: subprocess.Popen[bytes]
    since: float


@dataclass(slots=True)
class Office:
    """The processes of one archive."""

    folder: Path
    runners: list[Runner] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    failures: int = 0  # of its processes, one after another, soon after their start
    closing: threading.Event = field(default_factory=threading.Event)

    def uuids(self) -> list[str]:
        """The processes that are alive."""
        with self.lock:
            return [runner.uuid for runner in self.runners]

    def call(self, load: Workload) -> None:
        """Tell the processes that there is something to do; start one if they are few.

        :param load: what there was to do a moment ago
        """
        with self.lock:
            if self.closing.is_set():
                return
            for runner in self.runners:
                _ring(runner)
            idle = len(self.runners) - load.ours
            if load.due > idle and len(self.runners) < MOST:
                self._start()

    def _start(self) -> None:
        uuid = new_uuid()
        process = subprocess.Popen(  # noqa: S603
            [
                *(sys.executable, "-P", "-m", "archive.jobs"),
                *(str(self.folder.absolute()), "--runner", uuid),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # A group of its own: Ctrl-C is for the server, which tells it to end
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        runner = Runner(uuid, process, time.monotonic())
        self.runners.append(runner)
        threading.Thread(target=self._watch, args=(runner,), daemon=True).start()

    def _watch(self, runner: Runner) -> None:
        """Wait until a process ends, and see to what it leaves."""
        status = runner.process.wait()
        with self.lock:
            self.runners.remove(runner)
        if runner.process.stdin:
            with suppress(OSError):
                runner.process.stdin.close()
        load = self._left_by(runner)
        if status == 0 or time.monotonic() - runner.since > BROKEN:
            self.failures = 0
        elif load.due:  # nobody else may ask for hours, so it is started again
            wait = min(LONGEST, BROKEN * 2**self.failures)
            self.failures += 1
            self.closing.wait(wait)
        if load.due:
            self.call(load)

    def _left_by(self, runner: Runner) -> Workload:
        """Take back what a process that ended had, and return what there is to do."""
        try:
            with open_archive(self.folder) as archive:
                release_jobs(archive.connection, runner.uuid)
                return workload(archive.connection, self.uuids())
        except (ArchiveError, sqlite3.Error):  # the lease runs out by itself
            return Workload(0, 0, 0)

    def close(self) -> None:
        """Tell the processes to end, and wait for them a little."""
        with self.lock:
            self.closing.set()
            runners = list(self.runners)
        for runner in runners:
            with suppress(OSError):
                if runner.process.stdin:
                    runner.process.stdin.close()
        for runner in runners:
            try:
                runner.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                runner.process.kill()
                runner.process.wait()


def _ring(runner: Runner) -> None:
    with suppress(OSError, ValueError):  # it has just ended: see _watch
        if runner.process.stdin:
            runner.process.stdin.write(b"\n")
            runner.process.stdin.flush()


_offices: WeakKeyDictionary[Datasette, dict[str, Office]] = WeakKeyDictionary()


def _office(datasette: Datasette, database: ArchiveDatabase) -> Office:
    offices = _offices.setdefault(datasette, {})
    return offices.setdefault(database.name, Office(database.folder))


async def look(datasette: Datasette, database: ArchiveDatabase) -> None:
    """See whether there is something to do, after a change."""
    office = _office(datasette, database)

    def ask(connection: sqlite3.Connection) -> Workload:
        return workload(connection, office.uuids(), utc_now())

    load = await database.glance(ask)
    if load.due:
        await asyncio.to_thread(office.call, load)


_sweepers: WeakKeyDictionary[Datasette, asyncio.Task[None]] = WeakKeyDictionary()


async def start(datasette: Datasette) -> None:
    """Clear away what uploads left, now and then, and go on with what was not done."""
    offices = [_office(datasette, database) for database in archives(datasette)]
    for office in offices:
        await asyncio.to_thread(_begin, office)
    folders = [office.folder for office in offices]
    _sweepers[datasette] = asyncio.create_task(_sweep(folders))


async def _sweep(folders: Sequence[Path]) -> None:
    while True:
        await asyncio.sleep(SWEPT)
        for folder in folders:
            await asyncio.to_thread(_clear, folder)


def _clear(folder: Path) -> None:
    with suppress(ArchiveError, sqlite3.Error), open_archive(folder) as archive:
        clear_uploads(archive)
        clear_arrivals(archive)


def _begin(office: Office) -> None:
    _clear(office.folder)
    with suppress(ArchiveError, sqlite3.Error), open_archive(office.folder) as archive:
        load = workload(archive.connection, [])
        if load.due or load.running:  # a process that was killed may still have one
            office.call(Workload(max(1, load.due), load.running, 0))


def close(datasette: Datasette) -> None:
    """End the processes of this Datasette."""
    sweeper = _sweepers.pop(datasette, None)
    if sweeper is not None:
        sweeper.cancel()
    for office in (_offices.pop(datasette, None) or {}).values():
        office.close()
