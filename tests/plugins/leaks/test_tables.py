"""Datasette's own pages of every table and view that the schema has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from archive.sqlite import sqlite3
from tests.plugins.leaks.doors import shut_doors, table_doors
from tests.plugins.leaks.test_reading import answer_of, differing, listed, secrets_in
from tests.plugins.leaks.twins import flip_stars
from tests.plugins.leaks.worlds import World
from tests.plugins.test_guard import SQL

Worlds = Callable[[str], World]


def tables(template: Path) -> dict[str, list[str]]:
    """Return every table and view with its columns: FTS's and SQLite's own too."""
    connection = sqlite3.connect(template / "archive.db")
    try:
        names = connection.execute(
            "select name from sqlite_master where type in ('table', 'view')"
        ).fetchall()
        return {
            name: [
                row[1] for row in connection.execute(f'pragma table_xinfo("{name}")')
            ]
            for (name,) in names
        }
    finally:
        connection.close()


def paths_of(world: World, doors: Callable[..., list[str]] = table_doors) -> list[str]:
    found = tables(world.template)
    assert len(found) > 40
    return [path for name, columns in found.items() for path in doors(name, columns)]


@pytest.mark.parametrize("who", ["anonymous", "none", "reader", "auditor"])
def test_tables_are_for_admins(
    world: Worlds, who: str, tell: Callable[[str, int], None]
) -> None:
    whole = world("whole")
    paths = [*paths_of(whole, shut_doors), *paths_of(whole)[::4]]
    statuses = {path: whole.ask("GET", path, who).status_code for path in paths}
    wrong = {path: got for path, got in statuses.items() if got not in (403, 404)}
    tell("addresses of tables and views that are shut", len(paths))
    assert not wrong, listed(dict(wrong))


@pytest.mark.parametrize("who", ["reader", "uploader", "auditor"])
def test_the_guard_alone_shows_what_a_twin_would(
    world: Worlds, who: str, tell: Callable[[str, int], None]
) -> None:
    """As if Datasette permitted everything: tables, and any SQL of ours."""
    whole, twin = world("whole"), world(who)
    # not how a statement is run: that names the number of the schema's version
    told = [sql for sql in SQL if not sql.startswith("explain")]
    queries = [f"/tower-4/-/query.json?sql={quote(sql)}" for sql in told]
    paths = [*paths_of(whole), *queries]
    paths.remove("/tower-4/photos_fts.csv?_stream=1")  # as JSON, its handles masked
    wrong: dict[str, object] = {}
    flip_stars(twin.site.folder)  # whether a photo is starred stands in its row
    for path in paths:
        ours, theirs = (
            w.ask("GET", path, who, skip_permission_checks=True) for w in (whole, twin)
        )
        if found := secrets_in(ours, who, path):
            wrong[path] = found
        elif timeless(ours) != timeless(theirs):
            wrong[path] = differing(ours, theirs)
    twin.restore()
    tell("addresses of tables and views that the guard alone has to hold", len(paths))
    assert not wrong, listed(wrong)


# How long facets took, FTS5's handle of a query, and its statistics over all photos,
# which only tell something to those who may see all rows of this table: admins
_MASKED = re.compile(rb'"[a-z_]*ms": [\d.]+|"photos_fts": \d+|"rank": [\d.e-]+')


def timeless(response: Any) -> object:
    """Return all that an answer tells, but how long its facets took."""
    status, headers, body = answer_of(response)
    return status, headers, _MASKED.sub(b"", body)
