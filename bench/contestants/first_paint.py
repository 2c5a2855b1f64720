"""Ours: from the request for the gallery to its first paint, in a browser.

Each time a new context of one browser, which has nothing of ours in its cache. The
times are the browser's own (milliseconds since it began to ask): the first paint with
content, the largest one, and the frame since which all pictures in view are there and
in their places.
"""

from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.contestants.clock import Clock, read_task, tell

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # root gets none
]
SCREEN = {"width": 1280, "height": 800}
PATIENCE = 60_000  # ms
SETTLED = 1_000  # ms
# In each frame: which pictures are in view, where, and which of them are there. When
# that last changed is when the gallery looked as it stays.
LOOK = """(() => {
  const told = (window.benchmark = { at: 0, pictures: 0, missing: 0 });
  let before = "";
  const look = () => {
    const seen = [...document.querySelectorAll("main img")]
      .map((image) => [image, image.getBoundingClientRect()])
      .filter(([, box]) => box.width && box.bottom > 0 && box.top < innerHeight)
      .map(([image, box]) => [image.complete && image.naturalWidth > 0, box.x, box.y]);
    const now = JSON.stringify(seen);
    if (now !== before) {
      told.at = performance.now();
      told.pictures = seen.length;
      told.missing = seen.filter(([here]) => !here).length;
      before = now;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
SETTLES = """(quiet) => document.readyState === "complete" && benchmark.pictures
  && !benchmark.missing && performance.now() - benchmark.at > quiet && benchmark"""
PAINTS = """async () => {
  const largest = await new Promise((tell) => {
    new PerformanceObserver((list) => tell(list.getEntries().at(-1).startTime))
      .observe({ type: "largest-contentful-paint", buffered: true });
    setTimeout(() => tell(null), 2000);
  });
  const first = performance.getEntriesByName("first-contentful-paint")[0];
  const page = performance.getEntriesByType("navigation")[0];
  return { first: first?.startTime ?? null, largest, html: page.responseEnd };
}"""


def main() -> None:
    task, clock = read_task(), Clock()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=task["chromium"], args=QUIET
        )
        paint(browser, task["url"], Path(task["picture"]))  # warms up the server
        with clock:
            found = [paint(browser, task["url"]) for _ in range(task["times"])]
        browser.close()
    keys = ("html", "first", "largest", "thumbnails", "pictures")
    tell(clock, task["times"], **{key: middle(found, key) for key in keys})


def middle(found: list[dict[str, Any]], key: str) -> float:
    """The median of what the browser told; a paint that it did not tell counts not."""
    return median(one[key] for one in found if one[key] is not None)


def paint(browser: Browser, url: str, picture: Path | None = None) -> dict[str, Any]:
    """Open the gallery as somebody who was never there.

    :param picture: where to keep a picture of what there is then
    """
    context = browser.new_context(viewport=SCREEN)
    try:
        context.add_init_script(LOOK)
        page = context.new_page()
        page.goto(url, wait_until="commit")
        settled = page.wait_for_function(SETTLES, arg=SETTLED, timeout=PATIENCE)
        told = settled.json_value()
        if picture:
            page.screenshot(path=picture)
        paints: dict[str, Any] = page.evaluate(PAINTS)
        return {**paints, "thumbnails": told["at"], "pictures": told["pictures"]}
    finally:
        context.close()


main()
