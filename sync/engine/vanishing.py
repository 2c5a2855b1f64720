"""What is no longer there: found by counting, believed when it is asked for (§2.10).

The remote says how many photos it lists, for any window of the time in which they were
made. Where that is as many as are known, nothing is missing; else the window is halved,
until a page shows all that is in it. So one deletion among 100,000 photos costs twenty
requests, and none costs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sync import translating
from sync.effects import Commit, Steps, Tell
from sync.engine import requests
from sync.engine.answered import unclassified
from sync.engine.pulling import Pulled, take
from sync.engine.requests import ALL_THERE_WERE, FUTURE
from sync.engine.restoring import keep_fresh
from sync.engine.reuse import ask_again, is_parted
from sync.engine.talk import PER_PAGE, Json, Page, Talk, ask, numbered_rows, page
from sync.evidence import Sighting, Sweep, life_there
from sync.identity import Project
from sync.records import Kind, Life
from sync.store import Store
from sync.translating import is_numbered


@dataclass(frozen=True, slots=True)
class Counted:
    """How the counts went.

    :param total: photos that the remote lists; None: it does not say how many
    :param sweep: of the whole list, as far as the counts stand for one
    :param hidden: photos that are hidden since this run
    """

    total: int | None
    sweep: Sweep
    hidden: int = 0


def count(
    talk: Talk,
    project: Project,
    pulled: Pulled,
    *,
    in_albums: int | None,
    bin_listed: bool,
) -> Steps[Counted]:
    """Find photos that are gone, or that came back, without a newer stamp.

    :param in_albums: how many photos the albums count; it saves a request
    """
    known = yield Commit(lambda store: store.count_there(Life.ACTIVE))
    if in_albums == known and known:
        return Counted(known, _sweep(known, in_albums))
    first = yield from page(talk, requests.photos(project), 1, 1)
    if first.total is None:
        return Counted(None, _sweep(0, in_albums, finished=False))
    missing: set[int] = set()
    if first.total != known:
        missing = yield from _search(talk, project, pulled, known)
    if first.total == 0 and (in_albums or known):
        return Counted(0, _sweep(0, in_albums))  # an empty list proves nothing at all
    hidden = yield from _ask_for(talk, project, sorted(missing), bin_listed=bin_listed)
    return Counted(first.total, _sweep(first.total, in_albums), hidden)


def _sweep(total: int, in_albums: int | None, *, finished: bool = True) -> Sweep:
    return Sweep(finished, total, total, total, album_counts=in_albums)


def _search(
    talk: Talk, project: Project, pulled: Pulled, known: int
) -> Steps[set[int]]:
    """Return the numbers of photos that are known to be live and are not listed."""
    missing: set[int] = set()
    windows = [(0, FUTURE)]
    asked = 0
    while windows:
        begin, end = windows.pop()
        request = requests.created(project, begin, end)
        found = yield from page(talk, request, 1)
        asked += 1
        yield Tell("count", asked)
        here = yield Commit(partial(_count, begin=begin, end=end))
        if found.is_last:
            missing |= yield from _compare(found, (begin, end), pulled)
        elif found.total == here and known:
            continue  # as many as are known, and all that is listed was read before
        elif begin == end:
            missing |= yield from _one_second(talk, project, begin, pulled)
        else:
            middle = yield Commit(partial(_middle, begin=begin, end=end))
            windows += [(begin, middle), (middle + 1, end)]
    return missing


def _count(store: Store, begin: int, end: int) -> int:
    return store.count_there(Life.ACTIVE, begin, end)


def _middle(store: Store, begin: int, end: int) -> int:
    """Return where a window is cut: so that half of what is known lies on each side."""
    half = _count(store, begin, end) // 2
    low, high = begin, end - 1
    if half:
        while low < high:
            middle = (low + high) // 2
            if _count(store, begin, middle) >= half:
                high = middle
            else:
                low = middle + 1
        return low
    return (begin + end) // 2


def _compare(found: Page, window: tuple[int, int], pulled: Pulled) -> Steps[set[int]]:
    """Return which known ones a page that holds a whole window lacks."""
    yield from take(found.rows, Life.ACTIVE, pulled)
    known: Sequence[tuple[int, int]] = yield Commit(
        lambda store: store.live_there(*window)
    )
    listed = {translating.number_of(row) for row in found.rows}
    return {number for _, number in known} - listed


def _one_second(
    talk: Talk, project: Project, second: int, pulled: Pulled
) -> Steps[set[int]]:
    """Many that were made within a second: a bulk import."""
    rows: list[Json] = []
    for number in range(1, 10_000):
        request = requests.created(project, second, second)
        found = yield from page(talk, request, number)
        rows += found.rows
        if found.is_last:
            break
    whole = Page(rows, len(rows), is_last=True)
    return (yield from _compare(whole, (second, second), pulled))


# Asking for those that are missing


def _ask_for(
    talk: Talk, project: Project, missing: Sequence[int], *, bin_listed: bool
) -> Steps[int]:
    """Find out where missing photos are. Returns how many are hidden now."""
    hidden = 0
    for begin in range(0, len(missing), PER_PAGE):
        some = missing[begin : begin + PER_PAGE]
        left = set(some)
        if bin_listed:
            left -= yield from _among_all(talk, project, some)
        for number in sorted(left):
            life = yield from look_at(talk, project, number, bin_listed=False)
            hidden += life is Life.HIDDEN
        yield Tell("missing", begin + len(some), len(missing))
    return hidden


def _among_all(talk: Talk, project: Project, numbers: Iterable[int]) -> Steps[set[int]]:
    """Return those of which the remote itself says where they went."""
    request = requests.numbered(project, numbers, ALL_THERE_WERE)
    answer = yield from ask(talk, replace(request, query=(*request.query, _HUNDRED)))
    rows = numbered_rows(answer.body) if answer.is_done else []
    said: set[int] = yield Commit(partial(_where, rows=rows))
    return said


_HUNDRED = ("per_page", str(PER_PAGE))


def _where(store: Store, rows: Iterable[Json]) -> set[int]:
    told: set[int] = set()
    for row in rows:
        if row.get("permanently_deleted") is not True and not row.get("deleted_at"):
            continue  # not said: asked for by itself
        number = translating.number_of(row)
        last, uuid = store.seen(Kind.PHOTO, number), store.uuid_of(Kind.PHOTO, number)
        if last is None or uuid is None:
            continue
        now = translating.photo(row)
        if is_parted(store, now, last):  # it is another's bin that this one is in
            ask_again(store, now)
            continue
        is_purged = row.get("permanently_deleted") is True
        life = Life.PURGED if is_purged else Life.RECYCLED
        store.see(uuid, replace(last, life=life))
        told.add(number)
    return told


def look_at(
    talk: Talk, project: Project, number: int, *, bin_listed: bool
) -> Steps[Life | None]:
    """Ask for one photo by its number, and keep what is shown.

    :param bin_listed: it may be asked whether it is in the bin
    :return: where it is; None: no answer came, an old one, or one of no record
    """
    answer = yield from ask(talk, requests.record(project, Kind.PHOTO, number))
    body = answer.body
    if answer.is_done and isinstance(body, Mapping) and is_numbered(body):
        if not (yield Commit(partial(_keep_shown, body=body, clock=talk.clock))):
            return None
    elif answer.status in (403, 404, 410):
        talk.forbidden |= answer.status == 403
        said = bin_listed and (yield from _among_all(talk, project, [number]))
        if not said:
            yield Commit(partial(_refused, number=number, status=404))
    else:
        return None
    life: Life = yield Commit(partial(_life, number=number))
    return life


def _keep_shown(store: Store, body: Json, clock: int) -> bool:
    """Keep what is shown of one photo. Returns whether it is as it is now.

    One in the bin may be shown as if it were live (contract 8, no. 10): what was seen
    in the bin is not live again by that alone.
    """
    number = unclassified(store)
    seen = translating.photo(body, number)
    last = store.seen(Kind.PHOTO, seen.remote_id)
    was_deleted = last is not None and last.life is Life.RECYCLED
    if body.get("deleted_at") or (was_deleted and "deleted_at" not in body):
        seen = translating.photo(body, number, Life.RECYCLED)
    return keep_fresh(store, seen, clock)


def _refused(store: Store, number: int, status: int) -> None:
    last, uuid = store.seen(Kind.PHOTO, number), store.uuid_of(Kind.PHOTO, number)
    if last is None or uuid is None:
        return
    asked_for = Sweep(finished=True, unique=1, total_first=1, total_last=1)
    life = life_there(last.life, Sighting(shown=status), asked_for)
    store.see(uuid, replace(last, life=life))


def _life(store: Store, number: int) -> Life:
    seen = store.seen(Kind.PHOTO, number)
    return seen.life if seen else Life.ABSENT
