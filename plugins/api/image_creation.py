"""Images that programs add: of an upload, of a file in the form, or of another image.

All forms that the contract's sources show are read: the upload's uuid at the top or
within ``upload``, JSON or multipart, ``image`` as an object or as JSON text (8.1, 8.2,
10.1). Each makes a new image, or nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.arrivals import (
    Arrival,
    Expired,
    NoArrival,
    NotThere,
    Used,
    find_arrival,
    require_usable,
    use,
)
from archive.database import Archive
from archive.errors import NotFound, StoreError
from archive.importing.copies import CopyOptions, copy_photo
from archive.importing.single import (
    PhotoOptions,
    Within,
    check_options,
    keep_photo,
    read_photo,
)
from archive.people import Person
from archive.uploads import parts
from plugins.api import bodies, multipart
from plugins.api.errors import Json, bad_request, gone, unprocessable
from plugins.api.image_forms import Attributes, read_attributes
from plugins.api.image_lists import answer_image
from plugins.api.routing import ApiCall
from plugins.compat import Response
from plugins.media import workshop_of

MULTIPART = "multipart/form-data"
# What is missing, by the key of the refusal: the field that named it
_FIELDS = {
    "no_album": "image_category_id",
    "no_location": "location_id",
    "no_trade": "trade_ids",
    "no_photo": "source_image_id",
}
FILE_FIELDS = ("image[data]", "data", "file")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a program asks for.

    :param name: the image's file name; "" where it is that of the upload
    :param uuid: of the upload that holds its bytes; "" for none
    :param file: that came with the request
    :param source: id of the image to copy
    """

    attributes: Attributes
    name: str = ""
    uuid: str = ""
    file: multipart.FormFile | None = None
    source: int | None = None


async def create_image(call: ApiCall) -> Response:
    """``POST /rest/v1.0/images``."""
    form = await _form(call)
    try:
        body = bodies.nested(form.fields) if form else await call.body()
        number = await _created(call, read_sent(body, form.file if form else None))
    finally:
        if form:
            await asyncio.to_thread(multipart.discard, form)
    return await answer_image(call, number, 201)


async def _form(call: ApiCall) -> multipart.Form | None:
    """Return the multipart form that was sent; None where it was something else."""
    if bodies.media_type(call.request.headers.get("content-type")) != MULTIPART:
        return None
    return await multipart.read_form(call.datasette, call.database, call.request)


def read_sent(body: Json, file: multipart.FormFile | None) -> Sent:
    """Return what a body asks for.

    :raises ApiError: 400 when it cannot be read, 422 when it asks for two things
    """
    image = bodies.part(body, "image", required=False)
    upload = bodies.part(body, "upload", required=False)
    if file is not None and file.field not in FILE_FIELDS:
        raise bad_request(f"A file is sent as image[data], not as {file.field[:60]}")
    if file is None and isinstance(image.get("data"), str):
        raise bad_request("image[data] is no file", "image.data")
    return Sent(
        attributes=read_attributes(image),
        name=_name(body.get("image_name"), upload.get("image_name"), image.get("name")),
        uuid=_uuid(body.get("upload_uuid"), upload.get("uuid")),
        file=file,
        source=bodies.whole_of(body, "source_image_id"),
    )


def _name(*names: Any) -> str:  # noqa: ANN401
    """Return the first name that was sent, without folders."""
    for name in names:
        if name in (None, ""):
            continue
        if not isinstance(name, str):
            raise bad_request("image_name is no text", "image_name")
        last = name.replace("\\", "/").rpartition("/")[2]
        if not last.strip() or "\0" in last:
            raise unprocessable("image_name", "is no file name")
        return last
    return ""


def _uuid(top: Any, inner: Any) -> str:  # noqa: ANN401
    """Return the upload's uuid; at the top it goes first."""
    for uuid in (top, inner):
        if uuid is not None and not isinstance(uuid, str):
            raise bad_request("The upload's uuid is no text", "upload_uuid")
    if top and inner and top != inner:
        raise unprocessable("upload_uuid", "and upload.uuid name different uploads")
    return str(top or inner or "")


