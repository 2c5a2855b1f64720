"""What comes over the wire, and what it means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.driving.reading import read_answer, read_body, read_clock
from sync.effects import LOST

JSON = "application/json"
HTML = "text/html"
PAGE = b"<!doctype html><title>Log in to the hotel</title>"


@pytest.mark.parametrize(
    ("status", "kind", "body", "means"),
    [
        pytest.param(200, JSON, b'{"id": 7}', 200, id="an answer"),
        pytest.param(200, "", b'{"id": 7}', 200, id="an answer of no kind"),
        pytest.param(200, JSON, b"", 200, id="deleted, without a body"),
        pytest.param(204, "", b"", 204, id="nothing to say"),
        pytest.param(200, HTML, PAGE, LOST, id="a network's login"),
        pytest.param(200, JSON, b'{"id": 7', LOST, id="half an answer"),
        pytest.param(200, JSON, b"[NaN]", LOST, id="no number"),
        pytest.param(200, JSON, b"[" * 100_000, LOST, id="very deep"),
        pytest.param(200, JSON, b"9" * 5000, LOST, id="a number without an end"),
        pytest.param(200, "text/plain", b"ok", LOST, id="words for done"),
        pytest.param(302, HTML, PAGE, LOST, id="sent on"),
        pytest.param(304, "", b"", LOST, id="not modified, unasked"),
        pytest.param(404, JSON, b'{"errors": "no"}', 404, id="not there"),
        pytest.param(404, "", b"", 404, id="not there, without a word"),
        pytest.param(404, "text/plain", b"Not Found", 404, id="not there, in words"),
        pytest.param(404, HTML, PAGE, LOST, id="a page that says not there"),
        pytest.param(403, HTML, PAGE, LOST, id="a proxy's refusal"),
        pytest.param(403, "", b"  <html>", LOST, id="a page of no kind"),
        pytest.param(401, HTML, PAGE, 401, id="a token refused by a page"),
        pytest.param(429, HTML, PAGE, 429, id="too often, says a page"),
        pytest.param(429, "text/plain", b"You have surpassed", 429, id="too often"),
        pytest.param(502, HTML, PAGE, 502, id="a broken gateway"),
        pytest.param(503, "text/plain", b"later", 503, id="later"),
    ],
)
def test_only_the_api_says_what_became_of_a_request(
    status: int, kind: str, body: bytes, means: int
) -> None:
    answer = read_answer(status, {"content-type": kind}, body)
    assert answer.status == means
    assert answer.is_done == (200 <= means < 300)


@pytest.mark.parametrize(
    ("inside", "kind", "text"),
    [
        pytest.param("Höhe".encode(), JSON, "Höhe", id="utf-8"),
        pytest.param(
            "Höhe".encode(), f"{JSON}; charset=latin-1", "Höhe", id="misnamed"
        ),
        pytest.param(
            "Łódź".encode("iso-8859-2"),
            f'{JSON}; charset="ISO-8859-2"',
            "Łódź",
            id="another",
        ),
        pytest.param("5 °“".encode("cp1252"), JSON, "5 °“", id="of Windows, unsaid"),
        pytest.param(b"\x9d\xff", JSON, "\x9dÿ", id="of nowhere"),
        pytest.param(b"H\xf6he", f"{JSON}; charset=base64", "Höhe", id="no charset"),
        pytest.param(
            rb"\ud83d\ude00 \ud83d \\ud83d", JSON, "😀 � \\ud83d", id="half a pair"
        ),
    ],
)
def test_text_is_read_whatever_its_charset(inside: bytes, kind: str, text: str) -> None:
    for mark in (b"", b"\xef\xbb\xbf") if inside.isascii() else (b"",):
        assert read_body(mark + b'["' + inside + b'"]', kind)[0] == [text]


def test_numbers_may_be_of_any_size() -> None:
    number = 1 << 80
    assert read_body(json.dumps({"id": number}).encode())[0] == {"id": number}


@settings(max_examples=40)
@given(st.none() | st.lists(st.none() | st.booleans() | st.text(max_size=9)))
def test_what_is_json_is_read_as_it_is(value: Any) -> None:
    found, text = read_body(json.dumps(value).encode(), JSON)
    assert found == value
    assert text == ("null" if value is None else "")


@given(st.binary(), st.sampled_from(["", JSON, "text/html; charset=utf-16"]))
def test_nothing_that_comes_breaks_the_reading(body: bytes, kind: str) -> None:
    for status in (200, 302, 404, 500):
        assert read_answer(status, {"content-type": kind}, body).status in (
            status,
            LOST,
        )


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:01:00 GMT", 60),
        ("Fri, 01 Jan 2038 00:00:00 GMT", 2145916800),
        ("", None),
        ("yesterday", None),
        ("Thu, 99 Jan 99999999 00:00:00 GMT", None),
    ],
)
def test_the_remotes_clock(date: str, seconds: int | None) -> None:
    assert read_clock(date) == seconds
