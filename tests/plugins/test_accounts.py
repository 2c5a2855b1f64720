"""Logging in over HTTP: what somebody gets before, after, and when it ends."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import accounts
from archive.accounts import Visit, logins, passwords, throttling
from archive.clock import utc_now
from archive.database import create_archive, open_archive
from archive.people import find_person, owner
from plugins.access import Access
from plugins.browsers import browser_of
from tests.plugins.conftest import HIDDEN, PUBLIC, Site, fill
from tests.plugins.visitors import (
    PASSWORDS,
    Visitor,
    change_person,
    give_passwords,
)

ACCESS = Access(accounts=True, names=("office", "photos.example"))
JSON = {"accept": "application/json"}


@contextmanager
def serving(loop: Any, *folders: Path, access: Access = ACCESS) -> Iterator[Site]:
    from plugins.serving import make_datasette

    datasette = make_datasette(folders, access=access)
    loop.run(datasette.invoke_startup())
    yield Site(datasette, loop, folders[0])
    loop.run(datasette.invoke_shutdown())


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two archives with passwords, to be copied: making one takes a while."""
    parent = tmp_path_factory.mktemp("towns")
    for title in ("Tower 4", "Bridge"):
        fill(parent / title, title)
        give_passwords(parent / title)
    return parent


@pytest.fixture
def folder(towns: Path, tmp_path: Path) -> Path:
    shutil.copytree(towns / "Tower 4", tmp_path / "tower")
    return tmp_path / "tower"


@pytest.fixture
def come(folder: Path, loop: Any) -> Iterator[Callable[..., Visitor]]:
    """Return a function that brings somebody who is not logged in."""
    with serving(loop, folder) as site:
        app = site.datasette.app()
        yield lambda **about: Visitor(app, loop, **about)


@pytest.fixture(scope="module")
def stranger(towns: Path, loop: Any) -> Iterator[Visitor]:
    """Somebody who is never let in, and so changes nothing."""
    with serving(loop, towns / "Tower 4") as site:
        yield Visitor(site.datasette.app(), loop)


@pytest.fixture
def kim(come: Callable[..., Visitor]) -> Visitor:
    """Kim, logged in; she is standard."""
    visitor = come()
    assert visitor.log_in("kim").status_code == 303
    return visitor


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


def test_logging_in_leads_back_to_what_was_wanted(
    come: Callable[..., Visitor],
) -> None:
    visitor = come()
    asked = visitor.get("/tower-4?q=crane&after=x")
    assert asked.headers["location"] == "/-/login?next=/tower-4%3Fq%3Dcrane%26after%3Dx"
    page = visitor.get(asked.headers["location"]).text
    assert 'name="next" value="/tower-4?q=crane&amp;after=x"' in page
    answer = visitor.log_in("kim", next="/tower-4?q=crane")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tower-4?q=crane")
    assert "publicword" in visitor.get("/tower-4?q=crane").text


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/tower-4",
        "https://evil.example/tower-4",
        "/\\evil.example",
        "/tower-4\r\nlocation: //evil.example",
        "javascript:alert(1)",
        "/-/logout",
        "",
    ],
)
def test_logging_in_leads_to_no_other_site(
    come: Callable[..., Visitor], wanted: str
) -> None:
    answer = come().log_in("kim", next=wanted)
    assert answer.headers["location"] == "/tower-4"


@pytest.mark.parametrize(
    ("base", "kept", "expected"),
    [
        (
            "http://192.168.1.5:8001",
            "",
            {"httponly", "path=/", "samesite=lax"},
        ),
        (
            "http://192.168.1.5:8001",
            "1",
            {"httponly", "path=/", "samesite=lax", "max-age=2592000"},
        ),
        (
            "https://192.168.1.5:8001",
            "",
            {"httponly", "path=/", "samesite=lax", "secure"},
        ),
        (
            "http://photos.example",
            "",
            {"httponly", "path=/", "samesite=lax", "secure"},
        ),
    ],
    ids=["plain", "kept", "https", "behind a proxy with https"],
)
def test_the_cookie_is_as_shut_as_it_can_be(
    folder: Path, loop: Any, base: str, kept: str, expected: set[str]
) -> None:
    access = Access(
        accounts=True, names=("photos.example",), secure=("photos.example",)
    )
    with serving(loop, folder, access=access) as site:
        answer = Visitor(site.datasette.app(), loop, base).log_in("kim", kept=kept)
    (cookie,) = answer.headers.get_list("set-cookie")
    value, *about = [part.strip() for part in cookie.split(";")]
    assert {part.lower() for part in about} == expected
    name, _, token = value.partition("=")
    assert name.startswith("__Host-asbuilt-") is ("secure" in expected)
    assert len(token) == 43


