"""Telling others: a bundle on a stick, with what no bundle there has yet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive import migrations
from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import ArchiveError
from archive.holding import held
from archive.keeping import add_copy, note_held
from archive.people import Person
from archive.photos import chunks
from archive.rights import require
from archive.settings import get_setting
from archive.sites import begin_site, sites_of
from archive.sqlite import sqlite3
from sync.bundles import acks, reading, writing
from sync.bundles.model import Blob, Found, Heading, Record, Written
from sync.bundles.names import object_name, parts_name
from sync.exchanging.forms import form_of
from sync.exchanging.holding import carry_out
from sync.exchanging.linking import project_of
from sync.exchanging.model import KINDS
from sync.exchanging.taking import Taking, taking
from sync.exchanging.telling import load

# Of two exchanges: what one counts would pass for the other's. A sync may run beside
# them, as each of its steps, and of theirs, is one transaction
LOCK = "exchange.lock"
DOING = "is exchanging this archive"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did.

    :param written: None: the stick has it all
    :param since: number of the bundle after which it goes on; 0: everything is in it
    :param acknowledged: how many originals others said that they hold and verified
    :param kinds: how many records of each kind it tells
    """

    written: Written | None
    since: int
    acknowledged: int
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stick:
    """What lies in a folder already, of one archive.

    :param paths: whole bundles
    :param reach: site: up to which of its bundles they tell all of it, from the start
    """

    paths: tuple[Path, ...]
    reach: Mapping[str, int]


def export(
    archive: Archive,
    person: Person,
    folder: Path,
    *,
    full: bool = False,
    fast: bool = False,
    told: Callable[[int, int], None] = lambda done, size: None,  # noqa: ARG005
) -> Exported:
    """Write a bundle into a folder: what was changed since the last ones there.

    :param full: everything, whatever is there
    :param fast: what was copied is not read again from the stick
    :raises NotAllowed: the person may not; NotFound: there is no such folder
    :raises StoreError: it cannot be written
    :raises ArchiveLocked: another exchange of the archive runs
    """
    require(person, "settings")
    with held(archive.folder / LOCK, DOING):
        stick = stick_of([] if full else reading.find(folder, archive.uuid))
        with taking(archive, person) as one:
            carry_out(one)
            counted = hear(one, person, folder)
            _require_latest(one, stick)
            site, seq = one.sites.own, one.clock
            since = 0 if full else _since(one, stick, folder)
        with _snapshot(archive.connection):
            what = _Choice(archive, site, since, stick)
            if not _is_anything(what):
                return Exported(None, since, counted)
            heading = _heading(archive, site, seq, since)
            kinds: Counter[str] = Counter()
            parts = {
                "records": _records(what, kinds),
                "conflicts": _held(what),
                "sites": _sites(archive.connection),
            }
            blobs = _blobs(what)
            done = writing.write(folder, heading, parts, blobs, fast=fast, told=told)
    return Exported(done, since, counted, kinds)


def stick_of(found: Iterable[Found]) -> Stick:
    """Return what whole bundles of one archive tell together."""
    whole = [(one.path, one.heading) for one in found if _is_readable(one)]
    reach: dict[str, int] = {}
    for _, heading in sorted(whole, key=lambda one: one[1].seq if one[1] else 0):
        if heading and heading.base_seen.get(heading.site, 0) <= reach.get(
            heading.site, 0
        ):
            reach[heading.site] = heading.seq
    return Stick(tuple(path for path, _ in whole), reach)


def _is_readable(found: Found) -> bool:
    """Whether others can read the words of a bundle: else nothing builds on it."""
    if found.state != "whole":
        return False
    try:
        reading.require_words(found)
    except ArchiveError:
        return False
    return True


def _require_latest(one: Taking, stick: Stick) -> None:
    """Be another site when the stick has of this one what it never told.

    Its database was put back to an earlier state: what it counts now must not pass for
    what it counted then.
    """
    if stick.reach.get(one.sites.own, 0) >= one.clock:
        begin_site(one.db)
        one.sites = sites_of(one.db)


def hear(one: Taking, person: Person, folder: Path) -> int:
    """Take note of what others left on the stick for us: verified copies.

    :return: of how many originals
    """
    count = 0
    for ack in acks.acks(folder, one.archive.uuid):
        if ack.of_site != one.sites.own or ack.site == one.sites.own:
            continue
        if ack.seq >= one.clock:  # of what was told before it was put back
            begin_site(one.db)
            one.sites = sites_of(one.db)
            break
        row = one.db.execute(
            "select name, acknowledged from exchange_peers where site = ?", (ack.site,)
        ).fetchone()
        if row and row[1] >= ack.seq:
            continue
        name = (row[0] if row else "") or f"laptop {ack.site[-6:]}"
        meet(one.db, ack.site, name, one.opened.at)
        one.db.execute(
            "update exchange_peers set acknowledged = ? where site = ?",
            (ack.seq, ack.site),
        )
        copy = add_copy(one.db, person, ack.site, "site", name)
        count += note_held(one.db, copy, acks.hashes(ack), _moment(ack.at))
    return count


