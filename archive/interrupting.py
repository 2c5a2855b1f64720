"""Long statements that can be ended: SQLite asks now and then whether to go on.

A signal, such as that of Ctrl-C, is seen by Python between two of its own instructions
only, and a statement that runs for minutes is one of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive.sqlite import sqlite3

STEPS = 20_000  # of SQLite's virtual machine, a millisecond or so
PAUSE = 0.2  # seconds between two questions


@contextmanager
def interruptible(
    connection: sqlite3.Connection, check: Callable[[], None]
) -> Iterator[None]:
    """Let what runs on a connection be ended by whatever ``check`` raises.

    What was not committed is then undone. Commits, and what is not done by SQLite's own
    machine, such as sorting in memory, are not ended.

    :param check: called in this thread, a few times a second
    :raises KeyboardInterrupt: Ctrl-C, as ever
    """
    raised: list[BaseException] = []
    due = time.monotonic() + PAUSE

    def look() -> int:
        nonlocal due
        try:
            if time.monotonic() >= due:
                check()
                due = time.monotonic() + PAUSE
        except BaseException as error:  # noqa: BLE001 - SQLite passes none on
            raised.append(error)
        return len(raised)

    connection.set_progress_handler(look, STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if raised:
            raise raised[0] from None
        if "interrupted" in str(error):  # a signal before the first line of `look`
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
