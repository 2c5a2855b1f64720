"""A real browser: the system's Chromium, driven by Playwright, kept off the network."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]


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
