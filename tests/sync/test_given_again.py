"""A remote out of a backup gives numbers again: nobody's words become another's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.identity import new_uuid
from sync.conflicts import Choice
from sync.engine.reuse import is_parted
from sync.engine.vanishing import _where
from sync.identity import upload_name
from sync.numbers import is_another
from sync.records import Base, Kind, Life, agreed
from sync.store import Decided, Seen
from tests.sync.both_stores import MAKERS, InMemory, load
from tests.sync.simulator.disasters import Disasters
from tests.sync.simulator.memory import MemoryStore
from tests.sync.simulator.rows import Rows
from tests.sync.simulator.scripted import Script, script
from tests.sync.simulator.world import Laptop
from tests.sync.steps import photo, see

WAS = Seen(
    Kind.PHOTO,
    9,
    fields={"bytes": 1000},
    extra={"uploader": {"id": 4}},
    name="IMG_1.jpg",
    created=100,
)


@pytest.mark.parametrize(
    ("now", "is_so"),
    [
        pytest.param(WAS, False, id="as before"),
        pytest.param(replace(WAS, created=101), True, id="made at another time"),
        pytest.param(replace(WAS, created=0), False, id="nobody says when"),
        pytest.param(replace(WAS, fields={"bytes": 7}), False, id="a file made anew"),
        pytest.param(
            replace(WAS, fields={"bytes": 7}, name="IMG_1.png"), False, id="converted"
        ),
        pytest.param(
            replace(
                WAS,
                fields={"bytes": 7},
                name="IMG_2.jpg",
                extra={"uploader": {"id": 5}},
            ),
            True,
            id="made in the same second",
        ),
        pytest.param(
            replace(WAS, fields={"bytes": 7}, name="IMG_2.jpg", created=0),
            True,
            id="another file, and nobody says when",
        ),
        pytest.param(
            replace(WAS, name="IMG_2.jpg", extra={"uploader": {"id": 5}}, created=0),
            True,
            id="of another person, and nobody says when",
        ),
        pytest.param(
            replace(WAS, extra={"uploader": {"id": 5}}), False, id="an account ended"
        ),
        pytest.param(Seen(Kind.PHOTO, 9), False, id="nothing is said"),
    ],
)
def test_what_never_changes_tells_a_record_from_another(now: Seen, is_so: bool) -> None:
    assert is_another(WAS, now) is is_so


@pytest.mark.parametrize("created", [100, 0], ids=["same second", "nobody says when"])
def test_a_photo_with_the_letters_of_its_name_is_that_photo(created: int) -> None:
    """However the remote made another file of it."""
    name = upload_name("IMG_1.heic", new_uuid())
    was = replace(WAS, name=name, created=created)
    made = {"fields": {"bytes": 7}, "extra": {"uploader": {"id": 5}}}
    now = replace(was, name=f"{name[:-5]}.jpg", **made)  # type: ignore[arg-type]
    assert not is_another(was, now)
    other = replace(now, name=upload_name("IMG_1.heic", new_uuid()))
    assert is_another(was, other)


@pytest.mark.parametrize("maker", MAKERS)
def test_who_loses_a_number_keeps_all_else(maker: str, tmp_path: Path) -> None:
    archive = MAKERS[maker](tmp_path)
    here = archive.add(Kind.PHOTO, description="ours", bytes=1009)
    album = archive.add(Kind.ALBUM, name="Facade")
    old = replace(photo(9, album=5), created=100)
    cover = Seen(Kind.ALBUM, 5, fields={"name": "Facade", "cover": 9}, created=7)

    def begin(store: Any) -> None:
        store.see(here, old)
        store.see(album, cover)
        store.rebase(Kind.PHOTO, here, Base(Life.ACTIVE, agreed({"description": ""})))

    archive.commit(begin)
    another = replace(photo(9, description="theirs"), created=900, updated=950)
    assert see(archive, another) == [False]  # it is none of this record's
    archive.commit(lambda store: store.part(Kind.PHOTO, 9))
    (record,) = load(archive, here)
    assert (record.remote_id, record.base) == (None, None)
    assert (record.local.life, record.remote.life) == (Life.ACTIVE, Life.PURGED)
    assert record.local.fields["description"] == "ours"
    assert archive.commit(lambda store: store.seen(Kind.PHOTO, 9)) is None
    assert archive.commit(lambda store: store.alike(1009)) == {here: f"{1009:064x}"}
    assert "cover" not in load(archive, album)[0].remote.fields
    archive.commit(lambda store: store.part(Kind.ALBUM, 5))
    assert see(archive, another) == [True]
    assert see(archive, replace(cover, created=901)) == [True]


# Stories


def restored(laptops: int = 1, *, here: bool = False) -> tuple[Script, str]:
    """A remote that lacks a photo since, and its uuid on all laptops, which have it."""
    told = script(laptops)
    told.story.disasters = disasters = Disasters(told.world, gives_again=True)
    disasters.save()
    told.world.pass_time(1000)
    told.add_photo(told.laptop if here else None, description="w-old")
    for laptop in (*told.laptops, told.laptop):
        told.sync(laptop)
    told.world.pass_time(1000)
    disasters.restore()
    told.world.pass_time(1000)
    uuid = of_words(told.laptop, "w-old")
    told.world.remote.last_id = told.laptop.archive.numbers[uuid] - 1
    return told, uuid


def of_words(laptop: Laptop, word: str) -> str:
    """Return the photo here with a word."""
    rows = laptop.archive.rows.items()
    (uuid,) = (u for u, row in rows if word in str(row.fields.get("description")))
    return uuid


def conflicts_of(laptop: Laptop, uuid: str) -> list[str]:
    return [one.why for one in laptop.archive.conflicts.get(uuid, ())]


@pytest.mark.parametrize("here", [False, True], ids=["made there", "made here"])
@pytest.mark.parametrize("full", [False, True], ids=["as always", "everything"])
def test_a_photo_whose_number_is_given_again_stays_as_it_is(
    here: bool,
    full: bool,
) -> None:
    told, old = restored(2, here=here)
    told.add_photo(description="w-new")
    (number,) = told.images("w-new")
    for laptop in told.laptops:
        assert laptop.archive.numbers[old] == number
        before = laptop.archive.originals[old]
        told.sync(laptop, full=full)
        assert laptop.archive.rows[old].fields["description"] == "w-old"
        assert laptop.archive.originals[old] == before
        assert conflicts_of(laptop, old) == ["edited here, purged there"]
        assert laptop.report is not None
        assert laptop.report.seen["numbers given again"] == 1
    first, second = (of_words(one, "w-new") for one in told.laptops)
    assert first == second != old
    told.end_well()


def test_what_was_written_here_meanwhile_goes_to_no_other() -> None:
    told = script()
    (old,) = told.laptop.side.live(Kind.PHOTO)
    (number,) = told.world.web.live(Kind.PHOTO)
    told.story.disasters = disasters = Disasters(told.world, gives_again=True)
    disasters.backup, disasters.last_id = Rows(), number - 1
    told.world.crowd.write(
        told.laptop.side, Kind.PHOTO, old, description="w-old w-mine"
    )
    told.world.pass_time(1000)
    told.start_until(told.laptop, r"GET .*/images/\d")  # it is read, and then changed
    albums = dict(told.world.remote.rows.albums)
    disasters.restore()
    told.world.remote.rows.albums |= albums
    told.add_photo(description="w-new")
    told.world.finish(told.laptop)
    assert told.images("w-new") == [number]
    assert told.world.remote.rows.images[number].description == "w-new"
    assert told.laptop.archive.rows[old].fields["description"] == "w-old w-mine"
    told.end_well()


def test_the_number_of_a_photo_that_is_made_from_here_may_have_been_anothers() -> None:
    told, old = restored()
    told.world.remote.last_id -= 1  # the upload has one, too
    told.add_photo(told.laptop, description="w-new")
    told.sync(told.laptop)
    (number,) = told.images("w-new")
    assert told.laptop.archive.links[Kind.PHOTO, number] == of_words(
        told.laptop, "w-new"
    )
    assert not told.laptop.archive.aside
    told.sync(told.laptop)
    assert conflicts_of(told.laptop, old) == ["edited here, purged there"]
    told.end_well()


def test_the_same_file_under_the_same_number_is_the_photo_again() -> None:
    told, old = restored()
    file = told.laptop.archive.originals[old]
    world = told.world
    word = world.words.new()
    world.web.add(Kind.PHOTO, "", {"description": word}, file)
    world.words.wrote("web", None, word)
    told.sync(told.laptop)
    told.sync(told.laptop)
    assert told.images(word) == [told.laptop.archive.numbers[old]]
    (conflict,) = told.laptop.archive.conflicts[old]
    assert (conflict.field, conflict.why) == ("description", "never agreed")
    told.end_well()


def test_an_album_whose_number_is_given_again_keeps_its_photos() -> None:
    told = script()
    told.story.disasters = disasters = Disasters(told.world, gives_again=True)
    disasters.save()
    told.world.pass_time(1000)
    side, web = told.laptop.side, told.world.web
    album = side.add(Kind.ALBUM, told.world.crowd.uuid(), {"name": "Slab"}, None)
    (uuid,) = side.live(Kind.PHOTO)
    side.edit(Kind.PHOTO, uuid, {"album": album})
    told.sync(told.laptop)
    told.world.pass_time(1000)
    disasters.restore()
    number = web.add(Kind.ALBUM, "", {"name": "Roof"}, None)
    assert told.laptop.archive.numbers[album] == number
    told.sync(told.laptop)
    rows = told.laptop.archive.rows
    assert rows[album].fields["name"] == "Slab"
    assert rows[uuid].fields["album"] == album
    assert conflicts_of(told.laptop, album) == ["edited here, purged there"]
    told.end_well()


def test_an_old_answer_parts_nothing() -> None:
    told, old = restored()
    told.add_photo(description="w-new")
    told.sync(told.laptop)
    archive, store = told.laptop.archive, MemoryStore(told.laptop.archive)
    new = of_words(told.laptop, "w-new")
    was = replace(archive.gone[old], life=Life.ACTIVE)
    assert not is_parted(store, was, store.seen(Kind.PHOTO, was.remote_id))
    assert not store.see(new, was)
    assert archive.numbers[new] == was.remote_id
    told.end_well()


@pytest.mark.parametrize("choice", [Choice.LOCAL, Choice.REMOTE])
def test_somebody_decides_about_what_lost_its_number(choice: Choice) -> None:
    told, old = restored()
    told.add_photo(description="w-new")
    told.sync(told.laptop)
    (conflict,) = told.laptop.archive.conflicts[old]
    told.laptop.archive.decide(Decided(conflict.id, Kind.PHOTO, old, choice))
    told.sync(told.laptop)
    life = Life.ACTIVE if choice is Choice.LOCAL else Life.RECYCLED
    assert told.laptop.archive.rows[old].life is life
    assert not told.laptop.archive.conflicts
    assert old in told.laptop.archive.originals


def test_a_number_that_is_given_again_by_a_clock_that_was_put_back_is_asked_for() -> (
    None
):
    told, old = restored()
    told.story.disasters.jump(-9000)  # type: ignore[union-attr]
    told.add_photo(description="w-new")
    told.sync(told.laptop, confirmed=frozenset())
    assert not told.laptop.archive.conflicts  # it may be an answer of some time ago
    told.world.pass_time(1000)
    told.sync(told.laptop)
    told.sync(told.laptop)
    assert conflicts_of(told.laptop, old) == ["edited here, purged there"]
    assert of_words(told.laptop, "w-new") != old
    told.end_well()


def test_the_bin_of_a_number_that_is_given_again_is_anothers() -> None:
    told, old = restored()
    told.add_photo(description="w-new")
    (number,) = told.images("w-new")
    told.world.remote.recycle(number)
    told.world.words.saw({"description": "w-new"})
    told.sync(told.laptop)
    assert told.laptop.archive.rows[old].life is Life.ACTIVE
    told.end_well()


def test_a_bin_that_has_anothers_photo_under_a_number_says_nothing_of_ours() -> None:
    """As one does that nobody has read to its end before something is missed."""
    both = InMemory()
    see(both, was := replace(photo(9), created=100))
    row = {"id": 9, "created_at": "2026-03-09T08:00:00Z", "updated_at": "2026-03-09"}
    rows = [row | {"deleted_at": "2026-03-10T08:00:00Z"}]
    assert both.commit(lambda store: _where(store, rows)) == set()
    assert both.commit(lambda store: store.seen(Kind.PHOTO, 9)) is None
    see(both, was)
    same = [{"id": 9, "deleted_at": "2026-03-10T08:00:00Z"}]
    assert both.commit(lambda store: _where(store, same)) == {9}


def test_whether_all_photos_were_made_at_another_time_is_asked() -> None:
    told = script()
    laptop, remote = told.laptop, told.world.remote
    for number in range(3):
        told.add_photo(description=f"w-{number}")
    told.sync(laptop)
    before = dict(laptop.archive.rows)
    told.world.pass_time(10_000)
    for image in list(remote.rows.images.values()):
        remote.rows.images[image.id] = replace(image, created=image.created + 3600)
    changes = remote.changes
    for full in (True, False):  # as long as nobody was asked
        told.sync(laptop, full=full, confirmed=frozenset())
        assert laptop.report is not None
        assert [one.name for one in laptop.report.brakes] == ["restored"]
        assert (dict(laptop.archive.rows), remote.changes) == (before, changes)
    told.sync(laptop)
    told.sync(laptop, confirmed=frozenset())
    assert laptop.report is not None
    assert not laptop.report.brakes
    assert not laptop.archive.conflicts  # they are known by their bytes
    told.end_well()
