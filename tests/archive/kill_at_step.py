"""Kills an import or a purge before its nth step, and looks what is left. A script.

usage: python -m tests.archive.kill_at_step SCENARIO ARCHIVE SOURCE WORK EVERY

One process carries the scenario out and kills itself at the nth step; the next checks
what is there, starts an import of nothing, checks that no rubbish is left, carries it
out again and checks that all is well. ``kills`` says how, and what is printed.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from archive.database import Archive, open_archive
from archive.importing import pipeline
from archive.people import owner
from archive.purging import purge_photos
from archive.renditions import make_renditions  # noqa: F401 - loaded once, before forks
from tests.archive.import_checks import faults, inline, sha256, take_in
from tests.archive.kills import kill_each, noted, opened


def carry_out(scenario: str, archive: Archive, source: Path) -> None:
    if scenario == "import":
        take_in(archive, source, renditions=True, album="Progress", trades=("Steel",))
        return
    rows = archive.connection.execute(
        "select id from photos where recycled_at is not null"
    ).fetchall()
    if rows:
        purge_photos(archive, owner(archive.connection), [row[0] for row in rows])
    take_in(archive, source, purged_too=False)  # finishes what was killed


def looked_at(scenario: str, source: Path, copy: Path, log: Path) -> dict[str, Any]:
    """What is wrong after the kill, and after the work was done again."""

    def work() -> list[str]:
        with open_archive(copy) as archive:
            problems = [f"killed: {p}" for p in faults(archive, at_rest=False)]
            take_in(archive, log.parent / "nothing")
            problems += [f"cleared: {p}" for p in faults(archive)]
            carry_out(scenario, archive, source)
            problems += faults(archive)
            return problems + not_as_wanted(scenario, archive, source)

    problems = noted(work, log)
    return {"problems": ["the next run failed"] if problems is None else problems}


def not_as_wanted(scenario: str, archive: Archive, source: Path) -> list[str]:
    """Each photo once, or, purged, not at all."""
    rows = archive.connection.execute(
        "select o.sha256 from photos p join originals o on o.id = p.original_id"
    )
    present = sorted(row[0] for row in rows)
    wanted = {sha256(path.read_bytes()) for path in source.rglob("*.jpg")}
    gone = archive.connection.execute(
        "select sha256, unlink from tombstones order by sha256"
    ).fetchall()
    if scenario == "purge":
        wanted -= {name for name, _ in gone}
    problems = [] if present == sorted(wanted) else [f"photos are {present}"]
    if any(unlink for _, unlink in gone):
        problems.append("a purge was not finished")
    if len(gone) != (2 if scenario == "purge" else 0):
        problems.append(f"tombstones are {gone}")
    return problems


def main(scenario: str, template: Path, source: Path, work: Path, every: int) -> None:
    pipeline.run_jobs = inline  # type: ignore[assignment]
    pipeline.BATCH = 2
    kill_each(
        template,
        work,
        opened(lambda archive: carry_out(scenario, archive, source)),
        partial(looked_at, scenario, source),
        every=every,
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]), int(sys.argv[5]))
