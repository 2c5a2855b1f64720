"""``/tower-4/-/jobs``: work under way, with progress, what failed, cancel and retry.

One sees one's own jobs; an admin sees all.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from archive.additions import WITHIN
from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import NotFound
from archive.export.keeping import KINDS
from archive.history import find_batches
from archive.identity import as_id
from archive.jobs import (
    Job,
    JobError,
    add_job,
    cancel_job,
    find_job,
    list_errors,
    list_jobs,
    retry_job,
)
from archive.people import Person
from archive.undo import may_undo, undo
from archive.uploads import find_upload
from plugins.calls import Call, Route, redirect
from plugins.compat import Response
from plugins.pages.answers import archive_page, data
from plugins.pages.wording import job_message, job_title
from plugins.templating import reason

PAGE = 50  # jobs
ERRORS = 200  # of one job's page
FEW_ERRORS = 5  # of each job in the list
FEW_CHANGES = 2000  # are undone at once: a second or two, in which others wait
# Kinds whose changes are one run of batches, which can be taken back.
_UNDOABLE = {"import", "bulk_edit", "bulk_recycle", "bulk_retrieve"}


async def show(call: Call) -> Response:
    """Answer with the jobs, the newest first."""
    before = as_id(call.arg("before"))

    def load(connection: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        jobs = list_jobs(connection, connection.person, limit=PAGE + 1, before=before)
        return [shown(call, connection, job, FEW_ERRORS) for job in jobs]

    found = await _with_own(call, await call.read(load))
    jobs, more = found[:PAGE], len(found) > PAGE
    following = call.links.to("jobs", before=jobs[-1]["id"]) if more else None
    context = {"jobs": jobs, "next_url": following}
    if call.wants_json:
        return data(context)
    return await archive_page(call, "jobs.html", context)


async def show_job(call: Call) -> Response:
    """Answer with one job and what failed of it."""
    which, after = call.names["job"], call.arg("after")

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        job = find_job(connection, connection.person, which)
        return shown(call, connection, job, ERRORS, after)

    (job,) = await _with_own(call, [await call.read(load)])
    if call.wants_json:
        return data({"job": job})
    return await archive_page(call, "job.html", {"job": job})


async def cancel(call: Call) -> Response:
    """Ask a job to stop."""
    return await _change(call, cancel_job)


async def retry(call: Call) -> Response:
    """Take a job up again."""
    return await _change(call, retry_job)


async def _change(call: Call, change: Any) -> Response:  # noqa: ANN401
    form = await call.form()

    def changed(archive: Archive, person: Person) -> Job:
        job: Job = change(archive.connection, person, call.names["job"])
        return job

    job = await call.change(changed)
    if call.wants_json:
        return data({"job": {"id": job.id, "state": job.state}})
    return redirect(call.links.back(str(form.get("next", ""))))


async def take_back(call: Call) -> Response:
    """Undo all that a job did; where that is much, as a job of its own."""
    form = await call.form()

    def change(archive: Archive, person: Person) -> dict[str, Any]:
        job = find_job(archive.connection, person, call.names["job"])
        batches = find_batches(archive.connection, job.uuid)
        if sum(batch.changes for batch in batches) > FEW_CHANGES:
            added = add_job(archive.connection, person, "undo", {"batch": job.uuid})
            return {"job": added.uuid, "batch": None}
        report = undo(archive.connection, person, batches)
        last = report.batches[-1] if report.batches else None
        return {"batch": last, "kept": len(report.kept)}

    done = await call.change(change)
    if call.wants_json:
        return data(done)
    return redirect(call.links.back(str(form.get("next", ""))))


async def make_thumbnails(call: Call) -> Response:
    """Begin to make the thumbnails that are missing."""
    form = await call.form()

    def add(archive: Archive, person: Person) -> Job:
        return add_job(archive.connection, person, "renditions")

    job = await call.change(add)
    url = call.links.to(f"jobs/{job.id}")
    if call.wants_json:
        return data({"job": job.uuid, "url": url})
    return redirect(call.links.back(str(form.get("next", "")) or url))


def shown(
    call: Call,
    connection: Any,  # noqa: ANN401
    job: Job,
    errors: int,
    after: str = "",
) -> dict[str, Any]:
    """Return a job as JSON and templates have it.

    :param errors: how many of what failed it tells
    """
    failed = (
        list_errors(connection, job, limit=errors + 1, after=after)
        if job.errors
        else []
    )
    url = call.links.to(f"jobs/{job.id}")
    return {
        "id": job.id,
        "uuid": job.uuid,
        "kind": job.kind,
        "title": job_title(job.kind),
        "url": url,
        "person": job.person,
        "own": job.person_id == call.person.id,
        "state": _state(job),
        "open": job.open,
        "done": job.done,
        "total": job.total,
        "message": job_message(job.message),
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "errors": job.errors,
        "failed": [_error(error) for error in failed[:errors]],
        "more_url": f"{url}?after={failed[errors - 1].item}"
        if len(failed) > errors
        else None,
        "cancellable": job.state in ("queued", "running", "interrupted")
        and not job.cancelling,
        "again": job.again and not _lost(connection, job),
        "undoable": _undoable(call, connection, job),
        "about": _about(call, connection, job),
    }


def _state(job: Job) -> str:
    """Return the state in the words of the page, where there are more."""
    if job.cancelling and job.open:
        return "cancelling"
    return "waiting" if job.waiting else job.state


def _error(error: JobError) -> dict[str, str]:
    return {"item": error.item, "name": error.name, "reason": reason(error.reason)}


def _undoable(call: Call, connection: Any, job: Job) -> bool:  # noqa: ANN401
    """Whether an ended job did something that is not undone yet."""
    if job.kind not in _UNDOABLE or job.open or not call.may("history"):
        return False
    row = connection.execute(
        """
        select 1 from batches b where b.run = ? and not exists (
            select 1 from batches u where u.undoes = b.id) limit 1
        """,
        (job.uuid,),
    ).fetchone()
    return row is not None


async def _with_own(call: Call, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say of uploads of one's own whether one may take them back without being admin.

    Asked where changes are made: readers are not shown the history.
    """
    since = timestamp(utc_now() - WITHIN)
    own = [
        job
        for job in jobs
        if job["own"]
        and job["kind"] == "import"
        and not job["open"]
        # its photos came before that
        and (job["finished_at"] or "") > since
    ]
    if call.may("history") or not own:
        return jobs

    def ask(archive: Archive, person: Person) -> set[str]:
        connection = archive.connection
        return {j["uuid"] for j in own if _may_take_back(connection, person, j["uuid"])}

    undoable = await call.change(ask)
    return [{**job, "undoable": job["uuid"] in undoable} for job in jobs]


