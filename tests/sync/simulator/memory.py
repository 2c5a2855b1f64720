"""``sync.store.Store`` over an archive in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sync.brakes import Survey
from sync.clashes import Neighbours
from sync.conflicts import Conflict
from sync.identity import Project, natural_key
from sync.merge import Outcome, Surroundings
from sync.numbers import is_another
from sync.records import (
    FIELDS,
    NOWHERE,
    Base,
    Kind,
    Life,
    Record,
    Version,
    empty_fields,
)
from sync.store import LONGEST_ASIDE, Decided, Intent, Seen, Trouble
from tests.sync.simulator.archive import Archive
from tests.sync.simulator.reading import (
    neighbours,
    number_of,
    record,
    surroundings,
    text,
    there,
)
from tests.sync.simulator.tables import Table

T = TypeVar("T")


def commit(archive: Archive, work: Callable[[MemoryStore], T]) -> T:
    """Call ``work`` in one transaction: all of it holds afterwards, or nothing."""
    return archive.undo.run(lambda: work(MemoryStore(archive)))


@dataclass
class MemoryStore:
    """One transaction on an archive in memory."""

    archive: Archive

    @property
    def project(self) -> Project:
        return self.archive.project

    def recall(self, key: str) -> object:
        return self.archive.memory.get(key)

    def remember(self, key: str, value: object) -> None:
        if value is None:
            self.archive.memory.drop(key)
        else:
            self.archive.memory[key] = value

    # -- who is who -------------------------------------------------------------------

    def uuid_of(self, kind: Kind, remote_id: int) -> str | None:
        return self.archive.links.get((kind, remote_id))

    def uuids_of(self, kind: Kind, remote_ids: Collection[int]) -> Mapping[int, str]:
        links = self.archive.links
        return {n: links[kind, n] for n in remote_ids if (kind, n) in links}

    def remote_id_of(self, kind: Kind, uuid: str) -> int | None:
        return number_of(self.archive, kind, uuid)

    def links(self, kind: Kind) -> Mapping[int, str]:
        every = self.archive.links.items()
        return {number: uuid for (one, number), uuid in every if one is kind}

    def unlinked(self, kind: Kind) -> Mapping[str, tuple[str, str]]:
        return {
            uuid: natural_key(str(fields["name"]), text(fields.get("parent")))
            for uuid in self.archive.live(kind)
            for fields in (self.archive.rows[uuid].fields,)
            if uuid not in self.archive.numbers
        }

    def alike(self, size: int) -> Mapping[str, str]:
        return {
            uuid: sha256
            for uuid, (sha256, count) in self.archive.originals.items()
            if count == size
            and uuid not in self.archive.numbers
            and self.archive.is_live(uuid, Kind.PHOTO)
        }

    # -- what is there ----------------------------------------------------------------

    def seen(self, kind: Kind, remote_id: int) -> Seen | None:
        return self.archive.seen.get((kind, remote_id))

    def see(self, uuid: str, seen: Seen, *, sure: bool = False) -> bool:
        at = (seen.kind, seen.remote_id)
        before = self.archive.seen.get(at)
        is_older = before is not None and 0 < seen.updated < before.updated
        if is_older and not sure:
            return False
        is_its = self.archive.links.get(at) == uuid
        if before is not None and is_its and is_another(before, seen):
            return False
        if before is not None:
            seen = _together(before, seen)
        if self.archive.links.get(at) == uuid and before is not None:
            is_known = replace(before, extra=seen.extra) == seen
            if is_known:  # but perhaps for what nothing here knows
                self.archive.seen[at] = seen
                return False
        self._link(uuid, at)
        self.archive.seen[at] = seen
        self.archive.kinds.setdefault(uuid, seen.kind)
        self._wake(uuid)
        self.archive.bytes_aside.drop(uuid)
        return True

    def part(self, kind: Kind, remote_id: int) -> None:
        archive, at = self.archive, (kind, remote_id)
        uuid, last = archive.links[at], archive.seen[at]
        archive.links.drop(at)
        archive.seen.drop(at)
        archive.numbers.drop(uuid)
        archive.bases.drop(uuid)
        archive.gone[uuid] = replace(last, life=Life.PURGED)
        archive.bytes_aside.drop(uuid)
        self._wake(uuid)
        for other, seen in list(archive.seen.items()):
            kept = {
                name: value
                for name, value in seen.fields.items()
                if value != remote_id or FIELDS[seen.kind][name].target is not kind
            }
            if len(kept) < len(seen.fields):
                archive.seen[other] = replace(seen, fields=kept)

    def _link(self, uuid: str, at: tuple[Kind, int]) -> None:
        links, numbers = self.archive.links, self.archive.numbers
        other = links.get(at)
        if other == uuid:
            return
        if other is not None:  # the number was taken for another's
            numbers.drop(other)
            self._wake(other)
        if uuid in numbers:
            links.drop((at[0], numbers[uuid]))
        links[at] = uuid
        numbers[uuid] = at[1]
        self.archive.gone.drop(uuid)

    def _wake(self, uuid: str) -> None:
        self.archive.place(uuid)
        self.archive.pending[uuid] = None
        self.archive.aside.drop(uuid)

    def live_there(self, begin: int, end: int) -> Sequence[tuple[int, int]]:
        return sorted(
            (seen.created, seen.remote_id)
            for seen in self._photos_there(Life.ACTIVE)
            if begin <= seen.created <= end
        )

    def count_there(self, life: Life, begin: int = 0, end: int = 1 << 62) -> int:
        found = self._photos_there(life)
        return sum(begin <= seen.created <= end for seen in found)

    def _photos_there(self, life: Life) -> list[Seen]:
        return [
            seen
            for (kind, _), seen in self.archive.seen.items()
            if kind is Kind.PHOTO and seen.life is life
        ]

    # -- what is here, and what is to be done -----------------------------------------

    def take_in(self) -> int:
        changed = self.archive.dirty if self.archive.is_taken_in else self.archive.rows
        found = list(changed)
        for uuid in found:
            self._wake(uuid)
            self.archive.dirty.drop(uuid)
        self.archive.is_taken_in = True
        return len(found)

    def pending(
        self,
        kinds: Collection[Kind],
        after: int,
        limit: int,
        *,
        met: bool = False,
    ) -> Sequence[tuple[int, str]]:
        archive = self.archive
        return sorted(
            (archive.places[uuid], uuid)
            for uuid in archive.pending
            if archive.kinds[uuid] in kinds
            and archive.places[uuid] > after
            and uuid not in archive.intents
            and uuid not in archive.aside
            and not (met and self._is_new(uuid))
        )[:limit]

    def _is_new(self, uuid: str) -> bool:
        """Whether a photo is new on one side, and was never on the other."""
        archive = self.archive
        is_there = uuid in archive.numbers
        is_known = uuid in archive.rows or uuid in archive.bases
        return archive.kinds[uuid] is Kind.PHOTO and not (is_there and is_known)

    def missing(
        self, what: str, after: int, limit: int
    ) -> Sequence[tuple[int, str, int]]:
        archive = self.archive
        return sorted(
            (archive.places[uuid], uuid, archive.numbers[uuid])
            for uuid in archive.live(Kind.PHOTO)
            if uuid not in archive.originals
            and uuid not in archive.bytes_aside
            and not (what == "thumbnail" and uuid in archive.thumbnails)
            and archive.places[uuid] > after
            and there(self.archive, uuid, Kind.PHOTO) is Life.ACTIVE
        )[:limit]

    def load(self, uuids: Collection[str]) -> list[Record]:
        return [
            record(self.archive, uuid) for uuid in uuids if uuid in self.archive.kinds
        ]

    def near(self) -> Surroundings:
        return surroundings(self.archive)

    def others(self) -> Neighbours:
        return neighbours(self.archive)

    def survey(self) -> Survey:
        archive = self.archive
        held = [
            archive.rows[uuid]
            for uuid in archive.live(Kind.PHOTO)
            if uuid in archive.bases and archive.bases[uuid].life is Life.ACTIVE
        ]
        texts = sum(bool(row.fields["description"]) for row in held)
        return Survey(held=len(held), texts=texts)

    # -- writing ----------------------------------------------------------------------

    def write(self, record: Record, outcome: Outcome, why: str) -> None:
        self._require_unchanged(record)
        self.archive.reasons[record.uuid] = why
        self.archive.undo.run(lambda: self._write(record, outcome))

    def _require_unchanged(self, record: Record) -> None:
        """An edit since the record was loaded would be written over (P12)."""
        now = self.archive.rows.get(record.uuid, NOWHERE)
        is_same = now.life is record.local.life and now.fields == record.local.fields
        assert is_same, f"{record.uuid} changed since it was loaded"

    def _write(self, record: Record, outcome: Outcome) -> None:
        if outcome.write or outcome.life is not record.local.life:
            fields = record.local.fields or empty_fields(record.kind)
            self._put(
                record, Version(outcome.life, {**fields, **outcome.write}), outcome.base
            )
        else:
            self.rebase(record.kind, record.uuid, outcome.base)

    def _put(self, record: Record, row: Version, base: Base | None) -> None:
        archive = self.archive
        is_back = record.local.life is Life.RECYCLED and row.life is Life.ACTIVE
        if is_back and record.kind is Kind.PHOTO:
            row = archive.restored(row)
        if row.life is Life.PURGED:
            row = Version(Life.PURGED)
        for other in archive.put(record.kind, record.uuid, row):
            self._wake(other)
        self.rebase(record.kind, record.uuid, base)

    def rebase(self, kind: Kind, uuid: str, base: Base | None) -> None:
        if base == self.archive.bases.get(uuid):
            return
        self.archive.kinds[uuid] = kind
        self.archive.touched.drop(uuid)
        if base is None:
            self.archive.bases.drop(uuid)
        else:
            self.archive.bases[uuid] = base

    def replace(self, old: Record, new: Record, decided: Decided) -> None:
        self._require_unchanged(old)
        self.archive.reasons[old.uuid] = f"somebody chose {decided.choice}"
        self.archive.undo.run(lambda: self._replace(old, new))

    def _replace(self, old: Record, new: Record) -> None:
        if new.local.life is Life.ABSENT:
            self.archive.rows.drop(old.uuid)
            self.archive.originals.drop(old.uuid)
            self.rebase(old.kind, old.uuid, new.base)
        elif new.local == old.local:
            self.rebase(old.kind, old.uuid, new.base)
        else:
            self._put(old, replace(new.local, touched=False), new.base)
        self._wake(old.uuid)

    def rest(self, uuids: Collection[str]) -> None:
        for uuid in uuids:
            self.archive.pending.drop(uuid)

    # -- writes under way, and what goes wrong ----------------------------------------

    def intents(self) -> Sequence[Intent]:
        return list(self.archive.intents.values())

    def keep_intent(self, intent: Intent) -> None:
        self.archive.intents[intent.uuid] = intent

    def end_intent(self, uuid: str) -> None:
        self.archive.intents.drop(uuid)

    def set_aside(self, trouble: Trouble) -> None:
        aside = self._aside(trouble)
        before = aside.get(trouble.uuid)
        tries = before.tries + 1 if before else trouble.tries
        aside[trouble.uuid] = replace(trouble, tries=tries)

    def _aside(self, trouble: Trouble) -> Table[str, Trouble]:
        archive = self.archive
        return archive.bytes_aside if trouble.is_of_bytes else archive.aside

    def try_again(self, clock: int) -> int:
        times = range(clock + 1, clock + LONGEST_ASIDE + 1)
        due = [one for one in self.troubles() if one.next_at not in times]
        for one in due:
            self._aside(one).drop(one.uuid)
        return len(due)

    def troubles(self) -> Sequence[Trouble]:
        archive = self.archive
        return [*archive.aside.values(), *archive.bytes_aside.values()]

    # -- conflicts --------------------------------------------------------------------

    def show(self, uuids: Collection[str], conflicts: Sequence[Conflict]) -> None:
        for uuid in uuids:
            found = tuple(one for one in conflicts if one.uuid == uuid)
            if found:
                self.archive.conflicts[uuid] = found
            else:
                self.archive.conflicts.drop(uuid)

    def decided(self) -> Sequence[Decided]:
        return list(self.archive.decided.values())

    def close(self, decided: Decided, why: str) -> None:
        self.archive.decided.drop(decided.id)
        self.archive.closed[decided.id] = why


def _together(old: Seen, new: Seen) -> Seen:
    """Return what is known now: what another view does not show still holds."""
    fields, extra = new.fields, new.extra
    if new.updated in (0, old.updated):
        fields, extra = {**old.fields, **fields}, {**old.extra, **extra}
    return replace(
        new,
        fields=fields,
        extra=extra,
        name=new.name or old.name,
        created=new.created or old.created,
        updated=new.updated or old.updated,
    )
