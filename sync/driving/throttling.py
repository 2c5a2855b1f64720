"""So many bytes a second, over all files that are on their way together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.driving.pausing import Pause

_AHEAD = 0.25  # seconds' worth of bytes that go at once


@dataclass(slots=True)
class Throttle:
    """A limit that threads share.

    :param rate: bytes a second; None: as fast as it goes
    """

    rate: float | None = None
    now: Callable[[], float] = time.monotonic
    free_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def owed(self, count: int) -> float:
        """Count some bytes; returns for how many seconds no more may follow."""
        if not self.rate:
            return 0.0
        with self.lock:
            now = self.now()
            self.free_at = max(self.free_at, now - _AHEAD) + count / self.rate
            return max(0.0, self.free_at - now)


def spend(throttle: Throttle, count: int, pause: Pause) -> None:
    """Count some bytes, and wait until more may follow.

    :raises Paused: somebody wants to stop
    """
    pause.check()
    seconds = throttle.owed(count)
    if seconds > 0:
        pause.wait(seconds)
