"""A remote that comes out of a backup, or whose clock is wrong, takes nothing away."""

from __future__ import annotations

from sync.records import Kind
from tests.sync.simulator import oracles
from tests.sync.simulator.disasters import Disasters
from tests.sync.simulator.faults import Fault
from tests.sync.simulator.scripted import CREATE, Script, script
from tests.sync.simulator.world import BEGIN


def restored(edited: int) -> Script:
    """A remote that was restored to before so many photos got words here."""
    told = script()
    for _ in range(3):
        told.add_photo()
    told.sync(told.laptop)
    disasters = Disasters(told.world)
    disasters.save()
    told.world.pass_time(1000)
    side = told.laptop.side
    for photo in sorted(side.live(Kind.PHOTO))[:edited]:
        word = told.world.words.new()
        told.world.crowd.write(side, Kind.PHOTO, photo, description=word)
    told.sync(told.laptop)
    told.world.pass_time(1000)
    disasters.restore()
    told.story.disasters = disasters
    return told


def test_a_remote_out_of_a_backup_is_asked_about_and_takes_nothing_away() -> None:
    told = restored(3)
    for _ in range(2):  # it is asked about until somebody confirms it
        told.sync(told.laptop, confirmed=frozenset(), full=True)
        report = told.laptop.report
        assert report is not None
        assert [one.name for one in report.brakes] == ["restored"]
        assert not report.done
        told.world.pass_time(1000)
    told.sync(told.laptop, confirmed=frozenset({"restored"}))
    assert not told.lost()
    assert len(told.laptop.archive.conflicts) == 3
    told.end_well()


def test_a_few_records_that_are_older_than_they_were_are_taken_once_that_is_sure() -> (
    None
):
    told = restored(1)
    told.sync(told.laptop, confirmed=frozenset(), full=True)
    assert not told.laptop.archive.conflicts  # it can be an answer out of a cache
    told.world.pass_time(1000)
    told.sync(told.laptop, confirmed=frozenset())
    assert len(told.laptop.archive.conflicts) == 1
    assert not told.lost()
    told.end_well()


def test_who_edits_what_came_out_of_a_backup_takes_away_only_what_they_saw() -> None:
    told = restored(4)
    told.sync(told.laptop, confirmed=frozenset(), full=True)
    told.story.disasters = None  # nothing is excused
    number = told.world.web.live(Kind.PHOTO)[0]
    word = told.world.words.new()
    told.world.crowd.write(told.world.web, Kind.PHOTO, number, description=word)
    told.sync(told.laptop, confirmed=frozenset({"restored"}))
    assert not told.lost()


def test_an_edit_after_the_remotes_clock_was_put_back_is_read() -> None:
    told = script()
    told.world.skew = -3000
    (photo,) = told.world.web.live(Kind.PHOTO)
    word = told.world.words.new()
    told.world.crowd.write(told.world.web, Kind.PHOTO, photo, description=word)
    for _ in range(2):
        told.sync(told.laptop, confirmed=frozenset())
        told.world.pass_time(700)
    assert not told.lost()
    assert word in set(oracles.shown_here(told.laptop))


def test_what_is_written_while_the_remotes_clock_is_wrong_is_not_missed() -> None:
    for hours in (-0.5, -30, 9000):
        told = script()
        told.story.disasters = disasters = Disasters(told.world)
        disasters.jump(int(hours * 3600))
        (photo,) = told.world.web.live(Kind.PHOTO)
        for side in (told.world.web, told.laptop.side):
            word = told.world.words.new()
            (key,) = side.live(Kind.PHOTO)
            told.world.crowd.write(side, Kind.PHOTO, key, description=word)
        told.add_photo(told.laptop)
        told.sync(told.laptop, (CREATE, Fault.LOST))
        told.sync(told.laptop)  # it is noticed that nobody knows what came of it
        disasters.jump(-int(hours * 3600))
        told.world.pass_time(60)
        word = told.world.words.new()
        told.world.crowd.write(told.world.web, Kind.PHOTO, photo, description=word)
        told.end_well()
        # nobody waited for the clock
        assert told.world.time < BEGIN + 40 * 86_400, hours
