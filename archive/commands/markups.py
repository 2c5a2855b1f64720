"""``asbuilt markups``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NUMBER,
    Where,
    lister,
    opened,
    say,
    sub_command,
    undo_hint,
)
from archive.markup_shapes import COLOURS, POINTS, UNIT, WIDTHS

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

COLUMNS = ("id", "photo", "kind", "colour", "text", "author", "created_at")


@lister(
    COLUMNS,
    epilog='Example: asbuilt markups tower-4 add 01a1fdb9 arrow "20,30 45,60"',
)
def markups(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List what is drawn on photos, or add and remove it."""
    from archive.markups import iterate_markups
    from archive.rights import require, viewer

    require(who, "view")
    return iterate_markups(archive.connection, viewer(who))


@markups.command(
    epilog="""Example: asbuilt markups tower-4 add 17 text 20,30 --text A4"""
)
@click.argument("photo")
@click.argument("kind", type=click.Choice(tuple(POINTS)))
@click.argument("points", metavar="POINTS")
@click.option("--colour", type=click.Choice(tuple(COLOURS)), default="red")
@click.option(
    "--width", type=int, default=WIDTHS[1], help="In 1/1000 of the longer side."
)
@click.option("--text", default="", help="What a text says.")
@sub_command
def add(where: Where, photo: str, kind: str, points: str, **given: Any) -> Any:  # noqa: ANN401
    """Draw on a photo, at POINTS: "20,30 45,60", percent from the left and the top.

    They are of the picture as its file has it, upright; it may be shown turned. Of a
    rectangle, an ellipse and a cloud they are two corners. A text needs one point.
    """
    from archive.batches import batch
    from archive.markup_shapes import Shape
    from archive.markups import add_markup
    from archive.photos import find_photo_id
    from archive.rights import viewer

    shape = Shape(kind=kind, points=_points(kind, points), **given)
    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        number = find_photo_id(archive.connection, photo, viewer(who))
        markup = add_markup(archive.connection, who, made, number, shape)
    say(f"added markup {markup} {undo_hint(where[0], made.id)}")
    return {"id": markup, "photo_id": number, "batch": made.id}


@markups.command(epilog="Example: asbuilt markups tower-4 remove 3")
@click.argument("markup", type=NUMBER)
@sub_command
def remove(where: Where, markup: int) -> dict[str, Any]:
    """Take a markup off its photo; 'asbuilt undo' puts it there again."""
    from archive.batches import batch
    from archive.markups import delete_markup

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        delete_markup(archive.connection, who, markup)
    say(f"removed markup {markup} {undo_hint(where[0], made.id)}")
    return {"id": markup, "batch": made.id}


def _points(kind: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return points given in percent; a text's lines run to the right."""
    try:
        pairs = [tuple(map(float, pair.split(","))) for pair in text.split()]
        found = tuple((round(x * UNIT / 100), round(y * UNIT / 100)) for x, y in pairs)
    except (ValueError, OverflowError):
        raise click.UsageError(
            f'{text!r} are no points; write them as "20,30 45,60".'
        ) from None
    if kind == "text" and len(found) == 1:
        x, y = min(found[0][0], UNIT - UNIT // 100), found[0][1]
        return (x, y), (x + UNIT // 100, y)
    return found
