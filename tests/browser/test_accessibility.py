"""Every page, as axe-core sees it: WCAG 2.2 AA, light and dark, laptop and phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[2] / ".ci" / "tools" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "",
    "?q=crane",
    "?q=foo:bar",
    "?q=nothing-is-like-that",
    "?q=is:recycled",
    "/-/photo/1",
    "/-/photo/4",
    "?by=month&order=oldest",
    "/-/list",
    "/-/facets",
    "/-/albums",
    "/-/locations",
    "/-/trades",
    "/-/log",
    "/-/inbox",
    "/-/map",
    "/-/map?tab=unplaced",
    "/-/map?tab=plans&at=40,10,3",
    "/-/history",
    "/-/history/1",
    "/-/settings",
    "/-/uploads",
    "/-/exports/files?q=crane",
    "/-/links",
    "/-/links/new?q=crane",
    "/-/jobs",
    "/-/verify",
    "/-/photo/77",
)
pytestmark = pytest.mark.slow
SIZES = {"laptop": (1280, 800), "phone": (390, 844)}
# Each once: what colours do hangs on no width
SCHEMES = {"laptop": "light", "phone": "dark"}


def problems(page: Any) -> list[str]:
    """Return what axe finds wrong; evaluated, since our policy forbids its script."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        f"{broken['id']}: {broken['help']}: {node['html'][:200]}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("half", [0, 1])
def test_no_page_keeps_anybody_out(
    live: str, new_context: Any, size: str, half: int
) -> None:
    width, height = SIZES[size]
    page = new_context(viewport={"width": width, "height": height}).new_page()
    found = {}
    page.emulate_media(color_scheme=SCHEMES[size])
    for path in PAGES[half::2]:
        page.goto(live + path, wait_until="networkidle")
        if wrong := problems(page):
            found[path] = wrong
    assert found == {}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_axe_would_see_what_is_wrong(new_context: Any) -> None:
    page = new_context().new_page()
    page.set_content("<html><body><img src='x'><input><p style='color:#eee'>pale")
    told = "\n".join(problems(page))
    for rule in ("image-alt", "label", "color-contrast", "html-has-lang"):
        assert rule in told
