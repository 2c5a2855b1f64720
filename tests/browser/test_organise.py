"""Albums, locations, trades and people, arranged as a person does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import watching

pytestmark = pytest.mark.slow


@pytest.fixture
def page_of(page: Any, changing: str) -> Iterator[Any]:
    """Opens a page of an archive that the test may change."""
    with watching(page, changing) as watched:

        def go(path: str) -> Any:
            watched.goto(f"{changing}/-/{path}", wait_until="networkidle")
            return watched

        yield go


def names(page: Any) -> list[str]:
    return list(page.locator(".card .name").all_inner_texts())


def fill_in(page: Any, opener: str, field: str, text: str) -> None:
    """Open a form, which puts the cursor into its field, and type."""
    page.get_by_text(opener, exact=True).click()
    expect(page.locator(field)).to_be_focused()
    page.keyboard.type(text)


def add_album(page: Any, name: str) -> None:
    fill_in(page, "New album", "#new-name", name)
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Album added.")
    expect(page.locator(".card .name", has_text=name)).to_be_visible()


def test_an_album_is_added_renamed_and_deleted_with_undo(page_of: Any) -> None:
    page = page_of("albums")
    before = names(page)
    add_album(page, "Facade")
    assert names(page) == [*before, "Facade"]
    card = page.locator(".card", has_text="Facade")
    card.locator(".menu > summary").click()
    expect(card.locator("input[name=name]")).to_be_focused()
    page.keyboard.type("North facade")
    page.keyboard.press("Enter")
    expect(page.locator(".card .name", has_text="North facade")).to_be_visible()
    card.locator(".menu > summary").click()
    card.locator(".confirm > summary").click()
    card.get_by_role("button", name="Delete the album").click()
    expect(page.locator(".toast")).to_contain_text("Album deleted.")
    expect(page.locator(".card")).to_have_count(len(before))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone.")
    expect(page.locator(".card .name").last).to_have_text("North facade")


def test_albums_are_put_in_order_by_keys_and_by_dragging(page_of: Any) -> None:
    page = page_of("albums")
    add_album(page, "Zebra")
    first = names(page)
    page.locator(".card .name", has_text="Zebra").focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(".toast")).to_contain_text("Order changed.")
    moved = [*first[:-2], "Zebra", first[-2]]
    expect(page.locator(".card .name")).to_have_text(moved)
    page.reload(wait_until="networkidle")
    assert names(page) == moved
    page.locator(".card", has_text="Zebra").drag_to(
        page.locator(".card").first, target_position={"x": 5, "y": 40}
    )
    expect(page.locator(".card .name").first).to_have_text("Zebra")
    expect(page.locator(".toast")).to_contain_text("Order changed.")
    page.reload(wait_until="networkidle")
    assert names(page)[0] == "Zebra"


def test_what_is_refused_is_said_and_nothing_typed_is_lost(
    page: Any, changing: str
) -> None:
    page.goto(f"{changing}/-/trades", wait_until="networkidle")
    fill_in(page, "New trade", "#new-name", "steel")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Trade added.")
    fill_in(page, "New trade", "#new-name", "STEEL")
    with page.expect_response("**/trades/add") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 409
    expect(page.locator(".toast.wrong")).to_contain_text("already")
    expect(page.locator("#new-name")).to_have_value("STEEL")


def test_a_location_gets_tiers_below_it_and_is_moved(page_of: Any) -> None:
    page = page_of("locations")
    fill_in(page, "New location", "#new-path", "Yard > Gate 2 > Fence")
    page.keyboard.press("Enter")
    expect(page.locator(".tree .name", has_text="Fence")).to_be_visible()
    page.get_by_role("link", name="Options for Fence").click()
    page.locator("#parent").select_option(label="Yard")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Location moved.")
    expect(page.locator("h1")).to_have_text("Yard › Fence")
    page = page_of("locations")
    fence = page.locator(".tree .name", has_text="Fence")
    assert fence.get_attribute("href").endswith("q=location%3AYard%3EFence")
    fold = page.locator(".tree > li", has_text="Yard").locator(".fold").first
    fold.click()
    expect(fence).to_be_hidden()
    page.reload()
    expect(fence).to_be_hidden()


def test_a_person_is_added_with_a_level_and_a_right(page_of: Any) -> None:
    page = page_of("settings")
    fill_in(page, "Add a person", "#new-name", "Lu Chen")
    page.locator("#new-level").select_option("standard")
    form = page.locator("form[action$='/people/add']")
    form.get_by_label("View private photos").check()
    form.get_by_role("button", name="Add").click()
    line = page.locator(".people li", has_text="Lu Chen")
    expect(line).to_contain_text("Standard · View private photos")
    page.get_by_label("New photos are private unless said otherwise").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    box = page.get_by_label("New photos are private unless said otherwise")
    expect(box).to_be_checked()


def test_a_change_is_taken_back_from_the_history(page_of: Any) -> None:
    page = page_of("albums")
    add_album(page, "Mistake")
    page = page_of("history")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".toast")).to_contain_text("Undone.")
    page = page_of("albums")
    expect(page.locator(".card .name", has_text="Mistake")).to_have_count(0)


def test_everything_works_without_scripts(new_context: Any, changing: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{changing}/-/albums")
    page.get_by_text("New album").click()
    page.fill("#new-name", "Plain")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".card .name", has_text="Plain")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".card .name", has_text="Plain")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_german_fits_where_english_does(
    new_context: Any, live: str, width: int
) -> None:
    context = new_context(locale="de-DE", viewport={"width": width, "height": 844})
    page = context.new_page()
    for path in ("albums", "locations", "trades", "log", "settings", "history"):
        page.goto(f"{live}/-/{path}", wait_until="networkidle")
        assert page.locator("html").get_attribute("lang") == "de"
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
