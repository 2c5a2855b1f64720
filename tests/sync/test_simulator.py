"""The engine among laptops, faults and people: it rests in the end, nothing lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from sync.conflicts import Choice
from sync.effects import Answer, Commit, Effect, Failed, Put, Wait
from sync.records import Kind, Life
from sync.store import Decided, Seen
from tests.sync.simulator import oracles, seeds
from tests.sync.simulator.acting import ACTS
from tests.sync.simulator.disasters import Disasters
from tests.sync.simulator.faults import CALM, Fault, Weather
from tests.sync.simulator.memory import MemoryStore, commit
from tests.sync.simulator.pairs import How, tell, tell_all
from tests.sync.simulator.remote import RIGHTS
from tests.sync.simulator.scripted import Mishaps, Script, script
from tests.sync.simulator.world import BEGIN, LATEST, Laptop

# SYNC_SEEDS=100000 for a night, or `make simulate`
SEEDS = int(os.environ.get("SYNC_SEEDS", "40"))
BLOCKS = 4
KEPT = (1_003_426,)  # an empty list of changes, as one photo went and another came
CREATE = r"POST .*/images\b(?!/)"


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


# Stories that went wrong once, here or in the prototype (sync design §3.4)


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


def test_an_empty_list_does_not_make_an_upload_twice() -> None:
    told = script()
    told.add_photo(told.laptop, description="w-new")
    told.sync(told.laptop, (CREATE, Fault.UNANSWERED))
    told.world.pass_time(1000)
    told.sync(told.laptop, (r"GET .*/images\?.*created_at", Fault.EMPTY))
    told.end_well()
    assert len(told.images("w-new")) == 1


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
