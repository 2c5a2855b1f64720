"""Three archives that are used at random and tell each other, until all hold the same.

What the machine in memory (``test_convergence``) does to records, people do here with
the functions that they have. For a night: SYNC_WALKS=2000 (walks), SYNC_WALK_STEPS=60.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.checking import check_history
from archive.comments import delete_comment, edit_comment
from archive.editing import retrieve_photos
from archive.errors import ArchiveError
from archive.history import list_batches
from archive.markup_shapes import COLOURS, Shape
from archive.remotes import decide
from archive.undo import undo
from sync.exchanging.exporting import export
from sync.exchanging.importing import import_all
from sync.exchanging.pruning import prune
from sync.exchanging.standing import decide_now
from tests.sync.exchanging.laptops import PHOTO, Laptop

WALKS = int(os.environ.get("SYNC_WALKS", "1"))
STEPS = int(os.environ.get("SYNC_WALK_STEPS", "25"))
MOST_ROUNDS = 8
TEXT = Shape("text", "red", 4, ((10, 20), (1010, 20)), "w0")


class Walk:
    """Three laptops, and what lies on the stick.

    :ivar words: each that was written: what stands for it is nowhere else
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        first = Laptop(folder)
        self.photos = [first.add(PHOTO, bytes=n, description="w0") for n in (8, 9)]
        for uuid in self.photos:
            first.draw(uuid, TEXT)
            first.comment(uuid, "w0")
        self.laptops = [first, *(first.copied(folder / name) for name in "bc")]
        self.told: list[tuple[Laptop, Any]] = []
        self.count = 0

    def word(self) -> str:
        self.count += 1
        return f"w{self.count}"

    def step(self) -> None:
        who, uuid = self.chance.choice(self.laptops), self.chance.choice(self.photos)
        acts: list[Callable[[Laptop, str], None]] = [
            *(self.describe, self.comment, self.recomment, self.uncomment),
            *(self.draw, self.redraw, self.redraw, self.erase),
            *(self.recycle, self.recycle, self.purge),
            *(self.retrieve, self.decide, self.take_back, self.tell, self.tell),
            *(self.hear, self.hear, self.hear, self.make_room),
        ]
        with suppress(ArchiveError):  # of what is in the bin, or gone
            self.chance.choice(acts)(who, uuid)

    def one_of(self, who: Laptop, table: str) -> tuple[int, str]:
        sql = f"select id, uuid from {table} order by uuid"
        rows = who.connection.execute(sql).fetchall()
        return self.chance.choice(rows) if rows else (0, "")

    def describe(self, who: Laptop, uuid: str) -> None:
        who.edit(uuid, description=f"{who.value(uuid, 'description')} {self.word()}")

    def comment(self, who: Laptop, uuid: str) -> None:
        who.comment(uuid, self.word())

    def recomment(self, who: Laptop, _: str) -> None:
        number, _ = self.one_of(who, "comments")
        with batch(who.connection, who.sam) as made:
            edit_comment(who.connection, who.sam, made, number, self.word())

    def uncomment(self, who: Laptop, _: str) -> None:
        number, _ = self.one_of(who, "comments")
        with batch(who.connection, who.sam):
            delete_comment(who.connection, who.sam, number)

    def draw(self, who: Laptop, uuid: str) -> None:
        end = self.chance.randrange(1, 1000), self.chance.randrange(1000)
        who.draw(uuid, Shape("arrow", "red", 4, ((0, 0), end)))

    def redraw(self, who: Laptop, _: str) -> None:
        _, markup = self.one_of(who, "markups")
        kind = who.value(markup, "kind", "markups")
        end = self.chance.randrange(1, 1000), self.chance.randrange(1000)
        changes: list[dict[str, Any]] = [
            {"points": ((0, 0), end)},
            {"colour": self.chance.choice(sorted(COLOURS))},
            {"width": self.chance.randrange(1, 9)},
        ]
        if kind == "text":
            old = who.value(markup, "text", "markups")
            changes += [{"text": f"{self.word()} {old}"}, {"text": self.word()}]
        who.redraw(markup, **self.chance.choice(changes))

    def erase(self, who: Laptop, _: str) -> None:
        who.erase(self.one_of(who, "markups")[1])

    def recycle(self, who: Laptop, uuid: str) -> None:
        who.recycle(uuid)

    def purge(self, who: Laptop, uuid: str) -> None:
        who.purge(uuid)

    def retrieve(self, who: Laptop, uuid: str) -> None:
        with batch(who.connection, who.sam):
            retrieve_photos(who.connection, who.sam, [who.photo(uuid)])

    def decide(self, who: Laptop, _: str) -> None:
        if found := who.conflicts():
            one = self.chance.choice(found)
            self.end(who, one.key, self.chance.choice(["local", "remote"]))

    def end(self, who: Laptop, key: str, choice: str) -> None:
        with batch(who.connection, who.sam) as made:
            decide(who.connection, who.sam, made, key, choice=choice)
        decide_now(who.archive, who.sam)

    def take_back(self, who: Laptop, _: str) -> None:
        newest = list_batches(who.connection, limit=5)
        undo(who.connection, who.sam, [self.chance.choice(newest)])

    def tell(self, who: Laptop, _: str) -> None:
        self.told.append((who, who.tell()))

    def hear(self, who: Laptop, _: str) -> None:
        others = [told for by, told in self.told if by is not who]
        if others:
            assert not who.hear(self.chance.choice(others)).refused

    def make_room(self, *_: object) -> None:
        """What is told is told again anyway."""

    def meet(self) -> None:
        """Everybody tells all, and hears what all told."""
        told = [(one, one.tell()) for one in self.laptops]
        for one in self.laptops:
            for by, lines in told:
                if by is not one:
                    assert not one.hear(lines).refused

    def come_to_rest(self) -> None:
        before: list[Any] = []
        for _ in range(MOST_ROUNDS):
            self.meet()
            now = [one.tell()[2] for one in self.laptops]
            if now == before:
                return
            before = now
        raise AssertionError(f"not at rest after {MOST_ROUNDS} rounds")

    def decide_all(self) -> None:
        """Each decides what is to be decided there, until nothing is."""
        for _ in range(MOST_ROUNDS):
            for one in self.laptops:
                while open_ := one.conflicts():
                    self.end(one, open_[0].key, "local")
                self.come_to_rest()
            if not any(one.conflicts() for one in self.laptops):
                return
        raise AssertionError("there is always something to decide")

    def shown(self, one: Laptop) -> Any:
        """What people see. What was purged here may be in the bin there."""
        live = "p.recycled_at is null order by 1"
        said = "c.uuid, c.body from comments c"
        drawn = """
            c.uuid, c.kind, c.colour, c.width, c.points, c.text, c.created_at
            from markups c
        """
        lists = [f"select p.uuid, p.description from photos p where {live}"]
        for what in (said, drawn):
            on = f"join photos p on p.id = c.photo_id where {live}"
            lists.append(f"select {what} {on}")
        return [one.connection.execute(sql).fetchall() for sql in lists]


