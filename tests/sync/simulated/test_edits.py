"""What people write during a run, and decide of a conflict, is not written over."""

from __future__ import annotations

from sync.conflicts import Choice
from sync.records import Kind, Life
from sync.store import Decided
from tests.sync.simulator.faults import Fault
from tests.sync.simulator.scripted import script


def test_what_is_written_over_is_read_just_before() -> None:
    told = script()
    world, laptop = told.world, told.laptop
    (photo,) = laptop.side.live(Kind.PHOTO)
    word = world.words.new()
    world.crowd.write(laptop.side, Kind.PHOTO, photo, description=word)
    told.start_until(laptop, r"GET .*/images/\d+")
    (number,) = world.web.live(Kind.PHOTO)
    word = world.words.new()
    world.crowd.write(world.web, Kind.PHOTO, number, description=word)
    world.finish(laptop)
    assert not told.lost()
    told.end_well()


def test_a_deletion_that_is_confirmed_keeps_the_newer_words() -> None:
    told = script()
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    told.laptop.archive.recycle(uuid)
    told.world.remote.edit_image(number, {"description": "newer"})
    told.sync(told.laptop)
    (conflict,) = told.laptop.archive.conflicts[uuid]
    decided = Decided(conflict.id, Kind.PHOTO, uuid, Choice.LOCAL)
    told.laptop.archive.decide(decided)
    told.sync(told.laptop)
    told.world.remote.retrieve(number)
    told.world.pass_time(1000)
    told.sync(told.laptop)
    assert told.laptop.archive.rows[uuid].fields["description"] == "newer"
    assert told.world.remote.rows.images[number].description == "newer"


def test_a_deletion_that_was_decided_of_older_words_is_asked_again() -> None:
    told = script()
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    told.laptop.archive.recycle(uuid)
    told.world.remote.edit_image(number, {"description": "newer"})
    told.sync(told.laptop)
    (conflict,) = told.laptop.archive.conflicts[uuid]
    told.laptop.archive.decide(Decided(conflict.id, Kind.PHOTO, uuid, Choice.LOCAL))
    told.world.remote.edit_image(number, {"description": "newer still"})
    told.sync(told.laptop)
    assert told.world.remote.rows.images[number].is_live
    assert told.laptop.archive.conflicts[uuid] != (conflict,)


def test_an_edit_in_the_second_of_our_own_write_is_seen() -> None:
    told = script()
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    told.laptop.archive.edit(uuid, {"starred": True})
    told.start_until(told.laptop, rf"PATCH .*/images/{number}")
    remote = told.world.remote
    told.world.step(told.laptop)  # it is sent
    at = remote.rows.images[number].updated
    told.world.time = at
    words = {"description": "of that second"}
    told.world.crowd.write(told.world.web, Kind.PHOTO, number, **words)
    assert remote.rows.images[number].updated == at
    told.world.finish(told.laptop)
    told.end_well()
    assert told.laptop.archive.rows[uuid].fields["description"] == "of that second"


def test_two_laptops_and_a_flag_come_to_rest() -> None:
    told = script(laptops=2)
    (number,) = told.images()
    for turn, laptop in enumerate((*told.laptops, *told.laptops)):
        uuid = laptop.archive.links[Kind.PHOTO, number]
        laptop.archive.edit(uuid, {"starred": turn % 2 == 0})
        told.sync(laptop, (r"PATCH .*/images/", Fault.UNANSWERED))
    told.end_well()


def test_what_was_made_private_leaves_the_log_there_too() -> None:
    told = script(clears_log=False)
    (number,) = told.images()
    told.world.remote.edit_image(number, {"log_date": "2026-05-01"})
    told.world.pass_time(1000)
    told.sync(told.laptop)
    told.world.remote.edit_image(number, {"private": True})
    told.world.pass_time(1000)
    told.sync(told.laptop)
    assert told.world.remote.rows.images[number].log_date is None


def test_a_photo_that_is_purged_there_keeps_its_words_in_the_bin_here() -> None:
    told = script()
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    remote = told.world.remote
    remote.edit_image(number, {"description": "Rebar before the pour"})
    told.sync(told.laptop)
    before = told.laptop.archive.rows[uuid].fields
    remote.recycle(number)
    remote.purge(number)
    told.sync(told.laptop)
    row = told.laptop.archive.rows[uuid]
    assert (row.life, row.fields) == (Life.RECYCLED, before)
    assert before["description"]
