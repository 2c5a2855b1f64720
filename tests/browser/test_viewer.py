"""A photo's page as people use it: by keys, mouse and fingers, alone and in company."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.locations import find_or_add_location
from archive.people import add_person, owner
from archive.trades import add_trade
from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out
from tests.forked import served
from tests.plugins.conftest import Maker

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}
SIZE = (3000, 2000)
SMALL = (1200, 800)  # of those that are only edited: larger ones take longer to make
STAYING = 6  # photos that no test changes for good
ORDINARY = 22  # up to here, photos that tests take one after the other
PRIVATE, BINNED, TIFF, SPHERE = range(ORDINARY + 1, ORDINARY + 5)


def picture(shade: int, size: tuple[int, int] = SIZE, kind: str = "JPEG") -> bytes:
    across = Image.linear_gradient("L").resize(size)
    plain = Image.new("L", size, shade)
    buffer = io.BytesIO()
    Image.merge("RGB", (across, plain, across)).save(buffer, kind)
    return buffer.getvalue()


def fill(folder: Path) -> None:
    create_archive(folder, "Tower 4", "Sam Archer")
    with open_archive(folder) as archive:
        c, sam = archive.connection, owner(archive.connection)
        with batch(c, sam) as opened:
            add_person(c, sam, opened, "Kim Lee", level="standard")
            add_person(c, sam, opened, "Rae Reader")
            for name in ("Tower>Level 2>Lobby", "Tower>Level 3", "Yard"):
                find_or_add_location(c, sam, opened, name)
            for name in ("Concrete", "Steel"):
                add_trade(c, sam, opened, name)
            make = Maker(c, archive.originals, opened)
            for number in range(1, BINNED + 1):
                wide, high = size = SIZE if number <= STAYING else SMALL
                make.photo(
                    picture(number * 9, size),
                    f"site-{number:02}.jpg",
                    taken_at=f"2026-03-{number:02}T10:00:00",
                    description=f"pour {number}",
                    location_id=2,
                    facts={"width": wide, "height": high},
                    private=int(number == PRIVATE),
                    recycled_at=opened.at if number == BINNED else None,
                )
            facts = {"width": SIZE[0], "height": SIZE[1]}
            tiff = {"media_type": "image/tiff", "extension": "tif"}
            make.photo(picture(200, kind="TIFF"), "plan.tif", facts=facts, **tiff)
            around = {"width": 2048, "height": 1024}
            make.photo(
                picture(90, (2048, 1024)), "around.jpg", projection="360", facts=around
            )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("viewer") / "tower"
    fill(folder)
    with served(folder) as url:
        yield url, folder


@pytest.fixture
def url(archive: tuple[str, Path]) -> str:
    return archive[0]


_numbers = count(STAYING + 1)


@pytest.fixture
def photo(url: str) -> str:
    """The address of a photo that no other test has."""
    return f"{url}/-/photo/{next(_numbers)}"


@pytest.fixture
def watched(page: Any, url: str) -> Iterator[Any]:
    """A page that must not complain, break the policy, or ask anybody else."""
    with watching(page, url) as seen:
        yield seen


def value(archive: tuple[str, Path], address: str, column: str) -> Any:
    """Return what stands in the archive about a photo."""
    number = int(address.rpartition("/")[2])
    with open_archive(archive[1]) as opened:
        sql = f"select {column} from photos where id = ?"
        return opened.connection.execute(sql, (number,)).fetchone()[0]


def open_photo(page: Any, address: str) -> None:
    """Open a photo's page, its scripts at work."""
    page.goto(address)
    scripted(page)


def scripted(page: Any) -> None:
    """Wait until a click is heard; keys are kept until then."""
    expect(page.locator("html")).to_have_attribute("data-listens", "")


def toast(page: Any) -> Any:
    return page.locator("#toasts .toast")


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


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_people_who_edit_one_photo_are_shown_both_values(
    context: Any, archive: Any, photo: str, choice: str
) -> None:
    mine, theirs = context.new_page(), context.new_page()
    for one in (mine, theirs):
        open_photo(one, photo)
    theirs.locator("#description").fill("theirs: poured")
    theirs.keyboard.press("Tab")
    expect(theirs.locator("#description-state")).to_have_text("Saved.")
    mine.locator("#description").fill("mine: cured")
    mine.keyboard.press("Tab")
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
    mine, theirs = context.new_page(), context.new_page()
    for one in (mine, theirs):
        open_photo(one, photo)
    theirs.locator("#description").fill("theirs")
    theirs.keyboard.press("Tab")
    expect(theirs.locator("#description-state")).to_have_text("Saved.")
    mine.locator("#description").fill("mine")
    mine.keyboard.press("Tab")
    expect(mine.locator("#conflict")).to_be_visible()
    mine.keyboard.press("Escape")
    expect(mine.locator("#description-state")).to_contain_text("Not saved yet")
    expect(mine.locator("#description")).to_have_value("mine")
    assert value(archive, photo, "description") == "theirs"


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


