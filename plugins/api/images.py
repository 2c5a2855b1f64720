"""Images: one of them shown, changed, put in the bin, taken out of it, ended."""

from __future__ import annotations

from typing import Any

from archive.batches import Batch, batch
from archive.database import Archive
from archive.editing import edit_photos, recycle_photos, retrieve_photos
from archive.errors import NotFound
from archive.people import Person
from archive.photos import get_photo
from archive.purging import find_tombstone, purge_photos
from archive.rights import allowed, require, viewer
from plugins.api import bodies
from plugins.api.errors import not_found
from plugins.api.image_creation import create_image
from plugins.api.image_forms import edit_of, read_attributes
from plugins.api.image_lists import (
    DELETED,
    LIST,
    PROJECT,
    SORT,
    VIEW,
    answer_image,
    list_bin,
    list_images,
    one_view,
)
from plugins.api.params import BOOLEAN, Param
from plugins.api.pictures import tombstone
from plugins.api.routing import ApiCall, answer, get, write
from plugins.compat import Response

IMAGES = "/rest/v1.0/images"
IMAGE = f"{IMAGES}/{{id}}"
_PERMANENT = Param("permanent", BOOLEAN, "true: for good, not into the recycle bin")


async def show_image(call: ApiCall) -> Response:
    """``GET …/images/{id}``: one in the bin only to who asks for deleted ones."""
    number = call.names["id"]
    who = viewer(call.person)

    def look(connection: Any) -> Any:  # noqa: ANN401
        try:
            return get_photo(connection, number, who)
        except NotFound:
            return find_tombstone(connection, number)

    found = await call.read(look)
    deleted = found is None or isinstance(found, tuple) or found.recycled_at is not None
    if found is None or (deleted and not _wants_deleted(call)):
        raise not_found(f"there is no image {number}")
    if isinstance(found, tuple):
        return answer(tombstone(found))
    return await answer_image(call, number)


def _wants_deleted(call: ApiCall) -> bool:
    asked = call.args.get(DELETED.name) in ("only", "with")
    return asked and allowed(call.person, "retrieve")


async def update_image(call: ApiCall) -> Response:
    """``PATCH …/images/{id}``: what is sent is changed, the rest stays."""
    number = call.names["id"]
    one_view(call)
    sent = read_attributes(bodies.part(await call.body(), "image"))

    def change(connection: Any, person: Person, opened: Batch) -> None:  # noqa: ANN401
        get_photo(connection, number, viewer(person))
        edit = edit_of(connection, person, opened, sent)
        if edit.given():
            edit_photos(connection, person, [number], edit)

    await call.write("", change)
    return await answer_image(call, number)


async def delete_image(call: ApiCall) -> Response:
    """``DELETE …/images/{id}``: into the bin, or for good."""
    number = call.names["id"]
    if call.args["permanent"]:
        await call.change(lambda archive, person: _end(archive, person, number))
    else:
        await call.write(
            "", lambda c, p, opened: recycle_photos(c, p, opened, [number])
        )
    return answer({})


def _end(archive: Archive, person: Person, number: int) -> None:
    """Purge a photo, by way of the bin when it is not there yet."""
    require(person, "purge")
    connection = archive.connection
    photo = get_photo(connection, number, viewer(person))
    if not photo.recycled_at:
        with batch(connection, person) as opened:
            recycle_photos(connection, person, opened, [number])
    purge_photos(archive, person, [number])


async def retrieve_image(call: ApiCall) -> Response:
    """``PATCH …/images/{id}/retrieve``, also POST and PUT: out of the bin."""
    number = call.names["id"]
    await call.write("", lambda c, person, _: retrieve_photos(c, person, [number]))
    return await answer_image(call, number)


_ONE = (PROJECT, VIEW)
ENDPOINTS = (
    get(
        IMAGES,
        list_images,
        "view",
        "The images of a project",
        (*LIST, SORT),
        "[image]",
    ),
    write(
        "POST",
        IMAGES,
        create_image,
        "upload",
        "Add an image",
        _ONE,
        sends=("image_create", "image"),
        status=201,
        form="image_create_form",
    ),
    get(
        f"{IMAGES}/recycle_bin",
        list_bin,
        "retrieve",
        "What is in the recycle bin or was deleted for good (an extension)",
        (*LIST, SORT),
        "[image]",
    ),
    get(IMAGE, show_image, "view", "One image", (*_ONE, DELETED), "image"),
    write(
        "PATCH",
        IMAGE,
        update_image,
        "view",  # each field has its own right
        "Change an image",
        _ONE,
        sends=("image_update", "image"),
    ),
    write(
        "DELETE",
        IMAGE,
        delete_image,
        "recycle",
        "Put an image in the recycle bin, or delete it for good",
        (PROJECT, _PERMANENT),
    ),
    *(
        write(
            method,
            f"{IMAGE}/retrieve",
            retrieve_image,
            "retrieve",
            "Take an image out of the recycle bin",
            _ONE,
            sends=("", "image"),
        )
        for method in ("PATCH", "POST", "PUT")
    ),
)
