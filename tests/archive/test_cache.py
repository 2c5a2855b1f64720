"""The cache: what is in it can be lost, and what was purged is not in it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive import cache as caches
from archive.cache import (
    Cache,
    drop,
    failure,
    get,
    get_or_make,
    missing,
    note_failure,
    open_cache,
    put,
    put_many,
)
from archive.errors import DamagedFile, StoreError
from archive.pictures import NAMES, SIZES, Rendition
from archive.sqlite import sqlite3
from archive.workers import Failure, Outcome, Pool

SHA, OTHER = "a" * 64, "b" * 64


def rendition(name: str = "thumbnail", data: bytes = b"picture") -> Rendition:
    return Rendition(name, SIZES[name].media_type, 24, 18, data)


def all_three(data: bytes = b"picture") -> list[Rendition]:
    return [rendition(name, data) for name in NAMES]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with open_cache(tmp_path) as opened:
        yield opened


class CountingPool:
    """Stands in for the worker processes; keeps count and can be made to wait."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self._outcome = outcome or Outcome(None, [_fields(r) for r in all_three()])

    def submit(self, function: str, *args: Any) -> Outcome:
        assert function == "archive.renditions:render"
        self.calls.append(args)
        self.asked.set()
        self.gate.wait()
        return self._outcome


def _fields(item: Rendition) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


# Stands in for an original: what it holds is the pool's affair
HERE = Path(__file__)


def make(cache: Cache, pool: Any, name: str = "thumbnail") -> Rendition:
    return get_or_make(cache, pool, HERE, SHA, 0, name)


def test_what_is_made_while_its_original_is_purged_is_not_kept(
    cache: Cache, tmp_path: Path
) -> None:
    pool: Any = CountingPool()
    with pytest.raises(StoreError, match="gone"):
        get_or_make(cache, pool, tmp_path / "purged.jpg", SHA, 0, "thumbnail")
    assert get(cache, SHA, 0, "thumbnail") is None


def test_what_was_put_is_got(cache: Cache) -> None:
    tile = Rendition("preview", "image/jpeg", 16, 12, b"tile", is_tile=True)
    put(cache, SHA, 90, [rendition(), tile])
    assert get(cache, SHA, 90, "thumbnail") == rendition()
    assert get(cache, SHA, 90, "preview") == tile
    assert get(cache, SHA, 0, "thumbnail") is None
    assert get(cache, OTHER, 90, "thumbnail") is None


def test_it_is_kept_from_one_opening_to_the_next(tmp_path: Path) -> None:
    with open_cache(tmp_path) as cache:
        put(cache, SHA, 0, [rendition()])
    with open_cache(tmp_path) as cache:
        assert get(cache, SHA, 0, "thumbnail") == rendition()


def test_putting_again_replaces(cache: Cache) -> None:
    put(cache, SHA, 0, [rendition(data=b"old")])
    put(cache, SHA, 0, [rendition(data=b"new")])
    found = get(cache, SHA, 0, "thumbnail")
    assert found is not None
    assert found.data == b"new"


def test_many_photos_are_one_transaction(cache: Cache) -> None:
    traced: list[str] = []
    put(cache, OTHER, 0, all_three())
    cache.connection.set_trace_callback(traced.append)
    put_many(cache, (((f"{n:064}", 0), all_three()) for n in range(100)))
    assert sum(line.startswith("BEGIN") for line in traced) == 1
    assert get(cache, f"{99:064}", 0, "preview") is not None


def ruin_with(content: bytes) -> Any:
    return lambda path: path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200:] = b"\xa5" * (len(data) - 200)
    path.write_bytes(data)


def newer_version(path: Path) -> None:
    _run(path, f"PRAGMA user_version = {caches.VERSION + 1}")


def another_program(path: Path) -> None:
    path.unlink()
    _run(path, "CREATE TABLE theirs (x)", "PRAGMA user_version = 7")


def no_tables(path: Path) -> None:
    _run(path, "DROP TABLE renditions", "DROP TABLE failures")


