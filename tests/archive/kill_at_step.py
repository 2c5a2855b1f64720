"""Kills an import or a purge before its nth step, and looks what is left. A script.

usage: python -m tests.archive.kill_at_step SCENARIO ARCHIVE SOURCE WORK EVERY

Each n gets a copy of the archive and processes of its own (forks: quick, and the
parent never opens a database). One carries the scenario out and kills itself at the
nth step; the next checks what is there, starts an import of nothing, checks that no
rubbish is left, carries it out again and checks that all is well. Every step that
touches a file is tried, and one in EVERY of the SQL statements.
Prints one JSON object a line: {"n", "step", "problems"}.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive import database
from archive.database import Archive, open_archive
from archive.importing import pipeline
from archive.people import owner
from archive.purging import purge_photos
from archive.renditions import make_renditions  # noqa: F401 - loaded once, before forks
from archive.sqlite import sqlite3
from tests.archive.import_checks import faults, inline, sha256, take_in

CALLS = (
    "chmod", "fsync", "link", "mkdir", "open", "rename", "rmdir", "truncate", "unlink"
)  # fmt: skip


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


def count_steps(step: Callable[[str], None]) -> None:
    """Call ``step`` before each call that changes a file, and each SQL statement."""
    for name in CALLS:
        setattr(os, name, _counted(getattr(os, name), f"os.{name}", step))
    real_open = io.open

    def opening(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if set(mode) & set("wxa+"):
            step("open")
        return real_open(file, mode, *args, **options)

    io.open = opening  # type: ignore[assignment]

    class Counting(database.Connection):  # type: ignore[misc]
        def execute(self, sql: str, *args: Any) -> Any:
            step(f"sql {' '.join(sql.split())[:60]}")
            return super().execute(sql, *args)

        def executemany(self, sql: str, *args: Any) -> Any:
            step(f"sql {' '.join(sql.split())[:60]}")
            return super().executemany(sql, *args)

    real_connect = sqlite3.connect

    def connect(*args: Any, **options: Any) -> Any:
        return real_connect(*args, **{**options, "factory": Counting})

    sqlite3.connect = connect


def _counted(
    call: Callable[..., Any], name: str, step: Callable[[str], None]
) -> Callable[..., Any]:
    def counted(*args: Any, **options: Any) -> Any:
        step(name)
        return call(*args, **options)

    return counted


def in_a_fork(work: Callable[[], None]) -> int:
    """Run ``work`` in a process of its own; its exit status (minus the signal)."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - told, and the fork ends
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def steps_of(scenario: str, copy: Path, source: Path, log: Path) -> list[str]:
    """The names of all steps of a run that is not killed."""

    def work() -> None:
        names: list[str] = []
        with open_archive(copy) as archive:
            count_steps(names.append)
        with open_archive(copy) as archive:
            names.clear()
            carry_out(scenario, archive, source)
        log.write_text(json.dumps(names))

    assert in_a_fork(work) == 0
    return list(json.loads(log.read_text()))


def killed(scenario: str, copy: Path, source: Path, number: int) -> int:
    def work() -> None:
        done = -1_000_000

        def step(_: str) -> None:
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

        count_steps(step)
        with open_archive(copy) as archive:
            done = -1
            carry_out(scenario, archive, source)

    return in_a_fork(work)


def looked_at(scenario: str, copy: Path, source: Path, log: Path) -> list[str]:
    """What is wrong after the kill, and after the work was done again."""

    def work() -> None:
        with open_archive(copy) as archive:
            problems = [f"killed: {p}" for p in faults(archive, at_rest=False)]
            take_in(archive, log.parent / "nothing")
            problems += [f"cleared: {p}" for p in faults(archive)]
            carry_out(scenario, archive, source)
            problems += faults(archive)
            problems += not_as_wanted(scenario, archive, source)
        log.write_text(json.dumps(problems))

    log.unlink(missing_ok=True)
    if in_a_fork(work) != 0:
        return ["the next run failed"]
    return list(json.loads(log.read_text()))


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
    copy, log = work / "copy", work / "log.json"

    def fresh() -> None:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(template, copy)

    (work / "nothing").mkdir()
    fresh()
    names = steps_of(scenario, copy, source, log)
    for number, name in enumerate(names):
        if name.startswith("sql") and number % every:
            continue
        fresh()
        status = killed(scenario, copy, source, number)
        problems = [] if status == -signal.SIGKILL else [f"it ended with {status}"]
        problems += looked_at(scenario, copy, source, log)
        line = json.dumps({"n": number, "step": name, "problems": problems})
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]), int(sys.argv[5]))
