"""``/-/shared/TOKEN``: some photos, for who has the link and knows nobody here.

Nothing but what the link shows is told: no number of a photo, no other page, no name of
who is in the archive. A link that ended, that never was, and one whose maker may share
no more are one and the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from archive.accounts import Accounts
from archive.accounts.store import is_there
from archive.database import Archive
from archive.errors import ArchiveError, NotAllowed, TooManyAttempts
from archive.export.copies import COPIED, Copy, made_of
from archive.export.linked import Given, given
from archive.link_visits import Shown, find_link, note_use, shown, unlock
from archive.links import (
    DOWNLOADED,
    OPENED,
    ORIGINALS,
    SEEN,
    STRIPPED,
    VIEW,
    Link,
    are_open,
)
from archive.markups import Markup, list_markups
from archive.people import OWNER_ID
from archive.photo_links import PLACE, key_of, photo_of
from archive.photos import Photo, load_photos
from plugins import actors, media, sessions
from plugins.access import Access, cookies_of
from plugins.api import signing
from plugins.calls import MAX_ASKED, form_of, redirect
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase, archives
from plugins.files import FileResponse, StreamResponse
from plugins.pages.answers import no_bytes, page, refuse_method
from plugins.pages.pictures import layer, preview_size
from plugins.security import UNKEPT
from plugins.templating import refusal, text
from plugins.unaltered import is_unaltered

T = TypeVar("T")

SHARED = "/-/shared/"
UNLOCKED = 12 * 3600  # seconds after which the password is asked for again
_WHAT = "link"
_FILLS = ' preserveAspectRatio="xMidYMid slice"'  # as object-fit: cover does
_POST = ("GET", "HEAD", "POST")


@dataclass(frozen=True, slots=True)
class Visited:
    """A link that is open, where somebody came to it.

    :param shown: what it shows now; None: the password has to be given first
    """

    datasette: Datasette
    request: Request
    database: ArchiveDatabase
    link: Link
    shown: Shown

    @property
    def address(self) -> str:
        """The link's own page."""
        token = self.request.url_vars["token"]
        return str(self.datasette.urls.path(SHARED + token))

    async def note(self, event: str, photo: str | None = None) -> None:
        """Write down that it was used."""
        if self.request.method == "HEAD":
            return
        accounts = sessions.accounts_of(self.datasette, self.database)
        visit = sessions.visit(self.request.scope)
        await asyncio.to_thread(note_use, accounts, self.link, event, visit, photo)

    async def read(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` on a connection that shows what the link's maker may see."""
        with as_maker(self):
            return await self.database.read(fn)

    async def photos(
        self, numbers: list[int]
    ) -> tuple[dict[int, Photo], dict[int, list[Markup]]]:
        """Return photos that it shows, and what it shows as drawn on them."""

        def load(connection: Any) -> tuple[list[Photo], dict[int, list[Markup]]]:  # noqa: ANN401
            drawn = list_markups(connection, numbers) if self.link.markups else {}
            return load_photos(connection, numbers), drawn

        photos, drawn = await self.read(load)
        return {photo.id: photo for photo in photos}, drawn

    def is_unlocked(self) -> bool:
        """Whether this browser has given the password, or none is asked for."""
        if self.link.password is None:
            return True
        given = cookies_of(self.request.scope).get(_cookie(self.link), "")
        signed = signing.read(self.datasette, _WHAT, given) if given else None
        if signed is None or signed.database is not self.database:
            return False
        number, ends = signed.words
        return number == str(self.link.id) and int(ends) > time.time()


@contextmanager
def as_maker(visited: Visited) -> Iterator[None]:
    """See no more than who made the link, whoever is logged in in this browser."""
    number = str(visited.shown.maker.id)
    state = actors.begin(actors.nonce(), actors.language())
    actors.log_in({"id": number, "people": {visited.database.name: int(number)}})
    try:
        yield
    finally:
        actors.end(state)


def _cookie(link: Link) -> str:
    return f"asbuilt-link-{link.id}"


async def visited_link(datasette: Datasette, request: Request) -> Visited | None:
    """Return the link that is meant, in whichever archive; None: there is none."""
    token, now = request.url_vars["token"], sessions.visit(request.scope).at

    def look(connection: Any, accounts: Accounts) -> Shown | None:  # noqa: ANN401
        link = find_link(accounts, token, now)
        return shown(accounts, connection, link) if link else None

    for database in archives(datasette):
        accounts = sessions.accounts_of(datasette, database)
        found = await database.look_up(partial(look, accounts=accounts))
        if found:
            return Visited(datasette, request, database, found.link, found)
    return None


async def show(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer with the photos of a link, or ask for its password."""
    refused = refuse_method(request, _POST)
    if refused:
        return refused
    visited = await visited_link(datasette, request)
    if visited is None:
        return await _door(datasette, request, "shared_gone.html", {}, 404)
    if request.method == "POST":
        return await _let_in(visited)
    if not visited.is_unlocked():
        return await _ask(visited)
    numbers = visited.shown.photos
    photos, drawn = await visited.photos(list(numbers.values()))
    listed = [
        _line(visited, place, photos[number], drawn.get(number, []))
        for place, number in numbers.items()
        if number in photos
    ]
    await visited.note(OPENED)
    context = {
        "link": visited.link,
        "archive": visited.database,
        "photos": listed,
        "all_files": f"{visited.address}/zip" if visited.link.gives != VIEW else "",
    }
    return await _door(datasette, request, "shared.html", context)


def _line(
    visited: Visited, place: int, photo: Photo, drawn: list[Markup], fit: str = _FILLS
) -> dict[str, Any]:
    """Return what a link tells of a photo.

    :param fit: how what is drawn on it fits its place on the page
    """
    base = f"{visited.address}/{place}"
    gives = visited.link.gives
    copied = gives == STRIPPED and photo.media_type == COPIED
    whole = photo.sha256 is not None and (gives == ORIGINALS or copied)
    return {
        "place": place,
        "description": photo.description,
        "location": photo.location,
        "taken_at": photo.taken_at,
        "small": f"{base}/medium",
        "large": base if drawn else f"{base}/preview",
        "picture": f"{base}/preview",
        "layer": layer(photo, drawn, fit),
        "file": f"{base}/file" if whole else f"{base}/preview?download=1",
        "downloads": gives != VIEW,
    }


async def _let_in(visited: Visited) -> Response:
    """Take the password; the browser then shows the page for a while."""
    datasette, request, link = visited.datasette, visited.request, visited.link
    form = await form_of(request, MAX_ASKED)
    visit = sessions.visit(request.scope)

    def check(accounts: Accounts, _: Archive) -> None:
        unlock(accounts, link, str(form.get("password") or ""), visit)

    try:
        if link.password is not None:
            await sessions.work(datasette, visited.database, check)
    except TooManyAttempts as error:
        return await _ask(visited, text("login.wait", n=error.seconds), 429)
    except NotAllowed as error:
        return await _ask(visited, f"{refusal(error)}.", 403)
    except ArchiveError as error:
        return await _ask(visited, f"{refusal(error)}.", error.http_status)
    answer = redirect(visited.address)
    ends = int(time.time()) + UNLOCKED
    answer.set_cookie(
        _cookie(link),
        signing.sign(datasette, visited.database, _WHAT, link.id, ends),
        max_age=UNLOCKED,
        path=str(datasette.urls.path(SHARED)),
        secure=Access.of(datasette).is_encrypted(request.scope),
        httponly=True,
        samesite="lax",
    )
    answer.headers.update(UNKEPT)
    return answer


async def _ask(visited: Visited, sentence: str = "", status: int = 200) -> Response:
    context = {"action": visited.address, "sentence": sentence}
    return await _door(
        visited.datasette, visited.request, "shared_locked.html", context, status
    )


async def _door(
    datasette: Datasette,
    request: Request,
    template: str,
    context: dict[str, Any],
    status: int = 200,
) -> Response:
    """Answer with a page that is kept nowhere, and found by no search engine."""
    answer = await page(datasette, request, template, context, status)
    answer.headers.update({**UNKEPT, "x-robots-tag": "noindex, nofollow"})
    return answer


async def show_photo(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer with one photo of a link, and what is drawn on it."""
    refused = refuse_method(request)
    if refused:
        return refused
    visited = await visited_link(datasette, request)
    place = int(request.url_vars["place"])
    number = visited.shown.photos.get(place) if visited else None
    if visited is None or number is None:
        return await _door(datasette, request, "shared_gone.html", {}, 404)
    if not visited.is_unlocked():
        return redirect(visited.address)
    photos, drawn = await visited.photos([number])
    if number not in photos:
        return await _door(datasette, request, "shared_gone.html", {}, 404)
    photo = photos[number]
    context = {
        "link": visited.link,
        "archive": visited.database,
        "home": visited.address,
        "photo": _line(visited, place, photo, drawn.get(number, []), ""),
        "size": preview_size(photo),
    }
    return await _door(datasette, request, "shared_photo.html", context)


async def send(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer with a picture of a link, or with its file."""
    refused = refuse_method(request)
    if refused:
        return refused
    visited = await visited_link(datasette, request)
    if visited is None or not visited.is_unlocked():
        return no_bytes()
    kind, place = request.url_vars["kind"], int(request.url_vars["place"])
    number = visited.shown.photos.get(place)
    downloads = kind == "file" or request.args.get("download") == "1"
    if number is None or (downloads and visited.link.gives == VIEW):
        return no_bytes()
    with as_maker(visited):
        photo = await media.look_up(visited.database, number)
        if photo is None:
            return no_bytes()
        if kind != "file":
            answer = await media.rendition(
                datasette, visited.database, request, photo, kind
            )
        else:
            answer = await _file(visited, photo)
    if answer is None:
        return no_bytes()
    if downloads or kind == "preview":
        event = DOWNLOADED if downloads else SEEN
        uuid = await visited.read(lambda c: load_photos(c, [number])[0].uuid)
        await visited.note(event, uuid)
    return answer


async def _file(
    visited: Visited, photo: media.Bytes
) -> FileResponse | StreamResponse | None:
    """Answer with an original, or with a copy that has nothing but the picture.

    None: there is none, or it is not what was archived; nobody out there can tell.
    """
    database = visited.database

    def find(connection: Any) -> list[Given]:  # noqa: ANN401
        return given(connection, database.originals, {1: photo.id})

    found = await database.read(find)
    if not found:
        return None
    path, said = found[0].path, found[0].said
    one = found[0]
    if not await asyncio.to_thread(is_unaltered, path, one.crc32, one.bytes):
        return None
    if visited.link.gives == ORIGINALS:
        return media.original(database, visited.request, photo, download=True)
    if said is None or photo.extension is None:
        return None
    copy = await asyncio.to_thread(strip, visited.datasette, path, said)
    if isinstance(copy, str):
        return None
    name = media.safe_name(photo.filename, COPIED, photo.extension)
    headers = {
        "content-type": COPIED,
        "content-disposition": media.disposition(name, inline=False),
        "cache-control": "no-store",
    }
    return StreamResponse(copy(), copy.size, headers)


def strip(datasette: Datasette, path: Path, said: dict[str, Any]) -> Copy | str:
    """Return a copy of a JPEG that says so much and no more; or why there is none.

    It waits for another process: never call it where others wait.
    """
    pool = media.workshop_of(datasette).pool
    return made_of(path, pool.submit("archive.export.exif:stripped", str(path), said))


async def send_photo(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/-/open/TOKEN``: a photo as it is now, at most 1600 pixels, for reports.

    While links are open anybody sees it, if it is public; else who is logged in sees it
    as far as they see it anyway.
    """
    refused = refuse_method(request)
    if refused:
        return refused
    for database in archives(datasette):
        accounts = sessions.accounts_of(datasette, database)
        token = request.url_vars["token"]
        look = partial(_open_photo, accounts=accounts, token=token)
        number, to_all = await database.look_up(look)
        if number:
            return await _sent(datasette, request, database, number, to_all=to_all)
    return no_bytes()


def _open_photo(
    connection: Any,  # noqa: ANN401
    accounts: Accounts,
    token: str,
) -> tuple[int, bool]:
    """Return the id of a photo by its address (0: none), and whether all may see it."""
    if not is_there(accounts):
        return 0, False
    uuid = photo_of(key_of(accounts), token)
    query = "select id, scope from photos where uuid = ?"
    row = connection.execute(query, (uuid,)).fetchone()
    return (row[0], row[1] == 0 and are_open(accounts)) if row else (0, False)


async def _sent(
    datasette: Datasette,
    request: Request,
    database: ArchiveDatabase,
    number: int,
    *,
    to_all: bool,
) -> Any:  # noqa: ANN401
    if to_all:
        state = actors.begin(actors.nonce(), actors.language())
        actors.log_in({"id": "1", "people": {database.name: OWNER_ID}})
    try:
        photo = await media.look_up(database, number)
        if photo is None:
            return no_bytes()
        return await media.rendition(datasette, database, request, photo, "preview")
    finally:
        if to_all:
            actors.end(state)


TOKEN = r"(?P<token>[A-Za-z0-9_-]{1,100})"  # noqa: S105 - a pattern
PUBLIC_ROUTES = (
    (PLACE + TOKEN + "$", send_photo),
    (SHARED + TOKEN + "$", show),
    (SHARED + TOKEN + r"/(?P<place>[0-9]{1,6})$", show_photo),
    (
        SHARED + TOKEN + r"/(?P<place>[0-9]{1,6})/(?P<kind>medium|preview|file)$",
        send,
    ),
)
