"""/oauth/authorize: what somebody is asked, and where their answer goes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from archive.accounts.redirects import OUT_OF_BAND
from tests.plugins.api.oauth_town import CALLBACK, Town, address, arguments, words

ISSUER = "http://127.0.0.1:8001"
NO_CHALLENGE = {"code_challenge": None, "code_challenge_method": None}


def test_the_owner_is_asked_and_nothing_is_given_before_the_answer(
    town: Town, asking: Any
) -> None:
    page = town.visitor().get(address(asking))
    assert page.status_code == 200
    said = words(page.text)
    assert "Viewer asks to act for you in:" in said
    assert "Tower as Sam Archer (Admin)" in said
    assert "a program on this computer" in said
    assert town.execute("select * from codes") == []
    assert "no-store" in page.headers["cache-control"]


def test_yes_leads_back_with_a_code(town: Town, asking: Any) -> None:
    answer = town.allow(asking)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    given = arguments(answer)
    assert set(given) == {"code", "state", "iss"}
    assert (given["state"], given["iss"]) == ("xyz", ISSUER)
    assert town.redeem(asking, given["code"]).status_code == 200


def test_no_leads_back_with_nothing(town: Town, asking: Any) -> None:
    answer = town.visitor().post(address(asking), {"answer": "no"})
    given = arguments(answer)
    given.pop("error_description")
    assert given == {"error": "access_denied", "state": "xyz", "iss": ISSUER}
    assert town.execute("select * from codes") == []


@pytest.mark.parametrize("answer", [{}, {"answer": ""}, {"answer": "YES"}], ids=str)
def test_what_is_no_answer_is_asked_again(
    town: Town, asking: Any, answer: dict[str, str]
) -> None:
    page = town.visitor().post(address(asking), answer)
    assert page.status_code == 200
    assert "asks to act for you" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://127.0.0.1:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_nobody_answers_for_the_person(
    town: Town, asking: Any, headers: dict[str, str]
) -> None:
    visitor = town.visitor()
    answer = visitor.post(address(asking), {"answer": "yes"}, headers=headers)
    assert answer.status_code == 403
    assert town.execute("select * from codes") == []


def test_nor_does_who_says_nothing_of_where_they_come_from(
    town: Town, asking: Any
) -> None:
    answer = town.visitor().ask("POST", address(asking), data={"answer": "yes"})
    assert answer.status_code == 403
    assert town.execute("select * from codes") == []


def test_the_answer_does_not_come_with_the_address(town: Town, asking: Any) -> None:
    page = town.visitor().get(address(asking, answer="yes"))
    assert page.status_code == 200
    assert town.execute("select * from codes") == []


def test_the_page_may_send_its_form_on_to_the_program_alone(
    town: Town, asking: Any
) -> None:
    policy = town.visitor().get(address(asking)).headers["content-security-policy"]
    assert "form-action 'self' http://127.0.0.1:3000;" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        (NO_CHALLENGE, "invalid_request"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_to_the_program(
    town: Town, more: dict[str, Any], error: str
) -> None:
    made = town.add("Pocket", public=True, redirect_uris=[CALLBACK])
    answer = town.visitor().get(address(made, **more))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(CALLBACK)
    given = arguments(answer)
    assert (given["error"], given["state"], given["iss"]) == (error, "xyz", ISSUER)


def test_a_program_with_a_secret_may_do_without_a_challenge(
    town: Town, asking: Any
) -> None:
    code = town.code(asking, **NO_CHALLENGE)
    assert town.redeem(asking, code, code_verifier=None).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "&client_id=other",
        "&redirect_uri=https://evil.example/",
        "&state=a&state=b",
        "&response_type=token",
        "&code_challenge=" + "y" * 43,
    ],
)
def test_a_parameter_that_is_there_twice_is_refused(
    town: Town, asking: Any, query: str
) -> None:
    answer = town.visitor().get(address(asking) + query)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_program_on_this_computer_takes_any_port(town: Town, asking: Any) -> None:
    uri = "http://127.0.0.1:51004/cb"
    code = town.code(asking, redirect_uri=uri)
    answer = town.redeem(asking, code)
    assert answer.json()["error"] == "invalid_grant"
    assert town.redeem(asking, code, redirect_uri=uri).status_code == 200


def test_the_address_may_be_left_out_where_there_is_one(
    town: Town, asking: Any
) -> None:
    answer = town.allow(asking, redirect_uri=None)
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    code = arguments(answer)["code"]
    assert town.redeem(asking, code, redirect_uri=None).status_code == 200


@pytest.mark.parametrize("state", ["", "x&code=y#z", "é ü/+%", 'a"b<script>'])
def test_the_state_comes_back_as_it_was(town: Town, asking: Any, state: str) -> None:
    answer = town.allow(asking, state=state)
    assert arguments(answer).get("state", "") == state
    assert urlsplit(answer.headers["location"]).fragment == ""
    page = town.visitor().get(address(asking, state=state))
    assert "<script>" not in page.text.replace("<script type", "").replace(
        "<script nonce", ""
    )


def test_arguments_of_a_registered_address_stay(town: Town) -> None:
    uri = "https://app.example/cb?tenant=7"
    made = town.add("Web", redirect_uris=[uri])
    page = town.visitor().get(address(made, redirect_uri=uri))
    assert "Your answer is sent to https://app.example/cb." in words(page.text)
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    given = arguments(town.allow(made, redirect_uri=uri))
    assert given["tenant"] == "7"


def test_a_code_may_be_shown_to_be_copied(town: Town) -> None:
    made = town.add("Terminal", public=True, redirect_uris=[OUT_OF_BAND])
    asked = address(made, redirect_uri=OUT_OF_BAND)
    assert "You are shown a code" in words(town.visitor().get(asked).text)
    page = town.visitor().post(asked, {"answer": "yes"})
    assert page.status_code == 200
    assert "no-store" in page.headers["cache-control"]
    code = page.text.partition('id="code" value="')[2].partition('"')[0]
    assert town.redeem(made, code, redirect_uri=OUT_OF_BAND).status_code == 200
    refused = town.visitor().post(asked, {"answer": "no"})
    assert "has been given nothing" in words(refused.text)
    wrong = town.visitor().get(
        address(made, redirect_uri=OUT_OF_BAND, response_type="token")
    )
    assert wrong.status_code == 400


def test_a_name_is_text_on_the_page(town: Town) -> None:
    name = "<b>Admin</b> & co"
    made = town.add(name, redirect_uris=[CALLBACK])
    page = town.visitor().get(address(made))
    assert "<b>Admin" not in page.text
    assert f"{name} asks to act for you" in page.text.replace("&lt;", "<").replace(
        "&gt;", ">"
    ).replace("&amp;", "&")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(town: Town, asking: Any, method: str) -> None:
    assert town.visitor().ask(method, address(asking)).status_code == 405
