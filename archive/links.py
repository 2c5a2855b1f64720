"""Links with which anybody sees some photos: unguessable, ending, revocable, logged.

Off until an admin switches them on for the whole archive; switched off, all of them
stop at once, and *refresh* ends all that there are. A link shows what its maker may see
when it is used: what went to the recycle bin since is not shown, nor what became
private, unless the link was made to show private photos too and its maker may still see
them. How one is used: archive/link_visits.py.

All of it is in accounts.db: what lets somebody in must not leave with the photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.accounts import Accounts, Visit
from archive.accounts.passwords import hash_password
from archive.accounts.sessions import digest, new_token
from archive.accounts.store import is_there, reading, transaction
from archive.clock import timestamp
from archive.errors import Conflict, InvalidInput, NotFound
from archive.export.selection import visible
from archive.people import Person, list_people
from archive.photos import chunks
from archive.rights import allowed, require, viewer
from archive.sqlite import sqlite3

VIEW, STRIPPED, ORIGINALS = "view", "stripped", "originals"
GIVES = (VIEW, STRIPPED, ORIGINALS)
DAYS = (1, 7, 30, 90, 365)
MOST = 10_000  # photos in one link
SHORTEST = 8  # characters of a password: the link itself cannot be guessed
KEPT = 100_000  # uses
OPENED, SEEN, DOWNLOADED, REFUSED = "opened", "seen", "downloaded", "password refused"
ENABLED, DISABLED, REFRESHED = "enabled", "disabled", "refreshed"
COLUMNS = """
    l.id, l.person, l.title, l.gives, l.private, l.password, l.made_at, l.ends_at,
    l.ended_at, l.markups
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A link, without what stands in its address.

    :param maker: uuid
    :param gives: "view", "stripped" (copies) or "originals" to download
    :param private: shows private photos, too
    :param markups: shows what is drawn on photos
    :param password: hashed; None: none is asked for
    :param ended_at: when it was revoked
    """

    id: int
    maker: str
    title: str
    gives: str
    private: bool
    password: str | None
    made_at: str
    ends_at: str
    ended_at: str | None
    markups: bool

    def is_over(self, now: datetime) -> bool:
        """Whether it shows nothing any more."""
        return self.ended_at is not None or self.ends_at <= timestamp(now)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is to be.

    :param days: after which it ends; one of DAYS
    """

    title: str
    gives: str = VIEW
    private: bool = False
    password: str = ""
    days: int = 30
    markups: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A link in the list of its maker.

    :param name: of its maker
    :param uses: how often it was opened
    """

    link: Link
    name: str
    photos: int
    uses: int


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a link, or a change of the switch (whose ``what`` is the action)."""

    at: str
    what: str
    who: str
    photo: str | None = None


# The switch


def are_open(accounts: Accounts) -> bool:
    """Whether links are open; they are not until an admin says so."""
    if not is_there(accounts):
        return False
    with reading(accounts) as opened:
        row = opened.execute(
            "SELECT action FROM open_links WHERE action <> ? ORDER BY id DESC LIMIT 1",
            (REFRESHED,),
        ).fetchone()
    return bool(row == (ENABLED,))


def switch(accounts: Accounts, person: Person, visit: Visit, *, on: bool) -> None:
    """Open all links, or stop them at once; those that did not end open again.

    :raises NotAllowed: the person may not
    """
    require(person, "settings")
    if are_open(accounts) != on:
        with transaction(accounts) as opened:
            _log(opened, ENABLED if on else DISABLED, person, visit)


def refresh(accounts: Accounts, person: Person, visit: Visit) -> int:
    """End all links there are; returns how many.

    :raises NotAllowed: the person may not
    """
    require(person, "settings")
    with transaction(accounts) as opened:
        _log(opened, REFRESHED, person, visit)
        ended = opened.execute(
            "UPDATE links SET ended_at = ?, ended_by = ? WHERE ended_at IS NULL",
            (timestamp(visit.at), person.uuid),
        )
        return int(ended.rowcount)


def _log(opened: Any, action: str, person: Person, visit: Visit) -> None:  # noqa: ANN401
    opened.execute(
        "INSERT INTO open_links (at, action, person, address) VALUES (?, ?, ?, ?)",
        (timestamp(visit.at), action, person.uuid, visit.address[:100]),
    )


def list_switches(
    accounts: Accounts, connection: sqlite3.Connection, person: Person
) -> list[Use]:
    """Return who switched, and refreshed, when; the newest first.

    :param connection: to archive.db, for the names
    :raises NotAllowed: the person may not
    """
    require(person, "settings")
    if not is_there(accounts):
        return []
    names = {person.uuid: person.name for person in list_people(connection)}
    with reading(accounts) as opened:
        rows = opened.execute(
            "SELECT at, action, person FROM open_links ORDER BY id DESC LIMIT 1000"
        ).fetchall()
    return [Use(at, action, names.get(who, "")) for at, action, who in rows]


# Making, listing, revoking


