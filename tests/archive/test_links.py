"""Links for whom nobody knows: what they show, when they end, who may make them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.accounts import Accounts, Visit, open_accounts
from archive.accounts.store import reading
from archive.batches import batch
from archive.database import Archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooManyAttempts
from archive.link_visits import Shown, find_link, note_use, shown, unlock
from archive.links import (
    KEPT,
    OPENED,
    Wish,
    are_open,
    end_link,
    list_links,
    list_switches,
    list_uses,
    make_link,
    refresh,
    switch,
)
from archive.people import Person, add_person, edit_person
from tests.archive.report_files import picture, put

NOW = datetime(2026, 5, 11, 9, tzinfo=UTC)
PASSWORD = "crane harness"  # noqa: S105
VISIT = Visit(NOW, "10.0.0.7", "Firefox on Linux")


@pytest.fixture
def accounts(archive: Archive) -> Iterator[Accounts]:
    with open_accounts(archive.folder) as opened:
        yield opened


@pytest.fixture
def kim(archive: Archive, sam: Person) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, "Kim", level="standard")


@pytest.fixture
def ids(archive: Archive) -> list[int]:
    return [put(archive, picture(n), filename=f"{n}.jpg") for n in range(3)]


@pytest.fixture
def made(archive: Archive, accounts: Accounts, sam: Person, ids: list[int]) -> Any:
    """Make a link of somebody's, with links switched on."""
    switch(accounts, sam, VISIT, on=True)

    def make(who: Person = sam, photos: list[int] = ids, **wish: Any) -> str:
        wanted = Wish("Week 20", **wish)
        return make_link(accounts, archive.connection, who, photos, wanted, VISIT)

    return make


@pytest.fixture
def look(archive: Archive, accounts: Accounts) -> Any:
    def at(token: str, now: datetime = NOW) -> Shown | None:
        link = find_link(accounts, token, now)
        return shown(accounts, archive.connection, link) if link else None

    return at


def test_a_link_shows_its_photos_by_their_places(
    made: Any, look: Any, ids: list[int]
) -> None:
    found = look(made(photos=[ids[2], ids[0]]))
    assert found.photos == {1: ids[2], 2: ids[0]}
    assert found.link.title == "Week 20"


def test_what_stands_in_an_address_is_kept_nowhere(
    made: Any, accounts: Accounts
) -> None:
    token = made(password=PASSWORD)
    assert len(token) >= 43  # 256 bits
    raw = b"".join(p.read_bytes() for p in accounts.path.parent.glob("accounts.db*"))
    assert token.encode() not in raw
    assert PASSWORD.encode() not in raw
    with reading(accounts) as opened:
        (stored,) = opened.execute("select password from links").fetchone()
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize("token", ["", "x" * 43, "../x", "a" * 5000])
def test_an_address_that_never_was_shows_nothing(
    made: Any, look: Any, token: str
) -> None:
    real = made()
    assert look(token) is None
    assert look(real[:-1]) is None
    assert look(real.swapcase()) is None


def test_links_end_by_themselves_and_when_they_are_revoked(
    made: Any, look: Any, accounts: Accounts, sam: Person
) -> None:
    token, other = made(days=7), made()
    assert look(token, NOW + timedelta(days=7, seconds=-1))
    assert look(token, NOW + timedelta(days=7)) is None
    end_link(accounts, sam, 1, VISIT)
    assert look(token) is None
    assert look(other)


def test_switched_off_all_stop_and_refreshed_all_end(
    made: Any, look: Any, accounts: Accounts, archive: Archive, sam: Person
) -> None:
    token = made()
    switch(accounts, sam, VISIT, on=False)
    assert look(token) is None
    with pytest.raises(Conflict):
        made_again = make_link(accounts, archive.connection, sam, [1], Wish("x"), VISIT)
        raise AssertionError(made_again)
    switch(accounts, sam, VISIT, on=True)
    switch(accounts, sam, VISIT, on=True)  # says nothing new
    assert look(token)
    assert refresh(accounts, sam, VISIT) == 1
    assert look(token) is None
    assert are_open(accounts)
    logged = list_switches(accounts, archive.connection, sam)
    assert [(one.what, one.who) for one in logged] == [
        ("refreshed", sam.name),
        ("enabled", sam.name),
        ("disabled", sam.name),
        ("enabled", sam.name),
    ]


def test_links_are_off_until_an_admin_says_so(
    archive: Archive, accounts: Accounts, sam: Person, kim: Person, ids: list[int]
) -> None:
    assert not are_open(accounts)
    with pytest.raises(Conflict):
        make_link(accounts, archive.connection, sam, ids, Wish("x"), VISIT)
    for act in (switch, refresh):
        options = {"on": True} if act is switch else {}
        with pytest.raises(NotAllowed):
            act(accounts, kim, VISIT, **options)
    with pytest.raises(NotAllowed):
        list_switches(accounts, archive.connection, kim)


# Whose rights


