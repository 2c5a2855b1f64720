"""Markups: what people draw on photos, over the picture and never in its file.

They are vectors in the database (``archive.markup_shapes`` says of what units), so that
they can be changed, undone, searched and handed over. Whoever may edit a photo may draw
on it; what others drew only admins change. Whoever sees the photo sees its markups.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archive.batches import Batch, permit
from archive.editing import live_ids
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.identity import clean_text, name_key, new_uuid
from archive.markup_shapes import COLOURS, POINTS, UNIT, Points, Shape
from archive.people import Person
from archive.photos import chunks
from archive.rights import Viewer, allowed, scope_condition
from archive.sqlite import sqlite3

MAX_TEXT = 1000  # characters
MAX_LINES = 40  # of a text
MAX_WIDTH = 50  # in 1/1,000 of the longer side
MAX_MARKUPS = 200  # on one photo
MAX_POINTS = 20_000  # of all of them, after which no more is drawn: half a megabyte


@dataclass(frozen=True, slots=True)
class Markup(Shape):
    """A markup as it is shown.

    :param author: name; None: nobody knows
    :param edited_at: when it was changed last; UTC, like ``created_at``
    """

    id: int = 0
    uuid: str = ""
    photo_id: int = 0
    author_id: int | None = None
    author: str | None = None
    created_at: str = ""
    edited_at: str | None = None


def as_json(markup: Markup) -> dict[str, Any]:
    """Return a markup as pages, programs and the command line have it."""
    return {**asdict(markup), "points": [list(point) for point in markup.points]}


def list_markups(
    connection: sqlite3.Connection, photo_ids: Sequence[int]
) -> dict[int, list[Markup]]:
    """Return the markups of photos, lowest first; photos without any are left out.

    Whoever calls has decided that the viewer may see these photos.
    """
    found: dict[int, list[Markup]] = {}
    for some in chunks(photo_ids):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"""
            select m.kind, m.colour, m.width, m.points, m.text, m.id, m.uuid,
                m.photo_id, m.author_id, u.name, m.created_at, m.edited_at
            from markups m left join people u on u.id = m.author_id
            where m.photo_id in ({marks}) order by m.photo_id, m.created_at, m.id
            """,
            some,
        )
        for kind, colour, width, points, *rest in rows:
            made = Markup(kind, colour, width, stored_points(points), *rest)
            found.setdefault(made.photo_id, []).append(made)
    return found


def drawn_on(connection: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """Return those of some photos on which something is drawn."""
    found: list[int] = []
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"select distinct photo_id from markups where photo_id in ({marks})", some
        )
        found += [int(row[0]) for row in rows]
    return found


def iterate_markups(
    connection: sqlite3.Connection, who: Viewer | None
) -> Iterator[dict[str, Any]]:
    """Yield all markups on live photos that somebody may see, as a list has them."""
    rows = connection.execute(
        f"""
        select m.id, m.uuid, p.uuid, m.kind, m.colour, m.width, m.points, m.text,
            u.name, m.created_at, m.edited_at
        from markups m join photos p on p.id = m.photo_id
        left join people u on u.id = m.author_id
        where {scope_condition(who, "p.scope")} order by m.id
        """
    )
    names = ("id", "uuid", "photo", "kind", "colour", "width", "points", "text")
    for row in rows:
        found = dict(zip((*names, "author", *_WHEN), row, strict=True))
        yield {**found, "points": json.loads(found["points"])}


_WHEN = ("created_at", "edited_at")


def stored_points(text: str) -> Points:
    """Return points from the column that has them."""
    return tuple((int(x), int(y)) for x, y in json.loads(text))


def add_markup(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    photo_id: int,
    shape: Shape,
) -> int:
    """Draw on a photo. Returns the markup's id.

    :raises NotAllowed: the actor may not draw
    :raises NotFound: no such photo for the actor, or it is in the bin
    :raises InvalidInput: it cannot be drawn so, or there is no picture to draw on
    """
    permit(connection, actor, "mark")
    live_ids(connection, actor, [photo_id])
    shape = checked(asdict(shape))
    _require_room(connection, photo_id)
    cursor = connection.execute(
        """
        insert into markups
            (uuid, photo_id, author_id, kind, colour, width, points, text, created_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (new_uuid(), photo_id, actor.id, *_values(shape), batch.at),
    )
    return int(cursor.lastrowid or 0)


def edit_markup(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    markup_id: int,
    changes: Mapping[str, Any],
) -> None:
    """Change colour, width, points or text of a markup.

    :param changes: the new values by these names; its kind stays
    :raises NotAllowed: the actor may not draw, or it is another's and they are no admin
    :raises NotFound: no such markup for the actor
    :raises InvalidInput: it cannot be drawn so
    """
    permit(connection, actor, "mark")
    before = _own(connection, actor, markup_id)
    now = {name: value for name, value in changes.items() if name in _CHANGED}
    after = checked({**asdict(before), **now})
    if _values(after) == _values(before):
        return
    connection.execute(
        """
        update markups set kind = ?, colour = ?, width = ?, points = ?, text = ?,
            edited_at = ? where id = ?
        """,
        (*_values(after), batch.at, markup_id),
    )


_CHANGED = ("colour", "width", "points", "text")


