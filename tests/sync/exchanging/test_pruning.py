"""``asbuilt exchange prune``: what a later bundle stands for makes room on a stick."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sync.exchanging.test_by_command import (
    Laptop,
    bundles,
    first,
    laptops,
    run,
    small_and_inline,
    stick,
)

__all__ = ["first", "laptops", "small_and_inline", "stick"]
pytestmark = pytest.mark.usefixtures("one_process")


def prune(one: Laptop, stick: Path, code: int = 0) -> dict[str, list[str]]:
    command = ("exchange", "prune", one.folder, stick, "--yes", "--json")
    said = run(*command, code=code).stdout
    return json.loads(said) if said else {}  # type: ignore[no-any-return]


def number(bundle: Path) -> int:
    return int(bundle.name.rpartition("-")[2])


def test_who_comes_later_learns_as_much_from_what_is_left(
    laptops: list[Laptop], stick: Path, tmp_path: Path
) -> None:
    a, b, _ = laptops
    a.write(stick)
    for text in ("Slab", "Slab, dry"):
        a.edit("1.jpg", "--description", text)
        a.write(stick)
    assert prune(a, stick)["removed"] == []  # the later ones go on from the first
    b.read(stick)
    b.edit("2.jpg", "--description", "Wall")
    b.write(stick)
    a.write(stick, "--full")
    assert len(prune(a, stick)["removed"]) == 3
    assert len(bundles(stick)) == 2
    new = Laptop(tmp_path / "new")
    new.read(stick)
    b.read(stick)
    assert new.state == b.state
    assert new["2.jpg"]["description"] == "Wall"
    run("verify", new.folder)
    a.edit("3.jpg", "--star")
    a.write(stick)  # and it goes on from there
    b.read(stick)
    assert b["3.jpg"]["starred"] is True


def test_a_bundle_with_originals_that_no_later_one_has_stays(
    laptops: list[Laptop], stick: Path
) -> None:
    a, *_ = laptops
    a.write(stick)
    a.take("gone.jpg", 8)
    a.write(stick)
    a.edit("1.jpg", "--star")
    a.write(stick)
    uuid = a["gone.jpg"]["uuid"]
    run("recycle", a.folder, uuid)
    run("purge", a.folder, uuid, "--yes")
    older = sorted((one.path for one in bundles(stick)), key=number)
    a.write(stick, "--full")
    done = prune(a, stick)
    assert done["removed"] == [older[2].name]
    assert done["kept"] == [older[1].name, older[0].name]
    assert [one.state for one in bundles(stick)] == ["whole"] * 3


def test_nothing_is_removed_for_one_that_is_not_what_was_written(
    laptops: list[Laptop], stick: Path
) -> None:
    a, b, _ = laptops
    prune(a, stick, code=1)  # nothing there tells everything
    a.write(stick)
    a.write(stick, "--full")
    last = max(bundles(stick), key=lambda one: one.heading.seq if one.heading else 0)
    file = next(last.path.glob("objects/*/*"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    prune(a, stick, code=1)
    assert len(bundles(stick)) == 2
    assert prune(b, stick, code=1) == {}  # another's are nobody's to remove
