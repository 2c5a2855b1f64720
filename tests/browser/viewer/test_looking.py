"""Looking closely at a photo, around in one, and at two."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.viewer.photo_page import PHONE, SIZE, SPHERE, TIFF, open_photo, toast

pytestmark = pytest.mark.slow


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
    layer = watched.locator(".deep > .drawn > g")
    expect(layer).to_have_text("Riss")
    # of its 1,000 units to the photo's 3,000 pixels
    expect(layer).to_have_attribute("transform", re.compile(r"scale\((3|2\.99)"))
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
