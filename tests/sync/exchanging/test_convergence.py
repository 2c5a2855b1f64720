"""Any number of archives, any order, repeated and lost bundles: P24 of the design.

For a night: SYNC_STICKS=20000 (examples), SYNC_STICK_STEPS=40.
"""

from __future__ import annotations

import os
import random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from sync.conflicts import Choice
from sync.exchanging.model import (
    ACTIVE,
    COMMENT,
    LIFE,
    MARKUP,
    PURGED,
    RECYCLED,
    Told,
)
from tests.sync.exchanging.replicas import Replica, copied

EXAMPLES = int(os.environ.get("SYNC_STICKS", "12"))
STEPS = int(os.environ.get("SYNC_STICK_STEPS", "20"))
MOST_ROUNDS = 8
WHO = st.integers(0, 2)
WHAT = st.sampled_from(["p1", "p2"])


def said_in(one: Told) -> set[str]:
    """The words of a photo; what stands for a markup's points."""
    name = "shape" if one.kind == MARKUP else "description"
    return set(str(one.fields[name].value).split()) if name in one.fields else set()


class Sticks(RuleBasedStateMachine):
    """Three laptops that hold copies of one archive, and a stick."""

    def __init__(self) -> None:
        super().__init__()
        first = Replica("A")
        first.add("trade", "t1", name="Steel")
        first.add("trade", "t2", name="Glass")
        first.add("album", "a1", name="Facade")
        for photo in ("p1", "p2"):
            first.add("photo", photo, description="as it was then", album="a1")
        self.laptops = [first, copied(first, "B"), copied(first, "C")]
        self.stick: list[list[Told]] = []
        self.count = 0
        self.written: dict[str, str] = {}  # word: of which photo or markup
        self.seen: dict[str, set[str]] = {}  # word: those that its writer had seen
        self.chosen: set[str] = set()  # words that somebody saw and did away with
        self.ended: dict[str, set[str]] = {"p1": set(), "p2": set()}
        self.photo_of: dict[str, str] = {}  # markup: its photo

    def word(self) -> str:
        self.count += 1
        return f"w{self.count}"

    def known(self, one: Replica, uuid: str) -> set[str]:
        """All that whoever looks at a text or a shape there has seen of it."""
        words = said_in(one.records[uuid])
        while more := {w for word in words for w in self.seen.get(word, ())} - words:
            words |= more
        return words

    def live(self, who: int, uuid: str) -> Replica | None:
        one = self.laptops[who]
        return one if one.records[uuid].life.value == ACTIVE else None

    @rule(who=WHO, uuid=WHAT, how=st.sampled_from(["before", "after", "instead"]))
    def write(self, who: int, uuid: str, how: str) -> None:
        if one := self.live(who, uuid):
            word, old = self.word(), one.records[uuid].fields["description"].value
            self.seen[word], self.written[word] = self.known(one, uuid), uuid
            text = {"before": f"{word} {old}", "after": f"{old} {word}"}.get(how, word)
            one.edit(uuid, "description", text)

    @rule(who=WHO, uuid=WHAT, name=st.sampled_from(["private", "starred"]))
    def mark(self, who: int, uuid: str, name: str) -> None:
        if one := self.live(who, uuid):
            one.edit(uuid, name, not one.records[uuid].fields[name].value)

    @rule(who=WHO, uuid=WHAT, trade=st.sampled_from(["t1", "t2"]))
    def tag(self, who: int, uuid: str, trade: str) -> None:
        if one := self.live(who, uuid):
            now = one.records[uuid].fields["trades"].value
            assert isinstance(now, frozenset)
            one.edit(uuid, "trades", now ^ {trade})

    @rule(who=WHO, uuid=WHAT, turned=st.sampled_from([0, 90, 180]))
    def rotate(self, who: int, uuid: str, turned: int) -> None:
        if one := self.live(who, uuid):
            one.edit(uuid, "rotation", turned)

    @rule(who=WHO, uuid=WHAT, album=st.sampled_from([None, "a1"]))
    def move(self, who: int, uuid: str, album: str | None) -> None:
        one = self.live(who, uuid)
        if one and one.near(uuid).has("album", album or "a1"):
            one.edit(uuid, "album", album)

    @rule(who=WHO)
    def delete_album(self, who: int) -> None:
        one = self.laptops[who]
        if not one.records["a1"].is_gone and not one.near("").is_used("a1"):
            one.live("a1", PURGED)
            one.empty("a1", one.site)

    @rule(who=WHO, uuid=WHAT)
    def comment(self, who: int, uuid: str) -> None:
        if one := self.live(who, uuid):
            one.add(COMMENT, f"c{self.word()}", body="so", photo=uuid)

    @rule(who=WHO, uuid=WHAT)
    def draw(self, who: int, uuid: str) -> None:
        if one := self.live(who, uuid):
            word = self.word()
            markup = f"m{word}"
            self.photo_of[markup], self.ended[markup] = uuid, set()
            self.seen[word], self.written[word] = set(), markup
            one.add(MARKUP, markup, shape=word, colour="red", photo=uuid)

    def drawn(self, who: int, which: int) -> str:
        """A markup that is shown there; "": there is none."""
        one = self.laptops[who]
        found = [m for m, photo in self.photo_of.items() if self.live(who, photo)]
        found = [m for m in found if m in one.records and not one.records[m].is_gone]
        return found[which % len(found)] if found else ""

    @rule(who=WHO, which=st.integers(0, 5))
    def redraw(self, who: int, which: int) -> None:
        if markup := self.drawn(who, which):
            one, word = self.laptops[who], self.word()
            self.seen[word], self.written[word] = self.known(one, markup), markup
            one.edit(markup, "shape", word)

    @rule(who=WHO, which=st.integers(0, 5), colour=st.sampled_from(["blue", "red"]))
    def colour(self, who: int, which: int, colour: str) -> None:
        if markup := self.drawn(who, which):
            self.laptops[who].edit(markup, "colour", colour)

    @rule(who=WHO, which=st.integers(0, 5))
    def erase(self, who: int, which: int) -> None:
        if markup := self.drawn(who, which):
            self.ended[markup] |= self.known(self.laptops[who], markup)
            self.laptops[who].live(markup, PURGED)

    @rule(who=WHO, uuid=WHAT)
    def recycle(self, who: int, uuid: str) -> None:
        if one := self.live(who, uuid):
            self.ended[uuid] |= self.known(one, uuid)
            one.live(uuid, RECYCLED)

    @rule(who=WHO, uuid=WHAT)
    def out_of_the_bin(self, who: int, uuid: str) -> None:
        if self.laptops[who].records[uuid].life.value == RECYCLED:
            self.laptops[who].live(uuid, ACTIVE)

    @rule(who=WHO, uuid=WHAT)
    def purge(self, who: int, uuid: str) -> None:
        one = self.laptops[who]
        if one.records[uuid].life.value == RECYCLED:
            on = [m for m, p in self.photo_of.items() if p == uuid and m in one.records]
            for ended in (uuid, *on):
                self.chosen |= self.known(one, ended)
            one.live(uuid, PURGED)

    @rule(who=WHO)
    def export(self, who: int) -> None:
        self.stick.append(self.laptops[who].tell())

    @rule(who=WHO, which=st.integers(0, 50))
    def take_in(self, who: int, which: int) -> None:
        if self.stick:
            self.laptops[who].take(self.stick[which % len(self.stick)])

    @rule(who=WHO, which=st.integers(0, 5), choice=st.sampled_from(Choice))
    def decide(self, who: int, which: int, choice: Choice) -> None:
        one = self.laptops[who]
        if clashes := one.clashes():
            uuid, clash, theirs = clashes[which % len(clashes)]
            if choice is Choice.OTHER and clash.field != "description":
                return
            mine = one.records[uuid]
            words = said_in(theirs) | said_in(mine)
            if clash.field in ("description", "shape"):
                self.chosen |= words
            if clash.field == LIFE and uuid in self.ended:
                self.ended[uuid] |= words | self.known(one, uuid)
            one.decide(uuid, clash, theirs, choice)

    def teardown(self) -> None:
        self._order_does_not_matter()
        for _ in range(MOST_ROUNDS):
            before = [repr(one.state()) for one in self.laptops]
            told = [one.tell() for one in self.laptops]
            for one in self.laptops:
                for bundle in told:
                    one.take(bundle)
            if before == [repr(one.state()) for one in self.laptops]:
                break
        else:
            raise AssertionError(f"not at rest after {MOST_ROUNDS} rounds")
        self._all_hold_the_same()
        self._no_word_is_lost()

    def _order_does_not_matter(self) -> None:
        one, *others = self.laptops
        bundles = [other.tell() for other in others]
        there, back = copied(one, "A"), copied(one, "A")
        for bundle in bundles:
            there.take(bundle)
        for bundle in reversed(bundles):
            random.Random(self.count).shuffle(bundle)
            back.take(bundle)
        (open_, values), (others, same) = self._settled(there), self._settled(back)
        # Where three write out of each other's sight, it depends on the order whether a
        # rule can put two of them together first: then there may be less to decide, and
        # a mark that was set, unset and set is there or it is not. All agree once each
        # has told each.
        words = {key for key in {*open_, *others} if key[1] == "description"}
        assert set(open_) - words == set(others) - words
        marks = {"trades", "private", "starred"}
        for key in set(values) & set(same):
            assert same[key] == values[key] or key[1] in marks
        again = copied(there, "A")
        for bundle in bundles * 2:
            again.take(bundle)
        assert repr(again.state()) == repr(there.state())

    def _all_hold_the_same(self) -> None:
        first, *others = self.laptops
        for other in others:
            assert self._settled(other) == self._settled(first)

    def _settled(self, one: Replica) -> Any:
        """What all have to agree about.

        A photo that is put into an album that another laptop deletes is a question to
        somebody on both: here about the album, there about the photo. What is wanted
        again after it was purged is a question only to who purged it.
        """
        lives = [(u, r.life.value) for x in self.laptops for u, r in x.records.items()]
        left = {uuid for uuid, life in lives if life == PURGED}
        left &= {uuid for uuid, life in lives if life == ACTIVE}
        if any(laptop.records["a1"].is_gone for laptop in self.laptops):
            left |= {"a1", "album"}
        photos = {u: str(r.born.get("photo")) for u, r in one.records.items()}
        return [
            {key: v for key, v in part.items() if not {*key, photos[key[0]]} & left}
            for part in (one.open(), one.values())
        ]

    def _no_word_is_lost(self) -> None:
        for uuid in self.ended:
            visible, gone = self._standing(uuid)
            over = {word for seen in self.seen.values() for word in seen} | self.chosen
            if gone:
                over |= self.ended[uuid]
            for word in self._words_of(uuid) - over:
                assert word in visible, f"{word} of {uuid} is lost"

    def _standing(self, uuid: str) -> tuple[set[str], bool]:
        visible: set[str] = set()
        gone = True
        for one in self.laptops:
            own = one.records.get(uuid)
            for version in [*([own] if own else []), *one.held.get(uuid, ())]:
                if version.life.value != PURGED and (
                    not version.is_gone or uuid in one.held
                ):
                    gone = False
                    visible |= said_in(version)
        return visible, gone

    def _words_of(self, uuid: str) -> set[str]:
        return {word for word, of in self.written.items() if of == uuid}


def test_three_laptops_and_a_stick_end_with_the_same_and_lose_nothing() -> None:
    some = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    run_state_machine_as_test(Sticks, settings=some)
