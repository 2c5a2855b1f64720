"""Writes whose answer was lost: look before anything is repeated (sync design §2.7).

A request that got no answer may still be on its way. So it is left alone for a while,
by the remote's clock, counted from when it was first *seen* that nobody knows (a laptop
can sleep between sending and that). Then the remote is looked at: what is there was
done, what is not was not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from archive.identity import name_key
from sync import translating
from sync.answers import acknowledge, acknowledge_life, adopt
from sync.effects import Commit, Steps, Wait
from sync.engine import requests
from sync.engine.answered import in_uuids, shown, shown_of
from sync.engine.pulling import newest
from sync.engine.requests import FUTURE, IN_BIN
from sync.engine.restoring import keep_fresh
from sync.engine.talk import Json, Talk, ask, page, whole
from sync.engine.vanishing import look_at
from sync.errors import RemoteError, Unreachable
from sync.identity import Project, uuid_in
from sync.operations import Act
from sync.records import Kind, Life
from sync.store import Intent, Phase, Seen, Store

_SKEW = 600  # seconds before it was sent, as clocks of one remote differ


def settle(
    talk: Talk, project: Project, seconds: float, *, patient: bool
) -> Steps[int]:
    """Find out what came of writes whose answer was lost. Returns how many are open.

    :param seconds: of the remote's time in which they are left alone
    :param patient: wait for that; else what is not settled is left to the next run
    """
    intents: Sequence[Intent] = yield Commit(lambda store: list(store.intents()))
    for one in intents:
        if one.phase is Phase.UPLOADING:  # nothing stands there yet
            yield Commit(partial(_end, uuid=one.uuid))
        elif one.unknown_since is None or one.unknown_since > talk.clock:
            # for the first time, or the remote's clock was put back since
            unknown = replace(one, unknown_since=talk.clock)
            yield Commit(partial(_keep, intent=unknown))
    unknown_ones: Sequence[Intent] = yield Commit(_without_met)
    if patient and unknown_ones:
        yield from _wait(talk, project, unknown_ones, seconds)
    left = 0
    for one in unknown_ones:
        is_settled = talk.clock >= (one.unknown_since or 0) + seconds
        if is_settled:
            is_settled = yield from _find_out(talk, project, one)
        left += not is_settled
    return left


def _without_met(store: Store) -> list[Intent]:
    """Return those that are open, without new photos that were met there by now.

    There is one request for each: what it made is there, and nothing else will be.
    """
    left = []
    for one in store.intents():
        number = store.remote_id_of(one.kind, one.uuid)
        seen = None if number is None else store.seen(one.kind, number)
        if one.act is Act.CREATE_THERE and seen and _is_ours(seen, one):
            store.rebase(one.kind, one.uuid, adopt(one.sent))
            store.end_intent(one.uuid)
        else:
            left.append(one)
    return left


def _is_ours(seen: Seen, intent: Intent) -> bool:
    """Whether what stands there was made by this write, and by nobody else.

    A photo bears its uuid in its name. One that was found by its bytes, or an album of
    this name, may be somebody else's, with other words.
    """
    return intent.kind is Kind.PHOTO and uuid_in(seen.name) == intent.uuid


def _end(store: Store, uuid: str) -> None:
    store.end_intent(uuid)


def _keep(store: Store, intent: Intent) -> None:
    store.keep_intent(intent)


def _wait(
    talk: Talk, project: Project, intents: Sequence[Intent], seconds: float
) -> Steps[None]:
    """Wait until the last of them has settled, by the remote's clock."""
    until = max((one.unknown_since or 0) for one in intents) + seconds
    if talk.clock >= until:
        return
    yield Wait(until - talk.clock, "until a write without an answer has settled")
    yield from ask(talk, requests.me(project))  # for the time that it is there


def _find_out(talk: Talk, project: Project, intent: Intent) -> Steps[bool]:
    """Look whether a write was done. Returns whether that is known now."""
    try:
        if intent.act is Act.CREATE_THERE:
            body = yield from _made(talk, project, intent)
            yield Commit(partial(_settle_made, intent=intent, body=body))
        else:
            return (yield from _settle_changed(talk, project, intent))
    except RemoteError:
        return False  # it could not be looked at; the next run does
    return True


# Made, or not


def _made(talk: Talk, project: Project, intent: Intent) -> Steps[Json | None]:
    """Return the record there that this write made; None: it made none."""
    if intent.kind is Kind.PHOTO:
        return (yield from _made_photo(talk, project, intent))
    listing = yield from whole(talk, requests.LISTS[intent.kind](project))
    found: Json | None = yield Commit(
        partial(_by_name, intent=intent, rows=listing.rows)
    )
    return found


def _by_name(store: Store, intent: Intent, rows: Sequence[Json]) -> Json | None:
    """Return the record of this name, and at this place, that is nobody else's."""
    wanted = name_key(str(intent.sent.fields.get("name", "")))
    parent = intent.sent.fields.get("parent")
    for row in rows:
        seen = translating.READERS[intent.kind](row)
        fields = in_uuids(store, seen)
        owner = store.uuid_of(intent.kind, seen.remote_id)
        is_it = name_key(str(fields.get("name", ""))) == wanted
        if is_it and fields.get("parent") == parent and owner in (None, intent.uuid):
            return row
    return None


