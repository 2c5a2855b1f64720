"""How often a program may ask, and what it is told of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidInput
from plugins.api import limits
from plugins.api.limits import DEFAULT, Rate, parse
from tests.plugins.api.oauth_town import ACCOUNTS, OWNER, Town, served
from tests.plugins.conftest import Loop

ME = "/rest/v1.0/me"


@pytest.fixture
def town(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    """Three requests in ten seconds, five in an hour."""
    rates = parse("5/hour,3/10s")
    with served(loop, tmp_path, rates=rates) as found:
        yield found


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr(limits.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(limits.time, "time", lambda: self.now + 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def ask(town: Town, token: str, path: str = ME) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    return town.visitor(agent="reports/1.0").get(path, headers=headers)


def told(answer: Any) -> tuple[int, int, int]:
    """Return limit, remaining and reset."""
    names = ("limit", "remaining", "reset")
    return tuple(int(answer.headers[f"x-rate-limit-{name}"]) for name in names)  # type: ignore[return-value]


def program(town: Town, *places: int) -> tuple[Any, str]:
    """Add a program with a token, of which asking counted nothing."""
    made = town.add("Reports", *places)
    return made, town.by_itself(made)


def test_every_answer_tells_of_the_window_that_is_closest(
    town: Town, clock: Clock
) -> None:
    _, token = program(town)
    assert [told(ask(town, token))[:2] for _ in range(3)] == [(3, 2), (3, 1), (3, 0)]
    refused = ask(town, token)
    assert refused.status_code == 429
    assert told(refused) == (3, 0, 1_001_000_010)
    assert refused.headers["retry-after"] == "10"
    assert refused.headers["content-type"].startswith("application/json")
    assert "ask again in 10 seconds" in refused.json()["errors"][0]
    clock.now += 10
    assert told(ask(town, token))[:2] == (5, 0)
    refused = ask(town, token)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 3590
    clock.now += 3590
    assert told(ask(town, token))[:2] == (3, 2)


def test_what_fails_counts_and_tells_too(town: Town, clock: Clock) -> None:
    del clock
    _, token = program(town)
    answer = ask(town, token, "/rest/v1.0/nothing")
    assert (answer.status_code, told(answer)[:2]) == (404, (3, 2))
    answer = ask(town, token, "/rest/v1.0/images?project_id=x")
    assert (answer.status_code, told(answer)[:2]) == (400, (3, 1))


def test_each_program_has_a_budget_of_its_own_and_no_token_more(
    town: Town, clock: Clock
) -> None:
    made, token = program(town)
    _, other = program(town)
    for _ in range(3):
        assert ask(town, token).status_code == 200
    clock.now += 10
    fresh = town.by_itself(made)
    assert [ask(town, fresh).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(town, other).status_code == 200


def test_asking_for_tokens_is_limited_by_address(town: Town, clock: Clock) -> None:
    del clock
    made = town.add()
    fields = {"grant_type": "client_credentials"}
    answers = [town.token(made, **fields) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    known = {"client_id": made.client.id, "client_secret": made.secret}
    about = {"address": "127.0.0.9"}
    assert (
        town.post("/oauth/token", {**known, **fields}, about=about).status_code == 200
    )


def test_off_tells_of_a_budget_that_is_never_used_up(
    tmp_path: Path, loop: Loop
) -> None:
    with served(loop, tmp_path) as town:
        _, token = program(town)
        for _ in range(70):
            answer = ask(town, token)
        limit, remaining, reset = told(answer)
        assert answer.status_code == 200
        assert limit == remaining
        assert remaining > 1_000
        assert reset > time.time()


@pytest.mark.parametrize(
    ("access", "rates", "expected"),
    [
        (OWNER, None, ()),
        (ACCOUNTS, None, DEFAULT),
        (OWNER, (Rate(5, 10),), (Rate(5, 10),)),
        (ACCOUNTS, (), ()),
    ],
    ids=["owner", "accounts", "chosen", "off"],
)
def test_which_rates_hold(
    tmp_path: Path, access: Any, rates: Any, expected: tuple[Rate, ...]
) -> None:
    from archive.database import create_archive
    from plugins.serving import make_datasette

    create_archive(tmp_path / "tower", "Tower")
    datasette = make_datasette([tmp_path / "tower"], access=access, rates=rates)
    assert limits.rates_of(datasette) == expected
    datasette.close()


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("off", ()),
        (" OFF ", ()),
        ("3600/hour", (Rate(3600, 3600),)),
        ("3600/h, 60/10s", DEFAULT),
        ("100/minute", (Rate(100, 60),)),
        ("10/2hours,1/1s", (Rate(10, 7200), Rate(1, 1))),
        ("5/s", (Rate(5, 1),)),
        ("5/30seconds", (Rate(5, 30),)),
    ],
)
def test_rates_as_they_are_written(text: str, rates: tuple[Rate, ...]) -> None:
    assert parse(text) == rates


@pytest.mark.parametrize(
    "text",
    ["", "x", "60", "60/", "0/hour", "60/0s", "-1/h", "60/day", "6.5/h", "1/h,", "٣/h"],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape("is no rate like 3600/hour")):
        parse(text)


class _Datasette:
    """What limits.py asks of Datasette."""

    def __init__(self, rates: list[list[int]]) -> None:
        self.rates = rates

    def plugin_config(self, _: str) -> dict[str, Any]:
        return {"rates": self.rates}


@given(
    rates=st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 20)), min_size=1, max_size=3
    ),
    steps=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 15)), min_size=1, max_size=40
    ),
)
def test_in_no_window_is_more_let_through_than_may_be(
    rates: list[tuple[int, int]], steps: list[tuple[str, int]]
) -> None:
    """Against windows that are counted from a list of all that was let through."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(patch)
        datasette: Any = _Datasette([list(rate) for rate in rates])
        begun: dict[tuple[str, tuple[int, int]], list[float]] = {}
        for key, wait in steps:
            clock.now += wait
            found = limits.count(datasette, key)
            left = []
            for rate in set(rates):
                times = begun.setdefault((key, rate), [])
                if times and times[0] + rate[1] <= clock.now:
                    times.clear()
                times.append(clock.now)
                left.append(rate[0] - len(times))
            assert found.exceeded == (min(left) < 0)
            remaining = int(found.headers["x-rate-limit-remaining"])
            assert remaining == max(0, min(left))
            reset = int(found.headers["x-rate-limit-reset"]) - 1e9
            assert clock.now < reset <= clock.now + 20
            assert ("retry-after" in found.headers) == found.exceeded


def test_no_more_are_counted_than_fit_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST", 3)
    datasette: Any = _Datasette([[1, 100]])
    for key in "abcdabcd":
        limits.count(datasette, key)
    assert list(limits._counts[datasette]) == ["b", "c", "d"]
    assert limits.count(datasette, "d").exceeded
