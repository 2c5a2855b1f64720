"""The store of the engine over an archive's database (``sync.store``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from archive import indexing, mirroring
from archive.batches import Batch, turn
from archive.clock import timestamp
from archive.database import Archive
from archive.people import Person
from archive.photos import chunks
from archive.sqlite import sqlite3
from sync.archived import around, changes, deciding, forms, local
from sync.brakes import Survey
from sync.clashes import Neighbours
from sync.conflicts import Conflict
from sync.identity import Project, natural_key
from sync.merge import Outcome, Surroundings
from sync.operations import Act
from sync.records import (
    FIELDS,
    NOWHERE,
    Base,
    Fields,
    Kind,
    Life,
    Mark,
    Record,
    Sort,
    Version,
)
from sync.store import Decided, Intent, Phase, Seen, Trouble

REASON = "sync"
_SEEN_BATCH = "archived.batch"  # remembered: the last one that take_in looked at
_WANTED = 2  # in sync_records.ended
_PRESENT = frozenset({Life.ACTIVE, Life.RECYCLED})
_OVER = frozenset({Life.RECYCLED, Life.PURGED})
# (field, what it refers to) for each kind
_REFERRING = {
    kind: tuple((name, one.target) for name, one in fields.items() if one.target)
    for kind, fields in FIELDS.items()
}
_FACTS = tuple(n for n, f in FIELDS[Kind.PHOTO].items() if f.sort is Sort.FACT)
_ROW = (
    "id, kind, uuid, remote_id, base, agreed, seen, life, created, updated, touched,"
    " ended, lacks"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of ``sync_records``."""

    id: int
    kind: Kind
    uuid: str
    remote_id: int | None
    base: str | None
    agreed: str
    seen: str | None
    life: str
    created: int
    updated: int
    touched: int
    ended: int
    lacks: int


# What was deleted here and not there yet
_GONE = """
    select worded, count(*) from sync_records r
    where kind = 'photo' and pending = 1 and agreed = 'active' and life = 'active'
        and not exists (select 1 from photos p
            where p.uuid = r.uuid and p.recycled_at is null)
    group by 1
"""
_SEE = """
    insert into sync_records (remote_id, seen, life, created, updated, album_there,
        location_there, uuid, kind, pending)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
"""
_SEE_AGAIN = """
    update sync_records set remote_id = ?, seen = ?, life = ?, created = ?, updated = ?,
        album_there = ?, location_there = ?, pending = 1
    where uuid = ? and kind = ?
"""


def _row(values: Sequence[Any]) -> _Row:
    return _Row(values[0], Kind(values[1]), *values[2:])


