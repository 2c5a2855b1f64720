"""The last verified copy of a photo does not go.

An original is purged here only when enough places elsewhere hold it, each of which was
read in full not too long ago: settings ``copies_elsewhere`` and ``copies_days``. While
an archive knows of no copy at all there is nothing to count, and nothing is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from archive.clock import utc_now
from archive.errors import Conflict
from archive.settings import get_setting
from archive.sqlite import sqlite3

_CLOCKS_DIFFER = timedelta(days=1)


class TooFewCopies(Conflict):
    """Deleting would leave photos in fewer verified copies than are wanted."""


def too_few(
    connection: sqlite3.Connection, ids: Sequence[int], now: datetime | None = None
) -> int:
    """Return how many originals would go that too few places elsewhere hold.

    :param ids: of photos that are to be purged; what others show, too, does not go
    """
    wanted, days = _wanted(connection)
    if not wanted or not _knows_copies(connection):
        return 0
    now = now or utc_now()
    since = int((now - timedelta(days=days)).timestamp())
    # when a clock was ahead something was read, but nobody knows when
    until = int((now + _CLOCKS_DIFFER).timestamp())
    row = connection.execute(
        """
        with ending as materialized (select value as id from json_each(?1)),
        going as (
            select distinct p.original_id as id from ending e
            join photos p on p.id = e.id
            where p.original_id is not null and not exists (
                select 1 from photos x where x.original_id = p.original_id
                and x.id not in (select id from ending)))
        select count(*) from going g where ?2 > (
            select count(*) from copy_originals h
            where h.original_id = g.id and h.verified between ?3 and ?4)
        """,
        (json.dumps(list(ids)), wanted, since, until),
    ).fetchone()
    return int(row[0])


def require_copies(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Refuse to purge photos whose last verified copy would go.

    :raises TooFewCopies: says how many, and what helps
    """
    lacking = too_few(connection, ids)
    if not lacking:
        return
    wanted, days = _wanted(connection)
    raise TooFewCopies(
        f"{lacking:,} of these photos would be gone for good: too few copies elsewhere"
        f" hold them ({wanted} wanted, verified within {days} days; what came since the"
        " last backup is in none). They stay in the bin: back up first (asbuilt backup)"
        " or check a copy again (asbuilt copies check), and delete them then; or give"
        " asbuilt purge --force and a reason",
        key="too_few_copies",
        n=lacking,
        wanted=wanted,
        days=days,
    )


def _wanted(connection: sqlite3.Connection) -> tuple[int, int]:
    wanted = get_setting(connection, "copies_elsewhere")
    days = get_setting(connection, "copies_days")
    return int(str(wanted)), int(str(days))


def _knows_copies(connection: sqlite3.Connection) -> bool:
    return connection.execute("select 1 from copies limit 1").fetchone() is not None
