"""Thumbnails and originals from there, some at a time.

The address of a file holds for a short time only, so that each is read just before; and
a record whose address does not work any more is asked for once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sync import translating
from sync.effects import Commit, Failed, Fetch, FetchAll, Steps, Tell, What
from sync.engine import requests
from sync.engine.planned import Course
from sync.engine.report import Report
from sync.engine.talk import Json, whole
from sync.identity import Project
from sync.numbers import is_another
from sync.operations import Act
from sync.planning import Selection
from sync.records import Kind
from sync.store import Seen, Store, Trouble

# Files whose addresses are read together; they come four at a time. As many as come in
# a minute by the look of the last ones: nothing comes while addresses are read
_FEW, _MOST = 32, 512
_MINUTE, _GROWTH = 60, 4
_NUMBERS = 128  # in the address of one question, which may have 8 KB on its way
_HOUR = 3600
_EXPIRED = frozenset({401, 403, 404, 410})
_KEY = {What.ORIGINAL: "url", What.THUMBNAIL: "thumbnail_url"}
_ACT = {What.ORIGINAL: Act.FETCH_ORIGINAL, What.THUMBNAIL: Act.FETCH_THUMBNAIL}


def fetch(course: Course, project: Project, what: What, report: Report) -> Steps[None]:
    """Fetch the files of this kind that are wanted and not here."""
    selection = course.order.selection
    if course.order.allowance.metered or (
        what is What.THUMBNAIL and not selection.thumbnails
    ):
        return
    after = done = 0
    limit = earlier = _FEW
    while True:
        before = course.talk.clock
        work = partial(_wanted, what, after, selection, limit)
        after, wanted, skipped = yield Commit(work)
        report.not_chosen += skipped if what is What.ORIGINAL else 0
        if not after:
            return
        fetched, failed = yield from _fetch_some(course, project, what, wanted)
        done += fetched
        report.done[f"{_ACT[what]} {Kind.PHOTO}"] += fetched
        report.failed[f"{_ACT[what]} {Kind.PHOTO}"] += len(failed)
        yield Tell(str(what), done)
        # Between the answers to the last two questions came the files of the first
        seconds = course.talk.clock - before if before else -1
        limit, earlier = _next(earlier, seconds), limit
        if any(one.is_ours for one in failed):
            report.stopped = next(one.why for one in failed if one.is_ours)
            return


def _next(count: int, seconds: int) -> int:
    """Return how many files are fetched together after so many in so many seconds.

    :param seconds: below 0: nobody knows, or somebody put the remote's clock back
    """
    if seconds < 0:
        return _FEW
    more = min(_GROWTH, _MINUTE // max(1, seconds))
    return max(_FEW, min(_MOST, count * more))


def _wanted(
    what: What, after: int, selection: Selection, limit: int, store: Store
) -> tuple[int, list[tuple[str, int]], int]:
    """Return the next that are wanted: last place, (uuid, number there), left out."""
    rows = store.missing(str(what), after, limit)
    if not rows:
        return 0, [], 0
    numbers = {uuid: number for _, uuid, number in rows}
    wanted = []
    for record in store.load(list(numbers)):
        fields = {**record.remote.fields, **record.local.fields}
        if what is What.THUMBNAIL or selection.wants(fields):
            wanted.append((record.uuid, numbers[record.uuid]))
    return rows[-1][0], wanted, len(rows) - len(wanted)


def _fetch_some(
    course: Course, project: Project, what: What, wanted: Sequence[tuple[str, int]]
) -> Steps[tuple[int, list[Failed]]]:
    """Fetch some files; those whose address has expired, twice.

    What the remote does not list any more is neither fetched nor failed.

    :return: how many came, and why others did not
    """
    left = list(wanted)
    failed: dict[str, Failed] = {}
    fetched = 0
    for _ in range(2):
        if not left:
            break
        rows = yield from _rows(course, project, left)
        files = _files(what, left, rows)
        told = yield FetchAll(files)
        outcomes = {one.uuid: why for one, why in zip(files, told, strict=True)}
        fetched += sum(not isinstance(why, Failed) for why in outcomes.values())
        failed = {u: why for u, why in failed.items() if u not in outcomes}
        failed |= {u: why for u, why in outcomes.items() if isinstance(why, Failed)}
        again = {u for u, why in failed.items() if why.status in _EXPIRED}
        left = [one for one in left if one[0] in again]
    clock = course.talk.clock
    some = list(failed.items())
    yield Commit(partial(_set_aside, what=what, failed=some, clock=clock))
    return fetched, list(failed.values())


def _rows(
    course: Course, project: Project, wanted: Sequence[tuple[str, int]]
) -> Steps[dict[int, Json]]:
    """Read where files are: of those that are still the photos that are wanted."""
    numbers = [number for _, number in wanted]
    rows: list[Json] = []
    for begin in range(0, len(numbers), _NUMBERS):
        some = requests.numbered(project, numbers[begin : begin + _NUMBERS])
        rows += (yield from whole(course.talk, some)).rows
    known: Mapping[int, Seen] = yield Commit(partial(_known, numbers))
    return {
        number: row
        for row in rows
        if (number := translating.number_of(row)) in known
        and not is_another(known[number], translating.photo(row))
    }


def _known(numbers: Iterable[int], store: Store) -> dict[int, Seen]:
    found = {number: store.seen(Kind.PHOTO, number) for number in numbers}
    return {number: seen for number, seen in found.items() if seen is not None}


def _files(
    what: What, wanted: Sequence[tuple[str, int]], rows: Mapping[int, Json]
) -> tuple[Fetch, ...]:
    found = []
    for uuid, number in wanted:
        url = translating.url_of(rows.get(number, {}), _KEY[what])
        told = rows.get(number, {}).get("size") if what is What.ORIGINAL else None
        size = told if isinstance(told, int) else None
        if url:
            found.append(Fetch(uuid, url, what, size))
    return tuple(found)


def _set_aside(
    store: Store, what: What, failed: Sequence[tuple[str, Failed]], clock: int
) -> None:
    for uuid, why in failed:
        if what is What.ORIGINAL and not why.is_ours:
            act = str(_ACT[what])
            trouble = Trouble(Kind.PHOTO, uuid, act, why.why, why.status)
            store.set_aside(replace(trouble, next_at=clock + _HOUR))
