"""Trades, locations and albums: of these there is not much, so all are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from archive.albums import UNCLASSIFIED_IN
from archive.identity import name_key
from sync import translating
from sync.effects import Commit, Steps
from sync.engine import requests
from sync.engine.requests import FUTURE
from sync.engine.restoring import keep_shown
from sync.engine.reuse import is_any_parted, is_parted, uuid_there
from sync.engine.talk import AT_ONCE, Listing, Talk, ask, page, whole
from sync.errors import Refused
from sync.identity import Project, adoptions, natural_key
from sync.numbers import is_older
from sync.records import Kind, Life
from sync.store import Seen, Store
from sync.translating import is_numbered

# The name of the album that is none: in English, or in the language of the remote
UNCLASSIFIED = "unclassified"
_ELSEWHERE = frozenset(map(name_key, UNCLASSIFIED_IN.values())) - {UNCLASSIFIED}
_GONE = frozenset({404, 410})
# Seconds: trades belong to the company and hardly ever change; locations can be many
_EVERY = 24 * 3600
_OVERLAP = 300  # as for photos
_PLACES_AT = "locations.at"  # when all were read


@dataclass(frozen=True, slots=True)
class Met:
    """What the lists showed.

    :param photos: how many photos the albums count together; None: not all say
    :param lost: (kind, number) of those that are linked and no longer listed
    :param older: those whose stamp is older than it was, by uuid
    :param parted: how many have a number that was another's before
    """

    photos: int | None
    lost: tuple[tuple[Kind, int], ...]
    older: Mapping[str, Seen] = field(default_factory=dict)
    parted: int = 0


@dataclass(slots=True)
class _Found:
    """What lists show by the way: as in ``Met``."""

    lost: list[tuple[Kind, int]] = field(default_factory=list)
    older: dict[str, Seen] = field(default_factory=dict)
    parted: int = 0


def meet(talk: Talk, project: Project, *, full: bool) -> Steps[Met]:
    """Read the lists, and who is who.

    :param full: also what is not asked for each time
    :raises Unreachable: the remote does not answer; Nonsense: no lists
    :raises Refused: its albums are not to be seen
    """
    found = _Found()
    if full or (yield Commit(lambda store: _are_trades_due(store, talk.clock))):
        yield from _optional(talk, project, Kind.TRADE, found)
        yield Commit(lambda store: store.remember("trades.at", talk.clock))
    since = None if full else (yield Commit(partial(_since, clock=talk.clock)))
    if since is None:
        yield from _optional(talk, project, Kind.LOCATION, found)
        yield Commit(lambda store: store.remember(_PLACES_AT, talk.clock))
    else:
        yield from _changed_places(talk, project, since, found)
    listing = yield from whole(talk, requests.albums(project))
    yield from _take(Kind.ALBUM, listing, found)
    return Met(_counted(listing), tuple(found.lost), found.older, found.parted)


def _since(store: Store, clock: int) -> int | None:
    """Return since when changed locations suffice; None: all are to be read.

    Where there are more than one page holds, all are read once a day: what was deleted
    there is seen by then.
    """
    last = store.recall(_PLACES_AT)
    if not isinstance(last, int) or not 0 <= clock - last < _EVERY:
        return None
    return last if len(store.links(Kind.LOCATION)) > AT_ONCE else None


def _changed_places(
    talk: Talk, project: Project, since: int, found: _Found
) -> Steps[None]:
    """Read the locations that were changed since: a remote may list others, too."""
    request = requests.locations(project)
    window = ("filters[updated_at]", requests.between(since - _OVERLAP, FUTURE))
    request = replace(request, query=(*request.query, window))
    first = yield from page(talk, request, 1, AT_ONCE)
    if first.is_last:
        yield from _take(Kind.LOCATION, Listing(first.rows, is_whole=False), found)
        return
    yield from _optional(talk, project, Kind.LOCATION, found)


def meet_again(talk: Talk, project: Project, kinds: Collection[Kind]) -> Steps[None]:
    """Read lists once more, for what photos refer to and that was not on them.

    :raises Unreachable: the remote does not answer; Nonsense: no lists
    """
    for kind in (Kind.TRADE, Kind.LOCATION, Kind.ALBUM):
        if kind in kinds:
            yield from _optional(talk, project, kind, _Found())


def _are_trades_due(store: Store, clock: int) -> bool:
    last = store.recall("trades.at")
    return not isinstance(last, int) or not 0 <= clock - last < _EVERY


def _optional(talk: Talk, project: Project, kind: Kind, found: _Found) -> Steps[None]:
    """Read a list without which photos can be synchronised all the same."""
    try:
        listing = yield from whole(talk, requests.LISTS[kind](project))
    except Refused as error:
        talk.refused[kind, "read"] = str(error)
        return
    yield from _take(kind, listing, found)


def _take(kind: Kind, listing: Listing, found: _Found) -> Steps[None]:
    read = translating.READERS[kind]
    seen = [read(row) for row in listing.rows]
    missing = yield Commit(
        lambda store: _take_in(store, kind, seen, found, is_whole=listing.is_whole)
    )
    found.lost += [(kind, number) for number in missing]


def _take_in(
    store: Store, kind: Kind, seen: Sequence[Seen], found: _Found, *, is_whole: bool
) -> list[int]:
    """Keep what is listed. Returns what is not listed any more."""
    if kind is Kind.ALBUM:
        seen = without_unclassified(store, seen)
    known = store.links(kind)
    before = {one.remote_id: store.seen(kind, one.remote_id) for one in seen}
    others = sum(is_parted(store, one, before[one.remote_id]) for one in seen)
    if others:
        found.parted += others
        known = store.links(kind)
    for one, uuid in _named(store, kind, seen, known):
        if one.remote_id in known and is_older(before[one.remote_id], one):
            found.older[uuid] = one
        store.see(uuid, one)
    if not is_whole:
        return []
    listed = {one.remote_id for one in seen}
    return [
        number
        for number in known
        if number not in listed
        and (last := store.seen(kind, number)) is not None
        and last.life is Life.ACTIVE
    ]


def without_unclassified(store: Store, seen: Iterable[Seen]) -> list[Seen]:
    """Leave out the album that stands for none, and remember its number.

    Its name cannot be changed; of several that read like it, the first was it. One that
    is called so in another language is it where none is in English.
    """
    named = [(name_key(str(one.fields.get("name", ""))), one.remote_id) for one in seen]
    number = min((n for name, n in named if name == UNCLASSIFIED), default=None)
    if number is None:
        kept = store.recall("unclassified")
        others = [n for name, n in named if name in _ELSEWHERE and kept in (None, n)]
        number = min(others, default=None)
    if number is not None:
        store.remember("unclassified", number)
    return [one for one in seen if one.remote_id != number]


def _named(
    store: Store, kind: Kind, seen: Sequence[Seen], known: Mapping[int, str]
) -> list[tuple[Seen, str]]:
    """Return who each one is here: linked, adopted by its name, or new.

    Locations from the top down, as a name counts below its parent only.
    """
    uuids = dict(known)
    is_any_new = any(one.remote_id not in uuids for one in seen)
    unlinked = store.unlinked(kind) if is_any_new else {}
    free = {u: k for u, k in unlinked.items() if u not in uuids.values()}
    is_any = is_any_parted(store)
    found: list[tuple[Seen, str]] = []
    for level in _levels(seen):
        new = {
            one.remote_id: natural_key(str(one.fields.get("name", "")), above)
            for one in level
            if one.remote_id not in uuids
            for above in (_above(one, uuids, store, kind),)
        }
        adopted = adoptions(free, new)
        for one in level:
            if one.remote_id not in uuids:
                made = uuid_there(store, one, is_any=is_any)
                uuids[one.remote_id] = adopted.get(one.remote_id, made)
                free.pop(uuids[one.remote_id], None)
            found.append((one, uuids[one.remote_id]))
    return found


def _above(one: Seen, uuids: Mapping[int, str], store: Store, kind: Kind) -> str | None:
    parent = one.fields.get("parent")
    if not isinstance(parent, int):
        return None
    return uuids.get(parent) or store.project.uuid_of(kind, parent)


def _levels(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Return them so that each comes after the one above it; circles come last."""
    waiting, listed = list(seen), {one.remote_id for one in seen}
    levels: list[list[Seen]] = []
    placed: set[object] = set()
    while waiting:
        unplaced = listed - placed
        ready = [one for one in waiting if one.fields.get("parent") not in unplaced]
        ready = ready or waiting
        levels.append(ready)
        placed |= {one.remote_id for one in ready}
        waiting = [one for one in waiting if one.remote_id not in placed]
    return levels


