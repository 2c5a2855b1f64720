"""Codes, access tokens and refresh tokens: what a program shows instead of a password.

Each is 256 random bits, and its SHA-256 here. A code and a refresh token work once;
presented again, somebody else has it, too, and the grant ends with all that was made
from it (RFC 9700, 4.5 and 4.14.2). Using one up and storing what it is exchanged for is
one transaction: of two that come at once one is refused, and a crash loses both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.accounts import events, grants
from archive.accounts.grants import Dealing
from archive.accounts.sessions import digest, is_shut_out
from archive.accounts.store import Accounts, is_there, reading, transaction
from archive.clock import timestamp
from archive.people import Person, person_with_uuid
from archive.sqlite import sqlite3

ACCESS_SECONDS = 5400
CODE_LASTS = timedelta(minutes=10)
_LONGEST = 200  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """What a code is bound to.

    :param redirect_uri: as it stood in the request; None: it did not
    :param challenge: of PKCE, S256
    """

    redirect_uri: str | None = None
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """New tokens; the same may be stored in several archives.

    :param refresh: None: for a program that acts by itself
    """

    access: str
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom an access token stands for.

    :param client: id of the program
    :param made_at: of the token, as is ``ends_at``
    """

    client: str
    person: Person
    made_at: str
    ends_at: str


def allow(dealing: Dealing, person: Person, code: str, asked: Asked) -> None:
    """Let a program act for a person, as soon as it comes with the code."""
    after = grants.since(dealing)
    ends_at = timestamp(dealing.now + CODE_LASTS)
    with transaction(dealing.accounts) as opened:
        grant = grants.begin(opened, dealing, person, after)
        opened.execute(
            "INSERT INTO codes VALUES (?, ?, ?, ?, ?, NULL)",
            (digest(code), grant, asked.redirect_uri, asked.challenge, ends_at),
        )
        grants.note(opened, events.ALLOWED, person.uuid, dealing.visit)


def give(dealing: Dealing, person: Person, access: str) -> None:
    """Give a program a token for itself.

    :param person: that it is; see ``clients.may_act``
    """
    after = grants.since(dealing)
    with transaction(dealing.accounts) as opened:
        grant = grants.begin(opened, dealing, person, after)
        _add(opened, grant, Pair(access), dealing.now)


def _add(opened: Any, grant: int, pair: Pair, now: datetime) -> None:  # noqa: ANN401
    """Store new tokens of a grant."""
    made_at = timestamp(now)
    ends_at = timestamp(now + timedelta(seconds=ACCESS_SECONDS))
    rows = [(digest(pair.access), grant, "access", made_at, ends_at)]
    if pair.refresh is not None:
        rows.append((digest(pair.refresh), grant, "refresh", made_at, ""))
    opened.executemany(
        "INSERT INTO tokens VALUES (?, ?, ?, ?, nullif(?, ''), NULL)", rows
    )
    opened.execute("UPDATE grants SET used_at = ? WHERE id = ?", (made_at, grant))


@dataclass(frozen=True, slots=True)
class _Found:
    """A code or a refresh token that is there.

    :param ends_at: None: never by itself
    """

    grant: int
    used_at: str | None
    ends_at: str | None = None
    asked: Asked = Asked()


def _code(dealing: Dealing, code: str) -> _Found | None:
    """Find a code of this program.

    Another's is not found: presenting it must not end what that was given.
    """
    row = _row(
        dealing,
        """
        SELECT grant_id, c.used_at, ends_at, redirect_uri, challenge
        FROM codes c JOIN grants g ON g.id = grant_id WHERE code = ? AND client = ?
        """,
        code,
    )
    return _Found(row[0], row[1], row[2], Asked(row[3], row[4])) if row else None


def _refresh_token(dealing: Dealing, token: str) -> _Found | None:
    """Find a refresh token of this program."""
    row = _row(
        dealing,
        """
        SELECT grant_id, t.used_at FROM tokens t JOIN grants g ON g.id = grant_id
        WHERE token = ? AND client = ? AND kind = 'refresh'
        """,
        token,
    )
    return _Found(row[0], row[1]) if row else None


