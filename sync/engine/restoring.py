"""Records whose stamp went back (§2.16): a remote out of a backup, or a clock put back.

An answer can also be an old one, out of a cache. So what is older than it was is noted,
and nothing is written over it. It is asked for again in the next run, and taken as seen
when it is still so: some minutes later, or, where there is much of it, once somebody
has confirmed the brake. Where it is other than what was agreed, nothing counts as
agreed any more: both sides meet anew, so that what a backup lacks does not count as
deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from sync.effects import Commit, Steps
from sync.engine.answered import shown
from sync.engine.reuse import ask_again, is_parted, key_of, part
from sync.numbers import is_another, is_older
from sync.records import Kind, Life, Record
from sync.store import Seen, Store

NOTED = "older"  # "photo 17": [its stamp, when that was first seen]
_CHUNK = 200
_ALIVE = frozenset({Life.ACTIVE, Life.HIDDEN})
LATER = 600  # seconds: no cache is that old


def note(store: Store, seen: Seen, clock: int) -> None:
    """Keep in mind that a record is shown older than it was."""
    noted = _noted(store)
    stamp, _ = noted.get(key_of(seen), (None, 0))
    if stamp != seen.updated:
        store.remember(NOTED, {**noted, key_of(seen): [seen.updated, clock]})


def keep_fresh(store: Store, seen: Seen, clock: int) -> bool:
    """Keep how a record is shown; one that is older than it was is noted instead.

    :return: whether it was kept, or is none of ours; False also where the number is
        another's by now
    """
    before = store.seen(seen.kind, seen.remote_id)
    if is_older(before, seen):
        note(store, seen, clock)
        return False
    if is_parted(store, seen, before):
        ask_again(store, seen)
        return False
    uuid = store.uuid_of(seen.kind, seen.remote_id)
    if uuid is not None:
        store.see(uuid, seen)
    return True


def keep_shown(store: Store, kind: Kind, body: object, clock: int) -> bool:
    """Keep likewise how an album, a location or a trade is shown."""
    seen = shown(store, kind, body)
    return seen is None or keep_fresh(store, seen, clock)


def noted_photos(store: Store) -> list[int]:
    """Return the numbers of photos that are to be asked for again."""
    words = (one.split() for one in _noted(store))
    return [int(number) for kind, number in words if kind == Kind.PHOTO]


def _noted(store: Store) -> dict[str, list[int]]:
    found = store.recall(NOTED)
    return found if isinstance(found, dict) else {}


def take_older(
    clock: int, older: Mapping[str, Seen], patience: int | None
) -> Steps[int]:
    """Take what is older than it was as seen, where it is so for good.

    :param clock: the remote's
    :param older: all that this run was shown, by uuid; it asked for all that was noted
    :param patience: seconds after which that is sure; None: somebody has to confirm it
    :return: how many were taken
    """
    taken: int = yield Commit(partial(_take, clock, older, patience))
    return taken


def _take(
    clock: int, older: Mapping[str, Seen], patience: int | None, store: Store
) -> int:
    noted = _noted(store)
    left = {key: one for key, one in noted.items() if not key.startswith(Kind.PHOTO)}
    taken = 0
    for uuid, seen in older.items():
        stamp, since = noted.get(key_of(seen), (None, clock))
        is_same = stamp == seen.updated
        # a clock that was put back meanwhile says nothing of how long that is
        is_sure = patience is not None and not 0 <= clock - since < patience
        if is_same and is_sure:
            _meet_anew(store, uuid, seen)
            left.pop(key_of(seen), None)
            taken += 1
        else:
            left[key_of(seen)] = [seen.updated, since if is_same else clock]
    if left != noted:
        store.remember(NOTED, left or None)
    return taken


def _meet_anew(store: Store, uuid: str, seen: Seen) -> None:
    """Take a record as it is shown; of what was agreed stays what is still so there."""
    before = store.seen(seen.kind, seen.remote_id)
    if before is not None and is_another(before, seen):
        part(store, seen)
        ask_again(store, seen)
        return
    store.see(uuid, seen, sure=True)
    _forget_changed(store, store.load([uuid]))


def meet_changed_anew() -> Steps[None]:
    """Let both sides meet anew wherever the remote is other than what was agreed.

    Whoever edits a record that came out of a backup gives it a new stamp, and what the
    backup lacks of it looks deleted by them.
    """
    after = 0
    while True:
        after = yield Commit(partial(_meet_some_anew, after))
        if not after:
            return


def _meet_some_anew(after: int, store: Store) -> int:
    rows = store.pending(tuple(Kind), after, _CHUNK)
    _forget_changed(store, store.load([uuid for _, uuid in rows]))
    return rows[-1][0] if rows else 0


def _forget_changed(store: Store, records: Iterable[Record]) -> None:
    """Forget what was agreed and is not so there any more."""
    for record in records:
        base, remote = record.base, record.remote
        if base is None or remote.life is Life.ABSENT:
            continue
        kept = {
            name: one
            for name, one in base.fields.items()
            if name not in remote.fields or remote.fields[name] == one.theirs
        }
        if (remote.life in _ALIVE) is not (base.life in _ALIVE):
            store.rebase(record.kind, record.uuid, None)
        elif len(kept) < len(base.fields):
            store.rebase(record.kind, record.uuid, replace(base, fields=kept))
