"""A story from a seed: who does what, what goes wrong, and how it has to end."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sync.clashes import name_place
from sync.conflicts import LIFE, Choice, Conflict
from sync.engine import Order
from sync.engine.restoring import NOTED
from sync.engine.reuse import AGAIN
from sync.records import Life, Version
from sync.store import Decided
from tests.sync.simulator import oracles
from tests.sync.simulator.acting import ACTS, TEXTS
from tests.sync.simulator.disasters import Disasters, disasters
from tests.sync.simulator.faults import CALM, random_weather
from tests.sync.simulator.habits import RIGHTS, TOUCHES, random_habits
from tests.sync.simulator.memory import MemoryStore
from tests.sync.simulator.world import SETTLE, Laptop, World

BRAKES = frozenset(
    {"empty list", "restored", "other project", "fewer photos", "clock", "rights"}
    | {"many recycled here", "many hidden", "many deleted there", "many texts"}
)
FEW_REQUESTS = 5  # of a run that finds nothing to do (P5)
ROUNDS = 8  # in which everybody has to come to rest once nobody writes any more (P6)
DECISIONS = 40
STEPS = 120

# What a story has besides people's acts: more or less of it, as each seed draws
PROGRAMS = {
    "start": 3.0,
    "step": 30.0,
    "finish": 3.0,
    "sleep": 1.0,
    "hide": 0.3,
    "rights": 0.2,
    "poison": 0.3,
    "decide": 1.0,
}


@dataclass
class Story:
    """A world under way, with the dice of a seed."""

    seed: int
    world: World
    chance: random.Random
    weights: list[float]
    doings: list[str]
    disasters: Disasters | None = None
    had_other_rights: bool = False  # who may not see a star is shown none

    # -- what happens -----------------------------------------------------------------

    def go_on(self, steps: int) -> None:
        """Let so many things happen."""
        self.disasters = disasters(self.seed, self.world, steps)
        for step in range(steps):
            self.disasters.befall(step)
            doing = self.chance.choices(self.doings, self.weights)[0]
            if doing in ACTS:
                self._act(doing)
            else:
                getattr(self, f"_{doing}")()

    def _act(self, act: str) -> None:
        sides = [laptop.side for laptop in self.world.laptops]
        side = self.chance.choice([*sides, self.world.web])
        told = self.world.crowd.act(side, act)
        self.world.tell(lambda: f"{side.name}: {act}: {told}")
        self.world.pass_time(self.chance.random())

    def _laptop(self) -> Laptop:
        return self.chance.choice(self.world.laptops)

    def _order(self) -> Order:
        brakes = BRAKES if self.chance.random() < 0.7 else frozenset()
        patient = self.chance.random() < 0.5
        full = self.chance.random() < 0.1
        return Order(full=full, confirmed=brakes, settle=SETTLE, patient=patient)

    def _start(self) -> None:
        laptop = self._laptop()
        if laptop.steps is None:
            self.world.start(laptop, self._order())

    def _step(self) -> None:
        under_way = [one for one in self.world.laptops if one.steps is not None]
        if not under_way:
            self._start()
            return
        laptop = self.chance.choice(under_way)
        for _ in range(self.chance.choice((1, 1, 3, 10))):
            if laptop.steps is not None:
                self.world.step(laptop)

    def _finish(self) -> None:
        laptop = self._laptop()
        if laptop.steps is None:
            self.world.start(laptop, self._order())
        self.world.finish(laptop)

    def _sleep(self) -> None:
        self.world.pass_time(10 ** self.chance.uniform(0, 6))

    def _hide(self) -> None:
        """Somebody takes a photo or an album from this account's sight, or gives it."""
        rows = self.world.remote.rows
        some = sorted({*rows.images, *rows.albums} - {1})
        if some:
            number = self.chance.choice(some)
            self.world.remote.hidden ^= {number}
            self.world.remote.ever_hidden.add(number)
            self.world.tell(lambda: f"web: hide or show {number}")

    def _rights(self) -> None:
        lost = frozenset(one for one in sorted(RIGHTS) if self.chance.random() < 0.3)
        now = RIGHTS if self.world.remote.rights != RIGHTS else RIGHTS - lost
        self.world.remote.rights = now
        self.had_other_rights = True
        self.world.tell(lambda: f"web: the account may not {sorted(RIGHTS - now)}")

    def _poison(self) -> None:
        poisoned = self.world.remote.poisoned
        if poisoned:
            poisoned.clear()
            return
        some = sorted({*self.world.remote.rows.images, *self.world.remote.rows.albums})
        poisoned[str(self.chance.choice(some))] = self.chance.choice((422, 500))
        self.world.tell(lambda: f"web: poisoned {poisoned}")

    def _decide(self) -> None:
        laptop = self._laptop()
        some = [one for found in laptop.archive.conflicts.values() for one in found]
        if some:
            self.decide(laptop, self.chance.choice(some))

    def decide(self, laptop: Laptop, conflict: Conflict) -> None:
        """Somebody decides about a conflict, having seen both values."""
        if conflict.why == "the name is taken":
            self._rename(laptop, conflict)
            return
        choice = self.chance.choice((Choice.LOCAL, Choice.REMOTE))
        archive = laptop.archive
        decided = Decided(conflict.id, conflict.kind, conflict.uuid, choice)
        self._saw(laptop, conflict, choice)
        archive.decide(decided)
        self.world.tell(lambda: f"{laptop.name}: decides {choice} of {conflict}")

    def _rename(self, laptop: Laptop, conflict: Conflict) -> None:
        """Give who has the name here, or who should get it there, another one."""
        kind, archive = conflict.kind, laptop.archive
        (record,) = MemoryStore(archive).load([conflict.uuid])
        after = {**record.local.fields, **record.remote.fields}
        owner = archive.named(name_place(kind, after))
        crowd, word = self.world.crowd, self.world.words.new()
        number = record.remote_id or 0
        if owner not in (None, record.uuid):
            told = crowd.write(laptop.side, kind, owner, name=word)
        elif number in self.world.web.live(kind):
            told = crowd.write(self.world.web, kind, number, name=word)
        else:
            return
        self.world.tell(lambda: f"{laptop.name}: because of its name: {told}")

    def _saw(self, laptop: Laptop, conflict: Conflict, choice: Choice) -> None:
        words = self.world.words
        if conflict.field not in (*TEXTS, LIFE):
            return  # albums and places are no words
        if conflict.field != LIFE:
            sides = (conflict.local.value, conflict.remote.value)
            kept, other = sides if choice is Choice.LOCAL else sides[::-1]
            words.wrote("", other, kept)
            return
        is_kept = conflict.local.value if choice is Choice.LOCAL else None
        theirs = conflict.remote.value if choice is Choice.REMOTE else None
        if Life.ACTIVE in (is_kept, theirs):
            return
        (record,) = MemoryStore(laptop.archive).load([conflict.uuid])
        for version in (record.local, record.remote):
            words.saw(_texts(version))

    # -- how it ends ------------------------------------------------------------------

    def end(self) -> None:
        """Nobody writes any more: everybody comes to rest, agrees, and lost nothing."""
        self._clear_up()
        self.come_to_rest()
        self.check()
        self._decide_everything()
        self.check()

    def _clear_up(self) -> None:
        """The weather is fine, everything may be seen and done, and nothing is late."""
        world = self.world
        world.weather, world.crash_at = CALM, 0
        world.remote.hidden.clear()
        world.remote.poisoned.clear()
        world.remote.rights = RIGHTS
        for laptop in world.laptops:
            world.finish(laptop)
        world.pass_time(2 * SETTLE)

    def come_to_rest(self) -> None:
        """Let all laptops run in turn until none of them writes (P6)."""
        # where a change leaves no stamp, or was not to be seen then, only reading
        # everything shows it (§2.11)
        is_quiet = len(self.world.habits.touches) < len(TOUCHES)
        is_quiet |= bool(self.world.remote.ever_hidden) or self.had_other_rights
        is_quiet |= self.disasters is not None and self.disasters.happened
        for turn in range(ROUNDS):
            before = self.world.remote.changes
            open_ends = self._turn(full=is_quiet)
            if self.world.remote.changes == before and not open_ends and turn:
                self._check_idle()
                return
        raise AssertionError("P6: the laptops never come to rest")

    def _turn(self, *, full: bool) -> int:
        open_ends = 0
        self.world.pass_time(2 * 86_400)  # so that nothing stays set aside
        for laptop in self.world.laptops:
            order = Order(full=full, confirmed=BRAKES, settle=SETTLE)
            noted = laptop.archive.memory.get(NOTED)
            report = self.world.sync(laptop, order)
            assert report is not None, f"{laptop.name} gave up: {laptop.failure}"
            assert not report.stopped, f"{laptop.name} stopped: {report.stopped}"
            # an upload is repeated on the word of no empty list: it waits for a photo
            is_any_live = any(self.world.remote.live())
            open_ends += report.under_way * is_any_live + report.done.total()
            # what is older than it was is taken as seen by a later run
            open_ends += laptop.archive.memory.get(NOTED) != noted
        return open_ends

    def _check_idle(self) -> None:
        """P5: what has nothing to do does nothing, and asks for little."""
        for laptop in self.world.laptops:
            order = Order(confirmed=BRAKES, settle=SETTLE)
            memory = laptop.archive.memory
            is_noted = NOTED in memory or AGAIN in memory  # is asked for once more
            self.world.sync(laptop, order)
            assert not laptop.wrote, f"P5: {laptop.name} wrote {laptop.wrote} times"
            is_large = self.world.habits.most_per_page >= 100
            few = laptop.asked <= FEW_REQUESTS + is_noted or not is_large
            # where all is gone, who knows if that is true
            few |= not any(self.world.remote.live())
            archive = laptop.archive
            few |= bool(archive.conflicts or archive.aside or archive.bytes_aside)
            assert few, f"P5: {laptop.name} asked {laptop.asked} times"

    def check(self) -> None:
        """P1 to P4, and the bytes."""
        world = self.world
        if self.disasters is not None:
            self.disasters.excuse()
        found = [
            *oracles.differences(world),
            *oracles.doubles(world),
            *oracles.missing_bytes(world),
            *oracles.bytes_lost(world),
            *(
                f"P2: {word} is lost, said by {world.words.said[word]}"
                for word in world.words.lost(oracles.shown(world))
            ),
        ]
        assert not found, "\n".join(found)

    def _decide_everything(self) -> None:
        for _ in range(DECISIONS):
            some = [
                (laptop, one)
                for laptop in self.world.laptops
                for found in laptop.archive.conflicts.values()
                for one in found
            ]
            if not some:
                return
            self.decide(*self.chance.choice(some))
            self.come_to_rest()
        raise AssertionError("P6: there is no end of conflicts")


