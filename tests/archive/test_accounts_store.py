"""accounts.db: a file of its own that may be lost and opens no other archive."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import Accounts, Visit, events, open_accounts, store
from archive.batches import batch
from archive.database import Archive, create_archive
from archive.errors import ArchiveLocked, NotAnArchive, StoreError
from archive.people import Person, edit_person, find_person
from archive.sqlite import sqlite3

HERE = Visit(datetime(2026, 5, 11, 8, 0, tzinfo=UTC))
PASSWORD = "crane harness tide"  # noqa: S105


@pytest.fixture
def owner(archive: Archive, sam: Person, accounts: Accounts) -> Person:
    """Sam, with a login and a password."""
    with batch(archive.connection, sam):
        edit_person(archive.connection, sam, sam, login="sam")
    person = find_person(archive.connection, 1)
    a.set_password(accounts, archive.connection, person, PASSWORD, HERE, by=person)
    return person


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("select name from sqlite_master").fetchall()
    connection.close()
    return {row[0] for row in rows}


@pytest.mark.usefixtures("owner")
def test_nothing_of_it_is_in_archive_db(accounts: Accounts, folder: Path) -> None:
    """So no page, no SQL of an admin and no export can tell it."""
    secret = {"passwords", "sessions", "invitations", "attempts", "events"}
    assert secret <= tables(accounts.path)
    assert not secret & tables(folder / "archive.db")


def test_setting_a_password_leaves_no_trace_in_the_history(
    archive: Archive, sam: Person, accounts: Accounts
) -> None:
    with batch(archive.connection, sam):
        edit_person(archive.connection, sam, sam, login="sam")
    count = "select count(*) from changes"
    before = archive.connection.execute(count).fetchone()
    person = find_person(archive.connection, 1)
    a.set_password(accounts, archive.connection, person, PASSWORD, HERE, by=person)
    a.log_in(accounts, archive.connection, "sam", PASSWORD, HERE)
    assert archive.connection.execute(count).fetchone() == before


def test_asking_makes_no_file(accounts: Accounts, archive: Archive) -> None:
    assert a.with_password(accounts) == set()
    assert a.admins_with_password(accounts, archive.connection) == []
    assert a.recognise(accounts, archive.connection, "x" * 43, HERE.at) is None
    assert list(a.list_events(accounts, archive.connection)) == []
    assert not accounts.path.exists()


@pytest.mark.usefixtures("owner")
def test_only_its_user_can_read_it_from_the_first_byte(accounts: Accounts) -> None:
    for path in accounts.path.parent.glob("accounts.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_lost_file_is_made_anew_while_the_server_runs(
    owner: Person, accounts: Accounts, archive: Archive
) -> None:
    begun = a.log_in(accounts, archive.connection, "sam", PASSWORD, HERE)
    for path in accounts.path.parent.glob("accounts.db*"):
        path.unlink()
    assert a.recognise(accounts, archive.connection, begun.token, HERE.at) is None
    assert a.with_password(accounts) == set()
    a.set_password(accounts, archive.connection, owner, PASSWORD, HERE, by=owner)
    a.log_in(accounts, archive.connection, "sam", PASSWORD, HERE)


@pytest.mark.usefixtures("owner")
def test_the_accounts_of_another_archive_open_nothing(
    accounts: Accounts, tmp_path: Path
) -> None:
    """Person 1 of one archive must never be person 1 of another."""
    accounts.close()
    create_archive(tmp_path / "bridge", "Bridge")
    shutil.copy(accounts.path, tmp_path / "bridge" / "accounts.db")
    with (
        open_accounts(tmp_path / "bridge") as other,
        pytest.raises(StoreError, match="belongs to another archive"),
    ):
        a.with_password(other)


def test_a_copied_folder_keeps_its_accounts(
    owner: Person, accounts: Accounts, folder: Path, tmp_path: Path
) -> None:
    accounts.close()
    shutil.copytree(folder, tmp_path / "copy")
    with open_accounts(tmp_path / "copy") as other:
        assert a.with_password(other) == {owner.uuid}


def test_a_commit_that_others_held_up_leaves_no_transaction_behind(
    accounts: Accounts, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without WAL, where who reads keeps who writes from its end."""
    monkeypatch.setattr(store, "journal_mode", lambda: "TRUNCATE")
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.0)

    def note() -> None:
        with store.transaction(accounts) as opened:
            events.note(opened, events.FAILED, HERE.at, person=None, address="")

    note()
    reader = sqlite3.connect(accounts.path, isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from events").fetchone()
    for _ in range(2):
        with pytest.raises(ArchiveLocked):
            note()
    assert not accounts.connection.in_transaction
    reader.close()
    note()
    assert len(list(a.list_events(accounts, archive.connection))) == 2


@pytest.mark.usefixtures("owner")
def test_a_fault_of_the_programs_is_not_called_damage(accounts: Accounts) -> None:
    with pytest.raises(sqlite3.OperationalError), store.transaction(accounts) as opened:
        opened.execute("begin")
    with pytest.raises(StoreError, match="is damaged"), store.reading(accounts) as it:
        it.execute("select 1 from a_table_that_is_not_there")


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("pragma user_version = 99")
    connection.close()


def foreign(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("create table things (id)")
    connection.execute("pragma user_version = 1")
    connection.close()


def ruined(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def half(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [newer, foreign, ruined, half])
def test_a_file_that_is_none_says_what_to_do_and_is_left_alone(
    owner: Person, accounts: Accounts, damage: Any
) -> None:
    accounts.close()
    damage(accounts.path)
    before = accounts.path.read_bytes()
    with pytest.raises(StoreError, match="delete it and give people new passwords"):
        a.with_password(accounts)
        a.end_sessions(accounts, owner, HERE)
    assert accounts.path.read_bytes() == before


def test_another_who_writes_is_said(
    owner: Person, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.01)
    accounts.close()
    other = sqlite3.connect(accounts.path, isolation_level=None)
    other.execute("begin immediate")
    try:
        with pytest.raises(ArchiveLocked, match="another process is writing"):
            a.end_sessions(accounts, owner, HERE)
        assert a.with_password(accounts) == {owner.uuid}
    finally:
        other.close()


@pytest.fixture
def shut(folder: Path) -> Iterator[Path]:
    """The archive's folder, which cannot be written."""
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


@pytest.mark.usefixtures("shut")
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or not os.geteuid(), reason="root may write anywhere"
)
def test_a_folder_that_cannot_be_written_is_said(
    accounts: Accounts, archive: Archive
) -> None:
    with pytest.raises(StoreError, match=r"accounts\.db"):
        a.log_in(accounts, archive.connection, "sam", PASSWORD, HERE)


def test_a_folder_that_is_gone_is_said(accounts: Accounts, folder: Path) -> None:
    accounts.path = folder / "elsewhere" / "accounts.db"
    with pytest.raises(NotAnArchive, match="no such folder"), store.reading(accounts):
        pass


def test_two_who_begin_at_once_make_one_file(accounts: Accounts, folder: Path) -> None:
    others = [open_accounts(folder) for _ in range(4)]
    problems: list[Exception] = []

    def begin(one: Accounts) -> None:
        try:
            with store.transaction(one) as opened:
                opened.execute("INSERT INTO events VALUES (NULL, '', '', '', '', '')")
        except Exception as problem:  # noqa: BLE001 - shown below
            problems.append(problem)

    threads = [threading.Thread(target=begin, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    assert problems == []
    with store.reading(accounts) as opened:
        assert opened.execute("select count(*) from events").fetchone() == (4,)


def test_an_error_takes_everything_back(owner: Person, accounts: Accounts) -> None:
    with (
        pytest.raises(RuntimeError, match="half way"),
        store.transaction(accounts) as opened,
    ):
        opened.execute("DELETE FROM passwords")
        raise RuntimeError("half way")
    assert a.with_password(accounts) == {owner.uuid}


def test_links_of_an_earlier_version_show_nothing_that_is_drawn(
    accounts: Accounts,
) -> None:
    with store.transaction(accounts) as opened:
        opened.execute("ALTER TABLE links DROP COLUMN markups")
        opened.execute(
            """
            INSERT INTO links (token, person, title, gives, private, made_at, ends_at)
            VALUES ('t', 'p', 'Week 20', 'view', 0, '2026', '2027')
            """
        )
    accounts.close()
    with store.reading(accounts) as opened:
        assert opened.execute("SELECT markups FROM links").fetchall() == [(0,)]
