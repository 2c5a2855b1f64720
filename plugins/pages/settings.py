"""``/tower-4/-/settings``: how the archive behaves, and who may do what in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.batches import Batch
from archive.people import (
    GRANULAR,
    OWNER_ID,
    Person,
    add_person,
    edit_person,
    find_person,
    list_people,
)
from archive.rights import LEVELS
from archive.settings import KNOWN, get_setting, set_setting, subscribe
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, whole, wholes, word

# What this page lets one set, in its order; "subscribers" stands beside the people.
FLAGS = ("private_by_default", "new_albums_first", "locations_on_the_fly")
NUMBERS = ("copies_elsewhere", "copies_days")


async def show(call: Call) -> Response:
    """Answer with all settings and all people."""

    def load(connection: Any) -> tuple[dict[str, object], list[Person]]:  # noqa: ANN401
        values = {key: get_setting(connection, key) for key in KNOWN}
        return values, list_people(connection)

    values, people = await call.read(load)
    listed = [_line(person, values["subscribers"]) for person in people]
    if call.wants_json:
        return data({"settings": values, "people": listed})
    context = {
        "values": values,
        "people": listed,
        "flags": FLAGS,
        "numbers": NUMBERS,
        "levels": LEVELS,
        "granular": GRANULAR,
    }
    return await archive_page(call, "settings.html", context)


def _line(person: Person, subscribers: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        **asdict(person),
        "owner": person.id == OWNER_ID,
        "subscribed": person.id in subscribers,
    }


async def edit(call: Call) -> Response:
    """Change the settings that are given: a name, a number, yes or no, subscribers."""
    form = await call.form()
    values: dict[str, object] = {
        key: value for key in FLAGS if (value := flag(form, key)) is not None
    }
    values |= {n: found for n in NUMBERS if (found := whole(form, n)) is not None}
    if (name := word(form, "project_name")) is not None:
        values["project_name"] = name
    if "subscribers" in form:
        values["subscribers"] = wholes(form, "subscribers")

    def change(connection: Any, person: Person, _: Batch) -> str:  # noqa: ANN401
        for key, value in values.items():
            if value != get_setting(connection, key):
                set_setting(connection, person, key, value)
        return str(get_setting(connection, "project_name"))

    done = await call.write("", change)
    call.database.title = done.value or call.database.folder.name
    return changed(call, form, done.batch)


async def add(call: Call) -> Response:
    """Add a person: ``name``, ``login``, ``level`` and rights."""
    form = await call.form()

    def change(connection: Any, person: Person, batch: Batch) -> Person:  # noqa: ANN401
        return add_person(
            connection,
            person,
            batch,
            word(form, "name") or "",
            login=word(form, "login") or None,
            level=word(form, "level") or "read_only",
            rights=tuple(right for right in GRANULAR if flag(form, right)),
        )

    done = await call.write("", change)
    return changed(call, form, done.batch, {"id": done.value.id})


async def edit_one(call: Call) -> Response:
    """Change a person's name, login, level, rights, or whether they are active.

    ``subscribed`` says whether they want to hear of new photos.
    """
    form = await call.form()
    rights = {r: on for r in GRANULAR if (on := flag(form, r)) is not None}
    subscribed = flag(form, "subscribed")

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        found = find_person(connection, call.number("person"))
        edit_person(
            connection,
            person,
            found,
            name=word(form, "name"),
            login=word(form, "login") or None,
            level=word(form, "level"),
            rights=rights,
            active=flag(form, "active"),
        )
        if subscribed is not None:
            subscribe(connection, person, found.id, wanted=subscribed)

    done = await call.write("", change)
    return changed(call, form, done.batch)


ROUTES = (
    Route("/-/settings", show, "settings", json=True),
    Route("/-/settings/edit", edit, "settings", ("POST",)),
    Route("/-/people/add", add, "edit_people", ("POST",)),
    Route(
        r"/-/people/(?P<person>[0-9]{1,18})/edit", edit_one, "edit_people", ("POST",)
    ),
)
