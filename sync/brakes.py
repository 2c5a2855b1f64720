"""When a run stops and asks, before it did anything (sync design §2.16, P22).

A brake is a value in the plan: what it holds is not done until somebody has confirmed
it by its name. Shares are of the photos that both sides are known to hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sync.evidence import NO_SWEEP, Sweep
from sync.operations import Act, Operation
from sync.records import Kind

EVERYTHING = frozenset(Act)
RESTORED = "restored"  # the name of a brake
FEW_OLDER = 3  # records that are older than they were; fewer are asked for again
_VANISHING = frozenset({Act.RECYCLE_HERE, Act.DELETE_THERE})


@dataclass(frozen=True, slots=True)
class Remote:
    """How the remote looks as a whole.

    :param fingerprint: of company and project: their numbers and names
    :param total: how many photos it says there are
    :param rights: what this account may
    :param clock: its ``Date``, in seconds since 1970
    """

    fingerprint: str = ""
    total: int | None = None
    rights: frozenset[str] = frozenset()
    clock: int | None = None

    @property
    def is_named(self) -> bool:
        """Whether it tells the project's name."""
        return " " in self.fingerprint


@dataclass(frozen=True, slots=True)
class Survey:
    """What a run knows of both sides as a whole before it does anything.

    :param held: photos that both sides held at the last agreement, and that are live
    :param texts: of them, how many have a description here
    :param hidden: how many are hidden there since the last run
    :param before: how the remote looked in the last run; None: this is the first
    :param older_stamps: of a sample of records, how many have an ``updated_at`` that is
        older than it was, or a number that is another's now: the remote was restored
        from a backup
    """

    held: int = 0
    texts: int = 0
    hidden: int = 0
    before: Remote | None = None
    now: Remote = Remote()
    sweep: Sweep = NO_SWEEP
    older_stamps: int = 0


@dataclass(frozen=True, slots=True)
class Brake:
    """A reason to ask.

    :param holds: what is not done before it is confirmed
    :param why: a sentence for a person
    """

    name: str
    holds: frozenset[Act]
    why: str


def brakes(operations: Collection[Operation], survey: Survey) -> tuple[Brake, ...]:
    """Return the brakes that this plan meets, in a fixed order."""
    return (*_strange(survey), *_many(operations, survey))


def held_by(
    operation: Operation, found: Iterable[Brake], confirmed: Collection[str]
) -> str:
    """Return the name of the brake that holds an operation; "" when none does."""
    for brake in found:
        if operation.act in brake.holds and brake.name not in confirmed:
            return brake.name
    return ""


def _many(operations: Collection[Operation], survey: Survey) -> list[Brake]:
    photos = [one for one in operations if one.kind is Kind.PHOTO]
    recycled = sum(one.act is Act.RECYCLE_HERE for one in photos)
    deleted = sum(one.act is Act.DELETE_THERE for one in photos)
    texts = sum(one.act is Act.CHANGE_HERE and _rewrites(one) for one in photos)
    found = []
    if recycled > max(20, survey.held * 2 // 100):
        held = survey.held + recycled  # what is to go was held, and is no more
        why = f"{recycled:,} of {held:,} photos would go to the bin here"
        found.append(Brake("many recycled here", frozenset({Act.RECYCLE_HERE}), why))
    if survey.hidden > max(20, survey.held * 2 // 100):
        why = f"{survey.hidden:,} of {survey.held:,} photos are not to be seen any more"
        found.append(Brake("many hidden", _VANISHING, why))
    if deleted > max(10, survey.held // 100):
        held = survey.held + deleted
        why = f"{deleted:,} of {held:,} photos would be deleted on the remote"
        found.append(Brake("many deleted there", frozenset({Act.DELETE_THERE}), why))
    if texts > max(20, survey.texts * 30 // 100):
        why = f"{texts:,} of {survey.texts:,} descriptions would be written over here"
        found.append(Brake("many texts", frozenset({Act.CHANGE_HERE}), why))
    return found


def _rewrites(operation: Operation) -> bool:
    return bool(operation.fields.get("description", ("", ""))[0])


def _strange(survey: Survey) -> list[Brake]:
    """Return what makes the whole remote doubtful: then nothing at all is done."""
    found = []
    sweep, now, before = survey.sweep, survey.now, survey.before
    counted = survey.held or sweep.album_counts
    if (now.total == 0 or (sweep.finished and not sweep.unique)) and counted:
        why = "the remote lists no photo at all, though there were some"
        found.append(Brake("empty list", EVERYTHING, why))
    if survey.older_stamps >= FEW_OLDER:
        why = "records are older than they were, or others: was the remote restored?"
        found.append(Brake(RESTORED, EVERYTHING, why))
    if before is None:
        return found
    if not is_same_project(before, now):
        is_renamed = _number_of(before) == _number_of(now)
        what = "this is another project"
        if is_renamed:
            what = "the project has another name now"
        why = f"{what}: {now.fingerprint}"
        found.append(Brake("other project", EVERYTHING, why))
    if before.total and now.total is not None and now.total * 10 < before.total * 8:
        why = f"the remote has {now.total:,} photos; it had {before.total:,}"
        found.append(Brake("fewer photos", EVERYTHING, why))
    if before.clock is not None and now.clock is not None:
        back = before.clock - now.clock
        if back > 3600:
            times = _utc(before.clock), _utc(now.clock)
            why = f"the remote's clock went back from {times[0]} to {times[1]} (UTC)"
            found.append(Brake("clock", EVERYTHING, why))
    if before.rights - now.rights or sweep.forbidden:
        why = "this account may do less than before, so it may see less, too"
        found.append(Brake("rights", _VANISHING, why))
    return found


def is_same_project(before: Remote, now: Remote) -> bool:
    """Whether number and name are the same; one that is not told is no other name."""
    if not (before.is_named and now.is_named):
        return _number_of(before) == _number_of(now)
    return before.fingerprint == now.fingerprint


def _number_of(remote: Remote) -> str:
    return remote.fingerprint.partition(" ")[0]


def _utc(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
