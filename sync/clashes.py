"""What each record may become by itself, and all together may not.

Two moves, each right where it was made, can close a circle of locations; two records
can end with one name where the archive allows one. Neither is a rule's to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from archive.identity import name_key
from sync.conflicts import field_conflict
from sync.lives import Step
from sync.merge import Outcome, unmade
from sync.records import Kind, Life, Record, Value

Outcomes = dict[str, Outcome]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is true of records that are not planned for.

    :param parent_here: uuid of the location above one, on this side; ``parent_there``
        on the remote
    :param named_here: uuid of the record of a key as ``name_place`` gives it, or None
    """

    parent_here: Callable[[str], str | None] = lambda _: None
    parent_there: Callable[[str], str | None] = lambda _: None
    named_here: Callable[[tuple[str, str, str]], str | None] = lambda _: None


def name_place(kind: Kind, fields: Mapping[str, Value]) -> tuple[str, str, str]:
    """Return what no two records here may have in common (``schema.sql``).

    A public album may have the name of a private one; locations share a name below
    different ones.
    """
    scope = {
        Kind.ALBUM: str(bool(fields.get("private"))),
        Kind.LOCATION: str(fields.get("parent") or ""),
    }
    return (kind, scope.get(kind, ""), name_key(str(fields.get("name"))))


def without_clashes(
    records: Mapping[str, Record], outcomes: Outcomes, near: Neighbours
) -> Outcomes:
    """Return outcomes of which all can be carried out together.

    What cannot be written waits, with a conflict that says why.
    """
    found = _without_circles(records, outcomes, near)
    return _without_doubles(records, found, near)


def _without_circles(
    records: Mapping[str, Record], outcomes: Outcomes, near: Neighbours
) -> Outcomes:
    found = dict(outcomes)
    for uuid, outcome in outcomes.items():
        if records[uuid].kind is not Kind.LOCATION:
            continue
        if "parent" in outcome.write:
            above = _parents(found, "write", near.parent_here)
            if _closes_circle(uuid, above):
                found[uuid] = _held(records[uuid], found[uuid], "parent", "circle")
        if "parent" in outcome.send:
            above = _parents(found, "send", near.parent_there)
            if _closes_circle(uuid, above):
                found[uuid] = _held(records[uuid], found[uuid], "parent", "circle")
    return found


def _parents(
    outcomes: Outcomes, side: str, known: Callable[[str], str | None]
) -> Callable[[str], str | None]:
    def above(uuid: str) -> str | None:
        fields = getattr(outcomes[uuid], side) if uuid in outcomes else {}
        if "parent" in fields:
            return str(fields["parent"]) if fields["parent"] else None
        return known(uuid)

    return above


def _closes_circle(uuid: str, above: Callable[[str], str | None]) -> bool:
    seen = set()
    at = above(uuid)
    while at is not None and at not in seen:
        if at == uuid:
            return True
        seen.add(at)
        at = above(at)
    return False


def _without_doubles(
    records: Mapping[str, Record], outcomes: Outcomes, near: Neighbours
) -> Outcomes:
    """Hold what would give a second record a name; the lowest number there has it."""
    found = dict(outcomes)
    taken: dict[tuple[str, str, str], str] = {}
    for uuid in _by_number(records, outcomes):
        record, outcome = records[uuid], outcomes[uuid]
        after = {**record.local.fields, **outcome.write}
        place = name_place(record.kind, after)
        owner = taken.setdefault(place, uuid)
        known = near.named_here(place)
        if owner == uuid and known not in (None, uuid):
            owner = known if not _leaves(str(known), place, records, outcomes) else uuid
        if owner != uuid:
            found[uuid] = _held(record, outcome, "name", "the name is taken")
    return found


def _by_number(records: Mapping[str, Record], outcomes: Outcomes) -> Iterable[str]:
    """Return those that get a name, or another scope for it, here."""
    changing = [
        uuid
        for uuid, outcome in outcomes.items()
        if records[uuid].kind is not Kind.PHOTO
        and outcome.life is Life.ACTIVE
        and {"name", "private", "parent"} & set(outcome.write)
    ]
    return sorted(changing, key=lambda uuid: (records[uuid].remote_id or 0, uuid))


def _leaves(
    uuid: str,
    place: tuple[str, str, str],
    records: Mapping[str, Record],
    outcomes: Outcomes,
) -> bool:
    """Whether the record that has a name here gives it up in the same plan."""
    if uuid not in outcomes:
        return False
    outcome = outcomes[uuid]
    after = {**records[uuid].local.fields, **outcome.write}
    is_gone = outcome.life is not Life.ACTIVE
    return is_gone or name_place(records[uuid].kind, after) != place


def _held(record: Record, outcome: Outcome, name: str, why: str) -> Outcome:
    """Return an outcome in which a field stays as it is on both sides.

    A record that would be new without it is not made.
    """
    conflict = replace(field_conflict(record, name), why=why)
    if outcome.step in (Step.MAKE_HERE, Step.CREATE_THERE):
        return unmade(record, conflict=conflict)
    base = outcome.base
    if base is not None:
        known = dict(base.fields)
        old = record.base.fields.get(name) if record.base else None
        if old is None:
            known.pop(name, None)
        else:
            known[name] = old
        base = replace(base, fields=known)
    return replace(
        outcome,
        write={n: v for n, v in outcome.write.items() if n != name},
        send={n: v for n, v in outcome.send.items() if n != name},
        base=base,
        conflicts=(*outcome.conflicts, conflict),
    )
