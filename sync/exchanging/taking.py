"""What others told, written here: one transaction of an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from archive import foreign, indexing, mirroring
from archive.batches import Batch, batch
from archive.database import Archive
from archive.identity import name_key
from archive.mirroring import Mirror
from archive.people import Person
from archive.sites import Sites, sites_of
from archive.sqlite import sqlite3
from sync.exchanging.forms import stamps_form
from sync.exchanging.linking import owned, remoteness
from sync.exchanging.merging import Merged, Near, merge
from sync.exchanging.model import (
    ACTIVE,
    FIELDS,
    LIFE,
    PURGED,
    RECYCLED,
    TALK,
    Any_,
    Told,
    Version,
)
from sync.exchanging.noticing import (
    TABLES,
    changes_in,
    keep,
    notice,
    tell_again,
    tick,
)
from sync.exchanging.remoteness import Remoteness
from sync.exchanging.settling import common
from sync.exchanging.telling import load
from sync.exchanging.values import fits

REASON = "exchange"


@dataclass(slots=True)
class Taking:
    """One transaction.

    :param by: site and number of the bundle that is taken in; ("", 0): none
    :param is_linked: whether who wrote it has a remote, and so brings its photos there
    :param known: records that were loaded, as they are by now; None: not known here
    :param written: fields that were written as others told them
    :param touched: records in which anything may have become another
    :param noticed: how many records people changed here since the last exchange
    :param changed: how many became others here by this one
    :param whos: people who set values there that were taken over
    """

    archive: Archive
    mirror: Mirror
    opened: Batch
    sites: Sites
    clock: int
    remote: Remoteness
    by: tuple[str, int] = ("", 0)
    is_linked: bool = True
    known: dict[str, Told | None] = field(default_factory=dict)
    written: set[tuple[str, str, str]] = field(default_factory=set)
    touched: dict[str, None] = field(default_factory=dict)
    noticed: int = 0
    changed: int = 0
    whos: dict[str, None] = field(default_factory=dict)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection."""
        return self.archive.connection


@contextmanager
def taking(
    archive: Archive,
    person: Person,
    *,
    reason: str = REASON,
    run: str | None = None,
    by: tuple[str, int] = ("", 0),
    is_linked: bool = True,
) -> Iterator[Taking]:
    """Run the body in one transaction; first what was changed here is taken note of.

    :raises NotAllowed: the person may not; ArchiveLocked: others wrote all the time
    """
    connection = archive.connection
    with batch(connection, person, origin="exchange", reason=reason, run=run) as opened:
        sites, clock = sites_of(connection), tick(connection)
        mirror = Mirror(connection, person, opened)
        remote = remoteness(archive, mirror, opened)
        one = Taking(archive, mirror, opened, sites, clock, remote, by, is_linked)
        one.noticed = notice(connection, sites, opened.id, clock)
        yield one
        indexing.catch_up(connection)
        _note_the_rest(one)
        _tell_who(one)


def _tell_who(one: Taking) -> None:
    """Write down in the open batch who changed what was taken over, and where."""
    if not one.whos:
        return
    names = [*one.whos][:_MOST_NAMES] + ["others"] * (len(one.whos) > _MOST_NAMES)
    where = f" on laptop {one.by[0][-6:]}" if one.by[0] else ""
    one.db.execute(
        "update batches set reason = ? where id = ?",
        (f"{REASON}: {', '.join(names)}{where}", one.mirror.batch.id),
    )


_MOST_NAMES = 20


def prepare(one: Taking, uuids: Iterable[str]) -> None:
    """Load records together that will be asked for."""
    wanted = [uuid for uuid in uuids if uuid not in one.known]
    found = load(one.db, wanted, one.remote)
    one.known |= {uuid: found.get(uuid) for uuid in wanted}


def ours_of(one: Taking, uuid: str) -> Told | None:
    """Return our version of a record; None: it was never here."""
    if uuid not in one.known:
        prepare(one, [uuid])
    return one.known[uuid]


def take(one: Taking, told: Told) -> Merged:
    """Take in what another told of a record, as far as that can be.

    :raises ArchiveError: nothing of it can be written here
    """
    ours = ours_of(one, told.uuid)
    merged = merge(ours, told, near(one, told.kind, told.uuid))
    write(one, ours, merged, told)
    return merged


