"""What holds for every run of the sync, on its page: schedule, originals, and the plan.

A plan is what a run would do, found out by a job that writes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from archive.albums import UNCLASSIFIED_ID, find_album
from archive.clock import timestamp, utc_now, wall_clock
from archive.database import Archive
from archive.errors import InvalidInput
from archive.jobs import Job, add_job, last_job
from archive.people import Person
from archive.remotes import (
    EVERY,
    Choice,
    SyncRun,
    link_of,
    list_runs,
    originals_of,
    past_of,
    schedule_of,
    set_originals,
    set_schedule,
)
from archive.remotes.choosing import choosable, days
from archive.schedules import (
    MOST_HOURS,
    OFF,
    Schedule,
    as_json,
    every,
    next_run,
    weekly,
)
from plugins.calls import Call, Route, redirect
from plugins.compat import Response
from plugins.pages.answers import changed, data
from plugins.pages.fields import flag, whole, word
from plugins.templating import album_name

PLAN = "sync_plan"  # the kind of job; the package sync brings it
OFFERED = 300  # albums, and locations: more are chosen on the command line


def standing(connection: Any, person: Person) -> dict[str, Any]:  # noqa: ANN401
    """Return schedule, originals and plan, as the page shows them."""
    return {
        "schedule": _schedule(connection),
        "originals": _originals(connection),
        "plan": _plan(
            last_job(connection, person, PLAN), list_runs(connection, limit=1)
        ),
    }


def _schedule(connection: Any) -> dict[str, Any]:  # noqa: ANN401
    found = schedule_of(connection)
    past = past_of(connection)
    begins = next_run(found, past, utc_now())
    return {
        **as_json(found),
        "mode": "every" if found.hours else "weekly" if found.is_on else "off",
        "most": MOST_HOURS,
        "next": begins and timestamp(begins),
        "next_here": begins and wall_clock(begins)[:16],
        "again": bool(past.failures and found.is_on),
    }


def _originals(connection: Any) -> dict[str, Any]:  # noqa: ANN401
    choice = originals_of(connection)
    first, last = choice.taken[0] if choice.taken else ("", "")
    albums, places = choosable(connection)
    return {
        "mode": "all" if choice.all else "none" if choice.is_none else "some",
        "albums": _offered(_called(connection, albums), choice.albums),
        "locations": _offered(places, choice.locations),
        "taken": [list(some) for some in choice.taken],
        "first": first,
        "last": last,
    }


def _called(connection: Any, albums: Mapping[str, str]) -> dict[str, str]:  # noqa: ANN401
    """Return names of albums by uuid as the reader's language has them."""
    always = find_album(connection, UNCLASSIFIED_ID)
    return {**albums, always.uuid: album_name(always)}


def _offered(named: Mapping[str, str], chosen: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what can be chosen; what is chosen already, in any case."""
    return [
        {"uuid": uuid, "name": name, "chosen": uuid in chosen}
        for number, (uuid, name) in enumerate(named.items())
        if number < OFFERED or uuid in chosen
    ]


def _plan(job: Job | None, runs: Sequence[SyncRun]) -> dict[str, Any] | None:
    """Return the last plan, until a run carries it out."""
    if job is None or job.state == "cancelled":
        return None
    plan = job.position.get("plan", {})
    if runs and not job.open and runs[0].started_at > plan.get("at", "9999"):
        return None
    return {
        "id": job.id,
        "state": job.state,
        "why": job.message if job.state == "failed" else "",
        **plan,
    }


async def make_plan(call: Call) -> Response:
    """Find out what a run would do, unless that is under way."""
    form = await call.form()

    def add(archive: Archive, person: Person) -> Job:
        if link_of(archive.connection) is None:
            raise InvalidInput("there is no remote to sync with", key="no_remote")
        found = last_job(archive.connection, person, PLAN)
        if found is not None and found.open:
            return found
        return add_job(archive.connection, person, PLAN)

    job = await call.change(add)
    if call.wants_json:
        return data({"job": job.uuid, "url": call.links.to(f"jobs/{job.id}")})
    return redirect(call.links.back(str(form.get("next", ""))))


async def change_schedule(call: Call) -> Response:
    """Say when runs begin: ``mode`` with ``hours``, or ``day-0`` to 6 and ``times``."""
    form = await call.form()
    wanted = _wanted_schedule(form)
    written = await call.write(
        "remote",
        lambda connection, person, _: set_schedule(
            connection, person, wanted, utc_now()
        ),
    )
    return changed(call, form, written.batch)


def _wanted_schedule(form: Mapping[str, Any]) -> Schedule:
    mode = word(form, "mode")
    if mode == "every":
        return every(whole(form, "hours") or 0)
    if mode == "weekly":
        chosen = [day for day in range(7) if flag(form, f"day-{day}")]
        return weekly(chosen, word(form, "times") or "")
    if mode != "off":
        raise InvalidInput("off, every or weekly", key="schedule_times")
    return OFF


async def change_originals(call: Call) -> Response:
    """Choose whose originals come: ``mode``, ``album-UUID``, ``first`` and ``last``."""
    form = await call.form()

    def change(connection: Any, person: Person, _: object) -> None:  # noqa: ANN401
        choice = _wanted_originals(form, originals_of(connection))
        albums, places = choosable(connection)
        known = replace(
            choice,
            albums=tuple(uuid for uuid in choice.albums if uuid in albums),
            locations=tuple(uuid for uuid in choice.locations if uuid in places),
        )
        set_originals(connection, person, known)

    written = await call.write("remote", change)
    return changed(call, form, written.batch)


def _wanted_originals(form: Mapping[str, Any], before: Choice) -> Choice:
    mode = word(form, "mode")
    if mode == "all":
        return EVERY
    if mode == "none":
        return Choice(all=False)
    if mode != "some":
        raise InvalidInput("all, some or none", key="no_originals", name=str(mode))
    first, last = word(form, "first") or "", word(form, "last") or ""
    # the page has one range of days; others are kept as they are
    taken = ((days(first, last),) if first or last else ()) + before.taken[1:]
    return Choice(
        all=False,
        albums=_ticked(form, "album-"),
        locations=_ticked(form, "location-"),
        taken=taken,
    )


def _ticked(form: Mapping[str, Any], prefix: str) -> tuple[str, ...]:
    names = (name for name in form if name.startswith(prefix) and flag(form, name))
    return tuple(name.removeprefix(prefix) for name in names)


ROUTES = (
    Route("/-/sync/plan", make_plan, "settings", ("POST",)),
    Route("/-/sync/schedule", change_schedule, "settings", ("POST",)),
    Route("/-/sync/originals", change_originals, "settings", ("POST",)),
)
