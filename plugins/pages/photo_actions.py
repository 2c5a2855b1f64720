"""What is done with a whole photo: recycle, retrieve, purge, cover, project's photo."""

from __future__ import annotations

from typing import Any

from archive.albums import find_album, set_cover
from archive.batches import Batch
from archive.database import Archive
from archive.editing import recycle_photos, retrieve_photos
from archive.people import Person
from archive.photos import get_photo
from archive.project_photo import set_project_photo
from archive.purging import Ending, purge_photos, what_ends
from archive.rights import viewer
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, word
from plugins.pages.photo_bytes import PHOTO


async def recycle(call: Call) -> Response:
    """Put the photo in the recycle bin."""
    number = call.number("photo")

    def change(connection: Any, person: Person, batch: Batch) -> None:  # noqa: ANN401
        recycle_photos(connection, person, batch, [number])

    done = await call.write("", change)
    return changed(call, await call.form(), done.batch)


async def retrieve(call: Call) -> Response:
    """Take the photo out of the recycle bin."""
    number = call.number("photo")

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        retrieve_photos(connection, person, [number])

    done = await call.write("", change)
    return changed(call, await call.form(), done.batch)


async def purge(call: Call) -> Response:
    """Say what would be gone for good; with POST, delete it. There is no undo."""
    number = call.number("photo")
    if call.request.method != "POST":
        return await _ask_first(call, number)
    form = await call.form()
    reason = word(form, "reason") or ""

    def change(archive: Archive, person: Person) -> int:
        return purge_photos(archive, person, [number], reason)

    await call.change(change)
    home = call.links.gallery("is:recycled")
    return changed(call, {"next": home, **form}, None, {"url": home})


async def _ask_first(call: Call, number: int) -> Response:
    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        photo = get_photo(connection, number, viewer(connection.person))
        return {"photo": photo, "ending": what_ends(connection, number)}

    found = await call.read(load)
    if call.wants_json:
        ending: Ending = found["ending"]
        return data(
            {
                "filename": ending.filename,
                "bytes": ending.bytes,
                "comments": ending.comments,
                "markups": ending.markups,
                "file_stays": ending.file_stays,
            }
        )
    context = {
        **found,
        "to": {"purge": call.links.to(f"photo/{number}/purge")},
        "back": call.links.photo(number, call.arg("q")),
    }
    return await archive_page(call, "photo_purge.html", context)


async def cover(call: Call) -> Response:
    """Let the photo be the cover of its album, or (``on`` is no) the newest again."""
    form = await call.form()
    number = call.number("photo")
    wanted = number if flag(form, "on") is not False else None

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        photo = get_photo(connection, number, viewer(person))
        set_cover(connection, person, find_album(connection, photo.album_id), wanted)

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def stand_for_project(call: Call) -> Response:
    """Let the photo stand for the project, or (``on`` is no) none."""
    form = await call.form()
    number = call.number("photo")
    wanted = number if flag(form, "on") is not False else None

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        set_project_photo(connection, person, wanted)

    done = await call.write("", change)
    return changed(call, form, done.batch)


ROUTES = (
    Route(PHOTO + "/recycle", recycle, "recycle", ("POST",)),
    Route(PHOTO + "/retrieve", retrieve, "retrieve", ("POST",)),
    Route(PHOTO + "/purge", purge, "purge", ("GET", "POST"), json=True),
    Route(PHOTO + "/cover", cover, "rename_album", ("POST",)),
    Route(PHOTO + "/project-photo", stand_for_project, "settings", ("POST",)),
)
