"""What is to be had without a login: nothing, and nothing about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.access import Access
from tests.plugins.conftest import HIDDEN
from tests.plugins.logins.conftest import serving
from tests.plugins.visitors import Visitor

JSON = {"accept": "application/json"}


@pytest.fixture(scope="module")
def stranger(towns: Path, loop: Any) -> Iterator[Visitor]:
    """Somebody who is never let in, and so changes nothing."""
    with serving(loop, towns / "Tower 4") as site:
        yield Visitor(site.datasette.app(), loop)


PATHS = (
    "/",
    "/tower-4",
    "/tower-4?q=crane",
    "/tower-4/-/photo/1",
    "/tower-4/-/photo/1/thumbnail",
    "/tower-4/-/photo/1/original",
    "/tower-4/-/albums",
    "/tower-4/-/account",
    "/tower-4/-/tables",
    "/tower-4/photos",
    "/tower-4/-/query?sql=select+1",
    "/-/",
    "/-/versions",
    "/-/actor",
    "/-/permissions",
    "/-/allow-debug",
    "/_internal",
    "/%74ower-4",
    "//tower-4",
    "/-/static/../tower-4",
    "/-/loginx",
    "/tower-4/-/login",
    "/nothing-here",
    "/nothing/-/photo/1",
)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_every_page_leads_to_the_login(
    come: Callable[..., Visitor], path: str
) -> None:
    answer = come().get(path)
    assert answer.status_code in (302, 404), answer.text
    assert not [word for word in HIDDEN["anonymous"] if word in answer.text]
    if answer.status_code == 302:
        assert answer.headers["location"].startswith("/-/login")
    else:  # a static file that is none
        assert path.startswith("/-/static")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [JSON, {"sec-fetch-dest": "image"}, {"sec-fetch-dest": "empty"}],
    ids=["json", "image", "script"],
)
def test_whatever_is_no_page_is_told_401(
    stranger: Visitor, path: str, headers: dict[str, str]
) -> None:
    answer = stranger.get(path, headers=headers)
    if path.startswith("/-/static"):
        return
    assert answer.status_code == 401
    assert answer.json() == {
        "ok": False,
        "error": "Log in first.",
        "status": 401,
        "login": "/-/login",
    }


@pytest.mark.parametrize(
    "path", ["/tower-4.json", "/tower-4/-/photo/1.json", "/.json", "/nothing.json"]
)
def test_json_is_401_even_in_a_window(come: Callable[..., Visitor], path: str) -> None:
    assert come().get(path).status_code == 401


def test_what_changes_something_is_401(come: Callable[..., Visitor]) -> None:
    assert come().post("/tower-4/-/undo/1").status_code == 401
    assert come().post("/tower-4/-/people/1/invitation").status_code == 401


@pytest.mark.parametrize(
    "path", ["/-/login", "/-/logout", "/-/static/app.css", "/-/asbuilt/texts/en.json"]
)
def test_the_way_in_is_open(come: Callable[..., Visitor], path: str) -> None:
    assert come().get(path).status_code == 200


def test_the_login_page_tells_nothing_of_the_archive(
    come: Callable[..., Visitor],
) -> None:
    page = come().get("/-/login").text
    assert "Tower" not in page
    assert "Sam" not in page


def test_with_accounts_this_computer_logs_in_too(
    come: Callable[..., Visitor],
) -> None:
    here = come(base="http://127.0.0.1:8001", address="127.0.0.1")
    assert here.get("/tower-4").status_code == 302


def test_signed_cookies_of_datasette_let_nobody_in(folder: Path, loop: Any) -> None:
    with serving(loop, folder) as site:
        visitor = Visitor(site.datasette.app(), loop)
        signed = site.datasette.client.actor_cookie({"id": "1"})
        visitor.cookies = {"ds_actor": signed}
        assert visitor.get("/tower-4").status_code == 302
        token = {"authorization": "Bearer dstok_x"}
        assert visitor.get("/tower-4", headers=token).status_code == 302
        visitor.cookies = {}
        visitor.log_in("rae")
        visitor.cookies.set("ds_actor", signed)
        assert visitor.get("/tower-4/photos").status_code == 403


def test_without_accounts_there_is_nothing_to_log_in_to(
    folder: Path, loop: Any, invited: str
) -> None:
    with serving(loop, folder, access=Access(owner=True)) as site:
        here = Visitor(site.datasette.app(), loop, "http://127.0.0.1:8001", "127.0.0.1")
        assert here.get("/-/login").headers["location"] == "/"
        page = here.get("/tower-4/-/account")
        assert "no login" in page.text
        assert 'type="password"' not in page.text
        assert here.post("/tower-4/-/account/password").status_code == 403
        assert here.get(invited).status_code == 200
    with serving(loop, folder, access=Access()) as site:
        nobody = Visitor(site.datasette.app(), loop)
        assert nobody.get(invited).status_code == 404
        assert nobody.log_in("sam").status_code == 303
        assert not nobody.cookies
