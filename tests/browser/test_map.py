"""The map as people use it: with a mouse, with keys, with a thumb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.people import owner
from tests.archive.map_files import make_mbtiles, picture, world
from tests.browser.conftest import watching
from tests.forked import served
from tests.plugins.conftest import Maker
from tests.plugins.test_map import fill

pytestmark = pytest.mark.slow
NEAR = "/-/map?at=59.91,10.7505,18"  # one.jpg and two others, and two.jpg beside them


@contextmanager
def filled(parent: Path) -> Iterator[str]:
    create_archive(parent / "yard", "Yard")
    with open_archive(parent / "yard") as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            fill(Maker(archive.connection, archive.originals, opened))
    with served(parent / "yard") as url:
        yield url


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[str]:
    """An archive for one test alone."""
    with filled(tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for all tests that change nothing."""
    with filled(tmp_path_factory.mktemp("kept")) as url:
        yield url


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "reduced_motion": "reduce"}


@contextmanager
def opening(page: Any, url: str) -> Iterator[Any]:
    with watching(page, url) as watched:

        def go(path: str = "/-/map") -> Any:
            watched.goto(url + path, wait_until="networkidle")
            settled(watched)
            return watched

        yield go


@pytest.fixture
def at(page: Any, yard: str) -> Iterator[Any]:
    """Opens a page of the archive, and waits until the map has its pins."""
    with opening(page, yard) as go:
        yield go


@pytest.fixture
def look(page: Any, kept: str) -> Iterator[Any]:
    """The same, of what no test changes."""
    with opening(page, kept) as go:
        yield go


def settled(page: Any) -> None:
    expect(page.locator("#map")).to_have_attribute("aria-busy", "false")


def pins(page: Any) -> list[str]:
    settled(page)
    labels = page.locator(".cluster").evaluate_all(
        "pins => pins.map(pin => pin.getAttribute('aria-label'))"
    )
    return sorted(labels)


def address(page: Any) -> dict[str, str]:
    query = urlsplit(page.url).query
    return {k: v[0] for k, v in parse_qs(query, keep_blank_values=True).items()}


def pin(page: Any, name: str) -> Any:
    return page.locator(".cluster").and_(page.get_by_label(name, exact=False)).first


def unplaced(page: Any) -> Any:
    page.get_by_role("tab", name="Without a place").click()
    return page.locator("#unplaced .thumbs button")


# Looking


def test_it_begins_with_all_photos_in_view(look: Any) -> None:
    page = look()
    assert pins(page) == ["4 photos", "three.jpg, Mon, 11 May 2026"]
    expect(page.locator("#seen .told")).to_have_text("5 photos in view")
    expect(page.locator("#seen .thumbs li")).to_have_count(5)


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_a_cluster_opens_until_its_photos_are_listed(look: Any, by: str) -> None:
    page = look()
    for _ in range(8):
        button = page.locator(".cluster:not(.one)").first
        if not button.count():
            button = page.locator(".cluster").first
        before = page.url
        if by == "mouse":
            button.click()
        else:
            button.focus()
            page.keyboard.press("Enter")
        page.wait_for_function(
            """before => location.href !== before
                || document.querySelector("#seen .chosen")""",
            arg=before,
        )
        settled(page)
        if page.locator("#seen .chosen").count():
            break
    assert page.locator("#seen .shot").count() in (1, 2, 3)
    page.locator("#seen .shot .name").first.click()
    expect(page).to_have_url(re.compile("/-/photo/"))


def test_a_pin_says_its_name_and_where_the_photo_looks(look: Any) -> None:
    page = look(NEAR)
    assert pins(page) == ["3 photos", "two.jpg, Mon, 11 May 2026"]
    page.goto(page.url.split("?")[0] + "?q=one&at=59.91,10.75,18")
    settled(page)
    turned = page.locator(".wedge").evaluate("part => part.style.transform")
    assert turned == "rotate(90deg)"


