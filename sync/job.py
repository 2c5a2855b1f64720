"""The sync as a job: begun from the page, in a process of its own."""

from __future__ import annotations

import threading
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

KIND = Kind("sync.job:run", "settings")
_LOOK = 0.5  # seconds between two looks whether it shall stop


def run(archive: Archive, person: Person, work: Work) -> str:
    """Run the sync; stopped, the next run goes on.

    :return: what is left to do, in a sentence; "": nothing is
    """
    from archive.rights import require
    from sync.driving.pausing import Pause, Paused
    from sync.driving.runs import Surroundings, Wishes, synchronise
    from sync.effects import Tell

    require(person, "settings")
    pause = Pause()

    def tell(told: Tell) -> None:
        work.report(done=told.done, total=told.total, message=told.stage)

    def wait(why: str, seconds: float) -> None:
        work.report(message=f"{why} ({seconds:,.0f} s)")

    with _stopping(work, pause):
        try:
            around = Surroundings(pause=pause, tell=tell, waits=wait)
            report = synchronise(archive, Wishes(), around)
        except Paused:
            work.check()  # says why it was stopped
            raise
    work.report(message="")
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