def test_a_photo_that_was_hidden_since_is_not_shown(
    archive: Archive, sam: Person, made: Any, look: Any, ids: list[int]
) -> None:
    plain, private = made(), made(private=True)
    edit_ids = [ids[0]]
    with batch(archive.connection, sam) as opened:
        edit_photos(archive.connection, sam, edit_ids, Edit(private=True))
        recycle_photos(archive.connection, sam, opened, [ids[1]])
    assert look(plain).photos == {3: ids[2]}
    assert look(private).photos == {1: ids[0], 3: ids[2]}


def test_private_photos_are_shared_only_when_that_is_said(
    archive: Archive, made: Any, look: Any, ids: list[int]
) -> None:
    hidden = put(archive, picture(7), private=1)
    with pytest.raises(InvalidInput, match="private"):
        made(photos=[ids[0], hidden])
    assert look(made(photos=[ids[0], hidden], private=True)).photos[2] == hidden


def test_who_may_not_make_photos_public_shares_no_private_one_of_another(
    archive: Archive, sam: Person, kim: Person, made: Any, look: Any
) -> None:
    connection = archive.connection
    of_sam = put(archive, picture(8), private=1, uploader_id=sam.id)
    mine = put(archive, picture(7), private=1, uploader_id=kim.id)
    with batch(connection, sam):
        kim = edit_person(connection, sam, kim, rights={"can_view_private": True})
    with pytest.raises(InvalidInput, match="private"):
        made(kim, [of_sam, mine], private=True)
    assert look(made(kim, [mine], private=True)).photos == {1: mine}
    with batch(connection, sam):
        kim = edit_person(connection, sam, kim, level="admin")
    token = made(kim, [of_sam, mine], private=True)
    assert look(token).photos == {1: of_sam, 2: mine}
    with batch(connection, sam):
        edit_person(connection, sam, kim, level="standard")
    assert look(token).photos == {2: mine}


def test_a_link_shows_what_its_maker_may_see_now(
    archive: Archive, sam: Person, kim: Person, made: Any, look: Any, ids: list[int]
) -> None:
    mine = put(archive, picture(7), private=1, uploader_id=kim.id)
    of_sam = put(archive, picture(8), private=1)
    with pytest.raises(InvalidInput):
        made(kim, [of_sam], private=True)
    token = made(kim, [ids[0], mine], private=True)
    assert len(look(token).photos) == 2
    connection = archive.connection
    for level, active, there in (
        ("read_only", True, False),
        ("standard", False, False),
        ("standard", True, True),
    ):
        with batch(connection, sam):
            edit_person(connection, sam, kim, level=level, active=active)
        assert (look(token) is not None) is there


def test_one_may_not_share_more_than_one_may_do(
    made: Any, kim: Person, ids: list[int]
) -> None:
    with pytest.raises(NotAllowed):
        made(replace(kim, level="read_only"))
    for wish in (
        {"gives": "all"},
        {"days": 400},
        {"days": -1},
        {"password": "short"},
    ):
        with pytest.raises(InvalidInput):
            made(**wish)
    with pytest.raises(InvalidInput):
        made(photos=[])
    with pytest.raises(InvalidInput):
        made(photos=[*ids, 999])


def test_one_sees_and_ends_ones_own_links_and_admins_all(
    archive: Archive, accounts: Accounts, sam: Person, kim: Person, made: Any
) -> None:
    made(sam)
    made(kim)
    connection = archive.connection
    assert [one.name for one in list_links(accounts, connection, kim)] == ["Kim"]
    both = [one.name for one in list_links(accounts, connection, sam)]
    assert both == ["Kim", sam.name]
    for act in (
        lambda: end_link(accounts, kim, 1, VISIT),
        lambda: list_uses(accounts, kim, 1),
        lambda: list_uses(accounts, sam, 99),
    ):
        with pytest.raises(NotFound):
            act()
    end_link(accounts, sam, 2, VISIT)
    assert list_links(accounts, connection, kim)[0].link.ended_at


# Use


def test_each_use_is_logged(accounts: Accounts, made: Any, look: Any) -> None:
    link = look(made()).link
    note_use(accounts, link, OPENED, VISIT)
    note_use(accounts, link, "downloaded", VISIT, "u-u-i-d")
    sam = Person(1, link.maker, "Sam", None, "admin")
    _, uses = list_uses(accounts, sam, link.id)
    assert [(use.what, use.photo) for use in uses] == [
        ("downloaded", "u-u-i-d"),
        ("opened", None),
    ]
    assert uses[0].who == "10.0.0.7, Firefox on Linux"
    assert KEPT >= 100_000


def test_a_password_lets_in_and_wrong_ones_wait(
    accounts: Accounts, made: Any, look: Any, sam: Person
) -> None:
    link = look(made(password=PASSWORD)).link
    unlock(accounts, link, PASSWORD, VISIT)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            unlock(accounts, link, "wrong", VISIT)
    with pytest.raises(TooManyAttempts):
        unlock(accounts, link, PASSWORD, VISIT)
    assert list_uses(accounts, sam, link.id)[1][0].what == "password refused"
