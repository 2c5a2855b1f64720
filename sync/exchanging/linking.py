"""An archive that is linked with a remote, too: what that has to do with an exchange.

A photo that another laptop made is brought to the remote by that laptop alone: here it
waits until it is seen there. Were both to bring it, one of the two would be a double.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from archive.batches import Batch
from archive.database import Archive
from archive.mirroring import Mirror
from archive.remotes import link_of
from archive.sqlite import sqlite3
from sync.archived import ArchivedStore, forms
from sync.exchanging.model import FIELDS, Any_, Told
from sync.exchanging.remoteness import Remoteness, nothing_remote, with_remote
from sync.identity import Project
from sync.operations import Act
from sync.records import Agreed, Base, Kind, Life, Record, Sort
from sync.store import Intent, Phase


def project_of(connection: sqlite3.Connection) -> Project | None:
    """Return the project that an archive is linked with; None: with none."""
    link = link_of(connection)
    if not link or not all(
        isinstance(link.get(k), int) for k in ("company", "project")
    ):
        return None
    return Project(link["company"], link["project"])


def remoteness(archive: Archive, mirror: Mirror, opened: Batch) -> Remoteness:
    """Return what puts the remote's part into stamps; inside a batch."""
    project = project_of(archive.connection)
    if project is None:
        return nothing_remote
    store = ArchivedStore(archive, project, mirror, opened)
    sent = {one.uuid: one for one in store.intents()}

    def about(uuids: Collection[str]) -> Callable[[Told], Told]:
        records = {one.uuid: one for one in store.load(uuids)}
        updated = _updated(archive.connection, uuids)

        def put(told: Told) -> Told:
            record = records.get(told.uuid)
            if record is None or told.kind == "comment":
                return told
            told = with_remote(told, record, updated.get(told.uuid, 0))
            return replace(told, base=_base(told, record, sent.get(told.uuid)))

        return put

    return about


def _updated(connection: sqlite3.Connection, uuids: Collection[str]) -> dict[str, int]:
    from archive.photos import chunks

    found: dict[str, int] = {}
    for some in chunks(list(uuids)):  # type: ignore[arg-type]
        marks = ", ".join("?" * len(some))
        found |= dict(
            connection.execute(
                f"""
                select uuid, updated from sync_records
                where uuid in ({marks}) and seen is not null
                """,
                some,
            ).fetchall()
        )
    return found


def _base(told: Told, record: Record, intent: Intent | None) -> dict[str, Any_] | None:
    """Return what another laptop shall take for agreed, once it sees the photo there.

    What is on its way was frozen when it was sent, whatever it is here by now (sync
    design §3.4, no. 6).
    """
    if told.kind != "photo":
        return None
    is_made = intent is not None and intent.act is Act.CREATE_THERE
    if intent is not None and is_made and intent.phase is Phase.SENT:
        return _exchanged(dict(intent.sent.ours))
    if record.base is not None:
        known = record.base.fields
        return _exchanged({name: one.theirs for name, one in known.items()})
    return None


def _exchanged(values: dict[str, Any]) -> dict[str, Any_]:
    return {
        name: value
        for name, value in values.items()
        if name in FIELDS["photo"] and name in _WRITTEN
    }


_WRITTEN = frozenset(
    name for name, spec in FIELDS["photo"].items() if spec.sort is not Sort.FACT
) - {"filename", "rotation", "taken", "place", "projection"}


def owned(archive: Archive, record: Told, by: str) -> None:
    """Leave a photo that another laptop made to that one; inside a batch.

    :param by: the site that told it: what it made itself, it will bring as it is there,
        or as somebody there makes it after that
    """
    connection = archive.connection
    if record.kind != "photo" or project_of(connection) is None:
        return
    values = record.base
    if values is None and record.origin == by:
        values = _exchanged({n: one.value for n, one in record.fields.items()})
    known = {name: Agreed(v, v) for name, v in (values or {}).items()}  # type: ignore[arg-type]
    connection.execute(
        """
        insert into sync_records (kind, uuid, base, agreed, worded, pending, lacks)
        values (?, ?, ?, 'active', ?, 0, 2) on conflict (uuid) do nothing
        """,
        (
            Kind.PHOTO,
            record.uuid,
            forms.base_form(Base(Life.ACTIVE, known)),
            forms.is_worded(Base(Life.ACTIVE, known)),
        ),
    )


WAITING = """
    from sync_records r join exchange_records x on x.uuid = r.uuid
    where r.kind = 'photo' and r.agreed = 'active' and r.remote_id is null
        and r.seen is null and x.origin <> ''
"""


def count_waiting(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many photos wait for their laptop to bring them there, by site."""
    rows = connection.execute(f"select x.origin, count(*) {WAITING} group by 1")
    return dict(rows.fetchall())


def take_over(connection: sqlite3.Connection, site: str) -> int:
    """Bring a lost laptop's photos to the remote from here. Returns how many.

    Should it come back after all, what it brought is known by its name.
    """
    done = connection.execute(
        f"""
        update sync_records set agreed = 'absent', base = null, worded = 0, pending = 1
        where uuid in (select r.uuid {WAITING} and x.origin = ?)
        """,
        (site,),
    ).rowcount
    connection.execute(
        "update exchange_records set origin = '' where origin = ?", (site,)
    )
    return int(done)
