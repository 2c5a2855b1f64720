"""``/tower-4/-/exports``: reports, zips and lists that are made in the background.

One sees one's own for a week, and downloads them while one may see all that is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from archive.database import Archive
from archive.errors import Conflict, InvalidInput
from archive.export.copies import KINDS as COPIES
from archive.export.data import can_parquet
from archive.export.keeping import (
    Kept,
    find_kept,
    list_exports,
    may_have,
    open_kept,
    own_export,
    remove_kept,
)
from archive.export.naming import FIELDS as FIELDS_OF_NAMES
from archive.export.naming import LIKE_ALBUMS, name_template
from archive.export.package import require_everything
from archive.export.pdf import MOST, template_from
from archive.export.pdf.template import FIELDS, PER_PAGE, SECTIONS, kept_templates
from archive.export.pdf.words import languages
from archive.export.photos import Packaging
from archive.export.stamps import CORNERS
from archive.jobs import Job, add_job, cancel_job
from archive.jobs.exports import LISTS
from archive.people import Person
from archive.photos import get_photo
from archive.rights import require, viewer
from archive.search import find_photos
from plugins import actors
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.files import FileResponse
from plugins.media import disposition
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.bulk import Chosen, chosen
from plugins.pages.fields import flag, whole, word
from plugins.security import CACHE

# By the kind in a receipt, which also is how the file ends
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    "package": "application/zip",
    "evidence": "application/zip",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
    "db": "application/vnd.sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Templates of names that are offered; others are typed
NAMES = (
    LIKE_ALBUMS,
    "{location:/}/{taken:%Y-%m-%d}_{id}_{description}",
    "{taken:%Y-%m-%d}/{taken:%H%M%S}_{location}",
    "{n:04}_{description}",
)
LOOKED_AT = 20_000  # photos of an export in the list, a few milliseconds
OFFERED = (150, 200, 300, 0)  # dots per inch
CHOSEN = ("number", "taken", "description", "location")
STAMPS = (
    "{location} · {taken:%d %b %Y %H:%M}",
    "{project} · {taken:%d %b %Y}",
    "{n:04} · {location}",
)
_TEXTS = (
    "title",
    "subtitle",
    "sections",
    "order",
    "paper",
    "qr",
    "footer",
    "stamp",
    "stamp_corner",
)
_FLAGS = ("landscape", "pairs", "key_plan")


async def show(call: Call) -> Response:
    """Answer with one's exports, the newest first."""

    def load(connection: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        jobs = list_exports(connection, connection.person)
        return [_export(call, connection, job) for job in jobs]

    exports = await call.read(load)
    if call.wants_json:
        return data({"exports": exports})
    return await archive_page(call, "exports.html", {"exports": exports})


def _export(call: Call, connection: Any, job: Job) -> dict[str, Any]:  # noqa: ANN401
    folder = call.database.folder
    kept = find_kept(folder, job) if job.state == "done" else None
    if kept and not may_have(connection, folder, connection.person, job, LOOKED_AT):
        kept = None  # its receipt names photos
    url = call.links.to(f"exports/{job.uuid}")
    return {
        "uuid": job.uuid,
        "kind": job.kind,
        "state": "cancelling" if job.cancelling and job.open else job.state,
        "open": job.open,
        "done": job.done,
        "total": job.total,
        "message": job.message,
        "errors": job.errors,
        "created_at": job.created_at,
        "name": str(job.options.get("name") or ""),
        "format": str(job.options.get("format") or ""),
        "query": str(job.options.get("query") or ""),
        "url": url,
        "file": f"{url}/file" if kept else None,
        "expires_at": kept.expires_at.isoformat() if kept else None,
        "receipt": kept.receipt if kept else None,
    }


async def send(call: Call) -> FileResponse:
    """Answer with the file of an export, to who asked for it."""
    folder, which = call.database.folder, call.names["job"]

    def find(connection: Any) -> Kept:  # noqa: ANN401
        return open_kept(connection, folder, connection.person, which)

    kept = await call.read(find)
    return FileResponse(
        kept.path,
        call.request,
        media_type=MEDIA_TYPES[kept.receipt["kind"]],
        etag=f'"{kept.receipt["sha256"]}"',
        headers={
            CACHE: "private, no-cache",
            "content-disposition": disposition(kept.name, inline=False),
        },
    )


async def remove(call: Call) -> Response:
    """Delete an export; one that is still made is cancelled first."""
    form = await call.form()
    which = call.names["job"]

    def change(archive: Archive, person: Person) -> bool:
        job = own_export(archive.connection, person, which)
        if job.open:
            cancel_job(archive.connection, person, job.id)
            return False
        remove_kept(archive.folder, job)
        return True

    removed = await call.change(change)
    return changed(call, form, None, {"removed": removed})


async def ask(call: Call) -> Response:
    """Answer with the form of a report: of some photos, or of what a search finds."""
    which = _asked(call)

    def load(connection: Any) -> int:  # noqa: ANN401
        return _count(connection, connection.person, which)

    context = {
        "ids": ",".join(map(str, which.ids)),
        "q": which.query,
        "count": await call.read(load),
        "most": MOST,
        "title": call.database.title,
        "per_page": PER_PAGE,
        "sections": SECTIONS,
        "fields": FIELDS,
        "chosen": CHOSEN,
        "resolutions": OFFERED,
        "templates": kept_templates(call.database.folder),
        "stamps": STAMPS,
        "corners": CORNERS,
    }
    return await archive_page(call, "report.html", context)


async def ask_files(call: Call) -> Response:
    """Answer with the forms of zips and lists: of some photos, or of a search."""
    which = _asked(call)

    def load(connection: Any) -> int:  # noqa: ANN401
        return _count(connection, connection.person, which)

    context = {
        "ids": ",".join(map(str, which.ids)),
        "q": which.query,
        "count": await call.read(load),
        "names": NAMES,
        "fields": FIELDS_OF_NAMES,
        "copies": ("", *COPIES),
        "lists": [name for name in LISTS if name != "parquet" or can_parquet()],
    }
    return await archive_page(call, "files.html", context)


def _asked(call: Call) -> Chosen:
    """Return which photos the address means: ``ids=1,2``, or ``q=``."""
    names = ("ids",) if call.arg("ids") else ("q",)
    return chosen({name: call.arg(name) for name in names})


def _count(connection: Any, person: Person, which: Chosen) -> int:  # noqa: ANN401
    """Return how many photos are meant, -1 for many; ``id``s that cannot be seen fail.

    :raises NotFound: as for ``get_photo``
    :raises InvalidQuery: a search that cannot be
    """
    who = viewer(person)
    if which.query is None:
        for number in which.ids[:100]:
            get_photo(connection, number, who)
        return len(which.ids)
    found = find_photos(connection, which.query, who, limit=1000)
    return -1 if found.next else len(found.ids)


async def make_pdf(call: Call) -> Response:
    """Put a report in the queue."""
    form = await call.form()
    values = _template(form)
    template_from(values)  # says what cannot be at once
    base = word(form, "base") or ""
    if base and base not in kept_templates(call.database.folder):
        raise InvalidInput(f"there is no template {base!r}")
    return await _queue(call, form, "export_pdf", {"template": values, "base": base})


def _template(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form says of a report's looks; what it leaves out is not there."""
    values: dict[str, Any] = {n: text for n in _TEXTS if (text := word(form, n))}
    for name in _FLAGS:
        if flag(form, name):
            values[name] = True
    if "markups_given" in form or form.get("markups") not in (None, ""):
        values["markups"] = bool(flag(form, "markups"))
    for name in ("per_page", "resolution"):
        if form.get(name) not in (None, ""):
            values[name] = whole(form, name)
    fields = [name for name in FIELDS if flag(form, f"field_{name}")]
    if fields or "fields_given" in form:
        values["fields"] = fields
    return values


async def make_zip(call: Call) -> Response:
    """Put a zip in the queue."""
    form = await call.form()
    names = (word(form, "names") or "").strip() or LIKE_ALBUMS
    sidecars = "xmp" if flag(form, "sidecars") else ""
    markups = bool(flag(form, "markups"))
    packaging = Packaging(names, sidecars, word(form, "copies") or "", markups)
    packaging.check()  # says what cannot be at once
    return await _queue(call, form, "export_zip", asdict(packaging))


async def make_list(call: Call) -> Response:
    """Put a log, a table or a database in the queue."""
    form = await call.form()
    kind, names = word(form, "format") or "", (word(form, "names") or "").strip()
    if kind not in LISTS:
        raise InvalidInput(f"there is no list {kind!r}", key="no_list", name=kind)
    if names:
        name_template(names)
    options = {"format": kind, "names": names}
    if flag(form, "photo_links"):
        require(call.person, "share")
        home = call.datasette.urls.instance()
        options["photo_links"] = call.datasette.absolute_url(call.request, str(home))
    return await _queue(call, form, "export_list", options)


async def make_package(call: Call) -> Response:
    """Put a close-out package in the queue."""
    form = await call.form()
    complete = flag(form, "complete")
    if complete:
        require_everything(call.person)
        form = {**form, "q": "", "ids": None}
    options = {"complete": complete, "language": _language()}
    return await _queue(call, form, "export_package", options)


async def make_evidence(call: Call) -> Response:
    """Put the signing of what is known of photos in the queue."""
    options = {"language": _language()}
    return await _queue(call, await call.form(), "export_evidence", options)


async def _queue(
    call: Call, form: Mapping[str, Any], kind: str, options: dict[str, Any]
) -> Response:
    which = chosen(form)
    if kind == "export_pdf":
        options["template"].setdefault("language", _language())
    name = options.get("template", {}).get("title") or call.database.title
    wanted = {**which.options, **options, "name": name}

    def add(archive: Archive, person: Person) -> str:
        if _count(archive.connection, person, which) == 0:
            raise Conflict("the search finds no photos now")
        job = add_job(archive.connection, person, kind, wanted)
        return job.uuid

    uuid = await call.change(add)
    url = call.links.to("exports")
    return changed(call, {**form, "next": url}, None, {"job": uuid, "url": url})


def _language() -> str:
    """Return the language of the page, in which what is made is written, too."""
    wanted = actors.language()
    return wanted if wanted in languages() else "en"


_JOB = r"/-/exports/(?P<job>[0-9a-f-]{36})"

ROUTES = (
    Route("/-/exports", show, "download", json=True),
    Route("/-/exports/report", ask, "download"),
    Route("/-/exports/files", ask_files, "download"),
    Route("/-/exports/pdf", make_pdf, "download", ("POST",)),
    Route("/-/exports/zip", make_zip, "download", ("POST",)),
    Route("/-/exports/list", make_list, "download", ("POST",)),
    Route("/-/exports/package", make_package, "download", ("POST",)),
    Route("/-/exports/evidence", make_evidence, "evidence", ("POST",)),
    Route(f"{_JOB}/file", send, "download"),
    Route(f"{_JOB}/remove", remove, "download", ("POST",)),
)
