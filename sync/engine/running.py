"""A run, from meeting the remote to the report: see ``docs/sync.md``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from sync.brakes import (
    EVERYTHING,
    FEW_OLDER,
    RESTORED,
    Remote,
    Survey,
    brakes,
    is_same_project,
)
from sync.effects import Commit, Steps, Tell, What
from sync.engine import requests
from sync.engine.creating import create
from sync.engine.deciding import carry_out
from sync.engine.fetching import fetch
from sync.engine.meeting import Met, look_for_lost, meet, meet_again
from sync.engine.planned import (
    ABLE,
    CONTAINERS,
    PHOTOS,
    Course,
    dry,
    in_order,
    survey,
    write_here,
)
from sync.engine.pulling import OVERLAP, SWEPT, UNTIL, Pulled, pull, pull_bin
from sync.engine.report import NUMBERLESS, Order, Report, name_of
from sync.engine.restoring import LATER, meet_changed_anew, take_older
from sync.engine.reuse import confirm, unconfirmed
from sync.engine.sending import change
from sync.engine.settling import settle
from sync.engine.talk import Talk, read, said
from sync.engine.vanishing import Counted, count
from sync.errors import Nonsense, RemoteError, Stopped
from sync.identity import Project
from sync.operations import FETCHES, HERE, Act, Operation
from sync.planning import Terms
from sync.records import Life
from sync.store import Store

_ROUNDS = 5  # of writing here and there: what is done there can show more to do
_FAILURES = 20  # in a row, of different records: something else is wrong
_AT_ONCE = HERE - {Act.RECYCLE_HERE}  # albums and places go once they are empty


def run(order: Order) -> Steps[Report]:
    """Synchronise an archive with its remote.

    :raises RemoteError: the remote cannot be read; nothing was changed by then
    """
    talk, report = Talk(), Report()
    course = Course(order, talk, Terms(ABLE, confirmed=order.confirmed, met=()))
    project: Project = yield Commit(lambda store: store.project)
    remote = yield from _introduce(talk, project)
    if not order.dry:
        yield from settle(talk, project, order.settle, patient=False)
    yield from _read(course, project, remote, report)
    if order.dry:
        yield from _say(course, report)
    else:
        try:
            yield from _synchronise(course, project, report)
        except RemoteError as error:  # what was done by then holds
            report.stopped = str(error)
    yield from _conclude(course, report)
    return report


def _introduce(talk: Talk, project: Project) -> Steps[Remote]:
    """Ask which project this is.

    :raises Refused: it is not one of this account's
    :raises Nonsense: what answers knows nothing of projects
    """
    request = requests.show_project(project)
    answer = yield from read(talk, request)
    if not isinstance(answer.body, Mapping):
        raise Nonsense(f"{request.path}: no project, but {said(answer)}")
    name = answer.body.get("name")
    named = f" {name}" if isinstance(name, str) and name.strip() else ""
    fingerprint = f"{project.company}/{project.project}{named}"
    return Remote(fingerprint=fingerprint, clock=talk.clock or None)


# Reading


def _read(
    course: Course, project: Project, remote: Remote, report: Report
) -> Steps[None]:
    """Read what changed there, carry out what was decided, and count what would go."""
    talk = course.talk
    full = course.order.full or (yield Commit(partial(_is_sweep_due, course)))
    met: Met = yield from meet(talk, project, full=full)
    pulled: Pulled = yield from pull(talk, project, full=full)
    bin_listed = yield from pull_bin(talk, project, pulled, full=full)
    counted: Counted = yield from count(
        talk, project, pulled, in_albums=met.photos, bin_listed=bin_listed
    )
    yield from meet_again(talk, project, pulled.strange)
    yield from look_for_lost(talk, project, met.lost)
    older = {**met.older, **pulled.older}
    patience = LATER if len(older) < FEW_OLDER else None
    patience = 0 if RESTORED in course.order.confirmed else patience
    back = yield from take_older(talk.clock, older, patience)
    if len(older) >= FEW_OLDER and patience == 0:
        yield from meet_changed_anew()
    others: int = yield Commit(partial(_others, confirmed=course.order.confirmed))
    report.seen.update(new=pulled.new, adopted=pulled.adopted, hidden=counted.hidden)
    report.seen.update({"older than before": back})
    report.seen.update({"numbers given again": pulled.parted + met.parted})
    yield from carry_out(course)
    yield Commit(partial(_take_in, clock=talk.clock))
    able = replace(course.terms.capabilities, bin_listed=bin_listed)
    course.terms = replace(course.terms, capabilities=able)
    wanted = yield from survey(course)
    known: Survey = yield Commit(_known)
    known = replace(
        known,
        hidden=counted.hidden,
        now=replace(remote, total=counted.total),
        sweep=replace(counted.sweep, forbidden=talk.forbidden),
        older_stamps=len(older) + others,
    )
    met_now = brakes(wanted, known)
    course.terms = replace(course.terms, survey=known, met=met_now)
    confirmed = course.order.confirmed  # nobody has to be asked of these any more
    report.brakes = tuple(one for one in met_now if one.name not in confirmed)


def _others(store: Store, confirmed: Collection[str]) -> int:
    """Return how many numbers were given again, as long as nobody was asked of many.

    Those that were found while something was done there are asked of by the next run.
    """
    found = unconfirmed(store)
    if found and (found < FEW_OLDER or RESTORED in confirmed):
        confirm(store)
    return found


def _is_sweep_due(course: Course, store: Store) -> bool:
    """Whether everything is to be read again: not every change has a newer stamp.

    Where the remote's clock was put back, none of those has that were made since.
    """
    last, until = store.recall(SWEPT), store.recall(UNTIL)
    clock, every = course.talk.clock, course.order.sweep_days * 24 * 3600
    is_back = isinstance(until, int) and 0 < clock < until - OVERLAP
    return is_back or (isinstance(last, int) and 0 < every <= clock - last)


def _take_in(store: Store, clock: int) -> None:
    """Make pending what changed here, and what was set aside until now."""
    if clock:
        store.remember("clock", clock)
        store.try_again(clock)
    store.take_in()


def _known(store: Store) -> Survey:
    found = store.recall("remote")
    before = None
    if isinstance(found, dict):
        before = Remote(
            str(found.get("fingerprint", "")),
            _integer(found.get("total")),
            clock=_integer(found.get("clock")),
        )
    return replace(store.survey(), before=before)


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _say(course: Course, report: Report) -> Steps[None]:
    """Say what would be done, and do nothing."""
    made = yield from dry(course)
    report.plan = made.operations
    report.held.update(name_of(one) for one in made.held)
    report.later.update(name_of(one) for one in made.later)
    report.notes = list(made.notes)
    report.conflicts = len(made.conflicts)


# Doing


def _synchronise(course: Course, project: Project, report: Report) -> Steps[None]:
    yield from _rounds(course, project, report)
    if not _stops_everything(report):
        yield Commit(partial(_remember, course))
        for what in (What.THUMBNAIL, What.ORIGINAL):
            yield from fetch(course, project, what, report)
    order = course.order
    under_way = yield Commit(lambda store: len(store.intents()))
    left = yield from settle(course.talk, project, order.settle, patient=order.patient)
    if left < under_way:  # of some it is known now: perhaps they are to be done again
        yield from _rounds(course, project, report)


def _stops_everything(report: Report) -> bool:
    return any(one.holds == EVERYTHING for one in report.brakes)


def _remember(course: Course, store: Store) -> None:
    """Keep how the remote looked, for the brakes of the next run."""
    before, now = course.terms.survey.before, course.terms.survey.now
    if before is not None and not now.is_named and is_same_project(before, now):
        now = replace(now, fingerprint=before.fingerprint)
    told = {"fingerprint": now.fingerprint, "total": now.total, "clock": now.clock}
    store.remember("remote", told)


def _rounds(course: Course, project: Project, report: Report) -> Steps[None]:
    for _ in range(_ROUNDS):
        done = yield from _round(course, project, report)
        if not done:
            return


def _round(course: Course, project: Project, report: Report) -> Steps[int]:
    """Write here what came from there, then there what came from here."""
    first = yield from write_here(course, CONTAINERS, _AT_ONCE)
    photos = yield from write_here(course, PHOTOS)
    last = yield from write_here(course, CONTAINERS)
    report.notes = [*last.notes, *photos.notes]
    report.conflicts = last.conflicts + photos.conflicts
    report.held = last.held + photos.held
    report.later.clear()
    for one in (first, photos, last):
        report.done.update(one.done)
        report.failed.update(one.failed)
    done = sum(one.done.total() for one in (first, photos, last))
    there = in_order([*last.there, *photos.there])
    done += yield from _do_there(course, project, there, report)
    return done


def _do_there(
    course: Course, project: Project, there: list[Operation], report: Report
) -> Steps[int]:
    """Do what is to be done there, in order. Returns how much was."""
    done = 0
    limit = course.order.allowance.requests
    for number, one in enumerate(there, 1):
        if one.act in FETCHES:
            continue
        if limit is not None and course.talk.requests >= limit:
            report.later[name_of(one)] += 1
            continue
        step = create if one.act is Act.CREATE_THERE else change
        is_done = yield from step(course, project, one)
        done += is_done
        (report.done if is_done else report.later)[name_of(one)] += 1
        yield Tell("there", number, len(there))
        if course.talk.failures >= _FAILURES:
            raise Stopped(f"{_FAILURES} records in a row failed: {course.talk.why}")
    return done


def _conclude(course: Course, report: Report) -> Steps[None]:
    yield Commit(partial(_count, report))
    talk = course.talk
    report.requests, report.writes = talk.requests, talk.writes
    report.seen.update({NUMBERLESS: talk.nonsense})
    report.refused = {
        f"{kind} {what}": why for (kind, what), why in talk.refused.items()
    }


def _count(report: Report, store: Store) -> None:
    """Count what is open, and what is known to be there: the receipt of the mirror."""
    report.set_aside = len(store.troubles())
    report.under_way = len(store.intents())
    report.receipt = {
        str(life): store.count_there(life)
        for life in (Life.ACTIVE, Life.RECYCLED, Life.HIDDEN, Life.PURGED)
    }
