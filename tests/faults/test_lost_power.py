"""The disk that loses power: what was synced is there, of the rest any part."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.deaths import leavings
from tests.faults.lost_power import Disk, Event, Pick, read_trace


def nothing(_: int) -> bool:
    return False


def everything(_: int) -> bool:
    return True


def written(*events: Event) -> Disk:
    disk = Disk("/room")
    disk.there("/room/there", "1", b"old")
    for number, event in enumerate(events):
        disk.take(number, event)
    return disk


NEW = Event("C", ("2", "/room/new"))
BYTES = Event("W", ("2", "0", "5"), b"bytes")
FILE_SYNC = Event("F", ("2", "/room/new"))
FOLDER_SYNC = Event("F", ("9", "/room"))
MOVED = Event("R", ("/room/new", "/room/there"))


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ((NEW, BYTES), {"there": b"old"}),
        ((NEW, BYTES, FILE_SYNC), {"there": b"old"}),
        ((NEW, BYTES, FOLDER_SYNC), {"there": b"old", "new": b""}),
        ((NEW, BYTES, FILE_SYNC, FOLDER_SYNC), {"there": b"old", "new": b"bytes"}),
        ((NEW, BYTES, FILE_SYNC, MOVED), {"there": b"old"}),
        ((NEW, BYTES, MOVED, FOLDER_SYNC), {"there": b""}),
        ((NEW, BYTES, FILE_SYNC, MOVED, FOLDER_SYNC), {"there": b"bytes"}),
        ((Event("U", ("/room/there",)),), {"there": b"old"}),
        ((Event("U", ("/room/there",)), FOLDER_SYNC), {}),
        ((Event("T", ("1", "1")),), {"there": b"old"}),
        ((Event("T", ("1", "1")), Event("F", ("1", "/room/there"))), {"there": b"o"}),
        ((Event("M", ("/room/a",)), FOLDER_SYNC), {"there": b"old", "a": None}),
    ],
    ids=str,
)
def test_only_what_was_synced_is_sure(
    events: tuple[Event, ...], left: dict[str, bytes | None]
) -> None:
    assert written(*events).left(nothing, nothing, None) == left


@pytest.mark.parametrize(
    ("names", "content", "left"),
    [
        (everything, nothing, {"there": b""}),
        (nothing, everything, {"there": b"old"}),
        (everything, everything, {"there": b"bytes"}),
        ((2).__gt__, everything, {"there": b"old", "new": b"bytes"}),
    ],
    ids=["names without bytes", "bytes without names", "all", "before the renaming"],
)
def test_of_the_rest_any_part_may_be_there(
    names: Pick, content: Pick, left: dict[str, bytes]
) -> None:
    assert written(NEW, BYTES, MOVED).left(names, content, None) == left


def test_a_file_in_a_folder_that_was_not_synced_is_lost_with_it() -> None:
    disk = written(
        Event("M", ("/room/a",)),
        Event("C", ("2", "/room/a/new")),
        Event("F", ("8", "/room/a")),
    )
    assert disk.left(nothing, nothing, None) == {"there": b"old"}
    disk.take(9, FOLDER_SYNC)
    assert disk.left(nothing, nothing, None) == {
        "a": None,
        "a/new": b"",
        "there": b"old",
    }


def test_a_torn_write_is_there_in_some_of_its_sectors() -> None:
    disk = written(NEW, Event("W", ("2", "0", "5120"), b"x" * 5120), FOLDER_SYNC)
    content = disk.left(everything, everything, random.Random(1))["new"]
    assert content is not None
    sectors = {content[place : place + 512] for place in range(0, 5120, 512)}
    assert sectors == {b"x" * 512, bytes(512)}


def test_a_death_leaves_what_was_written_whether_it_was_synced_or_not() -> None:
    done = Event("A", ("photo 1",))
    worlds = list(leavings(written(), [NEW, BYTES, FILE_SYNC, done, MOVED]))
    old, bytes_ = {"there": b"old"}, b"bytes"
    assert [(world.tree, world.noted) for world in worlds] == [
        (old, ()),
        ({**old, "new": b""}, ()),
        ({**old, "new": bytes_}, ()),  # once, though it is synced, too
        ({**old, "new": bytes_}, ("photo 1",)),
        ({"there": bytes_}, ("photo 1",)),
    ]


def test_the_record_is_read_with_the_bytes_of_each_write(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    lines = (b"#\t0\twrite\t/x", b"W\t2\t7\t4", b"U\n\tZA\tphoto 1", b"F\t2\t/x", b"")
    trace.write_bytes(b"\n".join(lines))
    assert list(read_trace(trace)) == [
        Event("W", ("2", "7", "4"), b"U\n\tZ"),
        Event("A", ("photo 1",)),
        Event("F", ("2", "/x")),
    ]
    assert [step.fields for step in read_trace(trace, steps=True)] == [
        ("0", "write", "/x")
    ]
