"""Who is who: uuids, tokens in names, names that are one."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.identity import (
    Project,
    adoptions,
    claims,
    display_name,
    natural_key,
    token_of,
    upload_name,
    uuid_in,
)
from sync.records import Kind

TOWER = Project(company=7, project=42)
UUID_1 = "0197a3b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
UUID_2 = "ffffffff-ffff-ffff-ffff-ffffffffffff"
TOKEN_1 = token_of(UUID_1)
UUIDS = st.integers(0, (1 << 128) - 1).map(lambda number: str(UUID(int=number)))


def test_what_was_made_there_has_the_same_uuid_on_every_laptop() -> None:
    found = TOWER.uuid_of(Kind.PHOTO, 1)
    assert found == "4d72f597-3551-58e5-856b-9f846790e029"
    others = {
        Project(7, 42).uuid_of(Kind.ALBUM, 1),
        Project(7, 42).uuid_of(Kind.PHOTO, 2),
        Project(7, 43).uuid_of(Kind.PHOTO, 1),
        Project(74, 2).uuid_of(Kind.PHOTO, 1),
    }
    assert len(others | {found}) == 5


@pytest.mark.parametrize(
    ("filename", "uploaded"),
    [
        ("IMG_1234.jpg", f"IMG_1234~{TOKEN_1}.jpg"),
        ("IMG_1234.HEIC", f"IMG_1234~{TOKEN_1}.HEIC"),
        ("no extension", f"no extension~{TOKEN_1}"),
        (".jpg", f".jpg~{TOKEN_1}"),
        ("a.b.c", f"a.b~{TOKEN_1}.c"),
        ("a/b\\c:d?.jpg", f"a_b_c_d_~{TOKEN_1}.jpg"),
        ("~tilde~.png", f"~tilde~~{TOKEN_1}.png"),
        ("Bürø 現場.jpg", f"Bürø 現場~{TOKEN_1}.jpg"),
        (f"x~{token_of(UUID_2)}.jpg", f"x~{TOKEN_1}.jpg"),
        ("1. floor plan", f"1. floor plan~{TOKEN_1}"),
    ],
)
def test_a_photo_is_uploaded_under_a_name_of_its_own(
    filename: str, uploaded: str
) -> None:
    assert upload_name(filename, UUID_1) == uploaded
    assert uuid_in(uploaded) == UUID_1


@settings(max_examples=200)
@given(st.text(max_size=300), UUIDS)
def test_every_name_and_uuid_come_back(filename: str, uuid: str) -> None:
    name = upload_name(filename, uuid)
    assert uuid_in(name) == uuid
    assert upload_name(name, uuid) == name
    assert uuid_in(name.lower()) == uuid
    assert len(name) <= 200 + 27 + 1 + max(len(filename), 1)
    assert uuid_in(display_name(name)) is None or uuid_in(filename) is not None


@pytest.mark.parametrize(
    "filename",
    [
        "IMG_1234.jpg",
        "",
        "~",
        "~.jpg",
        f"IMG~{TOKEN_1[:-1]}.jpg",
        f"IMG~{TOKEN_1}0.jpg",
        f"IMG~8{TOKEN_1[1:]}.jpg",
        f"IMG~{TOKEN_1[:-1]}U.jpg",
        f"IMG{TOKEN_1}.jpg",
        f"IMG~{TOKEN_1}.a.b",
        f"IMG~{TOKEN_1[:-1]}ſ.jpg",
    ],
)
def test_what_is_no_token_is_none(filename: str) -> None:
    assert uuid_in(filename) is None
    assert display_name(filename) == filename


def test_the_lowest_number_has_the_token_and_a_copy_is_its_own() -> None:
    name = upload_name("a.jpg", UUID_1)
    seen = [(9, name), (5, name), (7, "b.jpg")]
    expected = {
        5: UUID_1,
        7: TOWER.uuid_of(Kind.PHOTO, 7),
        9: TOWER.uuid_of(Kind.PHOTO, 9),
    }
    assert claims(seen, TOWER) == expected
    assert claims(reversed(seen), TOWER) == expected


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from([UUID_1, UUID_2, ""]))))
def test_no_two_numbers_have_one_uuid(seen: list[tuple[int, str]]) -> None:
    names = {n: upload_name("a", uuid) if uuid else "a" for n, uuid in seen}
    found = claims(names.items(), TOWER)
    assert set(found) == set(names)
    assert len(set(found.values())) == len(found)


def test_names_that_read_alike_are_adopted_where_there_is_one_of_each() -> None:
    here = {
        "h1": natural_key("Roof  north"),
        "h2": natural_key("Yard"),
        "h3": natural_key("yard"),
        "h4": natural_key("Room", parent="level 1"),
    }
    there = {
        1: natural_key("ROOF north"),
        2: natural_key("Yard"),
        3: natural_key("Room", parent="level 2"),
        4: natural_key("Hall"),
    }
    assert adoptions(here, there) == {1: "h1"}
    assert adoptions({"h": natural_key("A")}, {1: natural_key("A"), 2: ("", "a")}) == {}
