"""Jobs for the tests of the runner; as a script, the runner with these kinds.

usage: python -m tests.archive.job_kinds ARCHIVE [--once] [--runner UUID]
"""

from __future__ import annotations

import sys
import threading

from archive.batches import batch
from archive.database import Archive
from archive.editing import Edit, edit_photos
from archive.errors import ArchiveLocked, InvalidInput
from archive.jobs import KINDS, Job, Kind, find_job
from archive.jobs.records import JobError, transaction
from archive.jobs.runner import Bell, main, work_off
from archive.jobs.work import Waiting, Work
from archive.people import Person

MODULE = "tests.archive.job_kinds"


def fine(_: Archive, person: Person, work: Work) -> str:
    work.report(done=2, total=2)
    return f"for {person.name}"


def wrong(*_: object) -> str:
    raise InvalidInput("that cannot be")


def broken(*_: object) -> str:
    raise ZeroDivisionError("a mistake")


def locked(*_: object) -> str:
    raise ArchiveLocked("somebody is writing")


def waits(*_: object) -> str:
    raise Waiting


def failing(archive: Archive, _: Person, work: Work) -> str:
    with transaction(archive.connection):
        work.move_on(archive.connection, {}, 1, [JobError("1", "a.jpg", "no")])
    return "one failed"


def until_it_ends(_: Archive, __: Person, work: Work) -> str:
    """Do nothing until somebody ends it."""
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        work.check()
        threading.Event().wait(0.02)


def describes(archive: Archive, person: Person, work: Work) -> str:
    """Describe photos one by one; the first runner hangs after ``stop_after``."""
    connection = archive.connection
    ids = work.job.options["ids"]
    for number in ids[work.position.get("done", 0) :]:
        done = work.position.get("done", 0)
        if done == work.job.options["stop_after"] and work.runner == "first":
            sys.stdout.write("hangs\n")
            sys.stdout.flush()
            threading.Event().wait()
        with batch(connection, person, run=work.job.uuid):
            edit_photos(connection, person, [number], Edit(description=f"by {done}"))
            work.move_on(connection, {"done": done + 1}, done + 1)
    return ""


ALL = {
    name: Kind(f"{MODULE}:{name}", "upload")
    for name in ("fine", "wrong", "broken", "locked", "waits", "failing", "describes")
} | {
    "endless": Kind(f"{MODULE}:until_it_ends", "upload"),
    "asking": Kind(f"{MODULE}:until_it_ends", "upload", resumes=False),
}

if __name__ == "__main__":
    KINDS.update(ALL)
    sys.exit(main())


def finished(archive: Archive, who: Person, number: int) -> Job:
    """Do whatever jobs there are. Returns this one."""
    work_off(archive, "r", Bell(None))
    return find_job(archive.connection, who, number)
