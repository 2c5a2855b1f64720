"""Deleted here, edited there, purged, restored, hidden: one table (sync design §2.5).

Two principles: *absence is never evidence* (§0.4), so that nothing goes to the bin here
unless it was seen in the bin there, or as purged; and *no burial* (P3), so that nothing
goes to a bin while somebody wrote what the deleter had not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from sync.records import Life


@unique
class Step(StrEnum):
    """What happens to the record as a whole; the words of ``docs/sync.md``."""

    NOTHING = "nothing"
    MERGE = "merge"
    AGREE = "agree"
    MAKE_HERE = "make here"
    CREATE_THERE = "create there"
    RECYCLE_HERE = "recycle here"
    RETRIEVE_HERE = "retrieve here"
    DELETE_THERE = "delete there"
    RETRIEVE_THERE = "retrieve there"
    MISSING = "missing there"
    ENDED_THERE = "ended there"
    DELETED_THERE = "edited here, deleted there"
    PURGED_THERE = "edited here, purged there"
    HIDDEN_THERE = "edited here, hidden there"
    DELETED_HERE = "deleted here, edited there"
    PURGED_HERE = "purged here, wanted there"


# A person has to decide; until then nothing of the record moves in either direction.
CONFLICTS = frozenset(
    {
        Step.DELETED_THERE,
        Step.PURGED_THERE,
        Step.HIDDEN_THERE,
        Step.DELETED_HERE,
        Step.PURGED_HERE,
    }
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A cell of the table.

    :param step: when nobody edited what the other deleted
    :param edited_here: the step when somebody here did; ``edited_there`` alike
    """

    step: Step
    edited_here: Step | None = None
    edited_there: Step | None = None


_A, _L, _R, _P, _H = (
    Life.ABSENT,
    Life.ACTIVE,
    Life.RECYCLED,
    Life.PURGED,
    Life.HIDDEN,
)
_NOTHING = _Rule(Step.NOTHING)
_MERGE = _Rule(Step.MERGE)
_AGREE = _Rule(Step.AGREE)
_MAKE = _Rule(Step.MAKE_HERE)
_MISSING = _Rule(Step.MISSING)
_ENDED = _Rule(Step.ENDED_THERE)
_DELETE = _Rule(Step.DELETE_THERE, edited_there=Step.DELETED_HERE)
_DELETE_PURGED = _Rule(Step.DELETE_THERE, edited_there=Step.PURGED_HERE)

