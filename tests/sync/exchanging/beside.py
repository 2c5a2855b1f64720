"""Two laptops, one remote that both are linked with, and a stick between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.batches import batch
from sync.archived import transaction
from sync.effects import (
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
    What,
)
from sync.engine import Order, Report, run
from sync.errors import RemoteError
from sync.identity import uuid_in
from tests.sync.exchanging.laptops import PHOTO, Laptop
from tests.sync.simulator import serving
from tests.sync.simulator.archive import PROJECT
from tests.sync.simulator.faults import BEFORE, Fault, refused, spoilt
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.seeds import BRAKES
from tests.sync.simulator.served import storage
from tests.sync.simulator.words import Words, words_in

DAY = 86_400
SETTLE = 1  # second: nothing arrives later than at the next effect


class World:
    """Two laptops that are linked with one remote, and meet on a stick as well."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance, self.words = random.Random(seed), Words()
        self.time = 1_780_000_000
        self.remote = Remote(lambda: self.time)
        first = Laptop(folder).link()
        self.laptops = [first, first.copied(folder)]
        self.told: list[Any] = []
        self.runs: dict[Laptop, tuple[Steps[Report], Any]] = {}
        self.fault: Fault | None = None  # of the next request
        self.late: list[Ask] = []  # lost, and carried out before the next effect
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

    def recycle(self, one: Laptop | None) -> None:
        if found := self.shown(one):
            key, before = self.chance.choice(sorted(found.items()))
            self.words.saw({"description": before})
            if one is None:
                self.remote.recycle(key)
            else:
                one.recycle(key)

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

    def sync(self, one: Laptop, between: Callable[[], None] = lambda: None) -> Report:
        """Run the sync; between any two steps something happens."""
        self.begin(one)
        while (report := self.step(one)) is None:
            between()
        return report

    def begin(self, one: Laptop) -> None:
        """Begin a run, unless one is under way."""
        if one not in self.runs:
            self.time += DAY  # so that nothing stays set aside
            order = Order(confirmed=BRAKES, settle=SETTLE, patient=False)
            self.runs[one] = run(order), None

    def step(self, one: Laptop) -> Report | None:
        """Let a run have its next effect. Returns its report, once it is through.

        :raises RemoteError: it gives up
        """
        steps, told = self.runs[one]
        try:
            self.runs[one] = steps, self.carry_out(one, steps.send(told))
        except StopIteration as end:
            del self.runs[one]
            report: Report = end.value
            return report
        except RemoteError:
            del self.runs[one]
            raise
        return None

    def kill(self, one: Laptop) -> None:
        """End a run where it is: what came of its last effect nobody learns."""
        if one in self.runs:
            self.runs.pop(one)[0].close()

    def carry_out(self, one: Laptop, effect: Effect) -> Any:
        self.time += 1
        while self.late:
            serving.answer(self.remote, self.late.pop(0))
        if isinstance(effect, Commit):
            return transaction(one.archive, PROJECT, effect.work)
        if isinstance(effect, Ask):
            return self.answer(effect)
        if isinstance(effect, Measure):
            sha256, size = _original(one, effect.uuid)
            return Measured(size, sha256, "image/jpeg")
        if isinstance(effect, Put):
            return storage.put(self.remote, effect, _original(one, effect.uuid))
        if isinstance(effect, FetchAll):
            return [self.fetch(one, file) for file in effect.files]
        return self.fetch(one, effect) if isinstance(effect, Fetch) else None

    def answer(self, ask: Ask) -> Answer:
        """Carry a request out, with what goes wrong with it, once."""
        fault, self.fault = self.fault, None
        if fault is None:
            return serving.answer(self.remote, ask)
        if fault not in BEFORE:
            return spoilt(fault, serving.answer(self.remote, ask))
        if fault is Fault.LATE and ask.method != "GET":
            self.late.append(ask)
        return refused(fault, self.time, self.chance)

    def fetch(self, one: Laptop, file: Fetch) -> Fetched | Failed:
        found = storage.fetch(self.remote, file.url)
        if isinstance(found, int):
            return Failed("the address is no more", status=found)
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

    def there(self) -> set[str]:
        """Return the uuids of what is live there."""
        sql = "select remote_id, uuid from sync_records where kind = 'photo'"
        uuids = dict(self.laptops[0].connection.execute(sql).fetchall())
        return {uuids[image.id] for image in self.remote.live()}

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
        assert self.there() - asked == set(first)


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
