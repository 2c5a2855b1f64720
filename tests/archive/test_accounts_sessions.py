"""Logging in, staying logged in, and what ends it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import Accounts, Begun, Visit, events, passwords, sessions
from archive.accounts.store import reading
from archive.batches import batch
from archive.database import Archive
from archive.errors import (
    InvalidInput,
    LoginFailed,
    NotAllowed,
    NotFound,
    StoreError,
    TooManyAttempts,
)
from archive.history import find_batches
from archive.people import Person, add_person, edit_person, find_person
from archive.undo import undo

NOW = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
HERE = Visit(NOW, "192.168.1.20", "Firefox, Linux")
PASSWORD, ANOTHER = "crane harness tide", "gravel lantern oak"
Edit = Callable[..., None]


def after(**times: float) -> Visit:
    return Visit(NOW + timedelta(**times), HERE.address, HERE.browser)


@pytest.fixture
def kim(archive: Archive, sam: Person, accounts: Accounts) -> Person:
    with batch(archive.connection, sam) as made:
        person = add_person(
            archive.connection, sam, made, "Kim", login="Kim@site", level="standard"
        )
    a.set_password(accounts, archive.connection, person, PASSWORD, HERE, by=sam)
    return person


@pytest.fixture
def edit(archive: Archive, sam: Person, kim: Person) -> Edit:
    """Change Kim, in a batch of its own."""

    def change(**values: Any) -> None:
        with batch(archive.connection, sam):
            found = find_person(archive.connection, kim.id)
            edit_person(archive.connection, sam, found, **values)

    return change


@pytest.fixture
def log_in(
    accounts: Accounts,
    archive: Archive,
    kim: Person,  # noqa: ARG001 - she logs in
) -> Callable[..., Begun]:
    def try_it(
        login: str = "Kim@site",
        password: str = PASSWORD,
        visit: Visit = HERE,
        **options: Any,
    ) -> Begun:
        return a.log_in(accounts, archive.connection, login, password, visit, **options)

    return try_it


@pytest.fixture
def known(accounts: Accounts, archive: Archive) -> Callable[..., str | None]:
    """Return whose session a token is of."""

    def ask(begun: Begun, now: datetime = NOW) -> str | None:
        found = a.recognise(accounts, archive.connection, begun.token, now)
        return found[0].name if found else None

    return ask


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


def test_a_new_password_ends_all_sessions(
    kim: Person, sam: Person, log_in: Any, known: Any, accounts: Any, archive: Any
) -> None:
    begun = log_in()
    a.set_password(accounts, archive.connection, kim, ANOTHER, HERE, by=sam)
    assert known(begun) is None
    with pytest.raises(LoginFailed):
        log_in()
    assert known(log_in(password=ANOTHER)) == "Kim"


def test_changing_ones_own_password_goes_on_in_this_browser(
    kim: Person, log_in: Any, known: Any, accounts: Any, archive: Any
) -> None:
    first, second = log_in(), log_in()
    begun = a.change_password(
        accounts, archive.connection, kim, HERE, old=PASSWORD, new=ANOTHER, kept=True
    )
    assert (known(first), known(second), known(begun)) == (None, None, "Kim")
    assert begun.lasts
    log_in(password=ANOTHER)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("wrong", ANOTHER, LoginFailed), (PASSWORD, "short", InvalidInput)],
)
def test_a_refused_change_changes_nothing(
    kim: Person,
    log_in: Any,
    known: Any,
    accounts: Any,
    archive: Any,
    old: str,
    new: str,
    error: type[Exception],
) -> None:
    begun = log_in()
    with pytest.raises(error):
        a.change_password(accounts, archive.connection, kim, HERE, old=old, new=new)
    assert known(begun) == "Kim"
    log_in()


def test_guessing_the_old_password_is_throttled_too(
    kim: Person, accounts: Any, archive: Any
) -> None:
    def guess() -> None:
        a.change_password(
            accounts, archive.connection, kim, HERE, old="wrong", new=ANOTHER
        )

    for _ in range(5):
        with pytest.raises(LoginFailed):
            guess()
    with pytest.raises(TooManyAttempts):
        guess()


def test_only_admins_set_the_password_of_others(
    kim: Person, sam: Person, archive: Archive, accounts: Accounts
) -> None:
    connection = archive.connection
    with batch(connection, sam):
        edit_person(connection, sam, sam, login="sam")
    sam = find_person(connection, 1)
    with pytest.raises(NotAllowed):
        a.set_password(accounts, connection, sam, PASSWORD, HERE, by=kim)
    with pytest.raises(NotAllowed):
        a.invite(accounts, connection, sam, HERE, by=kim)
    a.set_password(accounts, connection, kim, ANOTHER, HERE, by=kim)
    assert a.admins_with_password(accounts, connection) == []
    a.set_password(accounts, connection, sam, ANOTHER, HERE, by=sam)
    assert a.admins_with_password(accounts, connection) == [sam]


def test_a_password_needs_a_login(
    sam: Person, archive: Archive, accounts: Accounts
) -> None:
    with pytest.raises(InvalidInput, match="no login yet"):
        a.set_password(accounts, archive.connection, sam, PASSWORD, HERE, by=sam)
    with pytest.raises(InvalidInput, match="no login yet"):
        a.invite(accounts, archive.connection, sam, HERE, by=sam)
    assert not accounts.path.exists()


def test_a_password_is_hashed_anew_when_the_cost_changes(
    log_in: Any, accounts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost() -> str:
        with reading(accounts) as opened:
            row = opened.execute("select hash from passwords").fetchone()
        return str(row[0]).split("$")[3]

    assert cost() == "m=8,t=1,p=1"
    monkeypatch.setattr(passwords, "HASHER", passwords.hasher(2, 16))
    with pytest.raises(LoginFailed):
        log_in("Kim@site", "wrong")
    assert cost() == "m=8,t=1,p=1"
    log_in()
    assert cost() == "m=16,t=2,p=1"
    log_in()


def test_a_password_changed_during_a_login_is_not_let_in(
    kim: Person,
    sam: Person,
    log_in: Any,
    archive: Any,
    accounts: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = passwords.matches

    def slowly(stored: str | None, password: str) -> bool:
        found = real(stored, password)
        monkeypatch.setattr(passwords, "matches", real)
        a.set_password(accounts, archive.connection, kim, ANOTHER, HERE, by=sam)
        return found

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(LoginFailed):
        log_in()
    assert a.list_sessions(accounts, kim, NOW) == []


@pytest.fixture
def invitation(
    kim: Person, sam: Person, archive: Archive, accounts: Accounts
) -> a.Invitation:
    return a.invite(accounts, archive.connection, kim, HERE, by=sam)


def accept(
    accounts: Accounts,
    archive: Archive,
    token: str,
    password: str = ANOTHER,
    visit: Visit = HERE,
) -> Begun:
    return a.accept(accounts, archive.connection, token, password, visit)


def test_an_invitation_lets_choose_a_password_once(
    accounts: Any, archive: Any, invitation: Any, log_in: Any, known: Any
) -> None:
    before = log_in()
    token = invitation.token
    found = a.invited(accounts, archive.connection, token, NOW)
    assert found == invitation.person
    begun = accept(accounts, archive, token)
    assert (known(begun), known(before)) == ("Kim", None)
    log_in(password=ANOTHER)
    with pytest.raises(NotFound, match="used already"):
        accept(accounts, archive, token, PASSWORD)
    assert a.invited(accounts, archive.connection, token, NOW) is None


def test_a_weak_password_leaves_the_invitation(
    accounts: Any, archive: Any, invitation: Any
) -> None:
    with pytest.raises(InvalidInput):
        accept(accounts, archive, invitation.token, "short")
    accept(accounts, archive, invitation.token)


def test_an_invitation_ends_after_a_week(
    accounts: Any, archive: Any, invitation: Any
) -> None:
    with pytest.raises(NotFound):
        accept(accounts, archive, invitation.token, visit=after(days=7))
    accept(accounts, archive, invitation.token, visit=after(days=6.9))


@pytest.mark.parametrize("how", ["invited again", "password set", "shut out"])
def test_what_ends_an_invitation(
    how: str,
    kim: Person,
    sam: Person,
    accounts: Any,
    archive: Any,
    invitation: Any,
    edit: Edit,
) -> None:
    if how == "invited again":
        a.invite(accounts, archive.connection, kim, HERE, by=sam)
    elif how == "password set":
        a.set_password(accounts, archive.connection, kim, ANOTHER, HERE, by=sam)
    else:
        edit(active=False)
        edit(active=True)
    with pytest.raises(NotFound):
        accept(accounts, archive, invitation.token)


def test_who_may_see_nothing_is_not_invited(
    kim: Person, sam: Person, accounts: Any, archive: Any, edit: Edit
) -> None:
    edit(level="none")
    nobody = find_person(archive.connection, kim.id)
    with pytest.raises(InvalidInput, match="could see nothing"):
        a.invite(accounts, archive.connection, nobody, HERE, by=sam)


def test_two_who_accept_at_once_are_one(
    accounts: Any,
    archive: Any,
    invitation: Any,
    log_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the one's password is hashed, the other one is quicker."""
    real = passwords.hash_password

    def slowly(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", real)
        accept(accounts, archive, invitation.token)
        return real(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    with pytest.raises(NotFound):
        accept(accounts, archive, invitation.token, "pebble anchor fern")
    log_in("Kim@site", ANOTHER)


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