def test_zooming_goes_to_the_file_s_own_pixels(watched: Any, url: str) -> None:
    open_photo(watched, f"{url}/-/photo/6")
    picture, level = watched.locator(".picture"), watched.locator("#zoom-level")
    expect(level).to_have_text(re.compile(r"^\d\d? %$"))  # it fits
    watched.keyboard.press("1")
    expect(level).to_have_text("100 %")
    full = watched.locator("img.full")
    expect(full).to_have_js_property("naturalWidth", SIZE[0])
    wide = full.evaluate("image => image.getBoundingClientRect().width")
    assert wide * watched.evaluate("devicePixelRatio") == pytest.approx(SIZE[0], abs=2)
    watched.keyboard.press("+")
    expect(level).to_have_text("150 %")
    left = "image => image.getBoundingClientRect().left"
    before = full.evaluate(left)
    watched.keyboard.press("ArrowRight")
    assert full.evaluate(left) < before
    watched.keyboard.press("Escape")
    expect(picture).not_to_have_class(re.compile("zoomed"))
    expect(full).to_have_count(0)
    assert watched.url.endswith("/photo/6")


def test_a_click_zooms_to_where_it_was_and_a_drag_moves(watched: Any, url: str) -> None:
    open_photo(watched, f"{url}/-/photo/6")
    box = watched.locator("#shown").bounding_box()
    corner = (box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    watched.mouse.click(*corner)
    full = watched.locator("img.full")
    expect(full).to_have_count(1)
    shown = full.bounding_box()
    assert (corner[0] - shown["x"]) / shown["width"] == pytest.approx(0.25, abs=0.02)
    watched.mouse.move(*corner)
    watched.mouse.down()
    watched.mouse.move(corner[0] + 80, corner[1] + 40, steps=4)
    watched.mouse.up()
    moved = full.bounding_box()
    assert moved["x"] - shown["x"] == pytest.approx(80, abs=2)
    assert moved["y"] - shown["y"] == pytest.approx(40, abs=2)
    watched.mouse.click(*corner)
    expect(full).to_have_count(0)
    watched.mouse.wheel(0, -400)
    expect(watched.locator(".picture")).to_have_class(re.compile("zoomed"))


def test_what_no_browser_shows_is_looked_at_in_tiles(watched: Any, url: str) -> None:
    open_photo(watched, f"{url}/-/photo/{TIFF}")
    with watched.expect_response(re.compile(r"/tiles/0/\d+_\d+")) as tile:
        watched.keyboard.press("1")
        expect(watched.locator(".deep canvas").first).to_be_visible()
        watched.keyboard.press("1")
        expect(watched.locator("#zoom-level")).to_have_text("100 %")
    assert tile.value.headers["content-type"] == "image/jpeg"
    watched.keyboard.press("Escape")
    expect(watched.locator(".deep")).to_have_count(0)


def test_one_looks_around_in_a_sphere(page: Any, url: str) -> None:
    open_photo(page, f"{url}/-/photo/{SPHERE}")
    page.get_by_role("button", name="Look around").click()
    ready = page.locator(".sphere canvas, #zoom-note:has-text('360')")
    expect(ready.first).to_be_visible()
    if page.locator(".sphere").count() == 0:
        pytest.skip("this browser draws nothing in three dimensions")
    expect(page.get_by_role("application")).to_be_focused()
    page.keyboard.press("ArrowRight")
    assert page.url.endswith(f"/photo/{SPHERE}")
    page.keyboard.press("Escape")
    expect(page.locator(".sphere")).to_have_count(0)
    expect(page.locator("#shown")).to_be_visible()


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


def test_before_and_after_by_keys_and_the_address_says_how(
    watched: Any, url: str
) -> None:
    watched.goto(f"{url}/-/photo/3")
    watched.get_by_role("link", name="Compare with …").click()
    watched.wait_for_load_state("networkidle")
    watched.get_by_role("button", name="Remember this photo").click()
    expect(toast(watched)).to_contain_text("Remembered")
    open_photo(watched, f"{url}/-/photo/4")
    watched.get_by_role("link", name=re.compile("Compare with “")).click()
    watched.wait_for_url("**/compare?a=3&b=4")
    slider = watched.get_by_role("slider")
    slider.focus()
    for _ in range(5):
        watched.keyboard.press("ArrowRight")
    watched.wait_for_url("**at=55")
    shown = watched.locator(".after .frame-of").evaluate(
        "frame => getComputedStyle(frame).clipPath"
    )
    assert "55%" in shown or "0.55" in shown
    watched.get_by_role("button", name="Side by side").click()
    watched.wait_for_url("**mode=side")
    expect(slider).not_to_be_visible()
    watched.reload()
    boxes = [figure.bounding_box() for figure in watched.locator("figure").all()]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    watched.get_by_role("link", name="Swap").click()
    watched.wait_for_url(re.compile(r"a=4&b=3"))


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


def test_two_fingers_zoom(new_context: Any, url: str) -> None:
    context = new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{url}/-/photo/5", wait_until="networkidle")
    pinch = """image => {
        const at = image.getBoundingClientRect();
        const y = at.y + at.height / 2, x = at.x + at.width / 2;
        const event = (type, id, dx) => image.dispatchEvent(new PointerEvent(type, {
            bubbles: true, pointerId: id, pointerType: "touch", clientX: x + dx,
            clientY: y}));
        event("pointerdown", 1, -20);
        event("pointerdown", 2, 20);
        for (const far of [40, 60, 80]) {
            event("pointermove", 1, -far);
            event("pointermove", 2, far);
        }
        event("pointerup", 1, -80);
        event("pointerup", 2, 80);
        return image.getBoundingClientRect().width / at.width;
    }"""
    assert page.locator("#shown").evaluate(pinch) == pytest.approx(4, rel=0.05)
    expect(page.locator(".picture")).to_have_class(re.compile("zoomed"))
    context.close()


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