def near(one: Taking, kind: str, uuid: str) -> Near:
    """Return what a merge has to know of other things."""

    def ancestor(name: str, ours: Version, theirs: Version) -> tuple[bool, Any_]:
        began = one.sites.since[-1]  # what is older was made by whom this is a copy of
        changes = history_of(one.db, kind, uuid, name)
        own = [change for change in changes if change[0] > began]
        return common(one.sites.own, own, ours, theirs)

    def has(target: str, wanted: str) -> bool:
        sql = f"select 1 from {TABLES[target]} where uuid = ?"
        return one.db.execute(sql, (wanted,)).fetchone() is not None

    def over(wanted: str) -> bool:
        found = ours_of(one, wanted)
        return found is not None and found.life.value == PURGED

    def private(album: str) -> bool:
        sql = "select private from albums where uuid = ?"
        row = one.db.execute(sql, (album,)).fetchone()
        return bool(row and row[0])

    def used(wanted: str) -> bool:
        return bool(one.db.execute(_USED, {"uuid": wanted}).fetchone()[0])

    site, fit = f"{one.sites.own}~", partial(fits, kind)
    return Near(site, one.clock, ancestor, has, over, private, used, fit)


_USED = """
    select exists (select 1 from albums a join photos p on p.album_id = a.id
            where a.uuid = :uuid and p.recycled_at is null)
        or exists (select 1 from locations l join photos p on p.location_id = l.id
            where l.uuid = :uuid and p.recycled_at is null)
        or exists (select 1 from locations l join locations b on b.parent_id = l.id
            where l.uuid = :uuid)
        or exists (select 1 from trades t join photo_trades x on x.trade_id = t.id
            join photos p on p.id = x.photo_id
            where t.uuid = :uuid and p.recycled_at is null)
"""


def history_of(
    connection: sqlite3.Connection, kind: str, uuid: str, name: str
) -> list[tuple[int, bool, Any_]]:
    """Return how a text or a set of a record changed: batch, by hand, value before."""
    row = connection.execute(
        f"select id from {TABLES[kind]} where uuid = ?", (uuid,)
    ).fetchone()
    if row is None:
        return []
    rows = connection.execute(
        """
        select b.id, b.origin not in ('sync', 'exchange'), c.old, c.new
        from changes c join batches b on b.id = c.batch_id
        where c.entity = ? and c.record_id = ? and c.field = ? order by c.id
        """,
        (kind, row[0], "trade" if name == "trades" else name),
    ).fetchall()
    if name != "trades":
        return [(number, bool(hand), old or "") for number, hand, old, _ in rows]
    return _sets_before(connection, row[0], rows)


def _sets_before(
    connection: sqlite3.Connection, photo: int, rows: list[tuple[Any, ...]]
) -> list[tuple[int, bool, Any_]]:
    names = dict(connection.execute("select id, uuid from trades").fetchall())
    now = {
        row[0]
        for row in connection.execute(
            "select trade_id from photo_trades where photo_id = ?", (photo,)
        )
    }
    found: list[tuple[int, bool, Any_]] = []
    for number, hand, old, new in reversed(rows):
        now = (now | {old}) if new is None else now - {new}
        members = frozenset(names[one] for one in now if one in names)
        found.append((number, bool(hand), members))
    return found[::-1]


# Writing


def write(one: Taking, ours: Told | None, merged: Merged, told: Told | None) -> None:
    """Write what becomes of a record: all of it, or nothing.

    :param told: what it was merged with
    :raises ArchiveError: it cannot be written
    """
    record = merged.record
    if record is None:
        return
    with mirroring.whole(one.mirror):
        _move(one, ours, record, merged.write)
        _keep(one, ours, record, told)
    one.known[record.uuid] = record
    names = {LIFE} if ours is None or ours.life.value != record.life.value else set()
    if told is not None:
        ends = [record.life] if names or ours is None else []
        said = [*ends, *(record.fields[name] for name in merged.write)]
        one.whos |= {version.who: None for version in said if version.who}
    one.changed += ours is None or bool(merged.write or names)
    fields = FIELDS[record.kind] if ours is None else merged.write
    one.written |= {(record.kind, record.uuid, name) for name in {*fields, *names}}
    one.touched[record.uuid] = None


def _move(
    one: Taking, ours: Told | None, record: Told, values: Mapping[str, Any_]
) -> None:
    mirror = one.mirror
    kind, uuid, after = record.kind, record.uuid, record.life.value
    before = PURGED if ours is None else ours.life.value
    if before == PURGED:
        if after == PURGED:
            return
        whole = {n: v.value for n, v in record.fields.items() if n != TALK}
        foreign.make(mirror, kind, uuid, whole, record.born)
        if one.is_linked or record.base is not None:
            owned(one.archive, record, one.by[0])
        before = ACTIVE
    else:
        if before == RECYCLED and after == ACTIVE:
            mirroring.retrieve(mirror, uuid)
            before = ACTIVE
        if after != PURGED:
            at = max((record.fields[name].at for name in values), default="")
            foreign.change(mirror, kind, uuid, values, at)
    if before == ACTIVE and after != ACTIVE:
        foreign.end(mirror, kind, uuid)


