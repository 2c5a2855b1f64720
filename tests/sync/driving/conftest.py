"""Our own images API over real connections, and servers that misbehave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive import secrets
from archive.accounts import Visit, clients, open_accounts
from archive.clock import utc_now
from archive.database import open_archive, read_marker
from archive.identity import project_number
from archive.people import owner
from archive.secrets import Vault
from plugins.api import bearer
from sync.driving.asking import Desk
from sync.driving.links import Link, make_link
from sync.driving.pausing import Pause
from sync.driving.tokens import SECRET, Pair, Session
from sync.driving.wires import Wires
from tests.plugins.api.live import listening as listening_site
from tests.plugins.conftest import Loop, Site, fill, serve
from tests.sync.driving import misbehaving

ACTOR_OF = bearer.actor_of  # before any fixture puts another in its place
TOKEN = "TOKENSECRET"  # noqa: S105 - of no server


@dataclass(frozen=True)
class Hub:
    """An archive that is served, and a program that is known there."""

    site: Site
    link: Link
    secret: str

    @property
    def folder(self) -> Path:
        return self.site.folder


@pytest.fixture(scope="session")
def hub_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    yield from serving_hub(tmp_path_factory.mktemp("hub") / "tower")


def serving_hub(folder: Path) -> Iterator[Hub]:
    """Serve six photos to a program that may do everything."""
    fill(folder)
    number = project_number(str(read_marker(folder)["uuid"]))
    with open_archive(folder) as archive, open_accounts(folder) as accounts:
        made = clients.add_client(
            accounts,
            archive.connection,
            "Laptop",
            Visit(utc_now()),
            by=owner(archive.connection),
            level="admin",
            redirect_uris=("http://127.0.0.1/back",),
        )
    loop = Loop()
    try:
        for site in serve(loop, [folder], owner=True):
            with listening_site(site) as host:
                link = make_link(f"http://{host}", number, number, made.client.id)
                yield Hub(site, link, str(made.secret))
    finally:
        loop.close()


@pytest.fixture
def hub(hub_served: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub, with real tokens whatever other tests put in their place."""
    monkeypatch.setattr(bearer, "actor_of", ACTOR_OF)
    return hub_served


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what tests keep out of the settings and the keyring of who runs them."""
    monkeypatch.setattr(secrets, "system_keyring", lambda: None)
    monkeypatch.setattr(secrets, "settings_folder", lambda: tmp_path / "settings")
    for name in (SECRET, "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "settings"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "settings", None)


@pytest.fixture
def wires() -> Iterator[Wires]:
    wires = Wires()
    yield wires
    wires.close()


@pytest.fixture
def server() -> Iterator[misbehaving.Server]:
    with misbehaving.listening() as server:
        yield server


@pytest.fixture
def other_server() -> Iterator[misbehaving.Server]:
    with misbehaving.listening() as server:
        yield server


def session_of(hub: Hub, vault: Vault, wires: Wires) -> Session:
    """Return a login at the hub, with its secret from the environment."""
    environment = {SECRET: hub.secret}
    return Session(hub.link, vault, wires, "archive", environment=environment)


class Clock:
    """Time that passes when somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now


class Hurried(Pause):
    """Waiting takes no time; the clock goes on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.clock = clock

    def wait(self, seconds: float) -> None:
        self.check()
        self.clock.waited.append(seconds)
        self.clock.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(server: misbehaving.Server, vault: Vault, wires: Wires, clock: Clock) -> Desk:
    """Who asks the misbehaving server, with a token."""
    link = make_link(server.url, 7, 8, "program")
    session = Session(link, vault, wires, "archive", environment={SECRET: "s"})
    session.pair = Pair(TOKEN, time.time() + 5000)
    pause = Hurried(clock)
    return Desk(link, session, wires, pause, now=clock, jitter=lambda: 0.0)


def said(**about: Any) -> misbehaving.Said:
    return misbehaving.Said(**about)
