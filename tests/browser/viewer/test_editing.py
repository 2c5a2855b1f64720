"""A photo's fields: saved where they stand, lost by nobody, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.viewer.photo_page import open_photo, toast, value

pytestmark = pytest.mark.slow


def test_a_description_is_saved_when_one_leaves_it_and_taken_back(
    watched: Any, archive: Any, photo: str
) -> None:
    open_photo(watched, photo)
    before = watched.locator("#description").input_value()
    watched.keyboard.press("e")
    watched.keyboard.press("Control+a")
    watched.keyboard.type("cracks in B4\nfrom below")
    watched.keyboard.press("Tab")
    expect(watched.locator("#description-state")).to_have_text("Saved.")
    assert value(archive, photo, "description") == "cracks in B4\nfrom below"
    expect(watched.locator("#past + .history")).to_contain_text("cracks in B4")
    toast(watched).get_by_role("button", name="Undo").click()
    expect(watched.locator("#description")).to_have_value(before)
    expect(toast(watched)).to_have_text("Undone.")
    assert value(archive, photo, "description") == before


def test_what_was_typed_is_not_lost_while_the_archive_is_away(
    page: Any, archive: Any, photo: str
) -> None:
    open_photo(page, photo)
    page.context.set_offline(True)
    page.locator("#description").fill("written in the basement")
    page.keyboard.press("Tab")
    expect(page.locator("#description-state")).to_contain_text("Not saved yet")
    expect(page.locator("#description")).to_have_value("written in the basement")
    assert value(archive, photo, "description") != "written in the basement"
    page.context.set_offline(False)  # tells the page, which tries again
    expect(page.locator("#description-state")).to_have_text("Saved.")
    assert value(archive, photo, "description") == "written in the basement"


def test_what_was_typed_is_there_again_after_a_crash(
    context: Any, archive: Any, photo: str
) -> None:
    first = context.new_page()
    open_photo(first, photo)
    first.locator("#description").press_sequentially("half a sen")
    first.close(run_before_unload=False)
    second = context.new_page()
    second.goto(photo)
    expect(second.locator("#description-state")).to_have_text("Saved.")
    assert "half a sen" in value(archive, photo, "description")


def after_theirs(context: Any, photo: str, their_words: str, words: str) -> Any:
    """My page, on which I describe a photo that somebody described meanwhile."""
    mine, theirs = context.new_page(), context.new_page()
    for one in (mine, theirs):
        open_photo(one, photo)
    theirs.locator("#description").fill(their_words)
    theirs.keyboard.press("Tab")
    expect(theirs.locator("#description-state")).to_have_text("Saved.")
    mine.locator("#description").fill(words)
    mine.keyboard.press("Tab")
    return mine


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_people_who_edit_one_photo_are_shown_both_values(
    context: Any, archive: Any, photo: str, choice: str
) -> None:
    mine = after_theirs(context, photo, "theirs: poured", "mine: cured")
    dialog = mine.locator("#conflict")
    expect(dialog).to_be_visible()
    expect(mine.locator("#conflict-theirs")).to_have_text("theirs: poured")
    expect(mine.locator("#conflict-mine")).to_have_text("mine: cured")
    assert value(archive, photo, "description") == "theirs: poured"
    dialog.locator(f"button[value={choice}]").click()
    wanted = {"mine": "mine: cured", "theirs": "theirs: poured"}[choice]
    expect(mine.locator("#description-state")).to_have_text("Saved.")
    expect(mine.locator("#description")).to_have_value(wanted)
    assert value(archive, photo, "description") == wanted


def test_a_conflict_that_is_left_open_keeps_both(
    context: Any, archive: Any, photo: str
) -> None:
    mine = after_theirs(context, photo, "theirs", "mine")
    expect(mine.locator("#conflict")).to_be_visible()
    mine.keyboard.press("Escape")
    expect(mine.locator("#description-state")).to_contain_text("Not saved yet")
    expect(mine.locator("#description")).to_have_value("mine")
    assert value(archive, photo, "description") == "theirs"


def test_stars_turns_and_privacy_are_one_key_each_and_taken_back(
    watched: Any, archive: Any, photo: str
) -> None:
    open_photo(watched, photo)
    for key, said, column, wanted in (
        ("s", "Starred.", "starred", 1),
        ("p", "The photo is private now.", "private", 1),
        ("r", "Rotated.", "rotation", 90),
        ("Shift+R", "Rotated.", "rotation", 0),
        ("r", "Rotated.", "rotation", 90),
    ):
        with watched.expect_response(lambda one: one.request.method == "POST"):
            watched.keyboard.press(key)
        assert value(archive, photo, column) == wanted
        expect(toast(watched)).to_contain_text(said)
        expect(watched.locator("#shown")).to_have_attribute(
            "data-rotation", str(value(archive, photo, "rotation"))
        )
    watched.wait_for_function(
        """() => {
            const image = document.getElementById("shown");
            return image.complete && image.naturalWidth < image.naturalHeight;
        }"""
    )
    toast(watched).get_by_role("button", name="Undo").click()
    expect(watched.locator("#shown")).to_have_attribute("data-rotation", "0")
    assert watched.locator("#star").get_attribute("title") == "Take the star off (s)"


def test_fields_are_chosen_where_they_stand(
    watched: Any, archive: Any, photo: str
) -> None:
    open_photo(watched, photo)
    place = watched.locator("[data-field=location]")
    place.get_by_role("button").click()
    watched.keyboard.type("lob")
    expect(watched.get_by_role("option")).to_have_text(
        ["Tower › Level 2 › Lobby", "New: lob"]
    )
    watched.keyboard.press("Enter")
    expect(place).to_contain_text("Tower › Level 2 › Lobby")
    expect(watched.locator("#edit-location")).to_be_focused()
    watched.keyboard.press("Enter")
    watched.keyboard.type("Tower > Level 9 > Plant")
    expect(watched.get_by_role("option")).to_have_text("New: Tower › Level 9 › Plant")
    watched.keyboard.press("Enter")
    expect(place).to_contain_text("Tower › Level 9 › Plant")
    toast(watched).get_by_role("button", name="Undo").click()
    expect(place).to_contain_text("Lobby")

    trades = watched.locator("[data-field=trades]")
    trades.get_by_role("button").click()
    watched.get_by_label("Steel").check()
    watched.get_by_label("Concrete").check()
    watched.get_by_role("button", name="Done").click()
    expect(trades.locator("a")).to_have_text(["Concrete", "Steel"])

    day = watched.locator("[data-field=log_date]")
    day.get_by_role("button").click()
    watched.get_by_label("Daily log", exact=True).fill("2026-03-09")
    watched.keyboard.press("Enter")
    expect(day).to_contain_text("Mon, 9 Mar 2026")
    assert value(archive, photo, "log_date") == "2026-03-09"

    taken = watched.locator("[data-field=taken_at]")
    taken.get_by_role("button").click()
    watched.get_by_label("Time zone, such as +02:00").fill("+02:00")
    watched.get_by_role("button", name="Save").click()
    expect(taken).to_contain_text("+02:00")
    expect(taken).to_contain_text("entered by a person")
