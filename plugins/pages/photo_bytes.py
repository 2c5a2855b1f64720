"""``/tower-4/-/photo/17/preview`` and the like: the bytes of a photo, and its tiles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from archive.errors import FileProblem, NotFound
from archive.pictures import TILE
from archive.pyramid_cache import Pyramid, pyramid, tile
from plugins import media
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import data, no_bytes
from plugins.security import CACHE


async def send_rendition(call: Call) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17/thumbnail``: a small picture."""
    photo = await media.look_up(call.database, call.number("photo"))
    if photo is None:
        return no_bytes()
    return await media.rendition(
        call.datasette, call.database, call.request, photo, call.names["name"]
    )


async def send_original(call: Call) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17/original``: the file as it came."""
    photo = await media.look_up(call.database, call.number("photo"))
    if photo is None:
        return no_bytes()
    download = call.arg("download") == "1"
    found = media.original(call.database, call.request, photo, download=download)
    return found or no_bytes(media.MISSING)


async def show_tiles(call: Call) -> Response:
    """``/tower-4/-/photo/17/tiles.json``: how large its pixels are, and how to ask.

    Where there are no tiles, ``width`` is null and ``reason`` says why.
    """
    photo, path = await _file(call)
    shop = media.workshop_of(call.datasette)
    cache = shop.cache(call.database)

    def measured() -> Pyramid:
        return pyramid(cache, shop.cutters, path, photo.sha256 or "")

    try:
        found = await asyncio.get_running_loop().run_in_executor(shop.lookers, measured)
    except FileProblem as problem:
        return data({"width": None, "height": None, "reason": problem.reason})
    url = call.links.to(f"photo/{photo.id}/tiles/")
    return data(
        {
            "width": found.width,
            "height": found.height,
            "tile": TILE,
            "url": url,
            "version": _version(photo),
        }
    )


async def send_tile(call: Call) -> Response:
    """``/tower-4/-/photo/17/tiles/2/0_1``: halved twice, first column, second row."""
    photo, path = await _file(call)
    place = tuple(int(call.names[name]) for name in ("halved", "column", "row"))
    named = call.arg("v") == _version(photo)
    headers = {CACHE: media.FOR_EVER if named else media.ASK_AGAIN}
    shop = media.workshop_of(call.datasette)
    cache = shop.cache(call.database)

    def cut() -> bytes:
        return tile(cache, shop.cutters, path, photo.sha256 or "", *place)

    try:
        body = await asyncio.get_running_loop().run_in_executor(shop.lookers, cut)
    except (FileProblem, NotFound) as problem:
        return no_bytes(getattr(problem, "reason", str(problem)))
    headers["content-length"] = str(len(body))
    sent = b"" if call.request.method == "HEAD" else body
    return Response(sent, headers=headers, content_type="image/jpeg")


async def _file(call: Call) -> tuple[media.Bytes, Path]:
    """Return the photo of the address and where its file is.

    :raises NotFound: no such photo for the person, or its file is not here
    """
    photo = await media.look_up(call.database, call.number("photo"))
    if photo is None:
        raise NotFound(
            f"there is no photo {call.number('photo')}",
            key="no_photo",
            number=call.number("photo"),
        )
    if photo.sha256 is None or photo.extension is None:
        raise NotFound(media.MISSING, key="file_missing")
    path = call.database.path_of(photo.sha256, photo.extension)
    if not await asyncio.to_thread(path.is_file):
        raise NotFound(media.MISSING, key="file_missing")
    return photo, path


def _version(photo: media.Bytes) -> str:
    """Return what stands in a tile's address. The viewer turns it, so: no rotation."""
    return media.version(photo.sha256, 0)


PHOTO = r"/-/photo/(?P<photo>[0-9]{1,18})"
_RENDITION = r"/(?P<name>thumbnail|medium|preview|sphere)"
_TILE = r"/tiles/(?P<halved>[0-9]{1,2})/(?P<column>[0-9]{1,5})_(?P<row>[0-9]{1,5})"

ROUTES = (
    Route(PHOTO + _RENDITION, send_rendition, "view"),
    Route(PHOTO + "/original", send_original, "download"),
    Route(PHOTO + "/tiles", show_tiles, "view", json=True),
    Route(PHOTO + _TILE, send_tile, "view"),
)
