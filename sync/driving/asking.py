"""One request to the API, with the token, within the budget.

A refusal for its rate (429) and one for its token (401) are known not to have done
anything, so they are repeated here; nothing else is (``sync.effects.Ask``).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.driving import budget
from sync.driving.budget import Purse
from sync.driving.links import Link
from sync.driving.pausing import Pause
from sync.driving.reading import read_answer
from sync.driving.wires import Wires
from sync.effects import LOST, Answer, Ask
from sync.operations import Budget

if TYPE_CHECKING:
    import httpx2

    from sync.driving.tokens import Session

LARGEST = 64 << 20  # bytes of an answer, decompressed: 1,000 photos have 3 MB
LONGEST = 300.0  # seconds for one answer, however slowly it drips
_REFUSALS = 20  # for the rate, in a row, until the engine hears of it

Told = Callable[[str, float], None]  # why it waits, and how many seconds


def _silent(why: str, seconds: float) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Desk:
    """Who asks the API: where, as whom, and how often.

    :param purse: what is left of the limits; to be kept from run to run
    :param waits: told when it waits for longer than a moment
    :param warns: told what may be wrong, though the run goes on
    :param read_only: anything but reading is a fault of the program
    :param asked: requests so far
    :param off: seconds by which the remote's clock was before ours, as of the last
        answer; None: it never said
    """

    link: Link
    session: Session
    wires: Wires
    pause: Pause = field(default_factory=Pause)
    purse: Purse = budget.EMPTY
    waits: Told = _silent
    warns: Callable[[str], None] = lambda _: None
    read_only: bool = False
    asked: int = 0
    off: float | None = None
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = lambda: random.uniform(0, 2)  # noqa: S311 - no secret


def ask(desk: Desk, request: Ask) -> Answer:
    """Send one request and return what came back, whatever it is.

    :raises Paused: while it waited for the limits
    :raises Refused: there is no token to be had; says what to do
    :raises Unreachable: nor can one be asked for
    """
    if desk.read_only and request.method != "GET":
        raise AssertionError(f"{request.method} {request.path} in a dry run")
    renewed = False
    for _ in range(_REFUSALS):
        token = desk.session.token()
        _wait_for_limits(desk, request.budget)
        answer = _send(desk, request, token)
        if answer.status == 401 and not renewed:
            renewed = True
            desk.session.renew(token)
            continue
        if answer.status != 429:
            return answer
        _wait_after_refusal(desk, answer)
    return answer


def _wait_for_limits(desk: Desk, why: Budget) -> None:
    while (seconds := budget.delay(desk.purse, desk.now(), why)) > 0:
        desk.waits("the remote's limit of requests", seconds)
        desk.pause.wait(seconds)


def _wait_after_refusal(desk: Desk, answer: Answer) -> None:
    desk.purse, seconds = budget.refused(
        desk.purse, answer.headers, desk.now(), answer.clock
    )
    seconds += desk.jitter()
    desk.waits("the remote says that it was asked too often", seconds)
    desk.pause.wait(seconds)


def _send(desk: Desk, request: Ask, token: str) -> Answer:
    """Send a request once."""
    desk.purse = budget.asked(desk.purse, desk.now())
    desk.asked += 1
    answer = _exchange(desk, request, token)
    desk.purse = budget.told(desk.purse, answer.headers, desk.now(), answer.clock)
    if answer.clock is not None:
        desk.off = desk.now() - answer.clock
    return answer


def _exchange(desk: Desk, request: Ask, token: str) -> Answer:
    import httpx2

    body = None if request.body is None else json.dumps(dict(request.body)).encode()
    url = desk.link.url + request.path
    headers = {
        "authorization": f"Bearer {token}",
        "procore-company-id": str(desk.link.company),
        "accept": "application/json",
        "accept-encoding": "gzip",
    }
    if body is not None:
        headers["content-type"] = "application/json"
    try:
        with desk.wires.to(url).stream(
            request.method,
            url,
            params=list(request.query) or None,
            content=body,
            headers=headers,
        ) as response:
            return _read(response)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Answer(LOST, text=why_not(error))


def _read(response: httpx2.Response) -> Answer:
    body, end = bytearray(), time.monotonic() + LONGEST
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            return Answer(LOST, text=f"its answer is over {LARGEST >> 20} MB")
        if time.monotonic() > end:
            return Answer(LOST, text=f"its answer took over {LONGEST:.0f} seconds")
    return read_answer(response.status_code, lowered(response.headers), bytes(body))


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def why_not(error: Exception) -> str:
    """Return what happened, for a person: the class says what its text leaves out."""
    words = {
        "ConnectError": "cannot be reached",
        "ConnectTimeout": "does not answer a call",
        "ReadTimeout": "did not answer in time",
        "WriteTimeout": "did not take what was sent in time",
        "ProxyError": "cannot be reached through the proxy",
    }
    name = type(error).__name__
    detail = " ".join(str(error).split())
    said = words.get(name, "broke off")
    return f"{said} ({detail})" if detail else said
