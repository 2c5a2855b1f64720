"""Where answers to programs may be sent: which addresses, and which are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.accounts import redirects as r
from archive.errors import InvalidInput

GOOD = [
    "https://app.example.com/oauth/cb?x=1",
    "https://app.example.com",
    "https://[2001:db8::1]:8443/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:3000/cb",
    "http://[::1]/cb",
    "http://localhost/",
    "com.example.app:/cb",
    r.OUT_OF_BAND,
]
BAD = [
    "",
    "http://example.com/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://127.0.0.1@evil.example/cb",
    "http://127.0.0.1:80@evil.example/",
    "http://localhost.evil.example/",
    "https://user:secret@example.com/cb",
    "https://example.com/cb#fragment",
    "https://example.com/\r\nSet-Cookie: a=b",
    "https://example.com/cb;form-action",
    "https://exa mple.com/",
    "https://EXAMPLE.com/",
    "https://*.example.com/",
    "https:example.com",
    "https:///example.com",
    "https://example.com\\@evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "myapp:/cb",
    "//evil.example/cb",
    "/cb",
    "https://example.com/" + "x" * 2_000,
]


@pytest.mark.parametrize("uri", GOOD)
def test_addresses_that_answers_may_be_sent_to(uri: str) -> None:
    assert r.check(uri) == uri
    assert r.matches([uri], uri)


@pytest.mark.parametrize("uri", BAD)
def test_addresses_that_answers_may_not_be_sent_to(uri: str) -> None:
    with pytest.raises(InvalidInput):
        r.check(uri)
    assert not r.matches([uri], uri)


@pytest.mark.parametrize(
    ("registered", "asked", "same"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1", "http://127.0.0.1:51004/", True),
        ("http://[::1]/cb", "http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", "http://localhost:51004/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", False),
        ("https://app.example/cb", "https://app.example:444/cb", False),
        ("https://app.example/cb", "https://app.example/cb/", False),
        ("https://app.example/cb", "https://app.example/cb?next=x", False),
        ("https://app.example/cb", "https://app.example/CB", False),
        ("https://app.example/cb", "https://evil.example/cb", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
        ("com.example.app:/cb", "com.example.app:/other", False),
    ],
)
def test_an_address_is_compared_letter_by_letter_but_for_the_port_of_loopback(
    registered: str, asked: str, same: bool
) -> None:
    assert r.matches([registered], asked) is same
    assert not r.matches([], asked)


@given(
    registered=st.sampled_from(GOOD),
    place=st.integers(0, 60),
    sign=st.sampled_from("/:@.#?%\\x0 \n;\"'"),
)
def test_no_sign_put_into_an_address_makes_it_another_that_is_taken(
    registered: str, place: int, sign: str
) -> None:
    """Only digits within a port of loopback may differ."""
    asked = registered[:place] + sign + registered[place:]
    if r.matches([registered], asked):
        assert registered.startswith(("http://127", "http://[", "http://localhost"))
        assert asked.count(":") - registered.count(":") <= 1
        assert asked.rpartition("/")[0].startswith(registered.rpartition(":")[0])
