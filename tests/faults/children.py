"""Processes that may be killed: forks of one that has loaded everything."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable


def started(work: Callable[[], object]) -> int:
    """Run ``work`` in a fork; the process that was started."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - told, and the fork ends
        traceback.print_exc()
    finally:
        os._exit(code)


def killed_after(work: Callable[[], object], seconds: float) -> int | None:
    """Run ``work`` in a fork that is killed after a while.

    Its exit status when it ended before; None: it was killed.
    """
    child = started(work)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def in_a_fork(work: Callable[[], object]) -> int:
    """Run ``work`` in a fork to its end; its exit status (minus the signal)."""
    return os.waitstatus_to_exitcode(os.waitpid(started(work), 0)[1])
