"""Random stories of two laptops and a web browser, told from a seed, with an oracle.

Everybody writes words that nobody wrote before, so that each can be followed to its
end: it stands somewhere to be seen, or somebody who saw it took it away, or it is in a
conflict that is open (the definition of Hughes and others, "Mysteries of Dropbox",
2016).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sync.answers import Sent, adopt
from sync.conflicts import LIFE, Choice, Conflict, resolve
from sync.operations import THERE, Act
from sync.planning import Plan
from sync.records import (
    FIELDS,
    NOWHERE,
    Base,
    Kind,
    Life,
    Record,
    Sort,
    Value,
    Version,
)
from tests.sync.worlds import (
    TERMS,
    Laptop,
    Remote,
    album,
    edited,
    photo,
    two_way,
)

Place = tuple[str, str]  # uuid and field
ROUNDS = 8  # in which everybody has to come to rest once nobody writes any more

# what a story has more or less of; each seed draws its own weights (swarm testing)
DOINGS = (
    "write",
    "recycle",
    "restore",
    "purge",
    "add",
    "add album",
    "move",
    "delete album",
    "sync",
    "some steps",
    "crash",
    "resolve",
    "hide",
)


@dataclass
class Story:
    """A world under way.

    :param gone: words that somebody who saw them took away, or had before their eyes
        when they deleted the record
    :param hidden_days: records that somebody made private: that ends their day in the
        log, seen or not (the archive's own rule, and the one exception)
    :param said: (word, where it was written)
    """

    seed: int
    chance: random.Random = field(init=False)
    laptops: tuple[Laptop, Laptop] = field(init=False)
    remote: Remote = field(init=False)
    said: list[tuple[str, Place]] = field(default_factory=list)
    gone: set[tuple[str, Place]] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    hidden_days: set[str] = field(default_factory=set)
    count: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.laptops = Laptop(), Laptop()
        self.remote = Remote()
        if self.chance.random() < 0.3:
            self.remote.ignores = frozenset({"starred"})
        self.remote.trims = self.chance.random() < 0.3
        self.weights = [self.chance.choice((0, 1, 4, 10)) + 0.1 for _ in DOINGS]
        for laptop in self.laptops:
            laptop.on_change = self._note_privacy
        for uuid in ("p", "q"):
            self._born(self.remote.rows, self.remote.kinds, uuid, photo())
        self._born(self.remote.rows, self.remote.kinds, "x", album("album"))
        for laptop in self.laptops:
            laptop.sync(self.remote)

    def _note_privacy(self, record: Record, after: Version, _: Base | None) -> None:
        if after.fields.get("private") and not record.local.fields.get("private"):
            self.hidden_days.add(record.uuid)

    def _born(
        self, rows: dict[str, Version], kinds: dict[str, Kind], uuid: str, row: Version
    ) -> None:
        rows[uuid] = row
        kinds[uuid] = Kind.ALBUM if "name" in row.fields else Kind.PHOTO

    # -- what people do ---------------------------------------------------------------

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            doing = self.chance.choices(DOINGS, self.weights)[0]
            self.log.append(doing)
            getattr(self, "_" + doing.replace(" ", "_"))()

    def _side(self) -> tuple[dict[str, Version], dict[str, Kind]]:
        side = self.chance.choice((*self.laptops, self.remote))
        self.log[-1] += f" {self._name(side)}"
        return side.rows, side.kinds

    def _name(self, side: Laptop | Remote) -> str:
        return "web" if side is self.remote else f"laptop {self._number(side)}"

    def _number(self, side: Laptop | Remote) -> int:
        return [one is side for one in self.laptops].index(True)

    def _word(self) -> str:
        self.count += 1
        return f"w{self.count}"

    def _pick(self, rows: dict[str, Version], life: Life) -> str | None:
        some = sorted(uuid for uuid, row in rows.items() if row.life is life)
        return self.chance.choice(some) if some else None

    def _write(self) -> None:
        rows, kinds = self._side()
        uuid = self._pick(rows, Life.ACTIVE)
        if uuid is None:
            return
        kind = kinds[uuid]
        names = [n for n in two_way(kind) if n not in ("album", "cover", "active")]
        name = self.chance.choice(names)
        before = rows[uuid].fields[name]
        after = self._another(kind, name, before)
        for word in set(words(before)) - set(words(after)):
            self.gone.add((word, (uuid, name)))
        for word in set(words(after)) - set(words(before)):
            self.said.append((word, (uuid, name)))
        self.log[-1] += f" {uuid}.{name} {before!r} -> {after!r}"
        if name == "private" and after:
            self._make_private(rows, uuid)
        rows[uuid] = self._lawful(edited(rows[uuid], **{name: after}), name)

    def _make_private(self, rows: dict[str, Version], uuid: str) -> None:
        """An album takes the photos in it along."""
        self.hidden_days.add(uuid)
        for one, row in rows.items():
            if row.life is Life.ACTIVE and row.fields.get("album") == uuid:
                self.hidden_days.add(one)
                rows[one] = edited(row, private=True, log_date=None)

    def _lawful(self, row: Version, name: str) -> Version:
        """Keep what the archive and the remote keep: private is in no daily log."""
        if not row.fields.get("private") or row.fields.get("log_date") is None:
            return row
        if name == "log_date":
            return edited(row, private=False)
        return edited(row, log_date=None)

    def _another(self, kind: Kind, name: str, before: Value) -> Value:
        sort = FIELDS[kind][name].sort
        if sort is Sort.FLAG:
            return not before
        if isinstance(before, frozenset):
            if before and self.chance.random() < 0.4:
                return before - {self.chance.choice(sorted(before))}
            return before | {self._word()}
        if sort is Sort.TEXT:
            how = self.chance.choice(("{0} {1}", "{1} {0}", "{1}", ""))
            return how.format(before, self._word()).strip()
        return self._word() if self.chance.random() < 0.9 or sort is Sort.NAME else None

    def _saw_all(self, uuid: str, row: Version) -> None:
        for name, value in row.fields.items():
            self.gone |= {(word, (uuid, name)) for word in words(value)}

    def _recycle(self) -> None:
        rows, kinds = self._side()
        uuid = self._pick(rows, Life.ACTIVE)
        if uuid is not None and kinds[uuid] is Kind.PHOTO:
            self._saw_all(uuid, rows[uuid])
            rows[uuid] = replace(rows[uuid], life=Life.RECYCLED)
            self.log[-1] += f" {uuid}"

    def _restore(self) -> None:
        rows, _ = self._side()
        uuid = self._pick(rows, Life.RECYCLED)
        if uuid is not None:
            rows[uuid] = replace(rows[uuid], life=Life.ACTIVE)
            self.log[-1] += f" {uuid}"

    def _purge(self) -> None:
        rows, _ = self._side()
        uuid = self._pick(rows, Life.RECYCLED)
        if uuid is not None:
            self._saw_all(uuid, rows[uuid])
            gone = Version(Life.PURGED)
            rows[uuid] = gone
            self.log[-1] += f" {uuid}"

    def _add(self) -> None:
        rows, kinds = self._side()
        word = self._word()
        uuid = f"new {word}"
        self.said.append((word, (uuid, "description")))
        self._born(rows, kinds, uuid, photo(description=word))

    def _add_album(self) -> None:
        rows, kinds = self._side()
        word = self._word()
        self.said.append((word, (f"album {word}", "name")))
        self._born(rows, kinds, f"album {word}", album(word))

    def _move(self) -> None:
        rows, kinds = self._side()
        uuid = self._pick(rows, Life.ACTIVE)
        if uuid is None or kinds[uuid] is not Kind.PHOTO:
            return
        albums = [
            one
            for one, row in rows.items()
            if kinds[one] is Kind.ALBUM and row.life is Life.ACTIVE
        ]
        target = self.chance.choice([None, *sorted(albums)])
        self.log[-1] += f" {uuid} to {target}"
        fields: dict[str, Value] = {"album": target}
        if target is not None and rows[target].fields["private"]:
            fields |= {"private": True, "log_date": None}
            self.hidden_days.add(uuid)
        rows[uuid] = edited(rows[uuid], **fields)

    def _delete_album(self) -> None:
        rows, kinds = self._side()
        uuid = self._pick(rows, Life.ACTIVE)
        if uuid is None or kinds[uuid] is not Kind.ALBUM:
            return
        self.log[-1] += f" {uuid}"
        self._saw_all(uuid, rows[uuid])
        for one, row in rows.items():
            if row.life is Life.ACTIVE and row.fields.get("album") == uuid:
                self._saw_all(one, row)
                rows[one] = replace(edited(row, album=None), life=Life.RECYCLED)
        rows[uuid] = Version(Life.PURGED)

    def _hide(self) -> None:
        uuid = self._pick(self.remote.rows, Life.ACTIVE)
        if uuid is not None:
            self.remote.hides ^= {uuid}

    # -- what programs do -------------------------------------------------------------

    def _sync(self) -> None:
        laptop = self.chance.choice(self.laptops)
        self.log[-1] += f" {self._name(laptop)}"
        laptop.sync(self.remote)

    def _some_steps(self) -> None:
        """A run that is under way while others go on; in any order that is allowed."""
        laptop = self.chance.choice(self.laptops)
        for _ in range(self.chance.randint(1, 3)):
            todo = laptop.plan(self.remote).operations
            if not todo:
                return
            one = self.chance.choice(todo)
            self.log[-1] += f" {self._name(laptop)} {one.act} {one.uuid}"
            laptop.perform(self.remote, one, TERMS)

    def _crash(self) -> None:
        """The remote does what was asked, and the answer is lost."""
        laptop = self.chance.choice(self.laptops)
        todo = [one for one in laptop.plan(self.remote).operations if one.act in THERE]
        if not todo:
            return
        one = self.chance.choice(todo)
        base = laptop.bases.get(one.uuid)
        sent = {name: new for name, (_, new) in one.fields.items()}
        if not laptop.perform(self.remote, one, TERMS):
            return
        self.log[-1] += f" {self._name(laptop)} {one.act} {one.uuid}"
        if one.act is Act.CREATE_THERE:
            # found again by its name: what was sent is what was agreed then
            laptop.bases[one.uuid] = adopt(Sent(sent, sent))
        elif base is not None:
            laptop.bases[one.uuid] = base

    def _resolve(self) -> None:
        laptop = self.chance.choice(self.laptops)
        conflicts = laptop.plan(self.remote).conflicts
        if conflicts:
            self.decide(laptop, self.chance.choice(conflicts))

    def decide(self, laptop: Laptop, conflict: Conflict) -> None:
        record = next(
            one for one in laptop.records(self.remote) if one.uuid == conflict.uuid
        )
        choice = self.chance.choice((Choice.LOCAL, Choice.REMOTE))
        after = resolve(record, conflict, choice)
        self.log[-1:] = [f"decide {self._name(laptop)} {choice} {conflict}"]
        self._saw(record, after, conflict)
        if after.local == NOWHERE:
            del laptop.rows[record.uuid]
        else:
            laptop.rows[record.uuid] = after.local
        if after.base is None:
            laptop.bases.pop(record.uuid, None)
        else:
            laptop.bases[record.uuid] = after.base

    def _saw(self, record: Record, after: Record, conflict: Conflict) -> None:
        """Who decides has seen both, and takes away what is not in the result."""
        if conflict.field == LIFE:
            if after.local.life is not Life.ACTIVE:
                self._saw_all(record.uuid, record.local)
                self._saw_all(record.uuid, record.remote)
            return
        name = conflict.field
        both = {*words(conflict.local.value), *words(conflict.remote.value)}
        left = both - set(words(after.local.fields[name]))
        self.gone |= {(word, (record.uuid, name)) for word in left}

    # -- how it ends ------------------------------------------------------------------

    def come_to_rest(self) -> None:
        """Nobody writes any more, and everything is visible again."""
        self.remote.hides.clear()
        for _ in range(ROUNDS):
            before = self.remote.writes
            rounds = sum(laptop.sync(self.remote) for laptop in self.laptops)
            if not rounds and self.remote.writes == before:
                return
        raise AssertionError("the laptops never come to rest")

    def decide_everything(self) -> None:
        for _ in range(40):
            self.come_to_rest()
            open_ones = [
                (laptop, one)
                for laptop in self.laptops
                for one in laptop.plan(self.remote).conflicts
            ]
            if not open_ones:
                return
            self.decide(*self.chance.choice(open_ones))
        raise AssertionError("there is no end of conflicts")

    def lost(self) -> list[tuple[str, Place]]:
        """Return words that are nowhere to be found, and that nobody took away."""
        shown = set(self._shown())
        return [
            (word, (uuid, name))
            for word, (uuid, name) in self.said
            if (word, (uuid, name)) not in shown | self.gone
            and not (name == "log_date" and uuid in self.hidden_days)
        ]

    def _shown(self) -> Iterator[tuple[str, Place]]:
        for side in (*self.laptops, self.remote):
            for uuid, row in side.rows.items():
                if row.life is Life.ACTIVE:
                    yield from said_in(uuid, row)
        for laptop in self.laptops:
            for conflict in laptop.plan(self.remote).conflicts:
                yield from self._in_conflict(laptop, conflict)

    def _in_conflict(
        self, laptop: Laptop, conflict: Conflict
    ) -> Iterator[tuple[str, Place]]:
        uuid = conflict.uuid
        if conflict.field == LIFE:
            yield from said_in(uuid, laptop.rows.get(uuid, NOWHERE))
            yield from said_in(uuid, self.remote.rows.get(uuid, NOWHERE))
            return
        for side in (conflict.local, conflict.remote):
            for word in words(side.value):
                yield word, (uuid, conflict.field)

    def differences(self) -> list[str]:
        """Return where the sides differ, but for what is told to somebody."""
        found = []
        for number, laptop in enumerate(self.laptops):
            plan = laptop.plan(self.remote)
            told = told_of(plan)
            for uuid, kind in {**self.remote.kinds, **laptop.kinds}.items():
                here = laptop.rows.get(uuid, NOWHERE)
                there = self.remote.rows.get(uuid, NOWHERE)
                if (uuid, LIFE) in told:
                    continue
                if lives(here) != lives(there):
                    found.append(f"{number} {uuid}: {here.life} and {there.life}")
                if Life.ACTIVE not in (here.life, there.life):
                    continue
                found += [
                    f"{number} {uuid}.{name}: {here.fields[name]!r} here,"
                    f" {there.fields[name]!r} there"
                    for name in two_way(kind)
                    if name != "log_date"
                    and (uuid, name) not in told
                    and here.fields
                    and there.fields
                    and here.fields[name] != there.fields[name]
                ]
        return found


def told_of(plan: Plan) -> set[Place]:
    """Where conflicts and notes say that the sides differ."""
    return {(one.uuid, one.field) for one in (*plan.conflicts, *plan.notes)}


def lives(version: Version) -> str:
    """Not there, or there: a bin that was never met is as if it were not."""
    return "live" if version.life is Life.ACTIVE else "not live"


def said_in(uuid: str, version: Version) -> Iterator[tuple[str, Place]]:
    for name, value in version.fields.items():
        for word in words(value):
            yield word, (uuid, name)


def words(value: Value) -> list[str]:
    """The words of a text, the members of a set, a value itself; of a flag none."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value.split() if isinstance(value, str) else []
