"""Names of albums: one for each that somebody may know of; none tells of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archive.albums import (
    Album,
    add_album,
    find_album,
    find_or_add_album,
    list_albums,
    rename_album,
    set_album_private,
    visible_album,
)
from archive.batches import batch
from archive.database import Archive
from archive.errors import Conflict, InvalidInput
from archive.people import Person, add_person, owner
from archive.rights import viewer
from archive.search import find_photos
from archive.sqlite import sqlite3
from tests.archive.import_checks import column, lay, photo, take_in
from tests.archive.in_memory import everyone, insert_photo, new_database


@pytest.fixture
def connection() -> Iterator[Any]:
    made = new_database()
    yield made
    made.close()


def add(connection: Any, who: Person, name: str, *, private: bool = False) -> Album:
    with batch(connection, who) as opened:
        return add_album(connection, who, opened, name, private=private)


@pytest.fixture
def people(connection: Any) -> dict[str, Person]:
    """People of every kind, and a private album called Claims."""
    found = everyone(connection)
    add(connection, found["owner"], "Claims", private=True)
    return found


MAKERS = ("standard", "read_only can_create_albums")


@pytest.mark.parametrize("maker", MAKERS)
def test_who_may_not_know_of_a_private_album_adds_one_of_its_name(
    connection: Any, people: dict[str, Person], maker: str
) -> None:
    who = people[maker]
    made = add(connection, who, "claims")
    assert (made.name, made.private) == ("claims", False)
    assert visible_album(connection, "CLAIMS", viewer(who)) == made
    names = [a.name for a in list_albums(connection, viewer(who))]
    assert names == ["Unclassified", "claims"]
    with pytest.raises(Conflict, match="there is an album 'Claims' already"):
        add(connection, who, "Claims")


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_who_knows_of_an_album_adds_none_of_its_name(
    connection: Any, people: dict[str, Person], private: bool
) -> None:
    add(connection, people["owner"], "Progress")
    for name in ("Claims", "Progress", "Unclassified"):
        with pytest.raises(Conflict, match=f"there is an album '{name}' already"):
            add(connection, people["admin"], name, private=private)


def test_a_photo_of_one_s_own_makes_an_album_known(
    connection: Any, people: dict[str, Person]
) -> None:
    who, claims = people["standard"], find_album(connection, "Claims")
    with batch(connection, people["owner"]) as opened:
        insert_photo(
            connection, opened, album_id=claims.id, private=1, uploader_id=who.id
        )
    with pytest.raises(Conflict):
        add(connection, who, "Claims")
    with batch(connection, who) as opened:
        assert find_or_add_album(connection, who, opened, "claims") == claims


@pytest.fixture
def two(connection: Any, people: dict[str, Person]) -> tuple[Album, Album]:
    """Both albums called Claims: the private one, and one that Standard made."""
    made = add(connection, people["standard"], "Claims")
    return find_album(connection, made.id - 1), made


def test_who_sees_both_says_which_by_its_number(
    connection: Any, people: dict[str, Person], two: tuple[Album, Album]
) -> None:
    hidden, shown = two
    who = people["admin"]
    told = f"two albums 'claims', {hidden.id} .private. and {shown.id}; say which"
    with pytest.raises(InvalidInput, match=told):
        visible_album(connection, "claims", viewer(who))
    with pytest.raises(InvalidInput, match=told), batch(connection, who) as opened:
        find_or_add_album(connection, who, opened, "claims")
    for album in two:
        assert visible_album(connection, str(album.id), viewer(who)) == album


@pytest.mark.parametrize("off", [False, True], ids=["hide", "publish"])
def test_two_of_one_name_are_not_both_private_or_public(
    connection: Any, people: dict[str, Person], two: tuple[Album, Album], off: bool
) -> None:
    who, album = people["owner"], two[0 if off else 1]
    with (
        pytest.raises(Conflict, match="there is another"),
        batch(connection, who),
    ):
        set_album_private(connection, who, album, private=not off)
    with batch(connection, who):
        rename_album(connection, who, two[0], "Claims of 2026")
        set_album_private(connection, who, album, private=not off)
    rows = connection.execute("select private from albums where id = ?", (album.id,))
    assert rows.fetchone() == (int(not off),)


def test_the_database_itself_refuses_two_alike(
    connection: Any, two: tuple[Album, Album]
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="name_key"):
        connection.execute("update albums set private = 1 where id = ?", (two[1].id,))


def test_a_search_means_the_albums_that_one_may_know_of(
    connection: Any, people: dict[str, Person], two: tuple[Album, Album]
) -> None:
    with batch(connection, people["owner"]) as opened:
        hidden = insert_photo(connection, opened, album_id=two[0].id, private=1)
        shown = insert_photo(connection, opened, album_id=two[1].id)

    def found(who: str) -> set[int]:
        person = viewer(people[who])
        assert person is not None
        return set(find_photos(connection, "album:claims", person).ids)

    assert found("admin") == {hidden, shown}
    assert found("standard") == {shown}


def test_a_number_is_an_album_s_id_and_nothing_else(
    connection: Any, people: dict[str, Person]
) -> None:
    """Albums are called "2026"; what a function was given back it must find again."""
    sam = people["owner"]
    next_but_one = find_album(connection, "Claims").id + 2
    named = add(connection, sam, str(next_but_one))
    other = add(connection, sam, "Other")
    assert (other.id, other.name) == (next_but_one, "Other")
    assert find_album(connection, next_but_one) == other
    assert find_album(connection, str(next_but_one)) == named


def test_a_name_that_one_may_not_know_of_does_not_hide_a_number(
    connection: Any, people: dict[str, Person]
) -> None:
    sam = people["owner"]
    add(connection, sam, "1", private=True)
    assert visible_album(connection, "1", viewer(people["standard"])).id == 1
    assert visible_album(connection, "1", viewer(sam)).name == "1"


@pytest.mark.usefixtures("one_process")
def test_an_import_of_somebody_who_may_not_know_of_the_album_makes_their_own(
    archive: Archive, sam: Person, source: Any
) -> None:
    c = archive.connection
    claims = add(c, sam, "Claims", private=True)
    with batch(c, sam) as opened:
        kim = add_person(c, sam, opened, "Kim", level="standard")
    assert len(take_in(archive, source, actor=kim, album="claims").imported) == 3
    assert set(column(archive, "private")) == {0}
    assert set(column(archive, "album_id")) == {claims.id + 1}
    more = lay(source, {"more.jpg": photo(9)})
    with pytest.raises(InvalidInput, match="two albums"):
        take_in(archive, more, actor=owner(c), album="Claims")
    assert len(take_in(archive, more, album=str(claims.id)).imported) == 1
    assert column(archive, "album_id")[-1] == claims.id
