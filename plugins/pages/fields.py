"""Reading the fields of a form, which are texts, and of JSON, which are values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.errors import InvalidInput

_YES = {"1", "on", "true", "yes"}
_NO = {"", "0", "off", "false", "no"}
_MOST = 2**63  # SQLite's integers
_DIGITS = 20  # more than those have


def flag(form: Mapping[str, Any], name: str) -> bool | None:
    """Return a yes or no; None when the form does not say.

    :raises InvalidInput: something else
    """
    value = form.get(name)
    if value is None or isinstance(value, bool):
        return value
    if str(value).lower() in _YES | _NO:
        return str(value).lower() in _YES
    raise InvalidInput(f"{name} is yes or no, not {value!r}", key="no_flag", name=name)


def whole(form: Mapping[str, Any], name: str) -> int | None:
    """Return a number such as an id; None for nothing.

    :raises InvalidInput: no whole number
    """
    value = form.get(name)
    if value is None or value == "":
        return None
    text = str(value)
    short = text.isascii() and text.isdigit() and len(text) < _DIGITS
    if short and int(text) < _MOST:
        return int(text)
    raise InvalidInput(f"{name} is a number, not {value!r}", key="no_number", name=name)


def wholes(form: Mapping[str, Any], name: str) -> list[int]:
    """Return a list of ids, sent as a JSON list or as ``1,2,3``.

    :raises InvalidInput: something in it is no whole number
    """
    value = form.get(name) or []
    parts = value if isinstance(value, list) else str(value).split(",")
    found = [whole({name: part}, name) for part in parts]
    return [number for number in found if number is not None]


def word(form: Mapping[str, Any], name: str) -> str | None:
    """Return a text; None when the form does not have it.

    :raises InvalidInput: something else
    """
    value = form.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidInput(f"{name} is a text")
