"""A complete package, and another to be changed, read in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.export.package import making
from archive.importing import pipeline
from tests.archive.import_checks import inline
from tests.archive.package_site import InlinePool, files, package_of_all


@contextmanager
def in_this_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "Pool", InlinePool)
        patch.setattr(pipeline, "run_jobs", inline)
        yield


@pytest.fixture(autouse=True, scope="module")
def _one_process() -> Iterator[None]:
    with in_this_process():
        yield


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete package, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("package")
    return package_of_all(folder / "old", folder / "package")


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    for name, data in files(package).items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "package"
