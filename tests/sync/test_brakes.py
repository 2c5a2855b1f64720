"""When a run stops: beyond which limits, and what is held till somebody confirms it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from sync.brakes import Remote, Survey, brakes
from sync.evidence import Sweep
from sync.operations import HERE, Act
from sync.planning import Plan, plan
from sync.records import Kind, Record
from tests.sync.full_world import full_world, lines
from tests.sync.surveys import CALM, STRANGE, several
from tests.sync.worlds import TERMS, base_of, photo


def test_a_calm_run_meets_no_brake() -> None:
    assert brakes(several(Act.RECYCLE_HERE, 200), CALM) == ()
    assert brakes(several(Act.DELETE_THERE, 100), CALM) == ()
    assert brakes(several(Act.CHANGE_HERE, 3000), CALM) == ()


LIMITS = {
    "many recycled here": (several(Act.RECYCLE_HERE, 201), CALM),
    "many deleted there": (several(Act.DELETE_THERE, 101), CALM),
    "many texts": (several(Act.CHANGE_HERE, 3001), CALM),
    "many hidden": ([], replace(CALM, hidden=201)),
    "restored": ([], replace(CALM, older_stamps=3)),
    "other project": ([], replace(CALM, now=replace(CALM.now, fingerprint="x"))),
    "fewer photos": ([], replace(CALM, now=replace(CALM.now, total=7_999))),
    "clock": ([], replace(CALM, now=replace(CALM.now, clock=996_399))),
    "rights": ([], replace(CALM, now=replace(CALM.now, rights=frozenset()))),
    "empty list": ([], replace(CALM, before=None, now=replace(CALM.now, total=0))),
}
JUST_CALM = [
    replace(CALM, hidden=200),
    replace(CALM, older_stamps=2),
    replace(CALM, now=replace(CALM.now, total=8_000)),
    replace(CALM, now=replace(CALM.now, clock=996_400)),
    replace(CALM, now=replace(CALM.now, rights=frozenset({"delete", "star"}))),
    replace(CALM, before=None),
    Survey(now=Remote(total=0)),
]


@pytest.mark.parametrize("name", LIMITS)
def test_a_brake_is_met_just_beyond_its_limit(name: str) -> None:
    operations, survey = LIMITS[name]
    assert [one.name for one in brakes(operations, survey)] == [name]


@pytest.mark.parametrize("survey", JUST_CALM)
def test_no_brake_is_met_at_its_limit(survey: Survey) -> None:
    assert brakes([], survey) == ()


@pytest.mark.parametrize("held", [0, 100])
def test_small_archives_have_room_for_a_handful(held: int) -> None:
    small = Survey(held=held, texts=held)
    assert brakes(several(Act.RECYCLE_HERE, 20), small) == ()
    assert brakes(several(Act.DELETE_THERE, 10), small) == ()
    assert len(brakes(several(Act.RECYCLE_HERE, 21), small)) == 1
    assert len(brakes(several(Act.DELETE_THERE, 11), small)) == 1


@pytest.mark.parametrize(
    "sweep",
    [
        Sweep(finished=True, unique=0, total_first=0, total_last=0, album_counts=4),
        Sweep(finished=True, unique=9, total_first=9, total_last=9, forbidden=True),
    ],
    ids=["empty while albums count", "refused on the way"],
)
def test_a_sweep_that_cannot_be_right_stops_the_run(sweep: Sweep) -> None:
    assert len(brakes([], replace(CALM, sweep=sweep))) == 1


def held_plan(confirmed: Collection[str]) -> Plan:
    survey = replace(CALM, now=replace(CALM.now, rights=frozenset()))
    terms = replace(TERMS, survey=survey, confirmed=confirmed)
    return plan(full_world(), terms)


def test_what_a_brake_holds_is_not_done_before_somebody_confirms_it() -> None:
    stopped, freed = held_plan(()), held_plan({"rights"})
    assert lines(stopped.held) == [
        "-> delete there photo p3",
        "-> delete there album a1",
    ]
    assert freed.held == ()
    assert {*lines(freed.operations)} - {*lines(stopped.operations)} == {
        *lines(stopped.held)
    }


def test_a_strange_remote_stops_everything_and_what_is_merged_is_held_with_it() -> None:
    found = plan(full_world(), replace(TERMS, survey=STRANGE))
    assert found.operations == ()
    assert len(found.held) == 14
    record = Record(
        Kind.PHOTO,
        "p",
        base_of(photo(description="a b c d e")),
        photo(description="A b c d e"),
        photo(description="a b c d E"),
    )
    many = [replace(record, uuid=f"p{n}") for n in range(21)]
    found = plan(many, replace(TERMS, survey=Survey(held=21, texts=21)))
    assert [one.name for one in found.brakes] == ["many texts"]
    assert {one.act for one in found.held} == {Act.CHANGE_HERE, Act.CHANGE_THERE}
    assert all(one.act not in HERE for one in found.operations)
    assert found.operations == ()
