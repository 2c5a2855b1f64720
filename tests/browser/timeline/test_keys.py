"""The focus and the selection in the grid of a timeline."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.timeline_page import FOCUSED, SEEN, calm, opened, seen, selected

pytestmark = pytest.mark.slow


def test_arrows_walk_through_all_photos_in_order(watched: Any, url: str) -> None:
    page = opened(watched, url)
    first = first_ids(page, url)
    page.keyboard.press("ArrowRight")
    walked = [page.evaluate(FOCUSED)]
    for _ in range(40):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"last => ({FOCUSED})() !== last", arg=walked[-1])
        walked.append(page.evaluate(FOCUSED))
    assert walked == first[:41]
    for _ in range(40):
        before = page.evaluate(FOCUSED)
        page.keyboard.press("ArrowLeft")
        page.wait_for_function(f"last => ({FOCUSED})() !== last", arg=before)
    assert page.evaluate(FOCUSED) == first[0]


def first_ids(page: Any, url: str) -> list[int]:
    """Ids in the order of the grid, from what it asks for."""
    sections = page.request.get(f"{url}/-/sections.json").json()["sections"]
    first, last = sections[0][0], sections[40][0]
    pieces = page.request.get(f"{url}/-/tiles.json?section={first}&until={last}").json()
    return [tile["id"] for piece in pieces["tiles"] for tile in piece["tiles"]]


def focus_after(page: Any, key: str) -> dict[str, float]:
    """Press a key in the grid; where the focus is then."""
    before = page.evaluate(FOCUSED)
    page.keyboard.press(key)
    page.wait_for_function(f"last => ({FOCUSED})() !== last", arg=before)
    return dict(
        page.evaluate(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                return {x: box.x + box.width / 2, y: box.y + scrollY, top: box.top,
                    bottom: box.bottom};
            }"""
        )
    )


def test_up_and_down_stay_in_their_column(watched: Any, url: str) -> None:
    page = opened(watched, f"{url}?by=month")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    here = focus_after(page, "ArrowDown")
    for _ in range(25):
        below = focus_after(page, "ArrowDown")
        assert below["y"] > here["y"]
        assert abs(below["x"] - here["x"]) < 330
        assert below["top"] >= 56
        assert below["bottom"] <= 800
        here = below
    for _ in range(25):
        above = focus_after(page, "ArrowUp")
        assert above["y"] < here["y"]
        here = above


def test_home_end_and_pages(watched: Any, url: str) -> None:
    page = opened(watched, url)
    page.keyboard.press("ArrowRight")
    first = page.evaluate(FOCUSED)
    down = focus_after(page, "PageDown")
    assert down["y"] > 500
    focus_after(page, "End")
    sections = page.request.get(f"{url}/-/sections.json").json()["sections"]
    key = sections[-1][0]
    named = page.request.get(f"{url}/-/ids.json?section={key}").json()
    assert page.evaluate(FOCUSED) == named["sections"][0][1][-1]
    up = focus_after(page, "PageUp")
    assert up["y"] > 10_000
    focus_after(page, "Home")
    assert page.evaluate(FOCUSED) == first


def test_one_tile_is_in_the_order_of_tab(watched: Any, url: str) -> None:
    page = opened(watched, url)
    page.evaluate("scrollTo(0, 30000)")
    calm(page)
    links = page.locator(".tile > a[tabindex='0']")
    expect(links).to_have_count(1)
    assert int(links.locator("..").get_attribute("data-id")) in seen(page)
    page.evaluate("document.querySelector('#select-all').focus()")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED):
            break
    assert page.evaluate(FOCUSED)
    assert page.locator(".tile [tabindex='0']").count() == 1


def test_the_focus_stays_when_its_tile_leaves_the_window(
    watched: Any, url: str
) -> None:
    page = opened(watched, url)
    page.keyboard.press("ArrowRight")
    focused = page.evaluate(FOCUSED)
    page.evaluate("scrollTo(0, 60000)")
    calm(page)
    assert page.evaluate(FOCUSED) == focused
    focus_after(page, "ArrowRight")
    assert page.evaluate("scrollY") < 2_000


