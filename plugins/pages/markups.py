"""Markups: ``/-/photo/17/markup`` draws one, ``/-/markups/3/edit`` changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.batches import Batch
from archive.errors import InvalidInput
from archive.markups import (
    add_markup,
    as_json,
    checked,
    delete_markup,
    edit_markup,
    list_markups,
)
from archive.people import Person
from archive.photos import get_photo
from archive.rights import viewer
from plugins.calls import Call, Route, json_of
from plugins.compat import Response
from plugins.pages.answers import changed, data
from plugins.pages.photo_bytes import PHOTO


async def show(call: Call) -> Response:
    """``/tower-4/-/photo/17/markups.json``: what is drawn, and how the photo is turned.

    Points are of the picture upright as its file has it; ``rotation`` turns them.
    """
    number = call.number("photo")

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        photo = get_photo(connection, number, viewer(connection.person))
        found = list_markups(connection, [photo.id]).get(photo.id, [])
        return {
            "markups": [as_json(markup) for markup in found],
            "rotation": photo.rotation,
            "width": photo.width,
            "height": photo.height,
        }

    return data(await call.read(load))


async def add(call: Call) -> Response:
    """Draw on the photo: ``kind``, ``colour``, ``width``, ``points``, ``text``."""
    form = await call.form()
    shape, number = checked(_values(form)), call.number("photo")

    def change(connection: Any, person: Person, batch: Batch) -> int:  # noqa: ANN401
        return add_markup(connection, person, batch, number, shape)

    done = await call.write("", change)
    return changed(call, form, done.batch, {"id": done.value})


async def edit(call: Call) -> Response:
    """Change ``colour``, ``width``, ``points`` or ``text`` of a markup."""
    form = await call.form()
    values, number = _values(form), call.number("markup")

    def change(connection: Any, person: Person, batch: Batch) -> None:  # noqa: ANN401
        edit_markup(connection, person, batch, number, values)

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def delete(call: Call) -> Response:
    """Take a markup off its photo; it stays in the history."""
    form = await call.form()
    number = call.number("markup")

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        delete_markup(connection, person, number)

    done = await call.write("", change)
    return changed(call, form, done.batch)


def _values(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent, as JSON has it: a form without scripts sends texts."""
    found = dict(form)
    for name in ("width", "points"):
        if isinstance(found.get(name), str):
            try:
                found[name] = json_of(found[name])
            except (ValueError, RecursionError):
                wrong = f"the {name} of a markup are not readable"
                raise InvalidInput(wrong, key="markup_wrong") from None
    return found


_MARKUP = r"/-/markups/(?P<markup>[0-9]{1,18})"

ROUTES = (
    Route(PHOTO + "/markups", show, "view", json=True),
    Route(PHOTO + "/markup", add, "mark", ("POST",)),
    Route(_MARKUP + "/edit", edit, "mark", ("POST",)),
    Route(_MARKUP + "/delete", delete, "mark", ("POST",)),
)
