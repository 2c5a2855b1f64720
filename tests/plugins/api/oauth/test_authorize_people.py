"""/oauth/authorize where people log in: who allows what, where, and how they end it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from archive.batches import batch
from archive.database import open_archive
from archive.people import add_person, owner
from tests.plugins.api.oauth_town import (
    ACCOUNTS,
    CALLBACK,
    Town,
    address,
    served,
    words,
)
from tests.plugins.conftest import Loop
from tests.plugins.visitors import Visitor, change_person, give_passwords


def let_in(folder: Path) -> None:
    """Sam is the owner; Kim is standard and Rae read_only, each with a password."""
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as made:
            add_person(archive.connection, sam, made, "Kim Lee", level="standard")
            add_person(archive.connection, sam, made, "Rae Reader")
    give_passwords(folder)


@pytest.fixture
def office(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    """Two archives where people log in."""
    titles = ("Tower", "Bridge")
    with served(loop, tmp_path, *titles, access=ACCOUNTS, people=let_in) as found:
        yield found


def kim(office: Town, title: str = "Tower") -> Visitor:
    """Kim, logged in to one archive."""
    visitor = office.visitor()
    assert visitor.log_in("kim", archive=title).status_code == 303
    return visitor


def test_who_is_not_logged_in_comes_back_after_the_login(office: Town) -> None:
    made = office.add("Viewer", redirect_uris=[CALLBACK])
    visitor = office.visitor()
    asked = address(made)
    sent = visitor.get(asked)
    assert sent.status_code == 302
    where = sent.headers["location"]
    assert where == f"/-/login?next={quote(asked, safe='/')}"
    assert 'name="archive"' in visitor.get(where).text
    back = visitor.log_in("kim", archive="Tower", next=asked)
    assert (back.status_code, back.headers["location"]) == (303, asked)
    page = words(visitor.get(asked).text)
    assert "Tower as Kim Lee (Standard)" in page
    assert "Bridge" not in page


@pytest.mark.parametrize(
    "wanted",
    [
        "/oauth/authorize",
        "//oauth/authorize?x=1",
        "/oauth/authorize@evil.example/?x",
        "/oauth/authorize/../../evil?x",
        "/oauth/authorize?x\r\nSet-Cookie: a=b",
        "https://evil.example/oauth/authorize?x=1",
        "/oauth/token?x=1",
    ],
)
def test_the_login_leads_nowhere_else(office: Town, wanted: str) -> None:
    answer = office.visitor().log_in("kim", archive="Tower", next=wanted)
    if answer.status_code == 303:
        assert answer.headers["location"] == "/tower"


def test_a_token_acts_for_who_allowed_it_where_they_were_logged_in(
    office: Town,
) -> None:
    made = office.add("Viewer", 0, 1, redirect_uris=[CALLBACK])
    pair = office.pair(made, kim(office))
    assert office.info(pair["access_token"]).json()["resource_owner_id"] == 2
    holders = office.execute("select count(*) from grants")
    assert (holders, office.execute("select count(*) from grants", 1)) == (
        [(1,)],
        [(0,)],
    )
    change_person(office.folders[0], 2, active=False)
    assert not office.holds(pair["access_token"])
    answer = office.refresh(made, pair["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"


def test_who_is_logged_in_to_both_gives_both(office: Town) -> None:
    made = office.add("Viewer", 0, 1, redirect_uris=[CALLBACK])
    visitor = kim(office)
    assert visitor.log_in("rae", archive="Bridge").status_code == 303
    said = words(visitor.get(address(made)).text)
    assert "Tower as Kim Lee (Standard)" in said
    assert "Bridge as Rae Reader (Read only)" in said
    code = office.code(made, visitor)
    assert office.redeem(made, code).status_code == 200
    for place, person in ((0, "Kim Lee"), (1, "Rae Reader")):
        with open_archive(office.folders[place]) as archive:
            names = dict(archive.connection.execute("select uuid, name from people"))
        (uuid,) = office.execute("select person from grants", place)[0]
        assert names[uuid] == person


def test_a_program_of_another_project_is_not_asked_for(office: Town) -> None:
    made = office.add("Viewer", 1, redirect_uris=[CALLBACK])
    page = kim(office).get(address(made))
    assert page.status_code == 403
    assert "Viewer was not added to a project" in words(page.text)
    answer = kim(office).post(address(made), {"answer": "yes"})
    assert answer.status_code == 403
    assert office.execute("select * from codes", 1) == []


def test_an_admin_of_one_archive_gets_nothing_of_another_by_its_programs_id(
    office: Town,
) -> None:
    """They register the same id with an address of theirs, and no secret."""
    made = office.add("Viewer", 0, redirect_uris=["https://app.example/cb"])
    thief = office.add(
        "Viewer", 1, client_id=made.client.id, public=True, redirect_uris=[CALLBACK]
    )
    visitor = kim(office)
    assert visitor.log_in("kim", archive="Bridge").status_code == 303
    said = words(visitor.get(address(thief)).text)
    assert "Bridge" in said
    assert "Tower" not in said
    pair = office.pair(thief, visitor)
    assert office.execute("select * from grants", 0) == []
    assert office.holds(pair["access_token"])


def test_a_session_that_ended_allows_nothing(office: Town) -> None:
    made = office.add("Viewer", redirect_uris=[CALLBACK])
    visitor = kim(office)
    assert visitor.get(address(made)).status_code == 200
    change_person(office.folders[0], 2, level="none")
    answer = visitor.post(address(made), {"answer": "yes"})
    assert answer.status_code != 200
    assert not answer.headers.get("location", "").startswith(CALLBACK)
    assert office.execute("select * from codes") == []


def test_a_token_is_no_session(office: Town) -> None:
    made = office.add("Viewer", redirect_uris=[CALLBACK])
    token = office.by_itself(made)
    visitor = office.visitor()
    bearer = {"authorization": f"Bearer {token}"}
    answer = visitor.get(address(made), headers=bearer)
    assert answer.headers["location"].startswith("/-/login")
    headers = {**bearer, "accept": "application/json"}
    assert visitor.get("/tower.json", headers=headers).status_code == 401


def test_people_end_what_they_allowed_in_their_account(office: Town) -> None:
    made = office.add("Viewer <3", redirect_uris=[CALLBACK])
    visitor = kim(office)
    pair = office.pair(made, visitor)
    page = visitor.get("/tower/-/account")
    assert "Viewer &lt;3" in page.text
    told = visitor.get("/tower/-/account.json").json()["programs"]
    assert [(one["client"], one["name"]) for one in told] == [
        (made.client.id, "Viewer <3")
    ]
    rae = office.visitor()
    rae.log_in("rae", archive="Tower")
    end = f"/tower/-/account/programs/{made.client.id}/end"
    assert "Viewer" not in rae.get("/tower/-/account").text
    assert rae.post(end).status_code == 404
    assert office.holds(pair["access_token"])
    assert visitor.post(end).status_code == 303
    assert not office.holds(pair["access_token"])
    assert "Viewer" not in visitor.get("/tower/-/account").text
    assert visitor.post(end).status_code == 404


def test_what_a_person_allowed_is_among_their_events(office: Town) -> None:
    made = office.add("Viewer", redirect_uris=[CALLBACK])
    office.pair(made, kim(office))
    events = office.execute("select event from events order by id desc limit 1")
    assert events == [("program allowed",)]
