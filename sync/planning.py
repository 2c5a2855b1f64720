"""The plan of a run: a pure function of the three versions of each record.

Nothing is remembered between runs but the versions themselves (sync design §0.1), so
that a plan can be made again at any moment: after each step, after a crash, or for a
``--dry-run`` that must say what a run would do. Once all of a plan is done, the next
one is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sync.brakes import Brake, Survey, brakes, held_by
from sync.clashes import Neighbours
from sync.conflicts import Conflict
from sync.lives import Step
from sync.merge import ABLE, ALONE, Outcome, Surroundings
from sync.operations import FETCHES, Act, Operation, place
from sync.records import Capabilities, Fields, Kind, Record
from sync.steps import operations_of
from sync.together import merge_all

_RIGHT = {
    Act.CREATE_THERE: "create",
    Act.DELETE_THERE: "delete",
    Act.RETRIEVE_THERE: "retrieve",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose originals are fetched; everything else of a photo is in any case (§2.18).

    Narrowing it deletes nothing: no operation takes bytes away.

    :param wants: of a photo's fields
    """

    wants: Callable[[Fields], bool] = lambda _: True
    thumbnails: bool = True


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a run may spend; None: as much as it takes.

    :param metered: a connection that is paid for by the byte: words only
    """

    requests: int | None = None
    bytes: int | None = None
    metered: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is told and changes nothing.

    :param about: "waiting", "only here", "missing there", "ended there", "refused"
    :param field: "" where the record as a whole is meant
    """

    kind: Kind
    uuid: str
    about: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    :param operations: in the order in which they are done
    :param held: those that wait for somebody to confirm a brake
    :param later: those for which the allowance does not suffice
    """

    operations: tuple[Operation, ...] = ()
    held: tuple[Operation, ...] = ()
    later: tuple[Operation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
    brakes: tuple[Brake, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


UNSURVEYED = Survey()


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which a plan is made.

    :param confirmed: names of brakes that somebody has let go
    :param met: the brakes that the whole run met, where a plan is only of a part of it;
        None: this plan is the whole
    :param files: what is fetched is part of the plan
    """

    capabilities: Capabilities = ABLE
    selection: Selection = Selection()
    allowance: Allowance = Allowance()
    survey: Survey = UNSURVEYED
    confirmed: Collection[str] = ()
    met: tuple[Brake, ...] | None = None
    files: bool = True


FREELY = Terms()
NOBODY_ELSE = Neighbours()


def plan(
    records: Iterable[Record],
    terms: Terms = FREELY,
    near: Surroundings = ALONE,
    others: Neighbours = NOBODY_ELSE,
) -> Plan:
    """Return what a run would do, and why.

    :param records: those in which anything changed on either side, or whose bytes are
        not here; all others have nothing to do
    :param near: what is true besides, of records that are not among these
    """
    known = {record.uuid: record for record in records}
    outcomes = merge_all(known, terms.capabilities, near, others)
    wanted, refused = _wanted(known, outcomes, terms)
    notes = [note for uuid in known for note in _notes(known[uuid], outcomes[uuid])]
    met = brakes(wanted, terms.survey) if terms.met is None else terms.met
    free, held = _held(wanted, met, terms.confirmed)
    now, later = _within(free, terms.allowance)
    return Plan(
        tuple(now),
        tuple(held),
        tuple(later),
        tuple(c for outcome in outcomes.values() for c in outcome.conflicts),
        (*notes, *refused),
        met,
        outcomes,
    )


def _wanted(
    records: Mapping[str, Record], outcomes: Mapping[str, Outcome], terms: Terms
) -> tuple[list[Operation], list[Note]]:
    """Return what is to be done, in order, and what this account may not do."""
    wanted: list[Operation] = []
    refused: list[Note] = []
    for record in records.values():
        for one in operations_of(record, outcomes, records, files=terms.files):
            why = _refused(one, terms.capabilities)
            if why:
                refused.append(Note(one.kind, one.uuid, "refused", "", why))
            elif _is_selected(one, records, terms):
                wanted.append(one)
    return sorted(wanted, key=place), refused


def _notes(record: Record, outcome: Outcome) -> list[Note]:
    def note(about: str, name: str, why: str) -> Note:
        return Note(record.kind, record.uuid, about, name, why)

    found = [note("waiting", name, why) for name, why in outcome.waiting.items()]
    found += [note("only here", name, why) for name, why in outcome.only_here.items()]
    if outcome.step in (Step.MISSING, Step.ENDED_THERE):
        found.append(note(str(outcome.step), "", _STANDING[outcome.step]))
    return found


_STANDING = {
    Step.MISSING: "not visible there: deleted, hidden, or no permission",
    Step.ENDED_THERE: "purged there, and kept here",
}


def _refused(operation: Operation, capabilities: Capabilities) -> str:
    act = _RIGHT.get(operation.act)
    return capabilities.cannot(operation.kind, act) if act else ""


def _is_selected(
    operation: Operation, records: Mapping[str, Record], terms: Terms
) -> bool:
    """Whether the bytes that an operation fetches are wanted here."""
    if operation.act is Act.FETCH_THUMBNAIL:
        return terms.selection.thumbnails
    if operation.act is Act.FETCH_ORIGINAL:
        record = records[operation.uuid]
        return terms.selection.wants({**record.remote.fields, **record.local.fields})
    return True


def _held(
    operations: Iterable[Operation], met: Collection[Brake], confirmed: Collection[str]
) -> tuple[list[Operation], list[Operation]]:
    """Return what no brake holds, and what one does: with all that needs it first."""
    free: list[Operation] = []
    held: list[Operation] = []
    stopped: set[str] = set()
    for one in operations:
        if held_by(one, met, confirmed) or one.needs & stopped:
            held.append(one)
            stopped.add(one.uuid)
        else:
            free.append(one)
    return free, held


def _within(
    operations: Iterable[Operation], allowance: Allowance
) -> tuple[list[Operation], list[Operation]]:
    """Return what can be done now, and what has to wait for the next run.

    What refers to a record costs no less than making that does, so that it is never
    done before.
    """
    now: list[Operation] = []
    later: list[Operation] = []
    requests = size = 0
    for one in operations:
        after = requests + one.requests, size + (one.bytes or 0)
        is_dear = one.act in FETCHES and allowance.metered
        is_over = _is_over(after[0], allowance.requests) and one.requests
        is_large = _is_over(after[1], allowance.bytes) and one.bytes
        if is_dear or is_over or is_large:
            later.append(one)
        else:
            now.append(one)
            requests, size = after
    return now, later


def _is_over(spent: int, limit: int | None) -> bool:
    return limit is not None and spent > limit