def test_photos_are_selected_by_their_boxes_and_by_clicks(
    watched: Any, url: str
) -> None:
    page = opened(watched, f"{url}?by=month")
    tiles = page.locator(".tile")
    tiles.nth(1).hover()
    tiles.nth(1).locator("input").click()
    expect(page.locator(".bulk-count")).to_have_text("1 selected")
    tiles.nth(3).locator("a").click(modifiers=["Control"])
    expect(page.locator(".bulk-count")).to_have_text("2 selected")
    tiles.nth(8).locator("a").click(modifiers=["Shift"])
    expect(page.locator(".bulk-count")).to_have_text("7 selected")
    expect(page.locator(".tile.chosen")).to_have_count(7)
    tiles.nth(5).locator("a").click()  # while some are selected, a click selects
    expect(page.locator(".bulk-count")).to_have_text("6 selected")
    assert page.url.endswith("by=month")
    page.keyboard.press("Escape")
    expect(page.locator(".bulk")).to_be_hidden()
    expect(page.locator(".tile.chosen")).to_have_count(0)


def test_photos_are_selected_by_the_keyboard(watched: Any, url: str) -> None:
    page = opened(watched, f"{url}?by=month")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator(".bulk-count")).to_have_text("1 selected")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".bulk-count")).to_have_text("5 selected")
    page.keyboard.press("x")
    expect(page.locator(".bulk-count")).to_have_text("4 selected")
    chosen = page.locator(".tile[aria-selected='true']")
    expect(chosen).to_have_count(4)


def test_a_range_goes_over_photos_that_were_never_fetched(
    watched: Any, url: str
) -> None:
    page = opened(watched, url)
    page.locator(".tile").first.locator("a").click(modifiers=["Control"])
    page.get_by_role("slider").focus()
    page.keyboard.press("PageDown")
    calm(page)
    target = page.evaluate(SEEN)[2]
    page.locator(f".tile[data-id='{target}'] > a").click(modifiers=["Shift"])
    expect(page.locator(".bulk-count")).to_have_text(re.compile("[0-9],[0-9]{3} "))
    number = int(selected(page).split()[0].replace(",", ""))
    assert number == rank_of(page, url, target) + 1


def rank_of(page: Any, url: str, wanted: int) -> int:
    """How many photos come before one in the order of the grid."""
    sections = page.request.get(f"{url}/-/sections.json").json()["sections"]
    before = 0
    for key, photos, _ in sections:
        named = page.request.get(f"{url}/-/ids.json?section={key}").json()
        ids = named["sections"][0][1]
        if wanted in ids:
            return before + int(ids.index(wanted))
        before += photos
    raise AssertionError(wanted)


def test_a_whole_day_is_selected_and_left_again(watched: Any, url: str) -> None:
    page = opened(watched, f"{url}?by=month")
    month = page.locator(".day").first
    month.hover()
    box = month.locator(".day-head input")
    box.check()
    key = month.get_attribute("data-key")
    sections = page.request.get(f"{url}/-/sections.json?by=month").json()["sections"]
    number = next(photos for name, photos, _ in sections if name == key)
    expect(page.locator(".bulk-count")).to_have_text(f"{number} selected")
    month.locator(".tile a").nth(1).click()
    expect(page.locator(".bulk-count")).to_have_text(f"{number - 1} selected")
    expect(box).not_to_be_checked()
    page.keyboard.press("Shift+Space")
    expect(page.locator(".bulk-count")).to_have_text(f"{number} selected")
    page.keyboard.press("Shift+Space")
    expect(page.locator(".bulk")).to_be_hidden()


def test_everything_is_selected_without_being_named(watched: Any, url: str) -> None:
    page = opened(watched, f"{url}?q=is:public")
    page.evaluate(
        """() => document.addEventListener('selection',
            event => { window.told = event.detail; })"""
    )
    page.get_by_role("button", name=re.compile("Select all")).click()
    page.wait_for_function("() => window.told")
    told = page.evaluate("told")
    total = page.request.get(f"{url}/-/sections.json?q=is:public").json()["photos"]
    assert told == {"ids": [], "query": "is:public", "count": total}
    expect(page.locator(".tile").first).to_have_class(re.compile("chosen"))
    page.locator(".tile a").first.click()  # all but one: they are named now
    expect(page.locator(".bulk-count")).to_have_text(f"{total - 1:,} selected")
    told = page.evaluate("told")
    assert told["query"] is None
    assert len(told["ids"]) == total - 1
