"""Runs an engine: carries out each effect that it yields, and sends what came of it.

Between any two effects it can be stopped (``Pause``), which is no other thing to the
engine than a crash. Only what was under way is still written down: after an answer, the
commit that follows it is done before the run ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from archive.database import Archive
from sync.driving.asking import Desk, ask
from sync.driving.carrying import Carrier
from sync.driving.diagnosing import clock_warning, refuse_first
from sync.driving.fetching import Landing, fetch_all
from sync.driving.sending import find_original, measure, put
from sync.driving.throttling import Throttle
from sync.effects import (
    Answer,
    Ask,
    Commit,
    Effect,
    Fetch,
    FetchAll,
    Measure,
    Put,
    Steps,
    Tell,
    Wait,
)
from sync.store import Store

T = TypeVar("T")


class Transact(Protocol):
    """Runs work in one transaction of an archive's store."""

    def __call__(self, work: Callable[[Store], Any], /) -> Any:  # noqa: ANN401
        """Return what ``work`` returns, once all of it holds.

        :raises ArchiveError: nothing of it holds
        """


def _untold(told: Tell) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class World:
    """All that an engine acts on.

    :param desk: asks the API
    :param transact: reads and writes what is known
    :param landing: takes files that came
    :param tell: hears how far it is
    :param originals: where the photo files are; None: in the archive
    """

    archive: Archive
    desk: Desk
    transact: Transact
    landing: Landing
    throttle: Throttle = field(default_factory=Throttle)
    tell: Callable[[Tell], None] = _untold
    originals: Path | None = None

    @property
    def carrier(self) -> Carrier:
        """Who fetches files."""
        desk = self.desk
        return Carrier(
            self.archive.folder,
            desk.wires,
            desk.link.url,
            desk.session.token,
            self.throttle,
            desk.pause,
        )


def drive(steps: Steps[T], world: World) -> T:
    """Run an engine to its end, and return what it returns.

    :raises Paused: somebody wanted to stop
    :raises RemoteError: there is no login, or nothing that answers
    :raises ArchiveError: a transaction could not be committed
    """
    pause = world.desk.pause
    try:
        effect = next(steps)
        while True:
            if not isinstance(effect, Commit):
                pause.check()
            came = carry_out(effect, world)
            if isinstance(effect, Commit):
                pause.check()
            effect = steps.send(came)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


def carry_out(  # noqa: PLR0911 - one for each effect
    effect: Effect, world: World
) -> Any:  # noqa: ANN401 - as effects say
    """Do what an effect asks for, and return what came of it."""
    match effect:
        case Ask():
            return _asked(world.desk, effect)
        case Commit():
            return world.transact(effect.work)
        case Wait():
            world.desk.waits(effect.why, effect.seconds)
            return world.desk.pause.wait(effect.seconds)
        case Measure():
            return measure(_original(world, effect.uuid), effect)
        case Put():
            return _put(world, effect)
        case Fetch():
            return fetch_all(world.carrier, [effect], world.landing)[0]
        case FetchAll():
            return fetch_all(world.carrier, effect.files, world.landing)
        case Tell():
            return world.tell(effect)


def _asked(desk: Desk, request: Ask) -> Answer:
    """Send a request; the first one has to show that there is a remote at all.

    :raises RemoteError: it does not
    """
    is_first = not desk.asked
    answer = ask(desk, request)
    if is_first:
        refuse_first(desk, answer)
        if warning := clock_warning(desk.off, desk.now()):
            desk.warns(warning)
    return answer


def _original(world: World, uuid: str) -> Any:  # noqa: ANN401 - an Original, or None
    archive = world.archive
    originals = world.originals or archive.originals
    return find_original(archive.connection, originals, uuid)


def _put(world: World, effect: Put) -> Any:  # noqa: ANN401 - Answer or Failed
    if world.desk.read_only:
        raise AssertionError("a file is sent in a dry run")
    return put(_original(world, effect.uuid), effect, world.carrier)
