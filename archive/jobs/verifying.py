"""The job that verifies the archive while people work with it."""

from __future__ import annotations

from archive.database import Archive
from archive.jobs.work import Work
from archive.people import Person
from archive.verifying import Limits, verify


def run(archive: Archive, person: Person, work: Work) -> str:
    """Verify everything; stopped, it goes on where it was.

    :return: what is wrong, in a sentence; "": nothing
    """

    def report(done: int, total: int) -> None:
        work.report(done=done, total=total)

    told = verify(archive, person, Limits(check=work.check), report)
    if not told.wrong:
        return ""
    faults = "1 fault" if told.wrong == 1 else f"{told.wrong:,} faults"
    return f"{faults}: {told.known[0].text}"
