"""Bundles are written and taken in while a sync runs: between any two of its steps.

Nos. 7, 8 and 11 of what the prototype of the sync design found (§3.4).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from sync.archived import transaction
from sync.effects import (
    Ask,
    Commit,
    Effect,
    Fetch,
    FetchAll,
    Fetched,
    Measure,
    Measured,
    Put,
    What,
)
from sync.engine import Order, run
from sync.identity import uuid_in
from tests.sync.exchanging.laptops import PHOTO, Laptop
from tests.sync.simulator import serving
from tests.sync.simulator.archive import PROJECT
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.seeds import BRAKES
from tests.sync.simulator.words import Words, words_in

STORIES = int(os.environ.get("SYNC_SEEDS", "40")) // 20
DAY = 86_400


class World:
    """Two laptops that are linked with one remote, and meet on a stick as well."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance, self.words = random.Random(seed), Words()
        self.time = 1_780_000_000
        self.remote = Remote(lambda: self.time)
        first = Laptop(folder).link()
        self.laptops = [first, first.copied(folder)]
        self.told: list[Any] = []
        self.size = 1_000

    # What people do

    def act(self) -> None:
        """Somebody writes on a laptop: another word, a star, a photo."""
        who = self.chance.choice(self.laptops)
        what = self.chance.choice([self.write, self.write, self.star, self.add])
        what(who)

    def add(self, one: Laptop | None) -> None:
        word, self.size = self.words.new(), self.size + 1
        if one is None:
            file = f"{self.size:064x}", self.size
            self.remote.add_image("IMG.jpg", file, {"description": word})
        else:
            one.add(PHOTO, description=word, bytes=self.size)
        self.words.wrote("add", None, word)

    def write(self, one: Laptop | None) -> None:
        found = self.shown(one)
        if found:
            key, before = self.chance.choice(sorted(found.items()))
            after = f"{before} {self.words.new()}"
            self.edit(one, key, description=after)
            self.words.wrote("write", before, after)

    def star(self, one: Laptop | None) -> None:
        if found := self.shown(one):
            self.edit(one, self.chance.choice(sorted(found)), starred=True)

    def edit(self, one: Laptop | None, key: Any, **fields: Any) -> None:
        if one is None:
            self.remote.edit_image(key, fields)
        else:
            one.edit(key, **fields)

    def shown(self, one: Laptop | None) -> dict[Any, str]:
        """What is said of each photo: by its uuid here, by its number there."""
        if one is None:
            return {image.id: image.description for image in self.remote.live()}
        sql = "select uuid, description from photos where recycled_at is null"
        return dict(one.connection.execute(sql).fetchall())

    # What the laptops do

    def tell(self) -> None:
        """One of them writes a bundle, or takes in one of the other's."""
        one, other = self.chance.sample(self.laptops, 2)
        if self.chance.random() < 0.5:
            self.told.append((one, one.tell()))
        elif found := [told for who, told in self.told if who is other]:
            one.hear(self.chance.choice(found))

    def sync(self, one: Laptop, between: Callable[[], None] = lambda: None) -> Any:
        """Run the sync; between any two steps something happens."""
        self.time += DAY  # so that nothing stays set aside
        steps = run(Order(confirmed=BRAKES, settle=1, patient=False))
        try:
            effect = next(steps)
            while True:
                between()
                effect = steps.send(self.carry_out(one, effect))
        except StopIteration as end:
            return end.value

    def carry_out(self, one: Laptop, effect: Effect) -> Any:
        self.time += 1
        if isinstance(effect, Commit):
            return transaction(one.archive, PROJECT, effect.work)
        if isinstance(effect, Ask):
            return serving.answer(self.remote, effect)
        if isinstance(effect, Measure):
            sha256, size = _original(one, effect.uuid)
            return Measured(size, sha256, "image/jpeg")
        if isinstance(effect, Put):
            return serving.put(self.remote, effect, _original(one, effect.uuid))
        if isinstance(effect, FetchAll):
            return [self.fetch(one, file) for file in effect.files]
        return self.fetch(one, effect) if isinstance(effect, Fetch) else None

    def fetch(self, one: Laptop, file: Fetch) -> Fetched:
        found = serving.fetch(self.remote, file.url)
        assert not isinstance(found, int)
        if file.what is What.ORIGINAL:
            _land(one, file.uuid, *found)
        return Fetched(*found)

    # How it ends

    def come_to_rest(self) -> None:
        for _ in range(8):
            wrote = 0
            for one, other in (self.laptops, self.laptops[::-1]):
                report = self.sync(one)
                assert not report.set_aside
                wrote += report.writes + report.done.total()
                wrote += one.hear(other.tell()).changed
            if not wrote:
                return
        raise AssertionError("they never come to rest")

    def check(self) -> None:
        tokens = [uuid_in(one.filename) for one in self.remote.live()]
        assert len(set(tokens) - {None}) == len([one for one in tokens if one])
        visible: set[str] = set()
        for one in (*self.laptops, None):
            for text in self.shown(one).values():
                visible |= set(words_in(text))
        asked: set[str] = set()
        for laptop in self.laptops:
            for conflict in laptop.conflicts():
                asked.add(conflict.uuid)
                for side in (conflict.local, conflict.remote):
                    visible |= set(words_in(side.value))
        assert not self.words.lost(visible)
        first, second = (
            {uuid: text for uuid, text in self.shown(one).items() if uuid not in asked}
            for one in self.laptops
        )
        assert first == second
        assert len({len(self.shown(one)) for one in (*self.laptops, None)}) == 1


def _original(one: Laptop, uuid: str) -> tuple[str, int]:
    found: tuple[str, int] = one.connection.execute(
        """
        select o.sha256, o.bytes from photos p join originals o on o.id = p.original_id
        where p.uuid = ?
        """,
        (uuid,),
    ).fetchone()
    return found


def _land(one: Laptop, uuid: str, sha256: str, size: int) -> None:
    with batch(one.connection, one.sam, origin="sync") as opened:
        one.connection.execute(
            """
            insert into originals (sha256, extension, bytes, crc32, media_type, kind,
                projection, stored_at)
            values (?, 'jpg', ?, 0, 'image/jpeg', 'image', 'regular', ?)
            on conflict do nothing
            """,
            (sha256, size, opened.at),
        )
        one.connection.execute(
            """
            update photos set original_id = (select id from originals where sha256 = ?)
            where uuid = ? and original_id is null
            """,
            (sha256, uuid),
        )


@contextmanager
def opened(folder: Path, seed: int) -> Iterator[World]:
    world = World(folder, seed)
    try:
        yield world
    finally:
        for one in world.laptops:
            one.close()


@pytest.mark.parametrize("seed", range(STORIES))
def test_bundles_go_back_and_forth_while_a_sync_runs(tmp_path: Path, seed: int) -> None:
    with opened(tmp_path, seed) as world:
        for _ in range(3):
            world.add(world.chance.choice([*world.laptops, None]))

        def between() -> None:
            if world.chance.random() < 0.15:
                world.tell()
            if world.chance.random() < 0.1:
                world.act()

        for _ in range(3):
            world.sync(world.chance.choice(world.laptops), between)
            world.write(None)  # in a run it could fall between a look and a write
        world.come_to_rest()
        world.check()
