"""What a program sends: JSON, a form, or a form with a file, as one nested object.

Names in forms are read as the clients write them: ``image[trade_ids][]`` is a list
within an object, ``image`` alone may hold a JSON object as text (contract 10.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from plugins.api.errors import ApiError, Json, bad_request
from plugins.api.params import boolean, whole

MAX_BODY = 2_000_000  # bytes of what is no file
MAX_FIELDS = 10_000
MAX_DEPTH = 5
_NAME = re.compile(r"([^\[\]]{1,200})((?:\[[^\[\]]{0,200}\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def media_type(header: str | None) -> str:
    """Return the media type of a Content-Type header, without its parameters."""
    return (header or "").partition(";")[0].strip().lower()


def decode(body: bytes, header: str | None) -> Json:
    """Return what a body that is no multipart form says.

    :param header: Content-Type; a body of no stated type is taken for JSON
    :raises ApiError: 400 when it cannot be read, 406 for another media type
    """
    if not body.strip():
        return {}
    kind = media_type(header)
    if kind == "application/x-www-form-urlencoded":
        return nested(_pairs(body))
    if kind in ("", "application/json", "text/json") or kind.endswith("+json"):
        return _object(body)
    raise ApiError(406, {"errors": [f"A body of type {kind[:60]} is not read here"]})


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise bad_request("The form cannot be read") from None


def _object(body: bytes | str) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("The body is not JSON") from None
    if not isinstance(found, dict):
        raise bad_request("The body is no JSON object")
    return found


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """Return the object that the fields of a form make.

    :raises ApiError: names that contradict each other, are too deep, or too many
    """
    found: Json = {}
    for count, (name, value) in enumerate(pairs):
        if count >= MAX_FIELDS:
            raise bad_request(f"There are more than {MAX_FIELDS:,} fields")
        _put(found, _path(name), value)
    return {name: _from_text(value) for name, value in found.items()}


def _path(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    if not match:
        raise bad_request(f"The field {name[:60]!r} has a name that cannot be read")
    path = [match[1], *_PART.findall(match[2])]
    if len(path) > MAX_DEPTH:
        raise bad_request(f"The field {name[:60]!r} is too deep")
    return path


def _put(found: Json, path: list[str], value: str) -> None:
    name, *rest = path
    if not rest:
        found[name] = value
        return
    if rest[0] == "" or rest[0].isdigit():  # image[trade_ids][] or [0]
        items = found.setdefault(name, [])
        if not isinstance(items, list) or len(rest) > 1:
            raise bad_request(f"The field {name[:60]!r} is both a list and none", name)
        items.append(value)
        return
    inner = found.setdefault(name, {})
    if not isinstance(inner, dict):
        raise bad_request(f"The field {name[:60]!r} is both an object and none", name)
    _put(inner, rest, value)


def _from_text(value: Any) -> Any:  # noqa: ANN401
    """Return the object that a field holds as JSON text; anything else as it is."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return found if isinstance(found, dict) else value
    return value


def text_of(sent: Json, name: str, within: str = "") -> str | None:
    """Return a text that was sent; None where it was not.

    :param within: the object that it stands in, for the message
    :raises ApiError: it is no text
    """
    value = sent.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{_at(name, within)} is no text", _at(name, within))
    return value


def whole_of(sent: Json, name: str, within: str = "") -> int | None:
    """Return a whole number, also one sent as text; None where there is none.

    :raises ApiError: it is something else
    """
    value = sent.get(name)
    if value in (None, ""):
        return None
    at = _at(name, within)
    try:
        return whole(value)
    except (ValueError, TypeError) as error:
        raise bad_request(f"{at} cannot be read: {error}", at) from None


def flag_of(sent: Json, name: str, within: str = "") -> bool | None:
    """Return a yes or no, also one sent as text or digit; None where there is none.

    :raises ApiError: it is something else
    """
    value = sent.get(name)
    if value is None or value == "":
        return None
    at = _at(name, within)
    try:
        return boolean(str(value))
    except ValueError as error:
        raise bad_request(f"{at} cannot be read: {error}", at) from None


def _at(name: str, within: str) -> str:
    return f"{within}.{name}" if within else name


def part(body: Json, name: str, *, required: bool = True) -> Json:
    """Return an object within a body.

    :raises ApiError: it is missing though required, or no object
    """
    if name not in body or body[name] is None:
        if required:
            raise bad_request(f"param is missing or the value is empty: {name}", name)
        return {}
    found = body[name]
    if not isinstance(found, dict):
        raise bad_request(f"{name} is no object", name)
    return found
