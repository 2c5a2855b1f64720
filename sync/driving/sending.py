"""Originals on their way to the storage: measured, and sent as they are read.

The storage is another host, with addresses that are signed: it gets no token, and no
redirect is followed. What is sent is hashed while it is read, and its last piece is
held back until it is sure that these are the bytes that the archive promises: a disk
that gives other ones sends nothing whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archive.disk import reason
from archive.errors import InvalidInput
from archive.identity import new_uuid
from archive.originals import Stored, path_of
from archive.sqlite import sqlite3
from sync.driving.asking import lowered, why_not
from sync.driving.carrying import Carrier
from sync.driving.reading import read_body, read_clock
from sync.driving.throttling import spend
from sync.driving.wires import refuse_plain
from sync.effects import LOST, Answer, Failed, Measure, Measured, Put

if TYPE_CHECKING:
    import httpx2

PIECE = 256 << 10  # bytes
_LARGEST_ANSWER = 64 << 10
_DAMAGED = "the original here does not have the bytes that its name promises"


class Damaged(Exception):
    """The file here is not what it should be; nothing whole was sent."""


@dataclass(frozen=True, slots=True)
class Original:
    """A file of the archive."""

    path: Path
    sha256: str
    bytes: int
    media_type: str


def find_original(
    connection: sqlite3.Connection, originals: Path, uuid: str
) -> Original | None:
    """Return the file of a photo; None: it has none."""
    row = connection.execute(
        """
        select o.sha256, o.extension, o.bytes, o.media_type
        from photos p join originals o on o.id = p.original_id where p.uuid = ?
        """,
        (uuid,),
    ).fetchone()
    if row is None:
        return None
    sha256, extension, size, media_type = row
    return Original(
        path_of(originals, Stored(sha256, extension)), sha256, size, media_type
    )


def measure(original: Original | None, wanted: Measure) -> Measured | Failed:
    """Read a whole file: whether it is what it should be, and its segments."""
    if original is None:
        return Failed("its file is not here", is_ours=True)
    whole, parts, size = hashlib.sha256(), [], 0
    try:
        with original.path.open("rb") as file:
            for count, sha256 in _segments(
                file, wanted.segment or original.bytes, whole
            ):
                parts.append((count, sha256))
                size += count
    except OSError as error:
        return Failed(f"its file cannot be read: {reason(error)}", is_ours=True)
    if whole.hexdigest() != original.sha256 or size != original.bytes:
        return Failed(_DAMAGED, is_ours=True)
    segments = tuple(parts) if wanted.segment else ()
    return Measured(size, original.sha256, original.media_type, segments)


def _segments(
    file: BinaryIO, length: int, whole: hashlib._Hash
) -> Iterator[tuple[int, str]]:
    """Yield the size and SHA-256 of each segment, hashing the whole beside."""
    while True:
        digest, count = hashlib.sha256(), 0
        while count < length and (piece := file.read(min(PIECE, length - count))):
            whole.update(piece)
            digest.update(piece)
            count += len(piece)
        if count:
            yield count, digest.hexdigest()
        if count < length or not length:
            return


def put(original: Original | None, wanted: Put, carrier: Carrier) -> Answer | Failed:
    """Send a file, or a part of one.

    :raises Paused: somebody wants to stop; the storage got nothing whole
    """
    import httpx2

    if original is None:
        return Failed("its file is not here", is_ours=True)
    size = original.bytes - wanted.begin if wanted.size is None else wanted.size
    head, tail, headers = (
        _form(wanted) if wanted.form else (b"", b"", dict(wanted.headers))
    )
    headers["content-length"] = str(len(head) + size + len(tail))
    try:
        refuse_plain(wanted.url, carrier.api)
        client = carrier.wires.to(wanted.url)
        with original.path.open("rb") as file:
            body = _body(file, original, wanted, (head, size, tail), carrier)
            with client.stream(
                "POST" if wanted.form else "PUT",
                wanted.url,
                content=body,
                headers=headers,
            ) as response:
                return _answer(response)
    except Damaged:
        return Failed(_DAMAGED, is_ours=True)
    except OSError as error:
        return Failed(f"its file cannot be read: {reason(error)}", is_ours=True)
    except InvalidInput as error:
        return Failed(str(error))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Answer(LOST, text=why_not(error))


def _body(
    file: BinaryIO,
    original: Original,
    wanted: Put,
    whole: tuple[bytes, int, bytes],
    carrier: Carrier,
) -> Iterator[bytes]:
    """Yield what is sent; the last piece once the hash is known to be right.

    :param whole: what comes before the bytes of the file, how many these are, and what
        comes after them
    :raises Damaged: the hash is another one
    """
    head, size, tail = whole
    yield head
    held, left, digest = b"", size, hashlib.sha256()
    file.seek(wanted.begin)
    while left and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
        if held:
            yield held
        held = piece
        spend(carrier.throttle, len(piece), carrier.pause)
    is_whole = size == original.bytes
    if left or (is_whole and digest.hexdigest() != original.sha256):
        raise Damaged
    yield held + tail


def _form(wanted: Put) -> tuple[bytes, bytes, dict[str, str]]:
    """Return a form before and after its file, which comes last (§4.1), and headers."""
    boundary = new_uuid().replace("-", "")
    parts = [
        f"--{boundary}\r\ncontent-disposition: form-data;"
        f' name="{_quoted(name)}"\r\n\r\n{value}\r\n'
        for name, value in wanted.form.items()
    ]
    kind = wanted.form.get("Content-Type", "application/octet-stream")
    parts.append(
        f"--{boundary}\r\ncontent-disposition: form-data;"
        f' name="file"; filename="file"\r\ncontent-type: {_quoted(kind)}\r\n\r\n'
    )
    headers = {
        **wanted.headers,
        "content-type": f"multipart/form-data; boundary={boundary}",
    }
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode(), headers


def _quoted(name: str) -> str:
    """Return a name as it stands in a form (HTML, 4.10.21.8)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _answer(response: httpx2.Response) -> Answer:
    """Return what a storage says: XML, mostly, and an ETag."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > _LARGEST_ANSWER:
            break
    headers: Mapping[str, str] = lowered(response.headers)
    found, text = read_body(bytes(body), headers.get("content-type", ""))
    clock = read_clock(headers.get("date", ""))
    if 300 <= response.status_code < 400:
        why = "the storage sends on elsewhere, which is not followed"
        return Answer(LOST, text=why, headers=headers, clock=clock)
    return Answer(response.status_code, found, text, headers, clock)
