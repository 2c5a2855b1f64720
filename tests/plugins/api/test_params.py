"""Query parameters: every spelling of an array, a range and a boolean is one value."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from plugins.api import params
from plugins.api.bodies import nested
from plugins.api.errors import ApiError
from plugins.api.paging import Wish, headers
from plugins.api.params import Param

IDS = Param("filters[id]", params.NUMBERS)
PLACES = Param("filters[location_id]", params.NUMBER_RANGES)
PRIVATE = Param("filters[private]", params.BOOLEAN)
LOGGED = Param("filters[log_date]", params.DAYS)
UPDATED = Param("filters[updated_at]", params.MOMENTS)
KNOWN = (IDS, PLACES, PRIVATE, LOGGED, UPDATED)
numbers = st.integers(0, params.MAX_ID)
moments = st.integers(86_400, 4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def value_of(param: Param, query: str) -> Any:
    return params.read(KNOWN, params.given(query))[param.name]


def spellings(name: str, values: list[str]) -> list[str]:
    base = f"filters[{name}]"
    return [
        urlencode([(f"{base}[]", v) for v in values]),
        urlencode([(f"{base}[{i}]", v) for i, v in enumerate(values)]),
        urlencode([(base, v) for v in values]),
        urlencode({base: ",".join(values)}),
        urlencode({base: f"[{', '.join(values)}]"}),
        urlencode({f"filters__{name}": ",".join(values)}),
        urlencode({f"filters__{name}__": ",".join(values)}),
        "&".join(f"{base}[]={v}" for v in values),
    ]


@cases(st.lists(numbers, min_size=1, max_size=20, unique=True))
def test_every_spelling_of_an_array_is_the_same(ids: list[int]) -> None:
    texts = [str(number) for number in ids]
    assert {value_of(IDS, query) for query in spellings("id", texts)} == {tuple(ids)}


@cases(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5, unique=True))
def test_places_may_be_ranges(ranges: list[tuple[int, int]]) -> None:
    texts = [f"{low}...{high}" for low, high in ranges]
    for query in spellings("location_id", texts):
        assert value_of(PLACES, query) == tuple(ranges)


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1", '"true"', " t "])
def test_true_in_every_spelling(text: str) -> None:
    assert value_of(PRIVATE, f"filters[private]={quote(text)}") is True


@pytest.mark.parametrize("text", ["false", "False", "0", "'no'"])
def test_false_in_every_spelling(text: str) -> None:
    assert value_of(PRIVATE, f"filters[private]={quote(text)}") is False


@cases(moments, moments, st.sampled_from(["", '"', "'"]))
def test_ranges_of_moments(first: datetime, last: datetime, mark: str) -> None:
    written = f"{first:%Y-%m-%dT%H:%M:%SZ}...{last:%Y-%m-%dT%H:%M:%S}+00:00"
    query = urlencode({"filters[updated_at]": f"{mark}{written}{mark}"})
    assert value_of(UPDATED, query) == params.Moments(first, last)


@cases(moments, st.integers(-14 * 60, 14 * 60))
def test_offsets_are_counted_also_where_the_plus_is_a_space(
    moment: datetime, minutes: int
) -> None:
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    local = moment + timedelta(minutes=minutes)
    text = f"{local:%Y-%m-%dT%H:%M:%S}{sign}{hours:02}:{rest:02}"
    for query in (f"filters[updated_at]={text}", f"filters[updated_at]={quote(text)}"):
        assert value_of(UPDATED, query).first == moment


def test_a_bare_date_is_the_whole_day() -> None:
    window = value_of(UPDATED, "filters[updated_at]=2026-05-11")
    assert params.stamps(window) == (
        "2026-05-11T00:00:00.000Z",
        "2026-05-11T23:59:59.999Z",
    )


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-05-11", (date(2026, 5, 11), date(2026, 5, 11))),
        ("2026-05-11...2026-05-12", (date(2026, 5, 11), date(2026, 5, 12))),
        ('"2026-05-11"..."2026-05-12"', (date(2026, 5, 11), date(2026, 5, 12))),
        ("2026-05-11...", (date(2026, 5, 11), None)),
        ("...2026-05-11", (None, date(2026, 5, 11))),
    ],
)
def test_ranges_of_days(text: str, days: tuple[date | None, date | None]) -> None:
    found = value_of(LOGGED, urlencode({"filters[log_date]": text}))
    assert found == params.Days(*days)


@pytest.mark.parametrize(
    "query",
    [
        "filters[id]=x",
        "filters[id]=1,-2",
        "filters[id]=1.5",
        "filters[id]=99999999999999999999",
        "filters[id]=%C2%B2",
        "filters[location_id]=1...x",
        "filters[private]=maybe",
        "filters[log_date]=2026-02-30",
        "filters[log_date]=...",
        "filters[updated_at]=2026-05-11T25:00:00Z",
        "filters[updated_at]=a...b",
        "filters[other]=1",
        "filters=1",
        "filters[id][x]=1",
        "%FF=%FF",
    ],
)
def test_what_cannot_be_read_is_refused(query: str) -> None:
    with pytest.raises(ApiError) as refused:
        params.read(KNOWN, params.given(query))
    assert refused.value.status == 400


@cases(st.text(max_size=200))
def test_no_query_does_more_harm_than_a_refusal(text: str) -> None:
    for query in (quote(text, safe="=&[]"), urlencode({"filters[updated_at]": text})):
        with suppress(ApiError):
            params.read(KNOWN, params.given(query))


@cases(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=10))
def test_no_form_does_more_harm_than_a_refusal(pairs: list[tuple[str, str]]) -> None:
    with suppress(ApiError):
        nested(pairs)


def test_forms_are_nested_as_their_names_say() -> None:
    pairs = [
        ("image[description]", "x"),
        ("image[trade_ids][]", "1"),
        ("image[trade_ids][]", "2"),
        ("image_name", "a.jpg"),
        ("upload", '{"uuid": "U"}'),
    ]
    assert nested(pairs) == {
        "image": {"description": "x", "trade_ids": ["1", "2"]},
        "image_name": "a.jpg",
        "upload": {"uuid": "U"},
    }


@cases(st.integers(1, 40), st.integers(1, 50), st.integers(0, 400))
def test_links_lead_over_all_pages(page: int, per_page: int, total: int) -> None:
    found = headers(
        "http://x/rest/v1.0/images", "a=%3E&page=7", Wish(page, per_page), total
    )
    last = max(1, -(-total // per_page))
    link = found.get("link", "")
    assert ('rel="next"' in link) == (page < last)
    assert ('rel="prev"' in link) == (page > 1)
    assert all(
        part.startswith("<http://x/rest/v1.0/images?a=%3E&page=")
        for part in link.split(", ")
        if part
    )
