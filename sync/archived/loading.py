"""Records with all three versions, and what is to be done about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.photos import chunks
from sync.archived import around, changes, forms, local
from sync.archived.rows import COLUMNS, Row, row_from, seen_from
from sync.archived.seeing import Seeing
from sync.brakes import Survey
from sync.clashes import Neighbours
from sync.merge import Surroundings
from sync.records import (
    FIELDS,
    NOWHERE,
    Base,
    Fields,
    Kind,
    Life,
    Record,
    Sort,
    Version,
)

WANTED = 2  # in sync_records.ended
_SEEN_BATCH = "archived.batch"  # remembered: the last one that take_in looked at
# (field, what it refers to) for each kind
_REFERRING = {
    kind: tuple((name, one.target) for name, one in fields.items() if one.target)
    for kind, fields in FIELDS.items()
}
_FACTS = tuple(n for n, f in FIELDS[Kind.PHOTO].items() if f.sort is Sort.FACT)
# Photos that both sides know, or knew
_MET = """
    r.remote_id is not null and (r.agreed <> 'absent' or exists (
        select 1 from photos p where p.uuid = r.uuid))
"""
# What was deleted here and not there yet
_GONE = """
    select worded, count(*) from sync_records r
    where kind = 'photo' and pending = 1 and agreed = 'active' and life = 'active'
        and not exists (select 1 from photos p
            where p.uuid = r.uuid and p.recycled_at is null)
    group by 1
