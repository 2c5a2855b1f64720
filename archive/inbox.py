"""What is new for somebody: comments that name them, and days with new photos.

Mentions are there for everybody, days for those who subscribe (the setting
``subscribers``). What somebody may not see, or what lies in the recycle bin, is none of
their news; it is again when it comes back. What was read is no part of the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from archive.clock import timestamp
from archive.errors import InvalidInput, NotFound
from archive.jobs.records import transaction
from archive.people import Person
from archive.rights import scope_condition, viewer
from archive.settings import subscribers
from archive.sqlite import sqlite3

DAYS = 14  # that new photos are news for, today among them
MOST = 100  # mentions that are unread are counted up to here

_COMMENTS = "comments c on c.id = {0}.comment_id join photos p on p.id = c.photo_id"


@dataclass(frozen=True, slots=True)
class Mention:
    """A comment that names somebody, as it is shown to them.

    :param author: name; None: nobody knows
    :param at: when it was written, UTC; ``edited_at`` alike, or None
    """

    comment_id: int
    photo_id: int
    author: str | None
    body: str
    at: str
    edited_at: str | None
    unread: bool


@dataclass(frozen=True, slots=True)
class NewDay:
    """A day on which others added photos.

    :param day: ``YYYY-MM-DD``, UTC
    :param photos: how many, as the person may see them
    :param unread: some of them came after the person looked
    """

    day: str
    photos: int
    unread: bool


def list_mentions(
    connection: sqlite3.Connection,
    person: Person,
    *,
    limit: int = 50,
    before: int | None = None,
) -> list[Mention]:
    """Return the comments of others that name somebody, newest first.

    :param before: id of the last comment of the page before
    """
    rows = connection.execute(
        f"""
        select m.comment_id, c.photo_id, u.name, c.body, c.created_at, c.edited_at,
            exists (select 1 from unread_mentions n
                where n.person_id = ?1 and n.comment_id = m.comment_id)
        from mentions m join {_COMMENTS.format("m")}
        left join people u on u.id = c.author_id
        where m.person_id = ?1 and m.comment_id < ?2 and c.author_id is not ?1
            and {_seen(person)}
        order by m.comment_id desc limit ?3
        """,
        (person.id, 1 << 62 if before is None else before, limit),
    )
    return [Mention(r[0], r[1], r[2], r[3], r[4], r[5], bool(r[6])) for r in rows]


def _seen(person: Person) -> str:
    return scope_condition(viewer(person), "p.scope")


def unread_on(
    connection: sqlite3.Connection, person: Person, photo_id: int
) -> list[int]:
    """Return the ids of the comments on a photo that somebody has yet to read."""
    rows = connection.execute(
        f"""
        select n.comment_id from unread_mentions n join {_COMMENTS.format("n")}
        where n.person_id = ? and c.photo_id = ? and {_seen(person)}
        order by n.comment_id
        """,
        (person.id, photo_id),
    )
    return [int(row[0]) for row in rows]


def list_days(
    connection: sqlite3.Connection, person: Person, now: datetime
) -> list[NewDay]:
    """Return the days of the last two weeks with photos of others, newest first.

    Nothing for somebody who has not subscribed.
    """
    if person.id not in subscribers(connection):
        return []
    first = str(now.date() - timedelta(days=DAYS - 1))
    rows = connection.execute(
        f"""
        select day, sum(photos) from added_counts
        where day >= ? and uploader_id <> ? and {scope_condition(viewer(person))}
        group by day order by day desc limit {DAYS}
        """,
        (first, person.id),
    ).fetchall()
    marks = dict(
        connection.execute(
            "select day, until from read_days where person_id = ? and day >= ?",
            (person.id, first),
        ).fetchall()
    )
    return [
        NewDay(day, photos, _is_unread(connection, person, day, marks.get(day)))
        for day, photos in rows
    ]


def _is_unread(
    connection: sqlite3.Connection, person: Person, day: str, until: str | None
) -> bool:
    """Whether photos came on a day after somebody looked at it; None: never looked."""
    if until is None:
        return True
    end = _end(day)
    if until >= end:
        return False
    return bool(_added(connection, person, until, end, 1))


def _end(day: str) -> str:
    return str(date.fromisoformat(day) + timedelta(days=1))


def _added(
    connection: sqlite3.Connection, person: Person, after: str, end: str, limit: int
) -> list[int]:
    """Return the ids of photos that others added between two moments, last first."""
    rows = connection.execute(
        f"""
        select p.id from photos p
        where p.uploaded_at > ? and p.uploaded_at < ? and p.uploader_id is not ?
            and {_seen(person)}
        order by p.uploaded_at desc, p.id desc limit ?
        """,
        (after, end, person.id, limit),
    )
    return [int(row[0]) for row in rows]


def photos_of_day(
    connection: sqlite3.Connection, person: Person, day: str, limit: int
) -> list[int]:
    """Return the ids of the photos that others added last on a day."""
    return _added(connection, person, day, _end(day), limit)


def count_unread(connection: sqlite3.Connection, person: Person, now: datetime) -> int:
    """Return how much somebody has yet to read: mentions (at most 100), and days."""
    row = connection.execute(
        f"""
        select count(*) from (
            select 1 from unread_mentions n join {_COMMENTS.format("n")}
            where n.person_id = ? and {_seen(person)} limit {MOST})
        """,
        (person.id,),
    ).fetchone()
    days = list_days(connection, person, now)
    return int(row[0]) + sum(day.unread for day in days)


def mark_mention(
    connection: sqlite3.Connection, person: Person, comment_id: int, *, read: bool
) -> None:
    """Note that somebody has read a comment that names them, or that it is unread.

    :raises NotFound: no such comment for them
    """
    with transaction(connection):
        found = list_mentions(connection, person, limit=1, before=comment_id + 1)
        if [mention.comment_id for mention in found] != [comment_id]:
            raise NotFound(f"there is no comment {comment_id}", key="no_comment")
        if read:
            sql = "delete from unread_mentions where person_id = ? and comment_id = ?"
        else:
            sql = "insert or ignore into unread_mentions values (?, ?)"
        connection.execute(sql, (person.id, comment_id))


def mark_day(
    connection: sqlite3.Connection,
    person: Person,
    day: str,
    until: datetime,
    *,
    read: bool,
) -> None:
    """Note that somebody has looked at the photos of a day, or not.

    :param until: when they were shown; what came later is new again
    :raises InvalidInput: no day
    """
    try:
        date.fromisoformat(day)
    except ValueError:
        raise InvalidInput(f"{day!r} is no day", key="no_date", text=day) from None
    with transaction(connection):
        if read:
            _read_day(connection, person, day, timestamp(until))
        else:
            connection.execute(
                "delete from read_days where person_id = ? and day = ?",
                (person.id, day),
            )


def mark_all(connection: sqlite3.Connection, person: Person, until: datetime) -> None:
    """Note that somebody has read all that there was at a moment."""
    at = timestamp(until)
    with transaction(connection):
        connection.execute(
            f"""
            delete from unread_mentions where person_id = ?1 and comment_id in (
                select n.comment_id from unread_mentions n join {_COMMENTS.format("n")}
                where n.person_id = ?1 and coalesce(c.edited_at, c.created_at) <= ?2
                    and {_seen(person)})
            """,
            (person.id, at),
        )
        for day in list_days(connection, person, until):
            _read_day(connection, person, day.day, at)


def _read_day(
    connection: sqlite3.Connection, person: Person, day: str, until: str
) -> None:
    connection.execute(
        """
        insert into read_days (person_id, day, until) values (?, ?, ?)
        on conflict (person_id, day) do update set until = max(until, excluded.until)
        """,
        (person.id, day, until),
    )