@dataclass(slots=True)
class ArchivedStore:
    """One transaction on an archive. Made by ``transaction``, and of no use after it.

    :param opened: the batch of the sync's that is open
    :param run: uuid that the batches of a run share
    :param whys: for the batch's reason: why something was written
    :param uuids: of records there that were looked up, by their numbers
    """

    archive: Archive
    project: Project
    mirror: mirroring.Mirror
    opened: Batch
    run: str | None = None
    whys: dict[str, None] = field(default_factory=dict)
    uuids: dict[tuple[Kind, int], str] = field(default_factory=dict)

    @property
    def _db(self) -> sqlite3.Connection:
        return self.archive.connection

    # What is remembered from run to run

    def recall(self, key: str) -> object:
        """Return what was remembered, or None."""
        row = self._db.execute(
            "select value from sync_memory where key = ?", (key,)
        ).fetchone()
        return forms.read(row[0]) if row else None

    def remember(self, key: str, value: object) -> None:
        """Keep a value of JSON; None: forget it."""
        if value is None:
            self._db.execute("delete from sync_memory where key = ?", (key,))
            return
        self._db.execute(
            """
            insert into sync_memory (key, value) values (?, ?)
            on conflict (key) do update set value = excluded.value
            """,
            (key, forms.written(value)),
        )

    # Who is who

    def uuid_of(self, kind: Kind, remote_id: int) -> str | None:
        """Return which record here one there is."""
        key = (kind, remote_id)
        if key not in self.uuids:
            row = self._db.execute(
                "select uuid from sync_records where kind = ? and remote_id = ?", key
            ).fetchone()
            if row is None:
                return None
            self.uuids[key] = row[0]
        return self.uuids[key]

    def remote_id_of(self, kind: Kind, uuid: str) -> int | None:
        """Return the number there of a record."""
        row = self._db.execute(
            "select remote_id from sync_records where uuid = ? and kind = ?",
            (uuid, kind),
        ).fetchone()
        return row[0] if row else None

    def links(self, kind: Kind) -> Mapping[int, str]:
        """Return all links of a kind: number there, uuid here."""
        rows = self._db.execute(
            """
            select remote_id, uuid from sync_records
            where kind = ? and remote_id is not null
            """,
            (kind,),
        )
        return dict(rows.fetchall())

    def unlinked(self, kind: Kind) -> Mapping[str, tuple[str, str]]:
        """Return what is here and not linked, with its natural key."""
        parent = "null"
        if kind is Kind.LOCATION:
            parent = "(select uuid from locations above where above.id = t.parent_id)"
        rows = self._db.execute(
            f"""
            select t.uuid, t.name, {parent} from {changes.TABLES[kind]} t
            where not exists (select 1 from sync_records r
                    where r.uuid = t.uuid and r.remote_id is not null)
                and not ({int(kind is Kind.ALBUM)} and t.id = 1)
            """
        )
        return {uuid: natural_key(name, above) for uuid, name, above in rows}

    def alike(self, size: int) -> Mapping[str, str]:
        """Return photos here of so many bytes that are not linked."""
        rows = self._db.execute(
            """
            select p.uuid, o.sha256 from originals o
            join photos p on p.original_id = o.id
            where o.bytes = ? and p.recycled_at is null and not exists (
                select 1 from sync_records r
                where r.uuid = p.uuid and r.remote_id is not null)
            """,
            (size,),
        )
        return dict(rows.fetchall())

    # What is there

    def seen(self, kind: Kind, remote_id: int) -> Seen | None:
        """Return how the remote last showed a record."""
        row = self._db.execute(
            f"select {_ROW} from sync_records where kind = ? and remote_id = ?",
            (kind, remote_id),
        ).fetchone()
        return _seen(_row(row)) if row and row[6] is not None else None

    def see(self, uuid: str, seen: Seen) -> bool:
        """Keep how a record is shown now."""
        found = self._db.execute(
            f"select {_ROW} from sync_records where uuid = ?", (uuid,)
        ).fetchone()
        row = _row(found) if found else None
        if row is not None and row.seen and row.remote_id == seen.remote_id:
            if 0 < seen.updated < row.updated:
                return False
            seen = _together(_seen(row), seen)
        text = forms.seen_form(seen)
        if row is not None and _is_known(row, seen):
            if text != row.seen:  # in what nothing here knows
                self._db.execute(
                    "update sync_records set seen = ? where id = ?", (text, row.id)
                )
            return False
        self._keep_seen(row, uuid, seen, text)
        return True

    def _keep_seen(self, row: _Row | None, uuid: str, seen: Seen, text: str) -> None:
        album, place = _containers(seen)
        values = (
            *(seen.remote_id, text, seen.life.value, seen.created, seen.updated),
            *(album, place, uuid, seen.kind.value),
        )
        sql = _SEE_AGAIN if row else _SEE
        try:
            self._db.execute(sql, values)
        except sqlite3.IntegrityError:
            self._unlink(seen.kind, seen.remote_id, uuid)
            self._db.execute(sql, values)
        if row is not None:
            self._db.execute("delete from sync_troubles where uuid = ?", (uuid,))
        self.uuids[seen.kind, seen.remote_id] = uuid

    def _unlink(self, kind: Kind, remote_id: int, uuid: str) -> None:
        """Take a number from the record that it was thought to be of."""
        self._db.execute(
            """
            update sync_records set remote_id = null, seen = null, life = 'absent',
                created = 0, updated = 0, album_there = null, location_there = null,
                pending = 1
            where kind = ? and remote_id = ? and uuid <> ?
            """,
            (kind, remote_id, uuid),
        )

    def live_there(self, begin: int, end: int) -> Sequence[tuple[int, int]]:
        """Return (created, number) of photos that are known to be live there."""
        rows = self._db.execute(
            """
            select created, remote_id from sync_records
            where kind = 'photo' and remote_id is not null and life = 'active'
                and created between ? and ? order by created, remote_id
            """,
            (begin, end),
        )
        return [(created, number) for created, number in rows]

    def count_there(self, life: Life, begin: int = 0, end: int = 1 << 62) -> int:
        """Return how many photos are known to stand so there."""
        first, last = (begin >> 14) + 1, (end >> 14) - 1
        if first > last:
            return self._count_range(life, begin, end)
        row = self._db.execute(
            """
            select coalesce(sum(photos), 0) from sync_counts
            where life = ? and period between ? and ?
            """,
            (life, first, last),
        ).fetchone()
        before = self._count_range(life, begin, (first << 14) - 1)
        return int(row[0]) + before + self._count_range(life, (last + 1) << 14, end)

    def _count_range(self, life: Life, begin: int, end: int) -> int:
        row = self._db.execute(
            """
            select count(*) from sync_records
            where kind = 'photo' and remote_id is not null and life = ?
                and created between ? and ?
            """,
            (life, begin, end),
        ).fetchone()
        return int(row[0])

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
        self, kinds: Collection[Kind], after: int, limit: int
    ) -> Sequence[tuple[int, str]]:
        """Return some records of which something may be to be done."""
        found: list[tuple[int, str]] = []
        for kind in kinds:
            found += self._db.execute(
                """
                select id, uuid from sync_records r
                where kind = ? and pending = 1 and id > ?
                    and not exists (select 1 from sync_intents i where i.uuid = r.uuid)
                    and not exists (select 1 from sync_troubles t
                        where t.uuid = r.uuid and t.held = 1)
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

    def _rows(self, uuids: Collection[str]) -> dict[str, _Row]:
        found: dict[str, _Row] = {}
        for some in chunks(list(uuids)):  # type: ignore[arg-type]
            marks = ", ".join("?" * len(some))
            sql = f"select {_ROW} from sync_records where uuid in ({marks})"
            found |= {row[2]: _row(row) for row in self._db.execute(sql, some)}
        return found

    def _here(
        self, uuids: Collection[str], rows: Mapping[str, _Row]
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
        row: _Row | None,
        here: local.Here | None,
        dead: Collection[str],
    ) -> Record:
        base = None
        if row is not None and row.base is not None:
            base = forms.base_from(kind, row.agreed, row.base)
        lacks_bytes = here is not None and not here.has_bytes
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
        row: _Row | None,
        here: local.Here | None,
        base: Base | None,
        *,
        is_dead: bool,
    ) -> Version:
        if here is None:
            is_over = is_dead or (row is not None and (row.base or row.ended == 1))
            is_wanted = row is not None and row.ended == _WANTED
            return Version(Life.PURGED) if is_over and not is_wanted else NOWHERE
        fields: Fields = here.fields
        if base is not None and kind is Kind.PHOTO:
            fields = _with_told_facts(fields, base)
        marks = local.Marks(self._db, kind, here.number)
        return Version(here.life, fields, marks, touched=bool(row and row.touched))

    def _remote(self, row: _Row) -> Version:
        seen = _seen(row)
        at = ""
        if seen.updated:
            at = timestamp(datetime.fromtimestamp(seen.updated, UTC))
        fields = self._referring(row.kind, seen.fields)
        marks = local.AllAt(row.kind, Mark(at=at))
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
        return around.surroundings(self._db)

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

    # Writing here

    def write(self, record: Record, outcome: Outcome, why: str) -> None:
        """Write here what becomes of a record."""
        self.whys[why] = None
        with mirroring.whole(self.mirror):
            self._move(record, record.local.life, outcome.life, outcome.write)
            is_made = record.local.life is Life.ABSENT and record.kind is Kind.PHOTO
            self._base(record.kind, record.uuid, outcome.base, is_made=is_made)

    def _move(self, record: Record, before: Life, after: Life, values: Fields) -> None:
        """Bring a record here from one life to another, with these values."""
        mirror, kind, uuid = self.mirror, record.kind, record.uuid
        if before is Life.ABSENT and after is not Life.ABSENT:
            told = record.remote.extra.get("uploader")
            uploader = told if isinstance(told, Mapping) else None
            mirroring.make(mirror, kind, uuid, values, uploader)
            return
        if before is Life.RECYCLED and after is Life.ACTIVE:
            mirroring.retrieve(mirror, uuid)
        if before in _PRESENT:
            if kind is Kind.ALBUM and values.get("private"):
                self._wake_public(uuid)
            mirroring.change(mirror, kind, uuid, values)
        if before is Life.ACTIVE and after in _OVER:
            mirroring.recycle(mirror, kind, uuid)
            if kind is not Kind.PHOTO:
                self._set(kind, uuid, ended=1)

    def _wake_public(self, album: str) -> None:
        """Make pending what an album makes private: nobody told the remote."""
        self._db.execute(
            """
            update sync_records set pending = 1 where uuid in (
                select p.uuid from photos p join albums a on a.id = p.album_id
                where a.uuid = ? and p.private = 0)
            """,
            (album,),
        )

    def rebase(self, kind: Kind, uuid: str, base: Base | None) -> None:
        """Keep what was agreed, once the remote has answered."""
        self._base(kind, uuid, base)

    def _base(
        self, kind: Kind, uuid: str, base: Base | None, *, is_made: bool = False
    ) -> None:
        """Keep a base. A new one has seen what touched the record until now.

        :param is_made: the photo is new here, without its bytes
        """
        text = None if base is None else forms.base_form(base)
        life = Life.ABSENT.value if base is None else base.life.value
        done = self._db.execute(
            """
            update sync_records
            set touched = iif(base is ?1 and agreed = ?2, touched, 0),
                base = ?1, agreed = ?2, worded = ?3, lacks = iif(?5, 2, lacks)
            where uuid = ?4
            """,
            (text, life, forms.is_worded(base), uuid, is_made),
        ).rowcount
        if not done and base is not None:
            self._set(kind, uuid, base=text, agreed=life, worded=forms.is_worded(base))

    def replace(self, old: Record, new: Record, decided: Decided) -> None:
        """Write what somebody decided: in the history as of that person."""
        person = deciding.who_decided(self._db, decided) or self.mirror.actor
        us = self.mirror.actor
        self._turn(person, origin="user", reason=f"decided: {decided.choice}")
        try:
            with mirroring.whole(self.mirror):
                self._replace(old, new)
        finally:
            self._turn(us, origin="sync", reason=REASON)

    def _replace(self, old: Record, new: Record) -> None:
        if new.local.life is Life.ABSENT:
            self._set(old.kind, old.uuid, ended=_WANTED)
        else:
            before = old.local.fields
            values = {
                name: value
                for name, value in new.local.fields.items()
                if name not in before or before[name] != value
            }
            self._move(new, old.local.life, new.local.life, values)
        self._base(old.kind, old.uuid, new.base)
        self._set(old.kind, old.uuid, pending=1)

    def _turn(self, actor: Person, *, origin: str, reason: str) -> None:
        """Go on writing as somebody else, in a batch of theirs."""
        self.tell_why()
        batch = turn(self._db, actor, origin=origin, reason=reason, run=self.run)
        self.mirror.actor, self.mirror.batch = actor, batch

    def tell_why(self) -> None:
        """Write down in the open batch why the sync wrote what it did; it ends here."""
        indexing.catch_up(self._db)
        if self.whys:
            reason = f"{REASON}: {', '.join(self.whys)}"
            self._db.execute(
                "update batches set reason = ? where id = ?",
                (reason, self.mirror.batch.id),
            )
            self.whys.clear()

    def rest(self, uuid: str) -> None:
        """Nothing is to be done about a record."""
        self._db.execute(
            "update sync_records set pending = 0 where uuid = ? and pending = 1",
            (uuid,),
        )
        self._db.execute(
            "delete from sync_troubles where uuid = ? and held = 0", (uuid,)
        )

    def _set(self, kind: Kind, uuid: str, **values: object) -> None:
        """Set columns of a record, which may not be known yet."""
        sets = ", ".join(f"{name} = ?" for name in values)
        done = self._db.execute(
            f"update sync_records set {sets} where uuid = ?", (*values.values(), uuid)
        ).rowcount
        if not done:
            marks = ", ".join("?" * (len(values) + 2))
            self._db.execute(
                f"insert into sync_records (kind, uuid, {', '.join(values)})"
                f" values ({marks})",
                (kind, uuid, *values.values()),
            )

    # Writes under way, and what goes wrong

    def intents(self) -> Sequence[Intent]:
        """Return all writes that are under way, oldest first."""
        rows = self._db.execute(
            """
            select kind, uuid, act, phase, sent, upload, sent_at, unknown_since
            from sync_intents order by id
            """
        )
        return [_intent(row) for row in rows]

    def keep_intent(self, intent: Intent) -> None:
        """Write down an intent, in the place of the record's other one."""
        self._db.execute(
            """
            insert into sync_intents
                (kind, uuid, act, phase, sent, upload, sent_at, unknown_since)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (uuid) do update set kind = excluded.kind, act = excluded.act,
                phase = excluded.phase, sent = excluded.sent, upload = excluded.upload,
                sent_at = excluded.sent_at, unknown_since = excluded.unknown_since
            """,
            (
                *(intent.kind, intent.uuid, intent.act, intent.phase),
                *(forms.sent_form(intent.sent), forms.written(dict(intent.upload))),
                *(intent.sent_at, intent.unknown_since),
            ),
        )

    def end_intent(self, uuid: str) -> None:
        """Its outcome is known."""
        self._db.execute("delete from sync_intents where uuid = ?", (uuid,))

    def set_aside(self, trouble: Trouble) -> None:
        """Leave a record alone for some time; counts the tries."""
        self._db.execute(
            """
            insert into sync_troubles (uuid, kind, act, why, status, tries, next_at)
            values (?, ?, ?, ?, ?, ?, ?)
            on conflict (uuid) do update set act = excluded.act, why = excluded.why,
                status = excluded.status, next_at = excluded.next_at, held = 1,
                tries = max(tries + 1, excluded.tries)
            """,
            (
                *(trouble.uuid, trouble.kind, trouble.act, trouble.why),
                *(trouble.status, trouble.tries, trouble.next_at),
            ),
        )

    def try_again(self, clock: int) -> int:
        """Set aside no longer what is due."""
        due = self._db.execute(
            "update sync_troubles set held = 0 where held = 1 and next_at <= ?",
            (clock,),
        )
        return int(due.rowcount)

    def troubles(self) -> Sequence[Trouble]:
        """Return what is set aside."""
        rows = self._db.execute(
            """
            select kind, uuid, act, why, status, tries, next_at
            from sync_troubles where held = 1 order by next_at, uuid
            """
        )
        return [Trouble(Kind(row[0]), *row[1:]) for row in rows]

    # Conflicts

    def show(self, uuids: Collection[str], conflicts: Sequence[Conflict]) -> None:
        """Keep these as all conflicts of these records."""
        deciding.show(self._db, self.opened.at, uuids, conflicts)

    def decided(self) -> Sequence[Decided]:
        """Return what was decided and not yet carried out."""
        return deciding.decided(self._db)

    def close(self, decided: Decided, why: str) -> None:
        """It was carried out (""), or it was not, and why."""
        deciding.close(self._db, self.opened.at, decided, why)


def _seen(row: _Row) -> Seen:
    """Return how a record was shown last; ``row.seen`` is there."""
    form = forms.read(row.seen or "{}")
    return Seen(
        row.kind,
        row.remote_id or 0,
        Life(row.life),
        forms.fields_from(row.kind, form["fields"]),
        form["extra"],
        form["name"],
        row.created,
        row.updated,
    )


def _together(old: Seen, new: Seen) -> Seen:
    """Return what is known now: what another view does not show still holds."""
    fields, extra = new.fields, new.extra
    if new.updated == old.updated:
        fields, extra = {**old.fields, **fields}, {**old.extra, **extra}
    return replace(
        new,
        fields=fields,
        extra=extra,
        name=new.name or old.name,
        created=new.created or old.created,
        updated=new.updated or old.updated,
    )


def _is_known(row: _Row, seen: Seen) -> bool:
    """Whether nothing is new, but perhaps in what nothing here knows."""
    if row.seen is None:
        return False
    old = _seen(row)
    return replace(old, extra={}) == replace(seen, extra={})


def _containers(seen: Seen) -> tuple[object, object]:
    """Return the album and the location there in which a record lies."""
    if seen.kind is Kind.PHOTO:
        return seen.fields.get("album"), seen.fields.get("location")
    return None, seen.fields.get("parent")


def _may_be_photo(row: _Row | None) -> bool:
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


def _intent(row: Sequence[Any]) -> Intent:
    kind = Kind(row[0])
    return Intent(
        kind,
        row[1],
        Act(row[2]),
        Phase(row[3]),
        forms.sent_from(kind, row[4]),
        forms.read(row[5]),
        row[6],
        row[7],
    )
