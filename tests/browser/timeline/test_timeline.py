"""The grid of a timeline in a real browser, as a person uses it: 6,000 photos."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from archive.database import create_archive, open_archive
from bench.filling import fill
from tests.browser.conftest import watching
from tests.browser.timeline_page import (
    FOCUSED,
    SEEN,
    calm,
    heads,
    listed,
    opened,
    seen,
)
from tests.forked import served

pytestmark = pytest.mark.slow
HEADINGS = "[...document.querySelectorAll('.day h2')].map(found => found.innerText)"


def test_the_whole_height_is_known_from_the_beginning(watched: Any, url: str) -> None:
    watched.add_init_script(
        """window.shifts = []; new PerformanceObserver(list => shifts.push(...list
            .getEntries())).observe({ type: 'layout-shift', buffered: true })"""
    )
    page = opened(watched, url)
    high = "document.documentElement.scrollHeight"
    before = page.evaluate(high)
    assert before > 50_000
    for part in (0.1, 0.35, 0.6, 0.85, 1):
        page.evaluate("part => scrollTo(0, part * document.body.scrollHeight)", part)
        calm(page)
        assert page.evaluate(high) == before
    assert page.evaluate("shifts.length") == 0


def test_rows_are_full_and_nothing_overlaps(watched: Any, url: str) -> None:
    page = opened(watched, f"{url}?by=month")
    page.evaluate("scrollTo(0, 20000)")
    calm(page)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.day > .row')].map(row =>
            [row.clientWidth, ...[...row.children].map(tile =>
                [tile.offsetLeft, tile.offsetWidth])])"""
    )
    assert len(boxes) > 5
    for width, *tiles in boxes:
        assert sum(tiles[-1]) == width
        for left, right in pairwise(tiles):
            assert sum(left) < right[0] <= sum(left) + 6


def test_scrolling_to_the_end_leads_to_the_oldest_photos(
    watched: Any, url: str
) -> None:
    page = opened(watched, url)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = listed(page, url, "order=oldest")[0]
    assert last in seen(page)
    assert heads(page)[-1].startswith("2025-01-06")


def test_few_elements_stand_for_very_many_photos(watched: Any, url: str) -> None:
    page = opened(watched, url)
    for _ in range(12):
        page.mouse.move(600, 400)
        page.mouse.wheel(0, 3000)
        calm(page)
    assert page.locator(".tile").count() < 200
    assert page.locator(".day").count() < 60


def test_the_strip_of_dates_leads_to_a_month(watched: Any, url: str) -> None:
    page = opened(watched, url)
    strip = page.get_by_role("slider")
    box = strip.bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + box["height"] / 2)
    calm(page)
    month = strip.get_attribute("aria-valuetext")
    assert re.fullmatch(r"\w+ 2025", month)
    page.keyboard.press("ArrowDown")
    expect(strip).not_to_have_attribute("aria-valuetext", month)
    calm(page)
    page.keyboard.press("PageDown")
    page.keyboard.press("End")
    expect(strip).to_have_attribute("aria-valuetext", "January 2025")
    calm(page)
    page.keyboard.press("Home")
    expect(strip).to_have_attribute("aria-valuenow", "0")
    assert page.evaluate("scrollY") < 100


def test_the_strip_is_dragged(watched: Any, url: str) -> None:
    page = opened(watched, url)
    box = page.get_by_role("slider").bounding_box()
    x = box["x"] + 20
    page.mouse.move(x, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] * 0.7, steps=5)
    bubble = page.locator(".scrubber-bubble")
    expect(bubble).to_have_css("opacity", "1")
    page.mouse.up()
    calm(page)
    assert "2025" in bubble.inner_text()
    assert page.evaluate("scrollY / document.body.scrollHeight") == pytest.approx(
        0.7, abs=0.05
    )


