"""Text out of files: decoded, cleaned and bounded, so that it is safe to show and log.

It is still untrusted: markup in it is text, and whoever shows it escapes it.
"""

from __future__ import annotations

import re

LONGEST = 2000
_MOST_BYTES = 4 * LONGEST

# Control characters, DEL and C1, zero-width and bidirectional controls, line and
# paragraph separators, BOM, lone surrogates, non-characters. Tab and line breaks
# become one space.
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Without control, bidirectional and zero-width characters; 2000 at most."""
    text = text[: 2 * LONGEST]
    if not text.isprintable():
        text = _UNSAFE.sub("", _SPACES.sub(" ", text))
    return text.strip()[:LONGEST].rstrip()


def decode(raw: bytes) -> str:
    """UTF-8 where it is valid, else Latin-1; ends at the first NUL."""
    raw = raw[:_MOST_BYTES].partition(b"\0")[0]
    try:
        return clean(raw.decode())
    except UnicodeDecodeError as error:
        # cut in the middle of the last character by our own limit
        if len(raw) == _MOST_BYTES and error.start >= len(raw) - 3:
            return clean(raw[: error.start].decode())
        return clean(raw.decode("latin-1"))


def decode_utf16(raw: bytes, order: str = "<") -> str:
    """Text in UTF-16 (the XP* tags of Windows, UserComment); odd bytes are dropped."""
    name = "utf-16-le" if order == "<" else "utf-16-be"
    text = raw[: _MOST_BYTES & ~1].decode(name, "replace")
    return clean(text.partition("\0")[0].replace("\ufffd", ""))


def number(text: str) -> float | None:
    """A finite number written as text, perhaps as a fraction (``"1361690/1000"``)."""
    over, slash, under = text.strip().partition("/")
    try:
        value = float(over) / float(under) if slash else float(over)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if abs(value) < 1e15 else None