async def _created(call: ApiCall, sent: Sent) -> int:
    """Make the image. Returns its number."""
    ways = [way for way in (sent.uuid, sent.file, sent.source) if way]
    if len(ways) != 1:
        told = "Send one of upload_uuid, image[data] and source_image_id"
        raise bad_request(told, "upload_uuid")
    try:
        if sent.source:
            return await _copied(call, sent, sent.source)
        if sent.file:
            name = sent.name or sent.file.name
            return await _added(call, sent, sent.file.path, name, None)
        return await _of_upload(call, sent)
    except NotFound as error:
        raise unprocessable(_FIELDS.get(error.key, "base"), str(error)) from None


async def _of_upload(call: ApiCall, sent: Sent) -> int:
    try:
        return await _used_up(call, sent)
    except NoArrival:
        raise unprocessable("upload_uuid", "there is no such upload") from None
    except (Used, NotThere) as error:
        raise unprocessable("upload_uuid", str(error)) from None
    except Expired as error:
        raise gone(str(error)) from None


async def _used_up(call: ApiCall, sent: Sent) -> int:
    """Make the image of an upload, whose bytes go then."""

    def usable(archive: Archive, person: Person) -> Arrival:
        return _usable(archive, person, sent.uuid)

    arrival = await call.change(usable)
    path = parts.path_of(call.database.folder, arrival.uuid)
    name = sent.name or arrival.name or "unnamed"
    try:
        number = await _added(call, sent, path, name, arrival)
    except StoreError:
        await call.change(usable)  # perhaps another was quicker, and its bytes went
        raise
    await asyncio.to_thread(parts.remove, call.database.folder, arrival.uuid)
    return number


def _usable(archive: Archive, person: Person, uuid: str) -> Arrival:
    arrival = find_arrival(archive.connection, person, uuid)
    require_usable(archive.folder, arrival)
    return arrival


async def _added(
    call: ApiCall, sent: Sent, path: Path, name: str, arrival: Arrival | None
) -> int:
    """Make a photo of a file: read where nobody waits, kept where changes are made."""
    options = options_of(sent.attributes)
    await call.change(lambda archive, who: check_options(archive, who, options))
    workshop = workshop_of(call.datasette)
    loop = asyncio.get_running_loop()
    read = await loop.run_in_executor(
        workshop.threads, read_photo, workshop.pool, path, name
    )
    cache = workshop.cache(call.database)

    def keep(archive: Archive, person: Person) -> int:
        within: Within | None = None
        if arrival is not None:

            def within(connection: Any) -> None:  # noqa: ANN401
                use(connection, person, arrival)

        return keep_photo(archive, person, read, options, within=within, cache=cache)

    return await call.change(keep)


async def _copied(call: ApiCall, sent: Sent, source: int) -> int:
    options = copy_options_of(sent)
    return await call.change(
        lambda archive, person: copy_photo(archive, person, source, options)
    )


def copy_options_of(sent: Sent) -> CopyOptions:
    """Return in what a copy is to differ: in what was sent, and in no more."""
    asked, given = sent.attributes, sent.attributes.given
    return CopyOptions(
        name=sent.name or None,
        album=asked.album,
        location=asked.location if "location" in given else None,
        path=asked.tiers,
        trades=asked.trades if "trades" in given else None,
        description=asked.description if "description" in given else None,
        private=asked.private,
        starred=bool(asked.starred),
        log_date=asked.log_date,
    )


def options_of(sent: Attributes) -> PhotoOptions:
    """Return what a new photo is to be."""
    return PhotoOptions(
        album=sent.album,
        location=sent.location or None,
        path=sent.tiers,
        trades=sent.trades,
        description=sent.description,
        private=sent.private,
        starred=bool(sent.starred),
        log_date=sent.log_date,
    )
