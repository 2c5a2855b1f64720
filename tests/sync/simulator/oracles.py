"""What has to be true once nobody writes any more (sync design §2.19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from sync.conflicts import LIFE
from sync.identity import uuid_in
from sync.planning import Terms, plan
from sync.records import (
    FIELDS,
    Capabilities,
    Kind,
    Life,
    Record,
    Sort,
    Version,
)
from tests.sync.simulator.memory import MemoryStore
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.rows import ME
from tests.sync.simulator.words import words_in
from tests.sync.simulator.world import Laptop, World

_EXCHANGED: Mapping[Kind, tuple[str, ...]] = {
    kind: tuple(
        name
        for name, spec in fields.items()
        if spec.sort not in (Sort.FACT, Sort.ORDER) and name != "cover"
    )
    for kind, fields in FIELDS.items()
}


# -- P2, P3: every word is somewhere to be seen ---------------------------------------


def shown(world: World, *, conflicts: bool = True) -> Iterator[str]:
    """Yield the words that stand somewhere live, or in a conflict."""
    for laptop in world.laptops:
        yield from shown_here(laptop, conflicts=conflicts)
    rows = world.remote.rows
    for image in world.remote.live():
        yield from words_in(image.description)
        yield from words_in(image.log_date)
    for named in (*rows.albums.values(), *rows.places.values(), *rows.trades.values()):
        yield from words_in(named.name)


def shown_here(laptop: Laptop, *, conflicts: bool = True) -> Iterator[str]:
    """Yield the words that stand on a laptop, live or in a conflict."""
    for row in laptop.archive.rows.values():
        if row.life is Life.ACTIVE:
            yield from _words(row)
    if conflicts:
        yield from _in_conflicts(laptop)


def _words(version: Version) -> Iterator[str]:
    for value in version.fields.values():
        yield from words_in(value)


def _in_conflicts(laptop: Laptop) -> Iterator[str]:
    archive = laptop.archive
    for uuid, conflicts in archive.conflicts.items():
        for one in conflicts:
            if one.field == LIFE:
                for record in MemoryStore(archive).load([uuid]):
                    yield from _words(record.local)
                    yield from _words(record.remote)
            else:
                yield from words_in(one.local.value)
                yield from words_in(one.remote.value)


# -- P1: both sides hold the same -----------------------------------------------------


def differences(world: World) -> list[str]:
    """Return where a laptop and the remote differ, but for what somebody is told."""
    return [
        f"P1: {laptop.name}: {line}"
        for laptop in world.laptops
        for line in _differences(world, laptop)
    ]


def _differences(world: World, laptop: Laptop) -> Iterator[str]:
    store = MemoryStore(laptop.archive)
    # The records as they are, not as the laptop believes that the remote is
    records = {one.uuid: one for one in store.load(list(laptop.archive.kinds))}
    told = _told(world, store, records)
    any_live = any(world.remote.live())
    numbers = {(one.kind, one.remote_id): one for one in records.values()}
    for kind, number, truth in true_rows(world.remote):
        record = numbers.get((kind, number))
        if record is None:
            if truth["life"] is Life.ACTIVE:
                yield f"{kind} {number} is not known here"
            continue
        if (record.uuid, LIFE) not in told:
            yield from _differing(store, record, truth, told, any_live=any_live)
    for record in records.values():
        is_new = record.remote_id is None and record.local.life is Life.ACTIVE
        if is_new and not any(uuid == record.uuid for uuid, _ in told):
            yield f"{record.kind} {record.uuid} is not known there"


def _told(
    world: World, store: MemoryStore, records: Mapping[str, Record]
) -> set[tuple[str, str]]:
    """Return where conflicts, notes and troubles say that the sides differ."""
    able = Capabilities(
        starred_written=not world.habits.ignores_starred,
        retrieved=bool(world.habits.retrieves_by),
    )
    aside = store.archive.aside
    planned = [one for one in records.values() if one.uuid not in aside]
    made = plan(planned, Terms(able), store.near(), store.others())
    told = {(one.uuid, one.field) for one in (*made.conflicts, *made.notes)}
    shown_ones = store.archive.conflicts.values()
    told |= {(one.uuid, one.field) for some in shown_ones for one in some}
    return told | {(one.uuid, LIFE) for one in store.troubles()}


def _differing(
    store: MemoryStore,
    record: Record,
    truth: Mapping[str, object],
    told: set[tuple[str, str]],
    *,
    any_live: bool,
) -> Iterator[str]:
    here = record.local
    is_live = truth["life"] is Life.ACTIVE
    if record.kind is Kind.PHOTO and not is_live and not any_live:
        return  # an empty list proves nothing, and a brake says so
    if here.life is Life.ABSENT and any(uuid == record.uuid for uuid, _ in told):
        return  # it cannot be made here: its name is taken, …
    name = f"{record.kind} {record.uuid} ({record.remote_id})"
    if is_live is not (here.life is Life.ACTIVE):
        yield f"{name}: {here.life} here, {truth['life']} there"
    if not is_live or here.life is not Life.ACTIVE:
        return
    for field in _EXCHANGED[record.kind]:
        theirs = _in_uuids(store, record.kind, field, truth[field])
        if (record.uuid, field) in told or _is_same(here, field, theirs):
            continue
        yield f"{name}.{field}: {here.fields[field]!r} here, {theirs!r} there"


def _is_same(here: Version, field: str, theirs: object) -> bool:
    ours = here.fields[field]
    if isinstance(ours, str) and isinstance(theirs, str) and field != "log_date":
        return ours.split() == theirs.split()
    return ours == theirs


def _in_uuids(store: MemoryStore, kind: Kind, field: str, value: object) -> object:
    target = FIELDS[kind][field].target
    if target is None or value is None:
        return value
    if isinstance(value, frozenset):
        return frozenset(store.uuid_of(target, one) for one in value)
    return store.uuid_of(target, int(str(value)))


def true_rows(remote: Remote) -> Iterator[tuple[Kind, int, Mapping[str, object]]]:
    """Yield what really is on the remote: kind, number, life and fields."""
    for image in remote.rows.images.values():
        gone = Life.PURGED if image.is_purged else Life.RECYCLED
        yield (
            Kind.PHOTO,
            image.id,
            {
                "life": Life.ACTIVE if image.is_live else gone,
                "description": image.description,
                "album": None if image.album == 1 else image.album,
                "location": image.location,
                "trades": image.trades,
                "private": image.private,
                "starred": image.starred,
                "log_date": image.log_date,
            },
        )
    for kind, rows in (
        (Kind.ALBUM, remote.rows.albums),
        (Kind.LOCATION, remote.rows.places),
        (Kind.TRADE, remote.rows.trades),
    ):
        for number, row in rows.items():
            if kind is not Kind.ALBUM or number != 1:
                names = _EXCHANGED[kind]
                fields = {name: getattr(row, name) for name in names}
                yield kind, number, {"life": Life.ACTIVE, **fields}


# -- P4: nothing is there twice -------------------------------------------------------


def doubles(world: World) -> list[str]:
    """Return photos that were made twice, and links that are not one to one."""
    # whoever may not see what became of an upload can only repeat it
    hidden = world.remote.ever_hidden
    images = world.remote.rows.images.values()
    ours = [one for one in images if one.uploader == ME and one.id not in hidden]
    tokens = Counter(uuid_in(one.filename) for one in ours)
    found = [f"P4: {uuid} is there {n} times" for uuid, n in tokens.items() if n > 1]
    for laptop in world.laptops:
        archive = laptop.archive
        uuids = Counter(
            uuid for (kind, _), uuid in archive.links.items() if kind is Kind.PHOTO
        )
        found += [
            f"P4: {laptop.name}: {uuid} has {n} numbers"
            for uuid, n in uuids.items()
            if n > 1
        ]
    return found


# -- all bytes are here ---------------------------------------------------------------


def missing_bytes(world: World) -> list[str]:
    """Return photos live on both sides whose bytes did not come here."""
    found = []
    for laptop in world.laptops:
        archive = laptop.archive
        for uuid in archive.live(Kind.PHOTO):
            image = world.remote.rows.images.get(archive.numbers.get(uuid, 0))
            is_there = image is not None and image.is_live
            if is_there and uuid not in archive.originals:
                found.append(f"{laptop.name}: no bytes of {uuid}")
    return found


def bytes_lost(world: World) -> list[str]:
    """Return blobs that nobody has any more though nobody purged them (P16)."""
    held = {sha for laptop in world.laptops for sha in laptop.archive.blobs}
    held |= {one.sha256 for one in world.remote.rows.images.values()}
    return [
        f"P16: {uuid} lost its bytes"
        for laptop in world.laptops
        for uuid, row in laptop.archive.rows.items()
        if row.life in (Life.ACTIVE, Life.RECYCLED)
        and uuid in laptop.archive.originals
        and laptop.archive.originals[uuid][0] not in held
    ]
