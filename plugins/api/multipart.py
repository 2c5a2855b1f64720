"""Forms with a file, read as they come: text into memory, the file to the disk.

The file lies in the archive's ``incoming/``, whole or not at all. Whoever reads a form
gives it back (``discard``) when it is done with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from pathlib import Path
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from archive.arrivals import MAX_BYTES, files
from archive.errors import StoreError
from archive.uploads import parts
from archive.uploads.parts import Part
from plugins import receiving
from plugins.api.errors import ApiError, bad_request
from plugins.compat import Datasette, Request
from plugins.databases import ArchiveDatabase

# Parts that are files, whatever else is said of them: some clients send no file name
FILE_FIELDS = ("file", "image[data]")
PIECE = 256 << 10  # bytes that are read at a time: a step of a thread each
ROOM = 64 << 20  # bytes after which the disk is looked at again
_NAMELESS = "unnamed"
_LONGEST_NUMBER = 19  # digits of Content-Length


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a form may hold.

    :param file: bytes of its file
    :param text: bytes of all its other fields, names too
    :param fields: how many of those
    :param expected: bytes that come in all, as far as that was said
    """

    file: int = MAX_BYTES
    text: int = 2_000_000
    fields: int = 10_000
    expected: int = 0


@dataclass(frozen=True, slots=True)
class FormFile:
    """The file of a form.

    :param field: the name of its part
    :param name: as the client has it, without folders
    :param media_type: as the client says
    """

    field: str
    name: str
    media_type: str
    part: Part

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.part.path

    @property
    def bytes(self) -> int:
        """How large it is."""
        return self.part.offset


@dataclass(slots=True)
class Form:
    """What a form says, in its order; names may come again."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    file: FormFile | None = None


Check = Callable[[Sequence[tuple[str, str]]], None]


def largest(datasette: Datasette) -> int:
    """Return how many bytes a file may have, as the server was told."""
    config: dict[str, Any] = datasette.plugin_config("asbuilt") or {}
    return int(config.get("largest_upload") or MAX_BYTES)


async def read_form(
    datasette: Datasette,
    database: ArchiveDatabase,
    request: Request,
    limits: Limits | None = None,
    check: Check | None = None,
) -> Form:
    """Read a form of type multipart/form-data. Whatever goes wrong leaves no file.

    :param check: is shown the fields before the file, and raises to refuse it
    :raises ApiError: it cannot be read, is too large, or has two files
    :raises Cut: the connection ended before its end
    :raises StoreError: the disk is full, or failed
    """
    limits = limits or Limits(largest(datasette))
    length = request.headers.get("content-length", "")
    if length.isdigit() and len(length) < _LONGEST_NUMBER:
        limits = replace(limits, expected=int(length))
    reader = Reader(database.folder, boundary_of(request), limits, check)
    try:
        async for data in receiving.whole_pieces(request, PIECE):
            await receiving.in_thread(datasette, reader.feed, data)
        return reader.end()
    except BaseException as error:
        discard(reader.form)
        if isinstance(error, (ApiError, StoreError)):
            await receiving.drain(request)
        raise


def discard(form: Form) -> None:
    """Remove the file of a form, if it is still where it came."""
    if form.file is not None:
        files.discard(form.file.part)


def boundary_of(request: Request) -> bytes:
    """Return what separates the parts of a form.

    :raises ApiError: the request is no such form
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise bad_request("A form of type multipart/form-data is expected here")
    return boundary


