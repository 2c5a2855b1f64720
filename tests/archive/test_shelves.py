"""Which originals are there is told alike however many are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.originals import Stored
from archive.shelves import Shelves


def stored(number: int) -> Stored:
    return Stored(f"{number % 3:02x}{number:062x}", "jpg")


def lay(originals: Path, one: Stored) -> Path:
    path = originals / one.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


@given(st.lists(st.integers(0, 12), max_size=60), st.sampled_from([0, 40, 90_000_000]))
def test_what_is_there_is_told(
    tmp_path_factory: pytest.TempPathFactory, asked: list[int], count: int
) -> None:
    originals = tmp_path_factory.mktemp("originals")
    for number in range(6):
        lay(originals, stored(number))
    shelves = Shelves(originals, count)
    assert [shelves.has(stored(n)) for n in asked] == [n < 6 for n in asked]


def test_one_that_came_after_its_shelf_was_read_is_found(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path, 0)
    lay(tmp_path, stored(3))
    assert all(shelves.has(stored(3)) for _ in range(20))
    assert not shelves.has(stored(6))
    lay(tmp_path, stored(6))
    assert shelves.has(stored(6))


def test_a_shelf_that_is_asked_about_often_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(0, 90, 3):
        lay(tmp_path, stored(number))
    shelves, looks = Shelves(tmp_path, 90), 0

    def count(*_: object) -> bool:
        nonlocal looks
        looks += 1
        return True

    monkeypatch.setattr("archive.shelves.is_there", count)
    assert all(shelves.has(stored(number)) for number in range(0, 90, 3))
    assert looks < 10
