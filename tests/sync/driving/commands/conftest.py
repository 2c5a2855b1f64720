"""An archive that a person links to our own hub, and engines written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive import remotes
from archive.batches import batch
from archive.commands.root import asbuilt
from archive.database import create_archive, open_archive
from archive.people import owner
from sync.driving.links import as_json
from sync.driving.tokens import SECRET
from sync.effects import Ask, Commit, Steps, Tell
from sync.engine import Report
from tests.sync.driving.conftest import Hub


def run(*arguments: object, code: int = 0, **more: Any) -> Result:
    result = CliRunner().invoke(asbuilt, [str(one) for one in arguments], **more)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "tower"
    create_archive(folder, "Tower 4")
    return folder


@pytest.fixture
def folder(empty: Path, tmp_path: Path) -> Path:
    """An empty archive of the test's own."""
    shutil.copytree(empty, tmp_path / "laptop")
    return tmp_path / "laptop"


def link(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Link an archive as a person does."""
    monkeypatch.setenv(SECRET, hub.secret)
    run("remote", "set", folder, *given(hub))


def given(hub: Hub, **changed: object) -> list[str]:
    told = {
        "--url": hub.link.url,
        "--company": hub.link.company,
        "--project": hub.link.project,
        "--client-id": hub.link.client_id,
        **changed,
    }
    return [str(part) for pair in told.items() for part in pair]


@dataclass
class Hand:
    """Puts an engine written by hand in the engine's place."""

    monkeypatch: pytest.MonkeyPatch

    def __call__(self, engine: Callable[[Any], Steps[Report]]) -> None:
        self.monkeypatch.setattr("sync.engine.run", engine)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


@pytest.fixture
def linked(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive that is linked, without having asked."""
    monkeypatch.setenv(SECRET, hub.secret)
    with open_archive(folder) as archive:
        who = owner(archive.connection)
        with batch(archive.connection, who) as _:
            remotes.set_link(archive.connection, who, as_json(hub.link))
    return folder


def me(_: Any) -> Steps[Report]:
    """Ask one thing, write another."""
    answer = yield Ask("GET", "/rest/v1.0/me")
    assert answer.is_done
    yield Tell("pull", 1, 2)
    yield Commit(lambda store: store.remember("met", True))
    return Report(requests=1)
