"""What the API says of a record, read with a grain of salt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import translating
from sync.errors import Nonsense
from sync.records import FIELDS, Kind, Life, Sort, Value
from sync.translating import album, location, photo, sent_as, trade

IMAGE: dict[str, Any] = {
    "id": 5_000_000_007,
    "filename": "IMG_1~01J0000000E008000000000002.jpg",
    "size": 4_194_304,
    "description": "Slab\r\npoured",
    "taken_at": "2026-05-11T07:15:00Z",
    "created_at": "2026-05-11T09:00:01Z",
    "updated_at": "2026-05-12T10:00:00Z",
    "location": {"id": 3, "name": "A>B", "node_name": "B", "parent_id": 2},
    "image_category_id": 12,
    "private": False,
    "starred": True,
    "projection": "360",
    "gps_lat": "59.91",
    "gps_long": "10.75",
    "trades": [{"id": 1, "name": "Concrete"}, {"id": 2, "name": "Steel"}],
    "log_date": "2026-05-11",
    "url": "https://files.example/1?signed",
    "uploader": {"id": 9, "login": "kim@example.com", "name": "Kim"},
    "weather": {"degrees": 12},
}
ODD_TIME = "2026-05-11T07:15:00.250+05:30"
READ = {
    "description": "Slab\npoured",
    "album": 12,
    "location": 3,
    "trades": frozenset({1, 2}),
    "private": False,
    "starred": True,
    "log_date": "2026-05-11",
    "filename": "IMG_1.jpg",
    "taken_at": "2026-05-11T07:15:00",
    "coordinates": (59.91, 10.75),
    "projection": "360",
    "uploaded_at": "2026-05-11T09:00:01.000Z",
    "bytes": 4_194_304,
}


def test_a_tombstone_says_nothing_of_the_words_that_were_on_the_photo() -> None:
    blank = {"description": "", "location": None, "trades": [], "starred": False}
    seen = photo({**IMAGE, **blank, "log_date": None, "permanently_deleted": True})
    assert seen.life is Life.PURGED
    assert set(seen.fields) == {"filename", "uploaded_at", "bytes"}


def test_an_image_is_read_field_by_field() -> None:
    seen = photo(IMAGE)
    assert (seen.remote_id, seen.life, seen.name) == (
        5_000_000_007,
        Life.ACTIVE,
        IMAGE["filename"],
    )
    assert seen.fields == READ
    assert seen.extra == {"uploader": IMAGE["uploader"], "weather": {"degrees": 12}}
    assert (seen.created, seen.updated) == (1_778_490_001, 1_778_580_000)


def test_every_field_of_a_photo_is_read() -> None:
    assert set(READ) == set(FIELDS[Kind.PHOTO])


@pytest.mark.parametrize("name", sorted(set(IMAGE) - {"id"}))
def test_what_is_left_out_is_unseen_and_nothing_else_is(name: str) -> None:
    without = photo({key: one for key, one in IMAGE.items() if key != name}).fields
    gone = set(READ) - set(without)
    assert gone <= _read_from(name)
    assert {key: READ[key] for key in without} == without


def _read_from(name: str) -> set[str]:
    return {
        "size": {"bytes"},
        "image_category_id": {"album"},
        "gps_lat": {"coordinates"},
        "gps_long": {"coordinates"},
        "created_at": {"uploaded_at"},
    }.get(name, {name} & set(READ))


@pytest.mark.parametrize(
    ("told", "field", "value"),
    [
        ({"description": None}, "description", ""),
        ({"location": None}, "location", None),
        ({"location": {}}, "location", None),
        ({"trades": []}, "trades", frozenset()),
        ({"log_date": None}, "log_date", None),
        ({"image_category_id": 1}, "album", None),
        ({"taken_at": ODD_TIME}, "taken_at", ODD_TIME),
        ({"size": "77"}, "bytes", 77),
        ({"size": 77.0}, "bytes", 77),
    ],
    ids=lambda one: str(one)[:40],
)  # fmt: skip
def test_nothing_and_other_spellings(
    told: dict[str, Any], field: str, value: object
) -> None:
    assert photo({**IMAGE, **told}, unclassified=1).fields[field] == value


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"private": None}, "private"),
        ({"private": "false"}, "private"),
        ({"starred": 1}, "starred"),
        ({"image_category_id": None}, "album"),
        ({"image_category_id": True}, "album"),
        ({"image_category_id": 1 << 80}, "album"),
        ({"location": {"id": "x"}}, "location"),
        ({"location": 3}, "location"),
        ({"trades": None}, "trades"),
        ({"trades": [{"id": 1}, {"name": "Steel"}]}, "trades"),
        ({"trades": [7]}, "trades"),
        ({"description": ["x"]}, "description"),
        ({"log_date": "soon"}, "log_date"),
        ({"taken_at": "0000-00-00T00:00:00Z"}, "taken_at"),
        ({"taken_at": "9999-12-31T23:59:59-23:00"}, "taken_at"),
        ({"gps_lat": "0", "gps_long": "0.0"}, "coordinates"),
        ({"gps_lat": "91"}, "coordinates"),
        ({"gps_lat": "nan"}, "coordinates"),
        ({"projection": "unknown"}, "projection"),
        ({"projection": "fisheye"}, "projection"),
        ({"size": -1}, "bytes"),
        ({"filename": 7}, "filename"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_is_not_understood_is_unseen(told: dict[str, Any], field: str) -> None:
    assert field not in photo({**IMAGE, **told}).fields


def test_half_a_surrogate_pair_is_text_all_the_same() -> None:
    assert photo({**IMAGE, "description": "a\ud800b"}).fields["description"] == "a?b"


def test_deleted_for_good_goes_before_where_it_was_listed() -> None:
    gone = {**IMAGE, "permanently_deleted": True}
    assert photo(gone, life=Life.RECYCLED).life is Life.PURGED
    assert photo(IMAGE, life=Life.RECYCLED).life is Life.RECYCLED


@pytest.mark.parametrize("number", [None, 0, -1, True, "x", 1.5, 1 << 63, [1], {}])
def test_a_record_without_a_number_is_none(number: object) -> None:
    for read in (photo, album, location, trade):
        with pytest.raises(Nonsense, match="without an id"):
            read({"id": number, "name": "Roof"})


def test_albums_places_and_trades() -> None:
    shown = album({"id": 1, "name": " Roof ", "private": True, "album_cover_id": 5})
    assert shown.fields == {"name": "Roof", "private": True, "cover": 5}
    listed = album({"id": 1, "name": "Roof", "private": True, "cover_photo": "https:"})
    assert listed.fields == {"name": "Roof", "private": True}
    place = location({"id": 1, "name": "A>B", "node_name": "B", "parent_id": 2})
    assert place.fields == {"name": "B", "parent": 2}
    assert location({"id": 1, "node_name": "A", "parent_id": None}).fields == {
        "name": "A",
        "parent": None,
    }
    assert trade({"id": 1, "name": "Steel", "active": False}).fields == {
        "name": "Steel",
        "active": False,
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(told=st.dictionaries(st.sampled_from(sorted(IMAGE)), ANYTHING))
def test_nonsense_is_read_or_refused_and_never_crashes(told: dict[str, Any]) -> None:
    try:
        seen = photo({**IMAGE, **told})
    except Nonsense:
        return
    for name, value in seen.fields.items():
        spec = FIELDS[Kind.PHOTO][name]
        if spec.sort is Sort.FLAG:
            assert isinstance(value, bool)
        elif spec.sort in (Sort.TEXT, Sort.DAY):
            assert value is None or isinstance(value, str)
    assert 0 < seen.remote_id < 1 << 63
    assert min(seen.created, seen.updated) >= 0


NUMBERS = {(Kind.ALBUM, "a"): 12, (Kind.TRADE, "t"): 2, (Kind.TRADE, "s"): 1}


def test_what_is_sent_has_the_remote_s_names_and_numbers() -> None:
    fields: dict[str, Value] = {"description": "x", "album": "a"}
    fields["trades"] = frozenset({"t", "s"})
    number = lambda kind, uuid: NUMBERS.get((kind, uuid))  # noqa: E731
    assert sent_as(Kind.PHOTO, fields, number) == {
        "description": "x",
        "image_category_id": 12,
        "trade_ids": [1, 2],
    }
    assert sent_as(Kind.PHOTO, {"album": None, "location": None}, number, 1) == {
        "image_category_id": 1,
        "location_id": None,
    }
    with pytest.raises(Nonsense, match="no number for the album"):
        sent_as(Kind.PHOTO, {"album": "elsewhere"}, number)


def test_what_is_volatile_is_not_kept() -> None:
    extra = photo(
        {**IMAGE, "links": {}, "thumbnail_url": "x", "tiles_config": {}}
    ).extra
    assert not {"url", "thumbnail_url", "links", "tiles_config"} & set(extra)
    assert translating.url_of(IMAGE) == IMAGE["url"]
    assert translating.url_of({"url": None}) == ""
