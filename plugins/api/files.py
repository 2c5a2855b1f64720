"""``/-/files/TOKEN/crane.jpg``: the bytes of photos, by addresses that expire.

Such an address is given with an image to whoever may see it then, and holds without a
token: clients send one along, or do not, or to where they are led. What it shows is
guarded as on a page, for the person it was given to and at the moment it is asked for:
a photo that became private is not there any more, nor is one for somebody who left.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.rights import allowed
from plugins import actors, media
from plugins.api import signing
from plugins.api.errors import forbidden, not_found, respond
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase
from plugins.files import FileResponse
from plugins.pages.answers import refuse_method

if TYPE_CHECKING:
    from archive.photos import Photo
    from plugins.api.routing import ApiCall

LASTS = 24 * 3600  # seconds, and up to STEP more
# The same address is given for so many seconds, so that a client can keep what it got
STEP = 3600
ORIGINAL, THUMBNAIL = "o", "t"
_RENDITION = "medium"  # 720 px: what the contract calls a large thumbnail
_WHAT = "file"
_ORIGIN = "asbuilt.origin"  # in a request's scope
_RIGHTS = {ORIGINAL: "download", THUMBNAIL: "view"}


def file_urls(call: ApiCall, photo: Photo) -> tuple[str | None, str | None]:
    """Return where the original and the thumbnail of a photo are fetched.

    None: its bytes are not here, or the person may not have them.
    """
    if photo.sha256 is None or photo.extension is None:
        return None, None
    name = media.safe_name(photo.filename, photo.media_type or "", photo.extension)
    thumbnail = f"{name.rpartition('.')[0] or name} thumbnail.jpg"
    may_download = allowed(call.person, _RIGHTS[ORIGINAL])
    return (
        _url(call, photo.id, ORIGINAL, name) if may_download else None,
        _url(call, photo.id, THUMBNAIL, thumbnail),
    )


def _url(call: ApiCall, number: int, kind: str, name: str) -> str:
    words = (number, kind, call.person.id, _expires())
    token = signing.sign(call.datasette, call.database, _WHAT, *words)
    shown = quote(name.encode("utf-8", "replace"))
    return f"{_origin(call)}/-/files/{token}/{shown}"


def _origin(call: ApiCall) -> str:
    """Return the origin of a call, found out once for all of its addresses."""
    scope = call.request.scope
    if _ORIGIN not in scope:
        scope[_ORIGIN] = call.origin
    return str(scope[_ORIGIN])


def _expires() -> int:
    """Return when an address that is given now ends, in seconds since 1970."""
    return (int(time.time()) // STEP + 1) * STEP + LASTS


async def send_file(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer who fetches a file."""
    refusal = refuse_method(request)
    if refusal:
        return refusal
    signed = signing.read(datasette, _WHAT, request.url_vars["token"])
    if signed is None:
        return respond(not_found())
    number, kind, person, expires = signed.words
    if int(expires) <= time.time():
        return respond(forbidden("This address has expired; ask for the image again"))
    actor = {"id": person, "people": {signed.database.name: int(person)}}
    state = actors.begin(actors.nonce(), actors.language())
    actors.log_in(actor)
    try:
        answer = await _send(
            datasette, request, signed.database, actor, int(number), kind
        )
    finally:
        actors.end(state)
    return answer


async def _send(  # noqa: PLR0917
    datasette: Datasette,
    request: Request,
    database: ArchiveDatabase,
    actor: actors.Actor,
    number: int,
    kind: str,
) -> Response | FileResponse:
    """Answer with what the actor may have at this moment."""
    person = await database.person(actor)
    if person is None or not allowed(person, _RIGHTS[kind]):
        return respond(not_found())
    photo = await media.look_up(database, number)
    if photo is None:
        return respond(not_found())
    if kind == ORIGINAL:
        found = media.original(database, request, photo, download=False)
        return found or respond(not_found())
    return await media.rendition(datasette, database, request, photo, _RENDITION)


PUBLIC_ROUTES = [(r"/-/files/(?P<token>[^/]+)/[^/]*$", send_file)]
