"""Logging in, staying logged in, and what ends it."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import Accounts, events, passwords, sessions
from archive.batches import batch
from archive.database import Archive
from archive.errors import LoginFailed, StoreError
from archive.history import find_batches
from archive.people import Person, add_person
from archive.undo import undo
from tests.archive.logins.visits import HERE, NOW, PASSWORD, Edit, after


@pytest.mark.parametrize("login", ["Kim@site", "kim@SITE", " kim@site "])
def test_the_right_password_begins_a_session(
    kim: Person, log_in: Any, known: Any, login: str
) -> None:
    begun = log_in(login)
    assert begun.person == kim
    assert known(begun) == "Kim"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("Kim@site", "crane harness tidy"),
        ("Kim@site", ""),
        ("nobody", PASSWORD),
        ("", ""),
        ("\ud800", "\ud800"),
        ("Kim", PASSWORD),
        ("2", PASSWORD),
        ("x" * 10_000, "x" * 10_000),
    ],
    ids=repr,
)
def test_all_else_fails_with_the_same_words(
    kim: Person, log_in: Any, accounts: Accounts, login: str, password: str
) -> None:
    with pytest.raises(LoginFailed, match="do not fit together"):
        log_in(login, password)
    assert a.list_sessions(accounts, kim, NOW) == []


@pytest.mark.parametrize(
    "values", [{"level": "none"}, {"active": False}], ids=["none", "inactive"]
)
def test_who_may_see_nothing_cannot_log_in_and_is_not_told_why(
    log_in: Any, edit: Edit, values: dict[str, Any]
) -> None:
    edit(**values)
    with pytest.raises(LoginFailed, match="do not fit together"):
        log_in()


def test_without_a_password_nobody_logs_in(
    archive: Archive, sam: Person, log_in: Any
) -> None:
    with batch(archive.connection, sam) as made:
        add_person(archive.connection, sam, made, "Rae", login="rae")
    for password in ("", PASSWORD):
        with pytest.raises(LoginFailed):
            log_in("rae", password)


def test_one_hash_for_every_failed_login(
    log_in: Any, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[bool] = []
    real = passwords.matches

    def counting(stored: str | None, password: str) -> bool:
        counted.append(stored is not None)
        return real(stored, password)

    monkeypatch.setattr(passwords, "matches", counting)
    for login in ("Kim@site", "nobody"):
        with pytest.raises(LoginFailed):
            log_in(login, "wrong")
    edit(active=False)
    with pytest.raises(LoginFailed):
        log_in()
    assert counted == [True, False, True]


def test_only_a_hash_of_the_token_is_stored(log_in: Any, accounts: Accounts) -> None:
    begun = log_in()
    assert len(begun.token) >= 43  # 256 bits
    assert log_in().token != begun.token
    accounts.close()
    for path in accounts.path.parent.glob("accounts.db*"):
        data = path.read_bytes()
        assert begun.token.encode() not in data
        assert PASSWORD.encode() not in data


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 5000, "\ud800", "' or 1"])
def test_no_other_token_is_known(
    log_in: Any, accounts: Accounts, archive: Archive, token: str
) -> None:
    log_in()
    assert a.recognise(accounts, archive.connection, token, NOW) is None


@pytest.mark.parametrize(
    ("kept", "idle", "at_all"),
    [
        (False, timedelta(hours=2), timedelta(hours=16)),
        (True, timedelta(days=7), timedelta(days=30)),
    ],
    ids=["passing", "kept"],
)
def test_a_session_ends_when_idle_and_when_old(
    log_in: Any,
    known: Any,
    kept: bool,
    idle: timedelta,
    at_all: timedelta,
) -> None:
    second = timedelta(seconds=1)
    begun = log_in(kept=kept)
    assert begun.lasts == (at_all.total_seconds() if kept else None)
    assert known(begun, NOW + idle - second) == "Kim"
    assert known(begun, NOW + idle + idle - 2 * second) == "Kim"  # used meanwhile
    assert known(begun, NOW + idle + idle + idle) is None
    begun, now = log_in(kept=kept), NOW
    while now + idle < NOW + at_all:
        now += idle - timedelta(minutes=2)
        assert known(begun, min(now, NOW + at_all - second)) == "Kim"
    assert known(begun, NOW + at_all) is None


def test_a_clock_set_back_logs_nobody_out(log_in: Any, known: Any) -> None:
    begun = log_in()
    assert known(begun, NOW - timedelta(days=300)) == "Kim"


def test_a_full_disk_logs_nobody_out(
    log_in: Any,
    known: Any,
    accounts: Accounts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = log_in()

    def full(_: Accounts) -> Any:
        raise StoreError(accounts.path, "the disk is full")

    monkeypatch.setattr(sessions, "transaction", full)
    assert known(begun, NOW + timedelta(hours=1)) == "Kim"


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ({"active": False}, {"active": True}),
        ({"level": "none"}, {"level": "admin"}),
    ],
    ids=["inactive", "none"],
)
@pytest.mark.parametrize("asked_meanwhile", [True, False])
def test_being_shut_out_ends_a_session_for_good(
    log_in: Any,
    known: Any,
    edit: Edit,
    out: dict[str, Any],
    back: dict[str, Any],
    asked_meanwhile: bool,
) -> None:
    begun = log_in()
    edit(**out)
    if asked_meanwhile:
        assert known(begun) is None
    edit(**back)
    assert known(begun) is None
    assert known(log_in()) == "Kim"


def test_it_ends_also_when_the_shutting_out_was_undone(
    log_in: Any, known: Any, edit: Edit, archive: Archive, sam: Person
) -> None:
    begun = log_in()
    edit(active=False)
    last = archive.connection.execute("select max(id) from batches").fetchone()[0]
    undo(archive.connection, sam, find_batches(archive.connection, str(last)))
    assert known(begun) is None


def test_it_ends_by_raw_sql_too(
    log_in: Any, known: Any, kim: Person, archive: Archive
) -> None:
    begun = log_in()
    for level in ("none", "admin"):
        archive.connection.execute(
            "update people set level = ? where id = ?", (level, kim.id)
        )
    assert known(begun) is None


def test_other_changes_end_nothing(log_in: Any, known: Any, edit: Edit) -> None:
    begun = log_in()
    edit(name="Kim Lee", level="read_only", rights={"can_view_private": True})
    edit(login="kim.lee")
    assert known(begun) == "Kim Lee"


def test_one_may_end_a_session_of_ones_own(
    kim: Person, sam: Person, log_in: Any, known: Any, accounts: Accounts
) -> None:
    first, second = log_in(), log_in(visit=after(minutes=5))
    listed = a.list_sessions(accounts, kim, NOW)
    assert [s.address for s in listed] == [HERE.address] * 2
    assert not a.end_session(accounts, sam, listed[1].id, HERE)
    assert known(first) == "Kim"
    assert a.end_session(accounts, kim, listed[1].id, HERE)
    assert (known(first), known(second)) == (None, "Kim")
    assert not a.end_session(accounts, kim, listed[1].id, HERE)


def test_all_others_can_be_ended_at_once(
    kim: Person, log_in: Any, known: Any, accounts: Accounts
) -> None:
    tokens = [log_in() for _ in range(3)]
    here = a.list_sessions(accounts, kim, NOW)[0].id
    assert a.end_sessions(accounts, kim, HERE, but=here) == 2
    assert [known(token) for token in tokens] == [None, None, "Kim"]
    assert a.end_sessions(accounts, kim, HERE) == 1


def test_logging_out_ends_this_session_only(
    log_in: Any, known: Any, accounts: Accounts
) -> None:
    first, second = log_in(), log_in()
    a.log_out(accounts, first.token, HERE)
    a.log_out(accounts, "nonsense", HERE)
    assert (known(first), known(second)) == (None, "Kim")


def test_a_person_has_a_limited_number_of_sessions(
    kim: Person, log_in: Any, known: Any, accounts: Accounts
) -> None:
    tokens = [log_in() for _ in range(sessions.MOST + 2)]
    assert len(a.list_sessions(accounts, kim, NOW)) == sessions.MOST
    assert [known(token) for token in tokens[:3]] == [None, None, "Kim"]


def test_what_happened_is_written_down(
    log_in: Any, accounts: Any, archive: Any
) -> None:
    begun = log_in()
    with pytest.raises(LoginFailed):
        log_in("Kim@site", "wrong")
    with pytest.raises(LoginFailed):
        log_in("nobody")
    a.log_out(accounts, begun.token, HERE)
    told = [
        (e.event, e.person, e.by, e.address)
        for e in a.list_events(accounts, archive.connection)
    ]
    assert told == [
        ("logged out", "Kim", None, HERE.address),
        ("login failed", None, None, HERE.address),
        ("login failed", "Kim", None, HERE.address),
        ("logged in", "Kim", None, HERE.address),
        ("password set", "Kim", "Sam Reyes", HERE.address),
    ]


def test_not_more_events_are_kept_than_anybody_reads(
    log_in: Any, accounts: Any, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEPT", 3)
    for _ in range(5):
        log_in()
    assert len(list(a.list_events(accounts, archive.connection))) == 3


def test_only_the_user_of_this_computer_can_read_the_file(
    log_in: Any, accounts: Any
) -> None:
    accounts.path.chmod(0o644)
    accounts.close()
    log_in()
    for path in accounts.path.parent.glob("accounts.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