def _run(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


RUINS = {
    "empty": ruin_with(b""),
    "junk": ruin_with(b"junk" * 5000),
    "cut": cut,
    "scribbled": scribble,
    "newer": newer_version,
    "another program's": another_program,
    "no tables": no_tables,
    "deleted": Path.unlink,
}


@pytest.mark.parametrize("ruin", RUINS.values(), ids=RUINS)
def test_a_ruined_cache_is_made_anew(tmp_path: Path, ruin: Any) -> None:
    with open_cache(tmp_path) as cache:
        put_many(cache, (((f"{n:064}", 0), all_three(b"x" * 9000)) for n in range(9)))
    ruin(cache.path)
    with open_cache(tmp_path) as cache:
        put(cache, SHA, 0, all_three())
        assert get(cache, SHA, 0, "medium") == rendition("medium")
        for number in range(9):  # present or not, but no error
            get(cache, f"{number:064}", 0, "preview")
        assert cache.connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"


@pytest.mark.parametrize("ruin", [Path.unlink, no_tables], ids=["deleted", "dropped"])
def test_a_cache_lost_while_open_is_made_anew(cache: Cache, ruin: Any) -> None:
    put(cache, SHA, 0, all_three())
    ruin(cache.path)
    assert get(cache, SHA, 0, "medium") is None
    put(cache, SHA, 0, all_three())
    assert get(cache, SHA, 0, "medium") == rendition("medium")
    assert cache.path.exists()


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / caches.DATABASE).mkdir()
    with open_cache(tmp_path) as cache:
        put(cache, SHA, 0, all_three())
        assert get(cache, SHA, 0, "medium") is None
        assert list(missing(cache, [(SHA, 0)])) == [(SHA, 0)]
        assert make(cache, CountingPool(), "medium") == rendition("medium")
        with pytest.raises(StoreError):
            drop(cache, SHA)


