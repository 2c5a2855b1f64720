"""The two windows of requests: kept under, told apart, and over when they are over."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.driving import budget
from sync.driving.budget import EMPTY, HOUR, SPIKE, Purse, Window
from sync.operations import Budget

NOW = 1_800_000_000.0


def limits(limit: int, left: int, reset: float) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(left),
        "x-rate-limit-reset": str(math.ceil(reset)),
    }


@dataclass
class Remote:
    """A remote with two fixed windows, each from its first request on.

    :param rates: requests, seconds
    """

    rates: tuple[tuple[int, float], ...]
    windows: dict[float, tuple[float, int]] = field(default_factory=dict)

    def ask(self, now: float) -> tuple[bool, dict[str, str]]:
        """Count a request: whether it is let through, and the headers."""
        nearest = None
        for most, seconds in self.rates:
            ends, used = self.windows.get(seconds, (0.0, 0))
            if now >= ends:
                ends, used = now + seconds, 0
            self.windows[seconds] = (ends, used + 1)
            told = (most - used - 1, -ends, most)
            nearest = min(nearest or told, told)
        assert nearest
        left, ends, most = nearest
        return left >= 0, limits(most, max(0, left), -ends)


RATES = st.tuples(
    st.integers(5, 60).map(lambda most: (most, HOUR)),
    st.integers(2, 12).map(lambda most: (most, SPIKE)),
)
TRIES = st.lists(
    st.tuples(st.sampled_from(Budget), st.floats(0, 40)), min_size=1, max_size=80
)


@given(RATES, TRIES, st.booleans())
def test_no_request_is_refused_once_the_windows_are_known(
    rates: tuple[tuple[int, float], ...],
    tries: list[tuple[Budget, float]],
    persisted: bool,
) -> None:
    remote, purse, now = Remote(rates), EMPTY, NOW
    for why, pause in tries:
        now += pause
        while (wait := budget.delay(purse, now, why)) > 0:
            assert wait <= HOUR + 60
            now += wait
        purse = budget.asked(purse, now)
        let_through, headers = remote.ask(now)
        assert let_through
        purse = budget.told(purse, headers, now, int(now))
        if persisted:
            purse = budget.from_json(json.loads(json.dumps(budget.as_json(purse))))


@given(RATES, TRIES)
def test_in_no_stretch_of_time_is_more_asked_than_may_be(
    rates: tuple[tuple[int, float], ...], tries: list[tuple[Budget, float]]
) -> None:
    (hour, _), (spike, _) = rates
    purse, now, asked = Purse(Window(HOUR, hour), Window(SPIKE, spike)), NOW, []
    for why, pause in tries:
        now += pause
        while (wait := budget.delay(purse, now, why)) > 0:
            now += wait
        purse = budget.asked(purse, now)
        asked.append(now)
    for seconds, most in ((HOUR, hour), (SPIKE, spike)):
        for begin in asked:
            assert sum(begin <= at < begin + seconds for at in asked) <= most


def test_what_a_person_waits_for_goes_when_nothing_else_does() -> None:
    purse = budget.told(EMPTY, limits(100, 4, NOW + 1800), NOW, int(NOW))
    waits = {why: budget.delay(purse, NOW, why) > 0 for why in Budget}
    assert waits == {
        Budget.NONE: False,
        Budget.CHANGE: True,
        Budget.CREATE: True,
        Budget.DOWNLOAD: True,
    }


def test_a_request_counts_until_its_whole_window_is_over() -> None:
    purse = budget.asked(Purse(Window(HOUR, 1000), Window(SPIKE, 1)), NOW + 0.1)
    assert budget.delay(purse, NOW + 10.08) > 0
    assert budget.delay(purse, NOW + 10.3) == 0


def test_requests_without_an_answer_count_against_what_was_left() -> None:
    purse = budget.told(EMPTY, limits(600, 3, NOW + 1800), NOW, int(NOW))
    for _ in range(3):  # others had the rest
        assert budget.delay(purse, NOW) == 0
        purse = budget.asked(purse, NOW)
    assert budget.delay(purse, NOW) == 1800
    assert budget.delay(purse, NOW + 1800) == 0


@pytest.mark.parametrize(
    ("known", "told", "window"),
    [
        pytest.param(EMPTY, limits(600, 1, NOW + 1800), "hour", id="far away"),
        pytest.param(EMPTY, limits(25, 1, NOW + 8), "spike", id="the first ever"),
        pytest.param(
            Purse(Window(HOUR, 600)), limits(25, 1, NOW + 8), "spike", id="smaller"
        ),
        pytest.param(
            Purse(Window(HOUR, 600)), limits(600, 1, NOW + 8), "hour", id="near its end"
        ),
        pytest.param(
            Purse(Window(HOUR, 20), Window(SPIKE, 60)),
            limits(60, 1, NOW + 8),
            "spike",
            id="the larger one",
        ),
    ],
)
def test_the_windows_are_told_apart(
    known: Purse, told: dict[str, str], window: str
) -> None:
    purse = budget.told(known, told, NOW, int(NOW))
    changed = {"hour": purse.hour, "spike": purse.spike}[window]
    assert (changed.left, changed.limit) == (1, int(told["x-rate-limit-limit"]))
    other = {"hour": purse.spike, "spike": purse.hour}[window]
    assert other in (known.spike, known.hour)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param(
            {"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30, id="a moment"
        ),
        pytest.param({"retry-after": "later"}, 60, id="nonsense"),
        pytest.param({}, 60, id="nothing"),
        pytest.param({"retry-after": "0"}, 1, id="at once"),
        pytest.param({"retry-after": "-5"}, 1, id="before now"),
        pytest.param({"retry-after": "99999999"}, 7200, id="for years"),
        pytest.param(limits(600, 0, NOW + 900), 900, id="the window's end"),
        pytest.param(limits(600, 0, NOW - 900), 1, id="a window that is over"),
        pytest.param(
            {**limits(600, 0, NOW + 900), "retry-after": "5"}, 5, id="both of them"
        ),
    ],
)
def test_a_refusal_says_how_long_to_wait(
    headers: dict[str, str], seconds: float
) -> None:
    purse, wait = budget.refused(EMPTY, headers, NOW, int(NOW))
    assert wait == seconds
    assert budget.delay(purse, NOW) >= min(seconds, 1)
    assert budget.delay(purse, NOW + 7300) == 0


def test_the_remotes_clock_counts_for_what_it_says() -> None:
    slow = int(NOW) - 86_400 * 365 * 10
    purse = budget.told(EMPTY, limits(600, 0, slow + 30), NOW, slow)
    assert budget.delay(purse, NOW) == 30


def test_a_surprise_halves_the_window_for_a_while() -> None:
    purse = budget.told(EMPTY, limits(10, 10, NOW + 3600), NOW, int(NOW))
    purse, _ = budget.refused(purse, {"retry-after": "60"}, NOW, int(NOW))
    now, went = NOW + 61, 0
    purse = budget.told(purse, limits(10, 10, now + 3600), now, int(now))
    while budget.delay(purse, now) == 0:
        purse, went = budget.asked(purse, now), went + 1
    assert went == 5
    assert budget.delay(purse, NOW + 661) == 0


@given(RATES, st.integers(0, 300), st.sampled_from(Budget))
def test_it_takes_as_long_as_was_said(
    rates: tuple[tuple[int, float], ...], requests: int, why: Budget
) -> None:
    (hour, _), (spike, _) = rates
    purse, now = Purse(Window(HOUR, hour), Window(SPIKE, spike)), NOW
    said = budget.eta(purse, requests, now, why)
    for _ in range(requests):
        while (wait := budget.delay(purse, now, why)) > 0:
            now += wait
        purse = budget.asked(purse, now)
    windows = 1 + requests // max(1, hour - math.floor(hour * 0.2))
    assert said <= now - NOW + 1
    assert now - NOW <= said + windows * 60 + 60


@pytest.mark.parametrize(
    "kept", [None, 7, {}, {"hour": {}}, {"hour": {"limit": "many"}}, [[]]]
)
def test_what_was_kept_and_makes_no_sense_is_forgotten(kept: object) -> None:
    assert budget.from_json(kept) == EMPTY


def test_a_clock_that_was_put_back_stops_nothing_for_long() -> None:
    purse = budget.asked(budget.told(EMPTY, limits(2, 0, NOW + 60), NOW), NOW)
    assert budget.delay(purse, NOW - 86_400 * 365) <= 2 * HOUR
