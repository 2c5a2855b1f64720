"""What was verified when, and what was wrong: the log of verifications."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from archive.clock import timestamp, utc_now
from archive.identity import new_uuid
from archive.jobs.records import transaction
from archive.people import Person
from archive.sqlite import sqlite3

_SOME = 500  # faults a transaction


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be.

    :param what: "absent", "other bytes", "unreadable", "orphan" of a file; "database",
        "reference", "search", "counter", "history" of records
    :param subject: a file below ``originals``, or ``maps/…``, or a table; "" for the
        whole
    :param text: a sentence for a person
    """

    what: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """One verification.

    :param finished_at: UTC; None: it goes on, or was stopped half way
    :param files: originals, plans and maps that were read; ``bytes`` of them
    :param faults: that it found
    """

    id: int
    uuid: str
    who: str
    started_at: str
    finished_at: str | None
    records: bool
    files: int
    bytes: int
    faults: int


def begin(connection: sqlite3.Connection, who: Person, *, records: bool) -> Check:
    """Go on with the check that was stopped half way, or begin one.

    :param records: the database is verified, too
    """
    row = connection.execute(
        "select id, records from checks where finished_at is null order by id desc"
    ).fetchone()
    if row is None:
        row = connection.execute(
            "insert into checks (uuid, person_id, started_at, records)"
            " values (?, ?, ?, ?) returning id",
            (new_uuid(), who.id, _after_all(connection), records),
        ).fetchone()
    elif records and not row[1]:
        connection.execute("update checks set records = 1 where id = ?", row[:1])
    return get_check(connection, row[0])


def half_done_with_records(connection: sqlite3.Connection) -> bool:
    """Whether the check that was stopped half way is of the database, too."""
    row = connection.execute(
        "select 1 from checks where finished_at is null and records"
    ).fetchone()
    return row is not None


def _after_all(connection: sqlite3.Connection) -> str:
    """Return the time, later than that of any verified original: so that all are due.

    Two runs can meet in a millisecond, and clocks are put back.
    """
    now = timestamp(utc_now())
    row = connection.execute(
        "select max(verified_at) from (select max(verified_at) as verified_at"
        " from originals union all select max(verified_at) from plans)"
    ).fetchone()
    if row[0] is None or row[0] < now:
        return now
    return timestamp(datetime.fromisoformat(row[0]) + timedelta(milliseconds=1))


def get_check(connection: sqlite3.Connection, number: int) -> Check:
    """Return a check by its id."""
    return next(iter(_checks(connection, "where c.id = ?", (number,))))


def list_checks(connection: sqlite3.Connection, limit: int = 20) -> list[Check]:
    """Return the last checks, newest first."""
    return _checks(connection, "order by c.id desc limit ?", (limit,))


def _checks(
    connection: sqlite3.Connection, rest: str, values: tuple[object, ...]
) -> list[Check]:
    rows = connection.execute(
        "select c.id, c.uuid, p.name, c.started_at, c.finished_at, c.records, c.files,"
        f" c.bytes, c.faults from checks c join people p on p.id = c.person_id {rest}",
        values,
    )
    return [Check(*row) for row in rows]


def read_some(
    connection: sqlite3.Connection, check: Check, files: int, size: int
) -> None:
    """Count originals that were read."""
    connection.execute(
        "update checks set files = files + ?, bytes = bytes + ? where id = ?",
        (files, size, check.id),
    )


def note(
    connection: sqlite3.Connection,
    check: Check,
    faults: Iterable[Fault],
    at: str | None = None,
) -> int:
    """Write down what is wrong. Returns how many were found now.

    What was known to be wrong already stays with the check that found it. In several
    short transactions, unless one is open already.

    :param at: when they were found; None: now
    """
    waiting, found, now = iter(faults), 0, at or timestamp(utc_now())
    while some := list(islice(waiting, _SOME)):
        with transaction(connection):
            _note(connection, check, some, now)
        found += len(some)
    return found


def _note(
    connection: sqlite3.Connection, check: Check, some: list[Fault], now: str
) -> None:
    connection.executemany(
        "insert into faults (check_id, found_at, seen_at, what, subject, text)"
        " values (?1, ?2, ?2, ?3, ?4, ?5)"
        " on conflict do update set seen_at = max(seen_at, excluded.seen_at)",
        ((check.id, now, fault.what, fault.subject, fault.text) for fault in some),
    )
    connection.execute(
        "update checks set faults = faults + ? where id = ?", (len(some), check.id)
    )


def mend_unseen(
    connection: sqlite3.Connection, whats: Iterable[str], since: str
) -> None:
    """What was looked for since then, and not found, is no longer wrong."""
    now = timestamp(utc_now())
    for what in whats:
        connection.execute(
            "update faults set mended_at = ? where what = ? and seen_at < ?"
            " and mended_at is null",
            (now, what, since),
        )


def count_faults(connection: sqlite3.Connection) -> int:
    """Return how much is wrong, as far as is known."""
    row = connection.execute("select count(*) from faults where mended_at is null")
    return int(row.fetchone()[0])


def mend(connection: sqlite3.Connection, whats: Iterable[str], subject: str) -> None:
    """It is no longer wrong: it was mended, or is there again."""
    for what in whats:
        connection.execute(
            "update faults set mended_at = ? where what = ? and subject = ?"
            " and mended_at is null",
            (timestamp(utc_now()), what, subject),
        )


def open_faults(connection: sqlite3.Connection, limit: int = 1000) -> list[Fault]:
    """Return what is wrong, as far as is known; files first."""
    rows = connection.execute(
        "select what, subject, text from faults where mended_at is null"
        " order by what not in ('absent', 'other bytes', 'unreadable'), id limit ?",
        (limit,),
    )
    return [Fault(*row) for row in rows]


# what can be done about faults, in the order in which it is said: about which
WAYS_OUT = {
    "files": ("absent", "other bytes", "unreadable"),
    "strays": ("orphan",),
    "database": ("database", "reference", "search", "counter"),
    "history": ("history",),
}


def ways_out(faults: Iterable[Fault]) -> list[str]:
    """Return the keys of ``WAYS_OUT`` for what is wrong."""
    whats = {fault.what for fault in faults}
    return [way for way, about in WAYS_OUT.items() if whats & set(about)]


def finish(connection: sqlite3.Connection, check: Check) -> None:
    """Everything that there was to look at was looked at."""
    connection.execute(
        "update checks set finished_at = ? where id = ?",
        (timestamp(utc_now()), check.id),
    )


def photo_of(connection: sqlite3.Connection, fault: Fault) -> tuple[int, str] | None:
    """Return id and filename of the (first) photo whose file it is about, if any."""
    sha256 = fault.subject.rpartition("/")[2].partition(".")[0]
    row = connection.execute(
        "select p.id, p.filename from originals o join photos p on p.original_id = o.id"
        " where o.sha256 = ? order by p.id limit 1",
        (sha256,),
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))
