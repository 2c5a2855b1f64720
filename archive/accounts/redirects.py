"""Where a program may have people sent back to, with what they allowed it.

The rules are those of RFC 8252 (native programs) and RFC 9700: an address is compared
letter by letter, but for the port of this computer's own, which a program takes as it
comes. Addresses are never taken apart to be compared: two parsers differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from archive.errors import InvalidInput

# A person copies the code from a page (a custom of before RFC 8252 that clients keep).
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
LONGEST = 2_000

_LOOPBACK = re.compile(
    r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?((?:/[^#]*)?)", re.ASCII
)
_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
_WEB = re.compile(rf"https://{_HOST}(?::[0-9]{{1,5}})?(?:/[^#]*)?", re.ASCII)
# A scheme of the program's own: the name of its domain backwards (RFC 8252, 7.1)
_PRIVATE = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/[^#]*", re.ASCII)
_SIGNS = re.compile(r"[!-~]+", re.ASCII)
_NOT_IN_ADDRESSES = re.compile(r"[\"'<>\\^`{|};,]")


def check(uri: str) -> str:
    """Return an address that a program may be registered with.

    :raises InvalidInput: says which are taken
    """
    plain = len(uri) <= LONGEST and _SIGNS.fullmatch(uri)
    if plain and not _NOT_IN_ADDRESSES.search(uri):
        if uri == OUT_OF_BAND:
            return uri
        if any(form.fullmatch(uri) for form in (_LOOPBACK, _WEB, _PRIVATE)):
            return uri
    raise InvalidInput(
        f"{uri[:100]!r} is no address for answers: it is https://…, http://127.0.0.1/…"
        f" (of any port), com.example.program:/… or {OUT_OF_BAND}",
        key="no_redirect_uri",
        uri=uri[:100],
    )


def matches(registered: Iterable[str], uri: str) -> bool:
    """Whether an answer may be sent to an address."""
    try:
        check(uri)
    except InvalidInput:
        return False
    return any(_comparable(known) == _comparable(uri) for known in registered)


def _comparable(uri: str) -> tuple[str, ...]:
    """Return what must be the same: all of it, but for the port of loopback."""
    own = _LOOPBACK.fullmatch(uri)
    return ("loopback", own[1], own[2] or "/") if own else (uri,)
