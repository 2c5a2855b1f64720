"""Drawing on a photo as people do: with the mouse, with fingers and with keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.markup_shapes import COLOURS, POINTS, Shape, frame_of, turned
from archive.markup_svg import svg
from archive.markups import Markup, list_markups
from archive.people import owner
from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE
from tests.browser.viewer.photo_page import SMALL, picture
from tests.forked import served
from tests.plugins.conftest import Maker

pytestmark = pytest.mark.slow

VIOLATIONS = "axe.run('.stage').then((r) => r.violations.map(({ id }) => id))"
SENT = "**/-/photo/1/markup"
WORDS = "</svg><script>alert(1)</script>\nRiss 2 mm"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("markups") / "tower"
    create_archive(made, "Tower 4", "Sam Archer")
    with open_archive(made) as archive:
        connection = archive.connection
        with batch(connection, owner(connection)) as opened:
            make = Maker(connection, archive.originals, opened)
            facts = {"width": SMALL[0], "height": SMALL[1]}
            make.photo(picture(90, SMALL), "a.jpg", facts=facts, rotation=90)
    return made


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(folder) as made:
        yield made


@pytest.fixture
def viewer(url: str, page: Any) -> Iterator[Any]:
    with watching(page, url) as watched:
        watched.set_viewport_size({"width": 1280, "height": 900})
        watched.goto(f"{url}/-/photo/1")
        yield watched


def drawn(folder: Path) -> list[Markup]:
    with open_archive(folder) as archive:
        return list_markups(archive.connection, [1]).get(1, [])


def shown(page: Any) -> Any:
    return page.locator("[data-markup]")


def pick(page: Any, **choices: str) -> None:
    for name, value in choices.items():
        page.locator(f"input[name={name}][value='{value}']").check(force=True)


def drag(page: Any, *points: tuple[float, float]) -> None:
    """Pull from point to point; each is parts of the picture as it is shown."""
    box = page.locator("svg.markups").bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def near(points: Any, *wanted: tuple[float, float]) -> bool:
    """Whether stored points are where they were drawn, as shown, to a hundredth."""
    found = turned(points, 90)
    return len(found) == len(wanted) and all(
        abs(x - u * 100_000) < 1000 and abs(y - v * 100_000) < 1000
        for (x, y), (u, v) in zip(found, wanted, strict=True)
    )


def test_somebody_draws_changes_undoes_and_comes_back(
    viewer: Any, folder: Path
) -> None:
    page = viewer
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.get_by_role("application")).to_be_visible()
    pick(page, tool="arrow", colour="yellow", width="8")
    drag(page, (0.2, 0.1), (0.6, 0.5))
    expect(shown(page)).to_have_count(1)
    (arrow,) = drawn(folder)
    assert (arrow.kind, arrow.colour, arrow.width) == ("arrow", "yellow", 8)
    assert near(arrow.points, (0.2, 0.1), (0.6, 0.5))

    pick(page, tool="text")
    drag(page, (0.1, 0.7))
    page.locator("#markup-text textarea").fill(WORDS)
    page.locator("#markup-text").get_by_role("button", name="Save").click()
    expect(shown(page)).to_have_count(2)
    assert drawn(folder)[1].text == WORDS

    pick(page, tool="select")
    drag(page, (0.4, 0.3), (0.5, 0.3))
    expect(page.locator("#markup-status")).to_contain_text("1 of 2: Arrow")
    pick(page, colour="blue")
    expect(page.locator("[data-markup='1'] path[stroke='#1669e0']")).to_have_count(1)
    assert near(drawn(folder)[0].points, (0.3, 0.1), (0.7, 0.5))
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(shown(page)).to_have_count(1)
    page.locator("#markup-undo").click()
    expect(shown(page)).to_have_count(2)
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#markup-tools")).to_be_hidden()

    page.reload()
    layer = page.get_by_role("img", name="2 markups on the photo")
    expect(layer).to_contain_text("</svg><script>alert(1)</script>")
    same = page.locator("svg.markups").bounding_box()
    assert same == page.locator("#shown").bounding_box()
    page.keyboard.press("h")
    expect(layer).to_be_hidden()
    page.keyboard.press("h")
    expect(layer).to_be_visible()


def test_what_is_drawn_while_the_last_shape_is_saved_stays(
    viewer: Any, folder: Path
) -> None:
    page, before = viewer, len(drawn(folder))
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route(SENT, hold)
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(shown(page)).to_have_count(before)
    pick(page, tool="line")
    with page.expect_request(SENT):
        drag(page, (0.1, 0.2), (0.3, 0.2))
    drag(page, (0.1, 0.4), (0.3, 0.4))
    box = page.locator("svg.markups").bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.6 * box["height"])
    with page.expect_request(SENT):  # the second is sent when the first is there
        held.pop().continue_()
    expect(shown(page)).to_have_count(before + 1)
    held.pop().continue_()
    expect(shown(page)).to_have_count(before + 2)
    page.unroute(SENT)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.up()
    expect(shown(page)).to_have_count(before + 3)
    assert near(drawn(folder)[-1].points, (0.1, 0.6), (0.3, 0.6))


def test_words_are_asked_for_again_until_they_are_saved_and_by_a_double_click(
    viewer: Any,
) -> None:
    page = viewer
    page.get_by_role("button", name="Draw", exact=True).click()
    pick(page, tool="text")
    drag(page, (0.1, 0.9))
    asked = page.locator("#markup-text textarea")
    save = page.locator("#markup-text").get_by_role("button", name="Save")
    page.route(SENT, lambda route: route.fulfill(body="<p>Log in to the hotel"))
    asked.fill("Riss")
    with page.expect_response(SENT):
        save.click()
    expect(asked).to_have_value("Riss")  # and asks again, with the words
    page.unroute(SENT)
    save.click()
    words = shown(page).filter(has_text="Riss").last
    expect(words).to_be_visible()
    pick(page, tool="select")
    at = words.locator("tspan").last.bounding_box()
    page.mouse.dblclick(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    expect(page.locator("#markup-text textarea")).to_have_value("Riss")


def test_keys_alone_draw_select_move_and_take_back(viewer: Any, folder: Path) -> None:
    page, before = viewer, len(drawn(folder))
    page.keyboard.press("m")
    expect(page.locator("input[name=tool]:checked")).to_be_focused()
    expect(shown(page)).to_have_count(before)
    page.get_by_role("application").focus()
    keys = ("Enter", *("ArrowRight",) * 5, *("ArrowUp",) * 5, "Enter")
    for key in keys:
        page.keyboard.press(key)
    expect(shown(page)).to_have_count(before + 1)
    assert near(drawn(folder)[-1].points, (0.5, 0.5), (0.55, 0.45))
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate(VIOLATIONS) == []
    page.keyboard.press("Control+z")
    expect(shown(page)).to_have_count(before)
    page.keyboard.press("Escape")
    expect(page.locator("#markup-tools")).to_be_hidden()
    expect(page.get_by_role("button", name="Draw", exact=True)).to_be_focused()


ENDS = ((9_000, 70_000), (80_000, 20_000))
EACH = [
    Shape(
        kind,
        colour,
        number + 1,
        (*ENDS, (40_000, 41_000)) if kind == "pen" else ENDS,
        "A" if kind == "text" else "",
    )
    for number, (kind, colour) in enumerate(zip(POINTS, COLOURS, strict=False))
]
DRAW = """async ([shapes, frame]) => {
    const { drawn } = await import(document.querySelector(
        "script[src*='viewer.js']").src.replace("viewer.js", "markup-shapes.js"));
    const of = (shape) => [...drawn(shape, frame).querySelectorAll("path, tspan")];
    return shapes.map((shape) => of(shape).map(
        (e) => e.getAttribute("d") ?? e.closest("text").getAttribute("transform")));
}"""
SAID = """([text]) => [...new DOMParser().parseFromString(text, "text/html")
    .querySelectorAll("path, tspan")]
    .map((e) => e.getAttribute("d") ?? e.closest("text").getAttribute("transform"))"""


def test_the_page_s_shapes_are_those_of_the_archive(viewer: Any) -> None:
    given = [asdict(shape) for shape in EACH]
    there = viewer.evaluate(DRAW, [given, list(frame_of(*SMALL))])
    here = [viewer.evaluate(SAID, [svg([s], SMALL, 0, label="")]) for s in EACH]
    assert len(here) == len(POINTS)
    assert there == here
