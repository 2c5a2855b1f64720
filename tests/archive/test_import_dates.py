"""The date that a person gives goes before the file's, and is said to be theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.errors import InvalidInput
from tests.archive.import_checks import lay, photo, take_in

pytestmark = pytest.mark.usefixtures("one_process")

FILE = "file: EXIF DateTimeOriginal"


@pytest.mark.parametrize(
    ("options", "dated", "undated"),
    [
        pytest.param(
            {}, ("2026-03-01T10:11:12", None, FILE), (None, None, None), id="none"
        ),
        pytest.param(
            {"taken_at": "2025-12-24"},
            ("2025-12-24T10:11:12", None, "person"),
            ("2025-12-24T00:00:00", None, "person"),
            id="a-day-keeps-the-time-of-day",
        ),
        pytest.param(
            {"taken_at": "2025-12-24T18:00+01:00"},
            ("2025-12-24T18:00:00", "+01:00", "person"),
            ("2025-12-24T18:00:00", "+01:00", "person"),
            id="a-moment",
        ),
        pytest.param(
            {"taken_at": "2025-12-24", "undated_only": True},
            ("2026-03-01T10:11:12", None, FILE),
            ("2025-12-24T00:00:00", None, "person"),
            id="where-the-file-says-nothing",
        ),
    ],
)
def test_a_date_given_by_the_person(
    archive: Archive, tmp_path: Path, options: dict[str, Any], dated: Any, undated: Any
) -> None:
    files = {"a.jpg": photo(1, "2026:03:01 10:11:12"), "b.jpg": photo(2)}
    take_in(archive, lay(tmp_path / "s", files), daily_log=True, **options)
    rows = archive.connection.execute(
        "select taken_at, taken_offset, taken_source, log_date, sorted_at from photos"
        " order by filename"
    ).fetchall()
    assert [row[:3] for row in rows] == [dated, undated]
    assert all(row[3] == row[4][:10] for row in rows)


def test_a_log_date_of_its_own(archive: Archive, source: Path) -> None:
    take_in(archive, source, daily_log=True, log_date="2026-04-01")
    rows = archive.connection.execute("select distinct log_date from photos").fetchall()
    assert rows == [("2026-04-01",)]


@pytest.mark.parametrize(
    "options",
    [
        {"taken_at": "2026-02-30"},
        {"taken_at": "yesterday afternoon"},
        {"log_date": "2026-13-01"},
    ],
    ids=str,
)
def test_dates_that_never_were_are_refused_first(
    archive: Archive, source: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        take_in(archive, source, **options)
    count = archive.connection.execute("select count(*) from imports").fetchone()
    assert count == (0,)
