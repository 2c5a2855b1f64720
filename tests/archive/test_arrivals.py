"""Arrivals: what is announced and comes, apart from any server."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.arrivals import (
    Announced,
    Arrival,
    Claim,
    Expired,
    Mismatch,
    NoArrival,
    NotThere,
    Segment,
    TooLarge,
    Used,
    announce,
    clear_arrivals,
    complete,
    files,
    find_arrival,
    require_open,
    require_usable,
    use,
)
from archive.batches import batch
from archive.database import Archive
from archive.errors import Conflict, InvalidInput, NotAllowed, StoreError
from archive.people import Person, add_person
from archive.uploads import clear_uploads, parts

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PIECES = (b"first", b"second", b"third")


def segment(data: bytes, **changed: Any) -> Segment:
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    told = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "md5": md5}
    return Segment(**{**told, **changed})


UNSIZED = segment(b"x", size=None)


def put(folder: Path, name: str, data: bytes) -> None:
    with files.receiving(folder) as part:
        parts.write(part, data)
        files.publish(part, name)


def staged(folder: Path) -> list[str]:
    return sorted(name for name, _ in parts.present(folder))


@pytest.fixture
def begun(archive: Archive, sam: Person) -> Callable[..., Arrival]:
    """Return a function that announces a file at ``NOW``."""

    def begin(**told: Any) -> Arrival:
        return announce(archive, sam, Announced(**told), now=NOW)

    return begin


@pytest.fixture
def segmented(archive: Archive, begun: Any) -> Arrival:
    """Three segments, all of which came."""
    arrival: Arrival = begun(segments=tuple(map(segment, PIECES)))
    for number, data in enumerate(PIECES):
        put(archive.folder, files.segment_name(arrival.uuid, number), data)
    return arrival


def test_ulids_sort_by_time_and_are_all_different() -> None:
    before = files.new_ulid()
    many = {files.new_ulid() for _ in range(500)}
    assert len(many) == 500
    assert all(len(one) == 26 and one[:9] >= before[:9] for one in many)
    assert set("".join(many)) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_what_is_said_of_a_file_is_kept(archive: Archive, sam: Person) -> None:
    told = Announced("site/slab.jpg", "image/jpeg", 16, tuple(map(segment, PIECES)))
    arrival = announce(archive, sam, told)
    assert (arrival.name, arrival.media_type, arrival.bytes) == (
        "slab.jpg",
        "image/jpeg",
        16,
    )
    assert arrival.segments == told.segments
    assert arrival == find_arrival(archive.connection, sam, arrival.uuid)


def test_everybody_finds_their_own_alone(
    archive: Archive, sam: Person, begun: Any
) -> None:
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="admin")
    for uuid in (begun().uuid, "0" * 26, "'"):
        with pytest.raises(NoArrival):
            find_arrival(archive.connection, kim, uuid)


def test_a_reader_announces_nothing(archive: Archive, sam: Person) -> None:
    with batch(archive.connection, sam) as opened:
        rae = add_person(archive.connection, sam, opened, "Rae")
    with pytest.raises(NotAllowed):
        announce(archive, rae, Announced())


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"bytes": 101}, TooLarge),
        ({"bytes": 0}, InvalidInput),
        ({"segments": ()}, InvalidInput),
        ({"segments": (segment(b"x" * 101),)}, TooLarge),
        ({"segments": (segment(b"x"),), "bytes": 2}, InvalidInput),
        ({"segments": (UNSIZED,)}, InvalidInput),
        ({"segments": (UNSIZED, segment(b"y")), "bytes": 1}, InvalidInput),
        ({"segments": (segment(b"x", sha256="F" * 64),)}, Mismatch),
        ({"segments": (segment(b"x", md5="0"),)}, Mismatch),
        ({"segments": (segment(b""),)}, Mismatch),
        ({"name": ".."}, InvalidInput),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_refused(
    archive: Archive, sam: Person, told: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        announce(archive, sam, Announced(**told), most=100)
    rows = archive.connection.execute("select count(*) from arrivals").fetchone()
    assert rows == (0,)


def test_segments_become_one_file_once(archive: Archive, segmented: Arrival) -> None:
    for _ in range(2):
        complete(archive.folder, segmented, [], NOW)
        assert staged(archive.folder) == [segmented.uuid]
    path = parts.path_of(archive.folder, segmented.uuid)
    assert path.read_bytes() == b"".join(PIECES)
    require_usable(archive.folder, segmented, NOW)


def test_sizes_may_be_known_only_together(archive: Archive, begun: Any) -> None:
    unsized = tuple(segment(data, size=None) for data in PIECES)
    arrival = begun(segments=unsized, bytes=len(b"".join(PIECES)))
    for number, data in enumerate(PIECES):
        put(archive.folder, files.segment_name(arrival.uuid, number), data)
    complete(archive.folder, arrival, [], NOW)
    other = begun(segments=unsized, bytes=99)
    for number, data in enumerate(PIECES):
        put(archive.folder, files.segment_name(other.uuid, number), data)
    with pytest.raises(Mismatch, match="16 bytes, not at 99"):
        complete(archive.folder, other, [], NOW)


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_a_missing_segment_is_named_while_it_can_come(
    archive: Archive, segmented: Arrival, *, late: bool
) -> None:
    parts.remove(archive.folder, files.segment_name(segmented.uuid, 1))
    with pytest.raises(Expired if late else Mismatch):
        complete(archive.folder, segmented, [], NOW + HOUR * late)
    assert segmented.uuid not in staged(archive.folder)


def test_another_that_completes_it_meanwhile_is_no_harm(
    archive: Archive, segmented: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.join

    def twice(*args: Any) -> None:
        real(*args)
        real(*args)

    monkeypatch.setattr(files, "join", twice)
    complete(archive.folder, segmented, [], NOW)
    assert staged(archive.folder) == [segmented.uuid]


def test_claims_are_compared_with_the_announcement(
    archive: Archive, segmented: Arrival
) -> None:
    good = [Claim(len(data), etag=segment(data).md5) for data in PIECES]
    for wrong in (
        Claim(1),
        Claim(sha256="0" * 64),
        Claim(md5="0" * 32),
        Claim(etag="x"),
    ):
        with pytest.raises(Mismatch, match="segment 2 "):
            complete(archive.folder, segmented, [good[0], wrong, good[2]], NOW)
    with pytest.raises(InvalidInput, match="3 segments, not 1"):
        complete(archive.folder, segmented, good[:1], NOW)
    complete(archive.folder, segmented, good, NOW)


def test_a_full_disk_leaves_the_segments_to_be_joined_later(
    archive: Archive, segmented: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = staged(archive.folder)
    real = os.write

    def full(descriptor: int, data: Any) -> int:
        if len(data) == len(PIECES[1]):
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="No space left"):
        complete(archive.folder, segmented, [], NOW)
    monkeypatch.undo()
    assert staged(archive.folder) == before
    complete(archive.folder, segmented, [], NOW)


def test_it_is_used_once(archive: Archive, sam: Person, begun: Any) -> None:
    arrival = begun()
    with pytest.raises(NotThere):
        require_usable(archive.folder, arrival, NOW)
    with pytest.raises(Expired):
        require_usable(archive.folder, arrival, NOW + HOUR)
    put(archive.folder, arrival.uuid, b"bytes")
    require_usable(archive.folder, arrival, NOW + 7 * DAY - HOUR)
    with pytest.raises(Expired):
        require_usable(archive.folder, arrival, NOW + 7 * DAY)
    use(archive.connection, sam, arrival)
    with pytest.raises(Used):
        use(archive.connection, sam, arrival)
    used = find_arrival(archive.connection, sam, arrival.uuid)
    for check in (require_usable, require_open):
        with pytest.raises(Used):
            check(archive.folder, used, NOW)


def test_bytes_are_open_for_an_hour_and_until_they_are_joined(
    archive: Archive, segmented: Arrival
) -> None:
    require_open(archive.folder, segmented, NOW + HOUR - timedelta(seconds=1))
    with pytest.raises(Expired):
        require_open(archive.folder, segmented, NOW + HOUR)
    complete(archive.folder, segmented, [], NOW)
    with pytest.raises(Conflict):
        require_open(archive.folder, segmented, NOW)


def test_what_is_used_or_expired_is_cleared_away(
    archive: Archive, sam: Person, begun: Any, segmented: Arrival
) -> None:
    folder, old = archive.folder, begun()
    used, waits = begun(), announce(archive, sam, Announced(), now=NOW + 6 * DAY)
    for arrival in (old, used, waits):
        put(folder, arrival.uuid, b"bytes")
    put(folder, files.new_ulid(), b"of nobody that is known")
    use(archive.connection, sam, used)
    segments = [files.segment_name(segmented.uuid, n) for n in range(3)]
    clear_arrivals(archive, NOW + 6 * DAY)
    left = staged(folder)
    assert used.uuid not in left
    assert {old.uuid, waits.uuid, *segments} < set(left)
    clear_arrivals(archive, NOW + 7 * DAY + HOUR)
    assert waits.uuid in (left := staged(folder))
    assert not {old.uuid, *segments} & set(left)
    for _ in range(2):
        clear_arrivals(archive, NOW + 37 * DAY)
    rows = archive.connection.execute("select count(*) from arrivals").fetchone()
    assert rows == (0,)


def test_segments_that_a_crash_left_beside_their_file_go(
    archive: Archive, segmented: Arrival
) -> None:
    put(archive.folder, segmented.uuid, b"".join(PIECES))
    clear_arrivals(archive, NOW)
    assert staged(archive.folder) == [segmented.uuid]


def test_bytes_that_stopped_coming_go_and_those_that_come_stay(
    archive: Archive,
) -> None:
    folder = archive.folder
    coming, stopped = files.begin(folder), files.begin(folder, 1000)
    files.close(stopped)
    assert stopped.path.stat().st_size == 0
    long_ago = time.time() - 2 * files.STALE
    for part in (coming, stopped):
        os.utime(part.path, (long_ago, long_ago))
    clear_arrivals(archive)
    assert staged(folder) == [coming.path.name]
    files.discard(coming)
    files.discard(coming)
    assert staged(folder) == []


def test_files_of_browsers_and_of_programs_leave_each_other_alone(
    archive: Archive, sam: Person, segmented: Arrival
) -> None:
    uploaded = "0199f2c8-0000-7000-8000-000000000000"
    put(archive.folder, uploaded, b"from a browser")
    before = staged(archive.folder)
    clear_uploads(archive, NOW)
    clear_arrivals(archive, NOW)
    assert staged(archive.folder) == before
    del sam, segmented


def test_a_published_file_is_whole_or_not_there(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with (
        pytest.raises(StoreError, match="Input/output"),
        files.receiving(archive.folder) as part,
    ):
        parts.write(part, b"bytes")
        files.publish(part, "A" * 26)
    assert staged(archive.folder) == []
