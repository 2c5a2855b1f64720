"""A close-out package opened from a disk, by double-click, without a network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archive.package_site import HOSTILE, package_of_all
from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out, on_a

COUNT = len(HOSTILE) + 3


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything of an archive with hostile words, in a folder with a hostile name."""
    folder = tmp_path_factory.mktemp("handed over")
    made = package_of_all(folder / "tower", folder / "close-out #1 100% ü")
    shutil.rmtree(folder / "tower")
    return made


@pytest.fixture
def opened(package: Path, new_context: Any) -> Iterator[Any]:
    """A page that may ask for files of the package and nothing else."""
    context = new_context(viewport={"width": 1280, "height": 800}, offline=True)
    url = (package / "index.html").as_uri()
    with watching(context.new_page(), url) as page:
        page.goto(url)
        yield page


def test_the_viewer_finds_and_shows_photos(opened: Any) -> None:
    page = opened
    page.click("text=Look through the photos")
    page.wait_for_selector(".grid a img")
    assert page.inner_text(".found") == f"{COUNT} photos"
    assert page.evaluate("() => [...document.images].every(i => i.naturalWidth > 0)")
    page.keyboard.press("/")
    page.keyboard.type("SECOND words")
    page.wait_for_function("() => document.querySelectorAll('.grid a').length === 1")
    page.click(".grid a")
    page.wait_for_selector(".one")
    assert page.inner_text(".told h1") == "second words"
    assert "Tower › Level 3" in page.inner_text(".facts")
    assert HOSTILE[2] in page.inner_text(".comments")
    assert HOSTILE[0] in page.text_content("svg.markups")
    sides = "() => JSON.stringify(document.querySelector('{}').getBoundingClientRect())"
    layer = page.evaluate(sides.format("svg.markups"))
    assert layer == page.evaluate(sides.format(".stage > img"))
    page.click("button.drawn")
    assert not page.is_visible("svg.markups")
    href = page.get_attribute("text=Original file", "href")
    assert page.evaluate("h => new URL(h, location).protocol", href) == "file:"
    page.keyboard.press("Escape")
    page.wait_for_selector(".grid")
    assert page.evaluate("document.querySelectorAll('.grid a').length") == 1
    page.click(".tabs a >> text=Albums")
    assert HOSTILE[0] in page.inner_text(".cards")
    page.click(f".cards a >> text={HOSTILE[0]}")
    page.wait_for_selector(".chip")
    page.click(".tabs a >> text=Places")
    page.click(".tree a >> text=Level 3")
    assert page.inner_text(".found") == "1 photo"
    assert page.title() == "Tower 4"


def test_one_goes_from_photo_to_photo_by_keys(opened: Any) -> None:
    page = opened
    page.click("text=Look through the photos")
    page.click(".grid a >> nth=0")
    shown = []
    for n in range(1, COUNT + 1):
        page.wait_for_function(
            "n => document.querySelector('.stage .place').textContent.startsWith(n)",
            arg=f"{n} of",
        )
        shown.append(page.inner_text(".told h1"))
        page.keyboard.press("ArrowRight")
    wanted = {words.partition("\n")[0].strip()[:20] for words in HOSTILE[3:6]}
    assert wanted <= {title[:20] for title in shown}
    assert page.title() != "owned"


def test_the_map_shows_where_photos_were_taken(opened: Any) -> None:
    page = opened
    page.click("text=Look through the photos")
    page.click(".tabs a >> text=Map")
    canvas = page.locator(".map canvas")
    assert canvas.get_attribute("aria-label") == "Map of 4 photos"
    assert page.inner_text(".unpinned") == f"{COUNT - 4} more have no position"
    canvas.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelectorAll('.strip a').length") == 4
    page.click(".strip a >> nth=0")
    page.click(".facts a >> text=/^51\\.5/")
    page.wait_for_selector(".strip a")


def test_the_plain_pages_lead_everywhere_without_scripts(
    package: Path, new_context: Any
) -> None:
    context = new_context(java_script_enabled=False, offline=True)
    url = (package / "index.html").as_uri()
    with watching(context.new_page(), url) as page:
        page.goto(url)
        page.click("text=Plain pages")
        page.click(f".cards a >> text={HOSTILE[0]}")
        page.click(".photos a >> nth=0")
        page.click("text=Later")
        assert page.locator(".one img").count() == 1
        page.click(".facts a >> nth=0")
        assert page.title() != "owned"
        page.click(".photos a >> nth=0")
        with page.expect_event("requestfinished"):
            page.click(".picture")
        assert page.url.endswith(".jpg")


@pytest.mark.slow
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_no_page_of_it_keeps_anybody_out(package: Path, new_context: Any) -> None:
    manifest = json.loads((package / "data" / "manifest.json").read_text("utf-8"))
    second = next(r for r in manifest if r["description"] == "second words")
    uuid, viewer = second["uuid"], "data/viewer/index.html#/"
    page = on_a("phone", new_context, bypass_csp=True)
    pages = (
        f"{viewer}photos",
        f"data/pages/photo/{uuid[-2:]}/{uuid}.html",
        f"{viewer}photo/{uuid}",
        *(f"{viewer}{view}" for view in ("albums", "places", "map", "photos?q=none")),
        *("index.html", "data/pages/index.html", "data/pages/album-1.html"),
    )
    for where in pages:
        path, _, fragment = where.partition("#")
        page.goto("about:blank")
        page.goto(f"{(package / path).as_uri()}{'#' if fragment else ''}{fragment}")
        assert kept_out(page) == [], where
