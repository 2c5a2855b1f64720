"""Stopping between two effects, and waiting so that it can be stopped."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LONGEST = 5.0  # seconds at a time: a lid that was closed meanwhile is noticed by then


class Paused(Exception):
    """The run was asked to stop; nothing is lost, and the next one goes on."""


class Pause:
    """A wish to stop, that threads may look at.

    :ivar wanted: whether somebody wants it
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._event = threading.Event()
        self._clock = clock

    @property
    def wanted(self) -> bool:
        """Whether somebody wants to stop."""
        return self._event.is_set()

    def ask(self) -> None:
        """Want to stop, as soon as that can be."""
        self._event.set()

    def check(self) -> None:
        """Stop here, if that is wanted.

        :raises Paused: it is
        """
        if self.wanted:
            raise Paused

    def wait(self, seconds: float) -> None:
        """Let so much time pass, also while the computer sleeps.

        :raises Paused: somebody wants to stop
        """
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0 and left <= seconds:
            if self._event.wait(min(left, LONGEST)):
                break
        self.check()


@contextmanager
def stopped_by_signals(pause: Pause) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM pause; the second Ctrl-C ends at once, as ever."""
    before = {
        number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
    }

    def stop(number: int, _: FrameType | None) -> None:
        pause.ask()
        signal.signal(number, before[signal.Signals(number)] or signal.SIG_DFL)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
