"""What befalls the remote as a whole: it is restored from a backup, its clock jumps.

In every fifth story, with dice of its own, so that the others stay what they are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sync.records import Kind
from tests.sync.simulator import oracles
from tests.sync.simulator.acting import TEXTS
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.rows import Rows
from tests.sync.simulator.world import World

EVERY = 5  # stories
_HOUR, _YEAR = 3600, 365 * 86_400
_PLURALS = {
    Kind.PHOTO: "images",
    Kind.ALBUM: "albums",
    Kind.LOCATION: "places",
    Kind.TRADE: "trades",
}
_KINDS = {"images": "image", "albums": "album", "places": "place", "trades": "trade"}


@dataclass
class Disasters:
    """What happens to a remote, and when.

    :param at: step of the story: what happens then
    :param gives_again: a remote that was restored gives the numbers again that it lacks
    :param lacking: records as they were before they were restored, and as after it
    :param happened: whether anything did: not every change has a newer stamp any more
    """

    world: World
    at: dict[int, Callable[[], None]] = field(default_factory=dict)
    backup: Rows | None = None
    last_id: int = 0
    gives_again: bool = False
    happened: bool = False
    lacking: dict[tuple[str, int], tuple[Any, Any]] = field(default_factory=dict)

    def befall(self, step: int) -> None:
        """Let happen what happens at this step."""
        if step in self.at:
            self.at[step]()

    def save(self) -> None:
        """Make a backup of the remote."""
        self.backup = self.world.remote.rows.copy()
        self.last_id = self.world.remote.last_id
        self.world.tell(lambda: "web: a backup is made")

    def restore(self) -> None:
        """Put the remote back to its backup.

        What stands nowhere else then, but as theirs in a conflict, is lost with it:
        nobody can help that. Nor can anybody tell an album that it lacks from one that
        was deleted.
        """
        if self.backup is None:
            return
        world, remote = self.world, self.world.remote
        before = set(oracles.shown(world))
        self._saw(remote.rows.albums, self.backup.albums)
        self._saw(remote.rows.places, self.backup.places)
        if self.gives_again:  # nothing but its name tells a trade from another
            self._saw(remote.rows.trades, self.backup.trades)
        self._let_go(self.backup)
        _note_changes(remote, remote.rows, self.backup)
        self.lacking = {
            (kind, number): (before_it, getattr(self.backup, kind)[number])
            for kind in _KINDS
            for number, before_it in getattr(remote.rows, kind).items()
            if number in getattr(self.backup, kind)
        }
        remote.rows = self.backup.copy()
        if self.gives_again:
            remote.last_id = self.last_id
        world.words.gone |= before - set(oracles.shown(world, conflicts=False))
        self.happened = True
        world.tell(lambda: "web: the backup is restored")

    def excuse(self) -> None:
        """Let words go of what somebody edited there since.

        It has a new stamp, so that nothing tells what the backup lacked from what was
        taken away. Nor does what the backup has with a stamp of a clock that was ahead.
        """
        for (kind, number), (before, after) in self.lacking.items():
            now = getattr(self.world.remote.rows, kind).get(number)
            is_edited = now is None or now.updated != after.updated
            if is_edited or after.updated >= before.updated:
                self._lose(before)

    def _let_go(self, backup: Rows) -> None:
        """Let words go of changes whose stamp no laptop has been told yet."""
        for kind, plural in _PLURALS.items():
            for number, now in getattr(self.world.remote.rows, plural).items():
                then = getattr(backup, plural).get(number)
                stamps = (
                    laptop.archive.seen[kind, number].updated
                    for laptop in self.world.laptops
                    if (kind, number) in laptop.archive.seen
                )
                if then is not None and max(stamps, default=0) <= then.updated:
                    self._lose(now)

    def _lose(self, record: Any) -> None:
        words = (getattr(record, name, None) for name in TEXTS)
        self.world.words.saw({str(n): one for n, one in enumerate(words)})

    def _saw(self, before: Mapping[int, Any], after: Mapping[int, Any]) -> None:
        for number in before.keys() - after.keys():
            self.world.words.saw({"name": before[number].name})

    def jump(self, seconds: int) -> None:
        """Put the remote's clock forward, or back."""
        remote = self.world.remote
        remote.was_at = max(remote.was_at, remote.now())
        self.world.skew += seconds
        self.happened = True
        self.world.tell(lambda: f"web: the clock is put {seconds:+} seconds")


def _note_changes(remote: Remote, before: Rows, after: Rows) -> None:
    """Let whoever looked before know nothing of how it is now."""
    for name, what in _KINDS.items():
        olds: Mapping[int, Any] = getattr(before, name)
        news: Mapping[int, Any] = getattr(after, name)
        for number in {*olds, *news}:
            old, new = olds.get(number), news.get(number)
            if old != new:
                names = [one.name for one in fields(old or new)]
                remote.note(what, number, *names, "life")


def disasters(seed: int, world: World, steps: int) -> Disasters:
    """Return what happens in a story; nothing, in most."""
    found = Disasters(world)
    if seed % EVERY != EVERY - 1:
        return found
    chance = random.Random(f"disasters {seed}")
    first, last = sorted(chance.sample(range(steps), 2))
    if chance.random() < 0.7:
        found.at |= {first: found.save, last: found.restore}
    if chance.random() < 0.6:
        there = chance.choice((-1, 1)) * chance.randint(60, _HOUR)
        if chance.random() < 0.2:
            there = chance.choice((-1, 1)) * chance.randint(2 * _HOUR, 3 * _YEAR)
        begin, end = sorted(chance.sample(range(steps), 2))
        found.at.setdefault(begin, lambda: found.jump(there))
        if chance.random() < 0.5:  # and somebody puts it right
            found.at.setdefault(end, lambda: found.jump(-there))
    found.gives_again = chance.random() < 0.5
    return found
