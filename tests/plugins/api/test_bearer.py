"""What a token opens: the API, as the person it stands for, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.api import bearer
from tests.plugins.api.oauth_town import (
    ACCOUNTS,
    CALLBACK,
    Town,
    basic,
    served,
)
from tests.plugins.conftest import Loop
from tests.plugins.visitors import change_person, let_in

ME = "/rest/v1.0/me"


@pytest.fixture
def town(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    with served(loop, tmp_path) as found:
        yield found


@pytest.fixture
def office(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    """Where people log in."""
    with served(loop, tmp_path, access=ACCOUNTS, people=let_in) as found:
        yield found


def ask(town: Town, token: str, path: str = ME, **headers: str) -> Any:
    given = {"authorization": f"Bearer {token}", **headers}
    return town.visitor(agent="reports/1.0").get(path, headers=given)


def actor(town: Town, header: str) -> Any:
    scope = {"headers": [(b"authorization", header.encode("latin-1"))]}
    return town.site.run(bearer.actor_of(town.site.datasette, scope))


def test_the_api_is_answered_as_the_person_that_the_program_is(town: Town) -> None:
    made = town.add("Reports", level="standard")
    answer = ask(town, town.by_itself(made))
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == 2


def test_the_actor_says_who_it_is_and_which_program(town: Town) -> None:
    made = town.add("Reports", redirect_uris=[CALLBACK])
    found = actor(town, f"Bearer {town.pair(made)['access_token']}")
    assert (found["name"], found["people"]) == ("Sam Archer", {"tower": 1})
    assert found["client"] == made.client.id
    assert found["id"] != "1"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(town: Town, scheme: str) -> None:
    token = town.by_itself(town.add())
    assert actor(town, f"{scheme}   {token}") is not None


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {}x", "Bearer x{}", "Bearer é"],
)
def test_what_is_no_token_is_nobody(town: Town, header: str) -> None:
    token = town.by_itself(town.add())
    assert actor(town, header.format(token)) is None


def test_neither_credentials_nor_codes_nor_refresh_tokens_open_anything(
    town: Town,
) -> None:
    made = town.add(redirect_uris=[CALLBACK])
    pair = town.pair(made)
    for word in (made.client.id, str(made.secret), pair["refresh_token"]):
        assert ask(town, word).status_code == 401
    headers = basic(made.client.id, made.secret)
    assert town.visitor().get(ME, headers=headers).status_code == 401


def test_it_is_over_the_moment_it_is_taken_back(town: Town) -> None:
    """Nothing is remembered of a token that was good a moment ago."""
    made = town.add()
    token = town.by_itself(made)
    for _ in range(3):
        assert ask(town, token).status_code == 200
    fields = {"client_id": made.client.id, "client_secret": made.secret}
    town.post("/oauth/revoke", {**fields, "token": token})
    answer = ask(town, token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["message"] == "The access token is invalid"


def test_another_level_holds_from_the_next_request(town: Town) -> None:
    made = town.add(level="admin")
    token = town.by_itself(made)
    assert ask(town, token).status_code == 200
    change_person(town.folders[0], 2, level="none")
    assert ask(town, token).status_code == 401


def test_where_a_token_is_not_known_is_remembered_and_no_more(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(loop, tmp_path, "Tower", "Bridge") as town:
        town.add("Elsewhere", 0)
        made = town.add("Reports", 1)
        token = town.by_itself(made)
        looked: list[str] = []
        look = bearer._holder

        async def noted(datasette: Any, database: Any, *rest: Any) -> Any:
            looked.append(database.name)
            return await look(datasette, database, *rest)

        monkeypatch.setattr(bearer, "_holder", noted)
        for _ in range(3):
            assert actor(town, f"Bearer {token}")["people"] == {"bridge": 2}
        assert looked == ["tower", "bridge", "bridge", "bridge"]
        town.remove(made, 1)
        assert actor(town, f"Bearer {token}") is None


def test_an_archive_that_cannot_be_asked_knows_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.accounts import store
    from archive.errors import StoreError

    token = town.by_itself(town.add())

    def damaged(*_: Any) -> None:
        raise StoreError("/secret/path", "is damaged")

    with monkeypatch.context() as broken:
        broken.setattr(store, "_connected", damaged)
        answer = ask(town, token)
        assert (answer.status_code, answer.json()["code"]) == (401, 401)
    assert ask(town, token).status_code == 200


def test_an_archive_that_was_busy_for_a_moment_is_asked_again(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.errors import ArchiveLocked

    with served(loop, tmp_path, "Tower", "Bridge") as town:
        header = f"Bearer {town.by_itself(town.add('Reports', 0, 1))}"
        look = bearer._holder

        async def busy(datasette: Any, database: Any, *rest: Any) -> Any:
            if database.name == "tower":
                raise ArchiveLocked("busy")
            return await look(datasette, database, *rest)

        with monkeypatch.context() as broken:
            broken.setattr(bearer, "_holder", busy)
            assert actor(town, header)["people"] == {"bridge": 2}
        assert actor(town, header)["people"] == {"tower": 2, "bridge": 2}


def test_no_more_tokens_are_remembered_than_a_few(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "_REMEMBERED", 2)
    tokens = [town.by_itself(town.add()) for _ in range(4)]
    for token in [*tokens, "x" * 43]:
        actor(town, f"Bearer {token}")
    assert len(bearer._places[town.site.datasette]) == 2
    assert all(actor(town, f"Bearer {token}") for token in tokens)


def test_a_session_does_not_open_the_api(office: Town) -> None:
    kim = office.visitor()
    assert kim.log_in("kim").status_code == 303
    assert kim.get("/tower").status_code == 200
    assert kim.get(ME).status_code == 401


def test_nor_does_the_owners_place_at_the_computer(town: Town) -> None:
    assert town.visitor().get("/tower").status_code == 200
    assert town.visitor().get(ME).status_code == 401


def test_a_session_beside_a_token_changes_nothing(office: Town) -> None:
    """Neither adds to what the other may."""
    token = office.by_itself(office.add("Reports", level="read_only"))
    kim = office.visitor()
    kim.log_in("kim")
    headers = {"authorization": f"Bearer {token}"}
    told = kim.get(ME, headers=headers).json()
    assert told["id"] == 4
    page = kim.get("/tower/-/account.json", headers=headers)
    assert page.json()["person"]["name"] == "Kim"


def test_a_token_opens_no_page(office: Town) -> None:
    token = office.by_itself(office.add(level="admin"))
    for path in (
        "/tower",
        "/tower/-/albums.json",
        "/tower/photos.json",
        "/-/databases",
    ):
        answer = ask(office, token, path, accept="application/json")
        assert answer.status_code == 401, path
