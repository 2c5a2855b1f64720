"""Identifiers and names: version 7 uuids, and the key under which two names are one."""

from __future__ import annotations

import hashlib
import os
import time
import unicodedata
import uuid
from collections.abc import Callable
from typing import Literal

from archive.errors import InvalidInput

MAX_NAME = 255  # characters; what any of our peers' forms allow
# control characters, halves of surrogate pairs, separators of lines and paragraphs
_NOT_IN_NAMES = frozenset(("Cc", "Cs", "Zl", "Zp"))
_MOST_MARKS = 30  # on one letter; no script has more (UAX #15, 12.1, stream-safe text)


def new_uuid(
    clock: Callable[[], int] = time.time_ns,
    random: Callable[[int], bytes] = os.urandom,
) -> str:
    """Return a new version 7 uuid (RFC 9562 5.7) in its usual text form.

    :param clock: nanoseconds since 1970, for tests
    :param random: gives that many random bytes, for tests
    """
    milliseconds = clock() // 1_000_000
    value = int.from_bytes(random(10), "big") | (milliseconds & (1 << 48) - 1) << 80
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def project_number(uuid: str) -> int:
    """Return the number of a project, for programs that want one.

    48 bits of its uuid's SHA-256: the same in every copy, and exact in JavaScript.
    """
    return int.from_bytes(hashlib.sha256(uuid.encode()).digest()[:6], "big")


def as_id(which: int | str) -> int | None:
    """Return a number that may be the id of a record; None when it cannot be one."""
    text = str(which)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return a text in a normal form of Unicode, or as it is when nobody wrote it so.

    Marks are put in order in a time that is the square of their number, while nothing
    else runs: 40,000 on one letter took over a second.
    """
    if text.isascii() or _is_heaped(text):
        return text
    return unicodedata.normalize(form, text)


def _is_heaped(text: str) -> bool:
    """Whether a letter has more marks than any script has."""
    marks = 0
    for is_mark in map(unicodedata.combining, text):
        marks = marks + 1 if is_mark else 0
        if marks > _MOST_MARKS:
            return True
    return False


def name_key(name: str) -> str:
    """Return what two names that read alike have in common.

    NFKC, case folded (both until nothing changes any more, since each can undo the
    other), one space between words, without characters that show nothing.
    """
    before, key = "", "".join(c for c in name if unicodedata.category(c) != "Cf")
    while key != before:
        before = key
        key = " ".join(normalized("NFKC", key).casefold().split())
    return key


def clean_name(name: str, what: str) -> str:
    """Return a name as it is stored: NFC, trimmed, on one line.

    :param what: "album", "location", …, for the error's text
    :raises InvalidInput: when it is empty, too long or has control characters
    """
    text = normalized("NFC", name).strip()
    if not text or not name_key(text):
        raise InvalidInput(
            f"the name of the {what} is empty", key="name_empty", what=what
        )
    if len(text) > MAX_NAME:
        raise InvalidInput(
            f"the name of the {what} is over {MAX_NAME} characters",
            key="name_long",
            what=what,
            n=MAX_NAME,
        )
    if any(unicodedata.category(c) in _NOT_IN_NAMES for c in text):
        raise InvalidInput(
            f"the name of the {what} has control characters in it",
            key="name_control",
            what=what,
        )
    return text


def clean_text(text: str) -> str:
    r"""Return free text as it is stored: NFC, line ends as ``\n``, no NULs.

    :raises InvalidInput: when it holds half of a surrogate pair
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput("the text is not valid Unicode", key="not_unicode") from None
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return normalized("NFC", plain)