# (agreed, here, there). What is not in it is NOTHING: among that is every pair in which
# the remote's record was not observed at all.
_RULES: dict[tuple[Life, Life, Life], _Rule] = {
    # never met
    (_A, _A, _L): _MAKE,
    (_A, _L, _A): _Rule(Step.CREATE_THERE),
    (_A, _L, _L): _MERGE,
    (_A, _L, _R): _Rule(Step.DELETED_THERE),
    (_A, _L, _P): _Rule(Step.PURGED_THERE),
    (_A, _L, _H): _MISSING,
    (_A, _R, _L): _Rule(Step.DELETED_HERE),
    (_A, _R, _R): _AGREE,
    (_A, _R, _P): _AGREE,
    (_A, _P, _L): _Rule(Step.PURGED_HERE),
    # both held it
    (_L, _A, _L): _MAKE,
    (_L, _L, _L): _MERGE,
    (_L, _L, _R): _Rule(Step.RECYCLE_HERE, edited_here=Step.DELETED_THERE),
    (_L, _L, _P): _Rule(Step.RECYCLE_HERE, edited_here=Step.PURGED_THERE),
    (_L, _L, _H): _Rule(Step.MISSING, edited_here=Step.HIDDEN_THERE),
    (_L, _R, _L): _DELETE,
    (_L, _R, _R): _AGREE,
    (_L, _R, _P): _AGREE,
    (_L, _P, _L): _DELETE_PURGED,
    (_L, _P, _R): _AGREE,
    (_L, _P, _P): _AGREE,
    # both held it, and somebody knows that it is hidden there
    (_H, _A, _L): _MAKE,
    (_H, _L, _L): _MERGE,
    (_H, _L, _R): _Rule(Step.RECYCLE_HERE, edited_here=Step.DELETED_THERE),
    (_H, _L, _P): _Rule(Step.RECYCLE_HERE, edited_here=Step.PURGED_THERE),
    (_H, _L, _H): _MISSING,
    (_H, _R, _L): _DELETE,
    (_H, _R, _R): _AGREE,
    (_H, _R, _P): _AGREE,
    (_H, _P, _L): _DELETE_PURGED,
    (_H, _P, _R): _AGREE,
    (_H, _P, _P): _AGREE,
    # in both bins
    (_R, _A, _L): _MAKE,
    (_R, _L, _L): _AGREE,
    (_R, _L, _R): _Rule(Step.RETRIEVE_THERE),
    (_R, _L, _P): _Rule(Step.PURGED_THERE),
    (_R, _L, _H): _MISSING,
    (_R, _R, _L): _Rule(Step.RETRIEVE_HERE),
    (_R, _R, _R): _AGREE,
    (_R, _R, _P): _AGREE,
    (_R, _P, _L): _Rule(Step.PURGED_HERE),
    (_R, _P, _P): _AGREE,
    # purged there, which was taken note of here
    (_P, _A, _L): _MAKE,
    (_P, _L, _L): _AGREE,
    (_P, _L, _R): _Rule(Step.RETRIEVE_THERE),
    (_P, _L, _P): _ENDED,
    (_P, _L, _H): _ENDED,
    (_P, _R, _L): _Rule(Step.RETRIEVE_HERE),
    (_P, _R, _R): _AGREE,
    (_P, _R, _P): _AGREE,
    (_P, _P, _L): _Rule(Step.PURGED_HERE),
    (_P, _P, _P): _AGREE,
}


def step(
    base: Life | None,
    here: Life,
    there: Life,
    *,
    edited_here: bool,
    edited_there: bool,
) -> Step:
    """Return what happens to a record.

    :param base: what was agreed; None: the sides never met
    :param edited_here: somebody here changed what was agreed, or uses it (an album with
        photos); ``edited_there`` alike
    """
    rule = _RULES.get((base or Life.ABSENT, here, there), _NOTHING)
    if edited_here and rule.edited_here:
        return rule.edited_here
    if edited_there and rule.edited_there:
        return rule.edited_there
    return rule.step


def life_here(chosen: Step, here: Life, *, has_bin: bool = True) -> Life:
    """Return where the record stands here once the step is taken.

    :param has_bin: it is a photo; all else is deleted where photos go to the bin
    """
    if chosen in (Step.MAKE_HERE, Step.RETRIEVE_HERE):
        return Life.ACTIVE
    if chosen is Step.RECYCLE_HERE:
        return Life.RECYCLED if has_bin else Life.PURGED
    return here


def life_agreed(chosen: Step, there: Life, base: Life | None) -> Life | None:
    """Return what is agreed of the lives once the step is taken here.

    Only ever what this side then holds itself: a record in the bin here is agreed to be
    there, one that is active here to be active. An end there is agreed when it is in
    the bin here, or was purged here (INV-BASE for lives).
    """
    if chosen in (Step.MAKE_HERE, Step.RETRIEVE_HERE, Step.MERGE):
        return Life.ACTIVE
    return there if chosen in (Step.RECYCLE_HERE, Step.AGREE) else base


@unique
class Flow(StrEnum):
    """In which directions fields move while a step is taken."""

    BOTH = "both"
    HERE = "here"
    NONE = "none"


def flow(chosen: Step, there: Life) -> Flow:
    """Return in which directions the record's fields move.

    In a conflict none: were the other's values taken over, the conflict would close by
    itself, and the next run would bury them.
    """
    if chosen in (Step.MERGE, Step.RETRIEVE_HERE, Step.MAKE_HERE):
        return Flow.BOTH
    if chosen is Step.AGREE:
        return Flow.BOTH if there is Life.ACTIVE else Flow.HERE
    if chosen in (Step.RECYCLE_HERE, Step.RETRIEVE_THERE):
        return Flow.HERE
    return Flow.NONE
