"""The process that does jobs: ``python -m archive.jobs ARCHIVE``.

Whoever starts it says on its standard input that there is something to do (a line), and
that it shall end (end of file). It ends by itself when it had nothing to do for a
while. One process does one job after the other; several share the work of an archive.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from archive.clock import utc_now
from archive.database import Archive, database_errors, open_archive
from archive.errors import ArchiveError, ArchiveLocked
from archive.export.keeping import clear_exports
from archive.identity import new_uuid
from archive.jobs.kinds import find_kind, resolve
from archive.jobs.leases import TRIES, claim_job, next_due, settle_job
from archive.jobs.records import Job
from archive.jobs.work import (
    Cancelled,
    Ended,
    Keeper,
    Lost,
    Stopped,
    Waiting,
    Work,
)
from archive.people import find_person
from archive.sqlite import sqlite3
from archive.uploads import clear_uploads

LINGER = 30.0  # seconds without work after which the process ends
LATER = timedelta(seconds=10)  # after somebody else kept the database locked


@dataclass(frozen=True, slots=True)
class _End:
    """How a job ended, for now.

    :param due: of one that goes on by itself: not before that
    """

    state: str
    message: str = ""
    due: datetime | None = None


class Bell:
    """What a process hears from whoever started it.

    :param lines: its standard input; None: nobody, it ends when there is no more to do
    """

    def __init__(self, lines: TextIO | None) -> None:
        self.closed = self.silent = lines is None
        self._work: Work | None = None
        self._rings: queue.SimpleQueue[bool] = queue.SimpleQueue()
        if lines is not None:
            threading.Thread(target=self._listen, args=(lines,), daemon=True).start()

    def _listen(self, lines: TextIO) -> None:
        with suppress(OSError, ValueError):
            for _ in lines:
                self._rings.put(True)
        self.closed = True
        self._rings.put(False)
        if self._work is not None:
            self._work.end(Stopped)

    def wait(self, seconds: float) -> bool:
        """Wait until it rings; whether it did."""
        if self.closed:
            return False
        try:
            return self._rings.get(timeout=seconds)
        except queue.Empty:
            return False

    def ends(self, work: Work) -> None:
        """Let the end of the program end this work, too."""
        self._work = work
        if self.closed and not self.silent:
            work.end(Stopped)


def work_off(archive: Archive, runner: str, bell: Bell) -> int:
    """Do jobs until there was nothing to do for a while. Returns how many it took up.

    :param runner: uuid of this process
    """
    count = 0
    while bell.silent or not bell.closed:
        job = claim_job(archive.connection, runner)
        if job is not None:
            count += 1
            carry_out(archive, job, runner, bell)
        elif not _rest(archive.connection, bell):
            break
    return count


def _rest(connection: sqlite3.Connection, bell: Bell) -> bool:
    """Wait for more to do; False: nothing will come.

    While others work, one who has nothing to do waits in case their processes die.
    """
    soon = next_due(connection)
    if bell.wait(LINGER if soon is None else soon):
        return True
    return soon is not None and not bell.closed


def carry_out(archive: Archive, job: Job, runner: str, bell: Bell) -> None:
    """Do one job, and record what became of it."""
    work = Work(job, runner)
    bell.ends(work)
    with Keeper(archive.folder, work):
        end = _ended(archive, work)
    if end is None:
        return
    # When even this cannot be written, the lease runs out
    with suppress(sqlite3.Error, ArchiveError):
        work.write(archive.connection)
        settle_job(archive.connection, job, runner, end.state, end.message, due=end.due)


def _ended(archive: Archive, work: Work) -> _End | None:
    """Do the work; None: it is another process's now."""
    kind = find_kind(work.job.kind)
    try:
        with database_errors(archive.folder):
            person = find_person(archive.connection, work.job.person_id)
            return _End("done", resolve(kind)(archive, person, work))
    except Ended as ended:
        return _interrupted(ended, resumes=kind.resumes)
    except ArchiveLocked as error:
        if work.job.tries >= TRIES:
            return _End("failed", str(error))
        return _End("queued", str(error), utc_now() + LATER)
    except ArchiveError as error:
        return _End("failed", str(error))
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the rest
        traceback.print_exc()
        return _End("failed", f"{type(error).__name__}: {error}")


def _interrupted(ended: Ended, *, resumes: bool) -> _End | None:
    match ended:
        case Lost():
            return None
        case Waiting():
            return _End("queued")
        case Stopped() if resumes:
            return _End("queued", due=utc_now())
        case Stopped():
            return _End("interrupted")
        case Cancelled():
            return _End("cancelled")
    raise AssertionError(ended)


def main(arguments: list[str] | None = None) -> int:
    """Do the jobs of one archive."""
    parser = argparse.ArgumentParser("python -m archive.jobs", description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--runner", default="", help="The uuid of this process.")
    parser.add_argument(
        "--once", action="store_true", help="Do what there is; hear nobody."
    )
    given = parser.parse_args(arguments)
    bell = Bell(None if given.once else sys.stdin)
    if not given.once and hasattr(os, "nice"):
        os.nice(5)  # whoever looks at photos meanwhile comes first
    try:
        with open_archive(given.archive) as archive:
            clear_uploads(archive)
            clear_exports(archive)
            work_off(archive, given.runner or new_uuid(), bell)
    except ArchiveError as error:
        sys.stderr.write(f"asbuilt: {error}\n")
        return 1
    return 0
