"""From photo to photo: by arrows, by fingers, and when one goes to the bin."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.viewer.photo_page import BINNED, PHONE, open_photo, scripted, toast

pytestmark = pytest.mark.slow


def test_arrows_walk_and_panes_stay_as_they_were_left(watched: Any, url: str) -> None:
    open_photo(watched, f"{url}/-/photo/5?q=pour")
    watched.keyboard.press("i")
    expect(watched.locator("#information")).not_to_be_visible()
    watched.keyboard.press("ArrowRight")
    watched.wait_for_url("**/photo/4?q=pour")
    scripted(watched)
    expect(watched.locator("#talk")).not_to_be_visible()
    watched.locator("#pane-information").click()
    expect(watched.locator("#information")).to_be_visible()
    watched.keyboard.press("ArrowLeft")
    watched.wait_for_url("**/photo/5?q=pour")
    expect(watched.locator("#information")).to_be_visible()
    expect(watched.locator("#talk")).not_to_be_visible()
    watched.keyboard.press("Escape")
    watched.wait_for_url("**/tower-4?q=pour")


def test_recycling_goes_on_to_the_next_photo(watched: Any, url: str) -> None:
    open_photo(watched, f"{url}/-/photo/2?q=pour")
    watched.locator("#recycle").click()
    watched.wait_for_url("**/photo/1?q=pour")
    expect(toast(watched)).to_contain_text("in the recycle bin")
    toast(watched).get_by_role("button", name="Undo").click()
    expect(watched.locator("a.step.newer")).to_have_attribute(
        "href", re.compile("/photo/2")
    )


def test_a_purge_asks_first_and_names_what_goes(watched: Any, url: str) -> None:
    open_photo(watched, f"{url}/-/photo/{BINNED}")
    watched.locator("#purge").click()
    dialog = watched.get_by_role("dialog", name="Delete this photo for good?")
    expect(dialog).to_contain_text(f"site-{BINNED}.jpg")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).not_to_be_visible()
    watched.locator("#purge").click()
    dialog.get_by_label("Reason, for the history").fill("asked to")
    dialog.get_by_role("button", name="Delete for good").click()
    watched.wait_for_url("**?q=is%3Arecycled")
    expect(toast(watched)).to_contain_text("deleted for good")


def test_on_a_phone_the_picture_is_first_and_fingers_walk(
    new_context: Any, url: str
) -> None:
    context = new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_photo(page, f"{url}/-/photo/5?q=pour")
    tops = [
        page.locator(name).bounding_box()["y"]
        for name in ("#shown", "#information", "#talk")
    ]
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for button in page.locator(".stage .tool:visible").all():
        assert button.bounding_box()["height"] >= 44
    swipe = """(image, [from, to]) => {
        const at = image.getBoundingClientRect();
        const event = (type, x) => new PointerEvent(type, {bubbles: true, pointerId: 7,
            pointerType: "touch", isPrimary: true, clientX: x, clientY: at.y + 50});
        image.dispatchEvent(event("pointerdown", from));
        image.dispatchEvent(event("pointermove", (from + to) / 2));
        image.dispatchEvent(event("pointerup", to));
    }"""
    page.locator("#shown").evaluate(swipe, [300, 100])
    page.wait_for_url("**/photo/4?q=pour")
    scripted(page)
    page.locator("#shown").evaluate(swipe, [100, 300])
    page.wait_for_url("**/photo/5?q=pour")
    context.close()
