"""Values of the sync as the archive's database keeps them: JSON, always in one form.

Equal values are equal texts, so that nothing new is seen by comparing two texts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from sync.answers import Sent
from sync.records import FIELDS, Agreed, Base, Kind, Life, Sort, Value
from sync.store import Seen

Form = dict[str, Any]
_DEEPEST = 100  # levels of what nothing here knows; SQLite takes 1,000
_LONG = 200  # characters of JSON that hold no deeper one


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(value)


_encode = json.JSONEncoder(
    ensure_ascii=True,
    allow_nan=False,
    separators=(",", ":"),
    sort_keys=True,
    default=_plain,
).encode
read = json.JSONDecoder().decode


def written(value: object) -> str:
    """Return the one form of a value as JSON."""
    return _encode(value)


def value_from(kind: Kind, name: str, form: Any) -> Any:  # noqa: ANN401
    """Return a field's value from its form."""
    spec = FIELDS[kind].get(name)
    if spec is not None and spec.sort is Sort.SET:
        return frozenset(form or ())
    return tuple(form) if isinstance(form, list) else form


def fields_from(kind: Kind, form: Form) -> dict[str, Any]:
    """Return fields from their form, in which JSON has lists for sets and pairs."""
    found = dict(form)
    for name, value in form.items():
        if isinstance(value, list):
            found[name] = value_from(kind, name, value)
    return found


def base_form(base: Base) -> str:
    """Return a base without its life, which has a column of its own."""
    ours: dict[str, Value] = {}
    theirs: dict[str, Value] = {}
    for name, one in base.fields.items():
        ours[name] = one.ours
        if one.ours is not one.theirs and one.ours != one.theirs:
            theirs[name] = one.theirs
    return written({"ours": ours, "theirs": theirs} if theirs else {"ours": ours})


def base_from(kind: Kind, life: str, text: str) -> Base:
    """Return a base from its life and its form."""
    form = read(text)
    ours = fields_from(kind, form["ours"])
    known = {name: Agreed(value, value) for name, value in ours.items()}
    if "theirs" in form:
        for name, value in fields_from(kind, form["theirs"]).items():
            known[name] = Agreed(ours[name], value)
    return Base(Life(life), known)


def seen_form(seen: Seen) -> str:
    """Return what was seen, without what has columns of its own."""
    form = {"fields": seen.fields, "extra": seen.extra, "name": seen.name}
    try:
        text = written(form)
    except ValueError:  # not a number, infinite: what JSON's readers let through
        text = written({**form, "extra": _tamed(seen.extra)})
    if len(text) > _LONG and text.count("[") + text.count("{") > _DEEPEST:
        text = written({**form, "extra": _tamed(seen.extra)})
    return text


def _tamed(value: Any, depth: int = 0) -> Any:  # noqa: ANN401
    """Return a value of JSON that SQLite takes: nothing deep, and only real numbers."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {key: _tamed(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_tamed(one, depth + 1) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sent_form(sent: Sent) -> str:
    """Return a write as it was frozen."""
    return written(
        {"fields": sent.fields, "ours": sent.ours, "before": sent.before},
    )


def sent_from(kind: Kind, text: str) -> Sent:
    """Return a write from its form."""
    form = read(text)
    return Sent(*(fields_from(kind, form[part]) for part in _PARTS))


_PARTS = ("fields", "ours", "before")


def one_form(value: Value) -> str | None:
    """Return one value; None for None, which needs no JSON."""
    return None if value is None else written(value)


def one_from(kind: Kind, name: str, text: str | None) -> Any:  # noqa: ANN401
    """Return one value from its form."""
    return None if text is None else value_from(kind, name, read(text))


def is_worded(base: Base | None) -> bool:
    """Whether there was a description when both sides agreed."""
    said = base.fields.get("description") if base else None
    return bool(said and said.ours)
