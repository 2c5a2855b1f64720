"""``/tower-4/-/uploads``: taking in files by the protocol tus 1.0 (tus.io).

Core, and the extensions creation, termination and expiration. Any client of tus can
send files; those of our own pages announce many at a time (``uploads.py``).
"""

from __future__ import annotations

import base64
import binascii
from email.utils import format_datetime
from functools import partial
from typing import Any

from archive.database import Archive
from archive.errors import ArchiveError, InvalidInput, NotAPhoto
from archive.identity import new_uuid
from archive.people import Person
from archive.uploads import (
    MAX_BYTES,
    NewFile,
    UploadFile,
    add_alone,
    add_files,
    expires_at,
    find_file,
    find_upload,
    give_up_file,
    note_synced,
    refuse_file,
)
from plugins import receiving
from plugins.calls import Call, Route, View
from plugins.compat import Response
from plugins.templating import refusal

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
BODY = "application/offset+octet-stream"
_ALWAYS = {"tus-resumable": VERSION, "cache-control": "no-store"}


class WrongVersion(ArchiveError):
    """The client speaks another version of tus."""

    http_status = 412


class WrongType(InvalidInput):
    """The body is not what the protocol says."""

    http_status = 415


class Gone(InvalidInput):
    """What became of the file is known already."""

    http_status = 410


async def about(call: Call) -> Response:  # noqa: ARG001
    """Say what of the protocol there is (OPTIONS)."""
    return _answer(
        204,
        {
            "tus-version": VERSION,
            "tus-extension": EXTENSIONS,
            "tus-max-size": str(MAX_BYTES),
        },
    )


async def create(call: Call) -> Response:
    """Announce one file: ``Upload-Length`` and ``Upload-Metadata``.

    Metadata: ``filename`` or ``relativePath``, ``upload`` (an upload that is open;
    else the file is an upload of its own), ``key`` (announced twice in an upload it is
    one file; without it a file is always a new one), ``modified``.
    """
    return await _told(call, _create)


async def _create(call: Call) -> Response:
    _speaks(call)
    told = _metadata(call.request.headers.get("upload-metadata", ""))
    file = _announced(told, _number(call, "upload-length"))

    def announce(archive: Archive, person: Person) -> UploadFile:
        if not told.get("upload"):
            return add_alone(archive, person, file)
        upload = find_upload(archive.connection, person, told["upload"])
        return add_files(archive.connection, person, upload, [file])[0]

    added = await call.change(announce)
    return _answer(201, {"location": file_url(call, added), **_expires(added)})


def _announced(told: dict[str, str], length: int) -> NewFile:
    name = told.get("relativePath") or told.get("filename") or told.get("name")
    modified = told.get("modified", "")
    # Without a key nothing tells whether two of one name and size are one: they are two
    key = told.get("key") or new_uuid()
    known = modified.isascii() and modified.isdigit() and len(modified) < 20
    return NewFile(key, name or "unnamed", length, int(modified) if known else None)


async def touch(call: Call) -> Response:
    """Answer a request for one file: HEAD, PATCH, DELETE or OPTIONS."""
    return await _told(call, _touch)


async def _touch(call: Call) -> Response:
    method = call.request.method
    if method == "POST":  # of a client whose proxy lets no other method through
        method = call.request.headers.get("x-http-method-override", method)
    if method == "OPTIONS":
        return await about(call)
    _speaks(call)
    view = {"HEAD": head, "PATCH": add, "DELETE": delete}.get(method)
    return await view(call) if view else _answer(405, {"allow": ", ".join(_OF_FILES)})


async def _told(call: Call, view: View) -> Response:
    """Ask the view, and tell what goes wrong as the protocol does."""
    try:
        answer: Response = await view(call)
    except ArchiveError as error:
        await receiving.drain(call.request)
        headers = {**_ALWAYS, "tus-version": VERSION}
        return Response.text(refusal(error), status=error.http_status, headers=headers)
    return answer


