"""How many files are fetched together, and how their addresses are asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from sync.effects import Answer, Ask, Commit, Steps, What
from sync.engine import fetching
from sync.engine.fetching import _next, _rows
from sync.engine.planned import Course
from sync.engine.report import Report
from sync.engine.talk import Talk
from sync.planning import Selection
from sync.store import Store
from tests.sync.simulator.archive import PROJECT


@pytest.mark.parametrize(
    ("count", "seconds", "then"),
    [
        (32, 0, 128),
        (32, 15, 128),
        (32, 20, 96),
        (32, 60, 32),
        (128, 1, 512),
        (512, 1, 512),
        (512, 59, 512),
        (512, 61, 32),
        (512, -1, 32),
    ],
)
def test_as_many_are_fetched_together_as_come_in_a_minute(
    count: int, seconds: int, then: int
) -> None:
    assert _next(count, seconds) == then


def test_a_steady_remote_is_asked_for_a_minute_s_files_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk, now, asked = Talk(), 1000.0, []

    def some(course: Course, *_: object) -> Steps[tuple[int, list[object]]]:
        nonlocal now
        course.talk.clock = int(now)  # as the answer about the addresses tells it
        now += 0.2 * asked[-1]
        yield from ()
        return 0, []

    monkeypatch.setattr(fetching, "_fetch_some", some)
    order = SimpleNamespace(
        selection=Selection(), allowance=SimpleNamespace(metered=False)
    )
    course = cast("Course", SimpleNamespace(talk=talk, order=order))
    steps = fetching.fetch(course, PROJECT, What.ORIGINAL, Report())
    effect = next(steps)
    while len(asked) < 9:
        if isinstance(effect, Commit):
            asked.append(cast("Any", effect.work).args[-1])
        effect = steps.send((1, [("u", 1)], 0))
    assert asked == [32, 32, 128, 128, 256, 256, 256, 256, 256]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (128, [128]), (129, [128, 1]), (512, [128] * 4)]
)
def test_no_question_has_an_address_that_is_too_long(
    count: int, sizes: list[int]
) -> None:
    asked: list[list[int]] = []
    course = cast("Course", type("Of", (), {"talk": Talk()}))
    steps = _rows(course, PROJECT, [(str(one), one) for one in range(1, count + 1)])
    effect = next(steps)
    while isinstance(effect, Ask):
        numbers = [int(str(n)) for key, n in effect.query if key == "filters[id][]"]
        asked.append(numbers)
        effect = steps.send(Answer(200, [{"id": number} for number in numbers]))
    assert list(map(len, asked)) == sizes
    assert [one for some in asked for one in some] == list(range(1, count + 1))
    looked: list[int] = []

    class Seeing:
        def seen(self, _: object, number: int) -> None:
            looked.append(number)

    assert isinstance(effect, Commit)
    effect.work(cast("Store", Seeing()))
    assert looked == list(range(1, count + 1))