"""


@dataclass(slots=True)
class Loading(Seeing):
    """The part of the store that reads records."""

    # What is here, and what is to be done

    def take_in(self) -> int:
        """Make pending what was changed here since the last call."""
        last = self.recall(_SEEN_BATCH)
        if self.opened.id - 1 == last:
            return 0
        self.remember(_SEEN_BATCH, self.opened.id - 1)
        if not isinstance(last, int):
            return changes.take_all(self._db)
        return changes.take_since(self._db, last, self.opened.id)

    def pending(
        self,
        kinds: Collection[Kind],
        after: int,
        limit: int,
        *,
        met: bool = False,
    ) -> Sequence[tuple[int, str]]:
        """Return some records of which something may be to be done."""
        found: list[tuple[int, str]] = []
        for kind in kinds:
            which = _MET if met and kind is Kind.PHOTO else "true"
            found += self._db.execute(
                f"""
                select id, uuid from sync_records r
                where kind = ? and pending = 1 and id > ?
                    and not exists (select 1 from sync_intents i where i.uuid = r.uuid)
                    and not exists (select 1 from sync_troubles t
                        where t.uuid = r.uuid and t.about = 'record' and t.held = 1)
                    and {which}
                order by id limit ?
                """,
                (kind, after, limit),
            ).fetchall()
        return sorted(found)[:limit]

    def missing(
        self, what: str, after: int, limit: int
    ) -> Sequence[tuple[int, str, int]]:
        """Return photos live on both sides without bytes."""
        found: list[tuple[int, str, int]] = []
        for lacks in (2,) if what == "thumbnail" else (1, 2):
            found += self._db.execute(
                # "> 0" so that the index of those is taken, and it alone
                """
                select r.id, r.uuid, r.remote_id from sync_records r
                cross join photos p on p.uuid = r.uuid and p.recycled_at is null
                where r.lacks = ? and r.lacks > 0 and r.id > ? and r.life = 'active'
                    and r.remote_id is not null
                    and not exists (select 1 from sync_troubles t
                        where t.uuid = r.uuid and t.about = 'bytes' and t.held = 1)
                order by r.id limit ?
                """,
                (lacks, after, limit),
            ).fetchall()
        return sorted(found)[:limit]

    def keep_thumbnail(self, uuid: str) -> None:
        """Keep that a thumbnail of a photo without bytes is in the cache."""
        self._db.execute(
            "update sync_records set lacks = 1 where uuid = ? and lacks = 2", (uuid,)
        )

    def load(self, uuids: Collection[str]) -> list[Record]:
        """Return records, with all three versions."""
        rows = self._rows(uuids)
        here = self._here(uuids, rows)
        photos = [u for u in uuids if u not in here and _may_be_photo(rows.get(u))]
        dead = local.purged(self._db, photos) if photos else set()
        found = []
        for uuid in dict.fromkeys(uuids):
            row = rows.get(uuid)
            kind, one = here.get(uuid, (row.kind if row else Kind.PHOTO, None))
            if row is not None or one is not None or uuid in dead:
                found.append(self._record(kind, uuid, row, one, dead))
        return found

    def _rows(self, uuids: Collection[str]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for some in chunks(list(uuids)):  # type: ignore[arg-type]
            marks = ", ".join("?" * len(some))
            sql = f"select {COLUMNS} from sync_records where uuid in ({marks})"
            found |= {row[2]: row_from(row) for row in self._db.execute(sql, some)}
        return found

    def _here(
        self, uuids: Collection[str], rows: Mapping[str, Row]
    ) -> dict[str, tuple[Kind, local.Here]]:
        found: dict[str, tuple[Kind, local.Here]] = {}
        for kind in Kind:
            some = [u for u in uuids if u not in rows or rows[u].kind is kind]
            if some:
                here = local.find(self._db, kind, some)
                found |= {uuid: (kind, one) for uuid, one in here.items()}
        return found

    def _record(
        self,
        kind: Kind,
        uuid: str,
        row: Row | None,
        here: local.Here | None,
        dead: Collection[str],
    ) -> Record:
        base = None
        if row is not None and row.base is not None:
            base = forms.base_from(kind, row.agreed, row.base)
        lacks_bytes = kind is Kind.PHOTO and (here is None or not here.has_bytes)
        return Record(
            kind,
            uuid,
            base,
            self._local(kind, row, here, base, is_dead=uuid in dead),
            self._remote(row) if row and row.seen is not None else NOWHERE,
            row.remote_id if row else None,
            bytes_here=not lacks_bytes,
            thumbnail_here=not lacks_bytes or (row is not None and row.lacks == 1),
        )

    def _local(
        self,
        kind: Kind,
        row: Row | None,
        here: local.Here | None,
        base: Base | None,
        *,
        is_dead: bool,
    ) -> Version:
        if here is None:
            is_over = is_dead or (row is not None and (row.base or row.ended == 1))
            is_wanted = row is not None and row.ended == WANTED
            return Version(Life.PURGED) if is_over and not is_wanted else NOWHERE
        fields: Fields = here.fields
        if base is not None and kind is Kind.PHOTO:
            fields = _with_told_facts(fields, base)
        marks = local.Marks(self._db, kind, here.number)
        return Version(here.life, fields, marks, touched=bool(row and row.touched))

    def _remote(self, row: Row) -> Version:
        seen = seen_from(row)
        fields = self._referring(row.kind, seen.fields)
        marks = local.AllAt(row.kind, seen.updated)
        return Version(seen.life, fields, marks, seen.extra)

    def _referring(self, kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return fields with uuids in the place of numbers."""
        fields = dict(told)
        for name, target in _REFERRING[kind]:
            value = fields.get(name)
            if isinstance(value, frozenset):
                fields[name] = frozenset(self._uuid(target, one) for one in value)
            elif value is not None:
                fields[name] = self._uuid(target, value)
        return fields

    def _uuid(self, kind: Kind, number: int) -> str:
        found = self.uuid_of(kind, number)
        if found is None:
            found = self.project.uuid_of(kind, number)
            self.uuids[kind, number] = found
        return found

    def near(self) -> Surroundings:
        """Return what is true of the records that are not planned for."""
        return around.surroundings(self._db, self.mirror.ids)

    def others(self) -> Neighbours:
        """Return the names and places of those."""
        return around.neighbours(self._db, self._uuid)

    def survey(self) -> Survey:
        """Return how many photos and texts both sides held."""
        rows = self._db.execute(
            """
            select life, worded, sum(photos) from sync_counts
            where agreed = 'active' group by 1, 2
            """
        ).fetchall()
        live = {worded: n for life, worded, n in rows if life == Life.ACTIVE}
        for worded, gone in self._db.execute(_GONE):
            live[worded] -= gone
        hidden = sum(n for life, _, n in rows if life == Life.HIDDEN)
        return Survey(held=sum(live.values()), texts=live.get(1, 0), hidden=hidden)


def _may_be_photo(row: Row | None) -> bool:
    return row is None or row.kind is Kind.PHOTO


def _with_told_facts(fields: Fields, base: Base) -> Fields:
    """Return fields in which a fact that the archive has no room for is as agreed.

    The size of a file that is not here is one: it would be pulled again and again.
    """
    told = {
        name: base.fields[name].ours
        for name in _FACTS
        if fields[name] is None and name in base.fields
    }
    return {**fields, **told} if told else fields