@pytest.mark.parametrize("by", ["day", "month"])
def test_resizing_keeps_the_place(watched: Any, url: str, by: str) -> None:
    page = opened(watched, f"{url}?by={by}")
    page.evaluate("scrollTo(0, 25000)")
    first = seen(page)[0]
    for width in (800, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(
            """width => document.querySelector('#grid').clientWidth <= width
                && document.documentElement.scrollWidth === width""",
            arg=width,
        )
        calm(page)
        page.wait_for_function(f"id => ({SEEN})().includes(id)", arg=first)


@pytest.mark.parametrize("cached", [True, False], ids=["kept page", "new page"])
def test_back_from_a_photo_is_where_one_was(page: Any, url: str, cached: bool) -> None:
    with watching(page, url):
        opened(page, url)
        if not cached:
            page.evaluate("addEventListener('unload', () => {})")
        page.evaluate("scrollTo(0, 40000)")
        wanted = seen(page)[5]
        page.locator(f".tile[data-id='{wanted}'] > a").hover()
        before = seen(page)
        page.locator(f".tile[data-id='{wanted}'] > a").click()
        page.wait_for_url("**/photo/*")
        page.go_back()
        page.wait_for_function(
            f"ids => ids.every(id => ({SEEN})().includes(id))", arg=before
        )
        page.wait_for_function(f"id => ({FOCUSED})() === id", arg=wanted)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/photo/{wanted}*")


def test_loading_again_keeps_place_and_selection(watched: Any, url: str) -> None:
    page = opened(watched, url)
    page.evaluate("scrollTo(0, 40000)")
    page.locator(f".tile[data-id='{seen(page)[5]}'] > a").click(modifiers=["Control"])
    before = seen(page)
    page.reload()
    page.wait_for_function(
        f"ids => ids.every(id => ({SEEN})().includes(id))", arg=before
    )
    expect(page.locator(".bulk-count")).to_have_text("1 selected")


def test_enter_opens_the_photo_with_its_search(watched: Any, url: str) -> None:
    page = opened(watched, f"{url}?q=is:public")
    page.keyboard.press("ArrowRight")
    focused = page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/photo/{focused}?q=is%3Apublic")


def test_a_search_of_which_only_the_beginning_is_known_goes_on(
    watched: Any, url: str
) -> None:
    page = opened(watched, f"{url}?q=wall")
    sections = page.request.get(f"{url}/-/sections.json?q=wall").json()
    expect(page.locator("#total")).to_have_text(f"{sections['photos']:,} photos")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    calm(page)
    assert heads(page)[-1] == sections["sections"][-1][0]


def test_a_wrong_estimate_is_mended_where_one_looks(page: Any, url: str) -> None:
    """Twice as many photos everywhere, some sections that are not there at all."""

    def lie(route: Any) -> None:
        found = route.fetch().json()
        found["exact"] = False
        found["sections"] = [[k, n * 2, w * 2] for k, n, w in found["sections"]]
        found["sections"].append(["1999-01-01", 40, 50_000])
        route.fulfill(json=found)

    page.route("**/sections.json*", lie)
    with watching(page, url):
        opened(page, f"{url}?q=wall")
        expect(page.locator("#total")).to_have_text(re.compile("about .* photos"))
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function(
            "() => !document.querySelector('[data-key=\"1999-01-01\"]')"
        )
        calm(page)
        truth = page.request.get(f"{url}/-/sections.json?q=wall").json()
        wanted = {key: photos for key, photos, _ in truth["sections"]}
        for section in page.locator(".day").all()[1:-1]:
            tiles = section.locator(".tile").count()
            assert tiles == wanted[section.get_attribute("data-key")]


def test_changes_appear_where_one_is(page: Any, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    create_archive(folder, "Site")
    with open_archive(folder) as archive:
        fill(archive.connection, 800)
    with served(folder) as address, watching(page, address):
        opened(page, f"{address}?by=month&q=is:public")
        page.evaluate("scrollTo(0, 6000)")
        before = seen(page)
        tile = page.locator(f".tile[data-id='{before[2]}']")
        wide = tile.bounding_box()["width"]
        tile.locator("a").click(modifiers=["Control"])
        page.get_by_role("button", name="Turn right").click()
        page.wait_for_function(
            """([id, wide]) => document.querySelector(`.tile[data-id="${id}"]`)
                ?.clientWidth < wide * 0.8""",
            arg=[before[2], wide],
        )
        assert set(seen(page)) & set(before[:8])
        page.get_by_role("button", name="Undo").click()
        page.wait_for_function(
            """([id, wide]) => document.querySelector(`.tile[data-id="${id}"]`)
                ?.clientWidth > wide * 0.9""",
            arg=[before[2], wide],
        )


def test_pictures_that_flew_past_are_not_fetched(page: Any, url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install(time="2026-06-01T08:00")
    opened(page, url)
    calm(page)
    asked.clear()
    box = page.get_by_role("slider").bounding_box()
    x, top, way = box["x"] + 20, box["y"] + 10, box["height"] * 0.9 - 10
    page.mouse.move(x, top)
    page.clock.pause_at("2026-06-01T09:00")
    page.mouse.down()
    for step in range(60):  # one a frame, however slow the machine is
        page.mouse.move(x, top + way * (step + 1) / 60)
        page.clock.run_for(16)
    page.mouse.up()
    page.clock.resume()
    calm(page)
    pictures = [address for address in asked if "/thumbnail" in address]
    tiles = [address for address in asked if "tiles.json" in address]
    assert len(pictures) < 250
    assert len(tiles) < 20


def test_beyond_what_a_browser_can_scroll(page: Any, url: str) -> None:
    """40 million pixels in 15: everything can be reached, small steps are small."""
    page.goto(url)
    page.evaluate(
        """async url => {
            const { Scrolling } = await import(url);
            document.body.innerHTML = '<div id=above></div><div id=room></div>';
            document.getElementById('above').style.height = '300px';
            window.tall = new Scrolling(document.getElementById('room'), () => {});
            tall.resize(40_000_000);
        }""",
        json.loads(
            page.evaluate(
                "JSON.stringify(document.querySelector('script[src*=timeline]').src)"
            )
        ).replace("timeline.js", "scrolling.js"),
    )
    top = "Math.round(tall.top)"
    screen = page.viewport_size["height"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(f"() => {top} + {screen} === 40_000_000")
    page.evaluate("tall.jump(20_000_000)")
    assert page.evaluate(top) == 20_000_000
    for step in (120, 120, -120, 700):
        before = page.evaluate(top)
        page.evaluate("step => scrollBy(0, step)", step)
        page.wait_for_function(f"() => {top} === {before + step}")
    before = page.evaluate(top)
    page.wait_for_function("() => Math.abs(tall.fitting(tall.local) - tall.shift) < 3")
    assert page.evaluate(top) == before  # at rest the scroll bar moves, not the page
    page.evaluate("tall.jump(2_000)")
    while page.evaluate("scrollY") > 0:
        page.evaluate("scrollBy(0, -150)")
        page.wait_for_timeout(16)
    page.wait_for_function(f"() => {top} === -300")


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_headings_are_the_same_from_server_and_script(
    new_context: Any, url: str, language: str
) -> None:
    plain = new_context(java_script_enabled=False, locale=language).new_page()
    lively = new_context(locale=language).new_page()
    for by in ("day", "week", "month"):
        plain.goto(f"{url}?by={by}")
        wanted = plain.evaluate(HEADINGS)
        opened(lively, f"{url}?by={by}")
        found = lively.evaluate(HEADINGS)
        count = min(len(wanted), len(found))
        assert count
        assert [plain_text(text) for text in found[:count]] == [
            plain_text(text) for text in wanted[:count]
        ]


def plain_text(text: str) -> str:
    """Without the spaces that one release of Unicode's data has and another has not."""
    return re.sub(r"\s*–\s*", "–", " ".join(text.split()))


def test_without_scripts_there_are_photos_and_a_list(
    new_context: Any, url: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(url)
    assert page.locator(".tile").count() >= 20
    rows = page.locator("table.photos tbody tr")
    page.get_by_role("link", name="All of them as a list").click()
    expect(rows).to_have_count(100)
    page.get_by_role("link", name="File").click()
    page.wait_for_url("**order=name")
    page.get_by_role("link", name="Next photos").click()
    page.wait_for_url("**after=*")
    expect(rows).to_have_count(100)
    page.locator("table.photos tbody th a").first.click()
    expect(page).to_have_url(re.compile("/-/photo/"))
