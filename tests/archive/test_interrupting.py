"""What takes long in SQLite is ended by whoever asks for it, and by signals."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive import interrupting
from archive.database import Archive
from archive.errors import Conflict
from archive.export.files import export_database
from archive.interrupting import interruptible
from archive.people import Person
from archive.sqlite import sqlite3
from tests.archive.report_files import picture, put

ENDLESS = """
    with recursive n (i) as (select 1 union all select i + 1 from n)
    select count(*) from n
"""


def refuse() -> None:
    raise Conflict("it shall end")


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask without pause; and hear Ctrl-C, which a shell lets jobs beside it ignore."""
    monkeypatch.setattr(interrupting, "PAUSE", 0)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("check", "error"), [(refuse, Conflict), (press, KeyboardInterrupt)]
)
def test_a_statement_ends_with_what_was_raised_and_is_undone(
    check: Callable[[], None], error: type[BaseException]
) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("create table t (x)")
    with pytest.raises(error), interruptible(connection, check):
        connection.execute(f"insert into t {ENDLESS}")
    assert connection.execute("select count(*) from t").fetchone() == (0,)
    with pytest.raises(sqlite3.OperationalError, match="no such"):  # as it was
        connection.execute("select y from t")
    connection.close()


def test_errors_of_its_own_are_told_as_ever() -> None:
    connection = sqlite3.connect(":memory:")
    with (
        pytest.raises(sqlite3.OperationalError, match="no such"),
        interruptible(connection, refuse),
    ):
        connection.execute("select y from t")
    connection.close()


def test_a_database_that_is_exported_can_be_ended_anywhere(
    archive: Archive, sam: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even while it is packed at the end; nothing is left, under no name."""
    monkeypatch.setattr(interrupting, "STEPS", 1000)
    ids = [put(archive, picture(n), description=f"crane {n}") for n in range(3)]
    asked = 0

    def count(_done: int, _of: int) -> None:
        nonlocal asked
        asked += 1

    out = tmp_path / "out"
    out.mkdir()
    export_database(archive, sam, ids, out / "whole.db", tell=count)
    assert asked > 20
    for last in (1, 2, asked // 2, asked - 2):
        left = last

        def tell(_done: int, _of: int) -> None:
            nonlocal left
            left -= 1
            if left < 1:
                raise Conflict("it shall end")

        with pytest.raises(Conflict, match="shall end"):
            export_database(archive, sam, ids, out / "part.db", tell=tell)
    assert [path.name for path in out.iterdir()] == ["whole.db"]
