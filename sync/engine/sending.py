"""What is done there: read, plan again, write down, send, and take the answer (§2.7).

Nothing is sent that is not written down before, as sent: whatever happens then, the
next run finds out (``sync.engine.settling``). What is sent is what a plan says that is
made in the same transaction, of what was read there just before: without a lock there
(§9.2 of the API) that is as near as one comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sync import translating
from sync.answers import Sent
from sync.effects import Ask, Commit, Steps
from sync.engine import requests
from sync.engine.answered import take_answer, unclassified
from sync.engine.planned import Course, is_written, plan_of
from sync.engine.restoring import keep_shown
from sync.engine.talk import Talk, ask, page
from sync.engine.vanishing import look_at
from sync.errors import Nonsense
from sync.identity import Project
from sync.merge import Outcome
from sync.operations import HERE, Act, Operation
from sync.planning import Terms
from sync.records import FIELDS, Fields, Kind, Life, Record
from sync.steps import members
from sync.store import Intent, Store

_TURNS = 3  # what is written here before it is sent is planned again


@dataclass(frozen=True, slots=True)
class Ready:
    """A write that is written down and may be sent."""

    request: Ask
    intent: Intent


def change(course: Course, project: Project, one: Operation) -> Steps[bool]:
    """Change, delete or retrieve a record there. Returns whether it was done.

    :param one: as it was planned; what is sent is planned anew
    """
    refers = any(FIELDS[one.kind][name].target for name in one.fields)
    if refers and not (yield Commit(partial(_may_refer, one))):
        return False
    if not (yield from _look(course.talk, project, one)):
        return False
    work = partial(_prepare, course, project, one)
    ready: Ready | None = yield Commit(work)
    if ready is None:
        return False
    answer = yield from ask(course.talk, ready.request)
    if one.act is Act.RETRIEVE_THERE and answer.status in (404, 405):
        again = requests.retrieve(project, _number(one), "POST")
        answer = yield from ask(course.talk, again)
    return (yield from take_answer(course.talk, ready.intent, answer))


def _number(one: Operation) -> int:
    if one.remote_id is None:
        raise Nonsense(f"the {one.kind} {one.uuid} has no number there")
    return one.remote_id


def _look(talk: Talk, project: Project, one: Operation) -> Steps[bool]:
    """Read what is to be written over. Returns whether it can be."""
    number = _number(one)
    if one.kind is Kind.PHOTO:
        life = yield from look_at(talk, project, number, bin_listed=True)
        wanted = Life.RECYCLED if one.act is Act.RETRIEVE_THERE else Life.ACTIVE
        return bool(life is wanted)
    answer = yield from ask(talk, requests.record(project, one.kind, number))
    body = answer.body
    if not answer.is_done or not isinstance(body, Mapping):
        return False
    work = partial(keep_shown, kind=one.kind, body=body, clock=talk.clock)
    if not (yield Commit(work)):
        return False
    if one.act is not Act.DELETE_THERE:
        return True
    inside = yield from page(talk, requests.inside(project, one.kind, number), 1, 1)
    return inside.total == 0 and not inside.rows  # its photos would go with it


def _prepare(
    course: Course, project: Project, one: Operation, store: Store
) -> Ready | None:
    """Plan a record again, and write down what is to be sent. None: nothing is."""
    found = replanned(store, course.present_terms(), one)
    if found is None:
        return None
    record, outcome = found
    fields = _fields(course.talk, one.uuid, _sendable(store, one.kind, outcome.send))
    if one.act is Act.CHANGE_THERE and not fields:
        return None  # all that is left was refused in this run
    sent = Sent(fields, dict(record.local.fields), dict(record.remote.fields))
    intent = Intent(one.kind, one.uuid, one.act, sent=sent, sent_at=course.talk.clock)
    request = _request(store, project, record, one.act, fields)
    store.keep_intent(intent)
    return Ready(request, intent)


def replanned(
    store: Store, terms: Terms, one: Operation
) -> tuple[Record, Outcome] | None:
    """Return a record and what becomes of it, if the operation is still to be done.

    What is to be written here comes first, and the plan once more.
    """
    for _ in range(_TURNS):
        made, records = plan_of(store, [one.uuid], terms)
        if one.uuid not in records:
            return None
        record, outcome = records[one.uuid], made.outcomes[one.uuid]
        here = [each for each in made.operations if each.act in HERE]
        if not here:
            is_left = any(each.act is one.act for each in made.operations)
            is_new = one.act is Act.CREATE_THERE
            is_ready = not is_new or _has_numbers(store, record.kind, outcome.send)
            return (record, outcome) if is_left and is_ready else None
        if not is_written(store, made, record, here[0]):
            return None
    return None


def _may_refer(one: Operation, store: Store) -> bool:
    """Whether anything of an operation can be sent; it saves a look at the record."""
    values = {name: new for name, (_, new) in one.fields.items()}
    return bool(_sendable(store, one.kind, values))


def _sendable(store: Store, kind: Kind, fields: Fields) -> Fields:
    """Return the fields but for those that refer to what is not there yet."""
    return {n: v for n, v in fields.items() if _has_numbers(store, kind, {n: v})}


def _has_numbers(store: Store, kind: Kind, fields: Fields) -> bool:
    """Whether all that is referred to is there: what was to be made may have failed."""
    return all(
        store.remote_id_of(target, uuid) is not None
        for name, value in fields.items()
        if (target := FIELDS[kind][name].target) is not None
        for uuid in members(value)
    )


def _fields(talk: Talk, uuid: str, fields: Fields) -> Fields:
    """Return what is sent: one at a time, where several together were refused."""
    if uuid not in talk.singly:
        return dict(fields)
    left = {n: v for n, v in fields.items() if n not in talk.singly[uuid]}
    return dict(sorted(left.items())[:1])


def _request(
    store: Store, project: Project, record: Record, act: Act, fields: Fields
) -> Ask:
    number = record.remote_id or 0
    if act is Act.DELETE_THERE:
        return requests.delete(project, record.kind, number)
    if act is Act.RETRIEVE_THERE:
        return requests.retrieve(project, number)
    attributes = attributes_of(store, record.kind, fields)
    if record.kind is Kind.ALBUM:  # contract 8, no. 22: the name in any case
        attributes.setdefault("name", record.remote.fields.get("name"))
    return requests.change(project, record.kind, number, attributes)


def attributes_of(store: Store, kind: Kind, fields: Fields) -> dict[str, object]:
    """Return values as the API takes them.

    :raises Nonsense: something is referred to that the remote has not
    """
    told = translating.sent_as(kind, fields, store.remote_id_of, unclassified(store))
    if kind is Kind.PHOTO and told.get("image_category_id", 0) is None:
        del told["image_category_id"]  # where its Unclassified is, nobody knows
    return told
