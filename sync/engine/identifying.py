"""Which photo here an image there is: by its link, its name, its bytes, or none yet.

A photo that was uploaded by any laptop bears its uuid in its name. One that was added
there by hand may be one that is here too, of the same camera file: then its bytes are
read and compared, and it is *adopted* rather than doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sync import translating
from sync.effects import Commit, Fetch, Fetched, Steps, What
from sync.engine import requests
from sync.engine.answered import unclassified
from sync.engine.reuse import AGAIN, again, is_any_parted, is_parted, uuid_there
from sync.engine.talk import Json, Talk, page
from sync.engine.witnesses import Newest
from sync.identity import uuid_in
from sync.numbers import is_older
from sync.records import FIELDS, Kind, Life
from sync.store import Seen, Store

_BATCH = 50
# What a photo refers to: field, and the kind of what it names
_REFERRING = tuple(
    (name, one.target) for name, one in FIELDS[Kind.PHOTO].items() if one.target
)


@dataclass(slots=True)
class Shown:
    """What became of the images of a page.

    :param doubtful: those that may be photos here, with the address of their bytes
    :param new: how many say something new
    :param older: those whose stamp is older than it was, by uuid
    :param parted: how many have a number that was another's before
    :param strange: kinds of records that they refer to and that were not listed: made
        since, or read less often
    :param newest: the last change of those that are live
    """

    doubtful: list[tuple[Seen, str]] = field(default_factory=list)
    new: int = 0
    older: dict[str, Seen] = field(default_factory=dict)
    parted: int = 0
    strange: set[Kind] = field(default_factory=set)
    newest: Newest = field(default_factory=Newest)


def keep(rows: Sequence[Json], life: Life, store: Store) -> Shown:
    """Keep what a page of images says.

    :param life: of what is on this page
    """
    number = unclassified(store)
    shown = Shown()
    referred: set[tuple[Kind, int]] = set()
    numbers = [translating.number_of(row) for row in rows]
    known, is_any = dict(store.uuids_of(Kind.PHOTO, numbers)), is_any_parted(store)
    for row in rows:
        seen = translating.photo(row, number, life)
        if seen.life is Life.ACTIVE:
            shown.newest.see(seen)
        is_known = seen.remote_id in known
        before = store.seen(Kind.PHOTO, seen.remote_id) if is_known else None
        if is_parted(store, seen, before):
            del known[seen.remote_id]
            shown.parted, before, is_any = shown.parted + 1, None, True
        uuid = known.get(seen.remote_id) or _uuid(store, seen, is_any=is_any)
        if uuid is None:
            shown.doubtful.append((seen, translating.url_of(row)))
            continue
        known[seen.remote_id] = uuid
        if before is not None and is_older(before, seen):
            shown.older[uuid] = seen
        if store.see(uuid, seen):
            shown.new += 1
            referred |= _referred(seen)
    shown.strange = {kind for kind, one in referred if not store.uuid_of(kind, one)}
    return shown


def _referred(seen: Seen) -> set[tuple[Kind, int]]:
    """Return what a photo refers to, by its numbers there."""
    found: set[tuple[Kind, int]] = set()
    for name, target in _REFERRING:
        value = seen.fields.get(name)
        if isinstance(value, frozenset):
            found.update((target, one) for one in value if isinstance(one, int))
        elif isinstance(value, int):
            found.add((target, value))
    return found


def _uuid(store: Store, seen: Seen, *, is_any: bool) -> str | None:
    """Return who a new image is; None: its bytes have to be compared first."""
    named = uuid_in(seen.name)
    if named is not None and _is_believed(store, named):
        return named
    size = seen.fields.get("bytes")
    may_be_here = named is None and seen.life is Life.ACTIVE
    if may_be_here and isinstance(size, int) and store.alike(size):
        return None
    return uuid_there(store, seen, is_any=is_any)


def _is_believed(store: Store, named: str) -> bool:
    """Whether an image may be the photo that the letters in its name say.

    Anybody may give a file any name. A uuid that follows from a number there (version
    5) can be worked out by anybody, too: it counts only where a photo here has it, or
    an image could pass for another one, or for an album.
    """
    if store.remote_id_of(Kind.PHOTO, named) is not None:
        return False
    if UUID(named).version != 5:
        return True
    return any(one.kind is Kind.PHOTO for one in store.load([named]))


def compare(doubtful: Iterable[tuple[Seen, str]]) -> Steps[int]:
    """Read the bytes of images that may be photos here. Returns how many are.

    Where that cannot be known the image is left for the next run: taken for a new
    photo, it would be here twice.
    """
    adopted = 0
    for seen, url in doubtful:
        size = seen.fields.get("bytes")
        found = yield Fetch("", url, What.HASH, size if isinstance(size, int) else None)
        digest = found.sha256 if isinstance(found, Fetched) else None
        adopted += yield Commit(partial(_adopt, seen=seen, digest=digest))
    return adopted


def _adopt(store: Store, seen: Seen, digest: str | None) -> int:
    number, size = seen.remote_id, seen.fields.get("bytes")
    if store.uuid_of(Kind.PHOTO, number) is not None:
        return 0
    later = again(store)
    alike = store.alike(size) if isinstance(size, int) else {}
    same = sorted(uuid for uuid, sha256 in alike.items() if sha256 == digest)
    # One whose own upload has no answer yet may be there twice soon: wait for that
    under_way = {one.uuid for one in store.intents()}
    if digest is None or not under_way.isdisjoint(same):
        store.remember(AGAIN, sorted({*later, number}))
        return 0
    is_any = is_any_parted(store)
    uuid = same[0] if same else uuid_there(store, seen, is_any=is_any)
    store.see(uuid, seen)
    if number in later:
        store.remember(AGAIN, sorted(later - {number}) or None)
    return int(bool(same))


def look_again(talk: Talk) -> Steps[int]:
    """Compare those whose bytes did not come last time. Returns how many are here.

    :raises Unreachable: the remote does not answer
    """
    later = sorted((yield Commit(again)))
    project = yield Commit(lambda store: store.project)
    adopted = 0
    for begin in range(0, len(later), _BATCH):
        some = later[begin : begin + _BATCH]
        found = yield from page(talk, requests.numbered(project, some), 1)
        shown = yield Commit(partial(keep, found.rows, Life.ACTIVE))
        adopted += yield from compare(shown.doubtful)
        left = {seen.remote_id for seen, _ in shown.doubtful}
        yield Commit(partial(_forget, numbers=set(some) - left))
    return adopted


def _forget(store: Store, numbers: set[int]) -> None:
    """These are listed no more, or are known by now."""
    store.remember(AGAIN, sorted(again(store) - numbers) or None)