def delete_markup(
    connection: sqlite3.Connection, actor: Person, markup_id: int
) -> None:
    """Take a markup off its photo (it stays in the history).

    :raises NotAllowed: the actor may not draw, or it is another's and they are no admin
    :raises NotFound: no such markup for the actor
    """
    permit(connection, actor, "mark")
    _own(connection, actor, markup_id)
    connection.execute("delete from markups where id = ?", (markup_id,))


def photo_of(connection: sqlite3.Connection, markup_id: int) -> int | None:
    """Return the photo that a markup is on; None: there is no such markup."""
    row = connection.execute(
        "select photo_id from markups where id = ?", (markup_id,)
    ).fetchone()
    return int(row[0]) if row else None


def _own(connection: sqlite3.Connection, actor: Person, markup_id: int) -> Markup:
    """Return a markup on a live photo that the actor sees and may change."""
    absent = NotFound(f"there is no markup {markup_id}", key="no_markup")
    photo = photo_of(connection, markup_id)
    if photo is None:
        raise absent
    try:
        live_ids(connection, actor, [photo])
    except NotFound:
        raise absent from None
    found = next(
        one for one in list_markups(connection, [photo])[photo] if one.id == markup_id
    )
    if found.author_id != actor.id and not allowed(actor, "mark_others"):
        raise NotAllowed(
            f"{actor.name} may change their own markups only",
            key="own_markups",
            person=actor.name,
        )
    return found


def _require_room(connection: sqlite3.Connection, photo_id: int) -> None:
    kind, width = connection.execute(
        """
        select o.kind, o.width
        from photos p left join originals o on o.id = p.original_id where p.id = ?
        """,
        (photo_id,),
    ).fetchone()
    if kind not in ("image", "raw") or not width:
        raise InvalidInput(
            "there is no picture to draw on", key="markup_without_picture"
        )
    if is_full(connection, photo_id):
        raise InvalidInput(
            f"a photo has at most {MAX_MARKUPS} markups",
            key="markups_many",
            n=MAX_MARKUPS,
        )
    points = connection.execute(
        "select sum(json_array_length(points)) from markups where photo_id = ?",
        (photo_id,),
    ).fetchone()[0]
    if points and points >= MAX_POINTS:
        raise InvalidInput(
            "there is too much on this photo already to draw more",
            key="markups_heavy",
        )


def is_full(connection: sqlite3.Connection, photo_id: int) -> bool:
    """Whether nothing more fits on a photo; a package of more would be refused."""
    there = connection.execute(
        "select count(*) from markups where photo_id = ?", (photo_id,)
    ).fetchone()[0]
    return int(there) >= MAX_MARKUPS


def stored(shape: Shape) -> dict[str, object]:
    """Return the columns of ``markups`` that say what is drawn."""
    points = json.dumps(shape.points, separators=(",", ":"))
    return {
        "kind": shape.kind,
        "colour": shape.colour,
        "width": shape.width,
        "points": points,
        "text": shape.text,
    }


def _values(shape: Shape) -> tuple[object, ...]:
    return tuple(stored(shape).values())


def checked(raw: Mapping[str, Any]) -> Shape:
    """Return what may be drawn, from values of anybody's: kind, colour and so on.

    :raises InvalidInput: it cannot be drawn so; says what is wrong
    """
    kind, colour, width = raw.get("kind"), raw.get("colour"), raw.get("width")
    if not isinstance(kind, str) or kind not in POINTS:
        raise _wrong(f"a kind of markup is one of {', '.join(POINTS)}")
    if not isinstance(colour, str) or colour not in COLOURS:
        raise _wrong(f"the colour of a markup is one of {', '.join(COLOURS)}")
    if type(width) is not int or not 1 <= width <= MAX_WIDTH:
        raise _wrong(f"the width of a markup is a whole number from 1 to {MAX_WIDTH}")
    points = _checked_points(kind, raw.get("points"))
    return Shape(kind, colour, width, points, _checked_text(kind, raw.get("text")))


def _checked_points(kind: str, raw: object) -> Points:
    least, most = POINTS[kind]
    if not isinstance(raw, list | tuple) or not least <= len(raw) <= most:
        many = str(least) if least == most else f"{least} to {most:,}"
        raise _wrong(f"a markup of kind {kind} has {many} points")
    points = tuple(_checked_point(one) for one in raw)
    if len(set(points)) == 1:
        raise _wrong("the points of a markup are all at one place")
    return points


def _checked_point(raw: object) -> tuple[int, int]:
    if isinstance(raw, list | tuple) and len(raw) == 2:
        x, y = raw
        # (no bool, no float: neither NaN nor 1e308 can be meant)
        if type(x) is int and type(y) is int and 0 <= x <= UNIT and 0 <= y <= UNIT:
            return x, y
    raise _wrong(f"a markup's point is two whole numbers from 0 to {UNIT:,}")


def _checked_text(kind: str, raw: object) -> str:
    if kind != "text":
        if raw not in (None, ""):
            raise _wrong("only a markup of kind text has a text")
        return ""
    text = clean_text(raw if isinstance(raw, str) else "").strip("\n").rstrip()
    if not name_key(text):  # nor of characters that show nothing
        raise InvalidInput("the text is empty", key="markup_text_empty")
    if len(text) > MAX_TEXT or text.count("\n") >= MAX_LINES:
        raise InvalidInput(
            f"at most {MAX_TEXT:,} characters in {MAX_LINES} lines fit on a photo",
            key="markup_text_long",
            n=MAX_TEXT,
            lines=MAX_LINES,
        )
    return text


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, key="markup_wrong")
