"""``/tower-4/-/verify``: what was verified, what is wrong, and who has copies.

For who may read the history. What is read here is no photo's, but the archive's state:
it is read as it is, not through the guard.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.batches import Batch
from archive.clock import timestamp, utc_now, wall_clock
from archive.database import Archive
from archive.errors import Conflict
from archive.jobs import Job, add_job, last_job
from archive.keeping import find_copy, list_copies
from archive.keeping.copies import Copy, list_events
from archive.keeping.held import held_here, holding
from archive.keeping.places import is_reachable, place_of
from archive.people import Person
from archive.verifying import (
    Check,
    Fault,
    count_faults,
    list_checks,
    open_faults,
    photo_of,
    ways_out,
)
from archive.verifying.files import count_due
from archive.verifying.windows import (
    MOST_MINUTES,
    NEVER,
    as_json,
    next_window,
    set_window,
    window,
    window_of,
)
from plugins.calls import Call, Route, redirect
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, whole, word
from plugins.pages.jobs import shown

KINDS = ("verify", "repair", "check_copy")
SHOWN = 200  # faults; the command line has all of them
EVENTS = 30  # of the log


async def show(call: Call) -> Response:
    """Answer with what was verified, what is wrong, copies and the log."""
    found = await call.database.look_up(_load)

    def jobs(connection: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        last = (last_job(connection, connection.person, kind) for kind in KINDS)
        wanted = [job for job in last if job and (job.open or job.errors)]
        return [shown(call, connection, job, SHOWN) for job in wanted]

    context = {**found, "jobs": await call.read(jobs), "most_minutes": MOST_MINUTES}
    if call.wants_json:
        return data(context)
    return await archive_page(call, "verify.html", context)


def _load(plain: Any) -> dict[str, Any]:  # noqa: ANN401
    begins = next_window(plain, utc_now())
    faults = open_faults(plain, SHOWN)
    checks = [_check(one) for one in list_checks(plain, EVENTS)]
    events = [asdict(event) for event in list_events(plain, EVENTS)]
    unread = plain.execute(
        "select count(*) from originals where verified_at is null"
    ).fetchone()[0]
    return {
        "files": count_due(plain),
        "never_read": unread,
        "state": _state(checks, unread),
        "checks": checks,
        "wrong": count_faults(plain),
        "ways": ways_out(faults),
        "faults": [_fault(plain, fault) for fault in faults],
        "own": asdict(held_here(plain)),
        "copies": [_copy(plain, copy) for copy in list_copies(plain)],
        "events": events,
        "log": sorted([*checks, *events], key=_when, reverse=True)[:EVENTS],
        "window": as_json(window_of(plain)),
        "next": begins and timestamp(begins),
        "next_here": begins and wall_clock(begins)[:16],
    }


def _state(checks: list[dict[str, Any]], unread: int) -> str:
    """Return what it means that no fault is known: "unknown", "so_far" or "right"."""
    if not any(one["files"] or one["finished_at"] for one in checks):
        return "unknown"
    return "so_far" if unread or not checks[0]["finished_at"] else "right"


def _when(one: dict[str, Any]) -> str:
    return str(one.get("started_at") or one.get("at"))


def _check(one: Check) -> dict[str, Any]:
    return {
        "uuid": one.uuid,
        "who": one.who,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
        "files": one.files,
        "bytes": one.bytes,
        "faults": one.faults,
    }


def _fault(plain: Any, fault: Fault) -> dict[str, Any]:  # noqa: ANN401
    number, filename = photo_of(plain, fault) or (None, None)
    return {**asdict(fault), "photo": number, "filename": filename}


def _copy(plain: Any, copy: Copy) -> dict[str, Any]:  # noqa: ANN401
    place = place_of(copy)
    return {
        "uuid": copy.uuid,
        "name": copy.name,
        "kind": copy.kind,
        "where": place,
        "reachable": is_reachable(copy, place),
        "readable": place is not None and is_reachable(copy, place) is not False,
        **asdict(holding(plain, copy)),
    }


async def begin(call: Call) -> Response:
    """Verify, for so many ``minutes`` or as long as it takes."""
    return await _begin(call, "verify")


async def repair(call: Call) -> Response:
    """Mend what is wrong from a ``copy``."""
    return await _begin(call, "repair")


async def check(call: Call) -> Response:
    """Read a ``copy`` again."""
    return await _begin(call, "check_copy")


async def _begin(call: Call, kind: str) -> Response:
    form = await call.form()
    minutes, which = whole(form, "minutes"), word(form, "copy")
    options: dict[str, Any] = {} if minutes is None else {"minutes": max(1, minutes)}

    def add(archive: Archive, person: Person) -> Job:
        found = last_job(archive.connection, person, kind)
        if found is not None and found.open:
            raise Conflict("that is under way already", key="verify_under_way")
        if kind != "verify":
            options["copy"] = find_copy(archive.connection, which or "").uuid
        return add_job(archive.connection, person, kind, options)

    job = await call.change(add)
    if call.wants_json:
        return data({"job": job.uuid, "url": call.links.to(f"jobs/{job.id}")})
    return redirect(
        call.links.back(str(form.get("next", "")) or call.links.to("verify"))
    )


async def plan(call: Call) -> Response:
    """Say when verifications begin by themselves: ``on``, ``times``, days, minutes."""
    form = await call.form()
    wanted = NEVER
    if flag(form, "on"):
        days = [day for day in range(7) if flag(form, f"day-{day}")]
        minutes = whole(form, "minutes") or 0
        wanted = window(days, word(form, "times") or "", minutes)

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        set_window(connection, person, wanted, utc_now())

    done = await call.write("", change)
    return changed(call, form, done.batch)


ROUTES = (
    Route("/-/verify", show, "history", json=True),
    Route("/-/verify/begin", begin, "history", ("POST",)),
    Route("/-/verify/repair", repair, "history", ("POST",)),
    Route("/-/verify/check", check, "history", ("POST",)),
    Route("/-/verify/plan", plan, "settings", ("POST",)),
)
