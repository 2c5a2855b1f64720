"""/oauth/authorize leads nowhere but to the program, whatever stands in the address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.accounts.redirects import OUT_OF_BAND
from tests.plugins.api.oauth_town import (
    CALLBACK,
    VERIFIER,
    Town,
    address,
    challenge,
    served,
    words,
)
from tests.plugins.conftest import Loop

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
    town: Town, asking: Any
) -> None:
    visitor = town.visitor()
    wrong = visitor.get(address(asking, redirect_uri="https://evil.example/cb"))
    unknown = visitor.get(address(asking, client_id="client-unknown"))
    none = visitor.get(address(asking, client_id=None))
    assert wrong.status_code == unknown.status_code == none.status_code == 400
    assert words(wrong.text) == words(unknown.text) == words(none.text)


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
