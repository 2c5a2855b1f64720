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
# Nothing that fades is looked at half way; what turns for ever has no end
SETTLED = """async () => {
    for (let n = 0; n < 2; n += 1) await new Promise(requestAnimationFrame);
    for (const one of document.getAnimations()) {
        if (one.effect.getComputedTiming().endTime !== Infinity) one.finish();
    }
}"""


def problems(page: Any) -> list[str]:
    """Return what axe finds wrong; evaluated, since our policy forbids its script."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        """tags => axe.run({
            runOnly: { type: "tag", values: tags },
            resultTypes: ["violations"],
            selectors: false,
        })""",
        TAGS,
    )
    return [
        f"{broken['id']}: {broken['help']}: {node['html'][:200]}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


def kept_out(page: Any) -> list[str]:
    """Return what keeps somebody out of a page as it stands, at any size.

    It is looked at as it is, then at the other size, and left as it was: loading it
    again would take several times as long.
    """
    here = page.viewport_size
    found = []
    for size in sorted(SIZES, key=lambda size: SIZES[size][0] != here["width"]):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=SCHEMES[size])
        page.evaluate(SETTLED)
        found += [f"{size}: {one}" for one in problems(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{size}: it sticks out sideways")
    page.set_viewport_size(here)
    return found


def on_a(size: str, new_context: Any, **options: Any) -> Any:
    """Return a new page of that size, in the colours that go with it."""
    width, height = SIZES[size]
    screen = {"width": width, "height": height}
    scheme = SCHEMES[size]
    return new_context(viewport=screen, color_scheme=scheme, **options).new_page()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
@pytest.mark.parametrize(("half", "size"), [(0, "laptop"), (1, "phone")])
def test_no_page_keeps_anybody_out(
    live: str, new_context: Any, half: int, size: str
) -> None:
    page = on_a(size, new_context)
    found = {}
    for path in PAGES[half::2]:
        page.goto(live + path, wait_until="networkidle")
        if wrong := kept_out(page):
            found[path] = wrong
    assert found == {}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_axe_would_see_what_is_wrong(new_context: Any) -> None:
    page = new_context().new_page()
    page.set_content("<html><body><img src='x'><input><p style='color:#eee'>pale")
    told = "\n".join(problems(page))
    for rule in ("image-alt", "label", "color-contrast", "html-has-lang"):
        assert rule in told
