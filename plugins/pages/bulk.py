"""``/tower-4/-/bulk/edit``: changing many photos at once, as one step to undo.

The photos are those chosen (``ids``), or all that a search finds (``q``). Few are
changed at once; many are a job, so that nobody else has to wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archive.batches import Batch
from archive.database import Archive
from archive.editing import edit_photos, recycle_photos, retrieve_photos
from archive.errors import Conflict, InvalidInput
from archive.export.names import safe_name
from archive.export.quick import Quick, checked, quick_of
from archive.jobs import add_job
from archive.jobs.edits import check_edit, edit_from
from archive.people import Person
from archive.purging import purge_photos
from archive.rights import require, viewer
from archive.search import find_photos
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.files import StreamResponse
from plugins.media import disposition
from plugins.pages.answers import changed
from plugins.pages.fields import flag, whole, wholes, word
from plugins.templating import text

AT_ONCE = 500  # photos: about a second, in which other changes wait
MOST_IN_ZIP = 10_000  # photos: what is told of them is in memory meanwhile
_FLAGS = ("private", "starred")
_TEXTS = ("description", "album", "location", "log_date", "taken_at")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which photos are meant.

    :param query: what finds them; None: those of ``ids``
    :param count: how many the person was told that there are; None: not told
    """

    ids: tuple[int, ...]
    query: str | None
    count: int | None

    @property
    def options(self) -> dict[str, Any]:
        """As a job takes it."""
        if self.query is not None:
            return {"query": self.query}
        return {"ids": list(self.ids)}


def chosen(form: Mapping[str, Any]) -> Chosen:
    """Return which photos a form means.

    :raises InvalidInput: none
    """
    if "q" in form:
        return Chosen((), word(form, "q") or "", whole(form, "count"))
    ids = tuple(wholes(form, "ids"))
    if not ids:
        raise InvalidInput("no photos were chosen", key="none_chosen")
    return Chosen(ids, None, None)


def _few(connection: Any, person: Person, which: Chosen) -> list[int] | None:  # noqa: ANN401
    """Return the ids when they are few enough to be changed at once, else None.

    :raises Conflict: the search finds others than the person was told
    """
    found = _found(connection, person, which, AT_ONCE)
    if len(found) > AT_ONCE:
        return None
    if which.count not in (None, len(found)):
        raise Conflict(
            f"the search finds {len(found)} photos now, not {which.count};"
            " look again before you change them",
            key="found_changed",
            n=len(found),
        )
    return found


def _found(connection: Any, person: Person, which: Chosen, most: int) -> list[int]:  # noqa: ANN401
    """Return the ids of the photos that are meant; of more than ``most`` one more."""
    if which.query is None:
        return list(which.ids)
    page = find_photos(connection, which.query, viewer(person), limit=most + 1)
    return list(page.ids)