def _made_photo(talk: Talk, project: Project, intent: Intent) -> Steps[Json | None]:
    """Look for the photo's name among what was made since: also in the bin.

    Somebody may have deleted it already; uploaded again it would be back. The window
    begins early enough to hold a photo that is known, so that an empty list is seen to
    be none.

    :raises RemoteError: it cannot be looked at, or the list is empty for no reason
    """
    last: int = yield Commit(newest)
    begin = max(0, min(intent.sent_at - _SKEW, last or FUTURE))
    window = requests.created(project, begin, FUTURE)
    in_bin = requests.photos(
        project, ("filters[created_at]", requests.between(begin, FUTURE)), IN_BIN
    )
    for request, is_bin in ((window, False), (in_bin, True)):
        for number in range(1, 10_000):
            try:
                found = yield from page(talk, request, number)
            except RemoteError:
                if is_bin:  # it lists no bin
                    break
                raise
            if not found.rows and number == 1 and not is_bin:
                yield from _require_empty(talk, project, last)
            for row in found.rows:
                if uuid_in(str(row.get("filename", ""))) == intent.uuid:
                    return {**row, "asbuilt_in_bin": is_bin}
            if found.is_last:
                break
    return None


def _require_empty(talk: Talk, project: Project, last: int) -> Steps[None]:
    """Believe that nothing is listed only if the albums count nothing, too.

    :raises Unreachable: the list is empty for no reason, or nothing answers
    """
    counts: list[object] = []
    if not last:
        listing = yield from whole(talk, requests.albums(project))
        counts = [row.get("count") for row in listing.rows]
    if not counts or any(counts):
        raise Unreachable("the remote lists nothing, though there are photos")


def _settle_made(store: Store, intent: Intent, body: Json | None) -> None:
    """It was made: take it as ours, as it was sent. Or it was not: it is planned again.

    Whatever anybody changed since, on either side, is then seen as a change. Of what
    may be somebody else's nothing is agreed: the two meet.
    """
    seen = shown(store, intent.kind, body)
    if seen is not None and isinstance(body, Mapping):
        extra = {k: v for k, v in seen.extra.items() if k != "asbuilt_in_bin"}
        in_bin = body.get("asbuilt_in_bin") and body.get("deleted_at", True)
        life = Life.RECYCLED if in_bin and seen.life is Life.ACTIVE else seen.life
        store.see(intent.uuid, replace(seen, life=life, extra=extra))
        if _is_ours(seen, intent):
            store.rebase(intent.kind, intent.uuid, adopt(intent.sent))
    store.end_intent(intent.uuid)


# Changed, or not


def _settle_changed(talk: Talk, project: Project, intent: Intent) -> Steps[bool]:
    number = yield Commit(lambda store: store.remote_id_of(intent.kind, intent.uuid))
    if number is None:
        yield Commit(partial(_end, uuid=intent.uuid))
        return True
    if intent.kind is Kind.PHOTO:
        if (yield from look_at(talk, project, number, bin_listed=True)) is None:
            return False
    else:
        answer = yield from ask(talk, requests.record(project, intent.kind, number))
        if answer.is_lost:
            return False
        body = answer.body if answer.is_done else None
        is_gone = answer.status in (404, 410)
        work = partial(
            _keep_shown, intent=intent, body=body, is_gone=is_gone, clock=talk.clock
        )
        if not (yield Commit(work)):
            return False
    yield Commit(partial(_agree, intent=intent))
    return True


def _keep_shown(
    store: Store, intent: Intent, body: object, clock: int, *, is_gone: bool
) -> bool:
    seen = shown_of(store, intent, body)
    number = store.remote_id_of(intent.kind, intent.uuid)
    if seen is None and is_gone and intent.act is Act.DELETE_THERE and number:
        last = store.seen(intent.kind, number)
        seen = replace(last, life=Life.PURGED) if last else None
    return seen is None or keep_fresh(store, seen, clock)


def _agree(store: Store, intent: Intent) -> None:
    """What stands there as it was sent is agreed; all else is planned anew.

    What stands there as before says nothing: the write may never have arrived.
    """
    found = store.load([intent.uuid])
    if found:
        record = found[0]
        ends = (Life.RECYCLED, Life.PURGED)
        if intent.act is Act.CHANGE_THERE:
            sent = replace(intent.sent, before={})
            kept = {n: v for n, v in record.remote.fields.items() if n in sent.fields}
            told = {n: v for n, v in kept.items() if v == sent.fields[n]}
            known = replace(sent, fields={n: sent.fields[n] for n in told})
            base = acknowledge(record.base, known, told)
            store.rebase(intent.kind, intent.uuid, base)
        elif intent.act is Act.DELETE_THERE and record.remote.life in ends:
            base = acknowledge_life(record.base, record.remote.life)
            store.rebase(intent.kind, intent.uuid, base)
        elif intent.act is Act.RETRIEVE_THERE and record.remote.life is Life.ACTIVE:
            base = acknowledge_life(record.base, Life.ACTIVE)
            store.rebase(intent.kind, intent.uuid, base)
    store.end_intent(intent.uuid)
