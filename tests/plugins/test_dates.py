"""How the timeline tells days that are known from those that are not."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import pytest

DAY = "2026-11-21"


@pytest.fixture(scope="module")
def site(make_site: Any) -> Any:
    """Of one day: three with a date and two without; and one of a day to come."""

    def fill(make: Any) -> None:
        for number, moment in enumerate(("08:00", "09:00", None, None, "12:00"), 1):
            taken = {"taken_at": f"{DAY}T{moment}:00"} if moment else {}
            make.photo(
                make.jpeg((40 * number, 9, 9)),
                f"{number}.jpg",
                assumed_at=f"{DAY}T10:00:00",
                uploaded_at=f"{DAY}T10:00:00.000Z",
                **taken,
            )
        make.photo(
            make.jpeg((9, 9, 200)),
            "ahead.jpg",
            taken_at="2031-01-01T00:00:00",
            uploaded_at=f"{DAY}T10:00:00.000Z",
        )

    return make_site("Dates", fill)


def headings(page: str) -> list[str]:
    found = re.findall(r"<h2 id=\"day-[^\"]+\">(.*?)</h2>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", text).split()) for text in found]


def test_a_day_that_is_assumed_has_a_heading_of_its_own(site: Any) -> None:
    page = site.get("/dates").text
    assert headings(page) == [
        "Wed, 1 Jan 2031 a wrong clock?",
        "Sat, 21 Nov 2026",
        "Date not known imported Sat, 21 Nov 2026",
    ]
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_of_one_day_those_with_a_date_come_first(site: Any) -> None:
    page = site.get("/dates").text
    seen = [int(n) for n in re.findall(r"/-/photo/(\d+)\"><img", page)]
    assert seen == [6, 5, 2, 1, 4, 3]


def test_each_card_says_how_its_date_is_known(site: Any) -> None:
    page = site.get("/dates").text
    assert page.count('title="date not known, imported Sat, 21 Nov 2026"') == 2
    assert page.count("<small>date not known, imported Sat, 21 Nov 2026</small>") == 2
    assert page.count('title="dated after it was added') == 2  # heading and badge


def test_json_tells_what_is_assumed(site: Any) -> None:
    photos = site.get("/dates.json").json()["photos"]
    about = {
        photo["filename"]: (
            photo["taken_at"],
            photo["assumed_at"],
            photo["dated_ahead"],
        )
        for photo in photos
    }
    assert about["ahead.jpg"] == ("2031-01-01T00:00:00", None, True)
    assert about["3.jpg"] == (None, f"{DAY}T10:00:00", False)
    assert about["1.jpg"] == (f"{DAY}T08:00:00", None, False)


def test_a_photos_page_says_that_a_clock_was_wrong(site: Any) -> None:
    assert "clock was wrong" in site.get("/dates/-/photo/6").text
    assert "clock was wrong" not in site.get("/dates/-/photo/1").text


def months(site: Any, query: str = "") -> dict[str, tuple[int, str]]:
    answer = site.get("/dates/-/facets.json", params={"q": query}).json()
    (taken,) = (f for f in answer["facets"] if f["name"] == "taken")
    return {v["label"]: (v["photos"], unquote_plus(v["url"])) for v in taken["values"]}


def test_a_month_counts_what_the_camera_dated(site: Any) -> None:
    assert months(site) == {
        "January 2031": (1, "/dates?q=taken:2031-01 has:date"),
        "November 2026": (3, "/dates?q=taken:2026-11 has:date"),
        "Date not known": (2, "/dates?q=-has:date"),
    }
    for count, url in months(site).values():
        found = site.get(f"/dates.json?q={quote_plus(url.partition('=')[2])}").json()
        assert found["total"] == count, url


def test_the_links_of_months_lead_back(site: Any) -> None:
    one = months(site, "jpg taken:2026-11 has:date")
    assert one == {"November 2026": (3, "/dates?q=jpg")}
    assert months(site, "-has:date") == {"Date not known": (2, "/dates")}
    both = months(site, "taken:2026-11")
    assert both["November 2026"] == (3, "/dates")
    assert both["Date not known"] == (2, "/dates?q=-has:date")


@pytest.mark.parametrize("query", ["3 &", "3 OR &", "# 3"])
def test_a_chip_can_always_be_taken_away(site: Any, query: str) -> None:
    page = site.get("/dates", params={"q": query})
    (chip,) = re.findall(r'class="chips".*?<a href="([^"]*)"', page.text, re.DOTALL)
    assert site.get(chip).status_code == 200
