"""Which originals a copy holds, and when their bytes were last read there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from archive.clock import utc_now
from archive.jobs.records import transaction
from archive.keeping.copies import Copy
from archive.sqlite import sqlite3

_SOME = 2_000  # originals a transaction: a few milliseconds, in which others wait


def note_held(
    connection: sqlite3.Connection,
    copy: Copy,
    hashes: Iterable[str],
    at: datetime | None = None,
) -> int:
    """Write down that a copy holds originals: their bytes were read there and hashed.

    An earlier time never takes a later one's place, unless that is yet to come: a clock
    was ahead then. What is no original here is passed
    over. In the caller's transaction, where one is open, else in several short ones.

    :param hashes: SHA-256, in hex, of what was read in full
    :param at: when; None: now
    :return: how many of them are originals of this archive
    """
    now = int(utc_now().timestamp())
    seconds = now if at is None else min(now, int(at.timestamp()))
    noted = 0
    for some in _several(hashes):
        with transaction(connection):
            noted += connection.execute(
                """
                insert into copy_originals (copy_id, original_id, verified)
                select ?1, o.id, ?2 from json_each(?3) j
                join originals o on o.sha256 = j.value where true
                on conflict do update
                    set verified = max(min(verified, ?4), excluded.verified)
                """,
                (copy.id, seconds, json.dumps(some), now),
            ).rowcount
    return noted


@dataclass(slots=True)
class Noting:
    """Writes down what is found in a copy, some at a time, while a run goes on."""

    connection: sqlite3.Connection
    copy: Copy
    good: int = 0
    bad: int = 0
    _good: list[str] = field(default_factory=list)
    _bad: list[str] = field(default_factory=list)

    def found(self, sha256: str, *, whole: bool = True) -> None:
        """An original was read there just now and is whole; or it was not so."""
        (self._good if whole else self._bad).append(sha256)
        if len(self._good) + len(self._bad) >= _SOME:
            self.write()

    def write(self) -> None:
        """Write down what was found."""
        note_held(self.connection, self.copy, self._good)
        note_lost(self.connection, self.copy, self._bad)
        self.good += len(self._good)
        self.bad += len(self._bad)
        self._good.clear()
        self._bad.clear()


def note_lost(connection: sqlite3.Connection, copy: Copy, hashes: Iterable[str]) -> int:
    """Write down that originals were looked for in a copy, and are not there so.

    Only for one that was reached: what is absent altogether holds what it held.

    :return: how many of them it was thought to hold
    """
    lost = 0
    for some in _several(hashes):
        with transaction(connection):
            lost += connection.execute(
                """
                delete from copy_originals where copy_id = ?1 and original_id in (
                    select o.id from json_each(?2) j
                    join originals o on o.sha256 = j.value)
                """,
                (copy.id, json.dumps(some)),
            ).rowcount
    return lost


def _several(hashes: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(hashes)
    while some := list(islice(waiting, _SOME)):
        yield some


@dataclass(frozen=True, slots=True)
class Holding:
    """How much a copy holds.

    :param originals: of ``of`` that the archive has
    :param oldest: when what was read longest ago in it was read; ``newest``: the last
        time anything was. UTC; None: it holds nothing
    """

    originals: int
    of: int
    oldest: str | None
    newest: str | None


def holding(connection: sqlite3.Connection, copy: Copy) -> Holding:
    """Return how much a copy holds."""
    row = connection.execute(
        "select count(*), (select count(*) from originals), min(verified),"
        " max(verified) from copy_originals where copy_id = ?",
        (copy.id,),
    ).fetchone()
    return Holding(row[0], row[1], _told(row[2]), _told(row[3]))


def held_here(connection: sqlite3.Connection) -> Holding:
    """Return the same of this archive itself; what was never read again has no time.

    What is known to be absent or damaged here is not held.
    """
    row = connection.execute(
        """
        select count(*), count(verified_at), min(verified_at), max(verified_at),
            (select count(*) from faults where mended_at is null
                and what in ('absent', 'other bytes', 'unreadable')
                and subject not like 'maps/%')
        from originals
        """
    ).fetchone()
    oldest = row[2] if row[1] == row[0] else None
    return Holding(row[0] - row[4], row[0], oldest, row[3])


def _told(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
