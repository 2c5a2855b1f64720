"""Codes and tokens: used once, over in time, and ended with what they came from."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import Accounts, Visit, clients, grants, tokens
from archive.accounts.sessions import new_token
from archive.accounts.store import reading
from archive.accounts.tokens import Pair
from archive.database import Archive
from archive.people import Person, find_person
from tests.archive.token_office import ASKED, NOW, SECONDS, Office, add_kim

TABLES = ("grants", "codes", "tokens")


@pytest.fixture
def office(archive: Archive, accounts: Accounts) -> Office:
    return Office(archive, accounts, kim=add_kim(archive))


def test_a_code_becomes_tokens_that_stand_for_who_allowed_it(office: Office) -> None:
    code = office.allow()
    assert tokens.look_at_code(office.deal(), code) == ASKED
    pair = office.redeem(code)
    assert pair is not None
    assert office.holder(pair.access) == "Kim"
    assert pair.refresh is not None
    assert office.holder(pair.refresh) is None
    assert office.holder(code) is None
    assert office.refresh(pair.access) is None


def test_they_are_kept_as_hashes_alone(office: Office, folder: Path) -> None:
    code = office.allow()
    pair = office.redeem(code)
    assert pair is not None
    assert pair.refresh is not None
    office.accounts.close()
    written = b"".join(path.read_bytes() for path in folder.glob("*.db*"))
    for secret in (code, pair.access, pair.refresh):
        assert secret.encode() not in written


def test_a_code_that_comes_twice_ends_all_that_came_from_it(office: Office) -> None:
    code = office.allow()
    first = office.redeem(code)
    assert first is not None
    assert first.refresh is not None
    second = office.refresh(first.refresh)
    assert second is not None
    other = office.pair()
    assert office.redeem(code) is None
    for pair in (first, second):
        assert office.holder(pair.access) is None
        assert office.refresh(str(pair.refresh)) is None
    assert office.holder(other.access) == "Kim"
    assert "program's code or token used twice" in office.events()


def test_of_two_that_come_at_once_with_one_code_none_keeps_anything(
    office: Office,
) -> None:
    """Both have looked before either uses it up."""
    code, pairs = office.allow(), [Pair(new_token(), new_token()) for _ in range(2)]
    assert tokens.redeem(office.deal(), code, pairs[0])
    assert not tokens.redeem(office.deal(), code, pairs[1])
    assert [office.holder(pair.access) for pair in pairs] == [None, None]


def test_a_refresh_token_that_comes_twice_ends_its_family(office: Office) -> None:
    first = office.pair()
    second = office.refresh(str(first.refresh))
    assert second is not None
    assert office.holder(first.access) == "Kim"  # until its time is over
    assert office.refresh(str(first.refresh)) is None
    assert office.holder(second.access) is None
    assert office.refresh(str(second.refresh)) is None


def test_another_programs_code_and_tokens_are_worth_nothing_and_stay_whole(
    office: Office,
) -> None:
    code = office.allow()
    assert office.redeem(code, "two") is None
    pair = office.redeem(code)
    assert pair is not None
    assert office.redeem(code, "two") is None
    assert office.refresh(str(pair.refresh), "two") is None
    assert not tokens.revoke(office.deal("two"), pair.access)
    assert office.holder(pair.access) == "Kim"
    assert office.refresh(str(pair.refresh)) is not None


@pytest.mark.parametrize(("wait", "good"), [(599, True), (600, False), (86_400, False)])
def test_a_code_lasts_ten_minutes(office: Office, wait: int, good: bool) -> None:
    code = office.allow()
    office.now += wait * SECONDS
    assert (office.redeem(code) is not None) is good


@pytest.mark.parametrize(("wait", "good"), [(5399, True), (5400, False)])
def test_an_access_token_lasts_5400_seconds(
    office: Office, wait: int, good: bool
) -> None:
    pair = office.pair()
    office.now += wait * SECONDS
    assert (office.holder(pair.access) is not None) is good


def test_a_refresh_token_lasts_until_it_is_used(office: Office) -> None:
    pair = office.pair()
    office.now += timedelta(days=400)
    again = office.refresh(str(pair.refresh))
    assert again is not None
    assert office.holder(again.access) == "Kim"


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_taking_back_either_of_a_pair_ends_both(office: Office, which: str) -> None:
    pair, other = office.pair(), office.pair()
    assert tokens.revoke(office.deal(), getattr(pair, which))
    assert office.holder(pair.access) is None
    assert office.refresh(str(pair.refresh)) is None
    assert office.holder(other.access) == "Kim"
    assert not tokens.revoke(office.deal(), getattr(pair, which))


@pytest.mark.parametrize(
    "change", [{"active": False}, {"level": "none"}], ids=["inactive", "none"]
)
def test_who_is_shut_out_takes_their_programs_along(
    office: Office, change: dict[str, Any]
) -> None:
    """And being let in again brings none of them back."""
    code, pair, unseen = office.allow(), office.pair(), office.pair()
    office.edit(**change)
    assert office.holder(pair.access) is None
    office.edit(active=True, level="admin")
    assert office.holder(pair.access) is None
    assert office.refresh(str(unseen.refresh)) is None
    assert office.holder(unseen.access) is None
    assert office.redeem(code) is None
    assert office.holder(office.pair().access) == "Kim"


def test_another_level_holds_at_once(office: Office) -> None:
    pair = office.pair()
    office.edit(level="read_only")
    connection = office.archive.connection
    found = tokens.holder(office.accounts, connection, pair.access, office.now)
    assert found is not None
    assert found.person.level == "read_only"


def test_a_program_for_itself(office: Office, sam: Person) -> None:
    connection = office.archive.connection
    visit = Visit(NOW)
    made = clients.add_client(office.accounts, connection, "Reports", visit, by=sam)
    person = clients.may_act(made.client, connection)
    assert person is not None
    access = new_token()
    tokens.give(office.deal(made.client.id), person, access)
    assert office.holder(access) == "Reports"
    fresh = new_token()
    clients.new_secret(office.accounts, made.client, visit, by=sam)
    assert office.holder(access) is None
    tokens.give(office.deal(made.client.id), person, fresh)
    clients.remove_client(office.accounts, connection, made.client, visit, by=sam)
    assert office.holder(fresh) is None
    assert [office.count(table) for table in TABLES] == [0, 0, 0]


def test_a_new_password_ends_what_programs_were_allowed(
    office: Office, sam: Person
) -> None:
    office.edit(login="kim")
    kim = find_person(office.archive.connection, office.kim.id)
    pair, others = office.pair(), office.redeem(office.allow(person=sam))
    connection, secret = office.archive.connection, "crane harness tide"
    a.set_password(office.accounts, connection, kim, secret, Visit(NOW), by=kim)
    assert office.holder(pair.access) is None
    assert others is not None
    assert office.holder(others.access) == "Sam Reyes"


def test_what_is_over_is_removed(office: Office) -> None:
    office.allow()
    for _ in range(3):
        office.pair()
    office.now += timedelta(hours=2)
    office.allow()
    assert office.count("codes") == 4  # three that were used, and the new one
    assert office.count("tokens") == 3  # what they can be exchanged for
    assert office.count("grants") == 4
    pair = office.pair()
    for _ in range(3):
        office.now += timedelta(days=50)
        found = office.refresh(str(pair.refresh))
        assert found is not None
        pair = found
    office.allow()
    with reading(office.accounts) as opened:
        used = opened.execute("select count(*) from tokens where used_at > ''")
        assert used.fetchone() == (2,)


def test_a_crowd_of_grants_makes_room(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "MOST", 3)
    pairs = [office.pair() for _ in range(5)]
    assert [office.holder(pair.access) for pair in pairs] == [None] * 2 + ["Kim"] * 3


def test_people_see_and_end_what_they_allowed(office: Office, sam: Person) -> None:
    connection = office.archive.connection
    uris = ["http://127.0.0.1/cb"]
    for name in ("Viewer", "Unused", "Gone"):
        clients.add_client(
            office.accounts,
            connection,
            name,
            Visit(NOW),
            by=sam,
            client_id=f"id-of-{name.lower()}",
            redirect_uris=uris,
        )
    viewer = "id-of-viewer"
    pair = office.redeem(office.allow(viewer), viewer)
    office.allow("id-of-unused")
    office.allow("id-of-gone")
    gone = clients.find_client(office.accounts, "Gone")
    clients.remove_client(office.accounts, connection, gone, Visit(NOW), by=sam)

    def names(person: Person = office.kim) -> list[str]:
        found = grants.list_allowed(office.accounts, person, office.now)
        return [allowed.name for allowed in found]

    assert names() == ["Unused", "Viewer"]
    assert names(sam) == []
    office.now += timedelta(hours=2)
    assert names() == ["Viewer"]
    assert not grants.withdraw(office.accounts, sam, viewer, Visit(NOW))
    assert names() == ["Viewer"]
    assert grants.withdraw(office.accounts, office.kim, viewer, Visit(NOW))
    assert names() == []
    assert pair is not None
    assert office.refresh(str(pair.refresh), viewer) is None
    assert not grants.withdraw(office.accounts, office.kim, viewer, Visit(NOW))


@pytest.mark.parametrize("odd", ["", "x", "x" * 300, "é" * 40, "\0", "\ud800"])
def test_what_is_no_token_is_worth_nothing(office: Office, odd: str) -> None:
    office.pair()
    assert office.holder(odd) is None
    assert office.redeem(odd) is None
    assert office.refresh(odd) is None
    assert not tokens.revoke(office.deal(), odd)


def test_asking_makes_no_file(office: Office) -> None:
    assert office.holder("x" * 43) is None
    assert office.redeem("x" * 43) is None
    assert not tokens.revoke(office.deal(), "x" * 43)
    assert not office.accounts.path.exists()


def test_a_code_is_not_used_up_when_the_tokens_cannot_be_stored(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = office.allow()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(tokens, "_add", full)
        with suppress(Exception):
            office.redeem(code)
    assert office.redeem(code) is not None
