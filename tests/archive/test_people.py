"""People: logins are one whatever their case, names may be those of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from archive.batches import batch
from archive.errors import Conflict, NotFound
from archive.people import Person, add_person, find_person, namesakes, owner
from archive.sqlite import sqlite3
from tests.archive.in_memory import new_database

Add = Callable[..., Person]


@pytest.fixture
def connection() -> Iterator[Any]:
    made = new_database()
    yield made
    made.close()


@pytest.fixture
def add(connection: Any) -> Add:
    """Return a function that adds a person."""

    def call(name: str, **values: Any) -> Person:
        sam = owner(connection)
        with batch(connection, sam) as opened:
            return add_person(connection, sam, opened, name, **values)

    return call


@pytest.mark.parametrize(
    "login", ["Ana@Example.com", "ANA@example.COM", "ana@example.com"]
)
def test_a_login_is_one_whatever_its_case(
    connection: Any, add: Add, login: str
) -> None:
    ana = add("Ana", login="ana@Example.com")
    assert ana.login == "ana@Example.com"
    assert find_person(connection, login) == ana
    with pytest.raises(Conflict, match="is taken"):
        add("Bo", login=login)


def test_raw_sql_cannot_give_a_login_twice_either(connection: Any, add: Add) -> None:
    add("Ana", login="ana@example.com")
    add("Bo", login="bo@example.com")
    with pytest.raises(sqlite3.IntegrityError, match="login"):
        connection.execute("update people set login = 'ANA@example.com' where id = 3")


def test_any_number_of_people_have_no_login(connection: Any, add: Add) -> None:
    assert {add("Ana").login, add("Ana").login} == {None}
    assert connection.execute("select count(*) from people").fetchone() == (3,)


@pytest.mark.parametrize("name", ["Ana Silva", "ana  silva", "ANA SILVA"])
def test_people_whose_names_read_alike_are_told_apart(
    connection: Any, add: Add, name: str
) -> None:
    first = add("Ana Silva")
    assert namesakes(connection, first) == []
    second = add(name)
    assert namesakes(connection, second) == [first]
    if name == first.name:
        with pytest.raises(NotFound, match="say the login or the number"):
            find_person(connection, name)
