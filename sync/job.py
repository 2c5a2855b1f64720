"""The sync as jobs: a run, and what a run would do, each in a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archive.jobs.kinds import Kind
from archive.jobs.work import Ended

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.jobs.work import Work
    from archive.people import Person
    from sync.driving.pausing import Pause
    from sync.engine import Report

KIND = Kind("sync.job:run", "settings")
PLAN = Kind("sync.job:plan", "settings", resumes=False)
_LOOK = 0.5  # seconds between two looks whether it shall stop


def run(archive: Archive, person: Person, work: Work) -> str:
    """Run the sync; stopped, the next run goes on.

    :return: what is left to do, in a sentence; "": nothing is
    """
    report = _carried_out(archive, person, work)
    if report.is_complete:
        return ""
    left = {
        "held back by a brake": report.held.total(),
        "left for the next run": report.later.total(),
        "set aside": report.set_aside,
        "without an answer yet": report.under_way,
    }
    told = [f"{count:,} {what}" for what, count in left.items() if count]
    return "; ".join([*told, *([report.stopped] if report.stopped else [])])


def plan(archive: Archive, person: Person, work: Work) -> str:
    """Find out what a run would do; nothing is written but that, with the job."""
    from archive.clock import timestamp, utc_now
    from archive.jobs.records import transaction
    from sync.driving.runs import cost
    from sync.rehearsals import told

    report = _carried_out(archive, person, work, dry=True)
    takes = cost(archive, report.plan, time.time())
    made = {
        **told(archive.connection, report),
        "would_ask": takes.requests,
        "bytes": takes.bytes,
        "seconds": round(takes.seconds),
        "at": timestamp(utc_now()),
    }
    with transaction(archive.connection):
        work.move_on(archive.connection, {"plan": made}, len(report.plan))
    return ""


def _carried_out(
    archive: Archive, person: Person, work: Work, *, dry: bool = False
) -> Report:
    """Run the sync as the job's end lets it, fetching what was chosen."""
    from archive.remotes import originals_of
    from archive.rights import require
    from sync.driving.choosing import selection
    from sync.driving.pausing import Pause, Paused
    from sync.driving.runs import Surroundings, Wishes, synchronise
    from sync.effects import Tell

    require(person, "settings")
    pause = Pause()

    def tell(told: Tell) -> None:
        work.report(done=told.done, total=told.total, message=told.stage)

    def wait(why: str, seconds: float) -> None:
        work.report(message=f"{why} ({seconds:,.0f} s)")

    chosen = selection(archive.connection, originals_of(archive.connection))
    confirmed = frozenset(work.job.options.get("confirmed", ()))
    wishes = Wishes(dry=dry, selection=chosen, confirmed=confirmed)
    with _stopping(work, pause):
        try:
            around = Surroundings(pause=pause, tell=tell, waits=wait)
            report = synchronise(archive, wishes, around)
        except Paused:
            work.check()  # says why it was stopped
            raise
    work.report(message="")
    return report


@contextmanager
def _stopping(work: Work, pause: Pause) -> Iterator[None]:
    """Let the job's end pause the run, also while it waits."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK):
            try:
                work.check()
            except Ended:
                pause.ask()
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