async def head(call: Call) -> Response:
    """Say how much of a file is here. A request that brings bytes of it ends first."""
    await _found(call)
    await receiving.stop(call.datasette, call.names["file"])
    file = await _found(call)
    offset = await receiving.offset_of(call.datasette, call.database, file)
    return _answer(200, {**_state(file, offset), **_expires(file)})


async def add(call: Call) -> Response:
    """Take in bytes from ``Upload-Offset`` on."""
    file = await _found(call)
    kind = call.request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != BODY:
        raise WrongType(f"the bytes of a file are sent as {BODY}")
    offset = _number(call, "upload-offset")
    if file.whole_at is not None:
        raise receiving.WrongOffset(receiving.WHOLE)
    ledger = receiving.Ledger(file.uuid, partial(_found, call), partial(_note, call))
    try:
        file, reached = await receiving.receive(
            call.datasette, call.database, call.request, ledger, offset
        )
    except NotAPhoto as refusal:
        await _refuse(call, file, refusal.reason)
        raise WrongType(refusal.reason) from refusal
    return _answer(204, {"upload-offset": str(reached), **_expires(file)})


async def _note(call: Call, file: UploadFile, reached: int) -> None:
    def note(archive: Archive, _: Person) -> bool:
        return note_synced(archive.connection, file, reached)

    if not await call.change(note):
        raise Gone("this upload was cancelled")


async def _refuse(call: Call, file: UploadFile, reason: str) -> None:
    def refuse(archive: Archive, _: Person) -> None:
        refuse_file(archive, file, reason)

    await call.change(refuse)


async def delete(call: Call) -> Response:
    """Give up a file."""
    file = await _found(call)
    await receiving.stop(call.datasette, file.uuid)

    def give_up(archive: Archive, _: Person) -> None:
        give_up_file(archive, file)

    await call.change(give_up)
    return _answer(204, {})


async def _found(call: Call) -> UploadFile:
    """Return the file that is asked about, when it is the person's own.

    :raises Gone: what became of it is known
    """
    person, uuid = call.person, call.names["file"]
    file, _ = await call.read(lambda c: find_file(c, person, uuid))
    if file.ended_at is not None:
        raise Gone(file.reason or "this upload has ended")
    return file


def file_url(call: Call, file: UploadFile) -> str:
    """Return the address to which a file's bytes are sent."""
    return call.links.to(f"uploads/files/{file.uuid}")


def _speaks(call: Call) -> None:
    if call.request.headers.get("tus-resumable") != VERSION:
        raise WrongVersion(f"the protocol here is tus {VERSION}")


def _number(call: Call, header: str) -> int:
    text = call.request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput(f"{header} is a number of bytes")
    if int(text) > MAX_BYTES:
        raise receiving.TooLong(f"a file has at most {MAX_BYTES:,} bytes")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Return what ``Upload-Metadata`` says: ``name base64,name base64``.

    :raises InvalidInput: it is not written so
    """
    found = {}
    for pair in filter(None, header.split(",")):
        name, _, value = pair.strip().partition(" ")
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInput("Upload-Metadata cannot be read") from error
        found[name] = raw.decode("utf-8", "backslashreplace")  # two stay two
    return found


def _state(file: UploadFile, offset: int) -> dict[str, str]:
    return {"upload-offset": str(offset), "upload-length": str(file.bytes)}


def _expires(file: UploadFile) -> dict[str, str]:
    return {"upload-expires": format_datetime(expires_at(file), usegmt=True)}


def _answer(status: int, headers: dict[str, Any]) -> Response:
    return Response("", status=status, headers={**_ALWAYS, **headers})


_OF_FILES = ("HEAD", "PATCH", "DELETE", "OPTIONS")
ROUTES = (
    Route(
        r"/-/uploads/files/(?P<file>[0-9a-f-]{36})",
        touch,
        "upload",
        (*_OF_FILES, "POST"),  # POST: with X-HTTP-Method-Override
    ),
)
