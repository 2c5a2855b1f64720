"""What a run would do, for people: by what is done to what, with the first of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archive.remotes.naming import name_of, shown
from archive.sqlite import sqlite3
from sync.conflicts import plain
from sync.engine.report import Report
from sync.operations import Operation
from sync.records import Kind, Value

FIRST = 5  # of each kind of act are named
_NAMES = {Kind.PHOTO: "filename"}  # field with what a person calls it
_LONGEST = 160  # characters of a value


def told(connection: sqlite3.Connection, report: Report) -> dict[str, Any]:
    """Return a dry run's report, as pages show it: small, however much there is to do.

    :return: ``groups`` in the order in which they are done, ``held`` and ``later``
        likewise as counts; ``brakes``, ``conflicts``
    """
    new = _named(report.plan)
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for one in report.plan:
        at = (str(one.act), str(one.kind))
        group = groups.setdefault(
            at, {"act": at[0], "kind": at[1], "n": 0, "bytes": 0, "first": []}
        )
        group["n"] += 1
        group["bytes"] += one.bytes or 0
        if len(group["first"]) < FIRST:
            group["first"].append(_line(connection, one, new))
    return {
        "groups": list(groups.values()),
        "held": dict(+report.held),
        "later": dict(+report.later),
        "brakes": [{"name": one.name, "why": one.why} for one in report.brakes],
        "conflicts": report.conflicts,
        "requests": report.requests,
    }


def _named(plan: Iterable[Operation]) -> dict[str, str]:
    """Return what those are called that are not here yet."""
    found = {}
    for one in plan:
        _, name = one.fields.get(_NAMES.get(one.kind, "name"), (None, None))
        if isinstance(name, str):
            found[one.uuid] = name
    return found


def _line(
    connection: sqlite3.Connection, one: Operation, new: Mapping[str, str]
) -> dict[str, Any]:
    name, number = name_of(connection, one.kind, one.uuid)
    return {
        "name": name or new.get(one.uuid, one.uuid),
        "number": number,
        "why": one.why,
        "fields": {
            field: [_said(connection, field, value, new) for value in values]
            for field, values in sorted(one.fields.items())
        },
    }


def _said(
    connection: sqlite3.Connection, field: str, value: Value, new: Mapping[str, str]
) -> str | bool | None:
    """Return a value for a person: names in the place of uuids, and not too much."""
    if value is None or isinstance(value, bool):
        return value
    many = sorted(map(str, value)) if isinstance(value, frozenset) else [plain(value)]
    words = (new.get(str(one)) or shown(connection, field, one) for one in many)
    text = ", ".join(words)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
