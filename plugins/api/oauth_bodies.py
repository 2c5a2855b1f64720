"""What a program sends to /oauth: a form of either kind or JSON, and its credentials.

The clients of the remote send all of them (contract 1.1), and the credentials among the
fields or as HTTP Basic. Nothing is read from the address: it would stand in logs.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote

from plugins.api.bodies import media_type
from plugins.compat import BadRequest, PayloadTooLarge, Request

MAX_BODY = 65_536  # bytes
_MAX_FIELDS = 50
# Of what stands in errors and addresses: RFC 6749, appendix A. Authlib puts some of it
# in texts in which it allows nothing else.
_PLAIN = re.compile(r"[ -!#-\[\]-~]*", re.ASCII)
_FREE = {"state"}
# There are no scopes here, as on the remote; what a token may do is the person's level.
_IGNORED = {"scope", "token_type_hint", "client_assertion", "client_assertion_type"}

Fields = dict[str, str]


class Unreadable(Exception):
    """What was sent cannot be read; the text says why, and repeats nothing of it."""


async def read(request: Request) -> Fields:
    """Return the fields that were sent, with the credentials among them.

    :raises Unreadable: it is no form and no JSON, too long, or contradicts itself
    """
    fields = single(await _pairs(request))
    basic = _basic(request.headers.get("authorization", ""))
    for name, value in basic.items():
        if fields.setdefault(name, value) != value:
            raise Unreadable("Two different credentials were sent")
    return fields


def single(pairs: Iterable[tuple[str, Any]]) -> Fields:
    """Return the fields by name.

    :raises Unreadable: one is there twice (RFC 6749, 3.1 and 3.2) or has odd characters
    """
    found: Fields = {}
    for name, value in pairs:
        if name in found:
            raise Unreadable("A parameter was sent twice")
        if value is None or name in _IGNORED:
            continue
        if not isinstance(value, (str, int)) or len(str(value)) > MAX_BODY:
            raise Unreadable("A parameter is no text")
        text = str(value)
        if name not in _FREE and not _PLAIN.fullmatch(text):
            raise Unreadable("A parameter has characters that it cannot have")
        if text:  # RFC 6749, 3.1: without a value is as if it was not sent
            found[name] = text
    return found


async def _pairs(request: Request) -> list[tuple[str, Any]]:
    kind = media_type(request.headers.get("content-type"))
    try:
        if kind == "multipart/form-data":
            return await _multipart(request)
        body = (await request.post_body(MAX_BODY)).decode()
    except (BadRequest, PayloadTooLarge, UnicodeDecodeError, AssertionError):
        # AssertionError: how Datasette says that the client hung up
        raise Unreadable("What was sent cannot be read, or is too long") from None
    try:
        if kind.endswith("json") or (not kind and body.lstrip().startswith("{")):
            return _json(body)
        return parse_qsl(body, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except (ValueError, RecursionError):
        raise Unreadable("What was sent is no form and no JSON") from None


async def _multipart(request: Request) -> list[tuple[str, Any]]:
    form = await request.form(
        max_request_size=MAX_BODY, max_fields=_MAX_FIELDS, max_parts=_MAX_FIELDS
    )
    async with form:
        return list(form.items())


def _json(body: str) -> list[tuple[str, Any]]:
    """Return the members of an object, of which none hides another of its name."""
    found = json.loads(body or "{}", object_pairs_hook=list)
    if not isinstance(found, list) or not all(isinstance(p, tuple) for p in found):
        raise ValueError(body[:1])
    return found


def _basic(header: str) -> Fields:
    """Return the credentials of HTTP Basic, by the names that they have in a form.

    :raises Unreadable: they are none
    """
    scheme, _, text = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        both = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Unreadable("The credentials cannot be read") from None
    name, _, secret = (unquote(part) for part in both.partition(":"))
    return single([("client_id", name), ("client_secret", secret)])
