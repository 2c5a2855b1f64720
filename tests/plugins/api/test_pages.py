"""Walking through lists page by page: all of it, once, also while photos are added."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.database import open_archive
from archive.people import owner
from plugins.api.image_lists import SORTS
from tests.plugins.api.conftest import Program, programs_of
from tests.plugins.conftest import BINNED, Loop, Maker, fill, jpeg, serve

IMAGES = "/rest/v1.0/images"
NEXT = re.compile(r'<http://localhost([^>]+)>; rel="next"')
PHOTOS = 40
FILTERS = (
    "",
    "image_category_id=1",
    "filters[private]=true",
    "filters[starred]=true",
    "filters[location_id][]=1",
    "filters[location_id]=1&filters[include_sublocations]=true",
    "filters[trade_ids][]=1",
    "filters[uploader_id]=1,2",
    "filters[query]=crane",
    "filters[created_at]=2026-01-01...2027-12-31",
    "filters[log_date]=2026-05-11",
    "filters[include_deleted]=with",
    "filters[include_deleted]=only",
)
# What narrows a list for everybody: stars are for some only, as is the bin
FOR_ALL = [one for one in FILTERS if "deleted" not in one and "starred" not in one]


def fill_more(make: Maker, *, in_order: bool) -> None:
    """Photos of which many came in the same second, or were taken then.

    :param in_order: they came as their numbers say
    """
    for number in range(PHOTOS):
        second = f"08:00:{number // 5 if in_order else number % 3:02}"
        photo = make.photo(
            jpeg((9, 9, 9), (8, 8)) + bytes([number]),
            f"{number}.jpg",
            description="crane" if number % 3 else "roof",
            uploaded_at=f"2026-05-11T{second}.{number:03}Z",
            taken_at=f"2026-05-11T09:00:0{number % 4}" if number % 5 else None,
            private=number % 7 == 0,
            starred=number % 4 == 0,
            location_id=1 + number % 2,
            log_date=None if number % 7 == 0 or number % 3 else "2026-05-11",
            uploader_id=1 + number % 3,
        )
        if number % 2:
            make.insert("photo_trades", {"photo_id": photo, "trade_id": 1})


@pytest.fixture(scope="module", params=["came in order", "came in no order"])
def long(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    loop: Loop,
    tokens: None,  # noqa: ARG001
) -> Iterator[Callable[[str], Program]]:
    folder = tmp_path_factory.mktemp("long") / "tower"
    fill(folder)
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            make = Maker(archive.connection, archive.originals, opened)
            fill_more(make, in_order=request.param == "came in order")
    for site in serve(loop, [folder], owner=True):
        yield programs_of(site)


def pages(program: Program, query: str) -> Iterator[list[int]]:
    """Yield the ids on each page, as the links lead; each tells how many there are."""
    path: str | None = f"{IMAGES}?{query}&serializer_view=ids_only"
    while path:
        answer = program.get(path)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        found = NEXT.search(answer.headers.get("link", ""))
        path = found[1] if found else None


def at_once(program: Program, query: str) -> list[int]:
    """Return all ids on one page."""
    (found,) = pages(program, f"{query}&per_page=1000")
    return found


queries = st.builds(
    lambda sort, narrowed: f"sort={quote(sort)}&{narrowed}",
    st.sampled_from(sorted(SORTS)),
    st.sampled_from(FILTERS),
)


@settings(max_examples=30)
@given(query=queries, per_page=st.integers(1, 30))
def test_pages_are_the_whole_list_in_its_order(
    long: Callable[[str], Program], query: str, per_page: int
) -> None:
    program = long("admin")
    whole = at_once(program, query)
    found = list(pages(program, f"{query}&per_page={per_page}"))
    assert list(itertools.chain(*found)) == whole
    assert len(set(whole)) == len(whole)
    assert all(len(page) == per_page for page in found[:-1])


@pytest.mark.parametrize("who", ["reader", "uploader", "auditor"])
@pytest.mark.parametrize("narrowed", FOR_ALL, ids=str)
def test_pages_hold_what_one_may_see(
    long: Callable[[str], Program], who: str, narrowed: str
) -> None:
    whole = at_once(long(who), narrowed)
    found = list(itertools.chain(*pages(long(who), f"{narrowed}&per_page=7")))
    assert found == whole
    every = at_once(long("admin"), narrowed)
    assert [number for number in every if number in set(whole)] == whole


BIN = ("/recycle_bin?", "?filters[include_deleted]=only&")


@pytest.mark.parametrize("where", BIN)
def test_the_bin_is_listed_for_who_may_take_things_out_of_it(
    program: Any, where: str
) -> None:
    path = f"{IMAGES}{where}serializer_view="
    binned, ended = program("admin").rows(f"{path}normal")
    assert (binned["id"], ended["id"]) == (BINNED, 99)
    assert binned["deleted_at"]
    assert (binned["permanently_deleted"], ended["permanently_deleted"]) == (
        False,
        True,
    )
    assert (ended["url"], ended["image_category_id"]) == (None, None)
    first, second = (
        program("admin").get(f"{path}ids_only&per_page=1&page={page}")
        for page in (1, 2)
    )
    assert (first.json(), second.json()) == ([BINNED], [99])
    assert (first.headers["total"], second.headers["total"]) == ("2", "2")
    assert program("admin").rows(f"{path}ids_only&filters[query]=roof") == []
    assert program("auditor").get(path).status_code == 403


@settings(max_examples=15)
@given(
    narrowed=st.sampled_from(["", "image_category_id=1", "filters[query]=roof"]),
    per_page=st.integers(1, 15),
    added=st.lists(st.integers(0, 3), max_size=6),
)
def test_what_is_added_meanwhile_comes_once_and_moves_nothing(
    long: Callable[[str], Program], narrowed: str, per_page: int, added: list[int]
) -> None:
    """:param added: how many photos come after each page"""
    admin, kim = long("admin"), long("uploader")
    query = f"sort=created_at&{narrowed}"
    before = at_once(admin, query)
    came: list[int] = []
    found: list[int] = []
    steps = iter(added)
    for page in pages(admin, f"{query}&per_page={per_page}"):
        found += page
        came += [a_copy(kim) for _ in range(next(steps, 0))]
    assert found[: len(before)] == before
    assert len(set(found)) == len(found)
    late = set(at_once(admin, query)) - set(before)
    assert set(found) - set(before) <= late == set(came)


def a_copy(program: Program) -> int:
    """Add a photo as others do: a copy of one that is about a roof, in an album."""
    body: Any = {"source_image_id": 6, "image": {"image_category_id": 1}}
    answer = program.send("POST", IMAGES, body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])
