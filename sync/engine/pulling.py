"""Photos that changed there: by windows of time, each of which is one page (§2.8).

A page of a list that changes while it is read lacks some and repeats others. A window
that holds no more than one page has no such seams: what leaves it while it is read has
changed, and is in a later one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from sync.effects import Ask, Commit, Steps, Tell
from sync.engine import requests, witnesses
from sync.engine.identifying import Shown, compare, keep, look_again
from sync.engine.requests import FUTURE
from sync.engine.restoring import noted_photos
from sync.engine.talk import (
    PER_PAGE,
    Json,
    Page,
    Talk,
    ask,
    is_last,
    numbered_rows,
    page,
    whole,
)
from sync.engine.witnesses import Newest
from sync.errors import Nonsense, RemoteError
from sync.identity import Project
from sync.records import Kind, Life
from sync.store import Seen, Store
from sync.translating import created_of, number_of, photo

# Whole seconds, and changes that are committed after they are stamped (§9.3 of the API)
OVERLAP = 300
_BIN = "bin.listed"  # False: the remote does not
_UNKNOWN = frozenset({400, 404, 406, 422})  # it knows no such filter
_MOST = 1_000_000  # pages: a remote that never ends its list
_TOGETHER = 8 * PER_PAGE  # photos of a sweep that are kept in one transaction
UNTIL, _SWEEP = "images.until", "images.sweep"
SWEPT = "images.swept"  # when everything was read for the last time


@dataclass(slots=True)
class Pulled:
    """What was read.

    :param new: images that said something new
    :param adopted: images that are photos here by their bytes
    :param older: images whose stamp is older than it was, by uuid
    :param parted: images whose number was another's before
    :param swept: everything was read, from the first to the last
    :param strange: kinds of what photos refer to and that was not listed yet
    :param newest: the last change of what was listed as live
    """

    new: int = 0
    adopted: int = 0
    older: dict[str, Seen] = field(default_factory=dict)
    parted: int = 0
    swept: bool = False
    strange: set[Kind] = field(default_factory=set)
    newest: Newest = field(default_factory=Newest)


def pull(talk: Talk, project: Project, *, full: bool) -> Steps[Pulled]:
    """Read what changed since the last run; everything, at the first.

    :param full: everything in any case
    :raises Unreachable: the remote does not answer; Nonsense, Refused: it does not list
    """
    pulled = Pulled()
    # The clock as it was before: what was changed since is read by the next run
    now = talk.clock
    pulled.adopted += yield from look_again(talk)
    yield from _ask_for_older(talk, project, pulled)
    until = yield Commit(lambda store: store.recall(UNTIL))
    pulled.newest = Newest()
    if full or not isinstance(until, int):
        now = yield from _sweep(talk, project, pulled)
        pulled.swept = True
    elif not (yield from _changed(talk, project, until - OVERLAP, pulled)):
        now = until
    now = min(now, talk.clock)  # it was put back meanwhile
    yield Commit(partial(_remember_until, now=now, pulled=pulled))
    return pulled


def _ask_for_older(talk: Talk, project: Project, pulled: Pulled) -> Steps[None]:
    """Ask again for photos that were shown older than they were."""
    noted: list[int] = yield Commit(noted_photos)
    for begin in range(0, len(noted), PER_PAGE):
        some = noted[begin : begin + PER_PAGE]
        found = yield from page(talk, requests.numbered(project, some), 1)
        yield from take(found.rows, Life.ACTIVE, pulled)


def _remember_until(store: Store, now: int, pulled: Pulled) -> None:
    store.remember(UNTIL, now or None)
    witnesses.remember(store, pulled.newest)
    if pulled.swept:
        store.remember(_SWEEP, None)
        store.remember(SWEPT, now or None)


def take(
    rows: list[Json],
    life: Life,
    pulled: Pulled,
    begun: tuple[int, int] | None = None,
) -> Steps[None]:
    """Keep a page of images.

    :param begun: where a sweep goes on after it, and when that was begun
    """
    shown: Shown = yield Commit(partial(_keep, rows=rows, life=life, begun=begun))
    pulled.new += shown.new
    pulled.older |= shown.older
    pulled.parted += shown.parted
    pulled.strange |= shown.strange
    pulled.newest.join(shown.newest)
    pulled.adopted += yield from compare(shown.doubtful)


def _keep(
    store: Store, rows: list[Json], life: Life, begun: tuple[int, int] | None
) -> Shown:
    if begun is not None:
        store.remember(_SWEEP, {"at": begun[0], "since": begun[1]})
    return keep(rows, life, store)


# All there is


def _sweep(talk: Talk, project: Project, pulled: Pulled) -> Steps[int]:
    """Read everything, oldest first, from where the last run was stopped.

    Each page begins at the second of the one before: whatever is deleted meanwhile, no
    photo moves past it unseen.

    :return: the remote's clock when it was begun
    """
    at, since = yield Commit(partial(_begun, clock=talk.clock))
    number, done, is_resumed = 1, 0, at > 0
    rows: list[Json] = []
    for _ in range(_MOST):
        request = requests.created(project, at, FUTURE)
        try:
            found = yield from page(talk, request, number)
        except RemoteError:  # what came before holds
            if rows:
                yield from take(rows, Life.ACTIVE, pulled, (at, since))
            raise
        newest = _newest_in_order(found)
        at, number = (newest, 1) if newest > at else (at, number + 1)
        rows += found.rows
        if len(rows) >= _TOGETHER or found.is_last:
            yield from take(rows, Life.ACTIVE, pulled, (at, since))
            rows = []
        done += len(found.rows)
        yield Tell("pull", done, found.total)
        if found.is_last:
            if is_resumed:  # of what came before nobody knows how new it was
                pulled.newest = Newest()
            return int(since)
    raise Nonsense("the remote's list of photos has no end")


def _begun(store: Store, clock: int) -> tuple[int, int]:
    """Return where a sweep goes on, and when it was begun."""
    found = store.recall(_SWEEP)
    if isinstance(found, dict):
        at, since = found.get("at"), found.get("since")
        if isinstance(at, int) and isinstance(since, int):
            return at, since
    return 0, clock


def _newest_in_order(found: Page) -> int:
    """Return when the last of a page was made; 0: they are in no order by that."""
    made = [created_of(row) for row in found.rows]
    return made[-1] if made and made == sorted(made) else 0


# What changed


def _changed(talk: Talk, project: Project, begin: int, pulled: Pulled) -> Steps[bool]:
    """Read what changed since; once more where less is listed than there has to be.

    :return: whether that is to be believed: an empty list is not, where a witness was
        to be on it. The next run goes without that one: perhaps it was deleted
    """
    last = yield Commit(witnesses.witnessed)
    is_unsure = last is None and (yield Commit(_is_bin_unlisted))
    begin = begin if last is None else min(begin, last)
    read = 0
    for _ in range(2):
        told, read = yield from _windows(talk, project, begin, pulled)
        if read >= max(told, last is not None) and (read or not is_unsure):
            break
    return last is None or read > 0


def _is_bin_unlisted(store: Store) -> bool:
    """Whether the bin shows nothing of what went: then there is a request to spare."""
    return store.recall(_BIN) is False


def _windows(
    talk: Talk, project: Project, begin: int, pulled: Pulled
) -> Steps[tuple[int, int]]:
    """Read what changed since. Returns how many photos were told of, and listed."""
    windows = [(max(0, begin), FUTURE)]
    told, read = -1, 0
    while windows:
        first, last = windows.pop()
        request = requests.updated(project, first, last)
        found = yield from page(talk, request, 1)
        told = (found.total or 0) if told < 0 else told
        if found.is_last:
            yield from take(found.rows, Life.ACTIVE, pulled)
            read += len(found.rows)
        elif first == last:
            read += yield from _one_second(talk, project, first, pulled)
        else:
            middle = _middle(first, last, talk.clock)
            windows += [(middle + 1, last), (first, middle)]
        yield Tell("pull", pulled.new)
    return told, read


def _middle(first: int, last: int, clock: int) -> int:
    """Return where a window is cut: nothing much was changed in the future."""
    if first < clock < last:
        return clock
    return (first + last) // 2


def _one_second(
    talk: Talk, project: Project, second: int, pulled: Pulled
) -> Steps[int]:
    """Read many changes of one second, until two passes show the same (§2.8).

    :return: how many photos that are
    """
    before: set[tuple[int, int]] | None = None
    for _ in range(5):
        rows: list[Json] = []
        for number in range(1, 10_000):
            request = requests.updated(project, second, second)
            found = yield from page(talk, request, number)
            rows += found.rows
            if found.is_last:
                break
        yield from take(rows, Life.ACTIVE, pulled)
        stamps = {(number_of(row), photo(row).updated) for row in rows}
        if stamps == before:
            break
        before = stamps
    return len(rows)


# The bin


def pull_bin(
    talk: Talk, project: Project, pulled: Pulled, *, full: bool
) -> Steps[bool]:
    """Read the bin, the last deleted first, until everything on a page is known.

    That it can be listed is documented nowhere (2.9 of the API), and a remote that
    ignores what it does not know lists live photos instead: what does not say itself
    that it is deleted is believed once it is proven not to be live.

    :return: whether the bin can be listed
    """
    if (yield Commit(lambda store: store.recall(_BIN))) is False and not full:
        return False
    for number in range(1, 100_000):
        answer = yield from ask(talk, _bin_page(project, number))
        if answer.status in _UNKNOWN:
            yield Commit(lambda store: store.remember(_BIN, False))
        listed = answer.body if answer.is_done else None
        rows = numbered_rows(listed)
        if not isinstance(listed, list) or not (
            yield from _is_bin(talk, project, rows)
        ):
            return False
        before = pulled.new
        yield from take(rows, Life.RECYCLED, pulled)
        is_known = pulled.new == before and not full
        if is_known or is_last(answer, len(listed), number, PER_PAGE):
            break
    return True


def _bin_page(project: Project, number: int) -> Ask:
    request = requests.bin_of(project)
    paging = (("page", str(number)), ("per_page", str(PER_PAGE)))
    return replace(request, query=(*request.query, *paging))


def _is_bin(talk: Talk, project: Project, rows: list[Json]) -> Steps[bool]:
    """Whether a list is one of deleted photos.

    Those that do not say so are looked for among the live ones, together with one that
    is known to be live: a list without that proves nothing.
    """
    unproven, witness = yield Commit(partial(_unproven, rows=rows))
    if not unproven:
        return True
    found = yield from whole(talk, requests.numbered(project, unproven | witness))
    listed = {number_of(row) for row in found.rows}
    if unproven <= listed:  # this remote ignores what it was asked for
        yield Commit(lambda store: store.remember(_BIN, False))
    if unproven & listed or witness - listed:
        return False
    if witness:
        return True
    request = requests.record(project, Kind.PHOTO, min(unproven))
    answer = yield from ask(talk, request)
    return answer.status == 404


def _unproven(store: Store, rows: list[Json]) -> tuple[set[int], set[int]]:
    """Return those that are not known to be deleted, and one that is known to live."""
    numbers = {number_of(row) for row in rows}
    unsaid = {number_of(row) for row in rows if not _says_deleted(row)}
    unproven = {
        number
        for number in unsaid
        if (last := store.seen(Kind.PHOTO, number)) is None
        or last.life not in (Life.RECYCLED, Life.PURGED)
    }
    if not unproven:
        return unproven, set()
    last_made = newest(store)
    live = {number for _, number in store.live_there(last_made, last_made)}
    return unproven, set(sorted(live - numbers)[:1])


def _says_deleted(row: Json) -> bool:
    return bool(row.get("deleted_at") or row.get("permanently_deleted"))


def newest(store: Store) -> int:
    """Return when the newest photo that is known there was made; 0: there is none."""
    low, high = 0, FUTURE if store.count_there(Life.ACTIVE) else 0
    while low < high:
        middle = (low + high + 1) // 2
        if store.count_there(Life.ACTIVE, middle):
            low = middle
        else:
            high = middle - 1
    return low
