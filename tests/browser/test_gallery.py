"""The pages in a real browser, served by ``asbuilt serve``."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from archive.batches import batch
from archive.database import open_archive
from archive.people import owner
from tests.browser.conftest import asbuilt, watching
from tests.browser.timeline_page import opened
from tests.forked import served

pytestmark = pytest.mark.slow

PHOTOS = 130
HOSTILE = (
    "<img src=x onerror=document.title='owned'>\"'</a>"
    "<script>document.title='owned'</script>"
)
PHONE = {"width": 390, "height": 844}


def jpeg(number: int) -> bytes:
    """A photo of a day in 2026, of one of three shapes, and like no other."""
    size = [(400, 300), (300, 400), (640, 240)][number % 3]
    image = Image.new("RGB", size, (number, 255 - number, 90))
    image.putpixel((number % 200, 5), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0132] = "2026:01:01 00:00:00"
    day = f"2026:{1 + number // 28:02}:{1 + number % 28:02} 10:{number % 60:02}:00"
    exif.get_ifd(0x8769)[0x9003] = day
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def fill(folder: Path, pictures: Path) -> None:
    pictures.mkdir()
    for number in range(PHOTOS):
        (pictures / f"site-{number:03}.jpg").write_bytes(jpeg(number))
    subprocess.run(asbuilt("init", str(folder), "--name", "Tower 4"), check=True)
    subprocess.run(
        asbuilt("import", str(folder), str(pictures), "--location", "Tower>Level 2"),
        check=True,
        capture_output=True,
    )
    with open_archive(folder) as archive:
        connection = archive.connection
        with batch(connection, owner(connection)):
            connection.execute(
                "update photos set description = ? where id = 7", (HOSTILE,)
            )
            connection.execute(
                "update photos set filename = ? where id = 8", (HOSTILE,)
            )
            connection.execute(
                "update photos set description = 'crane', private = 1"
                " where id in (3, 4)"
            )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browser")
    fill(folder / "tower", folder / "pictures")
    with served(folder / "tower") as home:
        yield home


@pytest.fixture
def watched(page: Any, url: str) -> Iterator[Any]:
    with watching(page, url) as watched_page:
        yield watched_page


def tiles(page: Any) -> Any:
    return page.locator(".tile")


def test_thumbnails_are_pictures(watched: Any, url: str) -> None:
    watched.goto(url)
    for number in range(8):
        picture = tiles(watched).nth(number).locator("img")
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("image => image.naturalWidth") > 50


def test_a_search_narrows_and_its_chip_widens(watched: Any, url: str) -> None:
    watched.goto(url)
    watched.keyboard.press("/")
    watched.keyboard.type("crane")
    watched.keyboard.press("Enter")
    watched.wait_for_url("**?q=crane")
    expect(watched.locator("#total")).to_have_text("2 photos")
    expect(tiles(watched)).to_have_count(2)
    watched.locator(".chips a").first.click()
    watched.wait_for_url(re.compile(r"/tower-4$"))
    expect(watched.locator("#total")).to_have_text("130 photos")


def test_facets_choose_and_unchoose(watched: Any, url: str) -> None:
    watched.goto(url)
    watched.locator(".facet-taken a").first.click()
    watched.wait_for_url("**q=taken*")
    chosen = watched.locator(".facet-taken a[aria-current]")
    assert chosen.count() == 1
    number = chosen.locator(".count").inner_text()
    expect(watched.locator("#total")).to_have_text(f"{number} photos")
    chosen.click()
    watched.wait_for_url(re.compile(r"/tower-4$"))
    watched.locator(".facet-location a", has_text="Tower").click()
    watched.wait_for_url("**q=location*")
    assert watched.locator(".facet-location .label").all_inner_texts() == ["Level 2"]


def test_a_wrong_search_is_explained(page: Any, url: str) -> None:
    page.goto(f"{url}?q=colour:red")
    assert "album:" in page.get_by_role("alert").inner_text()
    assert page.locator("#q").input_value() == "colour:red"


def test_the_keyboard_walks_from_the_gallery_through_photos(
    watched: Any, url: str
) -> None:
    opened(watched, url)
    watched.keyboard.press("ArrowRight")
    watched.keyboard.press("ArrowRight")
    second = tiles(watched).nth(1).locator("a").get_attribute("href")
    watched.keyboard.press("Enter")
    watched.wait_for_url(f"**{second}")
    watched.keyboard.press("ArrowLeft")
    watched.wait_for_url(lambda at: not at.endswith(str(second)))
    watched.keyboard.press("ArrowRight")
    watched.wait_for_url(f"**{second}")
    watched.keyboard.press("Escape")
    watched.wait_for_url(re.compile(r"/tower-4$"))


def test_arrow_down_goes_to_the_row_below(watched: Any, url: str) -> None:
    opened(watched, url)
    watched.keyboard.press("ArrowRight")
    top = "document.activeElement.getBoundingClientRect().top + scrollY"
    before = watched.evaluate(top)
    watched.keyboard.press("ArrowDown")
    watched.wait_for_function(f"before => {top} > before + 50", arg=before)
    watched.keyboard.press("ArrowUp")
    watched.wait_for_function(f"before => {top} === before", arg=before)


@pytest.mark.parametrize(
    "path", ["", "/-/photo/7", "/-/photo/8", "/photos?id__lte=9", "/photos/7"]
)
def test_hostile_words_stay_words(watched: Any, url: str, path: str) -> None:
    ours = not path.startswith("/photos")  # whose scripts write, too
    watched.goto(url + path, wait_until="networkidle" if ours else "load")
    assert watched.title() != "owned"
    assert watched.locator("img[src='x'], img[src=x]").count() == 0
    if path:
        assert "onerror" in watched.locator("body").inner_text()


def test_on_a_phone_the_filters_are_behind_a_button(watched: Any, url: str) -> None:
    watched.set_viewport_size(PHONE)
    watched.goto(url)
    filters = watched.locator("#facets")
    assert not filters.is_visible()
    watched.get_by_role("button", name="Filters").click()
    filters.wait_for()
    for link in filters.locator("a").all()[:8]:
        assert link.bounding_box()["height"] >= 44
    watched.keyboard.press("Escape")
    filters.wait_for(state="hidden")


@pytest.mark.parametrize("path", ["", "/-/photo/1"])
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}], ids=str)
def test_nothing_sticks_out_sideways(
    watched: Any, url: str, path: str, size: Any
) -> None:
    watched.set_viewport_size(size)
    watched.goto(url + path)
    wide = watched.evaluate("document.documentElement.scrollWidth")
    assert wide == size["width"]


@pytest.mark.parametrize("path", ["", "?q=crane", "/-/photo/3"])
def test_everything_has_a_name(watched: Any, url: str, path: str) -> None:
    """What a screen reader needs most: texts for pictures, links, buttons, fields."""
    watched.goto(url + path)
    nameless = watched.evaluate(
        """() => [...document.querySelectorAll(
            'a, button, input:not([type=hidden]), textarea, img, video')]
            .filter(e => !(e.getAttribute('alt') ?? e.getAttribute('aria-label')
                ?? document.getElementById(e.getAttribute('aria-labelledby'))
                    ?.textContent
                ?? e.labels?.[0]?.textContent ?? e.textContent).trim()
                && !e.querySelector('img[alt]:not([alt=""])'))
            .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    assert watched.locator("main").count() == 1
    assert watched.locator("html").get_attribute("lang") == "en"
