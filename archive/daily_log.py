"""The daily log: which photos belong to which day of the project's diary.

A photo is in the log of a day by its ``log_date``; private ones never (edge rule 8).
"""

from __future__ import annotations

from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3


def log_days(
    connection: sqlite3.Connection, who: Viewer | None, first: str, last: str
) -> dict[str, int]:
    """Return how many photos each day's log has, as ``who`` may see them.

    :param first: and ``last``: days, ``YYYY-MM-DD``, both included
    """
    rows = connection.execute(
        f"""
        select log_date, count(*) from photos
        where log_date between ? and ? and {scope_condition(who)} group by log_date
        """,
        (first, last),
    )
    return {str(day): int(photos) for day, photos in rows}


def last_log_day(connection: sqlite3.Connection, who: Viewer | None) -> str | None:
    """Return the newest day that has a log; None: no photo is in any."""
    row = connection.execute(
        f"""
        select log_date from photos
        where log_date is not null and {scope_condition(who)}
        order by log_date desc limit 1
        """
    ).fetchone()
    return str(row[0]) if row else None
