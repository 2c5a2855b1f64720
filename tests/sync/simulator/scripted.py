"""Stories that somebody wrote down: what goes wrong is said, request by request.

Most of them went wrong once, here or in the prototype: they are tests/sync/simulated.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace

from sync.effects import Ask
from sync.engine import Order
from sync.records import Kind
from tests.sync.simulator import oracles
from tests.sync.simulator.faults import CALM, Fault, Weather
from tests.sync.simulator.habits import Habits
from tests.sync.simulator.seeds import BRAKES, Story
from tests.sync.simulator.world import SETTLE, Laptop, World

CREATE = r"POST .*/images\b(?!/)"  # a request, as Mishaps have them


@dataclass(frozen=True)
class Mishaps(Weather):
    """What goes wrong with which requests: a pattern for "POST /path", once each."""

    planned: list[tuple[str, Fault]] = field(default_factory=list)

    def fault(self, _: random.Random, ask: Ask) -> Fault | None:
        """Return what goes wrong with a request, if anything was said of it."""
        for one in self.planned:
            if re.search(one[0], f"{ask.method} {ask.path}?{ask.query}"):
                self.planned.remove(one)
                return one[1]
        return None


@dataclass
class Script:
    """A small world and who is in it."""

    story: Story
    laptops: list[Laptop]

    @property
    def world(self) -> World:
        """Everything."""
        return self.story.world

    @property
    def laptop(self) -> Laptop:
        """The first laptop."""
        return self.laptops[0]

    def add_photo(self, laptop: Laptop | None = None, **fields: object) -> str:
        """Somebody adds a photo: on a laptop, or there. Returns its key."""
        world = self.world
        side = laptop.side if laptop else world.web
        crowd = world.crowd
        word = world.words.new()
        told = {"description": word, **fields}
        key = side.add(Kind.PHOTO, crowd.uuid(), told, crowd.original())
        world.words.wrote(f"{side.name} photo {key}", None, told["description"])
        return key

    def sync(
        self, laptop: Laptop, *mishaps: tuple[str, Fault], **order: object
    ) -> None:
        """Run from start to end, while these things go wrong."""
        self.world.weather = Mishaps(planned=list(mishaps))
        self.world.sync(laptop, self.order(**order))
        self.world.weather = CALM

    def order(self, **changes: object) -> Order:
        """Return an order in which no brake holds anything."""
        return replace(Order(confirmed=BRAKES, settle=SETTLE, patient=False), **changes)  # type: ignore[arg-type]

    def start_until(self, laptop: Laptop, pattern: str, **order: object) -> Ask:
        """Let a run go on until it is about to send a request like this."""
        found: list[Ask] = []

        def note(_: Laptop, effect: object) -> None:
            line = f"{effect.method} {effect.path}" if isinstance(effect, Ask) else ""
            if line and re.search(pattern, line):
                found.append(effect)  # type: ignore[arg-type]
                raise _AboutError

        self.world.start(laptop, self.order(**order))
        self.world.on_effect = note
        try:
            self.world.finish(laptop)
        except _AboutError:
            return found[0]
        finally:
            self.world.on_effect = None
        raise AssertionError(f"no request like {pattern}")

    def images(self, word: str = "") -> list[int]:
        """Return the photos there with a word, wherever they are."""
        images = self.world.remote.rows.images.values()
        return [one.id for one in images if word in one.description]

    def end_well(self) -> None:
        """Everybody comes to rest, agrees, and lost nothing."""
        self.story.end()

    def lost(self) -> list[str]:
        """Return words that are nowhere to be found."""
        return self.world.words.lost(oracles.shown(self.world))


class _AboutError(Exception):
    """The request that was waited for is about to be sent."""


def script(laptops: int = 1, **habits: object) -> Script:
    """Return a remote with a photo and an album, and laptops that have both."""
    chance = random.Random(1)
    world = World(chance, Habits(**habits))  # type: ignore[arg-type]
    some = [world.add_laptop() for _ in range(laptops)]
    written = Script(Story(0, world, chance, [], []), some)
    world.crowd.act(world.web, "add album")
    written.add_photo()
    for laptop in some:
        written.sync(laptop)
    return written
