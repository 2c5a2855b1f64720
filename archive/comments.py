"""Comments: what people say about a photo, and whom they name in it.

Somebody is named by an @ and their name as it is written here: ``@Kim Lee``. Where
several people have one name, the writer says whom they mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from archive.batches import Batch, permit
from archive.editing import MAX_DESCRIPTION, live_ids
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.identity import clean_text, new_uuid
from archive.people import Person, list_people
from archive.photos import find_photo_id
from archive.rights import allowed, require, viewer
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is shown.

    :param author: name; None: nobody knows
    :param mentions: (id, name) of the people it names
    :param edited_at: when its author changed it last; UTC, like ``created_at``
    """

    id: int
    author_id: int | None
    author: str | None
    body: str
    created_at: str
    edited_at: str | None
    mentions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who can be named in a comment.

    :param sees: whether they may see the photo
    """

    id: int
    name: str
    sees: bool


def list_comments(connection: sqlite3.Connection, photo_id: int) -> list[Comment]:
    """Return a photo's comments, newest last."""
    rows = connection.execute(
        """
        select c.id, c.author_id, u.name, c.body, c.created_at, c.edited_at
        from comments c left join people u on u.id = c.author_id
        where c.photo_id = ? order by c.id
        """,
        (photo_id,),
    ).fetchall()
    named = _mentions(connection, photo_id) if rows else {}
    return [
        replace(Comment(*row), mentions=tuple(named.get(row[0], ()))) for row in rows
    ]


