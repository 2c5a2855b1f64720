"""A real browser: the system's Chromium, driven by Playwright, kept off the network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from archive.database import create_archive, open_archive
from bench.filling import fill as fill_many
from tests.browser.timeline_page import PHOTOS
from tests.forked import served
from tests.plugins.conftest import fill

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
# As long as what is done on a page: Playwright's own 5 s are little on a busy machine
expect.set_options(timeout=30_000)


def chromium() -> str | None:
    """Find the browser; ``CHROMIUM`` names another one, or none when it is empty."""
    if "CHROMIUM" in os.environ:
        return os.environ["CHROMIUM"] or None
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    """Start the system's browser: Playwright's own would have to be downloaded."""
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium on this machine")
    # Its sandbox needs namespaces that root does not get.
    sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]
    options = {"executable_path": executable, "args": [*QUIET, *sandbox]}
    return {**browser_type_launch_args, **options}


def asbuilt(*arguments: str) -> list[str]:
    """The command line as a person would start it."""
    main = "from archive.commands.root import main; main()"
    return [sys.executable, "-u", "-c", main, *arguments]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small archive of the page tests, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("live") / "tower"
    fill(folder)
    with served(folder) as url:
        yield url


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Thousands of photos, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("timeline") / "site"
    create_archive(folder, "Site")
    with open_archive(folder) as archive:
        fill_many(archive.connection, PHOTOS)
    with served(folder) as url:
        yield url


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[str]:
    """The same archive for one test alone, which may change it."""
    fill(tmp_path / "tower")
    with served(tmp_path / "tower") as url:
        yield url


@contextmanager
def watching(page: Any, url: str) -> Iterator[Any]:
    """A page that must not complain, break the policy, or ask anybody else."""
    complaints: list[str] = []
    here = (url.rpartition("/")[0], "data:", "blob:")

    def told(message: Any) -> None:
        # OpenSeadragon says so of each tile that came after it was closed
        late = message.text.startswith("Ignoring tile")
        if message.type in ("error", "warning") and not late:
            complaints.append(message.text)

    page.on("console", told)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda r: r.url.startswith(here) or complaints.append(f"asked {r.url}"),
    )
    yield page
    assert complaints == []
