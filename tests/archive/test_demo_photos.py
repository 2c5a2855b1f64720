"""The drawn photos: right size, right facts inside, the same every time."""

import hashlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import piexif
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from archive.demo import (
    Plan,
    PlannedPhoto,
    draw_photo,
    jpeg,
    plan_project,
    write_photos,
)
from archive.demo.drawing import SCENES
from archive.demo.light import WEATHER
from archive.demo.scene import Scene
from archive.demo.series import SERIES
from archive.facts import Facts, read_facts

PLAN = plan_project()


def small(scene: Scene) -> Scene:
    """The same scene at a quarter of its size: a sixteenth of the work."""
    return replace(scene, size=(scene.size[0] // 8 * 2, scene.size[1] // 8 * 2))


def first_of_each_kind() -> list[PlannedPhoto]:
    by_kind: dict[str, PlannedPhoto] = {}
    for photo in PLAN.photos:
        by_kind.setdefault(photo.scene.kind, photo)
    return list(by_kind.values())


def one_of_each_sort() -> list[PlannedPhoto]:
    """A photo for each camera and each way of being stored."""
    sorts: dict[tuple[object, ...], PlannedPhoto] = {}
    for photo in PLAN.photos:
        place = photo.latitude is None, photo.direction is None
        turn = photo.orientation, photo.rotation, photo.offset is None
        corrected = photo.corrected_taken_at is not None
        sorts.setdefault((photo.device.key, *place, *turn, corrected), photo)
    return [replace(photo, scene=small(photo.scene)) for photo in sorts.values()]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    folder = tmp_path_factory.mktemp("camera")
    plan = replace(PLAN, photos=tuple(one_of_each_sort()))
    write_photos(plan, folder, processes=1)
    return plan, folder


def test_every_kind_of_scene_is_planned_and_can_be_drawn() -> None:
    assert {series.kind for series in SERIES} == set(SCENES)


@pytest.mark.parametrize("photo", first_of_each_kind(), ids=lambda p: p.scene.kind)
def test_a_scene_is_drawn_at_its_size_and_always_the_same(photo: PlannedPhoto) -> None:
    scene = small(photo.scene)
    picture = draw_photo(scene)
    assert (picture.mode, picture.size) == ("RGB", scene.size)
    assert picture.tobytes() == draw_photo(scene).tobytes()
    assert (
        picture.tobytes() != draw_photo(replace(scene, seed=scene.seed + 1)).tobytes()
    )


@pytest.mark.parametrize("photo", first_of_each_kind(), ids=lambda p: p.scene.kind)
def test_a_scene_is_neither_blank_nor_black(photo: PlannedPhoto) -> None:
    light = ImageStat.Stat(draw_photo(small(photo.scene)).convert("L"))
    assert 40 < light.mean[0] < 225
    assert light.stddev[0] > 8


@pytest.mark.parametrize("weather", WEATHER)
@pytest.mark.parametrize("kind", ["exterior", "aerial", "sign"])
def test_all_weather_can_be_drawn(kind: str, weather: str) -> None:
    photo = next(p for p in PLAN.photos if p.scene.kind == kind)
    assert draw_photo(replace(small(photo.scene), weather=weather))


@pytest.mark.parametrize("day", [0, 30, 70, 120, 200, 300, 340, 400, 450, 545])
@pytest.mark.parametrize("view", range(5))
def test_the_tower_can_be_drawn_at_every_stage(view: int, day: int) -> None:
    scene = next(p.scene for p in PLAN.photos if p.scene.kind == "exterior")
    assert draw_photo(replace(small(scene), view=view, day=float(day)))


def test_the_same_spot_shows_how_the_building_grows() -> None:
    scene = next(p.scene for p in PLAN.photos if p.scene.kind == "exterior")
    scene = replace(small(scene), weather="overcast")
    pictures = [
        draw_photo(replace(scene, day=float(day))) for day in (60, 180, 300, 500)
    ]
    for before, after in pairwise(pictures):
        change = ImageStat.Stat(ImageChops.difference(before, after).convert("L"))
        assert change.mean[0] > 2


def test_files_lie_where_the_plan_says_in_its_order(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*.*")}
    assert found == {photo.path for photo in plan.photos}


def test_files_hold_the_planned_exif(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    for photo in plan.photos:
        blocks = piexif.load(str(folder / photo.path))
        exif = blocks["Exif"]
        if photo.taken_at is None:
            assert not exif
            assert not blocks["GPS"]
            continue
        moment, _, fraction = photo.taken_at.partition(".")
        stamp = exif[piexif.ExifIFD.DateTimeOriginal].decode()
        assert stamp == moment.replace("-", ":").replace("T", " ")
        subsec = exif.get(piexif.ExifIFD.SubSecTimeOriginal, b"").decode()
        assert subsec == fraction
        offset = exif.get(piexif.ExifIFD.OffsetTimeOriginal, b"").decode()
        assert offset == (photo.offset or "")
        assert blocks["0th"][piexif.ImageIFD.Orientation] == photo.orientation


def test_the_archive_reads_the_planned_facts(written: tuple[Plan, Path]) -> None:
    plan, folder = written
    for photo in plan.photos:
        facts = read_facts(folder / photo.path)
        assert facts.media_type == "image/jpeg"
        assert facts.damage is None
        assert (facts.taken_at, facts.taken_offset) == (padded(photo), photo.offset)
        assert facts.camera_model == (photo.device.model or None)
        assert (facts.projection == "360") == (photo.scene.kind == "360")
        check_place(photo, facts)


def padded(photo: PlannedPhoto) -> str | None:
    """Sub-seconds come back with three digits, whatever the camera writes."""
    moment, dot, fraction = (photo.taken_at or "").partition(".")
    return moment + dot + (fraction.ljust(3, "0") if dot else "") or None


def check_place(photo: PlannedPhoto, facts: Facts) -> None:
    if photo.latitude is None:
        assert facts.latitude is None
        return
    assert facts.latitude == pytest.approx(photo.latitude, abs=1e-6)
    assert facts.longitude == pytest.approx(photo.longitude, abs=1e-6)
    assert facts.direction == pytest.approx(photo.direction, abs=0.01)


def test_turning_by_exif_and_by_person_shows_the_scene_upright(
    written: tuple[Plan, Path],
) -> None:
    plan, folder = written
    turned = 0
    for photo in plan.photos:
        with Image.open(folder / photo.path) as stored:
            upright = ImageOps.exif_transpose(stored)
        shown = upright.rotate(-photo.rotation, expand=True)
        assert shown.size == photo.scene.size
        change = ImageChops.difference(shown, draw_photo(photo.scene)).convert("L")
        assert ImageStat.Stat(change).mean[0] < 4  # JPEG's loss, no more
        turned += shown.size != stored.size
    assert turned


def test_the_same_photo_is_the_same_bytes() -> None:
    photo = one_of_each_sort()[0]
    assert jpeg(photo) == jpeg(photo)


def test_two_processes_write_the_same_files_as_one(tmp_path: Path) -> None:
    photos = tuple(
        replace(p, scene=replace(p.scene, size=(64, 48))) for p in PLAN.photos[:16]
    )
    plan = replace(PLAN, photos=photos)
    told: list[tuple[int, int]] = []
    digests = []
    for processes in (1, 2):
        paths = write_photos(
            plan,
            tmp_path / str(processes),
            lambda done, of: told.append((done, of)),
            processes,
        )
        digests.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in paths])
    assert digests[0] == digests[1]
    assert told == [(n, 16) for n in range(1, 17)] * 2
