"""How archive and remote stand, and what is set aside."""

from __future__ import annotations

from dataclasses import dataclass

from archive.remotes.naming import name_of
from archive.remotes.runs import SyncRun, list_runs
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that is left alone for some time, as something went wrong with it.

    :param name: for a person
    :param next_at: not again before, in seconds since 1970
    """

    kind: str
    uuid: str
    name: str
    number: int | None
    act: str
    why: str
    status: int
    tries: int
    next_at: int


def list_set_aside(
    connection: sqlite3.Connection, *, limit: int = 100
) -> list[SetAside]:
    """Return records that are set aside, those that are due first."""
    rows = connection.execute(
        """
        select kind, uuid, act, why, status, tries, next_at from sync_troubles
        where held = 1 order by next_at, uuid limit ?
        """,
        (limit,),
    ).fetchall()
    return [
        SetAside(kind, uuid, *name_of(connection, kind, uuid), *rest)
        for kind, uuid, *rest in rows
    ]


def try_now(connection: sqlite3.Connection) -> int:
    """Let the next run try again whatever is set aside. Returns how many records."""
    done = connection.execute("update sync_troubles set held = 0 where held = 1")
    return int(done.rowcount)


@dataclass(frozen=True, slots=True)
class SyncState:
    """How archive and remote stand, in numbers that cost nothing.

    :param there: photos that are live on the remote, as far as it was seen
    :param conflicts: that nobody decided yet
    :param under_way: writes whose answer is awaited
    """

    there: int
    conflicts: int
    set_aside: int
    under_way: int
    last: SyncRun | None


# How many wait for a person: each is a number that an index has
_CONFLICTS = """
    (select count(*) from sync_conflicts c where closed_at is null
        and not exists (select 1 from sync_decisions where conflict_id = c.id))
"""
_SET_ASIDE = "(select count(*) from sync_troubles where held = 1)"


def count_to_decide(connection: sqlite3.Connection) -> int:
    """Return how many conflicts and records set aside wait for somebody to look."""
    row = connection.execute(f"select {_CONFLICTS} + {_SET_ASIDE}").fetchone()
    return int(row[0])


def sync_state(connection: sqlite3.Connection) -> SyncState:
    """Return how archive and remote stand."""
    row = connection.execute(
        f"""
        select
            (select coalesce(sum(photos), 0) from sync_counts where life = 'active'),
            {_CONFLICTS}, {_SET_ASIDE}, (select count(*) from sync_intents)
        """
    ).fetchone()
    runs = list_runs(connection, limit=1)
    there, conflicts, aside, under_way = row
    last = runs[0] if runs else None
    return SyncState(there, conflicts, aside, under_way, last)
