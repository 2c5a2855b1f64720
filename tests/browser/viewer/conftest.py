"""An archive that is served, and photos of it that no other test has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.locations import find_or_add_location
from archive.people import add_person, owner
from archive.trades import add_trade
from tests.browser.conftest import watching
from tests.browser.viewer.photo_page import (
    BINNED,
    PRIVATE,
    SIZE,
    SMALL,
    STAYING,
    picture,
)
from tests.forked import served
from tests.plugins.conftest import Maker


def fill(folder: Path) -> None:
    create_archive(folder, "Tower 4", "Sam Archer")
    with open_archive(folder) as archive:
        c, sam = archive.connection, owner(archive.connection)
        with batch(c, sam) as opened:
            add_person(c, sam, opened, "Kim Lee", level="standard")
            add_person(c, sam, opened, "Rae Reader")
            for name in ("Tower>Level 2>Lobby", "Tower>Level 3", "Yard"):
                find_or_add_location(c, sam, opened, name)
            for name in ("Concrete", "Steel"):
                add_trade(c, sam, opened, name)
            make = Maker(c, archive.originals, opened)
            for number in range(1, BINNED + 1):
                wide, high = size = SIZE if number <= STAYING else SMALL
                make.photo(
                    picture(number * 9, size),
                    f"site-{number:02}.jpg",
                    taken_at=f"2026-03-{number:02}T10:00:00",
                    description=f"pour {number}",
                    location_id=2,
                    facts={"width": wide, "height": high},
                    private=int(number == PRIVATE),
                    recycled_at=opened.at if number == BINNED else None,
                )
            facts = {"width": SIZE[0], "height": SIZE[1]}
            tiff = {"media_type": "image/tiff", "extension": "tif"}
            plan = picture(200, kind="TIFF")
            make.markup(make.photo(plan, "plan.tif", facts=facts, **tiff), "Riss")
            around = {"width": 2048, "height": 1024}
            make.photo(
                picture(90, (2048, 1024)), "around.jpg", projection="360", facts=around
            )


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("viewer") / "tower"
    fill(folder)
    with served(folder) as url:
        yield url, folder


@pytest.fixture(scope="session")
def url(archive: tuple[str, Path]) -> str:
    return archive[0]


_numbers = count(STAYING + 1)


@pytest.fixture
def photo(url: str) -> str:
    """The address of a photo that no other test has."""
    return f"{url}/-/photo/{next(_numbers)}"


@pytest.fixture
def watched(page: Any, url: str) -> Iterator[Any]:
    """A page that must not complain, break the policy, or ask anybody else."""
    with watching(page, url) as seen:
        yield seen
