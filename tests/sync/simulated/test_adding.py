"""Photos and albums that are added on both sides, with answers that never come."""

from __future__ import annotations

from collections.abc import Callable

from sync.effects import Effect, Wait
from sync.records import Kind
from tests.sync.simulator.faults import CALM, Fault, Weather
from tests.sync.simulator.scripted import CREATE, Mishaps, Script, script
from tests.sync.simulator.world import LATEST, Laptop


def test_what_was_deleted_before_its_upload_was_answered_does_not_come_back() -> None:
    told = script()
    told.add_photo(told.laptop, description="w-new")
    told.sync(told.laptop, (CREATE, Fault.UNANSWERED))
    (number,) = told.images("w-new")
    told.world.remote.recycle(number)
    told.world.pass_time(1000)
    told.sync(told.laptop)
    assert told.images("w-new") == [number]
    assert not told.world.remote.rows.images[number].is_live


def test_a_file_that_does_not_come_holds_no_words_up_and_is_asked_for_later() -> None:
    told = script()
    told.world.weather = Weather(files=1.0)
    told.add_photo(description="w-new")
    laptop, world = told.laptop, told.world
    world.sync(laptop, told.order())
    (photo,) = laptop.archive.bytes_aside
    world.crowd.write(laptop.side, Kind.PHOTO, photo, description="w-new w-here")
    world.sync(laptop, told.order())
    assert told.images("w-here")
    assert photo not in laptop.archive.originals
    world.weather = CALM
    world.pass_time(2 * 3600)
    world.sync(laptop, told.order())
    assert photo in laptop.archive.originals
    told.end_well()


def test_an_upload_that_arrives_after_a_sleep_is_not_repeated() -> None:
    told = script()
    told.add_photo(told.laptop, description="w-new")
    told.start_until(told.laptop, CREATE)
    told.world.pass_time(86_400)  # the laptop sleeps between writing down and sending
    told.world.weather = Mishaps(planned=[(CREATE, Fault.LATE)])
    told.world.step(told.laptop)
    told.world.crash(told.laptop)
    told.sync(told.laptop)
    told.world.pass_time(LATEST)
    told.end_well()
    assert len(told.images("w-new")) == 1


def _unanswered(told: Script, meanwhile: Callable[[int], object]) -> int:
    """Upload a photo, lose the answer, and let something happen until it settles."""
    told.add_photo(told.laptop, description="w-new")

    def note(_: Laptop, effect: Effect) -> None:
        if isinstance(effect, Wait) and "settled" in effect.why:
            meanwhile(told.images("w-new")[0])

    told.world.on_effect = note
    told.sync(told.laptop, (CREATE, Fault.UNANSWERED), patient=True)
    told.world.on_effect = None
    (number,) = told.images("w-new")
    return number


def test_an_upload_without_an_answer_is_found_in_the_same_run() -> None:
    told = script()
    _unanswered(told, lambda _: None)
    told.end_well()


def test_an_upload_without_an_answer_is_found_in_the_bin() -> None:
    told = script()
    number = _unanswered(told, told.world.remote.recycle)
    assert not told.world.remote.rows.images[number].is_live


def test_an_upload_without_an_answer_is_not_missing_in_an_empty_list() -> None:
    told = script()
    empty = (r"GET .*/images\?.*created_at", Fault.EMPTY)

    def glitch(_: int) -> None:
        told.world.weather = Mishaps(planned=[empty])

    _unanswered(told, glitch)
    told.end_well()


def test_what_changed_since_an_upload_without_an_answer_is_a_change() -> None:
    told = script()
    words = {"description": "w-new newer"}
    remote = told.world.remote
    number = _unanswered(told, lambda n: remote.edit_image(n, words))
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    told.sync(told.laptop)
    assert not told.laptop.archive.conflicts
    assert told.laptop.archive.rows[uuid].fields["description"] == "w-new newer"


def test_an_empty_list_does_not_make_an_upload_twice() -> None:
    told = script()
    told.add_photo(told.laptop, description="w-new")
    told.sync(told.laptop, (CREATE, Fault.UNANSWERED))
    told.world.pass_time(1000)
    told.sync(told.laptop, (r"GET .*/images\?.*created_at", Fault.EMPTY))
    told.end_well()
    assert len(told.images("w-new")) == 1


def test_a_file_that_both_sides_have_is_one_photo() -> None:
    told = script()
    original = told.world.crowd.original()
    told.laptop.side.add(Kind.PHOTO, told.world.crowd.uuid(), {}, original)
    told.world.web.add(Kind.PHOTO, "", {}, original)
    told.end_well()
    assert len(told.images()) == len(list(told.laptop.archive.live(Kind.PHOTO))) == 2


def test_an_album_that_both_sides_have_is_one() -> None:
    told = script()
    told.laptop.side.add(Kind.ALBUM, told.world.crowd.uuid(), {"name": "Roof"}, None)
    told.world.web.add(Kind.ALBUM, "", {"name": "ROOF"}, None)
    told.end_well()
    assert len(told.world.web.live(Kind.ALBUM)) == 2
    assert len(list(told.laptop.archive.live(Kind.ALBUM))) == 2


def test_a_photo_has_the_same_uuid_on_every_laptop() -> None:
    told = script(laptops=2)
    uuid = told.add_photo(told.laptop)
    told.end_well()
    assert uuid in told.laptops[1].archive.rows
