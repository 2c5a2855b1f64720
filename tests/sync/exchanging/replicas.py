"""Archives and a stick in memory: what is exchanged, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sync.conflicts import Choice
from sync.exchanging.merging import Clash, Merged, Near, merge
from sync.exchanging.model import (
    ACTIVE,
    FIELDS,
    KINDS,
    LIFE,
    ON_PHOTOS,
    PURGED,
    TALK,
    Told,
    Version,
)
from sync.exchanging.settling import common, settle, supersedes
from sync.stamps import bump, stamp


@dataclass
class Replica:
    """One laptop."""

    site: str
    records: dict[str, Told] = field(default_factory=dict)
    held: dict[str, list[Told]] = field(default_factory=dict)
    history: dict[tuple[str, str], list[tuple[int, bool, Any]]] = field(
        default_factory=dict
    )
    clock: int = 0
    began: int = 0  # when it became that site

    def near(self, uuid: str) -> Near:
        self.clock += 1

        def ancestor(name: str, ours: Version, theirs: Version) -> tuple[bool, Any]:
            every = self.history.get((uuid, name), [])
            changes = [change for change in every if change[0] > self.began]
            return common(self.site, changes, ours, theirs)

        def has(_: str, one: str) -> bool:
            return one in self.records and self.records[one].life.value != PURGED

        def used(one: str) -> bool:
            return any(
                r.fields.get("album", Version(None)).value == one and not r.is_gone
                for r in self.records.values()
            )

        def private(one: str) -> bool:
            return bool(self.records[one].fields["private"].value)

        def over(one: str) -> bool:
            return one in self.records and self.records[one].life.value == PURGED

        return Near(f"{self.site}~", self.clock, ancestor, has, over, private, used)

    # What people do

    def add(self, kind: str, uuid: str, **values: Any) -> None:
        self.clock += 1
        made = stamp({self.site: self.clock})
        fields = {
            name: Version(values.get(name, spec.empty), made)
            for name, spec in FIELDS[kind].items()
        }
        born = {"photo": values["photo"]} if kind in ON_PHOTOS else {}
        self.records[uuid] = Told(
            kind, uuid, fields, Version(ACTIVE, made), made, born=born
        )
        if kind in ON_PHOTOS:
            self._talk(values["photo"])

    def _talk(self, photo: str) -> None:
        one = self.records[photo]
        talk = one.fields[TALK]
        fresh = replace(talk, stamp=bump(talk.stamp, self.site, self.clock))
        self.records[photo] = replace(one, fields={**one.fields, TALK: fresh})

    def edit(self, uuid: str, name: str, value: Any) -> None:
        self.clock += 1
        record = self.records[uuid]
        old = record.fields[name]
        self.history.setdefault((uuid, name), []).append((self.clock, True, old.value))
        fresh = Version(value, bump(old.stamp, self.site, self.clock))
        self.records[uuid] = replace(record, fields={**record.fields, name: fresh})

    def live(self, uuid: str, value: str) -> None:
        self.clock += 1
        record = self.records[uuid]
        life = Version(value, bump(record.life.stamp, self.site, self.clock))
        self.records[uuid] = replace(record, life=life)
        if value == PURGED:  # what is on a photo goes with it
            on = [u for u, r in self.records.items() if r.born.get("photo") == uuid]
            self.records = {u: r for u, r in self.records.items() if u not in on}
        if record.kind in ON_PHOTOS:
            self._talk(str(record.born["photo"]))

    def decide(self, uuid: str, clash: Clash, theirs: Told, choice: Choice) -> None:
        near = self.near(uuid)
        other = "third" if choice is Choice.OTHER else None
        found = settle(self.records[uuid], theirs, clash.field, choice, other, near)
        self._write(uuid, found)
        self._again(uuid)

    # What is told and taken in

    def tell(self) -> list[Told]:
        own = list(self.records.values())
        return own + [one for held in self.held.values() for one in held]

    def take(self, bundle: Iterable[Told]) -> None:
        for told in sorted(bundle, key=lambda one: KINDS.index(one.kind)):
            self._take(told)
        for uuid in list(self.held):
            self._again(uuid)

    def _take(self, told: Told) -> None:
        found = merge(self.records.get(told.uuid), told, self.near(told.uuid))
        self._write(told.uuid, found)
        if not found.is_whole:
            held = self.held.setdefault(told.uuid, [])
            if not any(supersedes(one, told) for one in held):
                held[:] = [one for one in held if not supersedes(told, one)] + [told]
        self._again(told.uuid)

    def _write(self, uuid: str, found: Merged) -> None:
        if found.record is None:
            return
        for name in found.write:
            old = self.records[uuid].fields[name] if uuid in self.records else None
            self.history.setdefault((uuid, name), []).append(
                (self.clock, False, old.value if old else None)
            )
        self.records[uuid] = found.record
        if found.record.kind == "album" and found.record.is_gone:
            self.empty(uuid, f"{self.site}~")

    def empty(self, album: str, site: str) -> None:
        """What lies in the bin leaves an album that is no more."""
        for uuid, one in self.records.items():
            was = one.fields.get("album")
            if was and was.value == album:
                fresh = Version(None, bump(was.stamp, site, self.clock))
                self.records[uuid] = replace(one, fields={**one.fields, "album": fresh})

    def _again(self, uuid: str) -> None:
        left = []
        for told in self.held.pop(uuid, []):
            found = merge(self.records.get(uuid), told, self.near(uuid))
            self._write(uuid, found)
            if not found.is_whole:
                left.append(told)
        if left:
            self.held[uuid] = left

    # What can be seen

    def clashes(self) -> list[tuple[str, Clash, Told]]:
        return [
            (uuid, clash, told)
            for uuid, held in sorted(self.held.items())
            for told in held
            for clash in merge(self.records.get(uuid), told, self.near(uuid)).clashes
        ]

    def open(self) -> dict[tuple[str, str], set[str]]:
        """What is to be decided: record and field, with all values there are.

        Of a record of which one side is no more, nothing else counts, and of one that
        is in the bin on all sides nothing does.
        """
        clashes = self.clashes()
        stuck = {uuid for uuid, clash, _ in clashes if clash.field == LIFE}
        found: dict[tuple[str, str], set[str]] = {}
        for uuid, clash, _ in clashes:
            if clash.field == LIFE:
                found[uuid, LIFE] = set()
            elif uuid not in stuck and not self.records[uuid].is_gone:
                values = {str(clash.ours.value), str(clash.theirs.value)}
                found.setdefault((uuid, clash.field), set()).update(values)
        return found

    def values(self) -> dict[tuple[str, str], Any]:
        open_ = {(uuid, clash.field) for uuid, clash, _ in self.clashes()}
        stuck = {uuid for uuid, name in open_ if name == ""}
        gone = {uuid for uuid, one in self.records.items() if one.is_gone}
        found: dict[tuple[str, str], Any] = {}
        for uuid, one in self.records.items():
            if uuid not in stuck and one.born.get("photo") not in stuck | gone:
                found[uuid, ""] = "active" if not one.is_gone else "gone"
                if not one.is_gone:
                    found |= {(uuid, n): v.value for n, v in one.fields.items()}
        return {key: value for key, value in found.items() if key not in open_}

    def state(self) -> Any:
        held = {u: sorted(map(repr, h)) for u, h in sorted(self.held.items())}
        return sorted(self.records.items()), held


def copied(one: Replica, site: str) -> Replica:
    """Return a copy of an archive, on another laptop."""
    return Replica(
        site,
        dict(one.records),
        {uuid: list(held) for uuid, held in one.held.items()},
        {key: list(changes) for key, changes in one.history.items()},
        one.clock,
        one.began if one.site == site else one.clock,
    )
