"""``/tower-4/-/sync``: how the archive and its remote stand, and what people decide.

A run is a job, in a process of its own. What the sync wrote down is read where changes
are made: only admins come here, and the guarded connection shows nothing of it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.database import Archive
from archive.errors import InvalidInput, NotFound
from archive.jobs import Job, add_job, last_job
from archive.people import Person
from archive.remotes import (
    ConflictRecord,
    SyncRun,
    decide,
    link_of,
    list_conflicts,
    list_runs,
    list_set_aside,
    sync_state,
    try_now,
)
from plugins.calls import Call, Route, redirect
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import word
from plugins.pages.sync_standing import standing

CONFLICTS = 50  # on a page
RUNS = 10
KIND = "sync"  # of the job; the package sync brings it


async def show(call: Call) -> Response:
    """Answer with the link, the last runs, conflicts, and what is set aside."""
    after = call.arg("after")

    def load(archive: Archive, person: Person) -> dict[str, Any]:
        return _load(call, archive, person, after)

    shown = await call.change(load)
    if call.wants_json:
        return data(shown)
    return await archive_page(call, "sync.html", shown)


def _load(call: Call, archive: Archive, person: Person, after: str) -> dict[str, Any]:
    connection = archive.connection
    conflicts = list_conflicts(connection, limit=CONFLICTS + 1, after=after)
    more = conflicts[CONFLICTS - 1].key if len(conflicts) > CONFLICTS else None
    state, job = sync_state(connection), _open_job(connection, person)
    return {
        "link": link_of(connection),
        "there": state.there,
        "under_way": state.under_way,
        "open_conflicts": state.conflicts,
        "job": job and {"id": job.id, "url": call.links.to(f"jobs/{job.id}")},
        "runs": [_run(run) for run in list_runs(connection, limit=RUNS)],
        "conflicts": [_conflict(call, one) for one in conflicts[:CONFLICTS]],
        "next_url": call.links.to("sync", after=more) if more else None,
        "aside": [asdict(one) for one in list_set_aside(connection)],
        "aside_count": state.set_aside,
        **standing(connection, person),
    }


def _open_job(connection: Any, person: Person) -> Job | None:  # noqa: ANN401
    found = last_job(connection, person, KIND)
    return found if found is not None and found.open else None


def _run(run: SyncRun) -> dict[str, Any]:
    report = run.report
    return {
        **asdict(run),
        "acts": _counted(report.get("done")),
        "failures": _counted(report.get("failed")),
        "held": _counted(report.get("held")),
        "why": report.get("stopped") or report.get("error") or "",
        "brakes": report.get("brakes") or [],
    }


def _counted(found: object) -> list[dict[str, Any]]:
    """Return "make here photo": 12 as what was done, to what, how often."""
    if not isinstance(found, dict):
        return []
    return [
        {"act": act.rpartition(" ")[0], "kind": act.rpartition(" ")[2], "n": count}
        for act, count in found.items()
        if isinstance(count, int) and count
    ]


def _conflict(call: Call, one: ConflictRecord) -> dict[str, Any]:
    url = None
    if one.kind == "photo" and one.number is not None:
        url = call.links.photo(one.number)
    return {**asdict(one), "url": url}


async def begin(call: Call) -> Response:
    """Begin a run now, unless one is under way.

    With ``confirm`` it lets go of a brake that the last run told of, by its name.
    """
    form = await call.form()
    name = word(form, "confirm") or ""

    def add(archive: Archive, person: Person) -> Job:
        if link_of(archive.connection) is None:
            raise InvalidInput("there is no remote to sync with", key="no_remote")
        options = {"confirmed": [name]} if name else None
        if name not in ("", *_told_brakes(archive.connection)):
            raise NotFound(f"there is no brake {name}", key="no_brake", name=name)
        found = _open_job(archive.connection, person)
        return found or add_job(archive.connection, person, KIND, options)

    job = await call.change(add)
    if call.wants_json:
        return data({"job": job.uuid, "url": call.links.to(f"jobs/{job.id}")})
    return redirect(call.links.back(str(form.get("next", ""))))


def _told_brakes(connection: Any) -> list[str]:  # noqa: ANN401
    """Return the names of the brakes that the last run met."""
    runs = list_runs(connection, limit=1)
    told = runs[0].report.get("brakes") if runs else None
    return [str(one.get("name")) for one in told or []]


async def choose(call: Call) -> Response:
    """Say what holds in a conflict; the next run carries it out."""
    form = await call.form()
    choice = str(form.get("choice", ""))
    other = str(form.get("other", "")) if choice == "other" else None
    key = str(form.get("key", ""))
    written = await call.write(
        "conflict decided",
        lambda connection, person, batch: decide(
            connection, person, batch, key, choice=choice, other=other
        ),
    )
    return changed(call, form, written.batch)


async def try_again(call: Call) -> Response:
    """Let the next run try again what is set aside."""
    form = await call.form()
    number = await call.change(lambda archive, _: try_now(archive.connection))
    if call.wants_json:
        return data({"records": number})
    return redirect(call.links.back(str(form.get("next", ""))))


ROUTES = (
    Route("/-/sync", show, "settings", json=True),
    Route("/-/sync/now", begin, "settings", ("POST",)),
    Route("/-/sync/decide", choose, "settings", ("POST",)),
    Route("/-/sync/again", try_again, "settings", ("POST",)),
)
