"""What ends with something else, comes back, or is kept: comments and markups alike."""

from __future__ import annotations

from pathlib import Path

from archive.batches import batch
from archive.editing import retrieve_photos
from archive.history import list_batches
from archive.markup_shapes import Shape
from archive.undo import undo
from sync.exchanging.exporting import export
from sync.exchanging.pruning import prune
from sync.exchanging.standing import standing
from tests.sync.exchanging.laptops import PHOTO, Laptop, meet

ARROW = Shape("arrow", "red", 4, ((10, 20), (30, 40)))


def pair(folder: Path) -> tuple[Laptop, Laptop, str]:
    """Two copies of an archive with a photo, a comment and a markup on it."""
    one = Laptop(folder)
    uuid = one.add(PHOTO, bytes=9)
    one.comment(uuid, "look")
    one.draw(uuid, ARROW)
    return one, one.copied(folder), uuid


def on_it(one: Laptop) -> tuple[list[str], list[str]]:
    """What is said and drawn."""
    rows = one.connection.execute("select body from comments").fetchall()
    kinds = one.connection.execute("select kind from markups").fetchall()
    return [row[0] for row in rows], [row[0] for row in kinds]


BOTH = (["look"], ["arrow"])


def life(one: Laptop) -> dict[str, int]:
    """What is known of the life of the only markup."""
    (told,) = [line for line in one.tell()[2] if line["e"] == "markup"]
    found: dict[str, int] = told["life"].get("s", told["d"])["v"]
    return found


def retrieve(one: Laptop, uuid: str) -> None:
    with batch(one.connection, one.sam):
        retrieve_photos(one.connection, one.sam, [one.photo(uuid)])


def test_what_is_on_a_photo_that_was_purged_is_with_it_in_the_bin_elsewhere(
    tmp_path: Path,
) -> None:
    a, b, uuid = pair(tmp_path)
    a.recycle(uuid)
    a.purge(uuid)
    meet(a, b)
    assert on_it(a) == ([], [])
    assert b.value(uuid, "recycled_at") is not None
    assert on_it(b) == BOTH
    assert [a.conflicts(), b.conflicts()] == [[], []]
    assert standing(a.archive).held == []


def test_a_photo_that_was_purged_and_is_wanted_again_comes_with_what_was_on_it(
    tmp_path: Path,
) -> None:
    a, b, uuid = pair(tmp_path)
    meet(a, b)
    a.recycle(uuid)
    a.purge(uuid)
    meet(a, b)
    clock = _clock(b)
    retrieve(b, uuid)
    again = b.tell()
    # all that a bundle that goes on from the last one has
    assert _changed_since(b, clock) == ["comment", "markup", "photo"]
    a.hear(again)
    a.decide("remote")
    assert on_it(a) == BOTH
    assert a.markups(uuid) != []
    meet(a, b)
    assert [on_it(one) for one in (a, b)] == [BOTH, BOTH]
    assert [a.conflicts(), b.conflicts()] == [[], []]


def _clock(one: Laptop) -> int:
    sql = "select value from exchange_state where key = 'clock'"
    return int(one.connection.execute(sql).fetchone()[0])


def _changed_since(one: Laptop, clock: int) -> list[str]:
    sql = "select kind from exchange_records where changed > ? order by 1"
    return [row[0] for row in one.connection.execute(sql, (clock,)).fetchall()]


def test_what_was_taken_off_before_a_purge_is_off_elsewhere_too(tmp_path: Path) -> None:
    a, b, uuid = pair(tmp_path)
    a.erase(a.markups(uuid)[0].uuid)
    a.tell()
    a.recycle(uuid)
    a.purge(uuid)
    meet(a, b)
    assert on_it(b) == (["look"], [])


def test_who_keeps_what_another_binned_takes_over_what_was_said_of_it(
    tmp_path: Path,
) -> None:
    a, b, uuid = pair(tmp_path)
    a.edit(uuid, starred=True)
    a.recycle(uuid)
    b.edit(uuid, description="still needed")
    b.hear(a.tell())
    b.decide("local")
    assert b.value(uuid, "starred") == 1
    meet(a, b)
    assert a.value(uuid, "recycled_at") is None


def test_what_was_taken_off_and_put_back_is_newer_than_what_was_taken_off(
    tmp_path: Path,
) -> None:
    a = Laptop(tmp_path)
    uuid = a.add(PHOTO, bytes=9)
    a.draw(uuid, ARROW)
    for _ in "ab":
        (newest, *_) = list_batches(a.connection)
        undo(a.connection, a.sam, [newest])
        if not a.markups(uuid):
            b = a.copied(tmp_path)
    assert len(a.markups(uuid)) == 1
    assert life(a) != life(b)  # the same numbers always mean the same value
    meet(a, b)
    assert [one.why for one in b.conflicts()] == ["purged here, wanted there"]
    assert a.conflicts() == []
    b.decide("remote")
    meet(a, b)
    assert [len(one.markups(uuid)) for one in (a, b)] == [1, 1]
    assert [a.conflicts(), b.conflicts()] == [[], []]


def test_no_bundle_is_removed_that_a_later_one_goes_on_from(tmp_path: Path) -> None:
    one = Laptop(tmp_path)
    uuid = one.add(PHOTO)
    stick = tmp_path / "stick"
    stick.mkdir()
    for text in ("a", "b", "c"):
        one.edit(uuid, description=text)
        export(one.archive, one.sam, stick, fast=True)
    assert prune(one.archive, one.sam, stick).removed == ()
    export(one.archive, one.sam, stick, full=True, fast=True)
    assert len(prune(one.archive, one.sam, stick).removed) == 3
