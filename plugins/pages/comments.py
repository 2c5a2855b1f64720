"""Comments: ``/-/photo/17/comment`` adds one, ``/-/comments/3/edit`` changes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.batches import Batch
from archive.comments import (
    add_comment,
    delete_comment,
    edit_comment,
    list_readers,
)
from archive.database import Archive
from archive.people import Person
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import changed, data
from plugins.pages.fields import wholes, word
from plugins.pages.photo_bytes import PHOTO


async def add(call: Call) -> Response:
    """Add a comment: ``body``; ``mentions`` are ids where several have one name."""
    form = await call.form()
    body, chosen = word(form, "body") or "", wholes(form, "mentions")
    number = call.number("photo")

    def change(connection: Any, person: Person, batch: Batch) -> int:  # noqa: ANN401
        return add_comment(connection, person, batch, number, body, chosen)

    done = await call.write("", change)
    return changed(call, form, done.batch, {"id": done.value})


async def edit(call: Call) -> Response:
    """Change the words of one's own comment."""
    form = await call.form()
    body, chosen = word(form, "body") or "", wholes(form, "mentions")
    number = call.number("comment")

    def change(connection: Any, person: Person, batch: Batch) -> None:  # noqa: ANN401
        edit_comment(connection, person, batch, number, body, chosen)

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def delete(call: Call) -> Response:
    """Remove a comment; it stays in the history."""
    form = await call.form()

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        delete_comment(connection, person, call.number("comment"))

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def show_people(call: Call) -> Response:
    """``/tower-4/-/photo/17/people.json``: whom a comment may name, and who sees it.

    Asked where changes are made: readers are not shown what others may do.
    """
    number = call.number("photo")

    def look(archive: Archive, person: Person) -> list[dict[str, Any]]:
        found = list_readers(archive.connection, person, number)
        return [asdict(reader) for reader in found]

    return data({"people": await call.change(look)})


_COMMENT = r"/-/comments/(?P<comment>[0-9]{1,18})"

ROUTES = (
    Route(PHOTO + "/comment", add, "comment", ("POST",)),
    Route(PHOTO + "/people", show_people, "comment", json=True),
    Route(_COMMENT + "/edit", edit, "comment", ("POST",)),
    Route(_COMMENT + "/delete", delete, "delete_comment", ("POST",)),
)
