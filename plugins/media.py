"""Bytes: thumbnails, previews and originals, by a photo's number only.

What a person may not see and what is not there give the same answer. Originals come
from strangers: they are sent under the type that was read from their bytes, never as a
document, and with a policy that lets nothing in them run.
"""

from __future__ import annotations

import asyncio
import mimetypes
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from archive.cache import RENDERER, Cache, get, get_or_make, open_cache
from archive.errors import FileProblem
from archive.pictures import Rendition
from archive.workers import Pool
from plugins.compat import Datasette, Request, Response
from plugins.cutters import Cutters
from plugins.databases import ArchiveDatabase
from plugins.files import FileResponse
from plugins.security import CACHE

FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
MISSING = "The file of this photo is not in the archive's folder. Get it from a backup."
# What a browser shows by itself and cannot be made to run. Anything else is a download.
INLINE = {
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/webm",
}
_MAKERS = 4  # threads that wait for the two worker processes
_LOOKERS = 2  # those that wait for the one that cuts tiles


@dataclass(frozen=True, slots=True)
class Bytes:
    """What must be known of a photo to send its bytes.

    :param sha256: None while the bytes are not here yet; ``extension`` and others alike
    """

    id: int
    uuid: str
    filename: str
    rotation: int
    sha256: str | None
    extension: str | None
    media_type: str | None


class Workshop:
    """What makes renditions and tiles for one Datasette: processes, threads, caches."""

    def __init__(self) -> None:
        self.pool = Pool(workers=2)
        self.threads = ThreadPoolExecutor(_MAKERS, thread_name_prefix="renditions")
        self.cutters = Cutters()
        self.lookers = ThreadPoolExecutor(_LOOKERS, thread_name_prefix="tiles")
        self.caches: dict[str, Cache] = {}

    def cache(self, database: ArchiveDatabase) -> Cache:
        """Return the cache of an archive, open."""
        if database.name not in self.caches:
            self.caches[database.name] = open_cache(database.folder)
        return self.caches[database.name]

    def close(self) -> None:
        """End the processes and close the caches."""
        self.pool.close()
        self.cutters.close()
        for threads in (self.threads, self.lookers):
            threads.shutdown(wait=False, cancel_futures=True)
        for cache in self.caches.values():
            cache.close()


_workshops: WeakKeyDictionary[Datasette, Workshop] = WeakKeyDictionary()


def workshop_of(datasette: Datasette) -> Workshop:
    """Return what makes pictures for this Datasette."""
    return _workshops.setdefault(datasette, Workshop())


def close(datasette: Datasette) -> None:
    """End the processes and close the caches of this Datasette."""
    workshop = _workshops.pop(datasette, None)
    if workshop:
        workshop.close()


async def look_up(database: ArchiveDatabase, number: int) -> Bytes | None:
    """Return what is needed to send a photo's bytes, if the actor may see it."""

    def query(connection: Any) -> Any:  # noqa: ANN401
        return connection.execute(
            """
            select p.id, p.uuid, p.filename, p.rotation, o.sha256, o.extension,
                o.media_type
            from photos p left join originals o on o.id = p.original_id where p.id = ?
            """,
            (number,),
        ).fetchone()

    row = await database.read(query)
    return Bytes(*row) if row else None


def version(sha256: str | None, rotation: int) -> str:
    """Return what stands in a rendition's URL, so that a turned photo has another."""
    return f"{(sha256 or '')[:12]}-{rotation}-{RENDERER}"


async def rendition(
    datasette: Datasette,
    database: ArchiveDatabase,
    request: Request,
    photo: Bytes,
    name: str,
) -> Response:
    """Answer with a thumbnail, medium or preview; a tile where there is no picture.

    With ``?download=1`` it is saved under the photo's name.
    """
    current = version(photo.sha256, photo.rotation)
    etag = f'"{current}-{name}"'
    named = request.args.get("v") == current
    headers = {"etag": etag, CACHE: FOR_EVER if named else ASK_AGAIN}
    if request.headers.get("if-none-match") == etag:
        return Response("", status=304, headers=headers)
    made = await _made(datasette, database, photo, name)
    if made.is_tile:  # a later version may find a picture
        headers = {CACHE: ASK_AGAIN}
    if request.args.get("download") == "1":
        headers["content-disposition"] = _saved(photo, made)
    headers["content-length"] = str(len(made.data))
    body = b"" if request.method == "HEAD" else made.data
    return Response(body, headers=headers, content_type=made.media_type)


def _saved(photo: Bytes, made: Rendition) -> str:
    """Return the Content-Disposition of a smaller copy: ``crane preview.jpg``."""
    stem = photo.filename.rpartition(".")[0] or photo.filename
    extension = made.media_type.rpartition("/")[2].replace("jpeg", "jpg")
    name = safe_name(f"{stem} {made.name}", made.media_type, extension)
    return disposition(name, inline=False)


async def _made(
    datasette: Datasette, database: ArchiveDatabase, photo: Bytes, name: str
) -> Rendition:
    workshop = workshop_of(datasette)
    cache = workshop.cache(database)
    if photo.sha256 is None or photo.extension is None:
        # what a remote has shown of it stands in, until its bytes are here
        found = await asyncio.to_thread(get, cache, photo.uuid, 0, name)
        return found or await asyncio.to_thread(_tile, "", name)
    found = await asyncio.to_thread(get, cache, photo.sha256, photo.rotation, name)
    if found:
        return found
    path = database.path_of(photo.sha256, photo.extension)
    try:
        return await asyncio.get_running_loop().run_in_executor(
            workshop.threads,
            get_or_make,
            cache,
            workshop.pool,
            path,
            photo.sha256,
            photo.rotation,
            name,
        )
    except FileProblem:
        return await asyncio.to_thread(_tile, photo.extension, name)


def _tile(extension: str, name: str) -> Rendition:
    from archive.renditions import type_tiles

    return type_tiles(extension, [name])[0]


def original(
    database: ArchiveDatabase, request: Request, photo: Bytes, *, download: bool
) -> FileResponse | None:
    """Answer with the file as it came, or None when it is not on the disk."""
    if photo.sha256 is None or photo.extension is None or photo.media_type is None:
        return None
    path = database.path_of(photo.sha256, photo.extension)
    if not path.is_file():
        return None
    inline = photo.media_type in INLINE and not download
    name = safe_name(photo.filename, photo.media_type, photo.extension)
    return FileResponse(
        path,
        request,
        media_type=photo.media_type,
        etag=f'"{photo.sha256}"',
        headers={
            CACHE: "private, max-age=86400",
            "content-disposition": disposition(name, inline=inline),
        },
    )


def safe_name(name: str, media_type: str, extension: str) -> str:
    """Return a name to save a file under, whose ending is that of its real type.

    A JPEG called ``plan.html`` would be opened as a page from the disk.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if c.isprintable()).strip(" .") or "photo"
    ending = plain.rpartition(".")[2].lower() if "." in plain else ""
    if ending == extension or mimetypes.guess_type(plain)[0] == media_type:
        return plain
    return f"{plain}.{extension}"


def disposition(name: str, *, inline: bool) -> str:
    """Return a Content-Disposition by RFC 6266, with the name in both its forms."""
    how = "inline" if inline else "attachment"
    plain = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in name)
    coded = quote(name.encode("utf-8", "replace"), safe="")
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{coded}"