def _texts(version: Version) -> dict[str, object]:
    return dict(version.fields)


def begin(seed: int, *, verbose: bool = False) -> Story:
    """Return the beginning of a story: up to three laptops, and a remote."""
    chance = random.Random(seed)
    world = World(chance, random_habits(chance))
    if verbose:
        world.story = []
        world.tell(lambda: f"seed {seed}: {world.habits}")
    for _ in range(chance.choice((1, 2, 2, 3))):
        world.add_laptop()
    doings = [*ACTS, *PROGRAMS]
    shares = [chance.choice((0.0, 0.2, 1.0, 4.0)) for _ in ACTS]
    shares += [chance.choice((0.3, 1.0, 2.0)) * share for share in PROGRAMS.values()]
    story = Story(seed, world, chance, shares, doings)
    _furnish(story)
    world.weather = random_weather(chance)
    world.tell(lambda: f"weather: {world.weather}")
    return story


def _furnish(story: Story) -> None:
    """Fill the remote, and some laptops, before anything goes wrong."""
    crowd, world = story.world.crowd, story.world
    for act in ("add album", "add place", "add trade", "add", "add", "add"):
        crowd.act(world.web, act)
    for laptop in world.laptops:
        if story.chance.random() < 0.8:
            order = Order(confirmed=BRAKES, settle=SETTLE)
            world.sync(laptop, order)
        if story.chance.random() < 0.3:
            crowd.act(laptop.side, "add")


def tell(seed: int, steps: int = STEPS, *, verbose: bool = False) -> Story:
    """Tell the story of a seed to its end.

    :raises AssertionError: it does not end well
    """
    story = begin(seed, verbose=verbose)
    story.go_on(steps)
    story.end()
    return story
