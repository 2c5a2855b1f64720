"""A filled archive, and two packages of another, made in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.export.package import export_package, making
from archive.people import Person, owner
from tests.archive.package_site import HOSTILE, InlinePool, fill, filled_site


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "Pool", InlinePool)


@pytest.fixture
def site(archive: Archive, sam: Person) -> dict[str, Any]:
    return fill(archive, sam)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two packages of one archive, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("packages")
    with filled_site(folder / "tower-4") as (archive, site):
        sam = owner(archive.connection)
        export_package(archive, sam, None, folder / "complete")
        wanted = [*site["ids"], site["private"], site["binned"]]
        receipt = export_package(archive, site["rae"], wanted, folder / "partial")
        assert (receipt.photos, receipt.of) == (len(HOSTILE), len(HOSTILE))
    return folder


@pytest.fixture
def complete(_made: Path) -> Path:
    """Everything, for the owner."""
    return _made / "complete"


@pytest.fixture
def partial(_made: Path) -> Path:
    """What a reader may see."""
    return _made / "partial"
