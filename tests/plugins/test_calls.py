"""What stands before every page: methods, rights, answers to what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from archive.errors import InvalidInput
from archive.rights import MATRIX
from archive.sqlite import sqlite3
from plugins.calls import form_of, json_of
from plugins.compat import Request
from plugins.databases import archives
from plugins.pages.fields import whole
from plugins.routes import ROUTES

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern or "home")
def test_every_route_names_a_right_and_its_methods(route: Any) -> None:
    assert route.right in MATRIX
    assert set(route.methods) <= {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"}
    assert route.methods


def test_a_method_that_is_not_answered_is_405(site: Any) -> None:
    answer = site.get("/tower-4/-/undo/1")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 404), ("none", 404), ("reader", 403)]
)
def test_who_may_not_is_told_so_and_who_is_nobody_sees_nothing(
    site: Any, who: str, status: int
) -> None:
    answer = site.get("/tower-4/-/undo/1", who, method="post", headers=JSON)
    assert answer.status_code == status


def test_who_asks_is_known_without_another_thread(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(*_: Any) -> None:
        pytest.fail("went to another thread")

    (database,) = archives(site.datasette)
    monkeypatch.setattr(database, "look_up", wait)
    assert site.get("/tower-4.json").status_code == 200
    assert site.get("/tower-4.json", "anonymous").status_code == 404


def test_who_asks_is_known_from_another_thread_where_that_has_to_wait(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without WAL, or while a log is brought in after a crash."""
    (database,) = archives(site.datasette)
    near = database._near()
    assert near.execute("pragma busy_timeout").fetchone()[0] == 0

    def locked() -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(database, "_near", locked)
    assert site.get("/tower-4.json").status_code == 200
    assert site.get("/tower-4.json", "anonymous").status_code == 404


def test_what_goes_wrong_is_json_for_a_script_and_a_page_for_a_form(site: Any) -> None:
    told = site.get("/tower-4/-/undo/999", method="post", headers=JSON)
    assert told.status_code == 404
    assert told.json()["ok"] is False
    assert "batch 999" in told.json()["error"]
    shown = site.get("/tower-4/-/undo/999", method="post")
    assert shown.status_code == 404
    assert "batch 999" in shown.text
    assert "<nav" in shown.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"description": "\\ud800"}',
        b'{"trades": [{"\\udfff": 1}]}',
        b'{"description": "\xed\xa0\x80"}',
        b'{"description": "\xff"}',
        b'{"location": 1%s}' % (b"0" * 30),
        b'{"location": -9223372036854775809}',
        b'{"location": %s}' % (b"1" * 5000),
        b'{"location": NaN}',
        b'{"location": -Infinity}',
    ],
    ids=[
        *("half", "half-in-a-name", "half-as-bytes", "no-utf-8", "long"),
        *("below", "longer", "nan", "infinity"),
    ],
)
def test_json_that_nothing_can_hold_is_refused(site: Any, body: bytes) -> None:
    path = "/tower-4/-/photo/1/edit"
    told = site.get(path, method="post", content=body, headers=JSON)
    assert told.status_code == 400
    assert told.json()["error"] == "What was sent is no form and no JSON"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83c\\udfd7 \\u00e9"', "\N{BUILDING CONSTRUCTION} \u00e9"),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ('"\\\\ud800"', "\\ud800"),
        ("1.5e3", 1500.0),
    ],
)
def test_json_is_what_it_says(text: str, value: object) -> None:
    assert json_of(text) == value


@pytest.mark.parametrize("digits", ["1" * 5000, "9" * 19, str(2**63)])
def test_a_number_of_many_digits_is_none(digits: str) -> None:
    with pytest.raises(InvalidInput):
        whole({"count": digits}, "count")
    assert whole({"count": str(2**63 - 1)}, "count") == 2**63 - 1


def test_who_hangs_up_is_no_fault_of_ours(site: Any) -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "POST", "headers": []}, gone)
    with pytest.raises(InvalidInput):
        site.run(form_of(request))


def test_a_batch_is_undone_once_and_the_form_leads_back_into_the_archive(
    make_site: Any,
) -> None:
    def fill(make: Any) -> None:
        make.photo(make.jpeg((1, 2, 3)), "a.jpg", description="crane")

    site = make_site("Undone", fill)
    form = {"next": "//evil.example/"}
    answer = site.get("/undone/-/undo/2", method="post", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/undone"
    assert site.get("/undone.json").json()["total"] == 0
    again = site.get("/undone/-/undo/2", method="post", headers=JSON, content=b"{}")
    assert again.json()["undone"] == 0
    assert [kept["entity"] for kept in again.json()["kept"]] == ["photo"]


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/undone/-/albums?q=1", "/undone/-/albums?q=1"),
        ("/undone?q=crane", "/undone?q=crane"),
        ("/undone", "/undone"),
        ("/undone-not", "/undone"),
        ("/\\evil.example", "/undone"),
        ("/undone/../evil", "/undone"),
        ("/undone/x/..", "/undone"),
        ("/undone/%2e%2E/evil", "/undone"),
        ("/undone/\\..\\evil", "/undone"),
        ("/undone/-/albums?q=../..", "/undone/-/albums?q=..%2F.."),
        ("https://evil.example/undone/", "/undone"),
        ("/undone/\r\nset-cookie: a=b", "/undone"),
        ("", "/undone"),
    ],
)
def test_a_form_never_leads_to_another_site(
    make_site: Any, wanted: str, leads_to: str
) -> None:
    from plugins.databases import archives
    from plugins.pages.links import Links

    site = make_site("Undone", lambda _: None)
    links = Links(site.datasette, archives(site.datasette)[0])
    assert links.back(wanted) == leads_to
