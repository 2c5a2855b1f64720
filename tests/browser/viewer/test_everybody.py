"""A photo's page without letters, without scripts, and without eyes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import AXE, kept_out
from tests.browser.viewer.photo_page import PRIVATE, TIFF, open_photo, value

pytestmark = pytest.mark.slow


def test_letters_can_be_switched_off(watched: Any, archive: Any, photo: str) -> None:
    open_photo(watched, photo)
    watched.keyboard.press("?")
    dialog = watched.locator("#keys")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use letters as keys").uncheck()
    watched.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    watched.keyboard.press("s")
    watched.keyboard.press("+")
    expect(watched.locator(".picture")).to_have_class(re.compile("zoomed"))
    assert value(archive, photo, "starred") == 0


def test_without_scripts_everything_is_a_form(
    new_context: Any, archive: Any, photo: str
) -> None:
    context = new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(photo)
    page.locator("#star").click()
    page.get_by_role("button", name="Undo").click()
    page.locator("#description").fill("by hand")
    with page.expect_navigation():
        page.locator(".describe").get_by_role("button", name="Save").click()
    assert value(archive, photo, "description") == "by hand"
    page.get_by_role("link", name="Edit the photo").click()
    page.get_by_label("Location").fill("Yard>Gate")
    page.get_by_label("Steel").check()
    page.get_by_role("button", name="Save").click()
    expect(page).not_to_have_url(re.compile("/edit"))
    expect(page.locator("[data-field=location]")).to_contain_text("Yard › Gate")
    page.locator("#comment").fill("@Kim Lee look")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".comments mark")).to_have_text("@Kim Lee")
    assert page.locator(".scripted:visible").count() == 0
    context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_nothing_that_opens_keeps_anybody_out(page: Any, url: str) -> None:
    found = {}
    for name, address, steps in (
        ("keys", "photo/6", ["?"]),
        ("location", "photo/6", ["#edit-location"]),
        ("trades", "photo/6", ["#edit-trades"]),
        ("taken", "photo/6", ["#edit-taken_at"]),
        ("mention", f"photo/{PRIVATE}", ["#comment", "@"]),
        ("edit", "photo/6/edit", []),
        ("slide", "compare?a=3&b=4", []),
        ("side", "compare?a=3&b=4&mode=side", []),
        ("choose", "compare?a=3", []),
        ("tiff", f"photo/{TIFF}", ["+", "+"]),
    ):
        page.goto(f"{url}/-/{address}", wait_until="networkidle")
        for step in steps:
            if step.startswith("#"):
                page.locator(step).click()
            else:
                page.keyboard.type(step)
        page.wait_for_load_state("networkidle")
        if wrong := kept_out(page):
            found[name] = wrong
    assert found == {}