class Reader:
    """Takes a form piece by piece. Its methods may block: not for the event loop."""

    def __init__(
        self,
        folder: Path,
        boundary: bytes,
        limits: Limits,
        check: Check | None = None,
    ) -> None:
        self.form = Form()
        self._folder, self._limits, self._check = folder, limits, check
        self._text = 0  # bytes of fields so far
        self._head: dict[bytes, bytes] = {}
        self._header = [b"", b""]  # name and value, as far as they came
        self._name = ""
        self._value: bytearray | None = None  # of a field; None: the part is the file
        self._checked = 0  # bytes of the file for which there was room
        self._ended = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError:
            raise bad_request("The form cannot be read") from None

    def _callbacks(self) -> Any:  # noqa: ANN401
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._begin_content,
            "on_part_data": self._content,
            "on_part_end": self._end_content,
            "on_end": self._end,
        }

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        :raises ApiError: they cannot be read, are too many, or begin a second file
        :raises StoreError: the disk is full, or failed
        """
        try:
            self._parser.write(data)
        except FormParserError:
            raise bad_request("The form cannot be read") from None

    def end(self) -> Form:
        """Return the form when all of it is here.

        :raises ApiError: its end is missing
        """
        if not self._ended:
            raise bad_request("The form has no end")
        if self.form.file is not None:
            files.close(self.form.file.part)
        return self.form

    def _begin(self) -> None:
        self._head = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        name, value = self._header
        self._head[name.lower()] = value
        self._header = [b"", b""]

    def _begin_content(self) -> None:
        head = self._head.get(b"content-disposition", b"")
        kind, options = parse_options_header(head.decode("latin-1"))
        if kind != b"form-data" or b"name" not in options:
            raise bad_request("A part of the form has no name")
        self._name = _text(options[b"name"])
        name = options.get(b"filename")
        file_name = _extended_name(head) if name is None else _text(name)
        media_type = self._head.get(b"content-type", b"").decode("latin-1")
        if _is_file(self._name, file_name, media_type):
            self._begin_file(file_name or _NAMELESS, media_type)
        else:
            self._begin_field()

    def _begin_file(self, name: str, media_type: str) -> None:
        if self.form.file is not None:
            raise bad_request("Two files came in one request", self._name)
        if self._check is not None:
            self._check(self.form.fields)
        self._value = None
        part = files.begin(self._folder, self._limits.expected)
        own = name.replace("\\", "/").rpartition("/")[2] or _NAMELESS
        self.form.file = FormFile(self._name, own, media_type[:255], part)

    def _begin_field(self) -> None:
        if len(self.form.fields) >= self._limits.fields:
            raise bad_request(f"There are more than {self._limits.fields:,} fields")
        self._value = bytearray()
        self._count(len(self._name))

    def _content(self, data: bytes, start: int, end: int) -> None:
        if self._value is None:
            self._write(memoryview(data)[start:end])
        else:
            self._count(end - start)
            self._value += data[start:end]

    def _count(self, more: int) -> None:
        self._text += more
        if self._text > self._limits.text:
            raise ApiError(413, {"errors": ["What was sent is too long"]})

    def _write(self, data: memoryview) -> None:
        part = self._file.part
        if part.offset + len(data) > self._limits.file:
            most = f"A file has at most {self._limits.file:,} bytes"
            raise ApiError(413, {"errors": {self._name: [most]}})
        if part.offset + len(data) > self._checked:
            parts.require_room(part, ROOM)
            self._checked = part.offset + ROOM
        parts.write(part, data)

    @property
    def _file(self) -> FormFile:
        if self.form.file is None:
            raise LookupError("the form has no file yet")
        return self.form.file

    def _end_content(self) -> None:
        if self._value is not None:
            self.form.fields.append((self._name, _text(bytes(self._value))))

    def _end(self) -> None:
        self._ended = True


def _is_file(name: str, file_name: str | None, media_type: str) -> bool:
    """Whether a part is a file; JSON with a file name is a field that a script made."""
    if name in FILE_FIELDS:
        return True
    json = media_type.partition(";")[0].strip().lower() == "application/json"
    return file_name is not None and not json


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise bad_request("The form has text that is not UTF-8") from None


def _extended_name(head: bytes) -> str | None:
    """Return a name written as ``filename*=utf-8''…``: against RFC 7578, but seen."""
    if b"filename*" not in head.lower():
        return None
    message = Message()
    message["content-disposition"] = head.decode("latin-1")
    return message.get_filename()
