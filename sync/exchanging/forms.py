"""Records as lines of a bundle, and back: whoever wrote them may be anybody.

Every value goes through what the same value goes through when a person types it; a line
with one that cannot be is refused as a whole, and the others are taken in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from archive.errors import InvalidInput
from sync.bundles.model import Record
from sync.exchanging.drawn import drawable
from sync.exchanging.model import (
    ACTIVE,
    FIELDS,
    LIFE,
    MARKUP,
    ON_PHOTOS,
    PURGED,
    RECYCLED,
    TALK,
    Any_,
    Told,
    Version,
    plain,
)
from sync.exchanging.values import (
    CHECKS,
    local_of,
    no_value,
    one_of,
    some,
    time_of,
    uuid_of,
    words,
)
from sync.stamps import Seen, Stamp, stamp

SITE = re.compile(r"[0-9a-f-]{1,40}~?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{16}")
_EXTENSION = re.compile(r"[a-z0-9]{1,10}")
_MOST, _LARGEST = 1_000, 1 << 53  # sites, members; numbers
Form = dict[str, Any]


# Stamps


def stamp_form(one: Stamp) -> Form:
    """Return a stamp as JSON."""
    form: Form = {"v": dict(one.vector)}
    if one.seen:
        form["r"] = [one.seen.at, sorted(one.seen.hashes)]
    if one.flushed is not None:
        form["f"] = one.flushed
    return form


def stamp_from(form: object) -> Stamp:
    """Return a stamp from JSON.

    :raises InvalidInput: it is none
    """
    given = _mapping(form)
    vector = _mapping(given.get("v", {}))
    if len(vector) > _MOST or not all(
        SITE.fullmatch(site) and _is_number(n) for site, n in vector.items()
    ):
        raise InvalidInput("a stamp is none")
    seen, flushed = given.get("r"), given.get("f")
    found = None if seen is None else _seen(seen)
    # what the remote took it showed then: anything else would cover what it never saw
    if flushed is not None and (found is None or flushed != found.at):
        raise InvalidInput("a stamp is none")
    return stamp(vector, found, flushed)


def _seen(form: object) -> Seen:
    is_pair = isinstance(form, list) and len(form) == 2 and _is_number(form[0])
    if not is_pair or not isinstance(form[1], list) or len(form[1]) > _MOST:  # type: ignore[index]
        raise InvalidInput("a stamp is none")
    hashes = form[1]  # type: ignore[index]
    if not all(isinstance(one, str) and _HASH.fullmatch(one) for one in hashes):
        raise InvalidInput("a stamp is none")
    return Seen(form[0], frozenset(hashes))  # type: ignore[index]


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < _LARGEST


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput("a part of a record is not what it should be")
    return value


# Records


def form_of(told: Told) -> Record:
    """Return a record as it goes into a bundle."""
    form: Record = {
        "e": told.kind,
        "u": told.uuid,
        "d": stamp_form(told.default) | _marks_form(told.made),
        "f": {name: _version_form(one, told) for name, one in told.fields.items()},
        "life": _version_form(told.life, told),
    }
    more = {
        "born": dict(told.born),
        "blob": list(told.blob) if told.blob else None,
        "also": list(told.also),
        "site": told.origin,
        "base": None
        if told.base is None
        else {name: plain(value) for name, value in told.base.items()},
    }
    return form | {key: value for key, value in more.items() if value}


def _version_form(one: Version, told: Told) -> Form:
    """Return a value; what is as when the record was made is left out."""
    form: Form = {"v": plain(one.value)}
    if one.stamp != told.default or (one.who, one.at) != told.made:
        form |= {"s": stamp_form(one.stamp)} | _marks_form((one.who, one.at))
    if one.is_unsettled:
        form["x"] = 1
    return form


def _marks_form(marks: tuple[str, str]) -> Form:
    return {key: one for key, one in zip("wa", marks, strict=True) if one}


def _marks(given: Mapping[str, Any]) -> tuple[str, str]:
    at = given.get("a", "")
    return words(given.get("w", "")), time_of(at) if at else ""


def told_from(form: Record) -> Told:
    """Return a record of a bundle.

    :raises InvalidInput: it holds what cannot be
    """
    kind, uuid = str(form.get("e")), form.get("u")
    if kind not in FIELDS:
        raise InvalidInput(f"there is no kind of record {kind[:20]!r}")
    default, made = stamp_from(form.get("d", {})), _marks(_mapping(form.get("d", {})))
    life = _version(form.get("life"), (default, made), lambda v: one_of(v, *_LIVES))
    given = _mapping(form.get("f", {}))
    is_over = life.value == PURGED
    fields = {
        name: _version(
            given.get(name, {"v": None, "s": {}}),
            (default, made),
            no_value if is_over or name == TALK else CHECKS[kind, name],
        )
        for name in FIELDS[kind]
        if name in given or not is_over
    }
    if kind == MARKUP and not is_over:
        fields = drawable(fields)
    base = form.get("base")
    return Told(
        kind,
        uuid_of(uuid),
        fields,
        life,
        default,
        made,
        _born(kind, _mapping(form.get("born", {})), is_over=is_over),
        _blob(form.get("blob")),
        tuple(sorted(uuid_of(one) for one in some(form.get("also", [])))),
        _site(form.get("site", "")),
        None if base is None else _base(kind, _mapping(base)),
    )


_LIVES = (ACTIVE, RECYCLED, PURGED)


def _base(kind: str, given: Mapping[str, Any]) -> dict[str, Any_]:
    return {
        name: CHECKS[kind, name](value)
        for name, value in given.items()
        if (kind, name) in CHECKS
    }


def _version(
    form: object,
    default: tuple[Stamp, tuple[str, str]],
    check: Callable[[Any], Any_],
) -> Version:
    given = _mapping(form)
    own, marks = default
    if "s" in given:
        own, marks = stamp_from(given["s"]), _marks(given)
    return Version(check(given.get("v")), own, *marks, bool(given.get("x")))


def _born(kind: str, given: Mapping[str, Any], *, is_over: bool) -> dict[str, object]:
    born: dict[str, object] = {}
    if is_over:
        return born
    who = given.get("who")
    if who is not None:
        said = _mapping(who)
        born["who"] = {
            "login": words(said.get("login", "")),
            "name": words(said.get("name", "")),
        }
    if kind in ON_PHOTOS:
        born["photo"] = uuid_of(given.get("photo"))
        born["created_at"] = time_of(given.get("created_at"))
        if given.get("edited_at"):
            born["edited_at"] = time_of(given["edited_at"])
    if kind == "photo":
        born["uploaded_at"] = time_of(given.get("uploaded_at"))
        born["assumed_at"] = local_of(given.get("assumed_at"))
    return born


def _blob(form: object) -> tuple[str, int, str] | None:
    if form is None:
        return None
    parts = some(form)
    if len(parts) != 3 or not _is_number(parts[1]) or not parts[1]:
        raise InvalidInput("a photo's file is not told as it should be")
    sha256, size, extension = parts
    is_named = isinstance(sha256, str) and _SHA256.fullmatch(sha256)
    if not is_named or not _EXTENSION.fullmatch(str(extension)):
        raise InvalidInput("a photo's file is not told as it should be")
    return sha256, size, extension


def _site(value: object) -> str:
    if value == "" or (isinstance(value, str) and SITE.fullmatch(value)):
        return value
    raise InvalidInput("a site is none")


# Stamps as the archive keeps them: in one text for each record

DEFAULT = "*"
Marked = tuple[Stamp, str, str]  # with who, and when


def stamps_form(told: Told) -> Form:
    """Return what is kept of a record's stamps: those that are not its first one."""
    first: Form = stamp_form(told.default) | _marks_form(told.made)
    kept: Form = {DEFAULT: first}
    for name, one in {**told.fields, LIFE: told.life}.items():
        form = stamp_form(one.stamp) | _marks_form((one.who, one.at))
        if form != first:
            kept[name] = form
    return kept


def marked_form(one: Marked) -> Form:
    """Return one of them."""
    return stamp_form(one[0]) | _marks_form(one[1:])


def marked_from(kept: Form, name: str) -> Marked:
    """Return what is kept of a field's stamp, as it was written here."""
    form: Form = kept[name] if name in kept else kept[DEFAULT]
    seen = form.get("r")
    own = stamp(
        form["v"], Seen(seen[0], frozenset(seen[1])) if seen else None, form.get("f")
    )
    return own, form.get("w", ""), form.get("a", "")
