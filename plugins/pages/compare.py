"""``/tower-4/-/compare?a=17&b=23``: two photos, one over the other or side by side.

``mode`` is ``slide`` or ``side``, ``at`` how much of the second is covered (per cent).
Without ``b`` the page offers photos of the same place to choose from.
"""

from __future__ import annotations

from typing import Any

from archive.errors import InvalidInput
from archive.photos import Photo, get_photo, load_photos
from archive.rights import Viewer, viewer
from archive.search import Filter, find_photos
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, data
from plugins.pages.fields import whole
from plugins.pages.gallery import photo_json
from plugins.pages.pictures import preview_size

SUGGESTED = 24
MODES = ("slide", "side")


async def show(call: Call) -> Response:
    """Answer with both photos, or with one and what it may be compared with."""
    asked = {name: call.arg(name) for name in ("a", "b")}
    first, second = whole(asked, "a"), whole(asked, "b")
    if first is None:
        raise InvalidInput("name the photo to compare: a=17", key="compare")

    def load(connection: Any) -> tuple[Photo, Photo | None, list[Photo]]:  # noqa: ANN401
        who = viewer(connection.person)
        one = get_photo(connection, first, who)
        if second is None:
            return one, None, alike(connection, who, one)
        return one, get_photo(connection, second, who), []

    one, other, suggested = await call.read(load)
    if call.wants_json:
        return data(_as_json(call, one, other, suggested))
    mode = call.arg("mode") if call.arg("mode") in MODES else MODES[0]
    return await archive_page(
        call,
        "compare.html",
        {
            "one": one,
            "other": other,
            "pair": _pair(one, other) if other else (),
            "suggested": [(photo, address(call, one, photo)) for photo in suggested],
            "mode": mode,
            "at": _at(call.arg("at")),
            "swapped": call.links.to(
                "compare", a=second, b=first, mode=call.arg("mode"), at=call.arg("at")
            ),
        },
    )


def alike(connection: Any, who: Viewer | None, photo: Photo) -> list[Photo]:  # noqa: ANN401
    """Return the newest other photos of the same place; without one, of its album."""
    same = Filter("album", photo.album)
    if photo.location:
        same = Filter("location", photo.location)
    found = find_photos(connection, str(same), who, limit=SUGGESTED + 1)
    photos = load_photos(connection, found.ids)
    return [one for one in photos if one.id != photo.id][:SUGGESTED]


def address(call: Call, one: Photo, other: Photo) -> str:
    """Return the address that compares two photos, the older one first."""
    older, newer = sorted((one, other), key=lambda photo: (photo.shown_at, photo.id))
    return call.links.to("compare", a=older.id, b=newer.id)


def _pair(one: Photo, other: Photo) -> tuple[dict[str, Any], ...]:
    return tuple({"photo": p, "size": preview_size(p)} for p in (one, other))


def _at(asked: str) -> int:
    return min(100, int(asked)) if asked.isascii() and asked.isdigit() else 50


def _as_json(
    call: Call, one: Photo, other: Photo | None, suggested: list[Photo]
) -> dict[str, Any]:
    def told(photo: Photo) -> dict[str, Any]:
        return photo_json(photo, call.links, stars=call.may("star"))

    return {
        "photos": [told(photo) for photo in (one, other) if photo],
        "suggested": [told(photo) for photo in suggested],
    }


ROUTES = (Route("/-/compare", show, "view", json=True),)
