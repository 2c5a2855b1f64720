"""/oauth/authorize: what somebody is asked, and where their answer goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.accounts.redirects import OUT_OF_BAND
from archive.batches import batch
from archive.database import open_archive
from archive.people import add_person, owner
from tests.plugins.api.oauth_town import (
    ACCOUNTS,
    CALLBACK,
    VERIFIER,
    Town,
    address,
    arguments,
    challenge,
    served,
    words,
)
from tests.plugins.conftest import Loop
from tests.plugins.visitors import Visitor, change_person, give_passwords

ISSUER = "http://127.0.0.1:8001"
NO_CHALLENGE = {"code_challenge": None, "code_challenge_method": None}


def let_in(folder: Path) -> None:
    """Sam is the owner; Kim is standard and Rae read_only, each with a password."""
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as made:
            add_person(archive.connection, sam, made, "Kim Lee", level="standard")
            add_person(archive.connection, sam, made, "Rae Reader")
    give_passwords(folder)


@pytest.fixture
def town(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    """The laptop's owner is here, with no login."""
    with served(loop, tmp_path) as found:
        yield found


@pytest.fixture
def office(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    """Two archives where people log in."""
    titles = ("Tower", "Bridge")
    with served(loop, tmp_path, *titles, access=ACCOUNTS, people=let_in) as found:
        yield found


@pytest.fixture
def made(town: Town) -> Any:
    return town.add("Viewer", redirect_uris=[CALLBACK])


def test_the_owner_is_asked_and_nothing_is_given_before_the_answer(
    town: Town, made: Any
) -> None:
    page = town.visitor().get(address(made))
    assert page.status_code == 200
    said = words(page.text)
    assert "Viewer asks to act for you in:" in said
    assert "Tower as Sam Archer (Admin)" in said
    assert "a program on this computer" in said
    assert town.execute("select * from codes") == []
    assert "no-store" in page.headers["cache-control"]


def test_yes_leads_back_with_a_code(town: Town, made: Any) -> None:
    answer = town.allow(made)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    given = arguments(answer)
    assert set(given) == {"code", "state", "iss"}
    assert (given["state"], given["iss"]) == ("xyz", ISSUER)
    assert town.redeem(made, given["code"]).status_code == 200


def test_no_leads_back_with_nothing(town: Town, made: Any) -> None:
    answer = town.visitor().post(address(made), {"answer": "no"})
    given = arguments(answer)
    given.pop("error_description")
    assert given == {"error": "access_denied", "state": "xyz", "iss": ISSUER}
    assert town.execute("select * from codes") == []


@pytest.mark.parametrize("answer", [{}, {"answer": ""}, {"answer": "YES"}], ids=str)
def test_what_is_no_answer_is_asked_again(
    town: Town, made: Any, answer: dict[str, str]
) -> None:
    page = town.visitor().post(address(made), answer)
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
    town: Town, made: Any, headers: dict[str, str]
) -> None:
    visitor = town.visitor()
    answer = visitor.post(address(made), {"answer": "yes"}, headers=headers)
    assert answer.status_code == 403
    assert town.execute("select * from codes") == []


def test_nor_does_who_says_nothing_of_where_they_come_from(
    town: Town, made: Any
) -> None:
    answer = town.visitor().ask("POST", address(made), data={"answer": "yes"})
    assert answer.status_code == 403
    assert town.execute("select * from codes") == []


def test_the_answer_does_not_come_with_the_address(town: Town, made: Any) -> None:
    page = town.visitor().get(address(made, answer="yes"))
    assert page.status_code == 200
    assert town.execute("select * from codes") == []


def test_the_page_may_send_its_form_on_to_the_program_alone(
    town: Town, made: Any
) -> None:
    policy = town.visitor().get(address(made)).headers["content-security-policy"]
    assert "form-action 'self' http://127.0.0.1:3000;" in policy
    assert "frame-ancestors 'none'" in policy


EVIL = [
    "https://evil.example/cb",
    "http://127.0.0.1:3000/other",
    "http://127.0.0.1:3000@evil.example/cb",
    "http://127.0.0.1.evil.example:3000/cb",
    "//evil.example/cb",
    "javascript:alert(1)",
    "http://127.0.0.1:3000/cb#x",
    "http://127.0.0.1:3000/cb\r\nSet-Cookie: a=b",
    'http://127.0.0.1:3000/cb"',
    "http://127.0.0.1:3000/cb\\",
    "/-/login",
    OUT_OF_BAND,
    "x",
    "",
]


