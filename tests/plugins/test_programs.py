"""The page on which admins let programs use the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.api.oauth_town import ACCOUNTS, CALLBACK, Town, served, words
from tests.plugins.conftest import Loop
from tests.plugins.visitors import let_in

HOME = "/tower/-/programs"


@pytest.fixture
def town(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    with served(loop, tmp_path) as found:
        yield found


def listed(town: Town) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.visitor().get(f"{HOME}.json").json()["programs"]
    return found


def credentials(page: str) -> dict[str, str]:
    return dict(re.findall(r'id="(client_\w+)" value="(\w+)"', page))


def test_a_program_is_added_and_its_secret_shown_once(town: Town) -> None:
    visitor = town.visitor()
    assert "No program may come yet" in words(visitor.get(HOME).text)
    form = {"name": "Reports <3", "level": "standard", "redirect_uris": ""}
    made = visitor.post(f"{HOME}/add", form)
    assert made.status_code == 200
    assert "no-store" in made.headers["cache-control"]
    known = credentials(made.text)
    answer = town.post("/oauth/token", {**known, "grant_type": "client_credentials"})
    assert answer.status_code == 200
    (program,) = listed(town)
    assert (program["name"], program["level"]) == ("Reports <3", "standard")
    page = visitor.get(HOME).text
    assert "Reports &lt;3" in page
    assert known["client_secret"] not in page
    assert known["client_secret"].encode() not in town.written()


def test_another_secret_and_removal_end_its_tokens(town: Town) -> None:
    made = town.add()
    token = town.by_itself(made)
    fresh = town.visitor().post(f"{HOME}/{made.client.id}/secret")
    assert not town.holds(token)
    known = credentials(fresh.text)
    assert known["client_secret"] != made.secret
    answer = town.post("/oauth/token", {**known, "grant_type": "client_credentials"})
    token = answer.json()["access_token"]
    removed = town.visitor().post(f"{HOME}/{made.client.id}/remove", {"next": HOME})
    assert (removed.status_code, removed.headers["location"]) == (303, HOME)
    assert not town.holds(token)
    assert listed(town) == []
    for what in ("secret", "remove"):
        assert town.visitor().post(f"{HOME}/{made.client.id}/{what}").status_code == 404


def test_one_without_a_secret(town: Town) -> None:
    form = {
        "name": "Pocket",
        "public": "1",
        "redirect_uris": f"{CALLBACK}\r\ncom.example.pocket:/cb\r\n",
    }
    made = town.visitor().post(f"{HOME}/add", form)
    assert set(credentials(made.text)) == {"client_id"}
    (program,) = listed(town)
    assert program["redirect_uris"] == [CALLBACK, "com.example.pocket:/cb"]
    assert (program["public"], program["level"]) == (True, None)
    page = town.visitor().get(HOME).text
    assert "only for people who allow it" in page
    assert "New secret" not in page


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"name": "X", "level": "none-such"},
        {"name": "X", "redirect_uris": "http://evil.example/"},
        {"name": "X", "public": "1"},
        {"name": "X", "public": "perhaps"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(town: Town, form: dict[str, str]) -> None:
    assert town.visitor().post(f"{HOME}/add", form).status_code == 400
    assert listed(town) == []


@pytest.mark.parametrize("uris", [7, True, {"a": 1}], ids=str)
def test_addresses_are_texts(town: Town, uris: object) -> None:
    form = {"name": "X", "redirect_uris": uris}
    assert town.visitor().ask("POST", f"{HOME}/add", json=form).status_code == 400
    assert listed(town) == []


def test_it_is_for_admins(tmp_path: Path, loop: Loop) -> None:
    with served(loop, tmp_path, access=ACCOUNTS, people=let_in) as town:
        made = town.add()
        kim = town.visitor()
        kim.log_in("kim")
        assert kim.get(HOME).status_code == 403
        for what in ("add", f"{made.client.id}/secret", f"{made.client.id}/remove"):
            assert kim.post(f"{HOME}/{what}", {"name": "X"}).status_code == 403
        sam = town.visitor()
        sam.log_in("sam")
        assert "Reports" in sam.get(HOME).text
        assert HOME in sam.get("/tower/-/settings").text
