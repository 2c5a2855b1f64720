"""How the timeline tells days that are known from those that are not."""

from __future__ import annotations

import re
from typing import Any

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
