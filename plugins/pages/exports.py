"""``/tower-4/-/exports``: reports and zips that are made in the background.

One sees one's own for a week, and downloads them while one may see all that is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.database import Archive
from archive.errors import Conflict, InvalidInput
from archive.export.keeping import (
    Kept,
    find_kept,
    list_exports,
    open_kept,
    own_export,
    remove_kept,
)
from archive.export.pdf import MOST, template_from
from archive.export.pdf.template import FIELDS, PER_PAGE, SECTIONS, kept_templates
from archive.export.pdf.words import languages
from archive.jobs import Job, add_job, cancel_job
from archive.people import Person
from archive.photos import get_photo
from archive.rights import viewer
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

MEDIA_TYPES = {".pdf": "application/pdf", ".zip": "application/zip"}
OFFERED = (150, 200, 300, 0)  # dots per inch
CHOSEN = ("number", "taken", "description", "location")
_TEXTS = ("title", "subtitle", "sections", "order", "paper", "qr", "footer")
_FLAGS = ("landscape", "pairs")


async def show(call: Call) -> Response:
    """Answer with one's exports, the newest first."""

    def load(connection: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        jobs = list_exports(connection, connection.person)
        return [_export(call, job) for job in jobs]

    exports = await call.read(load)
    if call.wants_json:
        return data({"exports": exports})
    return await archive_page(call, "exports.html", {"exports": exports})


def _export(call: Call, job: Job) -> dict[str, Any]:
    kept = find_kept(call.database.folder, job) if job.state == "done" else None
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
        media_type=MEDIA_TYPES[kept.path.suffix],
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
    }
    return await archive_page(call, "report.html", context)


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
    for name in ("per_page", "resolution"):
        if form.get(name) not in (None, ""):
            values[name] = whole(form, name)
    fields = [name for name in FIELDS if flag(form, f"field_{name}")]
    if fields or "fields_given" in form:
        values["fields"] = fields
    return values


async def make_zip(call: Call) -> Response:
    """Put a zip in the queue."""
    return await _queue(call, await call.form(), "export_zip", {})


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
    """Return the language of the page, in which the report is written, too."""
    wanted = actors.language()
    return wanted if wanted in languages() else "en"


_JOB = r"/-/exports/(?P<job>[0-9a-f-]{36})"

ROUTES = (
    Route("/-/exports", show, "download", json=True),
    Route("/-/exports/report", ask, "download"),
    Route("/-/exports/pdf", make_pdf, "download", ("POST",)),
    Route("/-/exports/zip", make_zip, "download", ("POST",)),
    Route(f"{_JOB}/file", send, "download"),
    Route(f"{_JOB}/remove", remove, "download", ("POST",)),
)
