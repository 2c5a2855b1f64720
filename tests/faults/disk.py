"""The disk below one folder, seen and bent by ``disk.c``: counted, killed at, failing.

Whatever calls the C library is seen, SQLite as well as Python, without a hook in the
code that is tried. It works in a process that was started with ``environment``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("disk.c")
# Statements that touch no disk
UNFAILING = ("ROLLBACK", "RELEASE", "PRAGMA database_list")
# SQLite's own codes (https://www.sqlite.org/rescode.html): full, read-only; else I/O
CODES = {errno.ENOSPC: 13, errno.EROFS: 8}
VARIABLE = "ASBUILT_FAULTY_DISK"  # the library, for the process itself


class Mode(IntEnum):
    """What happens at an operation: the numbers are those of ``disk.c``."""

    COUNT = 0
    KILL = 1
    FAIL = 2
    HALF = 3  # of the bytes that are written or read
    HALF_THEN_FAIL = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens from the ``at``-th operation on, up to ``until``.

    :param code: of the error
    :param reads: reading is an operation, too
    """

    mode: Mode
    at: int = -1
    until: int = -1
    code: int = 0
    reads: bool = False


def is_possible() -> bool:
    """Whether there is a compiler, and a loader that takes its work."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a process whose disk can be bent.

    :param folder: where the library is built
    """
    library = folder / "disk.so"
    words = ["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]
    subprocess.run(words, check=True)
    return {**os.environ, "LD_PRELOAD": str(library), VARIABLE: str(library)}


@cache
def _library() -> Any:
    return ctypes.CDLL(os.environ[VARIABLE])


def bend(folder: Path, fault: Fault, trace: int = -1) -> None:
    """Count what is done to files below a folder from now on; the fault comes.

    :param trace: descriptor of a file that gets all of it (``tests.faults.power``)
    """
    long = ctypes.c_long
    _library().asbuilt_arm(
        os.fsencode(folder),
        int(fault.mode),
        long(fault.at),
        long(fault.until),
        fault.code,
        int(fault.reads),
        trace,
    )


def straighten() -> None:
    """Leave the disk alone again."""
    _library().asbuilt_arm(b"", 0, ctypes.c_long(-1), ctypes.c_long(-1), 0, 0, -1)


def count() -> int:
    """How many operations there were since ``bend``."""
    _library().asbuilt_count.restype = ctypes.c_long
    return int(_library().asbuilt_count())


def note(text: str) -> None:
    """Write into the trace that something was reported as done."""
    _library().asbuilt_note(text.encode())


def statements() -> None:
    """Make each SQL statement an operation: it may be the last one, or fail."""
    from archive import database
    from archive.sqlite import sqlite3

    point: Callable[[bytes], int] = _library().asbuilt_point

    def step(sql: str) -> None:
        if not sql.startswith(UNFAILING) and (code := point(b"sql")):
            error = sqlite3.OperationalError(os.strerror(code))
            error.sqlite_errorcode = CODES.get(code, 10)
            raise error

    class Stepping(database.Connection):  # type: ignore[misc]
        def execute(self, sql: str, *args: Any) -> Any:
            step(sql)
            return super().execute(sql, *args)

        def executemany(self, sql: str, *args: Any) -> Any:
            step(sql)
            return super().executemany(sql, *args)

    database.Connection = Stepping  # type: ignore[misc]
