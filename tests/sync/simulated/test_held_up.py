"""What cannot be done, or not yet, holds nothing else up and is not tried for ever."""

from __future__ import annotations

import pytest

from sync.effects import Answer, Failed, Put
from sync.records import Kind
from tests.sync.simulator.habits import RIGHTS
from tests.sync.simulator.scripted import Script, script
from tests.sync.simulator.world import Laptop


def test_a_location_whose_path_is_anothers_is_not_made_again_and_again() -> None:
    told = script()
    told.world.web.add(Kind.LOCATION, "", {"name": "Level 1"}, None)
    told.sync(told.laptop)
    (uuid,) = told.laptop.archive.live(Kind.LOCATION)
    told.laptop.archive.edit(uuid, {"name": "Hall"})
    told.laptop.side.add(
        Kind.LOCATION, told.world.crowd.uuid(), {"name": "Level 1"}, None
    )
    told.sync(told.laptop)
    told.end_well()


def test_what_the_remote_gives_back_never_is_not_asked_for_each_time() -> None:
    told = script(retrieves_by=())
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    told.laptop.archive.recycle(uuid)
    told.sync(told.laptop)
    told.laptop.archive.retrieve(uuid)
    told.sync(told.laptop)
    told.sync(told.laptop)
    assert not told.laptop.wrote


def test_a_star_that_the_remote_ignores_stays_here() -> None:
    told = script(ignores_starred=True)
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    told.laptop.archive.edit(uuid, {"starred": True})
    told.sync(told.laptop)
    told.world.remote.edit_image(number, {"description": "other"})
    told.sync(told.laptop)
    assert told.laptop.archive.rows[uuid].fields["starred"] is True
    assert not told.laptop.wrote


def test_what_lies_in_an_album_that_cannot_be_made_stops_nothing() -> None:
    told = script()
    told.world.remote.rights = RIGHTS - {"album"}
    told.world.crowd.act(told.laptop.side, "add album")
    new = [u for u in told.laptop.archive.live(Kind.ALBUM) if _is_new(told, u)]
    told.add_photo(told.laptop, description="w-inside", album=new[0])
    told.add_photo(told.laptop, description="w-beside")
    told.sync(told.laptop)
    assert told.laptop.failure == ""
    assert told.images("w-beside")


def test_a_field_that_waits_stops_no_other() -> None:
    told = script()
    (number,) = told.images()
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    above, below = (told.world.crowd.uuid() for _ in range(2))
    side = told.laptop.side
    side.add(Kind.LOCATION, above, {"name": "Level"}, None)
    told.sync(told.laptop)
    place = told.world.remote.rows.places[told.laptop.archive.numbers[above]]
    told.world.remote.delete_place(place.id)
    side.add(Kind.LOCATION, below, {"name": "Room", "parent": above}, None)
    told.laptop.archive.edit(uuid, {"location": below, "description": "beside"})
    told.sync(told.laptop)
    assert told.world.remote.rows.images[number].description == "beside"


def _is_new(told: Script, uuid: str) -> bool:
    return uuid not in told.laptop.archive.numbers


def test_rights_that_come_back_let_through_what_waited() -> None:
    told = script()
    told.world.remote.rights = RIGHTS - {"album"}
    for _ in range(5):
        told.world.crowd.act(told.laptop.side, "add album")
    told.add_photo(told.laptop)  # something gets done, and all is planned again
    told.sync(told.laptop)
    told.world.remote.rights = RIGHTS
    told.end_well()
    assert len(told.world.web.live(Kind.ALBUM)) == 6


def test_poisoned_records_stop_no_other() -> None:
    """P20."""
    told = script()
    bad = [told.add_photo() for _ in range(3)]
    told.sync(told.laptop)
    archive = told.laptop.archive
    for number in (*bad, *told.images()):
        archive.edit(archive.links[Kind.PHOTO, number], {"starred": True})
    told.world.remote.poisoned.update({str(number): 422 for number in bad})
    told.sync(told.laptop)
    starred = {one.id for one in told.world.remote.live() if one.starred}
    assert starred == set(told.images()) - set(bad)


@pytest.mark.parametrize("size", [1_000, 80_000_000], ids=["whole", "in segments"])
def test_an_original_that_cannot_be_read_while_it_is_sent_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    told = script()
    monkeypatch.setattr(
        told.world.crowd, "original", lambda: (told.world.words.new(), size)
    )
    bad, _ = (told.add_photo(told.laptop, description=f"w-{n}") for n in "ab")
    put = told.world._performers[Put]

    def failing(laptop: Laptop, effect: Put) -> Answer | Failed:
        why = Failed("its file cannot be read: Input/output error", is_ours=True)
        return why if effect.uuid == bad else put(laptop, effect)

    told.world._performers[Put] = failing
    told.sync(told.laptop)
    assert (len(told.images("w-a")), len(told.images("w-b"))) == (0, 1)
    told.world._performers[Put] = put
    told.world.pass_time(2 * 86_400)
    told.sync(told.laptop)
    assert len(told.images("w-a")) == 1


def test_a_brake_holds_everything_before_anything_is_done() -> None:
    """P22."""
    told = script()
    for _ in range(4):
        told.add_photo()
    told.sync(told.laptop)
    told.add_photo(told.laptop)
    for number in told.images()[:3]:
        told.world.words.saw(told.world.web.fields(Kind.PHOTO, number))
        told.world.remote.recycle(number)
    before = told.world.remote.changes
    told.world.pass_time(1000)
    told.sync(told.laptop, confirmed=frozenset())
    assert told.laptop.report is not None
    assert [one.name for one in told.laptop.report.brakes] == ["fewer photos"]
    assert told.world.remote.changes == before
    told.sync(told.laptop)
    assert told.laptop.report.brakes == ()  # it was let go: nobody is asked again
    told.end_well()