def make_link(  # noqa: PLR0917 - whose, of what, and as what
    accounts: Accounts,
    connection: sqlite3.Connection,
    person: Person,
    ids: Sequence[int],
    wish: Wish,
    visit: Visit,
) -> str:
    """Make a link to some photos; returns what stands in its address, once.

    :param connection: to archive.db
    :param ids: those of them that it would not show are refused
    :raises NotAllowed: the person may not share or download
    :raises InvalidInput: no photos, too many, or a wish that cannot be
    :raises Conflict: links are not open
    """
    require(person, "share")
    require(person, "download")
    _check(wish)
    if not are_open(accounts):
        raise Conflict("links are switched off for this archive", key="links_off")
    seen = showable(connection, person, ids, private=wish.private)
    if len(seen) < len(set(ids)):
        raise InvalidInput(
            "some of these photos are private, or not to be seen", key="link_private"
        )
    if not 0 < len(seen) <= MOST:
        raise InvalidInput(
            f"a link takes 1 to {MOST:,} photos", key="link_full", n=MOST
        )
    uuids = _uuids(connection, seen)
    token = new_token()
    hashed = hash_password(wish.password) if wish.password else None
    ends_at = timestamp(visit.at + timedelta(days=wish.days))
    with transaction(accounts) as opened:
        made = opened.execute(
            """
            INSERT INTO links
                (token, person, title, gives, private, password, made_at, ends_at,
                markups)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                *(digest(token), person.uuid, wish.title.strip(), wish.gives),
                *(int(wish.private), hashed, timestamp(visit.at), ends_at),
                int(wish.markups),
            ),
        ).lastrowid
        opened.executemany(
            "INSERT INTO link_photos VALUES (?, ?, ?)",
            ((made, place, uuids[photo]) for place, photo in enumerate(seen, 1)),
        )
    return token


def _check(wish: Wish) -> None:
    if wish.gives not in GIVES or wish.days not in DAYS:
        raise InvalidInput(
            "a link gives view, stripped or originals, for some days", key="link_gives"
        )
    if len(wish.title) > 200 or not wish.title.strip().isprintable():
        raise InvalidInput(
            "the title of a link has at most 200 characters", key="link_title"
        )
    if wish.password and len(wish.password) < SHORTEST:
        raise InvalidInput(
            f"the password of a link has at least {SHORTEST} characters",
            key="link_password",
            n=SHORTEST,
        )


def list_links(
    accounts: Accounts, connection: sqlite3.Connection, person: Person
) -> list[Listed]:
    """Return one's links, and of admins all; the newest first.

    :param connection: to archive.db, for the names
    """
    if not is_there(accounts):
        return []
    people = {person.uuid: person.name for person in list_people(connection)}
    with reading(accounts) as opened:
        rows = opened.execute(
            f"""
            SELECT {COLUMNS},
                (SELECT count(*) FROM link_photos p WHERE p.link_id = l.id),
                (SELECT count(*) FROM link_uses u
                    WHERE u.link_id = l.id AND u.event = ?)
            FROM links l WHERE ? OR l.person = ? ORDER BY l.id DESC LIMIT 1000
            """,
            (OPENED, allowed(person, "settings"), person.uuid),
        ).fetchall()
    return [
        Listed(link := link_of(row), people.get(link.maker, ""), row[-2], row[-1])
        for row in rows
    ]


def end_link(accounts: Accounts, person: Person, number: int, visit: Visit) -> None:
    """Revoke a link: one's own, or as an admin any.

    :raises NotFound: there is none of theirs
    """
    with transaction(accounts) as opened:
        _own(opened, person, number)
        opened.execute(
            """
            UPDATE links SET ended_at = ?, ended_by = ?
            WHERE id = ? AND ended_at IS NULL
            """,
            (timestamp(visit.at), person.uuid, number),
        )


def list_uses(
    accounts: Accounts, person: Person, number: int
) -> tuple[Link, list[Use]]:
    """Return what became of a link of one's own, or as an admin of any.

    :raises NotFound: there is none of theirs
    """
    with reading(accounts) as opened:
        link = _own(opened, person, number)
        rows = opened.execute(
            """
            SELECT at, event, address, browser, photo FROM link_uses
            WHERE link_id = ? ORDER BY id DESC LIMIT 1000
            """,
            (number,),
        ).fetchall()
    uses = [
        Use(at, event, ", ".join(filter(None, (address, browser))), photo)
        for at, event, address, browser, photo in rows
    ]
    return link, uses


def _own(opened: Any, person: Person, number: int) -> Link:  # noqa: ANN401
    row = opened.execute(
        f"SELECT {COLUMNS} FROM links l WHERE l.id = ?", (number,)
    ).fetchone()
    mine = row is not None and row[1] == person.uuid and allowed(person, "share")
    if row is None or not (mine or allowed(person, "settings")):
        raise NotFound(f"there is no link {number}", key="no_link", number=number)
    return link_of(row)


def link_of(row: Sequence[Any]) -> Link:
    """Return a link from its COLUMNS, perhaps with others behind them."""
    number, maker, title, gives, private, *rest, markups = row[:10]
    password, made_at, ends_at, ended_at = rest
    return Link(
        *(number, maker, title, gives, bool(private)),
        *(password, made_at, ends_at, ended_at, bool(markups)),
    )


def showable(
    connection: sqlite3.Connection, maker: Person, ids: Sequence[int], *, private: bool
) -> list[int]:
    """Return those of some photos that a link of somebody's may show at this moment.

    :param private: show private ones, too: to show them to everybody is to make them
        public, so they are the maker's own, or the maker may make photos public
    """
    seen = visible(connection, ids, viewer(maker))
    given: list[int] = []
    if not private:
        wanted = "scope = 0"
    elif allowed(maker, "set_private"):
        wanted = "scope <> -1"
    else:
        wanted, given = "(scope = 0 or scope <> -1 and uploader_id = ?)", [maker.id]
    shown: set[int] = set()
    for some in chunks(seen):
        marks = ", ".join("?" * len(some))
        query = f"select id from photos where {wanted} and id in ({marks})"
        shown.update(row[0] for row in connection.execute(query, [*given, *some]))
    return [number for number in seen if number in shown]


def _uuids(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        query = f"select id, uuid from photos where id in ({marks})"
        found.update(connection.execute(query, some).fetchall())
    return found
