"""A site where people log in and links are switched on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.plugins.conftest import Site, fill
from tests.plugins.leaks.links.made import LINKS


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Site]:
    """Where people log in; whom ``who`` names has, and anybody else nobody knows."""
    from plugins.serving import make_datasette

    folder = tmp_path_factory.mktemp("links") / "tower"
    fill(folder)
    datasette = make_datasette([folder])
    loop.run(datasette.invoke_startup())
    yield Site(datasette, loop, folder)
    loop.run(datasette.invoke_shutdown())


@pytest.fixture(autouse=True)
def _open(site: Site) -> None:
    site.get(f"{LINKS}/switch", "admin", "post", json={"on": 1})
