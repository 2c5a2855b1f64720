"""From what came back on the wire to an ``Answer``, whatever it is.

The API speaks JSON. On the way to it there are hotel logins, proxies and broken
servers, which answer in its place: with a page, in another charset, with half a body.
None of that may pass for the API's word, above all not for "done" or "not there".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime

from archive.errors import printable
from sync.effects import LOST, Answer

SHOWN = 500  # characters of a body that is no JSON
# What the API itself may say in words rather than JSON (§6.2, §6.4 of its contract)
_SAID_IN_WORDS = (401, 429, 503)
# What stays, as the first group: escaped backslashes, whole pairs; else a half
_HALVES = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return what an answer means.

    ``LOST`` in the place of its status when it is not the API that speaks: nobody knows
    then what became of the request.

    :param headers: names in lower case
    :param body: whole, decompressed
    """
    clock = read_clock(headers.get("date", ""))
    if 300 <= status < 400:
        where = printable(headers.get("location", "")) or "nowhere"
        why = f"it sends on to {where}, where it is not followed"
        return Answer(LOST, text=why, headers=headers, clock=clock)
    media_type = headers.get("content-type", "")
    found, text = read_body(body, media_type)
    if found is None and text and not _may_say_so(status, media_type, text):
        shown = " ".join(text.split())
        why = f"answered {status} with something that is no JSON: {shown}"[:SHOWN]
        return Answer(LOST, text=why, headers=headers, clock=clock)
    return Answer(status, found, text, headers, clock)


def _may_say_so(status: int, media_type: str, text: str) -> bool:
    """Whether words or a page may come from the API, or mean no more than they are.

    A broken server's answer is as good as none already (``Answer.is_lost``). A page is
    nobody's refusal: a hotel's login answers 403 and 404, too.
    """
    if status >= 500 or status in _SAID_IN_WORDS:
        return True
    is_page = "html" in media_type.lower() or text.lstrip().startswith("<")
    return status >= 400 and not is_page


def read_body(body: bytes, media_type: str = "") -> tuple[object, str]:
    """Return the JSON of a body, or None and the beginning of its text."""
    if not body.strip():
        return None, ""
    text = _decoded(body, media_type)
    try:
        found = json.loads(_whole(text), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None, printable(text[:SHOWN])
    return found, "" if found is not None else "null"


def _whole(text: str) -> str:
    """Put U+FFFD for halves of surrogate pairs: no database takes them."""
    if "\\ud" not in text.lower():
        return text
    return _HALVES.sub(lambda found: found[1] or "\\ufffd", text)


def _refuse(name: str) -> object:
    """JSON has no NaN and no Infinity (RFC 8259, 6), though Python reads them."""
    raise ValueError(name)


def _decoded(body: bytes, media_type: str) -> str:
    """Return text: JSON is UTF-8 (RFC 8259, 8.1), whatever the header says; else that.

    What neither can decode comes from Windows, as a rule; a list in which one letter is
    odd is better than one that cannot be read.
    """
    named = media_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    for name in ("utf-8-sig", named, "cp1252"):
        with suppress(LookupError, UnicodeDecodeError, ValueError):
            return body.decode(name)
    return body.decode("latin-1")


def read_clock(date: str) -> int | None:
    """Return a ``Date`` header in seconds since 1970; None: it has none that can be."""
    try:
        found = parsedate_to_datetime(date)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return int(aware.timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
