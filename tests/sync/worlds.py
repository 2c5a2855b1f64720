"""Small worlds in memory: laptops and one remote that keep versions, and nothing else.

The runs here do what a plan says, one operation after the other, each only if a plan
made anew at that moment still has it (the rule of the engine to come).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sync.answers import Sent, acknowledge, acknowledge_life
from sync.clashes import Neighbours, name_place
from sync.conflicts import Conflict
from sync.merge import Outcome
from sync.operations import FETCHES, HERE, Act, Operation
from sync.planning import Plan, Terms, plan
from sync.records import (
    FIELDS,
    NOWHERE,
    Agreed,
    Base,
    Capabilities,
    Fields,
    Kind,
    Life,
    Record,
    Sort,
    Value,
    Version,
    empty_fields,
)

ABLE = Capabilities(starred_written=True)
TERMS = Terms(capabilities=ABLE)
MANY_ROUNDS = 12


def photo(**fields: Value) -> Version:
    return Version(Life.ACTIVE, {**empty_fields(Kind.PHOTO), **fields})


def album(name: str = "Roof", **fields: Value) -> Version:
    return Version(Life.ACTIVE, {**empty_fields(Kind.ALBUM), "name": name, **fields})


def location(name: str, parent: str | None = None) -> Version:
    return Version(Life.ACTIVE, {"name": name, "parent": parent})


def base_of(version: Version) -> Base:
    """What is agreed when both sides hold this version."""
    return Base(version.life, {n: Agreed(v, v) for n, v in version.fields.items()})


@dataclass
class Remote:
    """The images API as the sync sees it, by uuid.

    :param ignores: fields that a write leaves as they were
    :param trims: whether it strips texts
    :param hides: uuids that this account may not see
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    rows: dict[str, Version] = field(default_factory=dict)
    ignores: frozenset[str] = frozenset()
    trims: bool = False
    hides: set[str] = field(default_factory=set)
    writes: int = 0

    def view(self, uuid: str, *, with_days: bool) -> Version:
        """Show a record; ``log_date`` only in the view that has it."""
        if uuid in self.hides:
            return Version(Life.HIDDEN)
        found = self.rows.get(uuid, NOWHERE)
        if with_days:
            return found
        shown = {n: v for n, v in found.fields.items() if n != "log_date"}
        return replace(found, fields=shown)

    def create(self, kind: Kind, uuid: str, sent: Fields) -> None:
        assert uuid not in self.rows, "made twice"
        self.writes += 1
        self.kinds[uuid] = kind
        self.rows[uuid] = Version(
            Life.ACTIVE, {**empty_fields(kind), **self.kept(sent)}
        )

    def patch(self, uuid: str, sent: Fields) -> None:
        self.writes += 1
        row = self.rows[uuid]
        assert row.life is Life.ACTIVE, "what is in the bin takes no values"
        self.rows[uuid] = replace(row, fields={**row.fields, **self.kept(sent)})

    def kept(self, sent: Fields) -> dict[str, Value]:
        return {
            name: value.strip() if self.trims and isinstance(value, str) else value
            for name, value in sent.items()
            if name not in self.ignores
        }

    def set_life(self, uuid: str, life: Life) -> None:
        self.writes += 1
        self.rows[uuid] = replace(self.rows[uuid], life=life)


