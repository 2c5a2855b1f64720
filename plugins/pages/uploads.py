"""``/tower-4/-/uploads``: beginning an upload, announcing its files, seeing its end.

The bytes go by the protocol tus (``tus.py``). A page of ours opens an upload with what
holds for all its files, announces them some hundreds at a time, sends the bytes of each
to its address, and closes the upload.
"""

from __future__ import annotations

from typing import Any

from archive.albums import Album, list_albums, visible_album
from archive.database import Archive
from archive.errors import ArchiveError, InvalidInput
from archive.identity import as_id
from archive.jobs import Job, find_job
from archive.locations import list_locations
from archive.people import Person
from archive.rights import viewer
from archive.search import Filter, parse
from archive.search.names import find_ids
from archive.settings import get_setting
from archive.trades import list_trades
from archive.uploads import (
    Counts,
    NewFile,
    Upload,
    UploadFile,
    add_files,
    cancel_upload,
    close_upload,
    count_files,
    ended_files,
    find_upload,
    list_uploads,
    open_files,
    open_upload,
)
from plugins.calls import Call, Route, redirect, sends_json
from plugins.compat import Response
from plugins.pages import tus
from plugins.pages.answers import archive_page, data
from plugins.templating import reason

AT_ONCE = 1000  # files that are announced together
PAGE = 500  # files of which an answer tells
LISTED = 20  # uploads on the page


async def show(call: Call) -> Response:
    """Answer with the form, and the person's own uploads of late."""
    if call.request.method == "OPTIONS":
        return await tus.about(call)
    if call.request.method == "POST":
        return await begin(call)

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        person = connection.person
        uploads = [
            _told(call, connection, upload)
            for upload in list_uploads(connection, person, LISTED)
        ]
        return {"uploads": uploads, **_form(call, connection)}

    found = await call.read(load)
    if call.wants_json:
        return data({"uploads": found["uploads"]})
    return await archive_page(call, "uploads.html", found)


async def show_form(call: Call) -> Response:
    """Answer with the form alone, for the dialog of other pages."""
    found = await call.read(lambda connection: _form(call, connection))
    return await archive_page(call, "_upload_form.html", found)


