"""Two archives that people log in to, and those who come."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import accounts
from archive.accounts import Visit
from archive.clock import utc_now
from archive.database import open_archive
from archive.people import find_person, owner
from plugins.access import Access
from tests.plugins.conftest import Site, fill
from tests.plugins.visitors import Visitor, change_person, give_passwords

ACCESS = Access(accounts=True, names=("office", "photos.example"))


@contextmanager
def serving(loop: Any, *folders: Path, access: Access = ACCESS) -> Iterator[Site]:
    from plugins.serving import make_datasette

    datasette = make_datasette(folders, access=access)
    loop.run(datasette.invoke_startup())
    yield Site(datasette, loop, folders[0])
    loop.run(datasette.invoke_shutdown())


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two archives with passwords, to be copied: making one takes a while."""
    parent = tmp_path_factory.mktemp("towns")
    for title in ("Tower 4", "Bridge"):
        fill(parent / title, title)
        give_passwords(parent / title)
    return parent


@pytest.fixture
def folder(towns: Path, tmp_path: Path) -> Path:
    shutil.copytree(towns / "Tower 4", tmp_path / "tower")
    return tmp_path / "tower"


@pytest.fixture
def come(folder: Path, loop: Any) -> Iterator[Callable[..., Visitor]]:
    """Return a function that brings somebody who is not logged in."""
    with serving(loop, folder) as site:
        app = site.datasette.app()
        yield lambda **about: Visitor(app, loop, **about)


@pytest.fixture
def kim(come: Callable[..., Visitor]) -> Visitor:
    """Kim, logged in; she is standard."""
    visitor = come()
    assert visitor.log_in("kim").status_code == 303
    return visitor


@pytest.fixture
def invited(folder: Path) -> str:
    """The way to choose a password, for person 4."""
    with open_archive(folder) as archive, accounts.open_accounts(folder) as opened:
        sam = owner(archive.connection)
        change_person(folder, 4, login="ada")
        ada = find_person(archive.connection, 4)
        visit = Visit(utc_now())
        made = accounts.invite(opened, archive.connection, ada, visit, by=sam)
    return f"/-/invitation/{made.token}"
