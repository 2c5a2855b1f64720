"""What somebody gets who is logged in, and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.browsers import browser_of
from tests.plugins.conftest import HIDDEN, PUBLIC
from tests.plugins.visitors import PASSWORDS, Visitor, change_person, give_passwords


@pytest.mark.parametrize("who", ["sam", "kim", "rae"])
def test_a_session_sees_what_the_person_may(
    come: Callable[..., Visitor], who: str
) -> None:
    role = {"sam": "admin", "kim": "uploader", "rae": "reader"}[who]
    visitor = come()
    visitor.log_in(who)
    found = visitor.get("/tower-4.json").text
    assert "publicword" in found
    assert not [word for word in HIDDEN[role] if word in found]
    status = 200 if who == "sam" else 403
    assert visitor.get("/tower-4/photos").status_code == status


def test_logging_out_ends_it_also_for_whoever_copied_the_cookie(kim: Visitor) -> None:
    copied = dict(kim.cookies)
    answer = kim.post("/-/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/login")
    assert not kim.cookies
    kim.cookies = copied
    assert kim.get("/tower-4").status_code == 302


def test_a_link_cannot_log_anybody_out(kim: Visitor) -> None:
    assert "<form" in kim.get("/-/logout").text
    assert kim.get("/tower-4").status_code == 200


def test_logging_in_again_replaces_the_session(kim: Visitor) -> None:
    before = dict(kim.cookies)
    kim.log_in("rae")
    assert dict(kim.cookies) != before
    kim.cookies = before
    assert kim.get("/tower-4").status_code == 302


@pytest.mark.parametrize(
    "values", [{"level": "none"}, {"active": False}], ids=["none", "inactive"]
)
def test_being_shut_out_holds_from_the_next_request(
    kim: Visitor, folder: Path, values: dict[str, Any]
) -> None:
    change_person(folder, 2, **values)
    assert kim.get("/tower-4").status_code == 302
    change_person(folder, 2, level="standard", active=True)
    assert kim.get("/tower-4").status_code == 302


def test_a_lower_level_holds_from_the_next_request(
    come: Callable[..., Visitor], folder: Path
) -> None:
    kim = come()
    change_person(folder, 2, level="admin")
    kim.log_in("kim")
    assert kim.get("/tower-4/photos").status_code == 200
    change_person(folder, 2, level="read_only")
    assert kim.get("/tower-4/photos").status_code == 403
    assert kim.get("/tower-4").status_code == 200


def test_a_password_set_at_the_command_line_ends_sessions(
    kim: Visitor, folder: Path
) -> None:
    give_passwords(folder)
    assert kim.get("/tower-4").status_code == 302


def test_changing_the_password_goes_on_here_and_ends_elsewhere(
    kim: Visitor, come: Callable[..., Visitor]
) -> None:
    elsewhere = come()
    elsewhere.log_in("kim")
    fresh = "willow anchor brick"
    form = {"old": PASSWORDS["kim"], "new": fresh, "again": fresh}
    answer = kim.post("/tower-4/-/account/password", form)
    assert answer.headers["location"] == "/tower-4/-/account?changed=1"
    assert "The password is changed" in kim.get(answer.headers["location"]).text
    assert elsewhere.get("/tower-4").status_code == 302
    assert come().log_in("kim").status_code == 403
    assert come().log_in("kim", fresh).status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"old": "wrong"}, 403, "old password is not right"),
        ({"new": "short", "again": "short"}, 400, "at least 15 characters"),
        ({"again": "another"}, 400, "two passwords differ"),
        ({"new": "kimkimkim123456", "again": "kimkimkim123456"}, 400, "made of names"),
    ],
    ids=["old", "short", "differ", "guessed"],
)
def test_a_refused_password_says_why(
    kim: Visitor, fields: dict[str, str], status: int, said: str
) -> None:
    fresh = "willow anchor brick"
    form = {"old": PASSWORDS["kim"], "new": fresh, "again": fresh, **fields}
    answer = kim.post("/tower-4/-/account/password", form)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert fresh not in answer.text
    headers = {"content-type": "application/json"}
    told = kim.ask("POST", "/tower-4/-/account/password", json=form, headers=headers)
    assert (told.status_code, told.json()["ok"]) == (status, False)
    assert kim.get("/tower-4").status_code == 200


def test_one_sees_ones_sessions_and_may_end_them(
    kim: Visitor, come: Callable[..., Visitor]
) -> None:
    phone = come(
        address="192.168.1.77",
        agent="Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36",
    )
    phone.log_in("kim", kept="1")
    rae = come()
    rae.log_in("rae")
    listed = {
        s["address"]: s for s in kim.get("/tower-4/-/account.json").json()["sessions"]
    }
    assert {a: s["browser"] for a, s in listed.items()} == {
        "192.168.1.20": "Firefox, Linux",
        "192.168.1.77": "Chrome, Android",
    }
    assert listed["192.168.1.20"]["current"]
    page = kim.get("/tower-4/-/account").text
    assert "Chrome, Android" in page
    number = listed["192.168.1.77"]["id"]
    end = f"/tower-4/-/account/sessions/{number}/end"
    assert rae.post(end).status_code == 404
    assert phone.get("/tower-4").status_code == 200
    assert kim.post(end).status_code == 303
    assert phone.get("/tower-4").status_code == 302
    phone.log_in("kim")
    assert kim.post("/tower-4/-/account/sessions/end").status_code == 303
    assert phone.get("/tower-4").status_code == 302
    assert kim.get("/tower-4").status_code == 200


def test_no_page_and_no_sql_shows_anything_secret(
    come: Callable[..., Visitor],
) -> None:
    sam = come()
    sam.log_in("sam")
    (token,) = sam.cookies.values()
    for path in (
        "/tower-4/-/tables",
        "/tower-4/people",
        "/tower-4/-/query.json?sql=select+*+from+people",
        "/tower-4/-/query.json?sql=select+*+from+sqlite_master",
        "/tower-4/-/account",
        "/tower-4/-/settings",
        "/-/actor.json",
        "/-/databases.json",
    ):
        text = sam.get(path).text
        assert token not in text, path
        assert "$argon2" not in text, path
        assert "accounts.db" not in text, path
    for sql in ("select * from passwords", "attach 'accounts.db' as a", "pragma x"):
        answer = sam.get("/tower-4/-/query.json", params={"sql": sql})
        assert answer.status_code == 400, sql


def test_what_a_browser_keeps_is_not_for_the_next_who_logs_in(kim: Visitor) -> None:
    thumbnail = kim.get(f"/tower-4/-/photo/{PUBLIC}/thumbnail")
    assert thumbnail.status_code == 200
    assert thumbnail.headers["cache-control"].startswith("private")
    assert "cookie" in thumbnail.headers["vary"].lower()


@pytest.mark.parametrize(
    ("agent", "browser"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/141 Safari/537 Edg/141",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Macintosh) Firefox/140.0", "Firefox, macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("\x1b[31m<b>" + "x" * 99, "[31m<b>" + "x" * 33),
        ("", ""),
    ],
)
def test_ones_devices_can_be_told_apart(agent: str, browser: str) -> None:
    assert browser_of(agent) == browser
