"""What can be decided about one field, and nothing else can.

A decision is made by one of the functions below, and each says for itself what it
writes here, what it sends there and what is agreed from then on. That the base moves
only where the value here contains the remote's (INV-BASE, P8 of the sync design) is so
by the way these are built: there is no other way to a new ``Agreed``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, unique

from sync.records import Agreed, Value


@unique
class Verdict(StrEnum):
    """What becomes of a field; the words of ``docs/sync.md``."""

    KEEP = "keep"
    SAME = "same"
    PULL = "pull"
    PUSH = "push"
    MERGE = "merge"
    CONFLICT = "conflict"
    ONLY_HERE = "only here"


@dataclass(frozen=True, slots=True)
class Decision:
    """One field's outcome.

    :param here: the value to be here, when ``writes`` says that it is another than now
    :param there: the value to send, when ``sends`` says so
    :param agreed: what is agreed once ``here`` is written; None: as it was
    :param why: of ONLY_HERE: why the remote does not get it
    :param look: the remote's value was not seen: it has to be read before it is
        written over
    """

    verdict: Verdict
    here: Value = None
    there: Value = None
    agreed: Agreed | None = None
    why: str = ""
    look: bool = False

    @property
    def writes(self) -> bool:
        """Whether the value here becomes another."""
        return self.verdict in (Verdict.PULL, Verdict.MERGE)

    @property
    def sends(self) -> bool:
        """Whether the remote is to get a value."""
        return self.verdict in (Verdict.PUSH, Verdict.MERGE)


KEEP = Decision(Verdict.KEEP)
CONFLICT = Decision(Verdict.CONFLICT)


def same(value: Value) -> Decision:
    """Both sides hold it."""
    return Decision(Verdict.SAME, agreed=Agreed(value, value))


def pull(value: Value) -> Decision:
    """The remote's value comes here, as nobody here changed what was agreed."""
    return Decision(Verdict.PULL, here=value, agreed=Agreed(value, value))


def push(value: Value, *, look: bool = False) -> Decision:
    """The value here goes there. Nothing is agreed before the remote has said so."""
    return Decision(Verdict.PUSH, there=value, look=look)


def merged(value: Value, theirs: Value) -> Decision:
    """A value with the changes of both, which contains the remote's."""
    if value == theirs:
        return pull(value)
    return Decision(
        Verdict.MERGE, here=value, there=value, agreed=Agreed(theirs, theirs)
    )


def only_here(why: str) -> Decision:
    """A value here that the remote does not take: no conflict, but told (§2.1)."""
    return Decision(Verdict.ONLY_HERE, why=why)


def unsent(decision: Decision, why: str) -> Decision:
    """Return the half of a decision that concerns this side only."""
    if decision.verdict is Verdict.MERGE:
        return replace(decision, verdict=Verdict.PULL, there=None)
    return only_here(why)