def test_cookies_of_two_ports_do_not_clash_and_a_bad_one_harms_no_other(
    folder: Path, tmp_path: Path, loop: Any
) -> None:
    create_archive(tmp_path / "bridge", "Bridge")
    with serving(loop, folder) as one, serving(loop, tmp_path / "bridge") as other:
        visitor = Visitor(one.datasette.app(), loop)
        visitor.log_in("kim")
        (token,) = visitor.cookies.values()
        visitor.cookies.set("asbuilt-other", "x")
        assert visitor.get("/tower-4").status_code == 200
        (name,) = [n for n in visitor.cookies if n != "asbuilt-other"]
        header = {"cookie": f'a"=[; =; ,=,; {name}={token}; {name}=second'}
        visitor.cookies = {}
        assert visitor.get("/tower-4", headers=header).status_code == 200
        visitor.app = other.datasette.app()
        assert visitor.get("/bridge", headers=header).status_code == 302


def without_name(page: str, login: str) -> str:
    """Return a login page without what was typed, and what changes with each answer."""
    page = re.sub(r'nonce="[^"]*"', "", page).replace(" autofocus", "")
    return page.replace(f'name="login" value="{login}"', 'name="login" value=""')


@pytest.mark.parametrize(
    ("login", "password"),
    [("kim", "wrong"), ("nobody", PASSWORDS["kim"]), ("", ""), ("kim", "")],
)
def test_a_failed_login_is_the_same_for_every_reason(
    come: Callable[..., Visitor], login: str, password: str
) -> None:
    visitor = come()
    answer = visitor.log_in(login, password)
    assert answer.status_code == 403
    assert "do not fit together" in answer.text
    assert PASSWORDS["kim"] not in answer.text
    assert not answer.headers.get_list("set-cookie")
    other = come(address="10.0.0.9").log_in("kim", "other wrong one")
    assert without_name(answer.text, login) == without_name(other.text, "kim")


def test_what_was_typed_is_escaped(come: Callable[..., Visitor]) -> None:
    answer = come().log_in('"><script>alert(1)</script>', "x", next='/"><b>')
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


def test_failures_make_one_wait_and_say_how_long(come: Callable[..., Visitor]) -> None:
    visitor = come()
    for _ in range(throttling.FREE["login"] + 1):
        assert visitor.log_in("kim", "wrong").status_code == 403
    answer = visitor.log_in("kim")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert "Try again in a second" in answer.text
    stranger = visitor.log_in("nobody", "wrong")
    assert stranger.status_code == 403


def test_nobody_is_told_apart_from_somebody_by_waiting(
    come: Callable[..., Visitor],
) -> None:
    def answers(login: str, address: str) -> list[int]:
        visitor = come(address=address)
        return [visitor.log_in(login, "wrong").status_code for _ in range(7)]

    assert answers("kim", "10.0.0.1") == answers("nobody", "10.0.0.2")


def test_a_script_may_log_in_with_json(come: Callable[..., Visitor]) -> None:
    visitor = come()
    body = {"login": "kim", "password": PASSWORDS["kim"], "next": "/tower-4"}
    answer = visitor.ask("POST", "/-/login", json=body)
    assert answer.json() == {"ok": True, "next": "/tower-4"}
    assert visitor.get("/tower-4").status_code == 200
    body["password"] = PASSWORDS["rae"]
    refused = visitor.ask("POST", "/-/login", json=body)
    assert (refused.status_code, refused.json()["ok"]) == (403, False)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"[]", b'{"login": 3}'])
def test_nonsense_is_refused_in_words(
    come: Callable[..., Visitor], content: bytes
) -> None:
    headers = {"content-type": "application/json"}
    answer = come().ask("POST", "/-/login", content=content, headers=headers)
    assert answer.status_code in (400, 403)
    assert answer.json()["ok"] is False


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


@pytest.fixture
def invited(folder: Path) -> str:
    """The way to choose a password, for person 4."""
    with open_archive(folder) as archive, accounts.open_accounts(folder) as opened:
        sam = owner(archive.connection)
        change_person(folder, 4, login="ada")
        ada = find_person(archive.connection, 4)
        visit = Visit(utc_now())
        made = accounts.invite(opened, archive.connection, ada, visit, by=sam)
    return f"/-/invitation/{made.token}"


