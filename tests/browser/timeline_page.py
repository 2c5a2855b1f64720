"""A timeline of 6,000 photos in a real browser: what its tests look at."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

PHOTOS = 6_000
HEADS = "all => all.map(h => h.closest('.day').dataset.key)"
SEEN = """() => [...document.querySelectorAll('.tile')].filter(tile => {
    const box = tile.getBoundingClientRect();
    return box.bottom > 100 && box.top < innerHeight;
}).map(tile => Number(tile.dataset.id))"""
FOCUSED = "() => Number(document.activeElement.closest('.tile')?.dataset.id ?? 0)"


def opened(page: Any, address: str) -> Any:
    """Open a page and wait until its first tiles stand where they belong."""
    page.goto(address)
    page.locator(".grid.laid .tile").first.wait_for()
    return page


def calm(page: Any) -> None:
    """Wait until everything in the window has its tiles."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() =>"
        " requestAnimationFrame(done)))"
    )
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")


def seen(page: Any) -> list[int]:
    calm(page)
    return list(page.evaluate(SEEN))


def heads(page: Any) -> list[str]:
    return list(page.locator(".day h2").evaluate_all(HEADS))


def listed(page: Any, url: str, query: str) -> list[int]:
    photos = page.request.get(f"{url}.json?{query}").json()["photos"]
    return [photo["id"] for photo in photos]


def selected(page: Any) -> str:
    return str(page.locator(".bulk-count").inner_text())
