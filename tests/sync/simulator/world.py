"""Laptops, one remote, and time that passes when the world says so.

The engine is driven effect by effect. Between any two effects anything may happen:
other laptops go on, people edit, the program is killed, the laptop sleeps for months.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sync.effects import (
    LOST,
    Answer,
    Ask,
    Commit,
    Effect,
    Failed,
    Fetch,
    FetchAll,
    Fetched,
    Measure,
    Measured,
    Put,
    Steps,
    Tell,
    Wait,
    What,
)
from sync.engine import Order, Report, run
from sync.errors import RemoteError
from tests.sync.simulator import guards, serving
from tests.sync.simulator.acting import Crowd
from tests.sync.simulator.archive import Archive
from tests.sync.simulator.faults import (
    BEFORE,
    CALM,
    NOTHING_CAME,
    STALE_SECONDS,
    Fault,
    Weather,
    refused,
    spoilt,
)
from tests.sync.simulator.habits import Habits
from tests.sync.simulator.heard import Heard
from tests.sync.simulator.memory import MemoryStore, commit
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.served import storage
from tests.sync.simulator.sides import Here, There
from tests.sync.simulator.words import Words

BEGIN = 1_780_000_000  # of time: some day in 2026
SETTLE = 120  # seconds
LATEST = SETTLE // 2  # after how long a request that seemed lost still arrives
MOST_STEPS = 20_000  # of one run: P6


@dataclass
class Laptop:
    """One laptop: its archive, and the run that is under way.

    :param effect: what the run is about to do; ``told``: what came of the one before
    :param window: the records that its last look showed, with the count of changes at
        that moment: what it can have seen before it writes
    :param asked: requests of the run; ``wrote`` writes among them
    """

    name: str
    archive: Archive
    steps: Steps[Report] | None = None
    effect: Effect | None = None
    told: Any = None
    report: Report | None = None
    failure: str = ""
    window: dict[tuple[str, int], int] = field(default_factory=dict)
    asked: int = 0
    wrote: int = 0
    taken: int = 0
    heard: Heard = field(default_factory=Heard)

    @property
    def side(self) -> Here:
        """The laptop as somebody edits there."""
        return Here(self.name, self.archive)


@dataclass
class World:
    """All there is.

    :param late: requests that will be carried out at some time
    :param before: answers that a cache could still give: when they were given
    :param struck: how often what went wrong: fault, crash, sleep
    :param story: what happened, when somebody wants to read it
    """

    chance: random.Random
    habits: Habits = field(default_factory=Habits)
    weather: Weather = CALM
    laptops: list[Laptop] = field(default_factory=list)
    words: Words = field(default_factory=Words)
    time: float = BEGIN
    skew: int = 0
    late: list[tuple[float, Laptop, Ask]] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    before: dict[tuple[object, ...], tuple[float, int, Answer]] = field(
        default_factory=dict
    )
    story: list[str] | None = None
    effects: int = 0
    crash_at: int = 0
    most_steps: int = MOST_STEPS
    on_effect: Callable[[Laptop, Effect], None] | None = None

    def __post_init__(self) -> None:
        self.remote = Remote(self.now, self.habits)
        self.crowd = Crowd(self.chance, self.words)
        self.web = There("web", self.remote)

    def now(self) -> int:
        """Return the remote's clock: whole seconds."""
        return int(self.time) + self.skew

    def tell(self, line: Callable[[], str]) -> None:
        """Add a line to the story, if anybody reads it."""
        if self.story is not None:
            self.story.append(f"{self.time - BEGIN:>12.1f} {line()}")

    def add_laptop(self) -> Laptop:
        """Return a new laptop with an empty archive."""
        laptop = Laptop(f"laptop {len(self.laptops) + 1}", Archive())
        self.laptops.append(laptop)
        return laptop

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what was lost on the way arrives in its time."""
        until = self.time + seconds
        while self.late and self.late[0][0] <= until:
            at, laptop, ask = self.late.pop(0)
            self.time = max(self.time, at)
            answer = self._carry_out(laptop, ask, is_late=True)
            self.tell(lambda a=answer, k=ask: f"late: {k.method} {k.path}: {a.status}")
        self.time = until

    # -- runs -------------------------------------------------------------------------

    def start(self, laptop: Laptop, order: Order) -> None:
        """Begin a run."""
        self.tell(lambda: f"{laptop.name} starts a run")
        laptop.steps, laptop.told, laptop.effect = run(order), None, None
        laptop.asked = laptop.wrote = laptop.taken = 0
        laptop.window, laptop.report, laptop.failure = {}, None, ""

    def step(self, laptop: Laptop) -> None:
        """Let a run take one step; at its end there is a report."""
        assert laptop.steps is not None
        self.effects += 1
        laptop.taken += 1
        assert laptop.taken < self.most_steps, "P6: a run that does not end"
        if laptop.effect is None and not self._next(laptop):
            return
        effect = laptop.effect
        assert effect is not None
        if self.on_effect is not None:
            self.on_effect(laptop, effect)
        if self._is_killed():
            self.crash(laptop)  # before the effect
            return
        if self._chance(self.weather.sleep):
            self.struck["sleep"] += 1
            self.pass_time(10 ** self.chance.uniform(0, 7.5))
        laptop.told, laptop.effect = self._perform(laptop, effect), None
        if self.effects == self.crash_at or self._chance(self.weather.crash / 2):
            self.crash(laptop)  # after it

    def _next(self, laptop: Laptop) -> bool:
        """Let the engine say what comes next. Returns whether there is anything."""
        assert laptop.steps is not None
        try:
            laptop.effect = laptop.steps.send(laptop.told)
        except StopIteration as end:
            laptop.steps, laptop.report = None, end.value
            line = told(end.value) if self.story is not None else ""
            self.tell(lambda: f"{laptop.name} is through: {line}")
            return False
        except RemoteError as error:
            laptop.steps, laptop.failure = None, str(error) or type(error).__name__
            self.tell(lambda: f"{laptop.name} gives up: {laptop.failure}")
            return False
        return True

    def _is_killed(self) -> bool:
        return -self.effects == self.crash_at or self._chance(self.weather.crash / 2)

    def crash(self, laptop: Laptop) -> None:
        """Kill the program: what is not committed never was."""
        if laptop.steps is not None:
            self.struck["crash"] += 1
            self.tell(lambda: f"{laptop.name} is killed")
            laptop.steps.close()
            laptop.steps = laptop.effect = None

    def finish(self, laptop: Laptop) -> Report | None:
        """Let a run go on to its end. Returns its report; None: there is none."""
        while laptop.steps is not None:
            self.step(laptop)
        return laptop.report

    def sync(self, laptop: Laptop, order: Order) -> Report | None:
        """Run from start to end."""
        self.start(laptop, order)
        return self.finish(laptop)

    def _chance(self, share: float) -> bool:
        return share > 0 and self.chance.random() < share

    # -- effects ----------------------------------------------------------------------

    def _perform(self, laptop: Laptop, effect: Effect) -> Any:
        if isinstance(effect, FetchAll):
            return [self._fetch(laptop, one) for one in effect.files]
        return self._performers[type(effect)](laptop, effect)

    @cached_property
    def _performers(self) -> dict[type, Callable[[Laptop, Any], Any]]:
        return {
            Commit: self._commit,
            Ask: self._ask,
            Wait: self._wait,
            Measure: self._measure,
            Put: self._put,
            Fetch: self._fetch,
            Tell: lambda *_: None,
        }

    def _wait(self, laptop: Laptop, effect: Wait) -> None:
        self.tell(lambda: f"{laptop.name} waits {effect.seconds:g} s: {effect.why}")
        self.pass_time(max(0.0, effect.seconds))

    def _commit(self, laptop: Laptop, effect: Commit) -> Any:
        archive = laptop.archive
        if self._chance(self.weather.again):
            self._try_in_vain(archive, effect)
        result = commit(archive, effect.work)
        guards.check_commit(archive, self.remote)
        laptop.heard.check(archive)
        return result

    def _try_in_vain(self, archive: Archive, effect: Commit) -> None:
        """A transaction that cannot be committed, and is tried again."""

        def work(store: MemoryStore) -> None:
            effect.work(store)
            raise guards.NotNowError

        with contextlib.suppress(guards.NotNowError):
            commit(archive, work)

    def _ask(self, laptop: Laptop, ask: Ask) -> Answer:
        laptop.asked += 1
        laptop.wrote += ask.method != "GET"
        guards.check_write_ahead(laptop.archive, ask)
        self.pass_time(self.chance.random() * 1.5)
        fault = self.weather.fault(self.chance, ask)
        self.struck["fault"] += fault is not None
        answer = self._answer(laptop, ask, fault)
        laptop.heard.hear(ask, answer)
        self.tell(lambda: f"{laptop.name} {asked(ask)}: {answered(answer)}, {fault}")
        self.pass_time(self.chance.random())
        return answer

    def _answer(self, laptop: Laptop, ask: Ask, fault: Fault | None) -> Answer:
        if fault is Fault.STALE:
            return self._stale(laptop, ask)
        if fault in BEFORE:
            if fault is Fault.LATE:
                at = self.time + self.chance.uniform(1, LATEST)
                self.late.append((at, laptop, ask))
                self.late.sort(key=lambda one: one[0])
            return refused(fault, self.now(), self.chance)
        answer = self._carry_out(laptop, ask)
        return answer if fault is None else spoilt(fault, answer)

    def _carry_out(self, laptop: Laptop, ask: Ask, *, is_late: bool = False) -> Answer:
        if ask.method == "GET":
            answer = serving.answer(self.remote, ask)
            key = (ask.path, ask.query)
            self.before[key] = self.time, self.remote.changes, answer
            laptop.window = guards.window(ask, answer, self.remote.changes)
            return answer
        watch = guards.Watch(self.remote, laptop.archive, laptop.window, ask)
        answer = serving.answer(self.remote, ask)
        watch.settle(self.words, is_late=is_late)
        return answer

    def _stale(self, laptop: Laptop, ask: Ask) -> Answer:
        found = self.before.get((ask.path, ask.query))
        if found is None or self.time - found[0] > STALE_SECONDS:
            return self._carry_out(laptop, ask)
        _, changes, answer = found
        laptop.window = guards.window(ask, answer, changes)
        return answer

    # -- files ------------------------------------------------------------------------

    def _is_file_lost(self) -> bool:
        return self._chance(self.weather.files)

    def _measure(self, laptop: Laptop, effect: Measure) -> Measured | Failed:
        original = laptop.archive.originals.get(effect.uuid)
        if original is None:
            return Failed("its bytes are not here", is_ours=True)
        sha256, size = original
        parts: tuple[tuple[int, str], ...] = ()
        if effect.segment:
            sizes = [effect.segment] * (size // effect.segment)
            rest = size - sum(sizes)
            sizes += [rest] if rest else []
            parts = tuple((one, f"{sha256}/{n}") for n, one in enumerate(sizes))
        return Measured(size, sha256, "image/jpeg", parts)

    def _put(self, laptop: Laptop, effect: Put) -> Answer | Failed:
        original = laptop.archive.originals.get(effect.uuid)
        if original is None:
            return Failed("its bytes are not here", is_ours=True)
        if self._is_file_lost():
            return replace(NOTHING_CAME, status=self.chance.choice((LOST, 403, 503)))
        return storage.put(self.remote, effect, original)

    def _fetch(self, laptop: Laptop, effect: Fetch) -> Fetched | Failed:
        if self._is_file_lost():
            return Failed("torn", status=self.chance.choice((LOST, 403, 404, 503)))
        found = storage.fetch(self.remote, effect.url)
        if isinstance(found, int):
            return Failed("refused", status=found)
        sha256, size = found
        if effect.bytes is not None and effect.bytes != size:
            return Failed("another size")
        if effect.what is What.THUMBNAIL:
            laptop.archive.thumbnails[effect.uuid] = None
        elif effect.what is What.ORIGINAL:
            laptop.archive.land(effect.uuid, found)
        return Fetched(sha256, size)


def told(report: Report) -> str:
    """Return a report as a line."""
    parts = {
        "done": dict(report.done),
        "failed": dict(+report.failed),
        "brakes": [one.name for one in report.brakes],
        "conflicts": report.conflicts,
        "aside": report.set_aside,
        "under way": report.under_way,
        "stopped": report.stopped,
    }
    return ", ".join(f"{name} {one}" for name, one in parts.items() if one)


def asked(ask: Ask) -> str:
    """Return a request as a line."""
    query = "&".join(f"{n}={v}" for n, v in ask.query if n not in _DULL)
    path = ask.path.removeprefix("/rest/v1.0/")
    return f"{ask.method} {path}?{query} {dict(ask.body) if ask.body else ''}".strip()


_DULL = {"project_id", "serializer_view", "per_page", "page", "sort"}


def answered(answer: Answer) -> str:
    """Return an answer as a line."""
    body = answer.body
    if isinstance(body, list):
        body = [one.get("id") for one in body]
    elif isinstance(body, dict) and "id" in body:
        body = {name: body.get(name) for name in _TOLD if body.get(name)}
    return f"{answer.status} {body}"


_TOLD = (
    *("id", "filename", "description", "name", "node_name", "log_date", "private"),
    *("deleted_at", "image_category_id", "updated_at", "starred"),
)
