"""A file as a response: ranges, validators, and large pieces.

Datasette's own sends 4 KB at a time and knows no Range.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

from archive.errors import ArchiveError
from plugins.compat import Request, Send

PIECE = 256 * 1024
_log = logging.getLogger(__name__)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Unsatisfiable(ValueError):
    """The range lies outside the file."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return first and last byte that a Range header asks for, or None for all.

    Several ranges, other units and nonsense count as no range (RFC 9110 14.2).

    :raises Unsatisfiable: nothing of it is in the file
    """
    found = _RANGE.fullmatch((header or "").strip())
    if not found or not (found[1] or found[2]) or len(found[0]) > 60:
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        if not length:
            raise Unsatisfiable
        return size - length, size - 1
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, last


class FileResponse:
    """Sends a file that never changes.

    :param etag: strong, with its quotes
    """

    def __init__(
        self,
        path: Path,
        request: Request,
        *,
        media_type: str,
        etag: str,
        headers: dict[str, str],
    ) -> None:
        self.path = path
        self.request = request
        self.etag = etag
        self.headers = {
            **headers,
            "accept-ranges": "bytes",
            "content-type": media_type,
            "etag": etag,
        }

    async def asgi_send(self, send: Send) -> None:
        """Answer the request, whole or in part."""
        state = await asyncio.to_thread(self.path.stat)
        self.headers["last-modified"] = formatdate(state.st_mtime, usegmt=True)
        if self._known():
            await self._answer(send, 304, {})
            return
        try:
            part = parse_range(self._range(), state.st_size)
        except Unsatisfiable:
            length = {
                "content-range": f"bytes */{state.st_size}",
                "content-length": "0",
            }
            await self._answer(send, 416, length)
            return
        first, last = part or (0, state.st_size - 1)
        more = {"content-length": str(last - first + 1)}
        if part:
            more["content-range"] = f"bytes {first}-{last}/{state.st_size}"
        if self.request.method == "HEAD":
            await self._answer(send, 206 if part else 200, more)
            return
        await self._start(send, 206 if part else 200, more)
        await self._pieces(send, first, last - first + 1)

    def _known(self) -> bool:
        tags = self.request.headers.get("if-none-match", "")
        return tags.strip() == "*" or self.etag in [
            tag.strip().removeprefix("W/") for tag in tags.split(",")
        ]

    def _range(self) -> str | None:
        """The Range header, unless If-Range names another version than ours."""
        condition = self.request.headers.get("if-range")
        if condition not in (None, self.etag, self.headers["last-modified"]):
            return None
        header: str | None = self.request.headers.get("range")
        return header

    async def _start(self, send: Send, status: int, more: dict[str, str]) -> None:
        pairs = {**self.headers, **more}.items()
        headers = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
        await send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )

    async def _answer(self, send: Send, status: int, more: dict[str, str]) -> None:
        await self._start(send, status, more)
        await send({"type": "http.response.body", "body": b""})

    async def _pieces(self, send: Send, first: int, left: int) -> None:
        with await asyncio.to_thread(self.path.open, "rb") as file:
            await asyncio.to_thread(file.seek, first)
            while left > 0:
                piece = await asyncio.to_thread(file.read, min(PIECE, left))
                left = left - len(piece) if piece else 0  # cut short behind our back
                await send(
                    {"type": "http.response.body", "body": piece, "more_body": left > 0}
                )


class StreamResponse:
    """Sends what is made while it is sent.

    When the making fails the answer does not end, and the server closes the connection,
    so that the browser tells that the download is not whole.

    :param length: None: it is known at the end only
    """

    def __init__(
        self, pieces: Iterator[bytes], length: int | None, headers: dict[str, str]
    ) -> None:
        self.pieces = pieces
        told = {} if length is None else {"content-length": str(length)}
        self.headers = {**headers, **told}

    async def asgi_send(self, send: Send) -> None:
        """Send all pieces, each made in a thread."""
        headers = [(k.encode(), v.encode("latin-1")) for k, v in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            while piece := await asyncio.to_thread(next, self.pieces, b""):
                part = {"type": "http.response.body", "body": piece, "more_body": True}
                await send(part)
        except ArchiveError as error:  # no other answer can be begun
            _log.warning("a download broke off: %s", error)
            return
        await send({"type": "http.response.body", "body": b""})