def test_an_invitation_lets_somebody_in_once(
    come: Callable[..., Visitor], invited: str
) -> None:
    ada = come()
    page = ada.get(invited)
    assert page.status_code == 200
    assert "Ada Auditor" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert "store" in page.headers["cache-control"]
    fresh = "willow anchor brick"
    answer = ada.post(invited, {"new": fresh, "again": fresh})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tower-4")
    assert ada.get("/tower-4").status_code == 200
    again = come().get(invited)
    assert again.status_code == 404
    assert "Ada" not in again.text
    assert come().post(invited, {"new": fresh, "again": fresh}).status_code == 404
    assert come().log_in("ada", fresh).status_code == 303


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 100])
def test_a_wrong_invitation_tells_nothing(
    come: Callable[..., Visitor], token: str
) -> None:
    answer = come().get(f"/-/invitation/{token}")
    assert answer.status_code == 404
    assert "Tower" not in answer.text


def test_looking_at_an_invitation_does_not_use_it_up(
    come: Callable[..., Visitor], invited: str
) -> None:
    """Messengers look at links before people do."""
    for _ in range(3):
        come().get(invited)
    weak = come().post(invited, {"new": "short", "again": "short"})
    assert weak.status_code == 400
    assert "at least 15 characters" in weak.text
    fresh = "willow anchor brick"
    assert come().post(invited, {"new": fresh, "again": fresh}).status_code == 303


@pytest.mark.parametrize(("who", "status"), [("sam", 200), ("kim", 403), ("rae", 403)])
def test_only_admins_invite(
    come: Callable[..., Visitor], folder: Path, who: str, status: int
) -> None:
    change_person(folder, 4, login="ada")
    visitor = come()
    visitor.log_in(who)
    answer = visitor.post("/tower-4/-/people/4/invitation")
    assert answer.status_code == status
    if status == 200:
        link = answer.text.partition('id="link" value="')[2].partition('"')[0]
        assert link.startswith("http://192.168.1.5:8001/-/invitation/")
        assert come().get(link).status_code == 200


@pytest.fixture
def two(folder: Path, towns: Path, loop: Any) -> Iterator[Callable[..., Visitor]]:
    """Two archives side by side; in both there is a person 1 and a person 2."""
    bridge = folder.parent / "bridge"
    shutil.copytree(towns / "Bridge", bridge)
    with serving(loop, folder, bridge) as site:
        app = site.datasette.app()
        yield lambda **about: Visitor(app, loop, **about)


def test_a_session_belongs_to_one_archive(two: Callable[..., Visitor]) -> None:
    """Person 2 of the one is somebody else in the other."""
    kim = two()
    assert kim.log_in("kim", next="/bridge").headers["location"] == "/bridge"
    assert kim.get("/bridge").status_code == 200
    assert kim.get("/tower-4").headers["location"] == "/-/login?next=/tower-4"
    assert kim.get("/tower-4.json").status_code == 401
    assert kim.get("/tower-4/-/photo/1/original").status_code == 302
    assert [a["name"] for a in kim.get("/.json").json()["archives"]] == ["bridge"]
    kim.log_in("kim", next="/tower-4?q=crane")
    assert kim.get("/tower-4").status_code == 200
    assert len(kim.get("/.json").json()["archives"]) == 2
    kim.post("/-/logout")
    assert kim.get("/tower-4").status_code == kim.get("/bridge").status_code == 302


def test_which_archives_there_are_is_told_to_nobody(
    two: Callable[..., Visitor],
) -> None:
    stranger, kim = two(), two()
    kim.log_in("kim", next="/bridge")
    for visitor in (stranger, kim):
        for path in ("/tower-4", "/tower-4/-/photo/1", "/tower-4/photos/1"):
            there = visitor.get(path)
            other = visitor.get(path.replace("tower-4", "nothing"))
            assert there.status_code == other.status_code == 302
            assert there.headers["location"] == other.headers["location"].replace(
                "nothing", "tower-4"
            )
    page = stranger.get("/-/login").text
    assert 'name="archive"' in page
    assert "Bridge" not in page


@pytest.mark.parametrize(
    ("archive", "where"),
    [
        ("Bridge", "/bridge"),
        ("bridge ", "/bridge"),
        ("TOWER 4", "/tower-4"),
        ("tower-4", "/tower-4"),
        ("nothing", None),
        ("", None),
    ],
)
def test_at_the_door_of_several_one_names_the_project(
    two: Callable[..., Visitor], archive: str, where: str | None
) -> None:
    answer = two().log_in("kim", archive=archive)
    assert answer.headers.get("location") == where
    assert answer.status_code == (303 if where else 403)


