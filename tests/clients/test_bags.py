"""A close-out package, as the Library of Congress' ``bagit`` sees it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.package_site import package_of_all
from tests.clients.conftest import ENV

BAGIT = (ENV / "python" / "bin" / "python", "-m", "bagit", "--validate")
pytestmark = pytest.mark.skipif(not BAGIT[0].exists(), reason="bagit is not installed")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bags")
    return package_of_all(folder / "tower", folder / "package")


def validated(package: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BAGIT, package], capture_output=True, text=True, check=False
    )


def _as_it_is(package: Path) -> None:
    assert package.is_dir()


def _altered(package: Path) -> None:
    with (package / "README.txt").open("a") as file:
        file.write("!")


def _longer(package: Path) -> None:
    (package / "data" / "one more").touch()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_as_it_is, "is valid"),
        (_altered, "is invalid"),
        (_longer, "is invalid"),
    ],
)
def test_bagit_validates_what_is_handed_over(
    package: Path, tmp_path: Path, harm: Callable[[Path], None], says: str
) -> None:
    copy = Path(shutil.copytree(package, tmp_path / "package"))
    harm(copy)
    done = validated(copy)
    assert says in done.stderr
    assert (done.returncode == 0) is (harm is _as_it_is)
