"""What the remote said of a write: done, refused, or nothing that can be understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sync import translating
from sync.answers import acknowledge, acknowledge_life
from sync.effects import Answer, Commit, Steps
from sync.engine.talk import Talk, said
from sync.errors import Stopped
from sync.identity import uuid_in
from sync.numbers import is_another
from sync.operations import Act
from sync.records import FIELDS, Base, Fields, Kind, Life
from sync.store import Intent, Seen, Store, Told, Trouble

DAY = 24 * 3600
_SURE = 3  # records that were refused alike: this account may not do that at all
_RIGHTS = {
    Act.CREATE_THERE: "create",
    Act.DELETE_THERE: "delete",
    Act.RETRIEVE_THERE: "retrieve",
}
_TOO_MANY = 429  # says nothing of the record


def take_answer(talk: Talk, intent: Intent, answer: Answer) -> Steps[bool]:
    """Take what the remote said of a write. Returns whether it was done.

    :raises Stopped: this account is accepted no more
    """
    note(talk, answer)
    if answer.is_done:
        yield Commit(partial(keep_done, intent=intent, body=answer.body))
    elif answer.status == 401:
        yield Commit(lambda store: store.end_intent(intent.uuid))
        raise Stopped(f"the remote no longer accepts this account: {said(answer)}")
    elif answer.is_lost:
        unknown = replace(intent, unknown_since=talk.clock)
        yield Commit(lambda store: store.keep_intent(unknown))
    else:
        trouble = _trouble(talk, intent, answer)
        yield Commit(partial(_keep_refused, uuid=intent.uuid, trouble=trouble))
    return answer.is_done


def note(talk: Talk, answer: Answer) -> None:
    """Count failures in a row, of whatever record."""
    talk.failures = 0 if answer.is_done else talk.failures + 1
    talk.why = said(answer)


# Done


def keep_done(store: Store, intent: Intent, body: object) -> None:
    """Keep that a write was done, what is there now, and what is agreed by it.

    :param body: of the answer; it may show the record, or not
    """
    now = shown_of(store, intent, body)
    if intent.act in (Act.DELETE_THERE, Act.RETRIEVE_THERE):
        _keep_moved(store, intent)
    else:
        last = _last(store, intent)
        seen = now or last
        if seen is not None:
            sent = in_numbers(store, intent.kind, intent.sent.fields)
            unshown = {**(last.fields if last and not now else {}), **sent}
            fields = {**unshown, **(now.fields if now else {})}
            store.see(intent.uuid, replace(seen, fields=fields), sure=now is not None)
        answer = in_uuids(store, now) if now else {}
        base = acknowledge(_base(store, intent.uuid), intent.sent, answer)
        store.rebase(intent.kind, intent.uuid, base)
    store.end_intent(intent.uuid)


def _keep_moved(store: Store, intent: Intent) -> None:
    """Keep that it is deleted there, or back: whatever else the answer shows."""
    life = Life.ACTIVE
    if intent.act is Act.DELETE_THERE:
        life = Life.RECYCLED if intent.kind is Kind.PHOTO else Life.PURGED
    last = _last(store, intent)
    if last is not None:
        store.see(intent.uuid, replace(last, life=life))
    base = acknowledge_life(_base(store, intent.uuid), life)
    store.rebase(intent.kind, intent.uuid, base)


def _last(store: Store, intent: Intent) -> Seen | None:
    number = store.remote_id_of(intent.kind, intent.uuid)
    return None if number is None else store.seen(intent.kind, number)


def _base(store: Store, uuid: str) -> Base | None:
    found = store.load([uuid])
    return found[0].base if found else None


def shown(store: Store, kind: Kind, body: object) -> Seen | None:
    """Return the record that an answer shows; None: it shows none."""
    if not isinstance(body, Mapping) or not translating.is_numbered(body):
        return None
    if kind is Kind.PHOTO:
        return translating.photo(body, unclassified(store))
    return translating.READERS[kind](body)


def unclassified(store: Store) -> int | None:
    """Return the album there that stands for none; None: it was not met yet."""
    number = store.recall("unclassified")
    return number if isinstance(number, int) else None


def shown_of(store: Store, intent: Intent, body: object) -> Seen | None:
    """Return how an answer shows what was written; None: it does not.

    One that shows another record says nothing of this one: taken for it, the next
    write would go to that other record.
    """
    seen = shown(store, intent.kind, body)
    if seen is None:
        return None
    number = store.remote_id_of(intent.kind, intent.uuid)
    if number is not None:
        last = store.seen(intent.kind, number)
        is_it = seen.remote_id == number and not (last and is_another(last, seen))
        return seen if is_it else None
    return seen if uuid_in(seen.name) in (None, intent.uuid) else None


def in_uuids(store: Store, seen: Seen) -> Fields:
    """Return what is shown there, with the records that are referred to as here."""

    def name(kind: Kind, number: int) -> str:
        return store.uuid_of(kind, number) or store.project.uuid_of(kind, number)

    found = {}
    for field, value in seen.fields.items():
        target = FIELDS[seen.kind][field].target
        if target is None or value is None:
            found[field] = value
        elif isinstance(value, frozenset):
            found[field] = frozenset(name(target, int(one)) for one in value)
        else:
            found[field] = name(target, int(value))  # type: ignore[arg-type]
    return found  # type: ignore[return-value]


def in_numbers(store: Store, kind: Kind, fields: Fields) -> dict[str, Told]:
    """Return values as they are shown there; what has no number there is left out."""
    found: dict[str, Told] = {}
    for field, value in fields.items():
        target = FIELDS[kind][field].target
        if target is None or value is None:
            found[field] = value
        elif isinstance(value, frozenset):
            numbers = {store.remote_id_of(target, str(one)) for one in value}
            found[field] = frozenset(one for one in numbers if one is not None)
        elif (number := store.remote_id_of(target, str(value))) is not None:
            found[field] = number
    return found


# Refused


def _keep_refused(store: Store, uuid: str, trouble: Trouble | None) -> None:
    store.end_intent(uuid)
    if trouble is not None:
        store.set_aside(trouble)


def _trouble(talk: Talk, intent: Intent, answer: Answer) -> Trouble | None:
    """Return why a record is left alone for now; None: it is planned again.

    What is refused for want of rights (403) is tried a field at a time, so that the
    rest gets through. What moved on there meanwhile (404, 409) is planned again as soon
    as the next run sees how it is.
    """
    if answer.status == _TOO_MANY:
        return None
    if answer.status == 403 and not _is_all_refused(talk, intent, said(answer)):
        return None
    kind, uuid, act = intent.kind, intent.uuid, str(intent.act)
    why, clock = said(answer), talk.clock
    return Trouble(kind, uuid, act, why, answer.status, next_at=clock + DAY)


def _is_all_refused(talk: Talk, intent: Intent, why: str) -> bool:
    """Take note of what was refused. Returns whether nothing else is left to try."""
    names = sorted(intent.sent.fields)
    right = _RIGHTS.get(intent.act)
    if right is None and len(names) > 1:
        talk.singly.setdefault(intent.uuid, set())
        return False
    what = intent.kind, right or names[0]
    talk.denied.setdefault(what, set()).add(intent.uuid)
    if len(talk.denied[what]) >= _SURE:
        talk.refused[what] = why
    if right is None and intent.uuid in talk.singly:
        talk.singly[intent.uuid].add(names[0])
        return False
    return True
