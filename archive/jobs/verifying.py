"""Jobs that verify the archive, mend it from a copy, or check a copy.

People work on meanwhile. Options: ``minutes``, after which no file is begun; of
``repair`` and ``check_copy`` ``copy``, its uuid.
"""

from __future__ import annotations

from archive.database import Archive
from archive.jobs.records import JobError, clear_errors, failed_items, transaction
from archive.jobs.work import Work
from archive.people import Person
from archive.verifying import Limits, verify


def run(archive: Archive, person: Person, work: Work) -> str:
    """Verify everything; stopped, it goes on where it was.

    :return: what is wrong, in a sentence; "": nothing
    """

    def report(done: int, total: int) -> None:
        work.report(done=done, total=total)

    limits = Limits(seconds=_seconds(work), check=work.check)
    told = verify(archive, person, limits, report)
    if not told.wrong:
        return ""
    faults = "1 fault" if told.wrong == 1 else f"{told.wrong:,} faults"
    return f"{faults}: {told.known[0].text}"


def repair(archive: Archive, person: Person, work: Work) -> str:
    """Mend what is known to be wrong from a copy; what cannot be is named."""
    from archive.keeping.mending import mend_from

    connection, failed, done = archive.connection, [], 0
    earlier = failed_items(connection, work.job.id)
    with transaction(connection):
        clear_errors(connection, work.job.id, earlier)
    for done, (name, why) in enumerate(mend_from(archive, person, _copy(work)), 1):
        if why:
            failed.append(JobError(name, name, why))
        work.report(done=done)
        work.check()
    with transaction(connection):
        work.move_on(connection, {}, done, failed)
    return ""


def check_copy(archive: Archive, person: Person, work: Work) -> str:
    """Read a copy again."""
    from archive.keeping import find_copy
    from archive.keeping.checking import check_copy as check

    told = check(
        archive,
        person,
        find_copy(archive.connection, _copy(work)),
        seconds=_seconds(work),
        go_on=work.check,
        report=lambda done, total: work.report(done=done, total=total),
    )
    return f"{told.bad:,} are absent there, or damaged" if told.bad else ""


def _copy(work: Work) -> str:
    return str(work.job.options.get("copy"))


def _seconds(work: Work) -> float | None:
    minutes = work.job.options.get("minutes")
    return None if minutes is None else 60.0 * float(minutes)
