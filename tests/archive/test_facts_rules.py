"""The rules of dates, offsets and positions, with many cases."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.facts.moments import (
    from_quicktime,
    parse_exif,
    parse_iso,
    parse_offset,
    parse_subsec,
)
from archive.facts.positions import (
    Unusable,
    checked_altitude,
    checked_direction,
    from_degrees,
    from_iso6709,
    from_xmp,
)
from archive.facts.texts import LONGEST, clean, decode

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001
BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(MOMENTS)
def test_dates_round_trip(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for text, parse in (
        (f"{moment:%Y:%m:%d %H:%M:%S}", parse_exif),
        (moment.isoformat(), parse_iso),
    ):
        found = parse(text)
        assert found is not None
        assert found.local == moment.isoformat()
        assert found.offset is None


@given(st.integers(-12 * 60, 14 * 60))
def test_offsets_round_trip(minutes: int) -> None:
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{sign}{rest // 60:02}:{rest % 60:02}"
    assert parse_offset(text) == text
    assert parse_offset(text.replace(":", "")) == text


@given(st.text(max_size=40))
@example("2024:02:30 00:00:00")
def test_no_text_breaks_the_rules(text: str) -> None:
    for found in (parse_exif(text), parse_iso(text)):
        assert found is None or datetime.fromisoformat(found.local)
    parse_offset(text)
    parse_subsec(text)
    for parse in (from_iso6709, lambda text: from_xmp(text, text)):
        with suppress(Unusable):
            assert -90 <= parse(text).latitude <= 90


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00", "    :  :     :  :  ", "2024-03-10 02:30:00", "2021:05",
        "2023:02:30 10:00:00", "2023:03:01 25:61:61", "2016:12:31 23:59:60",
        "2024:03:10", "2024:03:10T02:30:00", "٢٠٢٤:03:10 02:30:00", "",
        "<script>alert(1)</script>", "2024:03:10 02:30:00 tomorrow",
    ],
)  # fmt: skip
def test_impossible_dates_are_none(text: str) -> None:
    assert parse_exif(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Z", "+00:00"), ("-00:00", "+00:00"), ("+0530", "+05:30"), ("+14:00", "+14:00"),  # noqa: E501
        ("+14:01", None), ("-12:01", None), ("+25:99", None), ("+05:60", None),
        ("   :  ", None), ("5:30", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_offsets(text: str | None, expected: str | None) -> None:
    assert parse_offset(text) == expected


@pytest.mark.parametrize(
    ("subsec", "text"),
    [
        ("8", ".800"),
        ("07", ".070"),
        ("935476", ".935"),
        ("x", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_fraction_is_milliseconds(subsec: str | None, text: str) -> None:
    found = parse_exif("2024:05:06 07:08:09", subsec)
    assert found is not None
    assert found.text == "2024-05-06T07:08:09" + text


def test_a_date_may_bring_its_own_offset_and_fraction() -> None:
    found = parse_exif("2024:05:06 07:08:09.125+02:00")
    assert found is not None
    assert (found.text, found.offset) == ("2024-05-06T07:08:09.125", "+02:00")


@pytest.mark.parametrize("seconds", [0, 1, 2_082_844_799, 2**40])
def test_an_unset_video_clock_is_none(seconds: int) -> None:
    assert from_quicktime(seconds) is None


DEGREES = st.tuples(
    st.integers(0, 89), st.integers(0, 59), st.floats(0, 59.99, allow_nan=False)
)


@given(DEGREES, st.sampled_from("NS"), DEGREES, st.sampled_from("EW"))
def test_positions_round_trip(
    lat: tuple[int, int, float], ns: str, lon: tuple[int, int, float], ew: str
) -> None:
    if not any(lat) and not any(lon):
        return
    place = None
    try:
        place = from_degrees(lat, ns, lon, ew)
    except Unusable:
        assert max(*lat, *lon) < 1e-300  # as good as 0,0
        return
    for value, parts, minus in (
        (place.latitude, lat, ns == "S"),
        (place.longitude, lon, ew == "W"),
    ):
        expected = parts[0] + parts[1] / 60 + parts[2] / 3600
        assert value == pytest.approx(-expected if minus else expected, abs=1e-8)


NAN = float("nan")


@pytest.mark.parametrize(
    ("lat", "ns", "lon", "ew"),
    [
        ([0, 0, 0], "N", [0, 0, 0], "E"),
        ([91, 0, 0], "N", [0, 0, 0], "E"),
        ([45, 0, 0], "N", [180, 0, 1], "E"),
        ([45, 0, NAN], "N", [10, 0, 0], "E"),
        ([45, None, 0], "N", [10, 0, 0], "E"),
        ([45, 0, float("inf")], "N", [10, 0, 0], "E"),
        ([-45, 0, 0], "N", [10, 0, 0], "E"),
        ([45.5], "N", [10.5], "E"),
        ([45, 0, 0], "", [10, 0, 0], "E"),
        ([45, 0, 0], "X", [10, 0, 0], "E"),
        ([45, 0, 0], "E", [10, 0, 0], "N"),
        ([45, 0, 0], "N", [], "E"),
        ([45, 0, 0], "<b>N", [10, 0, 0], "E"),
    ],
    ids=["null-island", "lat-91", "lon-over", "nan", "0/0", "infinite", "negative", "one-part", "no-ref", "bad-ref", "swapped-refs", "half", "markup"],  # noqa: E501
)  # fmt: skip
def test_no_position(
    lat: list[float | None], ns: str, lon: list[float | None], ew: str
) -> None:
    with pytest.raises(Unusable):
        from_degrees(lat, ns, lon, ew)


def test_edges_are_positions() -> None:
    assert from_degrees([90, 0, 0], "s", [180, 0, 0], "w") == (-90, -180, None)
    assert from_degrees([0, 0, 0], "N", [0, 0, 15], "W").latitude == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+38.1893-119.9558+2004.158/", (38.1893, -119.9558, 2004.158)),
        ("-33.8587+151.2111/", (-33.8587, 151.2111, None)),
        ("+5230.5-00053.25/", (52.508333, -0.8875, None)),
        ("+523045-0005315/", (52.5125, -0.8875, None)),
        ("+52.5+013.4+034.000CRSWGS_84/", (52.5, 13.4, 34.0)),
    ],
)
def test_iso_6709(text: str, expected: tuple[float, float, float | None]) -> None:
    place = from_iso6709(text)
    assert place[:2] == pytest.approx(expected[:2], abs=1e-6)
    assert place.altitude == expected[2]


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(0, 0), (359.9, 359.9), (360, 0), (359.99999, 0), (-1, None), (361, None), (NAN, None), (None, None)],  # noqa: E501
)  # fmt: skip
def test_directions(degrees: float | None, expected: float | None) -> None:
    assert checked_direction(degrees) == expected


def test_altitudes() -> None:
    assert checked_altitude(12.5, below=True) == -12.5
    assert checked_altitude(1e9) is None
    assert checked_altitude(NAN) is None


@given(st.text())
def test_cleaned_text_is_harmless(text: str) -> None:
    found = clean(text)
    assert len(found) <= LONGEST
    assert not any(c in BIDI or ord(c) < 32 or 127 <= ord(c) < 160 for c in found)
    assert clean(found) == found
    found.encode()


@given(st.binary())
def test_any_bytes_decode(raw: bytes) -> None:
    decode(raw).encode()


@given(st.text(st.characters(min_codepoint=0x100, max_codepoint=0xD000)))
def test_long_text_is_not_cut_inside_a_character(text: str) -> None:
    assert "Ã" not in decode(("é" * 3 + text * 3000).encode())