def test_keys_move_the_map_and_the_address_follows(look: Any) -> None:
    page = look(NEAR)
    page.locator("#map").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("at=59.91[^&]*(,|%2C)19"))
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(re.compile("10[.]7505"))  # the map glides there
    before, where = pins(page), address(page)["at"]
    page.reload(wait_until="networkidle")
    assert (pins(page), address(page)["at"]) == (before, where)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("#seen .told")).to_have_text("5 photos in view")


def test_what_is_in_view_leads_on_to_the_grid(look: Any) -> None:
    page = look(NEAR)
    expect(page.locator("#seen .told")).to_have_text("4 photos in view")
    page.locator("#seen").get_by_role("link", name="Show them as a grid").click()
    expect(page).to_have_url(re.compile("q=in%3A59[.]"))


def test_the_outline_of_the_world_is_drawn_far_out_and_named(look: Any) -> None:
    page = look("/-/map?at=50,10,4")
    inked = page.locator(".leaflet-tile-pane canvas").first.evaluate(
        """tile => new Set(new Uint32Array(
            tile.getContext('2d').getImageData(0, 0, 256, 256).data.buffer)).size"""
    )
    assert inked > 3
    expect(page.get_by_text("Natural Earth")).to_be_visible()
    page.goto(page.url.split("?")[0] + NEAR[6:])
    settled(page)
    expect(page.get_by_text("Natural Earth")).to_have_count(0)


# An area


def test_an_area_drawn_with_the_mouse_is_a_filter(look: Any) -> None:
    page = look(NEAR)
    page.get_by_role("button", name="Draw an area").click()
    box = page.locator("#map").bounding_box()
    middle = pin(page, "3 photos").bounding_box()
    x, y = middle["x"] + 24 - box["x"], middle["y"] + 24 - box["y"]
    for dx, dy in ((-50, -60), (50, -60), (50, 60), (-50, 60)):
        page.locator("#map").click(position={"x": x + dx, "y": y + dy})
    expect(page.locator("#hint")).to_contain_text("4 corners")
    page.get_by_role("button", name="Show what is inside").click()
    expect(page).to_have_url(re.compile("q=in"))
    assert address(page)["q"].startswith("in:59.")
    expect(page.locator("#seen .told")).to_have_text("3 photos in view")
    page.get_by_role("link", name="within an area").click()
    expect(page.locator("#seen .told")).to_have_text("5 photos in view")


def test_an_area_is_drawn_with_keys_alone(look: Any) -> None:
    page = look("/-/map?q=jpg&at=59.91,10.75,18")
    page.get_by_role("button", name="Draw an area").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#map")).to_be_focused()
    for steps in (["ArrowUp", "ArrowLeft"], ["ArrowRight"] * 2, ["ArrowDown"] * 2):
        for key in steps:
            page.keyboard.press(f"Shift+{key}")
        page.keyboard.press("Enter")
    expect(page.locator("#hint")).to_contain_text("3 corners")
    page.get_by_role("button", name="Take the last back").click()
    expect(page.locator("#hint")).to_contain_text("2 corners")
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show what is inside").press("Enter")
    expect(page).to_have_url(re.compile("q=jpg.in"))
    found = address(page)["q"]
    assert found.startswith("jpg in:59.91")
    assert found.count(";") == 2


def test_escape_leaves_an_area_undrawn(look: Any) -> None:
    page = look(NEAR)
    page.get_by_role("button", name="Draw an area").click()
    page.locator("#map").click(position={"x": 300, "y": 300})
    page.keyboard.press("Escape")
    expect(page.locator("#hint")).to_be_hidden()
    expect(page.locator("#deeds")).to_be_hidden()
    assert "q" not in address(page)
    assert pins(page) == ["3 photos", "two.jpg, Mon, 11 May 2026"]


# Pins


