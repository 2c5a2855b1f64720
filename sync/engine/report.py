"""What a run is to do, and what it says it has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from sync.brakes import Brake
from sync.operations import Operation, told
from sync.planning import Allowance, Note, Selection

EVERYTHING = Selection()
NUMBERLESS = "without a number"  # in ``seen``: records that were left out
FREELY = Allowance()


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to do.

    :param full: read everything again, not only what changed
    :param dry: read, and say what would be done
    :param confirmed: names of brakes that somebody has let go
    :param selection: whose originals are fetched
    :param settle: seconds of the remote's time after which a write whose answer was
        lost has been done, or never will be (sync design §2.7)
    :param sweep_days: after how many days everything is read again; 0: never
    :param patient: wait for that, rather than leave it to the next run
    """

    full: bool = False
    dry: bool = False
    confirmed: frozenset[str] = frozenset()
    selection: Selection = EVERYTHING
    allowance: Allowance = FREELY
    settle: float = 120.0
    sweep_days: int = 30
    patient: bool = True


@dataclass(slots=True)
class Report:
    """What a run did.

    :param done: how often each act was done, by "act kind"
    :param failed: how often one was not
    :param seen: what was read that was new, adopted by its bytes, …
    :param plan: of a dry run: what a run would do, in order
    :param held: acts that wait for somebody to confirm a brake, by "act kind"
    :param later: what has to wait for the next run, and why
    :param not_chosen: originals that are there and not wanted here
    :param notes: what is told and changes nothing
    :param stopped: why the run ended before it was through; "": it did not
    """

    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    plan: tuple[Operation, ...] = ()
    held: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)
    not_chosen: int = 0
    notes: list[Note] = field(default_factory=list)
    brakes: tuple[Brake, ...] = ()
    conflicts: int = 0
    set_aside: int = 0
    under_way: int = 0
    requests: int = 0
    writes: int = 0
    receipt: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether everything was done but for what conflicts wait for."""
        open_ends = self.held.total() + self.later.total() + self.seen[NUMBERLESS]
        waits = self.set_aside or self.under_way or self.brakes or self.stopped
        return not (open_ends or waits)

    def as_json(self) -> dict[str, object]:
        """Return it for ``--json`` and for the record of the run."""
        return {
            "done": dict(+self.done),
            "failed": dict(+self.failed),
            "seen": dict(+self.seen),
            "plan": [told(one) for one in self.plan],
            "held": dict(+self.held),
            "later": dict(+self.later),
            "not_chosen": self.not_chosen,
            "notes": [asdict(note) for note in self.notes],
            "brakes": [{"name": one.name, "why": one.why} for one in self.brakes],
            "conflicts": self.conflicts,
            "set_aside": self.set_aside,
            "under_way": self.under_way,
            "requests": self.requests,
            "writes": self.writes,
            "receipt": dict(self.receipt),
            "refused": dict(self.refused),
            "stopped": self.stopped,
            "complete": self.is_complete,
        }


def name_of(operation: Operation) -> str:
    """Return under which name an operation is counted."""
    return f"{operation.act} {operation.kind}"
