"""``/-/storage/TOKEN``: where programs send the bytes of what they announced.

As services that store files do: no token of the API, but an address, and fields or
headers, that were signed when the upload was announced and hold for an hour. Bytes go
straight to the disk, whole or not at all.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive.arrivals import (
    Arrival,
    files,
    find_arrival,
    require_open,
)
from archive.clock import utc_now
from archive.errors import ArchiveError, StoreError
from archive.people import find_person
from archive.rights import allowed
from archive.uploads import parts
from plugins import receiving
from plugins.api import multipart, signing
from plugins.api.errors import UNKEPT, ApiError, Json, bad_request, forbidden, respond
from plugins.api.multipart import Limits, largest
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase
from plugins.media import disposition

if TYPE_CHECKING:
    from plugins.api.routing import ApiCall

SHA256 = "x-asbuilt-sha256"  # header of a segment, given with its address
_FORM, _SEGMENT, _FIELDS = "storage", "segment", "storage fields"
_SIGNATURE = "x-asbuilt-signature"  # the field that vouches for the others
_REFUSED = "The address has expired, or something of it was changed"
_TEXT = 100_000  # bytes of all fields; ours have 1,000


def form_of(call: ApiCall, arrival: Arrival) -> Json:
    """Return ``url`` and ``fields`` of a file that comes in one piece."""
    words = (arrival.uuid, arrival.person_id, arrival.bytes or 0, _until(arrival))
    token = signing.sign(call.datasette, call.database, _FORM, *words)
    fields = _fields(arrival)
    text = _canonical(arrival.uuid, fields.items())
    fields[_SIGNATURE] = signing.signature(call.datasette, call.database, _FIELDS, text)
    return {"url": f"{call.origin}/-/storage/{token}", "fields": fields}


def _fields(arrival: Arrival) -> dict[str, str]:
    policy = {"expiration": arrival.sends_until.isoformat(), "size": arrival.bytes}
    return {
        "key": f"uploads/{arrival.uuid}/{arrival.name}",
        "Content-Type": arrival.media_type or "application/octet-stream",
        "Content-Disposition": disposition(arrival.name, inline=False),
        "policy": base64.b64encode(json.dumps(policy).encode()).decode(),
    }


def _canonical(uuid: str, fields: Any) -> str:  # noqa: ANN401 - pairs
    return json.dumps([uuid, sorted(fields)])


def segment_of(call: ApiCall, arrival: Arrival, number: int) -> Json:
    """Return ``url`` and ``headers`` of one segment, counted from 0."""
    segment = (arrival.segments or ())[number]
    size = segment.size or 0
    words = (arrival.uuid, arrival.person_id, size, _until(arrival), number)
    token = signing.sign(call.datasette, call.database, _SEGMENT, *words)
    return {
        "url": f"{call.origin}/-/storage/{token}",
        "headers": {SHA256: segment.sha256},
    }


def _until(arrival: Arrival) -> int:
    return int(arrival.sends_until.timestamp())


async def take(datasette: Datasette, request: Request) -> Response:
    """Answer who sends a file, or a segment of one."""
    try:
        return await _taken(datasette, request)
    except ApiError as error:
        refusal = error
    except receiving.Cut:
        refusal = bad_request("The connection ended too early")
    except StoreError as error:
        refusal = ApiError(507, {"errors": [error.reason]})
    except ArchiveError:
        refusal = forbidden(_REFUSED)
    await receiving.drain(request)
    return respond(refusal)


async def _taken(datasette: Datasette, request: Request) -> Response:
    if "authorization" in request.headers:
        raise bad_request("No Authorization is sent here: the address is enough")
    token = request.url_vars["token"]
    if signed := signing.read(datasette, _FORM, token):
        _require_method(request, "POST")
        return await _take_form(datasette, request, signed)
    if signed := signing.read(datasette, _SEGMENT, token):
        _require_method(request, "PUT")
        return await _take_segment(datasette, request, signed)
    raise forbidden(_REFUSED)


def _require_method(request: Request, method: str) -> None:
    if request.method != method:
        only = {"errors": [f"Only {method} here"]}
        raise ApiError(405, only, {"allow": method})


async def _arrival(
    signed: signing.Signed, uuid: str, person_id: str, until: str
) -> Arrival:
    """Return what bytes are sent for, while they are of use and their sender may.

    :raises ApiError: 403
    :raises ArchiveError: likewise
    """
    if int(until) <= utc_now().timestamp():
        raise forbidden(_REFUSED)

    def look(connection: Any) -> Arrival:  # noqa: ANN401
        person = find_person(connection, int(person_id))
        if not allowed(person, "upload"):
            raise forbidden(_REFUSED)
        return find_arrival(connection, person, uuid)

    database = signed.database
    arrival = await database.look_up(look)
    require_open(database.folder, arrival)
    return arrival


async def _take_form(
    datasette: Datasette, request: Request, signed: signing.Signed
) -> Response:
    uuid, person_id, size, until = signed.words
    arrival = await _arrival(signed, uuid, person_id, until)
    most = int(size) or largest(datasette)

    def check(fields: Sequence[tuple[str, str]]) -> None:
        _require_unchanged(datasette, signed.database, uuid, fields)

    form = await multipart.read_form(
        datasette, signed.database, request, Limits(most, _TEXT), check
    )
    try:
        if form.file is None or form.file.field != "file":
            raise bad_request("The form has no part that is called file", "file")
        if int(size) and form.file.bytes != int(size):
            told = f"The file has {form.file.bytes:,} bytes, not {int(size):,}"
            raise bad_request(told, "file")
        if not form.file.bytes:
            raise bad_request("The file is empty", "file")
        await _arrival(signed, uuid, person_id, until)  # as it is by now
        await receiving.in_thread(
            datasette, files.publish, form.file.part, arrival.uuid
        )
    finally:
        multipart.discard(form)
    return Response("", status=204, headers=UNKEPT)


def _require_unchanged(
    datasette: Datasette,
    database: ArchiveDatabase,
    uuid: str,
    fields: Sequence[tuple[str, str]],
) -> None:
    """Refuse fields that are not those that were given out.

    :raises ApiError: 403
    """
    given = [value for name, value in fields if name == _SIGNATURE]
    others = [pair for pair in fields if pair[0] != _SIGNATURE]
    text = _canonical(uuid, others)
    if len(given) != 1 or not given[0].isascii():
        raise forbidden(_REFUSED)
    if not signing.is_signed(datasette, database, _FIELDS, text, given[0]):
        raise forbidden(_REFUSED)


async def _take_segment(
    datasette: Datasette, request: Request, signed: signing.Signed
) -> Response:
    uuid, person_id, size, until, number = signed.words
    arrival = await _arrival(signed, uuid, person_id, until)
    segment = (arrival.segments or ())[int(number)]
    if request.headers.get(SHA256, segment.sha256) != segment.sha256:
        raise forbidden(_REFUSED)
    most = int(size) or arrival.bytes or largest(datasette)
    _require_short(request.headers.get("content-length", ""), most)
    name = files.segment_name(uuid, int(number))
    etag = await _keep(datasette, signed.database, request, most, name)
    return Response("", headers={**UNKEPT, "etag": f'"{etag}"'})


def _require_short(length: str, most: int) -> None:
    if length.isdigit() and int(length) > most:
        raise bad_request(f"The segment has at most {most:,} bytes")


async def _keep(
    datasette: Datasette,
    database: ArchiveDatabase,
    request: Request,
    most: int,
    name: str,
) -> str:
    """Store a request's body under a name. Returns its MD5."""
    md5 = files.new_md5()

    def write(part: parts.Part, data: bytes) -> None:
        if part.offset + len(data) > most:
            raise bad_request(f"The segment has at most {most:,} bytes")
        parts.require_room(part, len(data))
        md5.update(data)
        parts.write(part, data)

    part = await receiving.in_thread(datasette, files.begin, database.folder, most)
    try:
        async for data in receiving.whole_pieces(request, receiving.PIECE):
            await receiving.in_thread(datasette, write, part, data)
        await receiving.in_thread(datasette, files.publish, part, name)
    finally:
        await receiving.in_thread(datasette, files.discard, part)
    return str(md5.hexdigest())


PUBLIC_ROUTES = [(r"/-/storage/(?P<token>[^/]+)$", take)]
