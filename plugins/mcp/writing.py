"""Tools that change photos and albums: one batch each, as far as the rights go."""

from __future__ import annotations

from typing import Any

from archive.albums import add_album
from archive.batches import Batch
from archive.editing import edit_photos, recycle_photos, retrieve_photos
from archive.people import Person
from archive.photos import get_photo
from archive.rights import viewer
from plugins.api.errors import Json
from plugins.api.image_forms import edit_of, read_attributes
from plugins.mcp.reading import image_of
from plugins.mcp.tools import DATA, Tool, a, numbers
from plugins.mcp.visits import Visit

_ID = {"id": a("integer", "The image")}
_ATTRIBUTES: dict[str, Json] = {
    "description": a("string", "What it shows"),
    "image_category_id": a("integer", "The album to move it to"),
    "location_id": a("integer", "Where it was taken"),
    "trade_ids": numbers("Its trades: these and no others"),
    "log_date": a("string", "Day of the daily log, 2026-05-11; empty: none"),
    "private": a("boolean", "Only for its uploader and who may see private photos"),
    "starred": a("boolean", "Starred in the project"),
}


async def update_image(visit: Visit, given: Json) -> Json:
    """Change what is given of an image; the rest stays."""
    number = given["id"]
    sent = read_attributes({k: v for k, v in given.items() if k in _ATTRIBUTES})

    def change(connection: Any, person: Person, opened: Batch) -> None:  # noqa: ANN401
        get_photo(connection, number, viewer(person))
        edit = edit_of(connection, person, opened, sent)
        if edit.given():
            edit_photos(connection, person, [number], edit)

    await visit.write(change)
    return await image_of(visit, number)


async def delete_image(visit: Visit, given: Json) -> Json:
    """Put an image in the recycle bin."""
    number = given["id"]
    await visit.write(lambda c, who, opened: recycle_photos(c, who, opened, [number]))
    return {"id": number, "deleted": True}


async def retrieve_image(visit: Visit, given: Json) -> Json:
    """Take an image out of the recycle bin."""
    number = given["id"]
    await visit.write(lambda c, who, _: retrieve_photos(c, who, [number]))
    return await image_of(visit, number)


async def create_album(visit: Visit, given: Json) -> Json:
    """Add an album."""

    def change(connection: Any, person: Person, opened: Batch) -> Json:  # noqa: ANN401
        private = bool(given.get("private"))
        album = add_album(connection, person, opened, given["name"], private=private)
        return {"id": album.id, "name": album.name, "private": album.private}

    return await visit.write(change)


TOOLS = (
    Tool(
        "update_image",
        "Changes a photo's description, album, location, trades, log day or marks."
        + DATA,
        update_image,
        {**_ID, **_ATTRIBUTES},
        ("id",),
        writes=True,
    ),
    Tool(
        "delete_image",
        "Puts a photo in the recycle bin, from where it can be taken out.",
        delete_image,
        _ID,
        ("id",),
        writes=True,
    ),
    Tool(
        "retrieve_image",
        "Takes a photo out of the recycle bin." + DATA,
        retrieve_image,
        _ID,
        ("id",),
        writes=True,
    ),
    Tool(
        "create_album",
        "Adds an album.",
        create_album,
        {
            "name": a("string", "Its name"),
            "private": a("boolean", "Only for who may see private photos"),
        },
        ("name",),
        writes=True,
    ),
)
