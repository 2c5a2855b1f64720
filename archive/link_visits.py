"""A link in use: what it shows at this moment, to whom it opens, and what is logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.accounts import Accounts, Visit
from archive.accounts.passwords import matches
from archive.accounts.sessions import digest
from archive.accounts.store import reading, transaction
from archive.accounts.throttling import begin, succeeded
from archive.clock import timestamp
from archive.errors import NotAllowed
from archive.links import COLUMNS, KEPT, REFUSED, Link, are_open, link_of, showable
from archive.people import Person, person_with_uuid
from archive.rights import allowed
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows at this moment.

    :param photos: ids by their places in the link
    """

    link: Link
    maker: Person
    photos: dict[int, int]


def find_link(accounts: Accounts, token: str, now: datetime) -> Link | None:
    """Return the link that an address names, while it is open; else None."""
    if not 20 <= len(token) <= 100 or not are_open(accounts):
        return None
    with reading(accounts) as opened:
        row = opened.execute(
            f"SELECT {COLUMNS} FROM links l WHERE l.token = ?", (digest(token),)
        ).fetchone()
    link = link_of(row) if row else None
    return None if link is None or link.is_over(now) else link


def unlock(accounts: Accounts, link: Link, password: str, visit: Visit) -> None:
    """Let somebody in who knows the password of a link.

    It takes a while, as a login does: never call it where others wait.

    :raises NotAllowed: it is not the password
    :raises TooManyAttempts: after failures, for a while
    """
    attempt = begin(accounts, f"link {link.id}", visit.address, visit.at)
    if not matches(link.password, password):
        note_use(accounts, link, REFUSED, visit)
        raise NotAllowed("that is not the password of this link", key="link_wrong")
    with transaction(accounts) as opened:
        succeeded(opened, attempt)


def shown(
    accounts: Accounts, connection: sqlite3.Connection, link: Link
) -> Shown | None:
    """Return what a link shows; None: its maker may not share any more.

    :param connection: to archive.db, unguarded
    """
    maker = person_with_uuid(connection, link.maker)
    if maker is None or not (allowed(maker, "share") and allowed(maker, "download")):
        return None
    with reading(accounts) as opened:
        places: list[tuple[int, str]] = opened.execute(
            "SELECT place, photo FROM link_photos WHERE link_id = ? ORDER BY place",
            (link.id,),
        ).fetchall()
    ids = dict(_ids(connection, [uuid for _, uuid in places]))
    wanted = {place: ids[uuid] for place, uuid in places if uuid in ids}
    seen = set(showable(connection, maker, list(wanted.values()), private=link.private))
    return Shown(link, maker, {p: n for p, n in wanted.items() if n in seen})


def note_use(
    accounts: Accounts, link: Link, event: str, visit: Visit, photo: str | None = None
) -> None:
    """Write down that a link was used."""
    with transaction(accounts) as opened:
        opened.execute(
            """
            INSERT INTO link_uses (link_id, at, event, photo, address, browser)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            (
                *(link.id, timestamp(visit.at), event, photo),
                *(visit.address[:100], visit.browser[:100]),
            ),
        )
        opened.execute(
            "DELETE FROM link_uses WHERE id <= (SELECT max(id) FROM link_uses) - ?",
            (KEPT,),
        )


def _ids(
    connection: sqlite3.Connection, uuids: Sequence[str]
) -> Iterator[tuple[str, int]]:
    for start in range(0, len(uuids), 500):
        some = uuids[start : start + 500]
        marks = ", ".join("?" * len(some))
        query = f"select uuid, id from photos where uuid in ({marks})"
        yield from connection.execute(query, some).fetchall()
