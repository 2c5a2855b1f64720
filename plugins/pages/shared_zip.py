"""``/-/shared/TOKEN/zip``: all files that a link gives, in one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

from archive.export.linked import Given, as_they_are, given, stripped
from archive.export.zips import stream
from archive.links import DOWNLOADED, ORIGINALS, VIEW
from plugins.compat import Datasette, Request
from plugins.files import StreamResponse
from plugins.media import disposition, safe_name
from plugins.pages.answers import no_bytes, refuse_method
from plugins.pages.shared import SHARED, TOKEN, Visited, strip, visited_link


async def send_all(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer with originals, or copies, each under its place and its name."""
    refused = refuse_method(request)
    if refused:
        return refused
    visited = await visited_link(datasette, request)
    if visited is None or not visited.is_unlocked() or visited.link.gives == VIEW:
        return no_bytes()
    find = partial(
        given, originals=visited.database.originals, places=visited.shown.photos
    )
    files = await visited.read(find)
    if not files:
        return no_bytes()
    pieces, size = await asyncio.to_thread(_packed, visited, files)
    await visited.note(DOWNLOADED)
    name = safe_name(visited.link.title or "photos", "application/zip", "zip")
    headers = {
        "content-type": "application/zip",
        "content-disposition": disposition(name, inline=False),
        "cache-control": "no-store",
        "x-robots-tag": "noindex, nofollow",
    }
    return StreamResponse(
        iter(()) if request.method == "HEAD" else pieces, size, headers
    )


def _packed(visited: Visited, files: list[Given]) -> tuple[Iterator[bytes], int | None]:
    """Return the pieces of the zip, and how long it will be; None: not known."""
    if visited.link.gives == ORIGINALS:
        return as_they_are(files)
    return stream(stripped(files, partial(strip, visited.datasette))), None


PUBLIC_ROUTES = ((SHARED + TOKEN + "/zip$", send_all),)
