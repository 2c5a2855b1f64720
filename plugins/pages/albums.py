"""``/tower-4/-/albums``: the albums as cards, and what may be done with them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.albums import (
    UNCLASSIFIED_ID,
    Album,
    add_album,
    delete_album,
    list_albums,
    move_album,
    rename_album,
    set_album_private,
    set_cover,
    visible_album,
)
from archive.batches import Batch
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.rights import viewer
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, whole
from plugins.templating import album_name


async def show(call: Call) -> Response:
    """Answer with all albums that the person may know of, in their order."""

    def load(connection: Any) -> tuple[list[Album], dict[int, Photo]]:  # noqa: ANN401
        albums = list_albums(connection, viewer(connection.person))
        covers = load_photos(connection, [a.shown for a in albums if a.shown])
        return albums, {photo.id: photo for photo in covers}

    albums, covers = await call.read(load)
    cards = [_card(call, album, covers) for album in albums]
    if call.wants_json:
        return data({"albums": cards})
    return await archive_page(call, "albums.html", {"cards": cards})


def _card(call: Call, album: Album, covers: dict[int, Photo]) -> dict[str, Any]:
    """Return an album with its addresses; as JSON and for the template alike."""
    cover = covers.get(album.shown or 0)
    known = asdict(album)
    chosen = known.pop("cover_photo_id")
    known.pop("shown")
    return {
        **known,
        "unclassified": album.id == UNCLASSIFIED_ID,
        "label": album_name(album),
        "url": call.links.having("album", album_name(album)),
        "cover_is_chosen": chosen is not None,
        "cover_url": call.links.rendition(cover, "medium") if cover else None,
    }


async def add(call: Call) -> Response:
    """Add an album: ``name``, and ``private`` if it shall be."""
    form = await call.form()
    private = flag(form, "private")

    def change(connection: Any, person: Person, batch: Batch) -> Album:  # noqa: ANN401
        name = str(form.get("name", ""))
        return add_album(connection, person, batch, name, private=bool(private))

    done = await call.write("", change)
    url = call.links.having("album", done.value.name)
    return changed(call, form, done.batch, {"id": done.value.id, "url": url})


async def edit(call: Call) -> Response:
    """Rename an album, make it private or public, or let its newest photo be cover."""
    form = await call.form()
    private = flag(form, "private")

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        album = _album(call, connection, person)
        if "name" in form and str(form["name"]) != album.name:
            album = rename_album(connection, person, album, str(form["name"]))
        if private is not None and private != album.private:
            set_album_private(connection, person, album, private=private)
        if "cover" in form:
            set_cover(connection, person, album, whole(form, "cover"))

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def move(call: Call) -> Response:
    """Put an album before another (``before``: its id; empty: to the end)."""
    form = await call.form()
    before = whole(form, "before")

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        next_one = before and visible_album(connection, before, viewer(person))
        album = _album(call, connection, person)
        move_album(connection, person, album, next_one or None)

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def delete(call: Call) -> Response:
    """Delete an album; its photos go to the recycle bin."""
    form = await call.form()

    def change(connection: Any, person: Person, batch: Batch) -> int:  # noqa: ANN401
        album = _album(call, connection, person)
        return delete_album(connection, person, batch, album)

    done = await call.write("", change)
    return changed(call, form, done.batch, {"recycled": done.value})


def _album(call: Call, connection: Any, person: Person) -> Album:  # noqa: ANN401
    """Return the album of the address, if the person may know of it."""
    return visible_album(connection, call.number("album"), viewer(person))


_ALBUM = r"/-/albums/(?P<album>[0-9]{1,18})"

ROUTES = (
    Route("/-/albums", show, "view", json=True),
    Route("/-/albums/add", add, "create_album", ("POST",)),
    Route(_ALBUM + "/edit", edit, "rename_album", ("POST",)),
    Route(_ALBUM + "/move", move, "reorder_albums", ("POST",)),
    Route(_ALBUM + "/delete", delete, "delete_album", ("POST",)),
)
