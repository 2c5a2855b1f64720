"""Lists of the remote that are empty, late, full or no bin, and what runs cost."""

from __future__ import annotations

from dataclasses import replace

from sync.effects import Commit
from sync.records import Kind, Life
from tests.sync.simulator import oracles, seeds
from tests.sync.simulator.faults import Fault
from tests.sync.simulator.scripted import script
from tests.sync.simulator.world import Laptop

CHANGES = r"GET .*/images\?.*updated_at"


def test_an_empty_list_of_changes_hides_no_photo_that_came_as_another_went() -> None:
    """The counts agree, and no bin tells: only who is missing on that list does."""
    told = script(bin_list="")
    (first,) = told.images()
    second = told.add_photo()
    told.sync(told.laptop)
    told.world.pass_time(100_000)
    told.world.words.saw(told.world.web.fields(Kind.PHOTO, first))
    told.world.remote.recycle(first)
    third = told.add_photo()
    told.sync(told.laptop, (CHANGES, Fault.EMPTY))
    photos = [number for _, number in told.laptop.archive.links]
    assert {int(second), int(third)} <= set(photos)
    told.end_well()


def test_a_list_of_changes_that_is_empty_twice_is_asked_for_by_the_next_run() -> None:
    told = script(bin_list="")
    told.world.pass_time(100_000)
    (number,) = told.images()
    told.world.crowd.write(told.world.web, Kind.PHOTO, number, description="w-new")
    told.world.pass_time(1000)
    told.sync(told.laptop, (CHANGES, Fault.EMPTY), (CHANGES, Fault.EMPTY))
    told.world.pass_time(100_000)
    told.sync(told.laptop)
    told.end_well()
    assert "w-new" in set(oracles.shown_here(told.laptop))


def test_the_last_change_of_all_may_be_deleted_and_costs_little() -> None:
    for bin_list in ("", "stamped"):
        told = script(bin_list=bin_list)
        last = int(told.add_photo())
        told.sync(told.laptop)
        told.world.pass_time(1000)
        photo = told.laptop.archive.links[Kind.PHOTO, last]
        told.world.words.saw(told.laptop.side.fields(Kind.PHOTO, photo))
        told.laptop.archive.recycle(photo)
        told.sync(told.laptop)
        told.world.pass_time(1000)
        told.sync(told.laptop)
        assert told.laptop.asked <= seeds.FEW_REQUESTS
        told.end_well()


def test_many_changes_of_one_second_are_not_read_again_each_time() -> None:
    told = script(most_per_page=3)
    for _ in range(30):
        told.add_photo()
    told.world.pass_time(1000)
    told.sync(told.laptop)
    told.world.pass_time(1000)
    told.sync(told.laptop)
    assert told.laptop.asked <= seeds.FEW_REQUESTS


def test_a_list_of_live_photos_is_no_bin_whatever_one_of_them_answers() -> None:
    told = script(bin_list="")
    told.sync(told.laptop, (r"GET .*/images/\d+", Fault.MISSING), full=True)
    rows = told.laptop.archive.rows.values()
    assert all(row.life is Life.ACTIVE for row in rows)
    told.end_well()


def test_a_change_that_is_seen_later_than_it_is_stamped_is_not_missed() -> None:
    told = script(lag=30)
    (number,) = told.images()
    other = int(told.add_photo())
    told.world.pass_time(1000)
    began = told.world.remote.stamp()
    told.world.pass_time(100)
    told.world.remote.edit_image(other, {"starred": True})
    told.sync(told.laptop)
    late = replace(told.world.remote.image(number), description="late", updated=began)
    told.world.remote.rows.images[number] = late  # stamped, and committed since
    told.world.pass_time(1000)
    told.sync(told.laptop)
    uuid = told.laptop.archive.links[Kind.PHOTO, number]
    assert told.laptop.archive.rows[uuid].fields["description"] == "late"


def test_more_changes_than_a_page_holds_all_come() -> None:
    told = script(most_per_page=3)
    numbers = [*told.images(), *(told.add_photo() for _ in range(5))]
    told.sync(told.laptop)
    told.world.pass_time(1000)
    for number in numbers:
        told.world.remote.edit_image(number, {"description": "other"})
        told.world.pass_time(7)
    told.sync(told.laptop)
    rows = [told.laptop.archive.rows[u] for u in told.laptop.archive.live(Kind.PHOTO)]
    assert [row.fields["description"] for row in rows] == ["other"] * len(numbers)


def test_a_request_costs_no_more_than_it_has_to() -> None:
    """P23: what changed, not what there is."""
    told = script()
    for _ in range(250):
        told.add_photo()
    told.world.pass_time(1000)
    told.sync(told.laptop)
    archive = told.laptop.archive
    told.world.pass_time(1000)
    for number in told.images()[:10]:
        archive.edit(archive.links[Kind.PHOTO, number], {"starred": True})
    told.sync(told.laptop)
    assert told.laptop.wrote == 10
    assert told.laptop.asked <= 4 + 2 + 2.2 * 10


def _cost(photos: int) -> tuple[int, int]:
    """Return requests, and rows written, of a run with ten changes among so many."""
    told = script()
    for _ in range(photos):
        told.add_photo()
        told.world.pass_time(1)
    told.world.pass_time(1000)
    told.sync(told.laptop)
    told.world.pass_time(1000)
    archive, rows = told.laptop.archive, 0
    for number in told.images()[:10]:
        archive.edit(archive.links[Kind.PHOTO, number], {"starred": True})
    performers = told.world._performers
    do = performers[Commit]

    def counting(laptop: Laptop, effect: Commit) -> object:
        nonlocal rows
        result = do(laptop, effect)
        rows += len(archive.undo.last)
        return result

    performers[Commit] = counting
    told.sync(told.laptop)
    return told.laptop.asked, rows


def test_a_run_costs_what_changed_however_much_there_is() -> None:
    """P23."""
    assert _cost(40) == _cost(400)