def _form(call: Call, connection: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what the form offers; it begins with the place that was looked at."""
    who = viewer(connection.person)
    here = _place(call.arg("q"))
    return {
        "albums": list_albums(connection, who),
        "locations": [found.path for found in list_locations(connection, who)],
        "trades": [found for found in list_trades(connection, who) if found.active],
        "album": _album(connection, here.get("album", "")),
        "location": here.get("location", ""),
        "trade": here.get("trade", ""),
        "private": bool(get_setting(connection, "private_by_default")),
        "on_the_fly": bool(get_setting(connection, "locations_on_the_fly"))
        or call.may("edit_locations"),
    }


def _place(query: str) -> dict[str, str]:
    """Return the album, location and trade that all photos of a search have."""
    try:
        clauses = parse(query).clauses
    except ArchiveError:
        return {}
    terms = [clause[0] for clause in clauses if len(clause) == 1]
    return {
        term.name: term.value
        for term in terms
        if isinstance(term, Filter) and not term.negated
    }


def _album(connection: Any, name: str) -> Album | None:  # noqa: ANN401
    """Return the album that a search asks for, if it is one."""
    who = viewer(connection.person)
    if who is None:
        return None
    try:
        (number,) = find_ids(connection, "album", name, who)
        return visible_album(connection, number, who)
    except (ArchiveError, ValueError):  # none or several of that name
        return None


async def begin(call: Call) -> Response:
    """Open an upload (JSON: its options); other bodies are the protocol's."""
    if not sends_json(call.request):
        return await tus.create(call)
    options = await call.form()

    def change(archive: Archive, person: Person) -> dict[str, Any]:
        upload = open_upload(archive, person, options)
        return _told(call, archive.connection, upload, person)

    told = await call.change(change)
    return data({"upload": told}, status=201)


async def announce(call: Call) -> Response:
    """Announce ``files``, each with ``key``, ``name``, ``bytes``, ``modified``."""
    form = await call.form()
    wanted = [_new_file(item) for item in _list(form.get("files"))]

    def change(archive: Archive, person: Person) -> list[UploadFile]:
        upload = find_upload(archive.connection, person, call.names["upload"])
        return add_files(archive.connection, person, upload, wanted)

    files = await call.change(change)
    return data({"files": [_file(call, file) for file in files]}, status=201)


def _list(value: object) -> list[object]:
    if not isinstance(value, list) or not 0 < len(value) <= AT_ONCE:
        raise InvalidInput(f"files is a list of 1 to {AT_ONCE} files")
    return value


def _new_file(item: object) -> NewFile:
    if not isinstance(item, dict):
        raise InvalidInput("a file has a key, a name and bytes")
    key, name, size = item.get("key"), item.get("name"), item.get("bytes")
    if not (isinstance(key, str) and isinstance(name, str) and type(size) is int):
        raise InvalidInput("a file has a key, a name and bytes")
    modified = item.get("modified")
    return NewFile(key, name, size, modified if type(modified) is int else None)


async def show_upload(call: Call) -> Response:
    """Answer with one upload: how far it is, and what became of its files.

    ``after`` begins where the answer before ended (its ``next``).
    """
    uuid = call.names["upload"]
    after = _cursor(call.arg("after"))

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        upload = find_upload(connection, connection.person, uuid)
        files = ended_files(connection, upload, after=after, limit=PAGE)
        seen = _seen(connection, files)
        return {
            "upload": _told(call, connection, upload),
            "files": [_file(call, file, seen) for file in files],
            "next": f"{files[-1].ended_at}/{files[-1].id}" if files else None,
            "more": len(files) == PAGE,
        }

    found = await call.read(load)
    if call.wants_json:
        return data(found)
    return await archive_page(call, "upload.html", found)


def _cursor(text: str) -> tuple[str, int]:
    at, _, number = text.partition("/")
    return at, as_id(number) or 0


async def show_open(call: Call) -> Response:
    """Answer with the files whose outcome is not known yet, to go on with them."""
    uuid, after = call.names["upload"], as_id(call.arg("after")) or 0

    def load(connection: Any) -> list[tuple[int, dict[str, Any]]]:  # noqa: ANN401
        upload = find_upload(connection, connection.person, uuid)
        files = open_files(connection, upload, after=after, limit=PAGE)
        return [(file.id, _file(call, file)) for file in files]

    found = await call.read(load)
    last = found[-1][0] if len(found) == PAGE else None
    return data({"files": [file for _, file in found], "next": last})


async def close(call: Call) -> Response:
    """Say that no more files come."""
    return await _end(call, close_upload)


async def cancel(call: Call) -> Response:
    """Give up all files that are not imported yet."""
    return await _end(call, cancel_upload)


async def _end(call: Call, end: Any) -> Response:  # noqa: ANN401
    form = await call.form()

    def change(archive: Archive, person: Person) -> dict[str, Any]:
        upload = find_upload(archive.connection, person, call.names["upload"])
        end(archive, upload)
        ended = find_upload(archive.connection, person, upload.uuid)
        return _told(call, archive.connection, ended, person)

    told = await call.change(change)
    if call.wants_json:
        return data({"upload": told})
    return redirect(call.links.back(str(form.get("next", ""))))


def _told(
    call: Call,
    connection: Any,  # noqa: ANN401
    upload: Upload,
    person: Person | None = None,
) -> dict[str, Any]:
    """Return an upload as JSON and templates have it."""
    counts = count_files(connection, upload)
    job = find_job(connection, person or connection.person, upload.job_id)
    return {
        "uuid": upload.uuid,
        "url": call.links.to(f"uploads/{upload.uuid}"),
        "options": upload.options,
        "created_at": upload.created_at,
        "closed_at": upload.closed_at,
        "photos_url": _photos_url(call, upload, person or connection.person, counts),
        "job": {"url": call.links.to(f"jobs/{job.id}"), **_job(job)},
        "counts": {name: getattr(counts, name) for name in Counts.__slots__},
        "over": not job.open
        and upload.closed_at is not None
        and counts.ended == counts.files,
    }


def _job(job: Job) -> dict[str, Any]:
    return {"id": job.id, "state": job.state, "message": reason(job.message)}


def _photos_url(
    call: Call, upload: Upload, person: Person, counts: Counts
) -> str | None:
    """Return the search for the new photos: the person's, since the upload began."""
    if not counts.imported:
        return None
    since = upload.created_at[:19]
    return call.links.gallery(f'by:"{person.name}" uploaded:{since}..')


def _seen(connection: Any, files: list[UploadFile]) -> set[int]:  # noqa: ANN401
    """Return which of their photos the person may see now."""
    numbers = [file.photo_id for file in files if file.photo_id is not None]
    marks = ", ".join("?" * len(numbers))
    rows = connection.execute(f"select id from photos where id in ({marks})", numbers)
    return {int(row[0]) for row in rows}


def _file(
    call: Call, file: UploadFile, seen: frozenset[int] | set[int] = frozenset()
) -> dict[str, Any]:
    """Return a file as JSON and templates have it.

    :param seen: photos that the person may see
    """
    photo = file.photo_id if file.photo_id in seen else None
    return {
        "key": file.key,
        "uuid": file.uuid,
        "name": file.name,
        "bytes": file.bytes,
        "modified": file.modified_ms,
        "url": tus.file_url(call, file),
        "offset": file.bytes if file.whole_at else file.synced,
        "outcome": file.outcome,
        "reason": reason(file.reason or "") or None,
        "photo_url": call.links.photo(photo) if photo else None,
    }


_UPLOAD = r"/-/uploads/(?P<upload>[0-9a-f-]{36})"

ROUTES = (
    Route("/-/uploads", show, "upload", ("GET", "POST", "OPTIONS"), json=True),
    Route("/-/uploads/form", show_form, "upload"),
    *tus.ROUTES,
    Route(_UPLOAD, show_upload, "upload", json=True),
    Route(f"{_UPLOAD}/open", show_open, "upload", json=True),
    Route(f"{_UPLOAD}/files", announce, "upload", ("POST",)),
    Route(f"{_UPLOAD}/close", close, "upload", ("POST",)),
    Route(f"{_UPLOAD}/cancel", cancel, "upload", ("POST",)),
)
