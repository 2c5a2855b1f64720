"""Links as their makers make them, and what somebody sees at one."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.people import owner
from tests.plugins.conftest import PUBLIC, Site

LINKS = "/tower-4/-/links"
KINDS = ("medium", "preview", "file", "preview?download=1")
PASSWORD = "crane harness"  # noqa: S105
GONE = "There is nothing at this link"


@contextmanager
def changed(site: Site) -> Iterator[Any]:
    """Give the archive to change; every photo is as it was afterwards."""
    with open_archive(site.folder) as archive:
        connection = archive.connection
        query = "select id, private, recycled_at, recycled_by from photos"
        before = connection.execute(query).fetchall()
        yield connection
        with batch(connection, owner(connection)):
            connection.executemany(
                "update photos set private = ?2, recycled_at = ?3, recycled_by = ?4"
                " where id = ?1",
                before,
            )


def make(site: Site, who: str = "admin", **wish: Any) -> str:
    """Make a link; returns its path."""
    answer = site.get(f"{LINKS}/add", who, "post", json={"ids": [PUBLIC], **wish})
    assert answer.status_code == 200, answer.text
    link: str = answer.json()["link"]
    found = re.search(r"/-/shared/[\w-]{43}$", link)
    assert found, link
    return found[0]


def look(site: Site, path: str, who: str = "anonymous", **options: Any) -> Any:
    return site.get(path, who, **options)


def told(site: Site, path: str, who: str = "anonymous") -> tuple[int, str]:
    answer = look(site, path, who)
    said = answer.text + str(answer.headers.multi_items())
    return answer.status_code, re.sub(r'nonce="[\w-]+"', "", said)


def inside(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def hide(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam):
        edit_photos(connection, sam, [PUBLIC], Edit(private=True))


def recycle(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [PUBLIC])


def listed(site: Site, who: str = "admin") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"{LINKS}.json", who).json()["links"]
    return found
