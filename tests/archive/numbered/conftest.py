"""Who asks for numbered pages."""

from __future__ import annotations

from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive
from archive.people import add_person
from archive.rights import Viewer, viewer


@pytest.fixture
def kim(archive: Archive, sam: Any) -> Viewer:
    """Who sees what is public and her own."""
    with batch(archive.connection, sam) as opened:
        person = add_person(archive.connection, sam, opened, "Kim", level="standard")
    found = viewer(person)
    assert found is not None
    return found


@pytest.fixture
def everyone(sam: Any) -> Viewer:
    found = viewer(sam)
    assert found is not None
    return found