def test_a_photo_is_put_on_the_map_by_a_click_and_taken_back(at: Any) -> None:
    page = at(NEAR)
    expect(unplaced(page)).to_have_count(2)
    page.get_by_role("button", name="Put crane on the map").click()
    page.locator("#map").click(position={"x": 200, "y": 500})
    expect(page.locator(".toast")).to_contain_text("Put on the map.")
    expect(pin(page, "crane")).to_be_visible()
    expect(page.locator("#unplaced .thumbs button")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone.")
    expect(pin(page, "crane")).to_have_count(0)
    expect(page.locator("#unplaced .thumbs button")).to_have_count(2)


def test_a_photo_is_put_on_the_map_with_keys_alone(at: Any) -> None:
    page = at(NEAR)
    page.get_by_role("tab", name="In view").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#unplaced .thumbs button")).to_have_count(2)
    page.get_by_role("button", name="Put crane on the map").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#map")).to_be_focused()
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Put on the map.")
    crane = pin(page, "crane").bounding_box()
    stage = page.locator("#map").bounding_box()
    assert crane["x"] + 22 == pytest.approx(stage["x"] + stage["width"] / 2, abs=2)
    assert crane["y"] + 22 == pytest.approx(stage["y"] + stage["height"] / 2, abs=2)


def test_a_photo_is_dragged_onto_the_map(at: Any) -> None:
    page = at(NEAR)
    unplaced(page)
    page.get_by_role("button", name="Put crane on the map").drag_to(
        page.locator("#map"), target_position={"x": 240, "y": 560}
    )
    expect(page.locator(".toast")).to_contain_text("Put on the map.")
    crane, stage = (
        pin(page, "crane").bounding_box(),
        page.locator("#map").bounding_box(),
    )
    assert crane["x"] + 22 - stage["x"] == pytest.approx(240, abs=3)
    assert crane["y"] + 22 - stage["y"] == pytest.approx(560, abs=3)


def test_a_pin_is_moved_and_taken_off(at: Any) -> None:
    page = at(NEAR)
    pin(page, "two.jpg").click()
    page.get_by_role("button", name="Move").click()
    page.locator("#map").click(position={"x": 600, "y": 600})
    expect(page.locator(".toast")).to_contain_text("Put on the map.")
    settled(page)
    expect(pin(page, "two.jpg")).to_be_visible()
    moved = pin(page, "two.jpg").bounding_box()
    stage = page.locator("#map").bounding_box()
    assert moved["x"] + 22 - stage["x"] == pytest.approx(600, abs=3)
    pin(page, "two.jpg").click()
    page.get_by_role("button", name="Take off the map").click()
    expect(page.locator(".toast")).to_contain_text("Taken off the map.")
    expect(pin(page, "two.jpg")).to_have_count(0)
    expect(page.locator("#tab-unplaced .count")).to_have_text("3")
    page.get_by_role("button", name="Undo").click()
    expect(pin(page, "two.jpg")).to_be_visible()


def test_the_list_of_a_pin_stays_while_another_is_put(at: Any) -> None:
    page = at(NEAR)
    sent: list[Any] = []

    def hold(route: Any) -> None:
        sent.append(route)

    page.route("**/-/map/pin", hold)
    unplaced(page)
    page.get_by_role("button", name="Put crane on the map").click()
    with page.expect_request("**/-/map/pin"):
        page.locator("#map").click(position={"x": 200, "y": 500})
    pin(page, "two.jpg").click()
    listed = page.locator("#seen .shot .name")
    expect(listed).to_have_text("two.jpg")
    drawn = pin(page, "two.jpg").element_handle()
    sent.pop().continue_()
    expect(pin(page, "crane")).to_be_visible()
    settled(page)
    expect(listed).to_have_text("two.jpg")
    assert drawn.is_visible()  # the pin was not drawn anew
    pin(page, "crane").click()
    expect(listed).to_have_text("crane")
    page.get_by_role("button", name="Undo").click()
    expect(pin(page, "crane")).to_have_count(0)
    expect(page.locator("#seen .told")).to_have_text("4 photos in view")


def test_a_photo_can_be_put_where_there_is_none_yet(page: Any, tmp_path: Path) -> None:
    create_archive(tmp_path / "new", "New")
    with open_archive(tmp_path / "new") as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            make = Maker(archive.connection, archive.originals, opened)
            make.photo(make.jpeg((9, 99, 9)), "lone.jpg")
    with served(tmp_path / "new") as url, watching(page, url):
        page.goto(f"{url}/-/map?tab=unplaced", wait_until="networkidle")
        page.get_by_role("button", name="Put lone.jpg on the map").click()
        page.get_by_role("button", name="Put it here").click()
        expect(pin(page, "lone.jpg")).to_be_visible()


# Plans


def test_an_admin_adds_a_plan_lays_it_and_sees_it(at: Any, tmp_path: Path) -> None:
    drawing = tmp_path / "Level 0.png"
    drawing.write_bytes(picture((250, 220, 180), (400, 300)))
    page = at(NEAR)
    page.get_by_role("tab", name="Plans").click()
    page.locator("#plan-file").set_input_files(drawing)
    corner = page.get_by_role("button", name="Top left corner of the plan")
    expect(corner).to_be_focused()
    before = page.locator(".plan img").bounding_box()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    after = page.locator(".plan img").bounding_box()
    assert after["width"] > before["width"] + 30
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Plan laid on the map.")
    expect(page.locator(".plan img")).to_have_count(1)
    laid = page.locator(".plan img").bounding_box()
    assert laid["width"] == pytest.approx(after["width"], abs=3)
    page.reload(wait_until="networkidle")
    assert page.locator(".plan img").bounding_box() == pytest.approx(laid, abs=2)
    page.get_by_text("Layers").click()
    page.get_by_label("Level 0", exact=True).uncheck()
    expect(page.locator(".plan img")).to_have_count(0)
    assert address(page)["plans"] == ""
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Plans").click()
    page.get_by_role("button", name="Remove: Level 0").click()
    expect(page.locator(".toast")).to_contain_text("Plan removed.")
    expect(page.locator(".plan-list li")).to_have_count(0)


def test_a_map_of_tiles_takes_the_place_of_the_outline(at: Any, tmp_path: Path) -> None:
    tiles = make_mbtiles(tmp_path / "town.mbtiles", world(3), attribution="<i>OSM</i>")
    page = at("/-/map?at=50,10,2")
    page.get_by_role("tab", name="Plans").click()
    page.locator("#plan-file").set_input_files(tiles)
    expect(page.locator(".leaflet-tile-pane img").first).to_be_visible()
    expect(page.locator(".leaflet-control-attribution")).to_have_text("OSM")
    page.get_by_text("Layers").click()
    page.get_by_label("Outline of the world").check()
    expect(page.locator(".leaflet-tile-pane img")).to_have_count(0)
    assert address(page)["base"] == "0"


def test_what_is_no_plan_is_refused_in_words(
    page: Any, kept: str, tmp_path: Path
) -> None:
    bad = tmp_path / "plan.png"
    bad.write_bytes(b"%PDF-1.7")
    page.goto(f"{kept}/-/map?tab=plans", wait_until="networkidle")
    page.locator("#plan-file").set_input_files(bad)
    expect(page.locator(".toast.wrong")).to_contain_text("plan.png")
    expect(page.locator("#hint")).to_be_hidden()


# A phone, and no script


def test_a_thumb_zooms_pins_and_reads_on_a_phone(new_context: Any, yard: str) -> None:
    context = new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    with watching(page, yard):
        page.goto(f"{yard}{NEAR}", wait_until="networkidle")
        settled(page)
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide)
        page.get_by_role("tab", name="Without a place").tap()
        page.get_by_role("button", name="Put crane on the map").tap()
        page.locator("#map").tap(position={"x": 100, "y": 300})
        expect(page.locator(".toast")).to_contain_text("Put on the map.")
        pin(page, "crane").tap()
        expect(page.locator("#seen .shot .name")).to_have_text("crane")
        expect(page.locator("#seen .shot")).to_be_in_viewport()
        assert not page.evaluate(wide)


def test_without_scripts_there_are_links_to_the_same_photos(
    new_context: Any, kept: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{kept}/-/map")
    expect(page.get_by_text("5 photos have a place.")).to_be_visible()
    page.get_by_role("link", name="Show them as a grid").first.click()
    expect(page).to_have_url(re.compile("has%3Agps"))
