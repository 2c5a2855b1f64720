"""The sample project comes out as an archive that says what the plan says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.checking import check_history
from archive.database import Archive, create_archive, open_archive
from archive.demo.building import build_demo
from archive.demo.plan import Plan, plan_project
from archive.errors import ArchiveError
from archive.people import owner
from archive.photos import Photo
from archive.rights import viewer
from archive.search import iterate

PHOTOS = 40


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The smallest sample project."""
    folder = tmp_path_factory.mktemp("demo") / "sample"
    build_demo(folder, photos=PHOTOS)
    with open_archive(folder) as archive:
        yield archive


@pytest.fixture(scope="module")
def plan() -> Plan:
    """What it was made from."""
    return plan_project(photos=PHOTOS)


def found(archive: Archive, query: str) -> list[Photo]:
    who = viewer(owner(archive.connection))
    return list(iterate(archive.connection, query, who))


def test_every_photo_is_there_where_the_plan_puts_it(
    sample: Archive, plan: Plan
) -> None:
    photos = found(sample, "") + found(sample, "is:recycled")
    planned = {
        (Path(p.path).name, p.album, p.location, p.description or "")
        for p in plan.photos
    }
    assert {(p.filename, p.album, p.location, p.description) for p in photos} == planned
    assert len(photos) == PHOTOS


def test_marks_comments_and_corrections_are_there(sample: Archive, plan: Plan) -> None:
    recycled = {Path(p.path).name for p in plan.photos if p.recycled}
    assert {p.filename for p in found(sample, "is:recycled")} == recycled
    assert found(sample, "is:starred")
    assert found(sample, "is:private album:Inspections")
    assert found(sample, "is:360")
    assert any(p.rotation for p in found(sample, ""))
    assert any(p.taken_source == "person" for p in found(sample, ""))


def test_its_history_names_who_did_what_and_is_whole(sample: Archive) -> None:
    assert list(check_history(sample.connection)) == []
    rows = sample.connection.execute("select distinct actor_name from batches")
    assert len(rows.fetchall()) > 2


def test_nothing_is_left_beside_it(sample: Archive) -> None:
    assert [p.name for p in sample.folder.parent.iterdir()] == ["sample"]


def test_a_folder_with_something_in_it_is_refused_before_anything_is_drawn(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    create_archive(folder, "Mine")
    with pytest.raises(ArchiveError, match="not an empty folder"):
        build_demo(folder, photos=PHOTOS)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
