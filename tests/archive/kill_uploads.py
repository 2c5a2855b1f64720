"""Kills the job that imports an upload before its nth step. A script.

usage: python -m tests.archive.kill_uploads ARCHIVE WORK EVERY

As ``kill_at_step``, whose means it uses. After each kill, every file must have its
bytes in ``incoming/`` or an outcome; and the next process must end the upload with each
photo there once.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from archive.database import Archive, open_archive
from archive.importing import pipeline, uploaded
from archive.jobs import runner
from archive.jobs.leases import release_jobs
from archive.jobs.runner import Bell, work_off
from archive.uploads import clear_uploads
from tests.archive.import_checks import faults, inline, take_in
from tests.archive.kills import Step, count_steps, kill_each, noted
from tests.archive.upload_checks import staged


def rows(archive: Archive) -> list[tuple[Any, ...]]:
    return archive.connection.execute(
        "select uuid, name, outcome, photo_id, kept from upload_files order by id"
    ).fetchall()


def do_jobs(folder: Path, step: Step) -> None:
    count_steps(step)
    with open_archive(folder) as archive:
        work_off(archive, "killed", Bell(None))


def looked_at(folder: Path, log: Path) -> dict[str, Any]:
    def work() -> list[str]:
        problems = []
        with open_archive(folder) as archive:
            here = staged(archive)
            for uuid, name, outcome, *_ in rows(archive):
                if outcome is None and uuid not in here:
                    problems.append(f"{name} is lost")
            release_jobs(archive.connection, "killed")
            work_off(archive, "next", Bell(None))
            clear_uploads(archive)  # as the server does when it starts
            take_in(archive, log.parent / "nothing")  # the next import
            problems += faults(archive)
            return problems + not_as_wanted(archive)

    problems = noted(work, log)
    return {"problems": ["the next run failed"] if problems is None else problems}


def not_as_wanted(archive: Archive) -> list[str]:
    """Two photos, a duplicate of one of them, a refusal, and nothing left behind."""
    found = [(name, outcome) for _, name, outcome, *_ in rows(archive)]
    wanted = [(f"{n}.jpg", "imported") for n in (1, 2)]
    wanted += [("again.jpg", "duplicate"), ("text.jpg", "refused")]
    problems = [] if found == wanted else [f"outcomes are {found}"]
    photos = archive.connection.execute("select count(*) from photos").fetchone()[0]
    if photos != 2:
        problems.append(f"there are {photos} photos")
    kept = [uuid for uuid, *_, kept in rows(archive) if kept]
    if sorted(kept) != staged(archive):
        problems.append(f"left behind: {staged(archive)}, kept: {kept}")
    state = archive.connection.execute(
        "select state, done, errors from jobs"
    ).fetchone()
    if state != ("done", 4, 1):
        problems.append(f"the job is {state}")
    return problems


def main(template: Path, work: Path, every: int) -> None:
    pipeline.run_jobs = inline  # type: ignore[assignment]
    pipeline.BATCH = uploaded.MANY = 2
    runner.Keeper = lambda *_: nullcontext()  # type: ignore[assignment,misc]
    kill_each(template, work, do_jobs, looked_at, every=every)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