def _mentions(
    connection: sqlite3.Connection, photo_id: int
) -> dict[int, list[tuple[int, str]]]:
    rows = connection.execute(
        """
        select m.comment_id, u.id, u.name from comments c
        join mentions m on m.comment_id = c.id join people u on u.id = m.person_id
        where c.photo_id = ? order by u.name, u.id
        """,
        (photo_id,),
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for comment, *person in rows:
        found.setdefault(comment, []).append((person[0], person[1]))
    return found


def list_readers(
    connection: sqlite3.Connection, actor: Person, photo_id: int
) -> list[Reader]:
    """Return whom a comment on a photo may name, by name, and who of them may see it.

    :raises NotAllowed: the actor may not comment
    :raises NotFound: no such photo for the actor
    """
    require(actor, "comment")
    live_ids(connection, actor, [photo_id])
    return [
        Reader(person.id, person.name, _sees(connection, person, photo_id))
        for person in list_people(connection)
        if allowed(person, "view")
    ]


def _sees(connection: sqlite3.Connection, person: Person, photo_id: int) -> bool:
    try:
        find_photo_id(connection, photo_id, viewer(person))
    except NotFound:
        return False
    return True


def add_comment(  # noqa: PLR0917 - one comment, and who writes it where
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    photo_id: int,
    body: str,
    chosen: Collection[int] = (),
) -> int:
    """Add a comment to a photo. Returns its id.

    :param chosen: ids of those whom it means where several people have one name
    :raises NotAllowed: the actor may not comment
    :raises NotFound: no such photo for the actor
    :raises InvalidInput: it is empty or far too long
    """
    permit(connection, actor, "comment")
    live_ids(connection, actor, [photo_id])
    body = _checked(body)
    cursor = connection.execute(
        """
        insert into comments (uuid, photo_id, author_id, body, created_at)
        values (?, ?, ?, ?, ?)
        """,
        (new_uuid(), photo_id, actor.id, body, batch.at),
    )
    number = int(cursor.lastrowid or 0)
    _name(connection, number, body, chosen)
    return number


def edit_comment(  # noqa: PLR0917
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    comment_id: int,
    body: str,
    chosen: Collection[int] = (),
) -> None:
    """Change the words of one's own comment; the history keeps those before.

    :raises NotAllowed: it is somebody else's, or the actor may not comment
    :raises NotFound: no such comment for the actor
    :raises InvalidInput: it is empty or far too long
    """
    permit(connection, actor, "comment")
    author, before = _find(connection, actor, comment_id)
    if author != actor.id:
        raise NotAllowed(
            f"{actor.name} may change their own comments only",
            key="own_comments",
            person=actor.name,
        )
    body = _checked(body)
    if body == before:
        return
    connection.execute(
        "update comments set body = ?, edited_at = ? where id = ?",
        (body, batch.at, comment_id),
    )
    _name(connection, comment_id, body, chosen)


def delete_comment(
    connection: sqlite3.Connection, actor: Person, comment_id: int
) -> None:
    """Remove a comment (it stays in the history).

    :raises NotAllowed: the actor may not
    :raises NotFound: no such comment
    """
    permit(connection, actor, "delete_comment")
    removed = connection.execute("delete from comments where id = ?", (comment_id,))
    if not removed.rowcount:
        raise NotFound(f"there is no comment {comment_id}", key="no_comment")


def _find(
    connection: sqlite3.Connection, actor: Person, comment_id: int
) -> tuple[int | None, str]:
    """Return author and words of a comment on a live photo that the actor sees."""
    row = connection.execute(
        "select photo_id, author_id, body from comments where id = ?", (comment_id,)
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no comment {comment_id}", key="no_comment")
    try:
        live_ids(connection, actor, [row[0]])
    except NotFound:
        raise NotFound(f"there is no comment {comment_id}", key="no_comment") from None
    return row[1], row[2]


def _checked(body: str) -> str:
    body = clean_text(body).strip()
    if not body:
        raise InvalidInput("the comment is empty", key="comment_empty")
    if len(body) > MAX_DESCRIPTION:
        raise InvalidInput(
            f"the comment is over {MAX_DESCRIPTION:,} characters",
            key="comment_long",
            n=MAX_DESCRIPTION,
        )
    return body


def _name(
    connection: sqlite3.Connection, number: int, body: str, chosen: Collection[int]
) -> None:
    """Record whom a comment names, in place of whom it named before."""
    people = [p for p in list_people(connection) if allowed(p, "view")]
    wanted = named_in(body, [(p.id, p.name) for p in people], chosen)
    rows = connection.execute(
        "select person_id from mentions where comment_id = ?", (number,)
    )
    present = {row[0] for row in rows}
    for person in sorted(present - wanted):
        connection.execute(
            "delete from mentions where comment_id = ? and person_id = ?",
            (number, person),
        )
    for person in sorted(wanted - present):
        connection.execute(
            "insert into mentions (comment_id, person_id) values (?, ?)",
            (number, person),
        )


def named_in(
    body: str, people: Collection[tuple[int, str]], chosen: Collection[int] = ()
) -> set[int]:
    """Return the ids of those whom a text names.

    :param people: (id, name) of those who can be named
    :param chosen: those that are meant where several have one name
    """
    wanted = {name.casefold() for name in _names(body, people)}
    alike: dict[str, set[int]] = {}
    for number, name in people:
        alike.setdefault(name.casefold(), set()).add(number)
    found = (alike.get(name, set()) for name in wanted)
    return {n for ids in found for n in (ids & set(chosen) if len(ids) > 1 else ids)}


def split_at_names(
    body: str, people: Collection[tuple[int, str]]
) -> list[tuple[str, bool]]:
    """Cut a text into pieces, with whether each is a name with its @."""
    pattern = _pattern(people)
    if pattern is None:
        return [(body, False)]
    parts = pattern.split(body)
    return [(part, bool(at % 2)) for at, part in enumerate(parts) if part]


def _names(body: str, people: Collection[tuple[int, str]]) -> Iterator[str]:
    pattern = _pattern(people)
    for found in pattern.findall(body) if pattern else ():
        yield found[1:]


def _pattern(people: Collection[tuple[int, str]]) -> re.Pattern[str] | None:
    """Match an @ with a name; of two of which one begins the other, the longer."""
    names = sorted({name for _, name in people}, key=len, reverse=True)
    if not names:
        return None
    either = "|".join(map(re.escape, names))
    return re.compile(rf"(?<!\w)(@(?:{either}))(?!\w)", re.IGNORECASE)
