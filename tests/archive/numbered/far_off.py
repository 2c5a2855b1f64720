"""A project whose photos have numbers that lie in several blocks."""

from __future__ import annotations

from typing import Any

import pytest

from archive.batches import batch
from archive.late import FIND_LATE
from archive.people import owner
from archive.search.numbered import ORDERS
from tests.archive import search_project

PHOTOS = 120


GAP = 97  # between the numbers of photos: so that they lie in several blocks


EVERY_WAY = [way + order for order in ORDERS for way in ("", "-")]


def fill_far_off(connection: Any) -> None:
    """Make a project's photos with numbers that lie apart."""
    add = search_project.add_photo

    def add_far_off(connection: Any, *rest: Any) -> None:
        connection.execute(
            "update sqlite_sequence set seq = seq + ? where name = 'photos'",
            (GAP - 1,),
        )
        add(connection, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_project, "add_photo", add_far_off)
        search_project.fill(connection, PHOTOS, seed=1)


def put_in_order(connection: Any) -> None:
    with batch(connection, owner(connection)):
        connection.execute(
            "update photos set uploaded_at = strftime('%Y-%m-%dT%H:%M:%fZ',"
            " '2026-01-01', (id / 3) || ' minutes', (id % 7) || '.25 seconds')"
        )
    connection.execute("delete from late_photos")
    connection.execute(FIND_LATE)
    assert not connection.execute("select * from late_photos").fetchall()
