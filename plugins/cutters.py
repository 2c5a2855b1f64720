"""The process that cuts tiles; it holds a large picture only while somebody looks."""

from __future__ import annotations

import threading
import time
from typing import Any

from archive.workers import Outcome, Pool

SECONDS = 60.0  # for one job, of which the first decodes the picture
# Decoded, with its smaller levels and what the decoder needs: 1 GB at 185 megapixels
MEMORY = 2 << 30
IDLE = 60.0  # seconds after the last tile until the process is ended


class Cutters:
    """One worker process, started when a tile is wanted and ended when none is."""

    def __init__(self, idle: float = IDLE) -> None:
        self._pool = Pool(workers=1, seconds=SECONDS, memory=MEMORY)
        self._lock = threading.Lock()  # held while a job runs
        self._idle = idle
        self._used = 0.0
        self._timer: threading.Timer | None = None

    def submit(self, function: str, /, *args: Any) -> Outcome:  # noqa: ANN401
        """Run one job and wait for its outcome."""
        with self._lock:
            try:
                return self._pool.submit(function, *args)
            finally:
                self._used = time.monotonic()
                if self._timer is None:
                    self._wait(self._idle)

    def _wait(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        """End the process if it was idle for long enough."""
        with self._lock:
            if self._timer is None:  # closed meanwhile
                return
            left = self._used + self._idle - time.monotonic()
            if left > 0:
                self._wait(left)
                return
            self._timer = None
            self._pool.close()

    def close(self) -> None:
        """End the process now; a job under way fails."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._pool.close()
