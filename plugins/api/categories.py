"""Image categories: the albums. The forms of list and show differ, as the remote's do.

Counts and covers are those that the caller may see; what the caller may not do has no
link (contract 3).
"""

from __future__ import annotations

from typing import Any

from archive.albums import (
    UNCLASSIFIED_ID,
    Album,
    add_album,
    albums_changed,
    delete_album,
    list_albums,
    rename_album,
    set_album_private,
    set_cover,
    visible_album,
)
from archive.batches import Batch
from archive.errors import InvalidInput
from archive.people import Person
from archive.photos import load_photos
from archive.rights import allowed, viewer
from plugins.api import bodies
from plugins.api.errors import Json, unprocessable
from plugins.api.files import file_urls
from plugins.api.image_lists import PROJECT
from plugins.api.paging import PAGING, cut
from plugins.api.params import MOMENTS, Param, stamps
from plugins.api.pictures import moment
from plugins.api.projects import number_of
from plugins.api.routing import ApiCall, answer, get, listed, write
from plugins.compat import Response

CATEGORIES = "/rest/v1.0/image_categories"
CATEGORY = f"{CATEGORIES}/{{id}}"
_UPDATED = Param("filters[updated_at]", MOMENTS, "Changes of the images inside")


async def list_categories(call: ApiCall) -> Response:
    """``GET /rest/v1.0/image_categories``."""
    who = viewer(call.person)
    albums = await call.read(lambda connection: list_albums(connection, who))
    page = list(enumerate(albums, 1))
    some = cut(page, call.wish)
    covers = await _covers(call, [album for _, album in some])
    rows = [
        {
            **_form(album, position),
            "updated_at": moment(album.updated_at),
            "cover_photo": covers.get(album.shown or 0),
            "links": _links(call, album),
        }
        for position, album in some
    ]
    return listed(call, rows, len(albums))


async def _covers(call: ApiCall, albums: list[Album]) -> dict[int, str | None]:
    ids = [album.shown for album in albums if album.shown]
    photos = await call.read(lambda connection: load_photos(connection, ids))
    return {photo.id: file_urls(call, photo)[1] for photo in photos}


def _form(album: Album, position: int) -> Json:
    return {
        "id": album.id,
        "name": album.name,
        "position": position,
        "private": album.private,
        "count": album.photos or 0,
        "created_at": moment(album.created_at),
    }


def _links(call: ApiCall, album: Album) -> Json:
    address = f"{CATEGORIES}/{album.id}?project_id={number_of(call.database)}"
    found = {"show": address}
    if album.id == UNCLASSIFIED_ID:
        return found
    if allowed(call.person, "rename_album"):
        found["update"] = address
    if allowed(call.person, "delete_album"):
        found["delete"] = address
    return found


async def show_category(call: ApiCall) -> Response:
    """``GET …/image_categories/{id}``."""
    return await _shown(call, call.names["id"])


async def _shown(call: ApiCall, number: int, status: int = 200) -> Response:
    who = viewer(call.person)

    def look(connection: Any) -> tuple[int, Album]:  # noqa: ANN401
        visible_album(connection, number, who)
        every = enumerate(list_albums(connection, who), 1)
        return next((at, album) for at, album in every if album.id == number)

    position, album = await call.read(look)
    cover = album.cover_photo_id
    return answer({**_form(album, position), "album_cover_id": cover}, status)


async def ids_with_images(call: ApiCall) -> Response:
    """``GET …/image_categories/ids_with_images``: not paged."""
    who, window = viewer(call.person), call.args[_UPDATED.name]
    if window is None:
        albums = await call.read(lambda connection: list_albums(connection, who))
        return answer([album.id for album in albums if album.photos])
    first, last = stamps(window)
    return answer(await call.read(lambda c: albums_changed(c, who, first, last)))


async def create_category(call: ApiCall) -> Response:
    """``POST /rest/v1.0/image_categories``."""
    sent = bodies.part(await call.body(), "image_category")
    name, private, cover = _read(sent)

    def change(connection: Any, person: Person, opened: Batch) -> int:  # noqa: ANN401
        album = add_album(connection, person, opened, name or "", private=bool(private))
        if cover:
            set_cover(connection, person, album, cover)
        return album.id

    if name is None:
        raise unprocessable("name", "can't be blank")
    return await _shown(call, await call.write("", change), 201)


async def update_category(call: ApiCall) -> Response:
    """``PATCH …/image_categories/{id}``; the name may be left out (contract 8.22)."""
    number = call.names["id"]
    sent = bodies.part(await call.body(), "image_category")
    name, private, cover = _read(sent)

    def change(connection: Any, person: Person, opened: Batch) -> None:  # noqa: ANN401, ARG001
        album = visible_album(connection, number, viewer(person))
        if name is not None and name != album.name:
            album = rename_album(connection, person, album, name)
        if private is not None and private != album.private:
            album = set_album_private(connection, person, album, private=private)
        if "album_cover_id" in sent and cover != album.cover_photo_id:
            _set_cover(connection, person, album, cover)

    await call.write("", change)
    return await _shown(call, number)


def _set_cover(
    connection: Any,  # noqa: ANN401
    person: Person,
    album: Album,
    cover: int | None,
) -> None:
    try:
        set_cover(connection, person, album, cover)
    except InvalidInput as error:
        raise unprocessable("album_cover_id", str(error)) from None


async def delete_category(call: ApiCall) -> Response:
    """``DELETE …/image_categories/{id}``: its photos go to the recycle bin."""
    number = call.names["id"]

    def change(connection: Any, person: Person, opened: Batch) -> None:  # noqa: ANN401
        album = visible_album(connection, number, viewer(person))
        delete_album(connection, person, opened, album)

    await call.write("", change)
    return answer({})


def _read(sent: Json) -> tuple[str | None, bool | None, int | None]:
    """Return name, private and cover, as far as they were sent."""
    return (
        bodies.text_of(sent, "name", "image_category"),
        bodies.flag_of(sent, "private", "image_category"),
        bodies.whole_of(sent, "album_cover_id", "image_category"),
    )


_IN = (PROJECT,)
_SENDS = ("image_category_write", "image_category_show")
ENDPOINTS = (
    get(
        CATEGORIES,
        list_categories,
        "view",
        "The albums, in their order",
        (PROJECT, *PAGING),
        "[image_category]",
    ),
    get(
        f"{CATEGORIES}/ids_with_images",
        ids_with_images,
        "view",
        "The albums that have images, or images changed in a window",
        (PROJECT, _UPDATED),
        "[integer]",
    ),
    get(CATEGORY, show_category, "view", "One album", _IN, "image_category_show"),
    write(
        "POST",
        CATEGORIES,
        create_category,
        "create_album",
        "Create an album",
        _IN,
        sends=_SENDS,
        status=201,
    ),
    write(
        "PATCH",
        CATEGORY,
        update_category,
        "view",  # each field has its own right
        "Change an album",
        _IN,
        sends=_SENDS,
    ),
    write(
        "DELETE",
        CATEGORY,
        delete_category,
        "delete_album",
        "Delete an album; its images go to the recycle bin",
        _IN,
    ),
)
