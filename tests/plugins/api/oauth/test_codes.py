"""Codes and pairs of tokens: what they are worth, and when they end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.plugins.api.oauth.errors import error
from tests.plugins.api.oauth_town import CALLBACK, VERIFIER, Town, basic
from tests.plugins.visitors import change_person


@pytest.mark.parametrize("kind", ["asking", "public"])
def test_a_code_becomes_a_pair_that_acts_for_the_person(
    town: Town, request: pytest.FixtureRequest, kind: str
) -> None:
    made = request.getfixturevalue(kind)
    pair = town.pair(made)
    told = set(pair)
    assert told == {
        "access_token",
        "token_type",
        "expires_in",
        "created_at",
        "refresh_token",
    }
    assert town.info(pair["access_token"]).json()["resource_owner_id"] == 1
    again = town.refresh(made, pair["refresh_token"], redirect_uri=CALLBACK)
    assert set(again.json()) == told
    assert town.holds(again.json()["access_token"])
    assert not town.holds(pair["refresh_token"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"code_verifier": ""},
        {"code_verifier": "short"},
        {"redirect_uri": "http://127.0.0.1:3001/cb"},
        {"redirect_uri": None},
        {"redirect_uri": CALLBACK + "/"},
    ],
    ids=str,
)
def test_a_code_alone_is_worth_nothing(
    town: Town, asking: Any, public: Any, wrong: dict[str, Any]
) -> None:
    """Whoever came by it has neither the verifier nor the address."""
    for made in (asking, public):
        code = town.code(made)
        answer = town.redeem(made, code, **wrong)
        assert error(answer) in ((400, "invalid_grant"), (400, "invalid_request"))
        assert town.redeem(made, code).status_code == 200


def test_a_code_that_was_put_into_another_program_is_refused(
    town: Town, asking: Any, public: Any
) -> None:
    code = town.code(asking)
    assert error(town.redeem(public, code)) == (400, "invalid_grant")
    assert town.redeem(asking, code).status_code == 200


def test_a_verifier_does_not_help_where_no_challenge_was_asked(
    town: Town, asking: Any
) -> None:
    """RFC 9700, 4.8.2: else leaving the challenge out would undo it."""
    none = {"code_challenge": None, "code_challenge_method": None}
    code = town.code(asking, **none)
    assert error(town.redeem(asking, code)) == (400, "invalid_request")
    assert town.redeem(asking, code, code_verifier=None).status_code == 200


def test_a_code_that_comes_twice_ends_what_came_of_it(town: Town, public: Any) -> None:
    code = town.code(public)
    pair = town.redeem(public, code).json()
    assert town.holds(pair["access_token"])
    assert error(town.redeem(public, code)) == (400, "invalid_grant")
    assert not town.holds(pair["access_token"])
    answer = town.refresh(public, pair["refresh_token"])
    assert error(answer) == (400, "invalid_grant")


def test_of_many_that_come_at_once_with_one_code_at_most_one_gets_tokens(
    town: Town, public: Any
) -> None:
    code = town.code(public)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: town.redeem(public, code), range(8)))
    pairs = [a.json() for a in answers if a.status_code == 200]
    assert len(pairs) <= 1
    assert not any(town.holds(pair["access_token"]) for pair in pairs)


def test_a_refresh_token_that_comes_twice_ends_its_family(
    town: Town, public: Any
) -> None:
    first = town.pair(public)
    second = town.refresh(public, first["refresh_token"]).json()
    answer = town.refresh(public, first["refresh_token"])
    assert error(answer) == (400, "invalid_grant")
    for pair in (first, second):
        assert not town.holds(pair["access_token"])
    answer = town.refresh(public, second["refresh_token"])
    assert error(answer) == (400, "invalid_grant")


def test_a_refresh_token_is_its_programs_alone(
    town: Town, asking: Any, public: Any
) -> None:
    pair = town.pair(asking)
    answer = town.refresh(public, pair["refresh_token"])
    assert error(answer) == (400, "invalid_grant")
    secretless = {"client_id": asking.client.id, "grant_type": "refresh_token"}
    fields = {**secretless, "refresh_token": pair["refresh_token"]}
    assert error(town.post("/oauth/token", fields)) == (401, "invalid_client")
    assert town.refresh(asking, pair["refresh_token"]).status_code == 200


def test_who_is_shut_out_takes_their_programs_along(town: Town, public: Any) -> None:
    """Of two, since person 1 is always in."""
    made = town.add("Other")
    token = town.by_itself(made)
    change_person(town.folders[0], 2, level="none")
    assert not town.holds(token)
    assert town.holds(town.pair(public)["access_token"])


# Taking back


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_of_a_pair_takes_both_back(town: Town, asking: Any, which: str) -> None:
    pair, other = town.pair(asking), town.pair(asking)
    known = {"client_id": asking.client.id, "client_secret": asking.secret}
    for _ in range(2):
        fields = {**known, "token": pair[which], "token_type_hint": "odd"}
        answer = town.post("/oauth/revoke", fields)
        assert (answer.status_code, answer.json()) == (200, {})
    assert not town.holds(pair["access_token"])
    answer = town.refresh(asking, pair["refresh_token"])
    assert error(answer) == (400, "invalid_grant")
    assert town.holds(other["access_token"])


@pytest.mark.parametrize("token", ["x", "x" * 5_000, VERIFIER])
def test_what_is_no_token_is_taken_back_all_the_same(
    town: Town, asking: Any, token: str
) -> None:
    headers = basic(asking.client.id, asking.secret)
    answer = town.post("/oauth/revoke", {"token": token}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})


def test_nobody_takes_back_what_another_program_has(
    town: Town, asking: Any, public: Any
) -> None:
    pair = town.pair(asking)
    fields = {"token": pair["access_token"], "client_id": public.client.id}
    assert town.post("/oauth/revoke", fields).status_code == 200
    fields = {"token": pair["access_token"], "client_id": asking.client.id}
    assert error(town.post("/oauth/revoke", fields)) == (401, "invalid_client")
    fields |= {"client_secret": "x" * 64}
    assert error(town.post("/oauth/revoke", fields)) == (401, "invalid_client")
    assert town.holds(pair["access_token"])


# Several archives


def test_a_token_holds_where_the_program_is_registered(two: Town) -> None:
    both, one = two.add("Both", 0, 1, level="standard"), two.add("One", 1)
    actor = two.site.run(_actor(two, two.by_itself(both)))
    assert actor["people"] == {"tower": 2, "bridge": 2}
    assert actor["name"] == "Both"
    actor = two.site.run(_actor(two, two.by_itself(one)))
    assert actor["people"] == {"bridge": 3}
    two.remove(both, 1)
    actor = two.site.run(_actor(two, two.by_itself(both)))
    assert actor["people"] == {"tower": 2}


async def _actor(town: Town, token: str) -> Any:
    from plugins.api import bearer

    scope = {"headers": [(b"authorization", f"Bearer {token}".encode())]}
    return await bearer.actor_of(town.site.datasette, scope)


def test_another_secret_in_another_archive_opens_only_the_one(two: Town) -> None:
    here = two.add("Reports", 0)
    there = two.add("Reports", 1, client_id=here.client.id)
    assert here.secret != there.secret
    for made, name in ((here, "tower"), (there, "bridge")):
        actor = two.site.run(_actor(two, two.by_itself(made)))
        assert list(actor["people"]) == [name]


def test_a_pair_holds_in_all_archives_until_it_is_used_twice_or_taken_back(
    two: Town,
) -> None:
    made = two.add("Viewer", 0, 1, redirect_uris=[CALLBACK])
    pair = two.pair(made)
    actor = two.site.run(_actor(two, pair["access_token"]))
    assert actor["people"] == {"tower": 1, "bridge": 1}
    again = two.refresh(made, pair["refresh_token"]).json()
    actor = two.site.run(_actor(two, again["access_token"]))
    assert actor["people"] == {"tower": 1, "bridge": 1}
    assert error(two.refresh(made, pair["refresh_token"])) == (400, "invalid_grant")
    assert not two.holds(again["access_token"])


def test_what_ends_in_one_archive_goes_on_in_the_other(two: Town) -> None:
    made = two.add("Viewer", 0, 1, redirect_uris=[CALLBACK])
    pair = two.pair(made)
    two.remove(made, 0)
    again = two.refresh(made, pair["refresh_token"]).json()
    actor = two.site.run(_actor(two, again["access_token"]))
    assert actor["people"] == {"bridge": 1}
