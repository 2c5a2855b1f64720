"""How an archive stands with the other laptops that hold it."""

from __future__ import annotations

from dataclasses import dataclass

from archive.batches import batch
from archive.database import Archive
from archive.errors import Conflict, NotFound
from archive.people import Person
from archive.rights import require
from sync.exchanging.holding import carry_out
from sync.exchanging.linking import count_waiting, take_over
from sync.exchanging.merging import PURGED_PHOTO
from sync.exchanging.taking import taking


@dataclass(frozen=True, slots=True)
class Peer:
    """Another laptop.

    :param acknowledged: number of our last bundle that it took in
    :param waiting: photos of its that are not on the remote, which it has to bring
    """

    site: str
    name: str
    heard_at: str
    acknowledged: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands.

    :param site: that this is; "": nothing was changed here yet
    :param held: records of which something is not here yet: uuid, why
    """

    site: str
    peers: list[Peer]
    conflicts: int
    held: list[tuple[str, str]]


def standing(archive: Archive) -> Standing:
    """Return how an archive stands with others."""
    connection = archive.connection
    site = connection.execute(
        "select site from exchange_sites order by id desc limit 1"
    ).fetchone()
    waiting = count_waiting(connection)
    peers = connection.execute(
        """
        select site, name, heard_at, acknowledged from exchange_peers
        order by name, site
        """
    ).fetchall()
    known = [
        Peer(one, name, at, seq, waiting.pop(one, 0)) for one, name, at, seq in peers
    ]
    known += [Peer(one, "", "", 0, count) for one, count in sorted(waiting.items())]
    conflicts = connection.execute(
        "select count(*) from sync_conflicts where peer = 1 and closed_at is null"
    ).fetchone()[0]
    held = connection.execute(
        "select uuid, why from exchange_held where why not in ('', ?) order by uuid",
        (PURGED_PHOTO,),
    ).fetchall()
    return Standing(site[0] if site else "", known, conflicts, held)


def decide_now(archive: Archive, person: Person) -> bool:
    """Carry out what was decided between laptops. Whether there was anything.

    What concerns the remote waits for the next run of the sync.

    :raises ArchiveLocked: others wrote all the time
    """
    found = archive.connection.execute(
        """
        select 1 from sync_conflicts c join sync_decisions d on d.conflict_id = c.id
        where c.peer = 1 and c.closed_at is null limit 1
        """
    ).fetchone()
    if found is None:
        return False
    with taking(archive, person) as one:
        carry_out(one)
    return True


def take_over_site(archive: Archive, person: Person, which: str) -> int:
    """Bring a lost laptop's photos to the remote from here. Returns how many.

    :param which: its site, or the beginning of it
    :raises NotAllowed: the person may not
    :raises NotFound: no such site; Conflict: it could be several
    """
    require(person, "settings")
    connection = archive.connection
    with batch(connection, person, origin="exchange", reason="exchange: takeover"):
        rows = connection.execute(
            """
            select distinct origin from exchange_records where origin <> ''
            union select site from exchange_peers
            """
        )
        found = [row[0] for row in rows if which and row[0].startswith(which)]
        if not found:
            raise NotFound(f"no laptop is known as {which!r}")
        if len(found) > 1:
            raise Conflict(f"{which!r} is the beginning of several sites")
        return take_over(connection, found[0])