def _keep(one: Taking, ours: Told | None, record: Told, told: Told | None) -> None:
    kept = stamps_form(record)
    if ours is not None and kept == stamps_form(ours):
        return
    keep(one.db, record.kind, record.uuid, kept, one.clock)
    if ours is not None and record.life.stamp != ours.life.stamp:
        tell_again(one.db, record.uuid, one.clock)
    is_as_told = told is not None and kept == stamps_form(told) and one.by[0]
    one.db.execute(
        """
        update exchange_records set told_by = ?, told_seq = ?,
            origin = iif(origin = '', ?, origin) where uuid = ?
        """,
        (
            *(one.by if is_as_told else ("", 0)),
            *(record.origin if ours is None else "", record.uuid),
        ),
    )


def _note_the_rest(one: Taking) -> None:
    """Stamp what followed from what was written: it is a new value.

    What lay in an album that became private is private, too.
    """
    found: dict[str, set[str]] = {}
    since = "b.id >= ? and b.origin = 'exchange'"
    for change in changes_in(one.db, since, one.opened.id):
        if (change.kind, change.uuid, change.field) in one.written:
            continue
        if change.field in FIELDS[change.kind] and change.field != TALK:
            found.setdefault(change.uuid, set()).add(change.field)
    for uuid, record in load(one.db, found).items():
        fields = dict(record.fields)
        for name in found[uuid]:
            stamp = near(one, record.kind, uuid).dot(fields[name].stamp)
            fields[name] = replace(fields[name], stamp=stamp)
        kept = stamps_form(replace(record, fields=fields))
        keep(one.db, record.kind, uuid, kept, one.clock)


# Who is who


def translated(one: Taking, told: Told) -> Told:
    """Return a record with the uuids that things have here.

    An album, location or trade that was made twice, under one name, is one.
    """
    told = _referring(one, told)
    uuid = _same(one.db, told.uuid)
    if uuid == told.uuid and ours_of(one, uuid) is None:
        twin = next((u for u in told.also if ours_of(one, u)), None) or _twin(one, told)
        if twin:
            uuid = twin
            _alias(one, told.uuid, twin)
    for other in {told.uuid, *told.also} - {uuid}:
        if ours_of(one, other) is None:
            _alias(one, other, uuid)
    if uuid == told.uuid:
        return told
    return replace(
        told, uuid=uuid, also=tuple(sorted({*told.also, told.uuid} - {uuid}))
    )


def _same(connection: sqlite3.Connection, uuid: str) -> str:
    row = connection.execute(
        "select same_as from exchange_aliases where uuid = ?", (uuid,)
    ).fetchone()
    return str(row[0]) if row else uuid


def _alias(one: Taking, uuid: str, same_as: str) -> None:
    if uuid != same_as:
        one.db.execute(
            "insert into exchange_aliases (uuid, same_as) values (?, ?)"
            " on conflict do nothing",
            (uuid, same_as),
        )


def _referring(one: Taking, told: Told) -> Told:
    fields = dict(told.fields)
    for name, spec in FIELDS[told.kind].items():
        value = fields[name].value if spec.target and name in fields else None
        if isinstance(value, frozenset):
            same: Any = frozenset(_same(one.db, member) for member in value)
        else:
            same = _same(one.db, str(value)) if value else value
        if same != value:
            fields[name] = replace(fields[name], value=same)
    return replace(told, fields=fields)


def _twin(one: Taking, told: Told) -> str | None:
    """Return a record here that has the name of one that is not."""
    if told.kind not in _NAMED or told.life.value != ACTIVE:
        return None
    fields: Mapping[str, Version] = told.fields
    key = name_key(str(fields["name"].value))
    scope = fields[_SCOPES[told.kind]].value if told.kind in _SCOPES else None
    row = one.db.execute(_NAMED[told.kind], (key, scope)).fetchone()
    return str(row[0]) if row else None


_SCOPES = {"album": "private", "location": "parent"}
_NAMED = {
    "album": "select uuid from albums where name_key = ? and private = ? and id <> 1",
    "trade": "select uuid from trades where name_key = ? and ? is null",
    "location": """
        select l.uuid from locations l left join locations a on a.id = l.parent_id
        where l.name_key = ? and a.uuid is ?
    """,
}

__all__ = [
    "Taking",
    "near",
    "ours_of",
    "prepare",
    "take",
    "taking",
    "translated",
    "write",
]