def _may_take_back(connection: Any, person: Person, run: str) -> bool:  # noqa: ANN401
    try:
        batches = find_batches(connection, run)
    except NotFound:
        return False
    return any(b.undone_by is None for b in batches) and may_undo(
        connection, person, run
    )


def _lost(connection: Any, job: Job) -> bool:  # noqa: ANN401
    """Whether nothing is left to try again: the bytes of refused files are gone."""
    if job.kind != "import" or job.state != "done":
        return False
    row = connection.execute(
        """
        select 1 from uploads u join upload_files f on f.upload_id = u.id
        where u.job_id = ? and f.kept = 1 limit 1
        """,
        (job.id,),
    ).fetchone()
    return row is None


def _about(call: Call, connection: Any, job: Job) -> str | None:  # noqa: ANN401
    """Return the address of what the job is about: its upload, or its photos."""
    if job.kind == "import" and job.person_id == call.person.id:
        uuid = str(job.options.get("upload"))
        with suppress(NotFound):  # forgotten before its job
            find_upload(connection, call.person, uuid)
            return call.links.to(f"uploads/{uuid}")
    if job.kind in KINDS and job.person_id == call.person.id:
        return call.links.to("exports")
    if "query" in job.options:
        return call.links.gallery(str(job.options["query"]))
    return None


_JOB = r"/-/jobs/(?P<job>[0-9a-f-]{1,36})"

ROUTES = (
    Route("/-/jobs", show, "upload", json=True),
    Route("/-/jobs/thumbnails", make_thumbnails, "history", ("POST",)),
    Route(_JOB, show_job, "upload", json=True),
    Route(f"{_JOB}/cancel", cancel, "upload", ("POST",)),
    Route(f"{_JOB}/retry", retry, "upload", ("POST",)),
    Route(f"{_JOB}/undo", take_back, "undo", ("POST",)),
)