def _row(dealing: Dealing, query: str, secret: str) -> tuple[Any, ...] | None:
    if not _is_secret(secret) or not is_there(dealing.accounts):
        return None
    with reading(dealing.accounts) as opened:
        row: tuple[Any, ...] | None = opened.execute(
            query, (digest(secret), dealing.client)
        ).fetchone()
    return row


def look_at_code(dealing: Dealing, code: str) -> Asked | None:
    """Return what a code is bound to; None: it is worth nothing to this program."""
    found = _code(dealing, code)
    if found is None or (found.used_at is None and _is_over(found, dealing)):
        return None
    return found.asked if grants.stands(dealing, found.grant, found.used_at) else None


def _is_over(found: _Found, dealing: Dealing) -> bool:
    return found.ends_at is not None and found.ends_at <= timestamp(dealing.now)


def redeem(dealing: Dealing, code: str, pair: Pair) -> bool:
    """Exchange a code for tokens; False when it is worth nothing (any more)."""
    found = _code(dealing, code)
    if found is None or _is_over(found, dealing):
        return False
    used = "UPDATE codes SET used_at = ? WHERE code = ? AND used_at IS NULL"
    return _exchange(dealing, found.grant, used, code, pair)


def look_at_refresh(dealing: Dealing, token: str) -> bool:
    """Whether a refresh token is worth something to this program."""
    found = _refresh_token(dealing, token)
    return found is not None and grants.stands(dealing, found.grant, found.used_at)


def refresh(dealing: Dealing, token: str, pair: Pair) -> bool:
    """Exchange a refresh token for new ones; False when it is worth nothing."""
    found = _refresh_token(dealing, token)
    if found is None:
        return False
    used = "UPDATE tokens SET used_at = ? WHERE token = ? AND used_at IS NULL"
    return _exchange(dealing, found.grant, used, token, pair)


def _exchange(dealing: Dealing, grant: int, used: str, secret: str, pair: Pair) -> bool:
    """Use up a code or token and store what it is exchanged for.

    :param used: the statement that marks it as used, unless it was
    """
    if grants.person_of(dealing, grant) is None:
        return False
    with transaction(dealing.accounts) as opened:
        marked = opened.execute(used, (timestamp(dealing.now), digest(secret)))
        if not marked.rowcount:  # somebody was quicker, with the same
            grants.end_reused(opened, dealing, grant)
            return False
        _add(opened, grant, pair, dealing.now)
        return True


def holder(
    accounts: Accounts, connection: sqlite3.Connection, token: str, now: datetime
) -> Holder | None:
    """Return whom an access token stands for; None when it is worth nothing.

    :param connection: to archive.db, unguarded
    """
    if not _is_secret(token) or not is_there(accounts):
        return None
    with reading(accounts) as opened:
        row = opened.execute(
            """
            SELECT client, person, since, t.made_at, ends_at, grant_id
            FROM tokens t JOIN grants g ON g.id = grant_id
            WHERE token = ? AND kind = 'access' AND ends_at > ?
            """,
            (digest(token), timestamp(now)),
        ).fetchone()
    if row is None:
        return None
    person = person_with_uuid(connection, row[1])
    if person is None or is_shut_out(connection, person, row[2]):
        with transaction(accounts) as opened:
            grants.end(opened, grant=row[5])
        return None
    return Holder(row[0], person, row[3], row[4])


def revoke(dealing: Dealing, token: str) -> bool:
    """End what a token of this program belongs to; False when there is none."""
    if not _is_secret(token) or not is_there(dealing.accounts):
        return False
    with transaction(dealing.accounts) as opened:
        row = opened.execute(
            """
            SELECT g.id, person FROM tokens JOIN grants g ON g.id = grant_id
            WHERE token = ? AND client = ?
            """,
            (digest(token), dealing.client),
        ).fetchone()
        if row is None:
            return False
        grants.end(opened, grant=row[0])
        grants.note(opened, events.REVOKED, row[1], dealing.visit)
    return True


def _is_secret(text: str) -> bool:
    return 0 < len(text) <= _LONGEST
