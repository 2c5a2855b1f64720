"""Files that come for a new photo, and who makes photos of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive import uploads
from archive.arrivals import files
from archive.batches import batch
from archive.database import Archive
from archive.importing import single
from archive.importing.single import PhotoOptions
from archive.people import Person, add_person
from tests.archive.import_checks import InPlace, photo

TAKEN = photo(7, "2026:03:09 10:11:12")


@pytest.fixture
def lay(archive: Archive) -> Callable[[bytes], Path]:
    """Return a function that puts bytes where those of a program come."""

    def put(data: bytes) -> Path:
        with files.receiving(archive.folder) as part:
            uploads.parts.write(part, data)
            name = files.new_ulid()
            files.publish(part, name)
        return uploads.parts.path_of(archive.folder, name)

    return put


@pytest.fixture
def add(archive: Archive, sam: Person, lay: Any) -> Callable[..., int]:
    """Return a function that makes a photo of bytes, and gives its id."""

    def make(data: bytes = TAKEN, actor: Person | None = None, **options: Any) -> int:
        name, within = options.pop("name", "a.jpg"), options.pop("within", None)
        pool: Any = options.pop("pool", InPlace())
        return single.add_photo(
            archive,
            actor or sam,
            lay(data),
            name=name,
            pool=pool,
            options=PhotoOptions(**options),
            within=within,
        )

    return make


@pytest.fixture
def kim(archive: Archive, sam: Person) -> Person:
    """Somebody who may add photos and not more."""
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, "Kim", level="standard")
