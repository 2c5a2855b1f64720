"""Comments on a photo: who is named in them, who does not see them, none is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.viewer.photo_page import PRIVATE, open_photo, toast

pytestmark = pytest.mark.slow


def test_a_comment_names_somebody_from_the_list(watched: Any, photo: str) -> None:
    open_photo(watched, photo)
    watched.keyboard.press("c")
    watched.keyboard.type("see @ki")
    people = watched.get_by_role("listbox", name="People")
    expect(people.get_by_role("option")).to_have_count(1)
    watched.keyboard.press("Enter")
    expect(watched.locator("#comment")).to_have_value("see @Kim Lee ")
    expect(people).to_have_count(0)
    watched.keyboard.type("please")
    watched.keyboard.press("Control+Enter")
    said = watched.locator(".comments > li").last
    expect(said).to_contain_text("see @Kim Lee please")
    expect(said.locator("mark")).to_have_text("@Kim Lee")
    expect(watched.locator("#comment")).to_have_value("")
    expect(watched.locator("#comment")).to_be_focused()
    said.locator("summary").click()
    said.locator("textarea").fill("see @Sam Archer")
    said.get_by_role("button", name="Save").click()
    expect(watched.locator(".comments > li").last).to_contain_text("changed")
    expect(watched.locator(".comments mark")).to_have_text("@Sam Archer")
    watched.locator(".comments").get_by_role("button", name="Delete").click()
    expect(watched.locator(".comments")).to_have_count(0)
    toast(watched).get_by_role("button", name="Undo").click()
    expect(watched.locator(".comments mark")).to_have_text("@Sam Archer")


def test_who_may_not_see_the_photo_is_said_before_sending(
    watched: Any, url: str
) -> None:
    open_photo(watched, f"{url}/-/photo/{PRIVATE}")
    box = watched.locator("#comment")
    box.press_sequentially("@Rae")
    option = watched.get_by_role("option")
    expect(option).to_contain_text("may not see this photo")
    option.click()
    warning = watched.locator("form.say:has(#comment) .unreached")
    expect(warning).to_contain_text("Rae Reader may not see this photo")
    box.fill("@Sam Archer")
    expect(warning).to_have_text("")


def test_a_comment_that_could_not_be_sent_is_still_there_later(
    page: Any, photo: str
) -> None:
    open_photo(page, photo)
    page.context.set_offline(True)
    page.locator("#comment").press_sequentially("from the pit")
    page.keyboard.press("Control+Enter")
    expect(toast(page)).to_contain_text("does not answer")
    page.context.set_offline(False)
    open_photo(page, photo)
    expect(page.locator("#comment")).to_have_value("from the pit")
