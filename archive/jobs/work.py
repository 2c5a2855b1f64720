"""What a running job talks to: how far it is, whether it shall stop, whose it is.

A thread of the process writes progress and renews the lease, so that the work itself
never waits for the database's lock only to say how far it is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from archive.database import Archive, open_archive
from archive.errors import ArchiveError
from archive.jobs.leases import keep_job, move_on
from archive.jobs.records import Job, JobError, add_errors
from archive.sqlite import sqlite3

LOOK = 0.5  # seconds between two looks at the record: progress, cancelling
RENEW = 15.0  # seconds after which the lease is renewed though nothing is new
BREATH = 0.12  # seconds: others who wait for the lock look for it every 0.1


class Ended(Exception):
    """A job does not go on. One of the following; no error of anybody's."""


class Cancelled(Ended):
    """Somebody asked it to stop."""


class Stopped(Ended):
    """The program ends; the job goes on later."""


class Lost(Ended):
    """Another process has the job: this one was taken for dead."""


class Waiting(Ended):
    """There is nothing to do until the job is woken."""


class Work:
    """One job in the hands of this process.

    :param runner: uuid of the process
    """

    def __init__(self, job: Job, runner: str) -> None:
        self.job = job
        self.runner = runner
        self.position = dict(job.position)
        self._lock = threading.Lock()
        self._progress = (job.done, job.total, job.message)
        self._written: tuple[int, int | None, str] | None = None
        self._ended: type[Ended] | None = Cancelled if job.cancelling else None
        self._interrupted = threading.Event()

    @property
    def progress(self) -> tuple[int, int | None, str]:
        """Done, total and message."""
        with self._lock:
            return self._progress

    def report(
        self,
        done: int | None = None,
        total: int | None = None,
        message: str | None = None,
    ) -> None:
        """Say how far it is. Cheap; written down a few times a second at most."""
        with self._lock:
            was = self._progress
            self._progress = (
                was[0] if done is None else done,
                was[1] if total is None else total,
                was[2] if message is None else message,
            )

    def end(self, why: type[Ended]) -> None:
        """Ask the work to end; the first reason stays. From any thread."""
        with self._lock:
            self._ended = self._ended or why
        self._interrupted.set()

    def check(self) -> None:
        """Call between two steps.

        :raises Ended: it does not go on
        """
        with self._lock:
            why = self._ended
        if why is not None:
            raise why

    def move_on(
        self,
        connection: sqlite3.Connection,
        position: dict[str, Any],
        done: int,
        errors: Iterable[JobError] = (),
    ) -> None:
        """Record how far it came and what failed, in the transaction of what it did.

        :raises Lost: another process has the job; nothing may be committed
        """
        add_errors(connection, self.job.id, errors)
        if not move_on(connection, self.job, self.runner, position, done):
            raise Lost
        self.position = dict(position)
        self.report(done=done)

    def breathe(self, since: float) -> None:
        """Let others write, after a transaction that began at ``since`` (monotonic).

        SQLite serves no queue: who commits and begins at once keeps all others waiting.
        """
        self._interrupted.wait(max(BREATH, (time.monotonic() - since) / 4))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write down how far it is, and see whether it shall stop."""
        progress = self.progress
        stop = keep_job(connection, self.job, self.runner, progress)
        self._written = progress
        if stop is None:
            self.end(Lost)
        elif stop:
            self.end(Cancelled)

    @property
    def is_new(self) -> bool:
        """Whether there is progress to write down."""
        return self.progress != self._written


class Keeper:
    """The thread that keeps one job's record while the work goes on."""

    def __init__(self, folder: Path, work: Work) -> None:
        self._folder, self._work = folder, work
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        with open_archive(self._folder, busy_seconds=5) as archive:
            renewed = time.monotonic()
            while not self._done.wait(LOOK):
                due = time.monotonic() - renewed > RENEW
                with suppress(sqlite3.Error, ArchiveError):  # locked: the next look
                    if due or self._work.is_new or self._asked(archive):
                        self._work.write(archive.connection)
                        renewed = time.monotonic()

    def _asked(self, archive: Archive) -> bool:
        row = archive.connection.execute(
            "select cancelling from jobs where id = ?", (self._work.job.id,)
        ).fetchone()
        return bool(row and row[0])
