"""Who is who, what is remembered, and what was seen of the remote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from archive.sqlite import sqlite3
from sync.archived import changes, forms
from sync.archived.rows import COLUMNS, Opened, Row, row_from, seen_from
from sync.identity import natural_key
from sync.numbers import is_another
from sync.records import Kind, Life
from sync.store import Seen

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
# What others were shown to refer to, by the kind that has the number: unseen, once that
# is another's
_REFERRING = {
    Kind.ALBUM: (
        """
        update sync_records set seen = json_remove(seen, '$.fields.album'),
            album_there = null
        where kind = 'photo' and album_there = ?
        """,
    ),
    Kind.LOCATION: (
        """
        update sync_records set seen = json_remove(seen, '$.fields.location'),
            location_there = null
        where kind = 'photo' and location_there = ?
        """,
        """
        update sync_records set seen = json_remove(seen, '$.fields.parent'),
            location_there = null
        where kind = 'location' and location_there = ?
        """,
    ),
    Kind.PHOTO: (
        """
        update sync_records set seen = json_remove(seen, '$.fields.cover')
        where kind = 'album' and json_extract(seen, '$.fields.cover') = ?
        """,
    ),
}


@dataclass(slots=True)
class Seeing(Opened):
    """The part of the store that knows the remote."""

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

    def uuids_of(self, kind: Kind, remote_ids: Collection[int]) -> Mapping[int, str]:
        """Return which records here some there are."""
        rows = self._db.execute(
            """
            select r.remote_id, r.uuid from json_each(?) j
            cross join sync_records r on r.kind = ? and r.remote_id = j.value
            """,
            (forms.written(list(remote_ids)), kind),
        )
        return dict(rows.fetchall())

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
            f"select {COLUMNS} from sync_records where kind = ? and remote_id = ?",
            (kind, remote_id),
        ).fetchone()
        return seen_from(row_from(row)) if row and row[6] is not None else None

    def see(self, uuid: str, seen: Seen, *, sure: bool = False) -> bool:
        """Keep how a record is shown now."""
        return self._is_first(uuid, seen) or self._see_again(uuid, seen, sure=sure)

    def _is_first(self, uuid: str, seen: Seen) -> bool:
        """Keep a record that was not known: without asking first, as most are new."""
        values = (*_values(seen, forms.seen_form(seen)), uuid, seen.kind.value)
        try:
            done = self._db.execute(f"{_SEE} on conflict (uuid) do nothing", values)
        except sqlite3.IntegrityError:  # the number is another's
            return False
        if done.rowcount < 1:
            return False
        self.uuids[seen.kind, seen.remote_id] = uuid
        return True

    def _see_again(self, uuid: str, seen: Seen, *, sure: bool) -> bool:
        found = self._db.execute(
            f"select {COLUMNS} from sync_records where uuid = ?", (uuid,)
        ).fetchone()
        row = row_from(found) if found else None
        if row is not None and row.seen and row.remote_id == seen.remote_id:
            if 0 < seen.updated < row.updated and not sure:
                return False
            known = seen_from(row)
            if is_another(known, seen):
                return False
            seen = _together(known, seen)
        text = forms.seen_form(seen)
        if row is not None and _is_known(row, seen):
            if text != row.seen:  # in what nothing here knows
                self._db.execute(
                    "update sync_records set seen = ? where id = ?", (text, row.id)
                )
            return False
        self._keep_seen(row, uuid, seen, text)
        return True

    def _keep_seen(self, row: Row | None, uuid: str, seen: Seen, text: str) -> None:
        values = (*_values(seen, text), uuid, seen.kind.value)
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

    def part(self, kind: Kind, remote_id: int) -> None:
        """Take a number that is another record's now from the one here."""
        uuid = self.uuid_of(kind, remote_id)
        self._db.execute(
            """
            update sync_records set remote_id = null, life = 'purged', base = null,
                agreed = 'absent', worded = 0, created = 0, album_there = null,
                location_there = null, pending = 1
            where uuid = ?
            """,
            (uuid,),
        )
        self._db.execute("delete from sync_troubles where uuid = ?", (uuid,))
        for statement in _REFERRING.get(kind, ()):
            self._db.execute(statement, (remote_id,))
        self.uuids.pop((kind, remote_id), None)

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


def _is_known(row: Row, seen: Seen) -> bool:
    """Whether nothing is new, but perhaps in what nothing here knows."""
    if row.seen is None:
        return False
    old = seen_from(row)
    return replace(old, extra={}) == replace(seen, extra={})


def _values(seen: Seen, text: str) -> tuple[object, ...]:
    return (
        *(seen.remote_id, text, seen.life.value, seen.created, seen.updated),
        *_containers(seen),
    )


def _containers(seen: Seen) -> tuple[object, object]:
    """Return the album and the location there in which a record lies."""
    if seen.kind is Kind.PHOTO:
        return seen.fields.get("album"), seen.fields.get("location")
    return None, seen.fields.get("parent")
