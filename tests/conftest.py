"""What every test run shares: the same examples each time, and its last words."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No deadlines: two cores are shared with the other worker and with the disk.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection() -> None:
    """Look for no garbage while all tests are read: there is none, only more of it."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage in what comes from now on, not in half a million objects."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords at no cost: a real one keeps a core busy for a tenth of a second.

    What is real is held by tests/archive/test_accounts_passwords.py.
    """
    from archive.accounts import passwords

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", passwords.hasher(1, 8))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep out of the settings of whoever runs the tests; for their processes, too."""
    from archive import secrets

    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setattr(secrets, "settings_folder", lambda: folder / "asbuilt")
        yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show what other people's clients asked (tests/clients), for the CI's log."""
    for report in terminalreporter.stats.get("passed", ()):
        for name, lines in report.user_properties:
            if name == "transcript" and report.when == "call":
                terminalreporter.write_line("\n".join(lines))