def _moment(at: str) -> Any:  # noqa: ANN401 - a datetime, or None
    from datetime import datetime

    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return utc_now()
    return min(found, utc_now()) if found.tzinfo else utc_now()


def meet(connection: sqlite3.Connection, site: str, name: str, at: str) -> None:
    """Know of another site."""
    connection.execute(
        """
        insert into exchange_peers (site, name, heard_at) values (?, ?, ?)
        on conflict (site) do update set heard_at = excluded.heard_at,
            name = excluded.name
        """,
        (site, name, at),
    )


def _since(one: Taking, stick: Stick, folder: Path) -> int:
    """Return the number of the bundle after which a new one goes on.

    The last one on the stick, where those there tell all until then. On an empty stick
    what everybody said that they took in, where it lies there with their words.
    """
    own = stick.reach.get(one.sites.own, 0)
    if own:
        return own
    peers = {row[0] for row in one.db.execute("select site from exchange_peers")}
    said = {
        ack.site: ack.seq
        for ack in acks.acks(folder, one.archive.uuid)
        if ack.of_site == one.sites.own
    }
    return min((said[site] for site in peers), default=0) if peers <= set(said) else 0


@dataclass(frozen=True, slots=True)
class _Choice:
    """What goes into a bundle.

    :param since: what changed after that
    """

    archive: Archive
    site: str
    since: int
    stick: Stick


class _snapshot:  # noqa: N801 - used like a function
    """Read the database as it is now, whoever writes meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("begin")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("rollback")


def _uuids(what: _Choice, kind: str) -> Iterator[str]:
    """Yield records to be told: places from the top, all else by their uuids."""
    depth = "x.kind"
    if kind == "location":
        depth = """
            (select max(t.depth) from locations l
                join location_tree t on t.descendant_id = l.id where l.uuid = x.uuid)
        """
    rows = what.archive.connection.execute(
        f"""
        select x.uuid, x.told_by, x.told_seq from exchange_records x
        where x.changed > ? and x.kind = ? order by {depth}, x.uuid
        """,
        (what.since, kind),
    )
    for uuid, by, seq in rows.fetchall():
        if not by or what.stick.reach.get(by, 0) < seq:
            yield uuid


def _is_anything(what: _Choice) -> bool:
    if any(next(_uuids(what, kind), None) for kind in KINDS):
        return True
    return next(iter(_held(what)), None) is not None


def _records(what: _Choice, kinds: Counter[str]) -> Iterator[Record]:
    """Yield all records to be told, and count them by kind."""
    connection = what.archive.connection
    remote = _remote(what.archive)
    for kind in KINDS:
        for some in chunks(list(_uuids(what, kind))):  # type: ignore[arg-type]
            found = load(connection, some, remote)  # type: ignore[arg-type]
            for uuid in some:
                told = found[str(uuid)]
                kinds[kind] += 1
                yield form_of(replace(told, origin=told.origin or what.site))


def _remote(archive: Archive) -> Any:  # noqa: ANN401 - a Remoteness
    from archive.batches import Batch
    from archive.mirroring import Mirror
    from archive.people import owner
    from sync.exchanging.linking import remoteness

    opened = Batch(0, "", timestamp(utc_now()))  # nothing is written
    mirror = Mirror(archive.connection, owner(archive.connection), opened)
    return remoteness(archive, mirror, opened)


def _held(what: _Choice) -> Iterator[Record]:
    """Yield others' versions that are held here: nobody else may have them by now."""
    rows = what.archive.connection.execute(
        "select record from exchange_held where changed > ? order by uuid, digest",
        (what.since,),
    )
    for (text,) in rows.fetchall():
        yield json.loads(text)


def _sites(connection: sqlite3.Connection) -> Iterator[Record]:
    rows = connection.execute(
        "select site, name, seen from exchange_peers order by site"
    )
    for site, name, seen in rows.fetchall():
        yield {"site": site, "name": name, "seen": seen}


def _heading(archive: Archive, site: str, seq: int, since: int) -> Heading:
    connection = archive.connection
    project = project_of(connection)
    return Heading(
        archive.uuid,
        str(get_setting(connection, "project_name") or "archive"),
        site,
        seq,
        timestamp(utc_now()),
        migrations.FORMAT,
        {site: since},
        {"company": project.company, "project": project.project} if project else None,
    )


def _blobs(what: _Choice) -> Iterator[Blob]:
    """Yield files that no bundle on the stick has."""
    rows = what.archive.connection.execute(
        """
        select distinct o.sha256, o.bytes, o.extension from exchange_records x
        join photos p on p.uuid = x.uuid join originals o on o.id = p.original_id
        where x.kind = 'photo' and x.came > ? order by o.sha256
        """,
        (what.since,),
    )
    for sha256, size, extension in rows.fetchall():
        if not _lies_there(what.stick, sha256):
            name = f"{sha256[:2]}/{sha256}.{extension}"
            yield Blob(sha256, size, what.archive.originals / name)


def _lies_there(stick: Stick, sha256: str) -> bool:
    names = object_name(sha256), parts_name(sha256)
    return any((path / name).exists() for path in stick.paths for name in names)
