"""What goes wrong on the way between a laptop and the remote (sync design §3.2)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique

from sync.effects import LOST, Answer, Ask


@unique
class Fault(StrEnum):
    """One thing that goes wrong with one request."""

    LOST = "lost on the way there"
    UNANSWERED = "done, and the answer lost"
    LATE = "lost, and done later"
    BROKEN = "500 before anything was done"
    PROXY = "done, and 502 from a proxy"
    BUSY = "503"
    TOO_MANY = "429"
    UNKNOWN = "401"
    FORBIDDEN = "403"
    MISSING = "404"
    TORN = "done, and the answer torn"
    STALE = "an answer of before"
    NONSENSE = "a page of a proxy, with status 200"
    EMPTY = "an empty list"
    MISCOUNTED = "another total"


_WRITES_ONLY = {Fault.LATE}
_READS_ONLY = {
    Fault.STALE,
    Fault.EMPTY,
    Fault.MISCOUNTED,
    Fault.MISSING,
    Fault.NONSENSE,
}
_STATUS = {
    Fault.BROKEN: 500,
    Fault.BUSY: 503,
    Fault.TOO_MANY: 429,
    Fault.UNKNOWN: 401,
    Fault.FORBIDDEN: 403,
    Fault.MISSING: 404,
}
_PAGES = {
    Fault.PROXY: (502, "<html>Bad gateway</html>"),
    Fault.NONSENSE: (200, "<html>Log in</html>"),
}
BEFORE = frozenset({Fault.LOST, Fault.LATE, *_STATUS})  # nothing is done, for now
NOTHING_CAME = Answer(LOST, None, "no answer")
STALE_SECONDS = 60  # how old an answer may be that a cache gives


@dataclass(frozen=True)
class Weather:
    """How much goes wrong in a story: drawn for each seed (swarm testing).

    :param requests: share of requests with which something goes wrong
    :param kinds: by how much, for each fault
    :param crash: share of effects at which the program is killed
    :param sleep: share of effects before which the laptop sleeps
    :param files: share of files that do not come, or go
    :param again: share of transactions that have to be done twice
    """

    requests: float = 0.0
    kinds: dict[Fault, float] = field(default_factory=dict)
    crash: float = 0.0
    sleep: float = 0.0
    files: float = 0.0
    again: float = 0.0

    def fault(self, chance: random.Random, ask: Ask) -> Fault | None:
        """Return what goes wrong with a request; None: nothing does."""
        if not self.kinds or chance.random() >= self.requests:
            return None
        found = chance.choices(list(self.kinds), list(self.kinds.values()))[0]
        is_read = ask.method == "GET"
        wrong = _WRITES_ONLY if is_read else _READS_ONLY
        return None if found in wrong else found


CALM = Weather()


def random_weather(chance: random.Random) -> Weather:
    """Return how much goes wrong in one story."""
    kinds = {one: chance.choice((0.0, 0.0, 1.0, 5.0)) for one in Fault}
    return Weather(
        requests=chance.choice((0.0, 0.02, 0.1, 0.3)),
        kinds={one: weight for one, weight in kinds.items() if weight},
        crash=chance.choice((0.0, 0.0, 0.01, 0.05)),
        sleep=chance.choice((0.0, 0.0, 0.02, 0.1)),
        files=chance.choice((0.0, 0.05, 0.3)),
        again=chance.choice((0.0, 0.1)),
    )


def refused(fault: Fault, clock: int, chance: random.Random) -> Answer:
    """Return the answer to a request with which nothing was done."""
    status = _STATUS.get(fault)
    if status is None:
        return NOTHING_CAME
    headers = {"retry-after": "7"} if chance.random() < 0.5 else {}
    body = {"errors": [str(fault)]} if chance.random() < 0.7 else None
    return Answer(status, body, "" if body else str(fault), headers, clock)


def spoilt(fault: Fault, answer: Answer) -> Answer:
    """Return what becomes of an answer on the way back."""
    if fault in (Fault.UNANSWERED, Fault.TORN):
        return NOTHING_CAME
    if fault in _PAGES:
        status, text = _PAGES[fault]
        return Answer(status, None, text, clock=answer.clock)
    if not isinstance(answer.body, list):
        return answer
    if fault is Fault.EMPTY:
        return replace(answer, body=[], headers={"total": "0", "per-page": "100"})
    if fault is Fault.MISCOUNTED:
        total = str(int(answer.headers["total"]) + 1)
        return replace(answer, headers={**answer.headers, "total": total})
    return answer