@dataclass
class Laptop:
    """One archive: its records, and what it agreed with the remote.

    :param looked: records as the fuller view showed them. What only that shows holds
        until the record there is another
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    rows: dict[str, Version] = field(default_factory=dict)
    bases: dict[str, Base] = field(default_factory=dict)
    looked: dict[str, Version] = field(default_factory=dict)
    on_change: Callable[[Record, Version, Base | None], None] = lambda *_: None

    def records(self, remote: Remote) -> list[Record]:
        kinds = {**remote.kinds, **self.kinds}
        return [
            Record(
                kind,
                uuid,
                self.bases.get(uuid),
                self.rows.get(uuid, NOWHERE),
                remote.view(uuid, with_days=self.has_looked(remote, uuid)),
            )
            for uuid, kind in kinds.items()
        ]

    def look(self, remote: Remote, uuid: str) -> None:
        self.looked[uuid] = remote.rows[uuid]

    def has_looked(self, remote: Remote, uuid: str) -> bool:
        return uuid in self.looked and self.looked[uuid] == remote.rows.get(uuid)

    def plan(self, remote: Remote, terms: Terms = TERMS) -> Plan:
        records = self.records(remote)
        return plan(records, terms, others=self.others(records))

    def others(self, records: list[Record]) -> Neighbours:
        names = {
            name_place(one.kind, one.local.fields): one.uuid
            for one in records
            if one.kind is not Kind.PHOTO and one.local.life is Life.ACTIVE
        }
        by_uuid = {one.uuid: one for one in records}

        def above(side: str) -> Callable[[str], str | None]:
            def parent(uuid: str) -> str | None:
                if uuid not in by_uuid:
                    return None
                return getattr(by_uuid[uuid], side).fields.get("parent")

            return parent

        return Neighbours(above("local"), above("remote"), names.get)

    def perform(self, remote: Remote, wanted: Operation, terms: Terms) -> bool:
        """Do an operation if a plan made now still has it."""
        now = self.plan(remote, terms)
        if wanted.act in FETCHES or wanted not in now.operations:
            return False
        if wanted.look:
            self.look(remote, wanted.uuid)
            return False
        outcome = now.outcomes[wanted.uuid]
        if wanted.act in HERE:
            self._write(remote, wanted.uuid, outcome)
        else:
            self._send(remote, wanted, outcome.send)
        return True

    def _write(self, remote: Remote, uuid: str, outcome: Any) -> None:
        record = next(one for one in self.records(remote) if one.uuid == uuid)
        self.kinds[uuid] = record.kind
        fields = record.local.fields or empty_fields(record.kind)
        after = Version(outcome.life, {**fields, **outcome.write})
        self.on_change(record, after, outcome.base)
        self.rows[uuid] = after
        if outcome.base is not None:
            self.bases[uuid] = outcome.base

    def _send(self, remote: Remote, wanted: Operation, sent: Fields) -> None:
        uuid = wanted.uuid
        base = self.bases.get(uuid)
        before = remote.view(uuid, with_days=self.has_looked(remote, uuid)).fields
        if wanted.act is Act.CREATE_THERE:
            remote.create(wanted.kind, uuid, sent)
        elif wanted.act is Act.CHANGE_THERE:
            remote.patch(uuid, sent)
        elif wanted.act is Act.RETRIEVE_THERE:
            remote.set_life(uuid, Life.ACTIVE)
            self.bases[uuid] = acknowledge_life(base, Life.ACTIVE)
            return
        else:
            gone = Life.RECYCLED if wanted.kind is Kind.PHOTO else Life.PURGED
            remote.set_life(uuid, gone)
            self.bases[uuid] = acknowledge_life(base, gone)
            return
        answer = remote.view(uuid, with_days=False).fields
        frozen = Sent(sent, self.rows[uuid].fields, before)
        self.bases[uuid] = acknowledge(base, frozen, answer)

    def sync(self, remote: Remote, terms: Terms = TERMS) -> int:
        """Plan and do until nothing is left to do. Returns the rounds it took."""
        for rounds in range(MANY_ROUNDS):
            now = self.plan(remote, terms)
            if not now.operations:
                return rounds
            for operation in now.operations:
                self.perform(remote, operation, terms)
        raise AssertionError(f"never comes to rest: {now.operations}")

    def conflicts(self, remote: Remote) -> dict[str, list[Conflict]]:
        found: dict[str, list[Conflict]] = {}
        for one in self.plan(remote).conflicts:
            found.setdefault(one.uuid, []).append(one)
        return found


def agreed_world(**records: Version) -> tuple[Laptop, Remote]:
    """A laptop and the remote that hold the same records and know it."""
    laptop, remote = Laptop(), Remote()
    for uuid, version in records.items():
        kind = kind_of(version)
        laptop.kinds[uuid] = remote.kinds[uuid] = kind
        laptop.rows[uuid] = remote.rows[uuid] = version
        laptop.bases[uuid] = base_of(version)
    return laptop, remote


def kind_of(version: Version) -> Kind:
    return next(k for k, spec in FIELDS.items() if set(spec) == set(version.fields))


def two_way(kind: Kind) -> Iterator[str]:
    """The fields that are to be equal on both sides in the end."""
    return (
        name
        for name, spec in FIELDS[kind].items()
        if spec.sort not in (Sort.FACT, Sort.ORDER)
    )


def edited(version: Version, **fields: Value) -> Version:
    return replace(version, fields={**version.fields, **fields})


def after(record: Record, outcome: Outcome) -> Record:
    """The record once the outcome is written here."""
    fields = {**record.local.fields, **outcome.write}
    local = replace(record.local, life=outcome.life, fields=fields)
    return replace(record, local=local, base=outcome.base)
