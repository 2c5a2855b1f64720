"""Uploads: a program announces a file, sends it, and makes an image of it.

In one piece (classic) or in segments, of a project or of a company, v1.0 and v1.1
alike; and in the form of v2.1, whose upload_id is the uuid of the others (contract 4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from archive.arrivals import (
    Announced,
    Arrival,
    Claim,
    Expired,
    Mismatch,
    Segment,
    TooLarge,
    announce,
    complete,
    files,
    find_arrival,
)
from archive.database import Archive
from archive.errors import InvalidInput
from archive.people import Person
from archive.uploads.parts import DiskFull
from plugins import receiving
from plugins.api import bodies, multipart, storage
from plugins.api.errors import Json, bad_request, gone, unprocessable
from plugins.api.routing import ApiCall, Endpoint, View, answer, get, write
from plugins.compat import Response

T = TypeVar("T")

READY, COMPLETE, AVAILABLE = "ready", "complete", "available"
_MOST_SEGMENTS = 10_000
_ECHOED = {"uploader_tool_name": str, "custom_metadata": dict}
_PLACES = ("projects/{project_id}", "companies/{company_id}")
_UNIFIED = (
    "/rest/v2.1/companies/{company_id}/projects/{project_id}/uploads",
    "/rest/v2.1/companies/{company_id}/uploads",
)


async def create(call: ApiCall) -> Response:
    """``POST …/uploads``: say what will be sent; told where to."""
    sent = await call.body()
    announced = Announced(
        name=_text(sent, "response_filename"),
        media_type=_text(sent, "response_content_type"),
        bytes=bodies.whole_of(sent, "size"),
        segments=_segments(sent.get("segments")),
    )
    return answer(shown(call, await _announced(call, announced)), 201)


async def show(call: ApiCall) -> Response:
    """``GET …/uploads/{uuid}``."""
    return answer(shown(call, await _found(call)))


async def finish(call: ApiCall) -> Response:
    """``PATCH …/uploads/{uuid}``: all segments were sent; their ETags, in order."""
    claims = [
        Claim(
            bodies.whole_of(one, "size"),
            _hex(one, "sha256"),
            _hex(one, "md5"),
            _etag(one.get("etag")),
        )
        for one in _objects((await call.body()).get("segments"), "segments")
    ]
    return answer(shown(call, await _completed(call, claims)))


def shown(call: ApiCall, arrival: Arrival) -> Json:
    """Return an upload: classic or segmented."""
    if arrival.segments is None:
        return {"uuid": arrival.uuid, **storage.form_of(call, arrival)}
    whole = is_complete(call, arrival)
    segments = [
        {
            **({} if segment.size is None else {"size": segment.size}),
            "sha256": segment.sha256,
            "md5": segment.md5,
            **({} if whole else storage.segment_of(call, arrival, number)),
        }
        for number, segment in enumerate(arrival.segments)
    ]
    status = COMPLETE if whole else READY
    return {"uuid": arrival.uuid, "status": status, "segments": segments}


def is_complete(call: ApiCall, arrival: Arrival) -> bool:
    """Whether all of its bytes came."""
    if arrival.used_at is not None:
        return True
    return files.is_whole(call.database.folder, arrival.uuid)


async def create_unified(call: ApiCall) -> Response:
    """``POST /rest/v2.1/…/uploads``."""
    sent = await call.body()
    segments = _segments(sent.get("segments"))
    if segments is None:
        raise bad_request("segments is missing", "segments")
    announced = Announced(
        name=_text(sent, "file_name"),
        media_type=_text(sent, "content_type"),
        bytes=bodies.whole_of(sent, "file_size"),
        segments=segments,
    )
    arrival = await _announced(call, announced)
    told = unified(call, arrival)
    echoed = {
        name: sent[name]
        for name, kind in _ECHOED.items()
        if isinstance(sent.get(name), kind)
    }
    return answer({"data": {**told, **echoed}}, 201)


async def show_unified(call: ApiCall) -> Response:
    """``GET /rest/v2.1/…/uploads/{uuid}``, by which clients wait until it is there."""
    return answer({"data": unified(call, await _found(call))})


async def finish_unified(call: ApiCall) -> Response:
    """``PATCH /rest/v2.1/…/uploads/{uuid}``: the ETags of all segments, in order."""
    tags = (await call.body()).get("part_etags")
    if not isinstance(tags, list):
        raise bad_request("part_etags is no list", "part_etags")
    claims = [Claim(etag=_etag(tag)) for tag in tags[: _MOST_SEGMENTS + 1]]
    return answer({"data": unified(call, await _completed(call, claims))})


def unified(call: ApiCall, arrival: Arrival) -> Json:
    """Return an upload as v2.1 shows it."""
    whole, until = is_complete(call, arrival), int(arrival.sends_until.timestamp())
    segments = [
        {**storage.segment_of(call, arrival, number), "url_expires_at": until}
        for number in range(0 if whole else len(arrival.segments or ()))
    ]
    return {
        "upload_id": arrival.uuid,
        "file_name": arrival.name,
        "sanitized_file_name": arrival.name,
        "content_type": arrival.media_type,
        **({} if arrival.bytes is None else {"file_size": arrival.bytes}),
        "upload_expires_at": int(arrival.kept_until.timestamp()),
        "status": AVAILABLE if whole else READY,
        "error": None,
        "segments": segments,
    }


async def _announced(call: ApiCall, announced: Announced) -> Arrival:
    most = multipart.largest(call.datasette)

    def begin(archive: Archive, person: Person) -> Arrival:
        return announce(archive, person, announced, most=most)

    return await _told(call.change(begin))


async def _found(call: ApiCall) -> Arrival:
    uuid = str(call.names["uuid"])

    def look(archive: Archive, person: Person) -> Arrival:
        return find_arrival(archive.connection, person, uuid)

    return await call.change(look)


async def _completed(call: ApiCall, claims: Sequence[Claim]) -> Arrival:
    """Make one file of the segments, where nobody waits for it."""
    arrival = await _found(call)
    folder = call.database.folder
    if arrival.used_at is None:
        await _told(
            receiving.in_thread(call.datasette, complete, folder, arrival, claims)
        )
    return arrival


async def _told(work: Awaitable[T]) -> T:
    """Wait for work on an upload, and name the field that was wrong.

    :raises ApiError: 410 or 422
    """
    try:
        return await work
    except Expired as error:
        raise gone(str(error)) from None
    except Mismatch as error:
        raise unprocessable("segments", str(error)) from None
    except TooLarge as error:
        raise unprocessable("size", str(error)) from None
    except DiskFull as error:
        raise unprocessable("size", error.reason) from None
    except InvalidInput as error:
        raise unprocessable("base", str(error)) from None


def _text(sent: Json, name: str) -> str:
    return bodies.text_of(sent, name) or ""


def _hex(sent: Json, name: str) -> str | None:
    """Return a hash, lower case."""
    return _text(sent, name).lower() or None


def _etag(value: Any) -> str | None:  # noqa: ANN401
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise bad_request("An ETag is text", "etag")
    return value.removeprefix("W/").strip('"').lower()


def _objects(value: Any, name: str) -> list[Json]:  # noqa: ANN401
    if value in (None, ""):
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad_request(f"{name} is no list of objects", name)
    if len(value) > _MOST_SEGMENTS:
        raise unprocessable(name, f"are more than {_MOST_SEGMENTS:,}")
    return value


def _segments(value: Any) -> tuple[Segment, ...] | None:  # noqa: ANN401
    """Return the segments that are announced; None: there are none."""
    if not (found := _objects(value, "segments")):
        return None
    return tuple(
        Segment(
            bodies.whole_of(one, "size"), _hex(one, "sha256") or "", _hex(one, "md5")
        )
        for one in found
    )


def _of(
    path: str, views: tuple[View, View, View], schemas: tuple[str, str, str]
) -> list[Endpoint]:
    """Return the three endpoints of one address."""
    begin, look, end = views
    sends, patches, shows = schemas
    one = f"{path}/{{uuid:word}}"
    return [
        write(
            "POST",
            path,
            begin,
            "upload",
            "Announce a file, whole or in segments",
            sends=(sends, shows),
            status=201,
        ),
        get(one, look, "upload", "An upload", answer=shows),
        write(
            "PATCH",
            one,
            end,
            "upload",
            "Say that all segments were sent",
            sends=(patches, shows),
        ),
    ]


ENDPOINTS: tuple[Endpoint, ...] = (
    *(
        endpoint
        for version in ("v1.1", "v1.0")
        for place in _PLACES
        for endpoint in _of(
            f"/rest/{version}/{place}/uploads",
            (create, show, finish),
            ("upload_create", "upload_complete", "upload"),
        )
    ),
    *(
        endpoint
        for path in _UNIFIED
        for endpoint in _of(
            path,
            (create_unified, show_unified, finish_unified),
            (
                "upload_unified_create",
                "upload_unified_complete",
                "upload_unified",
            ),
        )
    ),
)