def edit_of(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to change; a field that is empty or absent is left as it is.

    ``clear`` names fields to be emptied, since an empty one means nothing.

    :raises InvalidInput: a value that cannot be, or nothing to change
    """
    values: dict[str, Any] = {
        name: text for name in _TEXTS if (text := word(form, name))
    }
    for name in _FLAGS:
        if form.get(name) not in (None, "") and (on := flag(form, name)) is not None:
            values[name] = on
    if form.get("rotate") not in (None, "", 0):
        values["rotate"] = whole(form, "rotate")
    if form.get("trades"):
        values["trades"] = wholes(form, "trades")
    for name in form.get("clear") or []:
        values[str(name)] = [] if name == "trades" else ""
    check_edit(values)
    return values


Act = Callable[[Any, Person, Batch, list[int]], object]


async def edit(call: Call) -> Response:
    """Change fields of the photos: those that are given, and no others."""
    form = await call.form()
    values = edit_of(form)

    def act(connection: Any, person: Person, batch: Batch, ids: list[int]) -> None:  # noqa: ANN401
        wanted = edit_from(connection, person, batch, values)
        edit_photos(connection, person, ids, wanted)

    return await _do(call, form, "bulk_edit", act, {"edit": values})


async def recycle(call: Call) -> Response:
    """Put the photos in the recycle bin."""

    def act(connection: Any, person: Person, batch: Batch, ids: list[int]) -> None:  # noqa: ANN401
        recycle_photos(connection, person, batch, ids)

    return await _do(call, await call.form(), "bulk_recycle", act)


async def retrieve(call: Call) -> Response:
    """Take the photos out of the recycle bin."""

    def act(connection: Any, person: Person, _: Batch, ids: list[int]) -> None:  # noqa: ANN401
        retrieve_photos(connection, person, ids)

    return await _do(call, await call.form(), "bulk_retrieve", act)


async def purge(call: Call) -> Response:
    """Delete photos in the bin for good; ``reason`` stands on their tombstones."""
    form = await call.form()
    which = chosen(form)
    reason = word(form, "reason") or ""

    def change(archive: Archive, person: Person) -> int | None:
        require(person, "purge")
        ids = _few(archive.connection, person, which)
        if ids is None:
            return None
        return purge_photos(archive, person, ids, reason)

    done = await call.change(change)
    if done is None:
        return await _queue(call, form, "bulk_purge", {"reason": reason})
    return changed(call, form, None, {"photos": done})


async def download(call: Call) -> StreamResponse:
    """Answer with a zip of the originals and lists of all that is known of them."""
    which = chosen(await call.form())
    folder = call.database.originals

    def pack(connection: Any) -> Quick:  # noqa: ANN401
        person = connection.person
        who = viewer(person)
        ids = _found(connection, person, which, MOST_IN_ZIP)
        if who is None or len(ids) > MOST_IN_ZIP:
            raise InvalidInput(
                f"a zip takes {MOST_IN_ZIP:,} photos; choose fewer",
                key="zip_full",
                n=MOST_IN_ZIP,
            )
        return quick_of(connection, folder, ids, who)

    packed = await asyncio.to_thread(checked, await call.read(pack))
    if not packed.files:
        raise InvalidInput("none of the files of these photos are here", key="no_files")
    size = await asyncio.to_thread(packed.length)
    headers = {
        "content-type": "application/zip",
        "content-disposition": disposition(_name(call, packed), inline=False),
        "cache-control": "no-store",
    }
    return StreamResponse(packed.pieces(), size, headers)


def _name(call: Call, packed: Quick) -> str:
    """Return the name of a zip, which says so where some photos are not in it."""
    title = call.database.title
    if packed.missing:
        count = len(packed.files)
        title = text("files.some", name=title, n=count, of=len(packed.rows))
    return f"{safe_name(title, 'photos')}.zip"


async def _do(
    call: Call,
    form: Mapping[str, Any],
    kind: str,
    act: Act,
    options: dict[str, Any] | None = None,
) -> Response:
    """Do it at once when the photos are few; else put a job in the queue."""
    which = chosen(form)

    def change(connection: Any, person: Person, batch: Batch) -> int | None:  # noqa: ANN401
        ids = _few(connection, person, which)
        if ids:
            act(connection, person, batch, ids)
        return None if ids is None else len(ids)

    done = await call.write("", change)
    if done.value is None:
        return await _queue(call, form, kind, options or {})
    return changed(call, form, done.batch, {"photos": done.value})


async def _queue(
    call: Call, form: Mapping[str, Any], kind: str, options: dict[str, Any]
) -> Response:
    which = chosen(form)

    def add(archive: Archive, person: Person) -> str:
        job = add_job(archive.connection, person, kind, {**which.options, **options})
        return job.uuid

    uuid = await call.change(add)
    url = call.links.to(f"jobs/{uuid}")
    return changed(call, {**form, "next": url}, None, {"job": uuid, "url": url})


ROUTES = (
    Route("/-/bulk/edit", edit, "bulk_describe", ("POST",)),
    Route("/-/bulk/recycle", recycle, "recycle", ("POST",)),
    Route("/-/bulk/retrieve", retrieve, "retrieve", ("POST",)),
    Route("/-/bulk/download", download, "download", ("POST",)),
    Route("/-/bulk/purge", purge, "purge", ("POST",)),
)