@pytest.mark.parametrize("wanted", ["/tower-4", "/nothing", ""])
def test_one_hash_whichever_archive_is_named(
    two: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    counted = []
    real = passwords.matches

    def counting(stored: str | None, password: str) -> bool:
        counted.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "matches", counting)
    assert two().log_in("kim", "wrong", next=wanted).status_code == 403
    assert len(counted) == 1


def test_hashing_does_not_hold_up_the_others(
    come: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody logs in, pages are answered: from another thread than theirs."""
    come().get("/-/login")
    begun, answered = threading.Event(), threading.Event()
    real = logins.passwords.matches

    def slowly(stored: str | None, password: str) -> bool:
        begun.set()
        assert answered.wait(20)
        return real(stored, password)

    monkeypatch.setattr(logins.passwords, "matches", slowly)
    visitor, statuses = come(), []
    thread = threading.Thread(
        target=lambda: statuses.append(visitor.log_in("kim").status_code)
    )
    thread.start()
    assert begun.wait(20)
    statuses.append(come().get("/-/login").status_code)
    answered.set()
    thread.join()
    assert statuses == [200, 303]


def test_a_crowd_at_the_door_is_sent_away_rather_than_kept_waiting(
    come: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins import sessions

    monkeypatch.setattr(sessions, "_MOST_WAITING", 0)
    answer = come().log_in("kim")
    assert answer.status_code == 503
    assert "Too many are logging in" in answer.text


def test_what_a_browser_keeps_is_not_for_the_next_who_logs_in(kim: Visitor) -> None:
    thumbnail = kim.get(f"/tower-4/-/photo/{PUBLIC}/thumbnail")
    assert thumbnail.status_code == 200
    assert thumbnail.headers["cache-control"].startswith("private")
    assert "cookie" in thumbnail.headers["vary"].lower()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.1.5:8001", 200),
        ("[fe80::1]:8001", 200),
        ("localhost:8001", 200),
        ("office:8001", 200),
        ("OFFICE.:8001", 200),
        ("photos.example", 200),
        ("evil.example", 403),
        ("office.evil.example", 403),
        ("192.168.1.5.evil.example", 403),
        ("", 403),
    ],
)
def test_only_names_of_ours_are_answered(
    come: Callable[..., Visitor], host: str, status: int
) -> None:
    assert come().get("/-/login", headers={"host": host}).status_code == status


HOSTILE: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"},
    {"sec-fetch-site": "same-site", "sec-fetch-dest": "document"},
    {"sec-fetch-site": "cross-site", "sec-fetch-dest": "empty"},
    {"origin": "http://evil.example"},
    {"origin": "http://192.168.1.5:9999"},
    {"origin": "null"},
    {"origin": "http://192.168.1.5:8001.evil.example"},
]


@pytest.mark.parametrize("headers", HOSTILE, ids=str)
@pytest.mark.parametrize(
    "path",
    ["/-/login", "/-/logout", "/tower-4/-/account/sessions/end", "/tower-4/-/undo/1"],
)
def test_no_other_site_can_post(
    kim: Visitor, path: str, headers: dict[str, str]
) -> None:
    form = {"login": "rae", "password": PASSWORDS["rae"]}
    answer = kim.ask("POST", path, data=form, headers=headers)
    assert answer.status_code == 403
    assert "Another web site" in answer.text
    assert kim.get("/tower-4/-/account.json").json()["person"]["login"] == "kim"


@pytest.mark.parametrize("mode", ["owner", "nobody known"])
def test_no_other_site_can_post_without_accounts_either(
    folder: Path, loop: Any, mode: str
) -> None:
    with serving(loop, folder, access=Access(owner=mode == "owner")) as site:
        visitor = Visitor(
            site.datasette.app(), loop, "http://127.0.0.1:8001", "127.0.0.1"
        )
        for headers in HOSTILE:
            answer = visitor.ask("POST", "/tower-4/-/undo/1", headers=headers)
            assert answer.status_code == 403, headers


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via"]
)
def test_behind_a_proxy_nobody_is_the_owner(folder: Path, loop: Any, name: str) -> None:
    with serving(loop, folder, access=Access(owner=True)) as site:
        owner_ = Visitor(
            site.datasette.app(), loop, "http://127.0.0.1:8001", "127.0.0.1"
        )
        assert owner_.get("/tower-4").status_code == 200
        answer = owner_.get("/tower-4", headers={name: "10.0.0.1"})
        assert answer.status_code == 403
        assert "--accounts" in answer.text


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