def test_a_locked_cache_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "BUSY_SECONDS", 0.01)
    with open_cache(tmp_path) as cache:
        put(cache, SHA, 0, all_three())
        other = sqlite3.connect(cache.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        put(cache, OTHER, 0, all_three())
        other.execute("ROLLBACK")
        other.close()
        assert get(cache, OTHER, 0, "medium") is None
        assert get(cache, SHA, 0, "medium") is not None


def test_a_commit_that_others_hold_up_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without WAL, where who reads keeps who writes from its end."""
    monkeypatch.setattr(caches, "journal_mode", lambda: "TRUNCATE")
    monkeypatch.setattr(caches, "BUSY_SECONDS", 0.0)
    with open_cache(tmp_path) as cache:
        put(cache, SHA, 0, all_three())
        reader = sqlite3.connect(cache.path, isolation_level=None)
        reader.execute("begin")
        reader.execute("select count(*) from renditions").fetchone()
        put(cache, OTHER, 0, all_three())
        assert not cache.connection.in_transaction
        reader.close()
        assert get(cache, SHA, 0, "thumbnail") == rendition()
        assert get(cache, OTHER, 0, "thumbnail") is None


def test_missing_names_what_is_to_be_made(cache: Cache) -> None:
    put(cache, "whole", 0, all_three())
    put(cache, "part", 0, [rendition()])
    note_failure(cache, "poison", "hopeless")
    wanted = [("new", 0), ("whole", 0), ("whole", 90), ("part", 0), ("poison", 0)]
    assert list(missing(cache, iter(wanted))) == [
        ("new", 0),
        ("whole", 90),
        ("part", 0),
    ]


def test_missing_goes_through_any_number(cache: Cache) -> None:
    wanted = [(f"{number:064}", 0) for number in range(1200)]
    put_many(cache, ((key, all_three(b"")) for key in wanted[::2]))
    assert list(missing(cache, wanted)) == wanted[1::2]


def test_a_failure_is_forgotten_with_another_reader(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_failure(cache, SHA, "hopeless")
    assert failure(cache, SHA) == "hopeless"
    monkeypatch.setattr(caches, "reader", lambda: "a newer one")
    assert failure(cache, SHA) is None
    assert list(missing(cache, [(SHA, 0)])) == [(SHA, 0)]


def test_a_success_takes_the_failure_back(cache: Cache) -> None:
    note_failure(cache, SHA, "hopeless")
    put(cache, SHA, 0, all_three())
    assert failure(cache, SHA) is None


def test_what_is_dropped_is_nowhere_in_the_files(tmp_path: Path) -> None:
    mark = hashlib.sha256(b"a face").digest() * 3000
    with open_cache(tmp_path) as cache:
        put(cache, OTHER, 0, all_three())
        for rotation in (0, 90):
            put(cache, SHA, rotation, all_three(mark))
        assert _found(tmp_path, mark[:64])
        drop(cache, SHA)
        assert get(cache, SHA, 0, "thumbnail") is None
        assert get(cache, OTHER, 0, "thumbnail") is not None
        assert not _found(tmp_path, mark[:64])


def _found(folder: Path, mark: bytes) -> bool:
    """Whether any file there holds ``mark``. Read by a program of its own.

    Opening a database file here would, on closing it, drop SQLite's locks on it.
    """
    look = (
        "import pathlib, sys; files = pathlib.Path(sys.argv[1]).iterdir(); "
        "print(any(bytes.fromhex(sys.argv[2]) in f.read_bytes() for f in files))"
    )
    arguments = [sys.executable, "-c", look, str(folder), mark.hex()]
    return subprocess.check_output(arguments).strip() == b"True"


def test_renditions_are_made_once_and_kept(cache: Cache) -> None:
    pool = CountingPool()
    assert [make(cache, pool, name).name for name in NAMES] == list(NAMES)
    assert pool.calls == [(str(HERE), 0, NAMES)]


def test_two_who_ask_at_once_share_one_making(cache: Cache) -> None:
    pool = CountingPool()
    pool.gate.clear()
    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(make, cache, pool, name) for name in NAMES * 2]
        pool.asked.wait()
        pool.gate.set()
        assert {future.result().name for future in asking} == set(NAMES)
    assert len(pool.calls) == 1
    assert not cache.under_way


def test_different_photos_do_not_wait_for_one_another(cache: Cache) -> None:
    slow, quick = CountingPool(), CountingPool()
    slow.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(make, cache, slow)
        slow.asked.wait()
        get_or_make(cache, quick, HERE, OTHER, 0, "medium")  # type: ignore[arg-type]
        assert not asking.done()
        slow.gate.set()
        asking.result()


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(None, error=Failure("error", "DamagedFile", "it is broken")),
        Outcome(None, error=Failure("time", "", "took longer than 10 s")),
        Outcome(None, [{"name": "thumbnail"}]),
        Outcome(None, [_fields(rendition()) | {"media_type": "text/html"}]),
    ],
    ids=["damaged", "slow", "half", "forged"],
)
def test_a_poison_file_is_tried_once(cache: Cache, outcome: Outcome) -> None:
    pool = CountingPool(outcome)
    reasons = set()
    for _ in range(3):
        with pytest.raises(DamagedFile) as caught:
            make(cache, pool)
        reasons.add(caught.value.reason)
    assert len(pool.calls) == 1
    assert len(reasons) == 1


def test_a_file_that_is_not_there_now_is_tried_again(cache: Cache) -> None:
    pool = CountingPool(Outcome(None, error=Failure("error", "StoreError", "no disk")))
    for _ in range(2):
        with pytest.raises(StoreError, match="no disk"):
            make(cache, pool)
    assert len(pool.calls) == 2


def test_an_error_of_the_pool_reaches_all_who_wait(cache: Cache) -> None:
    class Broken:
        def submit(self, *_: Any) -> Outcome:
            raise OSError("no processes left")

    for _ in range(2):
        with pytest.raises(OSError, match="no processes left"):
            make(cache, Broken())
    assert not cache.under_way


def test_many_threads_read_and_write(cache: Cache) -> None:
    def work(number: int) -> bool:
        put(cache, f"{number:064}", 0, all_three(b"%d" % number))
        found = get(cache, f"{number:064}", 0, "preview")
        return found is not None and found.data == b"%d" % number

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(200)))


def test_two_openings_of_one_cache_share_it(tmp_path: Path) -> None:
    with open_cache(tmp_path) as one, open_cache(tmp_path) as other:
        put(one, SHA, 0, all_three())
        assert get(other, SHA, 0, "medium") == rendition("medium")


def test_a_real_photo_through_a_real_worker(cache: Cache, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.linear_gradient("L").resize((1000, 500)).save(path)
    with Pool(1) as pool:
        made = get_or_make(cache, pool, path, SHA, 90, "medium")
        assert (made.width, made.height) == (360, 720)
        bad = tmp_path / "bad.jpg"
        bad.write_bytes(b"\xff\xd8\xff\xe0 nothing")
        with pytest.raises(DamagedFile):
            get_or_make(cache, pool, bad, OTHER, 0, "medium")
    assert failure(cache, OTHER)
