"""The engine among laptops, faults and people: it rests in the end, nothing lost."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

import pytest

from sync.records import Kind
from sync.store import Seen
from tests.sync.simulator import seeds
from tests.sync.simulator.acting import ACTS
from tests.sync.simulator.memory import MemoryStore, commit
from tests.sync.simulator.pairs import How, tell, tell_all
from tests.sync.simulator.scripted import script

# SYNC_SEEDS=100000 for a night, or `make simulate`
SEEDS = int(os.environ.get("SYNC_SEEDS", "40"))
BLOCKS = 4
KEPT = (1_003_426,)  # an empty list of changes, as one photo went and another came


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_story_of_the_engine_ends_well(block: int) -> None:
    for seed in range(block, SEEDS, BLOCKS):
        try:
            seeds.tell(seed)
        except Exception as error:
            again = f"python -m tests.sync.simulator --seed {seed} --verbose"
            raise AssertionError(f"{again}: {error}") from error


@pytest.mark.parametrize("seed", KEPT)
def test_a_story_that_ended_badly_once_ends_well(seed: int) -> None:
    seeds.tell(seed)


def test_what_the_remote_never_said_is_not_known_of_it() -> None:
    """P9."""
    told = script()
    (number,) = told.images()
    archive = told.laptop.archive
    uuid, seen = archive.links[Kind.PHOTO, number], archive.seen[Kind.PHOTO, number]
    made_up = replace(seen, fields={**seen.fields, "description": "never said"})
    back = replace(seen, updated=seen.updated - 1)
    told.laptop.heard.values[Kind.PHOTO, number].add(("updated", back.updated))
    for one, why in ((made_up, "never said"), (back, "went back")):
        commit(archive, partial(_see, uuid=uuid, seen=one))
        with pytest.raises(AssertionError, match=f"P9.*{why}"):
            told.laptop.heard.check(archive)
        commit(archive, partial(_see, uuid=uuid, seen=seen))


def _see(store: MemoryStore, uuid: str, seen: Seen) -> None:
    store.see(uuid, seen, sure=True)


# Small worlds: two acts and a crash. Here a third of the pairs, each at one point;
# all of them at all points: python -m tests.sync.simulator.pairs


@pytest.mark.parametrize("here", range(len(ACTS)), ids=list(ACTS))
def test_two_acts_and_a_crash_end_well(here: int) -> None:
    acts, hows = list(ACTS), list(How)
    for there in range(-here % 3, len(acts), 3):
        how, at = hows[(here + there) % len(hows)], (here * 5 + there * 3) % 40 + 1
        is_before = how is not How.DURING and there % 2 == 0
        tell(acts[here], acts[there], how, -at if is_before else at)


def test_every_point_of_a_run_is_a_world() -> None:
    worlds, wrong = tell_all("star", "describe", How.DURING)
    assert worlds > 20
    assert not wrong
