"""Several archives side by side, each with people of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import passwords
from tests.plugins.logins.conftest import serving
from tests.plugins.visitors import Visitor


@pytest.fixture
def two(folder: Path, towns: Path, loop: Any) -> Iterator[Callable[..., Visitor]]:
    """Two archives side by side; in both there is a person 1 and a person 2."""
    bridge = folder.parent / "bridge"
    shutil.copytree(towns / "Bridge", bridge)
    with serving(loop, folder, bridge) as site:
        app = site.datasette.app()
        yield lambda **about: Visitor(app, loop, **about)


def test_a_session_belongs_to_one_archive(two: Callable[..., Visitor]) -> None:
    """Person 2 of the one is somebody else in the other."""
    kim = two()
    assert kim.log_in("kim", next="/bridge").headers["location"] == "/bridge"
    assert kim.get("/bridge").status_code == 200
    assert kim.get("/tower-4").headers["location"] == "/-/login?next=/tower-4"
    assert kim.get("/tower-4.json").status_code == 401
    assert kim.get("/tower-4/-/photo/1/original").status_code == 302
    assert [a["name"] for a in kim.get("/.json").json()["archives"]] == ["bridge"]
    kim.log_in("kim", next="/tower-4?q=crane")
    assert kim.get("/tower-4").status_code == 200
    assert len(kim.get("/.json").json()["archives"]) == 2
    kim.post("/-/logout")
    assert kim.get("/tower-4").status_code == kim.get("/bridge").status_code == 302


def test_which_archives_there_are_is_told_to_nobody(
    two: Callable[..., Visitor],
) -> None:
    stranger, kim = two(), two()
    kim.log_in("kim", next="/bridge")
    for visitor in (stranger, kim):
        for path in ("/tower-4", "/tower-4/-/photo/1", "/tower-4/photos/1"):
            there = visitor.get(path)
            other = visitor.get(path.replace("tower-4", "nothing"))
            assert there.status_code == other.status_code == 302
            assert there.headers["location"] == other.headers["location"].replace(
                "nothing", "tower-4"
            )
    page = stranger.get("/-/login").text
    assert 'name="archive"' in page
    assert "Bridge" not in page


@pytest.mark.parametrize(
    ("archive", "where"),
    [
        ("Bridge", "/bridge"),
        ("bridge ", "/bridge"),
        ("TOWER 4", "/tower-4"),
        ("tower-4", "/tower-4"),
        ("nothing", None),
        ("", None),
    ],
)
def test_at_the_door_of_several_one_names_the_project(
    two: Callable[..., Visitor], archive: str, where: str | None
) -> None:
    answer = two().log_in("kim", archive=archive)
    assert answer.headers.get("location") == where
    assert answer.status_code == (303 if where else 403)


@pytest.mark.parametrize("wanted", ["/tower-4", "/nothing", ""])
def test_one_hash_whichever_archive_is_named(
    two: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    counted = []
    real = passwords.matches

    def counting(stored: str | None, password: str) -> bool:
        counted.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "matches", counting)
    assert two().log_in("kim", "wrong", next=wanted).status_code == 403
    assert len(counted) == 1