class WithSticks(Walk):
    """They write to two sticks what is not there yet, and make room on them."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed)
        for one in self.laptops:
            one.archive = replace(one.archive, uuid=self.laptops[0].archive.uuid)
        self.sticks = [folder / "stick 1", folder / "stick 2"]
        for stick in self.sticks:
            stick.mkdir()

    def tell(self, who: Laptop, _: str) -> None:
        export(who.archive, who.sam, self.chance.choice(self.sticks), fast=True)

    def hear(self, who: Laptop, _: str) -> None:
        self.import_(who, self.chance.choice(self.sticks))

    def import_(self, who: Laptop, stick: Path) -> None:
        for one in import_all(who.archive, who.sam, stick).taken:
            assert one.state != "refused", one.why
            assert not one.refused

    def make_room(self, who: Laptop, _: str) -> None:
        """Or the stick is lost."""
        stick = self.chance.choice(self.sticks)
        if self.chance.random() < 0.2:
            shutil.rmtree(stick)
            stick.mkdir()
            return
        if self.chance.random() < 0.7:  # else an earlier one may do
            export(who.archive, who.sam, stick, full=True, fast=True)
        prune(who.archive, who.sam, stick)

    def meet(self) -> None:
        for _ in "ab":
            for one in self.laptops:
                export(one.archive, one.sam, self.sticks[0], fast=True)
            for one in self.laptops:
                self.import_(one, self.sticks[0])

    def newcomer(self, folder: Path) -> Laptop:
        """Another laptop, that has what lies on the stick."""
        for one in self.laptops:
            if self.chance.random() < 0.7:
                full = self.chance.random() < 0.5
                export(one.archive, one.sam, self.sticks[0], full=full, fast=True)
                with suppress(ArchiveError):
                    prune(one.archive, one.sam, self.sticks[0])
        new = Laptop(folder)
        new.archive = replace(new.archive, uuid=self.laptops[0].archive.uuid)
        self.import_(new, self.sticks[0])
        return new


@pytest.mark.parametrize("kind", [Walk, WithSticks], ids=["told", "sticks"])
@pytest.mark.parametrize("seed", range(WALKS))
def test_archives_used_at_random_end_with_the_same(
    tmp_path: Path, seed: int, kind: type[Walk]
) -> None:
    walk = kind(tmp_path, seed)
    for _ in range(STEPS):
        walk.step()
    walk.come_to_rest()
    walk.decide_all()
    if isinstance(walk, WithSticks):
        walk.laptops.append(walk.newcomer(tmp_path / "d"))
    for one in walk.laptops:
        assert walk.shown(one) == walk.shown(walk.laptops[0])
        assert list(check_history(one.connection)) == []
    for one in walk.laptops:
        one.close()
