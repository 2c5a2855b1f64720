"""An archive served as the images API, and programs with the token of each person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.database import read_marker
from archive.identity import project_number
from plugins.api import bearer
from tests.plugins.api import contract
from tests.plugins.conftest import ACTORS, Loop, Site, fill, serve

Answer = Any


@dataclass
class Program:
    """A program with somebody's token."""

    site: Site
    who: str
    project: int

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request; ``{project}`` in the path is the project's number.

        Whatever comes back must be as described.
        """
        headers = {"authorization": f"Bearer {self.who}", **options.pop("headers", {})}
        path = path.replace("{project}", str(self.project))
        if path.startswith("/rest/v1.0/image") and "project_id=" not in path:
            path += f"{'&' if '?' in path else '?'}project_id={self.project}"
        if "json" in options:
            headers["content-type"] = "application/json"
            options["content"] = json.dumps(options.pop("json"))
        request = self.site.datasette.client.request
        answer = self.site.run(request(method, path, headers=headers, **options))
        if path.startswith("/rest/v"):
            contract.check(method, path.partition("?")[0], answer)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def rows(self, path: str) -> Any:
        """Return the body of a list that must be answered."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any) -> Answer:
        return self.ask(method, path, json=body)


@pytest.fixture(scope="session")
def tokens() -> Iterator[None]:
    """The word after Bearer is the name of one of ``ACTORS``."""
    real = bearer.actor_of

    async def known(datasette: Any, scope: Any) -> Any:  # noqa: ARG001
        headers = dict(scope["headers"])
        word = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        return ACTORS.get(word)

    bearer.actor_of = known
    yield
    bearer.actor_of = real


def programs_of(site: Site) -> Callable[[str], Program]:
    """Return ``program(who)`` for a site."""
    number = project_number(str(read_marker(site.folder)["uuid"]))
    return lambda who="admin": Program(site, who, number)


@pytest.fixture(scope="session")
def program(archive_folder: Path, loop: Loop, tokens: None) -> Iterator[Any]:  # noqa: ARG001
    """Return ``program(who)`` for the archive that nobody changes."""
    for site in serve(loop, [archive_folder], owner=True):
        yield programs_of(site)


@pytest.fixture
def changing(tmp_path: Path, loop: Loop, tokens: None) -> Iterator[Any]:  # noqa: ARG001
    """Return ``changing(who)`` for an archive of the test's own."""
    fill(tmp_path / "tower")
    for site in serve(loop, [tmp_path / "tower"], owner=True):
        yield programs_of(site)
