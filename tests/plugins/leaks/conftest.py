"""The whole archive and its twins, made once for all tests here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from plugins.access import Access
from tests.plugins.conftest import Site, serve
from tests.plugins.leaks.filling import fill
from tests.plugins.leaks.twins import TWINS, forget, level_batches
from tests.plugins.leaks.worlds import World, watched

COUNTS: dict[str, int] = {}


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> dict[str, Path]:
    """The folders of the whole archive and of each reader's twin, pictures made."""
    parent = tmp_path_factory.mktemp("worlds")
    whole = parent / "whole"
    fill(whole)
    _draw(whole, loop)
    found = {"whole": whole}
    for who, twin in TWINS.items():
        same = [w for w in found if w in TWINS and TWINS[w] == twin]
        if same:
            found[who] = found[same[0]]
            continue
        found[who] = parent / who
        shutil.copytree(whole, found[who])
        forget(found[who], twin)
    level_batches(list(dict.fromkeys(found.values())))
    return found


def _draw(folder: Path, loop: Any) -> None:
    """Have all pictures made, so that no other site need start what makes them."""
    with contextmanager(serve)(loop, [folder]) as site:
        for photo in (*range(1, 7), *range(101, 105)):
            for name in ("thumbnail", "medium", "preview", "sphere", "tiles.json"):
                site.get(f"/tower-4/-/photo/{photo}/{name}")
        site.get("/tower-4/-/map/plans/1/picture")


@pytest.fixture(scope="session")
def world(
    templates: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, loop: Any
) -> Iterator[Callable[[str], World]]:
    """Return the whole archive, or somebody's twin, as it is served."""
    known: dict[Path, World] = {}
    with ExitStack() as stack:

        def served(which: str) -> World:
            template = templates[which]
            if template not in known:
                folder = tmp_path_factory.mktemp("served") / template.name
                shutil.copytree(template, folder)
                site = stack.enter_context(contextmanager(serve)(loop, [folder]))
                watchers = watched(folder)
                for watcher in watchers:
                    stack.callback(watcher.close)
                app = site.datasette.app()
                known[template] = World(site, template, app, watchers)
            return known[template]

        yield served


@pytest.fixture(scope="session")
def locked(
    templates: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, loop: Any
) -> Iterator[World]:
    """The whole archive as it is served to other computers: one has to log in."""
    from plugins.serving import make_datasette

    folder = tmp_path_factory.mktemp("locked") / "whole"
    shutil.copytree(templates["whole"], folder)
    datasette = make_datasette([folder], access=Access(accounts=True))
    loop.run(datasette.invoke_startup())
    watchers = watched(folder)
    site = Site(datasette, loop, folder)
    yield World(site, templates["whole"], datasette.app(), watchers)
    for watcher in watchers:
        watcher.close()
    loop.run(datasette.invoke_shutdown())


@pytest.fixture(autouse=True)
def _leave_jobs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process changes an archive while it is looked at whether somebody did."""

    async def look(*_: Any) -> None:
        pass

    monkeypatch.setattr("plugins.runners.look", look)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many doors were tried."""
    for what, count in sorted(COUNTS.items()):
        terminalreporter.write_line(f"leaks: {what}: {count:,}")


@pytest.fixture(scope="session")
def tell() -> Callable[[str, int], None]:
    """Add to what is said at the end."""

    def add(what: str, count: int) -> None:
        COUNTS[what] = COUNTS.get(what, 0) + count

    return add
