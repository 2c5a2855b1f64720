"""``/tower-4/-/photo/17/edit``: changing the fields of a photo.

A script sends one field as JSON, beside what it held when the person began: ``{
"description": "poured", "seen": {"description": ""}}``. The form sends all of them, as
``description`` and ``seen.description``. What was not touched is left as it is; what
somebody else changed meanwhile is a conflict (409), which tells both values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.albums import Album, list_albums, visible_album
from archive.batches import Batch
from archive.editing import RIGHTS, edit_photos
from archive.errors import Changed, InvalidInput
from archive.fields import fields_of
from archive.jobs.edits import edit_from
from archive.locations import get_location, list_locations
from archive.people import Person
from archive.photos import find_photo_id, get_photo
from archive.rights import viewer
from archive.settings import get_setting
from archive.trades import find_trade, list_trades
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, whole, wholes, word
from plugins.pages.photo_bytes import PHOTO
from plugins.templating import album_name, refusal


def _place(form: Mapping[str, Any], name: str) -> str | int | None:
    """Return a path such as ``Tower>Level 2``, or (from a script) an id."""
    value = form.get(name)
    return value if type(value) is int else word(form, name)


# field: how it is read. In a form, trades are boxes called "trade.3".
_READ = {
    "description": word,
    "album": whole,
    "location": _place,
    "trades": wholes,
    "private": flag,
    "starred": flag,
    "rotate": whole,
    "taken_at": word,
    "log_date": word,
}
_SEEN = {**_READ, "location": whole}


async def edit(call: Call) -> Response:
    """Show the form, or change what was sent."""
    if call.request.method != "POST":
        return await _show_form(call)
    form = plain(await call.form())
    seen, values = seen_in(form), values_in(form)
    number = call.number("photo")

    def change(connection: Any, person: Person, batch: Batch) -> dict[str, Any]:  # noqa: ANN401
        if values:
            wanted = edit_from(connection, person, batch, values)
            edit_photos(connection, person, [number], wanted, seen)
        find_photo_id(connection, number, viewer(person))  # also with nothing to change
        return _told(connection, number, call)

    try:
        done = await call.write("", change)
    except Changed as error:
        return await _tell_both(call, error, values)
    return changed(call, form, done.batch, {"fields": done.value})


def plain(form: dict[str, Any]) -> dict[str, Any]:
    """Return a form's fields as a script sends them: what it saw apart, trades listed.

    :raises InvalidInput: what was seen is no table of fields
    """
    if isinstance(form.get("seen"), dict):
        return form
    if "seen" in form:
        raise InvalidInput("what was seen is a table of fields")
    seen = {
        name.removeprefix("seen."): value
        for name, value in form.items()
        if name.startswith("seen.")
    }
    found = {name: value for name, value in form.items() if "." not in name}
    if "seen.trades" in form:
        found["trades"] = [
            name.removeprefix("trade.") for name in form if name.startswith("trade.")
        ]
    if found.get("taken_at") and found.get("taken_offset"):
        found["taken_at"] = f"{found['taken_at']}{found['taken_offset'].strip()}"
    if "location" in form and form["location"] == form.get("was.location"):
        found.pop("location", None)  # not touched: whatever it is called by now
    for name in ("private", "starred"):  # a box that is not ticked is not sent
        if f"seen.{name}" in form:
            found.setdefault(name, "0")
    return {**found, "seen": seen}


def values_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to change, as ``archive.jobs.edits`` takes it."""
    found = {}
    for name, read in _READ.items():
        if name in form and (name != "rotate" or form[name] not in ("", 0, "0")):
            value = read(form, name)
            if value is None and name in ("album", "private", "starred"):
                raise InvalidInput(f"{name} cannot be nothing")
            found[name] = "" if value is None else value
    return found


def seen_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields held when the person began, in the form of the archive."""
    seen = form.get("seen") or {}
    return {name: read(seen, name) for name, read in _SEEN.items() if name in seen}


def _told(connection: Any, number: int, call: Call) -> dict[str, Any]:  # noqa: ANN401
    """Return the fields as they are now, as far as the person may see them."""
    fields = fields_of(connection, number)
    if not call.may("star"):
        del fields["starred"]
    return fields


async def _tell_both(call: Call, error: Changed, values: dict[str, Any]) -> Response:
    """Answer that somebody else was quicker, with what the fields hold now."""
    if not call.wants_json:
        return await _show_form(call, error.now, values)

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        return _in_words(connection, error.now)

    body = {
        "ok": False,
        "error": refusal(error),
        "now": error.now,
        "shown": await call.read(load),
    }
    return Response.json(body, status=error.http_status)


def _in_words(connection: Any, fields: Mapping[str, Any]) -> dict[str, str]:  # noqa: ANN401
    """Return fields as a person reads them: names in place of numbers."""
    who = viewer(connection.person)

    def words(name: str, value: Any) -> str:  # noqa: ANN401
        if name == "album":
            return album_name(visible_album(connection, value, who))
        if name == "location":
            return get_location(connection, value).path if value else ""
        if name == "trades":
            return ", ".join(find_trade(connection, trade).name for trade in value)
        return str(value)

    return {name: words(name, value) for name, value in fields.items()}


async def _show_form(
    call: Call,
    now: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Response:
    """Answer with the form; after a conflict with both values of each field.

    :param now: what somebody else put into fields meanwhile
    :param values: what the person wrote, which is kept
    """
    number = call.number("photo")

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        who = viewer(connection.person)
        photo = get_photo(connection, number, who)
        return {
            "photo": photo,
            "fields": fields_of(connection, number),
            "albums": list_albums(connection, who),
            "locations": list_locations(connection, who),
            "trades": list_trades(connection, who),
            "new_tiers": _may_add_tiers(connection, call),
            "in_words": _in_words(connection, now or {}),
        }

    found = await call.read(load)
    live = found["photo"].recycled_at is None
    context = {
        **found,
        "now": now or {},
        "wrote": values or {},
        "can": {field: live and call.may(right) for field, right in RIGHTS.items()},
        "back": call.links.photo(number, call.arg("q")),
    }
    return await archive_page(call, "photo_edit.html", context, 409 if now else 200)


def _may_add_tiers(connection: Any, call: Call) -> bool:  # noqa: ANN401
    """Whether a location that is not there is made when it is named."""
    on_the_fly = bool(get_setting(connection, "locations_on_the_fly"))
    return call.may("edit_locations") or (on_the_fly and call.may("create_location"))


def _album(album: Album) -> dict[str, Any]:
    """Return an album to choose; ``label`` is its name in the reader's language."""
    label = album_name(album)
    return {
        "id": album.id,
        "name": album.name,
        "label": label,
        "private": album.private,
    }


async def show_choices(call: Call) -> Response:
    """``/tower-4/-/choices.json``: what the fields of a photo can be set to."""

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        who = viewer(connection.person)
        return {
            "albums": [_album(a) for a in list_albums(connection, who)],
            "locations": [
                {"id": place.id, "path": place.path}
                for place in list_locations(connection, who)
            ],
            "trades": [
                {"id": trade.id, "name": trade.name, "active": trade.active}
                for trade in list_trades(connection, who)
            ],
            "new_tiers": _may_add_tiers(connection, call),
        }

    return data(await call.read(load))


ROUTES = (
    Route(PHOTO + "/edit", edit, "describe", ("GET", "POST")),
    Route("/-/choices", show_choices, "describe", json=True),
)
