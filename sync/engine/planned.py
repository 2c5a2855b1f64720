"""What is written here, and what there is to send: by plans of a part of the records.

A plan is made in the transaction that writes what it says, so that whatever somebody
changes here meanwhile comes before it or after it (P12 of the sync design).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from archive.errors import ArchiveError
from sync.effects import Commit, Steps, Tell
from sync.engine.report import Order, name_of
from sync.engine.talk import Talk
from sync.merge import Outcome
from sync.operations import FETCHES, HERE, THERE, Act, Operation, place
from sync.planning import Note, Plan, Terms, plan
from sync.records import Capabilities, Kind, Life, Record
from sync.store import Store, Trouble

# Records of one transaction: a quarter of a second in which nobody else writes. Pages
# of the database that many of them change are written once in it
CHUNK = 800
CONTAINERS = (Kind.TRADE, Kind.LOCATION, Kind.ALBUM)
PHOTOS = (Kind.PHOTO,)


@dataclass(slots=True)
class Course:
    """What holds for all plans of a run.

    :param terms: with the brakes that the whole run met
    """

    order: Order
    talk: Talk
    terms: Terms

    def present_terms(self) -> Terms:
        """Return the terms with what this account was refused so far."""
        able = replace(self.terms.capabilities, refused=dict(self.talk.refused))
        return replace(self.terms, capabilities=able, files=False)


@dataclass(slots=True)
class Written:
    """What became of some records.

    :param last: place of the last of them; 0: there were none
    :param there: what is to be done there
    """

    last: int = 0
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    there: list[Operation] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    conflicts: int = 0


ABLE = Capabilities(starred_written=True)


def plan_of(
    store: Store, uuids: Collection[str], terms: Terms
) -> tuple[Plan, dict[str, Record]]:
    """Return the plan for these records alone, as they are now."""
    records = {record.uuid: record for record in store.load(uuids)}
    return plan(records.values(), terms, store.near(), store.others()), records


def write_here(
    course: Course, kinds: Sequence[Kind], acts: Collection[Act] = HERE
) -> Steps[Written]:
    """Write here what changed there, of all that is pending.

    :param acts: what is done now; all else stays pending
    """
    total = Written()
    while True:
        work = partial(_write_some, course.present_terms(), kinds, acts, total.last)
        some: Written = yield Commit(work)
        if not some.last:
            return total
        total.last = some.last
        for name in ("done", "failed", "held"):
            getattr(total, name).update(getattr(some, name))
        total.there += some.there
        total.notes += some.notes
        total.conflicts += some.conflicts
        yield Tell("here", total.done.total())


def _write_some(
    terms: Terms,
    kinds: Sequence[Kind],
    acts: Collection[Act],
    after: int,
    store: Store,
) -> Written:
    limit = CHUNK if kinds == PHOTOS else 1 << 30  # a tree is planned as a whole
    rows = store.pending(kinds, after, limit)
    written = Written(last=rows[-1][0] if rows else 0)
    if not rows:
        return written
    uuids = [uuid for _, uuid in rows]
    made, records = plan_of(store, uuids, terms)
    busy = _do(store, made, records, acts, written)
    store.show(uuids, made.conflicts)
    written.conflicts += len(made.conflicts)
    written.notes += made.notes
    written.held.update(name_of(one) for one in made.held if one.act not in FETCHES)
    held = {one.uuid for one in made.held if one.act not in FETCHES}
    busy |= held | {one.uuid for one in made.conflicts} | _waiting(made)
    busy |= _refused(made, terms)
    store.rest([uuid for uuid in uuids if uuid not in busy])
    return written


def _refused(made: Plan, terms: Terms) -> set[str]:
    """Return those of which this account may not do something: rights come back."""
    reasons = set(terms.capabilities.refused.values())
    return {note.uuid for note in made.notes if note.why in reasons}


def _waiting(made: Plan) -> set[str]:
    return {uuid for uuid, outcome in made.outcomes.items() if outcome.waiting}


def _do(
    store: Store,
    made: Plan,
    records: dict[str, Record],
    acts: Collection[Act],
    written: Written,
) -> set[str]:
    """Write what is to be written here. Returns those with which it is not over."""
    busy: set[str] = set()
    for one in made.operations:
        if one.act in THERE:
            written.there.append(one)
            busy.add(one.uuid)
        elif one.act in HERE and one.act not in acts:
            busy.add(one.uuid)
        elif one.act in HERE and is_written(store, made, records[one.uuid], one):
            written.done[name_of(one)] += 1
            if _is_half(made.outcomes[one.uuid]):
                busy.add(one.uuid)
        elif one.act in HERE:
            written.failed[name_of(one)] += 1
            busy.add(one.uuid)
    return busy


def _is_half(outcome: Outcome) -> bool:
    """Whether something is written here that the remote has not said yet.

    Made private for its album's sake, off the log as it is private: the next plan sends
    it.
    """
    known = outcome.base.fields if outcome.base else {}
    return any(
        name not in known or known[name].ours != value
        for name, value in outcome.write.items()
    )


def is_written(store: Store, made: Plan, record: Record, one: Operation) -> bool:
    """Write what is to be written here; what the archive does not take is set aside."""
    try:
        store.write(record, made.outcomes[one.uuid], one.why)
    except ArchiveError as error:
        store.set_aside(Trouble(one.kind, one.uuid, str(one.act), str(error)))
        return False
    return True


def in_order(operations: Iterable[Operation]) -> list[Operation]:
    """Return them in the order in which they are done."""
    return sorted(operations, key=place)


# Before anything is done: how much it would be


def survey(course: Course) -> Steps[list[Operation]]:
    """Return what the brakes count, of all photos that are pending."""
    counted: list[Operation] = []
    after = 0
    while True:
        work = partial(_count_some, course.present_terms(), after)
        last, some = yield Commit(work)
        if not last:
            return counted
        after = last
        counted += some


def _count_some(terms: Terms, after: int, store: Store) -> tuple[int, list[Operation]]:
    rows = store.pending(PHOTOS, after, CHUNK, met=True)  # no other can count
    if not rows:
        return 0, []
    made, records = plan_of(store, [uuid for _, uuid in rows], terms)
    some = [one for one in made.operations if _counts(one, records)]
    return rows[-1][0], some


def _counts(one: Operation, records: dict[str, Record]) -> bool:
    vanishes = one.act in (Act.RECYCLE_HERE, Act.DELETE_THERE)
    is_rewritten = one.act is Act.CHANGE_HERE and "description" in one.fields
    return vanishes or (is_rewritten and records[one.uuid].local.life is Life.ACTIVE)


def dry(course: Course) -> Steps[Plan]:
    """Return the plan of everything that is pending, and of files that are wanted."""
    order = course.order
    terms = replace(
        course.present_terms(),
        selection=order.selection,
        allowance=order.allowance,
        files=True,
    )
    made: Plan = yield Commit(partial(_plan_everything, terms))
    return made


def _plan_everything(terms: Terms, store: Store) -> Plan:
    rows = store.pending((*CONTAINERS, *PHOTOS), 0, 1 << 30)
    uuids = {uuid for _, uuid in rows}
    made, _ = plan_of(store, [uuid for _, uuid in rows], terms)
    lacking = _lacking(terms, store, uuids) if not terms.allowance.metered else []
    return replace(made, operations=tuple(in_order([*made.operations, *lacking])))


def _lacking(terms: Terms, store: Store, planned: Collection[str]) -> list[Operation]:
    """Return what is fetched of photos of which nothing else is to be done."""
    found: list[Operation] = []
    after = 0
    while rows := store.missing("original", after, CHUNK):
        after = rows[-1][0]
        some = [uuid for _, uuid, _ in rows if uuid not in planned]
        made, _ = plan_of(store, some, terms)
        found += [one for one in made.operations if one.act in FETCHES]
    return found
