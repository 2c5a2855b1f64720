"""The plan of the sample project: what is promised about it is in it."""

import math
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from archive.demo import plan_project
from archive.demo.progress import DAYS, LEVELS, stage_on
from archive.demo.scene import LATITUDE, LONGITUDE
from archive.demo.timing import offset_at

PLAN = plan_project()


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan_project(seed=7, photos=60) == plan_project(seed=7, photos=60)
    assert plan_project(seed=7, photos=60) != plan_project(seed=8, photos=60)


@pytest.mark.parametrize("photos", [40, 41, 97, 400, 1000])
def test_as_many_photos_as_asked_for_each_with_its_own_path(photos: int) -> None:
    planned = plan_project(photos=photos).photos
    assert len({p.path.lower() for p in planned}) == len(planned) == photos


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 40"):
        plan_project(photos=39)


def test_the_photos_span_18_months_in_order() -> None:
    moments = [p.scene.when for p in PLAN.photos]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] > timedelta(days=DAYS - 14)
    assert len({(m.year, m.month) for m in moments}) >= 18


@pytest.mark.parametrize("photos", [40, 400])
def test_everything_promised_occurs(photos: int) -> None:
    planned = plan_project(photos=photos).photos
    assert sum(p.scene.kind == "360" for p in planned) >= 5
    assert {p.album for p in planned} == {album.name for album in PLAN.albums}
    for what in (
        lambda p: p.private,
        lambda p: p.starred,
        lambda p: p.recycled,
        lambda p: p.rotation and not p.recycled,
        lambda p: p.corrected_taken_at and not p.recycled,
        lambda p: p.orientation != 1,
        lambda p: p.taken_at and not p.offset,
        lambda p: p.taken_at and "." in p.taken_at,
        lambda p: p.latitude is None,
        lambda p: not p.description,
    ):
        assert any(what(p) for p in planned)


def test_the_full_plan_has_every_kind_of_portrait_photo_and_no_date_for_some() -> None:
    assert {p.orientation for p in PLAN.photos} == {1, 6, 8}
    assert any(p.taken_at is None for p in PLAN.photos)
    assert any(p.comments for p in PLAN.photos)
    assert len({p.device.model for p in PLAN.photos if p.device.model}) >= 4


def test_every_position_is_within_500_metres_of_the_site() -> None:
    for photo in PLAN.photos:
        if photo.latitude is None:
            continue
        north = (photo.latitude - LATITUDE) * 111_320
        east = (photo.longitude - LONGITUDE) * 111_320
        east *= math.cos(math.radians(LATITUDE))
        assert math.hypot(north, east) < 500
        assert photo.direction is None or 0 <= photo.direction < 360


def test_people_albums_locations_and_trades_of_photos_are_those_of_the_plan() -> None:
    people = {person.name for person in PLAN.people}
    for photo in PLAN.photos:
        assert photo.uploader in people
        assert {comment.author for comment in photo.comments} <= people
        assert photo.location is None or photo.location in PLAN.locations
        assert set(photo.trades) <= set(PLAN.trades)


def test_every_location_has_its_parent() -> None:
    for path in PLAN.locations:
        assert ">" not in path or path.rpartition(">")[0] in PLAN.locations


def test_no_text_has_a_placeholder_left() -> None:
    for photo in PLAN.photos:
        texts = (photo.description, photo.location, photo.path, photo.scene.text)
        assert not any("{" in (text or "") for text in texts)


def test_photos_are_found_by_path_and_by_group() -> None:
    photo = PLAN.photos[17]
    assert PLAN.photo(photo.path) is photo
    groups = PLAN.groups()
    assert sum(map(len, groups.values())) == len(PLAN.photos)
    assert all(p.group == group for group, ps in groups.items() for p in ps)
    assert replace(photo, starred=not photo.starred).group != photo.group


def test_file_numbers_of_a_camera_run_up_with_time() -> None:
    for key in ("iphone", "drone", "theta", "compact"):
        numbers = [p.path for p in PLAN.photos if p.device.key == key]
        assert numbers == sorted(numbers)


def test_the_camera_with_the_wrong_clock_is_put_right() -> None:
    (photo,) = [p for p in PLAN.photos if p.corrected_taken_at]
    assert photo.taken_at is not None
    assert photo.taken_at < "2017"
    assert photo.corrected_taken_at == photo.scene.when.isoformat()


def test_the_building_only_grows() -> None:
    stages = [stage_on(day) for day in range(DAYS)]
    for before, after in pairwise(stages):
        for name in ("dig", "foundation", "slabs", "steel", "facade", "roof"):
            assert getattr(before, name) <= getattr(after, name)
    assert stages[0].slabs == 0
    assert stages[-1].facade == stages[-1].slabs == LEVELS


@pytest.mark.parametrize(
    ("when", "offset"),
    [
        ("2025-03-09T01:59", "-05:00"),
        ("2025-03-09T03:00", "-04:00"),
        ("2025-11-02T01:00", "-04:00"),
        ("2025-11-02T03:00", "-05:00"),
        ("2024-12-24T12:00", "-05:00"),
    ],
)
def test_offsets_follow_daylight_saving(when: str, offset: str) -> None:
    assert offset_at(datetime.fromisoformat(when)) == offset


def test_work_is_photographed_where_it_can_be_done() -> None:
    for photo in PLAN.photos:
        stage = stage_on(photo.scene.day)
        if photo.scene.kind in ("mep", "drywall", "finished", "360"):
            assert 1 <= photo.scene.level < LEVELS
            assert photo.scene.level < stage.slabs
    weather = Counter(p.scene.weather for p in PLAN.photos)
    assert len(weather) == 6
