"""Archives whose database is damaged: what is told, and what salvage brings back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

from archive.albums import UNCLASSIFIED_ID, find_album
from archive.batches import batch
from archive.checking import check_history
from archive.database import open_archive
from archive.editing import recycle_photos
from archive.errors import DamagedArchive
from archive.history import changes_of_photo
from archive.leaves import put_each_first, stored_forms
from archive.people import owner
from archive.purging import purge_photos
from archive.rights import viewer
from archive.salvage import salvage
from archive.search import find_photos
from tests.archive.in_memory import insert_photo
from tests.archive.opening.conftest import ROOT, contents


def cut(path: Path, part: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])


def garble(path: Path, start: float, length: int = 8192) -> None:
    whole = bytearray(path.read_bytes())
    at = int(len(whole) * start)
    whole[at : at + length] = b"\xa5" * min(length, len(whole) - at)
    path.write_bytes(whole)


DAMAGES = {
    "empty": (lambda p: p.write_bytes(b""), "is empty"),
    "truncated": (lambda p: cut(p, 0.6), "damaged"),
    "garbage first": (lambda p: garble(p, 0, 100), "damaged"),
    "first page": (lambda p: garble(p, 0, 4096), "damaged"),
    "no database": (lambda p: p.write_bytes(b"hello" * 999), "damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_says_what_can_be_saved(filled: Path, damage: str) -> None:
    spoil, words = DAMAGES[damage]
    spoil(filled / "archive.db")  # type: ignore[no-untyped-call]
    before = contents(filled)
    with pytest.raises(DamagedArchive) as caught:
        open_archive(filled)
    for part in (words, "originals/", "asbuilt salvage ARCHIVE", "Copy the whole"):
        assert part in str(caught.value)
    after = contents(filled)  # SQLite may leave an empty log beside it
    assert {name: after[name] for name in before} == before


def test_a_database_that_is_missing_is_a_matter_for_a_backup(filled: Path) -> None:
    (filled / "archive.db").unlink()
    with pytest.raises(DamagedArchive, match=r"is missing; .*asbuilt restore"):
        open_archive(filled)
    assert not (filled / "archive.db").exists()


def test_damage_in_the_middle_is_told_when_it_is_met(filled: Path) -> None:
    path = filled / "archive.db"
    for part in range(3, 10):
        garble(path, part / 10)
    with pytest.raises(DamagedArchive), open_archive(filled) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            archive.connection.execute("update photos set starred = 1")
            archive.connection.execute("select sum(length(description)) from photos")


def garble_schema(path: Path, place: float) -> None:
    """Destroy one of the pages that say what tables there are, but not the first."""
    garble_page(path, place, "name = 'sqlite_schema' and pageno > 1")


def garble_page(path: Path, place: float, which: str) -> None:
    connection = apsw.Connection(str(path))
    pages = connection.execute(f"select pageno from dbstat where {which}").fetchall()
    connection.close()
    number = pages[int(place * (len(pages) - 1))][0]
    garble(path, (number - 1) * 4096 / path.stat().st_size, 4096)


PHOTOS_TREE = "name = 'photos' and pagetype = 'internal'"

# damage: at least how many of 400 photos come back
SALVAGED = {
    "none": (lambda _: None, 400),
    "truncated": (lambda p: cut(p, 0.7), 50),
    "garbage first": (lambda p: garble(p, 0, 100), 400),
    "first page": (lambda p: garble(p, 0, 4096), 400),
    "schema early": (lambda p: garble_schema(p, 0), 400),
    "schema in the middle": (lambda p: garble_schema(p, 0.5), 400),
    "schema late": (lambda p: garble_schema(p, 1), 400),
    "the photos' first page": (lambda p: garble_page(p, 0, PHOTOS_TREE), 400),
    "garbage in the middle": (lambda p: garble(p, 0.5), 300),
    "garbage further on": (lambda p: garble(p, 0.6), 300),
    "empty": (lambda p: p.write_bytes(b""), 0),
}


@pytest.mark.parametrize("damage", SALVAGED)
def test_salvage_brings_back_what_can_be_read(
    filled: Path, tmp_path: Path, damage: str
) -> None:
    spoil, least = SALVAGED[damage]
    spoil(filled / "archive.db")  # type: ignore[no-untyped-call]
    before, out = contents(filled), tmp_path / "out.db"
    report = salvage(filled, out)
    assert report.whole == (damage == "none")
    assert contents(filled) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.db", "tower-4"]
    made = apsw.Connection(str(out))
    try:
        photos = made.execute("select count(*) from photos").get
        words = made.execute(
            "select count(*) from photos_fts where photos_fts match 'photo'"
        ).get
        assert photos >= least
        assert words == photos
        assert made.execute("pragma integrity_check").get == "ok"
        assert made.execute("pragma foreign_key_check").get is None
    finally:
        made.close()


@pytest.mark.parametrize("table", ["changes", "batches", "photos", "originals"])
def test_rows_that_no_page_leads_to_any_more_come_back(
    filled: Path, tmp_path: Path, table: str
) -> None:
    with open_archive(filled) as archive:
        sam = owner(archive.connection)
        for number in range(90):
            with batch(archive.connection, sam, reason="x" * 400) as opened:
                values = {"starred": number % 2} if number else {}
                insert_photo(archive.connection, opened, **values)
        connection = archive.connection
        connection.execute(
            """
            with recursive n (i) as (
                select 1 union all select i + 1 from n where i < 90)
            insert into originals (sha256, extension, bytes, crc32, media_type, kind,
                projection, details, stored_at)
            select printf('%064x', i), 'jpg', i, 1, 'image/jpeg', 'image', 'regular',
                json_quote(printf('%400d', i)), '2026-03-09T08:00:00.000Z' from n
            """
        )
    before = rows_of(filled / "archive.db", table)
    tree = f"name = '{table}' and pagetype = 'internal'"
    garble_page(filled / "archive.db", 0, tree)
    salvage(filled, tmp_path / "out.db")
    assert rows_of(tmp_path / "out.db", table) == before != []


def test_rows_that_could_be_of_two_tables_are_put_into_neither(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = apsw.Connection(str(path))
    for table in ("a", "b"):
        connection.execute(
            f"create table {table} (id integer primary key, x text) strict"
        )
    connection.execute("create table c (id integer primary key, x integer) strict")
    connection.execute("begin")
    for number in range(400):
        connection.execute("insert into a (x) values (?)", ("x" * 99,))
        connection.execute("insert into c (x) values (?)", (number,))
    connection.execute("commit")
    forms = stored_forms(connection)
    connection.close()
    assert list(put_each_first(path, "a", forms, ())) == []
    assert len(list(put_each_first(path, "c", forms, ()))) > 0


def rows_of(path: Path, table: str) -> list[Any]:
    connection = apsw.Connection(str(path))
    try:
        return list(connection.execute(f"select * from {table} order by 1"))
    finally:
        connection.close()


def test_a_salvaged_database_is_an_archive_again(filled: Path, tmp_path: Path) -> None:
    garble(filled / "archive.db", 0, 4096)
    command = [sys.executable, "-m", "archive.salvage", filled, tmp_path / "out.db"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 3
    assert "photos            400     400" in ran.stdout
    (tmp_path / "out.db").replace(filled / "archive.db")
    with open_archive(filled) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            archive.connection.execute("update photos set starred = 1")
        assert list(check_history(archive.connection)) == []
    again = subprocess.run(
        [*command[:3], filled, filled / "archive.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert "is there already" in again.stderr


# What is lost besides, as SQL on the database before it is salvaged
GIVEN = {
    "the count": "delete from sqlite_sequence",
    "the count and all tombstones": "delete from sqlite_sequence;"
    " drop trigger tombstones_stay; delete from tombstones",
    "the last batch": "drop trigger batches_stay; delete from batches where id = 4",
    "what is counted": "update sqlite_sequence set seq = 9e18",
}


@pytest.mark.parametrize("lost", GIVEN)
def test_a_number_that_was_purged_is_given_to_no_other_after_a_salvage(
    folder: Path, tmp_path: Path, lost: str
) -> None:
    with open_archive(folder) as archive:
        sam, connection = owner(archive.connection), archive.connection
        with batch(connection, sam) as opened:
            numbers = [insert_photo(connection, opened) for _ in "ab"]
        with batch(connection, sam) as opened:
            recycle_photos(connection, sam, opened, numbers[1:])
        purge_photos(archive, sam, numbers[1:], "a face")
    spoiled = apsw.Connection(str(folder / "archive.db"))
    spoiled.execute(f"pragma writable_schema = on; {GIVEN[lost]}")
    spoiled.close()
    salvage(folder, tmp_path / "out.db")
    (tmp_path / "out.db").replace(folder / "archive.db")
    with open_archive(folder) as archive:
        sam, connection = owner(archive.connection), archive.connection
        with batch(connection, sam) as opened:
            assert (insert_photo(connection, opened), opened.id) == (3, 5)
            recycle_photos(connection, sam, opened, [3])
        assert purge_photos(archive, sam, [3]) == 1


def test_who_owns_a_salvaged_archive_may_open_it_whatever_was_lost(
    filled: Path, tmp_path: Path
) -> None:
    for table in ("people", "albums", "batches"):
        garble_page(filled / "archive.db", 0, f"name = '{table}'")
    salvage(filled, tmp_path / "out.db")
    (tmp_path / "out.db").replace(filled / "archive.db")
    with open_archive(filled) as archive:
        connection, sam = archive.connection, owner(archive.connection)
        assert sam.level == "admin"
        assert find_album(connection, UNCLASSIFIED_ID).name == "Unclassified"
        assert len(find_photos(connection, "", viewer(sam), limit=500).ids) == 400
        ((made, _),) = changes_of_photo(connection, 1)
        assert made is not None
        assert (made.id, made.actor) == (2, "unknown")
        with batch(connection, sam) as opened:  # what was done stays under its number
            connection.execute("update photos set starred = 1 where id = 1")
        assert opened.id == 3
