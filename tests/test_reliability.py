"""The page on reliability is what promises, incidents and figures say now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import reliability
from tests.test_incidents import functions

TOLD = reliability.read(reliability.TESTS / "promises.toml")


def test_the_page_is_up_to_date() -> None:
    assert reliability.PAGE.read_text("utf-8") == reliability.page(), (
        "run: python -m tests.reliability"
    )


@pytest.mark.parametrize("one", TOLD["promise"], ids=lambda one: one["promise"][:30])
def test_the_tests_of_a_promise_are_there(one: dict[str, Any]) -> None:
    assert one["tests"]
    for name in one["tests"]:
        file, _, function = name.partition("::")
        known = functions(file)
        assert function in known if function else known, name
    assert set(one.get("figures", ())) <= set(TOLD["figure"])


def test_every_figure_is_of_a_run_in_which_nothing_failed() -> None:
    for path in reliability.FIGURES.glob("*.toml"):
        figure = reliability.read(path)
        assert path.stem in TOLD["figure"]
        assert figure["cases"] > 0
        assert figure["failed"] == 0, path.name


def test_a_figure_is_read_from_what_its_run_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reliability, "FIGURES", tmp_path)
    one = {
        "what": "w",
        "command": "python -c \"print('1,200 cases, 3 failed, 77 steps')\"",
        "cases": r"([\d,]+) cases",
        "failed": r"(\d+) failed",
        "told": {"steps": r"(\d+) steps"},
    }
    monkeypatch.setattr(reliability, "read", lambda _: {"figure": {"x": one}})
    made = reliability.make_figure("x").read_text("utf-8")
    assert "cases = 1200\nfailed = 3\n" in made
    assert made.endswith("[told]\nsteps = 77\n")
