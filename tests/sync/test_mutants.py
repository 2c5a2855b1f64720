"""The tests have teeth: each planted bug is found by the tests that should find it."""

from __future__ import annotations

import pytest

from tests.sync import mutation
from tests.sync.mutation import Mutant, finds, mutants


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutant", mutants(), ids=lambda one: f"{one.module}: {one.rule}"
)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    assert finds(mutant), f"survives the tests of {mutant.found_by}"


@pytest.mark.slow
@pytest.mark.parametrize("suite", sorted({one.found_by for one in mutants()}))
def test_nothing_is_found_where_nothing_is_planted(
    suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few examples do: all of them run without a bug in the suite's own module."""
    monkeypatch.setenv("SYNC_EXAMPLES", "10")
    monkeypatch.setattr(mutation, "STORIES", 30)
    monkeypatch.setattr(mutation, "SEEDS", 4)
    harmless = Mutant(
        "none", "records", "import annotations", "import annotations", suite
    )
    assert finds(harmless) == ""