def _counted(listing: Listing) -> int | None:
    if not listing.is_whole:
        return None
    counts = [row.get("count") for row in listing.rows]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in counts):
        return None
    return sum(one for one in counts if isinstance(one, int))


def look_for_lost(
    talk: Talk, project: Project, lost: Iterable[tuple[Kind, int]]
) -> Steps[None]:
    """Ask for what is not listed any more, one by one.

    A trade is never deleted there. Of the others one that is refused is *purged* if
    nothing here lies in it (its photos went to the bin, and have been seen there), else
    *hidden*: its photos are hidden with it.
    """
    for kind, number in lost:
        if kind is Kind.TRADE:
            continue
        answer = yield from ask(talk, requests.record(project, kind, number))
        body = answer.body
        if answer.is_done and isinstance(body, Mapping) and is_numbered(body):
            work = partial(keep_shown, kind=kind, body=body, clock=talk.clock)
            yield Commit(work)
        elif answer.status in _GONE:
            yield Commit(partial(_gone, kind=kind, number=number))
        else:
            talk.forbidden |= answer.status == 403


def _gone(store: Store, kind: Kind, number: int) -> None:
    uuid, last = store.uuid_of(kind, number), store.seen(kind, number)
    if uuid is None or last is None:
        return
    used = uuid in store.near().used_here
    life = Life.HIDDEN if used else Life.PURGED
    store.see(uuid, replace(last, life=life))