@pytest.fixture(scope="module")
def known(
    tmp_path_factory: pytest.TempPathFactory, loop: Loop
) -> Iterator[tuple[Town, Any, Any]]:
    """A town where nothing is allowed, and programs with one address and with two."""
    with served(loop, tmp_path_factory.mktemp("known")) as town:
        town.add("Other", redirect_uris=["https://evil.example/cb"])
        one = town.add("Viewer", redirect_uris=[CALLBACK])
        two = town.add("Two", redirect_uris=[CALLBACK, "https://two.example/cb"])
        yield town, one, two


@pytest.mark.parametrize("uri", EVIL)
@pytest.mark.parametrize("answer", ["", "yes", "no"])
def test_nobody_is_sent_to_an_address_that_is_not_the_programs(
    known: tuple[Town, Any, Any], uri: str, answer: str
) -> None:
    town, made, two = known
    for one in (made, two) if uri else (two,):
        asked = address(one, redirect_uri=uri)
        visitor = town.visitor()
        got = visitor.post(asked, {"answer": answer}) if answer else visitor.get(asked)
        assert got.status_code == 400
        assert "location" not in got.headers
        assert "evil" not in got.text
    assert town.execute("select * from codes") == []


def test_an_unknown_program_and_one_with_another_address_look_alike(
    town: Town, made: Any
) -> None:
    visitor = town.visitor()
    wrong = visitor.get(address(made, redirect_uri="https://evil.example/cb"))
    unknown = visitor.get(address(made, client_id="client-unknown"))
    none = visitor.get(address(made, client_id=None))
    assert wrong.status_code == unknown.status_code == none.status_code == 400
    assert words(wrong.text) == words(unknown.text) == words(none.text)


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
    town: Town, made: Any
) -> None:
    code = town.code(made, **NO_CHALLENGE)
    assert town.redeem(made, code, code_verifier=None).status_code == 200


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
    town: Town, made: Any, query: str
) -> None:
    answer = town.visitor().get(address(made) + query)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_program_on_this_computer_takes_any_port(town: Town, made: Any) -> None:
    uri = "http://127.0.0.1:51004/cb"
    code = town.code(made, redirect_uri=uri)
    answer = town.redeem(made, code)
    assert answer.json()["error"] == "invalid_grant"
    assert town.redeem(made, code, redirect_uri=uri).status_code == 200


def test_the_address_may_be_left_out_where_there_is_one(town: Town, made: Any) -> None:
    answer = town.allow(made, redirect_uri=None)
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    code = arguments(answer)["code"]
    assert town.redeem(made, code, redirect_uri=None).status_code == 200


@pytest.mark.parametrize("state", ["", "x&code=y#z", "é ü/+%", 'a"b<script>'])
def test_the_state_comes_back_as_it_was(town: Town, made: Any, state: str) -> None:
    answer = town.allow(made, state=state)
    assert arguments(answer).get("state", "") == state
    assert urlsplit(answer.headers["location"]).fragment == ""
    page = town.visitor().get(address(made, state=state))
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
def test_other_methods(town: Town, made: Any, method: str) -> None:
    assert town.visitor().ask(method, address(made)).status_code == 405


# Where people log in


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


# Whatever stands in the address


@pytest.fixture(scope="module")
def old_town(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[Town]:
    with served(loop, tmp_path_factory.mktemp("old")) as found:
        found.add(client_id="client-1", redirect_uris=[CALLBACK])
        yield found


SIGNS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\"\\'<>&%\r\n")
WORDS = st.text(SIGNS, max_size=20) | st.sampled_from(
    ["code", "token", "client-1", CALLBACK, "S256", challenge(), VERIFIER, *EVIL]
)
NAMES = st.sampled_from(
    [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "request",
        "response_mode",
    ]
)


@settings(max_examples=50)  # each is a page
@given(more=st.dictionaries(NAMES, WORDS, max_size=6), answer=st.sampled_from("yn-"))
def test_it_is_answered_and_leads_nowhere_but_to_the_program(
    old_town: Town, more: dict[str, str], answer: str
) -> None:
    class _Made:
        class client:  # noqa: N801
            id = "client-1"

    asked, visitor = address(_Made, **more), old_town.visitor()  # type: ignore[arg-type]
    if answer == "-":
        got = visitor.get(asked)
    else:
        answers = {"y": "yes", "n": "no"}
        got = visitor.post(asked, {"answer": answers[answer]})
    assert got.status_code in (200, 302, 400)
    where = got.headers.get("location", "")
    assert not where or where.startswith(f"{CALLBACK}?")
    assert "\r" not in where
    assert "\n" not in where
