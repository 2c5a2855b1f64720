from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from archive.photos import load_photos


@pytest.mark.parametrize(
    ("taken_at", "uploaded_at", "ahead"),
    [
        (None, "2026-11-21T10:00:00.000Z", False),
        ("2026-11-20T10:00:00", "2026-11-21T10:00:00.000Z", False),
        ("2026-11-22T00:00:00", "2026-11-21T10:00:00.000Z", False),  # UTC+14
        ("2026-11-22T10:00:00", "2026-11-21T10:00:00.000Z", False),
        ("2026-11-22T10:00:01", "2026-11-21T10:00:00.000Z", True),
        ("2031-01-01T00:00:00.500", "2026-11-21T10:00:00.000Z", True),
        ("9999-12-31T23:59:59", "2026-11-21T10:00:00.000Z", True),
        ("2026-11-20T10:00:00", "", False),
    ],
    ids=["unknown", "before", "a-zone", "a-day", "over", "years", "end", "junk"],
)
def test_a_date_after_the_upload_is_told(
    archive: Any,
    add_photo: Callable[..., int],
    taken_at: str | None,
    uploaded_at: str,
    ahead: bool,
) -> None:
    number = add_photo(taken_at=taken_at, uploaded_at=uploaded_at)
    (photo,) = load_photos(archive.connection, [number])
    assert photo.dated_ahead is ahead
    assert photo.as_json(stars=True)["dated_ahead"] is ahead


def test_an_unknown_date_is_told_as_assumed_and_never_as_taken(
    archive: Any, add_photo: Callable[..., int]
) -> None:
    ids = [add_photo(), add_photo(taken_at="2026-03-01T07:00:00")]
    unknown, known = (
        p.as_json(stars=True) for p in load_photos(archive.connection, ids)
    )
    assert (unknown["taken_at"], unknown["assumed_at"]) == (None, "2026-03-09T08:00:00")
    assert (known["taken_at"], known["assumed_at"]) == ("2026-03-01T07:00:00", None)
