"""Times, offsets and dates as people give them, and as the archive writes them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.clock import timestamp, wall_clock
from archive.errors import InvalidInput
from archive.moments import check_offset, parse_date, parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-09T14:05:09", ("2026-03-09T14:05:09", None)),
        ("2026-03-09 14:05", ("2026-03-09T14:05:00", None)),
        ("2026-03-09T14:05:09.123", ("2026-03-09T14:05:09.123", None)),
        ("2026-03-09T14:05:09Z", ("2026-03-09T14:05:09", "+00:00")),
        (" 2026-03-09T14:05 +05:30 ", ("2026-03-09T14:05:00", "+05:30")),
        ("2026-03-09T14:05-03:30", ("2026-03-09T14:05:00", "-03:30")),
        ("2024-02-29T00:00-00:00", ("2024-02-29T00:00:00", "+00:00")),
    ],
)
def test_moments(text: str, moment: tuple[str, str | None]) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is not a time"),
        ("yesterday", "is not a time"),
        ("2026-03-09", "is not a time"),
        ("09.03.2026 14:05", "is not a time"),
        ("2026-03-09T14:05:09.1234567", "is not a time"),
        ("٢٠٢٦-03-09T14:05", "is not a time"),
        ("2026-02-29T14:05", "does not exist"),
        ("2026-13-01T14:05", "does not exist"),
        ("0000-01-01T14:05", "does not exist"),
        ("2026-03-09T24:00", "does not exist"),
        ("2026-03-09T14:05:60", "does not exist"),
        ("2026-03-09T14:05+14:30", "is not a UTC offset"),
        ("2026-03-09T14:05-12:01", "is not a UTC offset"),
        ("2026-03-09T14:05+05:60", "is not a UTC offset"),
    ],
)
def test_moments_that_cannot_be(text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        parse_moment(text)


@given(st.datetimes(), st.integers(-720, 840))
def test_every_moment_is_read_back(moment: datetime, minutes: int) -> None:
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    offset = f"{sign}{rest // 60:02d}:{rest % 60:02d}"
    text = moment.isoformat(timespec="microseconds")
    assert parse_moment(text + offset) == (text, offset if minutes else "+00:00")
    assert check_offset(offset) == (offset if minutes else "+00:00")


@given(st.text())
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    for parse in (parse_moment, parse_date, check_offset):
        with suppress(InvalidInput):
            parse(text)


@given(st.dates())
def test_every_date_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize("text", ["2026-02-29", "2026-3-9", "20260309", "٢٠٢٦-03-09"])
def test_dates_that_cannot_be(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a date such as"):
        parse_date(text)


@given(st.datetimes(), st.integers(-720, 840))
def test_timestamps_are_utc_and_sort_by_time(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    try:
        aware = moment.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return
    text = timestamp(aware.astimezone(zone) if aware.year < 9999 else aware)
    assert len(text) == 24
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == aware.replace(
        microsecond=aware.microsecond // 1000 * 1000
    )


def test_the_wall_clock_is_local() -> None:
    moment = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    assert wall_clock(moment) == moment.astimezone().strftime("%Y-%m-%dT%H:%M:%S")
