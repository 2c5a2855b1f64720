"""What may be asked for, by whom, and what stands at the edges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.database import Archive
from archive.errors import InvalidInput, NotAllowed
from archive.rights import Viewer
from archive.search.numbered import Moments, Wanted, numbered
from tests.archive.numbered.far_off import EVERY_WAY


def test_nobody_sees_nothing(archive: Archive, add_photo: Callable[..., int]) -> None:
    add_photo()
    found = numbered(archive.connection, Wanted(), None)
    assert (found.ids, found.total) == ((), 0)


def test_beyond_the_last_page_there_is_nothing_but_the_total(
    archive: Archive, everyone: Viewer, add_photo: Callable[..., int]
) -> None:
    add_photo()
    for wanted in (Wanted(), Wanted(text="img")):
        for order in EVERY_WAY:
            far = numbered(
                archive.connection, wanted, everyone, order=order, page=10**12
            )
            assert (far.ids, far.total) == ((), 1)


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        (Wanted(), {"page": 0}),
        (Wanted(), {"per_page": 0}),
        (Wanted(), {"order": "updated"}),
        (Wanted(), {"order": "--taken"}),
        (Wanted(bin="both"), {}),
    ],
    ids=["page 0", "empty pages", "unknown order", "two signs", "unknown bin"],
)
def test_what_cannot_be_is_refused(
    archive: Archive, everyone: Viewer, wanted: Wanted, more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        numbered(archive.connection, wanted, everyone, **more)


@pytest.mark.parametrize("which", ["only", "with"])
def test_the_bin_is_for_who_may_retrieve(
    archive: Archive, kim: Viewer, which: str
) -> None:
    with pytest.raises(NotAllowed):
        numbered(archive.connection, Wanted(bin=which), kim)


def test_stars_do_not_count_for_who_may_not_know_of_them(
    archive: Archive, everyone: Viewer, kim: Viewer, add_photo: Callable[..., int]
) -> None:
    plain, starred = add_photo(), add_photo(starred=1)
    asked = Wanted(starred=True)
    assert numbered(archive.connection, asked, everyone).ids == (starred,)
    assert numbered(archive.connection, asked, kim).ids == (plain, starred)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("north wall", True),
        ("  WALLS,\tnorth  ", True),
        ('"north" & wall)', True),
        ("wall AND north", False),
        ("wall OR slab", False),
        ("wall NOT north", False),
        ("-wall", True),
        ("description : wall", True),
        ("album:wall", False),
        ("wal*", False),
        ("wall\0north", False),
        ("north-wall", True),
        ("wall-north", False),
        ("***", False),
        ('"', False),
        ("\ud800", False),
        ("wall " * 5_000, True),
        (" ".join(f"word{n}" for n in range(5_000)), False),
        ("(" * 5_000 + "wall", True),
        ("   ", True),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_every_sign_in_a_text_is_harmless(
    archive: Archive,
    everyone: Viewer,
    add_photo: Callable[..., int],
    text: str,
    found: bool,
) -> None:
    photo = add_photo(description="north wall: a description")
    ids = numbered(archive.connection, Wanted(text=text), everyone).ids
    assert ids == ((photo,) if found else ())
    both = Wanted(text=text, ids=(photo,))
    assert numbered(archive.connection, both, everyone).ids == ids


NINE = datetime(2026, 5, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize("field", ["uploaded", "updated"])
@pytest.mark.parametrize(
    ("window", "found"),
    [
        (Moments(NINE, NINE), True),
        (Moments(NINE, None), True),
        (Moments(None, NINE), True),
        (Moments(None, None), True),
        (Moments(NINE + timedelta(seconds=1), None), False),
        (Moments(None, NINE - timedelta(seconds=1)), False),
        (Moments(NINE + timedelta(milliseconds=900), None), True),
        (Moments(NINE.replace(tzinfo=None), NINE.replace(tzinfo=None)), True),
        (Moments(None, datetime.max.replace(tzinfo=UTC)), True),
        (Moments(datetime.max.replace(tzinfo=UTC), None), False),
    ],
    ids=[
        *("its second", "from it", "up to it", "always", "after it", "before it"),
        *("later in its second", "no zone", "up to the end", "from the end"),
    ],
)
def test_windows_include_both_ends_to_the_second(
    archive: Archive,
    everyone: Viewer,
    add_photo: Callable[..., int],
    field: str,
    window: Moments,
    found: bool,
) -> None:
    photo = add_photo()
    archive.connection.execute(
        f"update photos set {field}_at = '2026-05-11T09:00:00.500Z'"
    )
    asked = Wanted(**{field: window})  # type: ignore[arg-type]
    ids = numbered(archive.connection, asked, everyone).ids
    assert ids == ((photo,) if found else ())
