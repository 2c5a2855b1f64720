"""Every pair of acts: one after the other, and with a crash at every point."""

from __future__ import annotations

from itertools import count

import pytest

from sync.operations import THERE, Act
from sync.records import Kind, Life
from tests.sync.pairs import know_new_photos, look_everywhere, prepared, run_pair
from tests.sync.people import ACTS, Rows
from tests.sync.worlds import MANY_ROUNDS, TERMS, Laptop, Remote, two_way

PAIRS = [
    pytest.param(kind, here, there, id=f"{kind}: {here} | {there}")
    for kind, acts in ACTS.items()
    for here in acts
    for there in acts
]
# a circle, and the end of a location with another below it
REFUSED = [{"move", "move the other"}, {"delete", "move the other"}]

# what somebody sees of a record that is live; of others nobody sees anything
Seen = dict[str, tuple[Life, dict[str, object]]]


def seen(kinds: dict[str, Kind], rows: Rows) -> Seen:
    return {
        uuid: (row.life, {n: row.fields[n] for n in two_way(kinds[uuid])})
        for uuid, row in rows.items()
        if row.life is Life.ACTIVE
    }


@pytest.mark.parametrize("first", ["here", "there"])
@pytest.mark.parametrize(("kind", "here", "there"), PAIRS)
def test_who_saw_the_others_act_is_in_no_conflict(
    kind: Kind, here: str, there: str, first: str
) -> None:
    if kind is Kind.LOCATION and {here, there} in REFUSED:
        pytest.skip("the archive and the remote let nobody do that")
    laptop, remote = prepared(kind)
    acts = [(laptop, ACTS[kind][here][0]), (remote, ACTS[kind][there][1])]
    for side, act in acts if first == "here" else acts[::-1]:
        act.do(side.rows)
        know_new_photos(side)
        look_everywhere(laptop, remote)
        laptop.sync(remote)
        look_everywhere(laptop, remote)
        laptop.sync(remote)
    assert laptop.plan(remote).conflicts == ()


def crashing(kind: Kind, here: str, there: str, at: int) -> tuple[Laptop, Remote, bool]:
    """Run a pair, and lose what the ``at``-th operation would have told the laptop."""
    laptop, remote = run_pair(kind, here, there, rounds=0)
    done = 0
    for _ in range(MANY_ROUNDS):
        look_everywhere(laptop, remote)
        operations = laptop.plan(remote).operations
        if not operations:
            break
        for one in operations:
            base = laptop.bases.get(one.uuid)
            if not laptop.perform(remote, one, TERMS):
                continue
            # of a creation the photo is found again, with what was sent
            is_lost = done == at and one.act in THERE - {Act.CREATE_THERE}
            if is_lost and base is not None:
                laptop.bases[one.uuid] = base
            done += 1
    return laptop, remote, done > at


@pytest.mark.parametrize(("kind", "here", "there"), PAIRS)
def test_a_lost_answer_changes_nothing_in_the_end(
    kind: Kind, here: str, there: str
) -> None:
    laptop, remote = run_pair(kind, here, there)
    expected = seen(laptop.kinds, laptop.rows), seen(remote.kinds, remote.rows)
    conflicts = {one.id for one in laptop.plan(remote).conflicts}
    for at in count():
        laptop, remote, was_lost = crashing(kind, here, there, at)
        found = seen(laptop.kinds, laptop.rows), seen(remote.kinds, remote.rows)
        assert found == expected
        look_everywhere(laptop, remote)
        assert {one.id for one in laptop.plan(remote).conflicts} == conflicts
        if not was_lost:
            break
