"""Killing processes before their nth step, and looking what each kill left.

The scripts ``kill_*.py`` say what is carried out, and what must hold afterwards. Each n
gets a copy of the template and processes of its own (forks: quick, and the parent never
opens a database). Every step that touches a file is tried, and of the SQL statements
one in so many. A line of JSON tells of each: {"n", "step", "problems"} and more.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive import database
from archive.database import Archive, open_archive
from archive.sqlite import sqlite3
from tests.faults.children import started

CALLS = (
    "chmod", "fsync", "link", "mkdir", "open", "rename", "rmdir", "truncate", "unlink"
)  # fmt: skip


Step = Callable[[str], None]  # called with the name of the step that comes


def kill_each(
    template: Path,
    work: Path,
    carry_out: Callable[[Path, Step], None],
    look: Callable[[Path, Path], dict[str, Any]],
    *,
    every: int,
) -> None:
    """Kill ``carry_out`` before each of its steps, and print what was left.

    :param work: a folder for copies, with an empty one for imports of nothing
    :param carry_out: does it in a copy
    :param look: says what a copy is like afterwards, given a file for notes; "problems"
        is what is wrong with it
    """
    copy, log = work / "copy", work / "log.json"

    def fresh() -> None:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(template, copy)

    (work / "nothing").mkdir()
    fresh()
    for number, name in enumerate(_steps_of(carry_out, copy, log)):
        if name.startswith("sql") and number % every:
            continue
        fresh()
        status = _killed(carry_out, copy, number)
        problems = [] if status == -signal.SIGKILL else [f"it ended with {status}"]
        told = look(copy, log)
        told = {"n": number, "step": name, **told}
        told["problems"] = problems + told["problems"]
        sys.stdout.write(f"{json.dumps(told)}\n")


def _steps_of(
    carry_out: Callable[[Path, Step], None], copy: Path, log: Path
) -> list[str]:
    """The names of all steps of a run that is not killed."""

    def listed() -> None:
        names: list[str] = []
        carry_out(copy, names.append)
        log.write_text(json.dumps(names))

    assert in_a_fork(listed) == 0
    return list(json.loads(log.read_text()))


def _killed(carry_out: Callable[[Path, Step], None], copy: Path, number: int) -> int:
    def until() -> None:
        done = -1

        def step(_: str) -> None:
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

        carry_out(copy, step)

    return in_a_fork(until)


def opened(work: Callable[[Archive], object]) -> Callable[[Path, Step], None]:
    """Return what carries out ``work`` in an archive, counted once that is open."""

    def carry_out(copy: Path, step: Step) -> None:
        begun = False

        def counted(name: str) -> None:
            if begun:
                step(name)

        count_steps(counted)
        with open_archive(copy) as archive:
            begun = True
            work(archive)

    return carry_out


def in_a_fork(work: Callable[[], object]) -> int:
    """Run ``work`` in a process of its own; its exit status (minus the signal)."""
    return os.waitstatus_to_exitcode(os.waitpid(started(work), 0)[1])


def noted(work: Callable[[], object], log: Path) -> Any:
    """What ``work`` returns in a process of its own; None: that failed."""
    log.unlink(missing_ok=True)
    if in_a_fork(lambda: log.write_text(json.dumps(work()))) != 0:
        return None
    return json.loads(log.read_text())


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


def told_by(script: str, *words: object) -> list[dict[str, Any]]:
    """Run a script of kills; what it says of each of them."""
    run = subprocess.run(
        [sys.executable, "-m", f"tests.archive.{script}", *map(str, words)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]
    return [json.loads(line) for line in run.stdout.splitlines() if line[:1] == "{"]
