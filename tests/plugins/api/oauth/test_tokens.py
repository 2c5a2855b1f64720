"""/oauth/token, /oauth/revoke and /oauth/token/info, as programs ask them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.accounts import store
from archive.database import open_archive
from archive.people import find_person
from tests.plugins.api.oauth.errors import error
from tests.plugins.api.oauth_town import (
    CALLBACK,
    VERIFIER,
    Town,
    basic,
    json_body,
    served,
)
from tests.plugins.conftest import Loop
from tests.plugins.visitors import change_person

ITSELF = {"grant_type": "client_credentials"}


def multipart(fields: dict[str, Any]) -> dict[str, Any]:
    return {"files": {name: (None, value) for name, value in fields.items()}}


def with_type(kind: str) -> Any:
    return lambda fields: {
        "content": urlencode(fields),
        "headers": {"content-type": kind},
    }


@pytest.mark.parametrize("where", ["body", "basic", "both"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda fields: {"data": fields},
        multipart,
        json_body,
        with_type("application/x-www-form-urlencoded; charset=utf-8"),
        lambda fields: {"content": json.dumps(fields), "headers": {}},
        lambda fields: {"content": urlencode(fields), "headers": {}},
    ],
    ids=["urlencoded", "multipart", "json", "charset", "untyped json", "untyped"],
)
def test_credentials_in_every_encoding(town: Town, encode: Any, where: str) -> None:
    made = town.add()
    known = {"client_id": made.client.id, "client_secret": str(made.secret)}
    options = encode({**ITSELF, **({} if where == "basic" else known)})
    if where != "body":
        options["headers"] = {
            **options.get("headers", {}),
            **basic(made.client.id, made.secret),
        }
    answer = town.post("/oauth/token", **options)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "created_at"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 5400)
    assert isinstance(body["created_at"], int)
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("application/json")
    assert town.holds(body["access_token"])


def test_info_tells_whose_token_it_is(town: Town) -> None:
    made = town.add(level="standard")
    told = town.info(town.by_itself(made)).json()
    assert 5390 < told.pop("expires_in_seconds") <= 5400
    with open_archive(town.folders[0]) as archive:
        person = find_person(archive.connection, told.pop("resource_owner_id"))
    assert (person.name, person.level) == ("Reports", "standard")
    assert isinstance(told.pop("created_at"), int)
    assert told == {"scopes": [], "application": {"uid": made.client.id}}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic x", "Bearer é", "Bearer " + "x" * 9_000]
)
def test_info_of_what_is_no_token(town: Town, header: str) -> None:
    headers = {"authorization": header.encode("latin-1")} if header else {}
    answer = town.visitor().get("/oauth/token/info", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"] == "invalid_token"


def test_nobody_can_tell_what_is_wrong_about_a_program(town: Town) -> None:
    """Unknown, removed, wrong secret, none: the same answer."""
    made, gone = town.add(), town.add()
    public = town.add(public=True, redirect_uris=[CALLBACK])
    town.remove(gone)
    tries = [
        {"client_id": "client-unknown", "client_secret": str(made.secret)},
        {"client_id": made.client.id, "client_secret": "x" * 64},
        {"client_id": gone.client.id, "client_secret": str(gone.secret)},
        {"client_id": made.client.id, "client_secret": str(gone.secret)},
        {"client_id": public.client.id, "client_secret": "x" * 64},
        {"client_id": public.client.id},
        {"client_id": made.client.id},
        {"client_id": "client-unknown"},
        {"client_secret": str(made.secret)},
        {},
    ]
    answers = []
    for number, fields in enumerate(tries):
        about = {"address": f"10.0.0.{number}"}
        answers.append(town.post("/oauth/token", {**ITSELF, **fields}, about=about))
    assert {error(answer) for answer in answers} == {(401, "invalid_client")}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].headers["www-authenticate"] == 'Basic realm="asbuilt"'


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (400, "unsupported_grant_type")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": 'x"\\é'}, (400, "invalid_request")),
        ({"grant_type": "authorization_code"}, (400, "invalid_request")),
        ({"grant_type": "authorization_code", "code": "x"}, (400, "invalid_grant")),
        ({"grant_type": "refresh_token"}, (400, "invalid_request")),
        (
            {"grant_type": "refresh_token", "refresh_token": "x"},
            (400, "invalid_grant"),
        ),
        ({**ITSELF, "scope": "everything"}, (200, "")),
    ],
    ids=str,
)
def test_what_is_asked_for(
    town: Town, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    answer = town.token(town.add(), **fields)
    if expected[0] == 200:
        assert answer.status_code == 200
        assert "scope" not in answer.json()
    else:
        assert error(answer) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"content": "{", "headers": {"content-type": "application/json"}}, 400),
        ({"content": "[]", "headers": {"content-type": "application/json"}}, 400),
        ({"content": "[1]", "headers": {"content-type": "application/json"}}, 400),
        ({"content": "[" * 9_000, "headers": {"content-type": "text/json"}}, 400),
        (
            {
                "content": '{"grant_type": {"a": 1}}',
                "headers": {"content-type": "application/json"},
            },
            400,
        ),
        (
            {
                "content": '{"grant_type": "x", "grant_type": "client_credentials"}',
                "headers": {"content-type": "application/json"},
            },
            400,
        ),
        ({"content": "grant_type=a&grant_type=client_credentials"}, 400),
        ({"content": "a=1&" * 60}, 400),
        ({"content": "x" * 70_000}, 400),
        ({"content": b"\xff\xfe=1"}, 400),
        ({"content": "x", "headers": {"content-type": "multipart/form-data"}}, 400),
        (
            {
                "content": "x",
                "headers": {"content-type": "multipart/form-data; boundary=b"},
            },
            400,
        ),
        ({"headers": {"authorization": "Basic !!!"}}, 400),
        ({"headers": {"authorization": "Basic /w=="}}, 400),
        ({"content": ""}, 400),
    ],
)
def test_what_cannot_be_read_is_a_json_error(
    town: Town, options: dict[str, Any], expected: int
) -> None:
    for path in ("/oauth/token", "/oauth/revoke"):
        status, code = error(town.post(path, **options))
        assert status in (expected, 401)
        assert code in ("invalid_request", "unsupported_grant_type", "invalid_client")


def test_two_credentials_that_differ_are_refused(town: Town) -> None:
    one, two = town.add(), town.add()
    known = {"client_id": one.client.id, "client_secret": str(one.secret)}
    headers = basic(two.client.id, two.secret)
    answer = town.post("/oauth/token", {**ITSELF, **known}, headers=headers)
    assert error(answer) == (400, "invalid_request")


def test_nothing_is_read_from_the_address(town: Town) -> None:
    made = town.add()
    known = {"client_id": made.client.id, "client_secret": str(made.secret)}
    answer = town.post(f"/oauth/token?{urlencode({**ITSELF, **known})}", {"a": "b"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/oauth/token", "POST"),
        ("DELETE", "/oauth/revoke", "POST"),
        ("POST", "/oauth/token/info", "GET, HEAD"),
    ],
)
def test_other_methods(town: Town, method: str, path: str, allow: str) -> None:
    answer = town.visitor().ask(method, path)
    assert error(answer) == (405, "invalid_request")
    assert answer.headers["allow"] == allow


def test_a_page_of_another_site_cannot_use_it(town: Town) -> None:
    made = town.add()
    known = {"client_id": made.client.id, "client_secret": str(made.secret)}
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    answer = town.post("/oauth/token", {**ITSELF, **known}, headers=headers)
    assert answer.status_code == 403


def test_a_program_that_only_asks_people_gets_nothing_for_itself(town: Town) -> None:
    public = town.add(public=True, redirect_uris=[CALLBACK])
    assert error(town.token(public, **ITSELF)) == (401, "invalid_client")


@pytest.mark.parametrize(
    "change", [{"active": False}, {"level": "none"}], ids=["inactive", "none"]
)
def test_a_program_whose_person_is_shut_out_gets_nothing(
    town: Town, change: dict[str, Any]
) -> None:
    made = town.add()
    token = town.by_itself(made)
    change_person(town.folders[0], 2, **change)
    assert not town.holds(token)
    assert error(town.token(made, **ITSELF)) == (400, "unauthorized_client")
    change_person(town.folders[0], 2, active=True, level="standard")
    assert not town.holds(token)
    assert town.holds(town.by_itself(made))


def test_a_removed_program_is_out_at_once(town: Town) -> None:
    made = town.add(redirect_uris=[CALLBACK])
    token, pair = town.by_itself(made), town.pair(made)
    town.remove(made)
    assert not town.holds(token)
    assert not town.holds(pair["access_token"])
    answer = town.refresh(made, pair["refresh_token"])
    assert error(answer) == (401, "invalid_client")


# Failures


def test_wrong_secrets_make_their_address_wait_and_not_the_program(town: Town) -> None:
    made = town.add()
    fields = {**ITSELF, "client_id": made.client.id, "client_secret": "x" * 64}
    thief = {"about": {"address": "10.6.6.6"}}
    answers = [town.post("/oauth/token", fields, **thief) for _ in range(8)]
    assert [a.status_code for a in answers[:4]] == [401] * 4
    late = answers[-1]
    assert error(late) == (429, "temporarily_unavailable")
    assert int(late.headers["retry-after"]) >= 1
    good = {**fields, "client_secret": str(made.secret)}
    assert town.post("/oauth/token", good, **thief).status_code == 200
    assert town.holds(town.by_itself(made))


def test_no_secret_is_written_anywhere(
    town: Town, asking: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = town.code(asking)
    pair = town.redeem(asking, code).json()
    again = town.refresh(asking, pair["refresh_token"]).json()
    own = town.by_itself(asking)
    town.token(asking, grant_type="client_credentials", client_secret="wrong-" * 9)
    secrets = [code, own, *pair.values(), *again.values(), asking.secret, "wrong-"]
    written = town.written().decode("latin-1") + caplog.text
    for secret in (s for s in secrets if isinstance(s, str) and s != "bearer"):
        assert secret not in written


def test_an_archive_that_cannot_be_used_is_no_error_of_the_program(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.errors import ArchiveLocked, StoreError

    made = town.add()

    def locked(*_: Any) -> None:
        raise ArchiveLocked("busy")

    def damaged(*_: Any) -> None:
        raise StoreError("/secret/path", "is damaged")

    monkeypatch.setattr(store, "_connected", locked)
    answer = town.token(made, **ITSELF)
    assert error(answer) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"]
    monkeypatch.setattr(store, "_connected", damaged)
    answer = town.token(made, **ITSELF)
    assert error(answer) == (500, "server_error")
    assert "secret" not in answer.text


ODD = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\"\\'<>&%\r\n"),
    max_size=30,
)


NAMES = st.sampled_from(
    [
        "grant_type",
        "client_id",
        "client_secret",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "token",
        "scope",
        "state",
        "client_assertion_type",
    ]
)


WORDS = ODD | st.sampled_from(
    ["client_credentials", "authorization_code", "refresh_token", CALLBACK, VERIFIER]
)


@pytest.fixture(scope="module")
def old_town(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[Town]:
    with served(loop, tmp_path_factory.mktemp("old")) as found:
        found.add(client_id="client-1")
        yield found


@given(
    fields=st.dictionaries(NAMES, WORDS, max_size=8),
    path=st.sampled_from(["/oauth/token", "/oauth/revoke"]),
    form=st.sampled_from(["json", "data"]),
    last=st.integers(0, 255),
)
def test_whatever_is_sent_is_answered_in_json(
    old_town: Town, fields: dict[str, str], path: str, form: str, last: int
) -> None:
    about = {"address": f"10.1.1.{last}"}
    options = json_body(fields) if form == "json" else {"data": fields}
    answer = old_town.post(path, about=about, **options)
    assert answer.status_code in (400, 401, 429)
    assert answer.json()["error"]
