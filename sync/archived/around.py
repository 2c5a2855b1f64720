"""What is true of the records that are not planned for: one question each, remembered.

Each is a container that asks the database when somebody asks it, so that a plan for two
hundred records costs what these refer to, and not the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from archive.sqlite import sqlite3
from sync.clashes import Neighbours
from sync.merge import Surroundings
from sync.records import Kind


@dataclass(frozen=True, slots=True)
class Asking:
    """A container that asks each question once.

    :param sql: with one value, ``:uuid``; whatever it gives, and 0 is no
    """

    connection: sqlite3.Connection
    sql: str
    known: dict[str, bool] = field(default_factory=dict)

    def __contains__(self, one: object) -> bool:
        """Whether it is so."""
        uuid = str(one)
        if uuid not in self.known:
            row = self.connection.execute(self.sql, {"uuid": uuid}).fetchone()
            self.known[uuid] = bool(row and row[0])
        return self.known[uuid]


_HERE = """
    select exists (select 1 from albums where uuid = :uuid)
        or exists (select 1 from trades where uuid = :uuid)
        or exists (select 1 from locations where uuid = :uuid)
        or exists (select 1 from photos where uuid = :uuid and recycled_at is null)
"""
# What is live there, or is new here and nothing went wrong with it
_THERE = f"""
    select (case when r.life = 'active' then 1
        when r.life = 'absent' and r.agreed = 'absent' then ({_HERE}) else 0 end)
        and not exists (select 1 from sync_troubles t
            where t.uuid = :uuid and t.about = 'record' and r.life = 'absent')
    from sync_records r where r.uuid = :uuid
"""
_PRIVATE = "select private from albums where uuid = :uuid"
# A photo that the remote has in its bin, and that was not looked at yet, goes as well
_STAYS_HERE = """
    p.recycled_at is null and not exists (select 1 from sync_records r
        where r.uuid = p.uuid and r.pending = 1 and r.agreed in ('active', 'hidden')
            and r.life in ('recycled', 'purged'))
"""
_USED_HERE = f"""
    select exists (select 1 from albums a join photos p on p.album_id = a.id
            where a.uuid = :uuid and {_STAYS_HERE})
        or exists (select 1 from locations l join photos p on p.location_id = l.id
            where l.uuid = :uuid and {_STAYS_HERE})
        or exists (select 1 from locations l join locations b on b.parent_id = l.id
            where l.uuid = :uuid and not exists (select 1 from sync_records r
                where r.uuid = b.uuid and r.pending = 1
                    and r.agreed in ('active', 'hidden')
                    and r.life in ('recycled', 'purged')))
"""
# What was deleted here, and not there yet, goes as well; but not what is to come back
_STAYS_THERE = """
    r.life = 'active' and not (r.pending = 1 and r.agreed in ('active', 'hidden')
        and not exists (
            select 1 from photos p where p.uuid = r.uuid and p.recycled_at is null)
        and not exists (select 1 from locations l where l.uuid = r.uuid))
"""
_USED_THERE = f"""
    select case o.kind
        when 'album' then exists (select 1 from sync_records r
            where r.album_there = o.remote_id and {_STAYS_THERE})
        when 'location' then exists (select 1 from sync_records r
            where r.location_there = o.remote_id and {_STAYS_THERE})
        else 0 end
    from sync_records o where o.uuid = :uuid
"""


def surroundings(
    connection: sqlite3.Connection, ids: Iterable[tuple[str, str]]
) -> Surroundings:
    """Return what may be referred to, what is private, and what is used.

    :param ids: (kind, uuid) of albums, locations and trades that are known to be here
    """
    here = Asking(connection, _HERE, {uuid: True for _, uuid in ids})
    asked = (_THERE, _PRIVATE, _USED_HERE, _USED_THERE)
    return Surroundings(here, *(Asking(connection, sql) for sql in asked))


def neighbours(
    connection: sqlite3.Connection, uuid_of: Callable[[Kind, int], str]
) -> Neighbours:
    """Return names and places.

    :param uuid_of: a record there, by its number
    """

    def parent_here(uuid: str) -> str | None:
        row = connection.execute(
            """
            select above.uuid from locations l
            join locations above on above.id = l.parent_id where l.uuid = ?
            """,
            (uuid,),
        ).fetchone()
        return str(row[0]) if row else None

    def parent_there(uuid: str) -> str | None:
        row = connection.execute(
            """
            select location_there from sync_records
            where uuid = ? and kind = 'location' and life = 'active'
            """,
            (uuid,),
        ).fetchone()
        return uuid_of(Kind.LOCATION, row[0]) if row and row[0] is not None else None

    def named_here(place: tuple[str, str, str]) -> str | None:
        kind, scope, key = place
        row = connection.execute(_NAMED[kind], (key, scope)).fetchone()
        return str(row[0]) if row else None

    return Neighbours(parent_here, parent_there, named_here)


# As ``clashes.name_place`` gives them: (name_key, scope)
_NAMED = {
    "album": "select uuid from albums where name_key = ?1 and private = (?2 = 'True')",
    "trade": "select uuid from trades where name_key = ?1 and ?2 is not null",
    "location": """
        select l.uuid from locations l where l.name_key = ?1
            and ifnull(l.parent_id, 0) = ifnull(
                (select id from locations where uuid = ?2), iif(?2 = '', 0, -1))
    """,
}
