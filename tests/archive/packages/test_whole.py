"""Taking in a close-out package: whole, once, and with its people and history."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from archive.batches import batch
from archive.comments import add_comment, delete_comment, list_comments
from archive.database import Archive, create_archive, open_archive
from archive.editing import recycle_photos
from archive.export.package import export_package
from archive.identity import new_uuid
from archive.importing.bags import is_package
from archive.importing.outcomes import IN_THE_BIN
from archive.importing.package_later import add_later, ended
from archive.importing.package_lists import Numbers
from archive.markup_shapes import Shape
from archive.markups import add_markup, delete_markup, list_markups
from archive.people import Person, owner
from archive.photos import find_photo_id
from archive.rights import viewer
from tests.archive.import_checks import faults
from tests.archive.package_site import files
from tests.archive.packages.taking import mended, said, take
from tests.archive.report_files import picture, put


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_it_comes_back_whole(
    package: Path, archive: Archive, sam: Person, tmp_path: Path, form: str
) -> None:
    source = package
    if form == "zip":
        source = tmp_path / "package.zip"
        with zipfile.ZipFile(source, "w") as packed:
            for name, data in files(package).items():
                packed.writestr(f"Tower 4/{name}", data)
    assert is_package(source)
    report = take(archive, source)
    assert (len(report.imported), report.duplicates, report.refused) == (12, [], [])
    assert faults(archive) == []
    export_package(archive, sam, None, tmp_path / "again")
    (records, lists, people), now = (
        mended(said(package)),
        mended(said(tmp_path / "again")),
    )
    assert now[0] == records
    assert sorted(map(str, now[1]["albums"])) == sorted(map(str, lists["albums"]))
    assert now[1:2] == (lists,)
    assert people.items() <= now[2].items()


def test_people_come_as_names(package: Path, archive: Archive) -> None:
    take(archive, package)
    rows = archive.connection.execute(
        "select name, login, level from people order by id"
    ).fetchall()
    assert rows[0] == ("Sam Reyes", None, "admin")
    assert {row[1:] for row in rows[1:]} == {(None, "none")}
    assert {row[0] for row in rows} >= {"Rae", "Kim", "Sam Reyes"}


def test_the_history_is_kept_as_a_record(
    package: Path, archive: Archive, sam: Person, tmp_path: Path
) -> None:
    take(archive, package)
    lines = archive.connection.execute(
        "select line from package_lines order by number"
    ).fetchall()
    history = files(package)["data/history.jsonl"]
    assert "".join(f"{line}\n" for (line,) in lines).encode() == history
    export_package(archive, sam, None, tmp_path / "again")
    found = files(tmp_path / "again")
    kept = [name for name in found if name.startswith("data/earlier/")]
    assert [found[name] for name in kept] == [history]
    create_archive(tmp_path / "third", "Third", "Sam Reyes")
    with open_archive(tmp_path / "third") as third:
        take(third, tmp_path / "again")
        count = third.connection.execute("select count(*) from packages").fetchone()
        assert count == (2,)


def test_a_second_time_adds_only_what_is_new(
    package: Path, archive: Archive, tmp_path: Path
) -> None:
    first = take(archive, package)
    again = take(archive, package)
    assert (again.imported, len(again.duplicates), again.refused) == ([], 12, [])
    with open_archive(package.parent / "old") as old:
        sam = owner(old.connection)
        number = put(old, picture(40), description="later")
        export_package(old, sam, [number], tmp_path / "later")
    later = take(archive, tmp_path / "later")
    assert len(later.imported) == 1
    assert later.imported[0][1] not in dict(map(reversed, first.imported))  # type: ignore[arg-type]
    assert faults(archive) == []


def test_what_was_said_and_drawn_since_comes_to_photos_that_are_here(
    package: Path, archive: Archive, tmp_path: Path
) -> None:
    take(archive, package)
    connection = archive.connection
    sam = owner(connection)
    with open_archive(package.parent / "old") as old:
        [number, uuid] = old.connection.execute(
            "select id, uuid from photos where recycled_at is null and original_id in"
            " (select id from originals where kind = 'image' and width > 0) limit 1"
        ).fetchone()
        elder = owner(old.connection)
        with batch(old.connection, elder) as opened:
            add_comment(old.connection, elder, opened, number, "looked at again")
            shape = Shape("arrow", "red", 4, ((10, 20), (300, 400)))
            add_markup(old.connection, elder, opened, number, shape)
        export_package(old, elder, [number], tmp_path / "later")
    here = find_photo_id(connection, uuid, viewer(sam))
    before = len(list_comments(connection, here))
    later = take(archive, tmp_path / "later")
    assert [note for _, note in later.notes] == [
        "is here already; new on it: 1 comment and 1 drawing"
    ]
    [*_, said] = list_comments(connection, here)
    [*_, drawn] = list_markups(connection, [here])[here]
    assert (said.body, drawn.points) == ("looked at again", shape.points)
    assert len(list_comments(connection, here)) == before + 1
    with batch(connection, sam) as opened:
        delete_comment(connection, sam, said.id)
        delete_markup(connection, sam, drawn.id)
        recycle_photos(connection, sam, opened, [here])
    once_more = take(archive, tmp_path / "later")
    assert [note for _, note in once_more.notes] == [IN_THE_BIN]
    assert len(list_comments(connection, here)) == before
    assert list_markups(connection, [here]).get(here, []) == []
    assert faults(archive) == []
    record = {"uuid": new_uuid()}  # of a photo that somebody purged meanwhile
    [note] = add_later(connection, record, Numbers(), ended(connection))
    assert "deleted for good meanwhile" in note


def test_photos_of_one_file_and_those_without_come_too(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    number = put(archive, picture(1), description="first")
    with batch(archive.connection, sam) as opened:
        archive.connection.execute(
            """
            insert into photos (uuid, original_id, filename, description, assumed_at,
                uploaded_at, updated_at)
            select '01a1ffc0-0000-7000-8000-000000000001', original_id, 'b.jpg',
                'second', assumed_at, ?1, ?1 from photos where id = ?2
            """,
            (opened.at, number),
        )
        archive.connection.execute(
            """
            insert into photos (uuid, filename, assumed_at, uploaded_at, updated_at)
            values ('01a1ffc0-0000-7000-8000-000000000002', 'c.jpg',
                '2026-05-11T10:00:00', ?1, ?1)
            """,
            (opened.at,),
        )
    export_package(archive, sam, None, tmp_path / "out")
    create_archive(tmp_path / "new", "New", "Sam Reyes")
    with open_archive(tmp_path / "new") as new:
        put(new, picture(1), description="was here")
        assert len(take(new, tmp_path / "out").imported) == 3
        rows = new.connection.execute(
            "select description, original_id from photos order by description"
        ).fetchall()
        assert rows == [("", None), ("first", 1), ("second", 1), ("was here", 1)]
        assert [one for one in faults(new) if "can be written" not in one] == []
