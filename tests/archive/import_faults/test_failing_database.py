"""When the database fails under an import: statement by statement, and for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive import cache, database, originals
from archive.database import Archive, open_archive
from archive.errors import DamagedArchive, StoreError
from archive.importing import pipeline
from archive.people import owner
from archive.sqlite import sqlite3
from tests.archive.import_checks import (
    column,
    faults,
    lay,
    names,
    photo,
    sha256,
    take_in,
)


class Statements:
    """Makes the nth statement of a connection fail, as a full disk does."""

    def __init__(self) -> None:
        self.count = 0
        self.failing = range(-1, -1)
        self.text = "database or disk is full"

    def kind(self) -> type:
        outer = self

        class Failing(database.Connection):  # type: ignore[misc]
            def execute(self, sql: str, *args: Any) -> Any:
                outer.call(sql)
                return super().execute(sql, *args)

            def executemany(self, sql: str, *args: Any) -> Any:
                outer.call(sql)
                return super().executemany(sql, *args)

        return Failing

    def call(self, sql: str) -> None:
        if sql in ("ROLLBACK", "ROLLBACK TO photo", "RELEASE photo"):
            return
        self.count += 1
        if self.count - 1 in self.failing:
            raise sqlite3.OperationalError(self.text)


@pytest.mark.parametrize("text", ["database or disk is full", "disk I/O error"])
def test_each_statement_may_fail_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path, text: str
) -> None:
    statements = Statements()
    statements.text = text
    monkeypatch.setattr(database, "Connection", statements.kind())
    database.create_archive(tmp_path / "template", "T")
    total = 0
    number = 0
    while number == 0 or number < total:
        folder = tmp_path / f"archive-{number}"
        database.create_archive(folder, "T")
        with open_archive(folder) as archive:
            sam = owner(archive.connection)
            start = statements.count
            fail = start + number - 1  # number 0: count only
            statements.failing = range(fail, fail + 1) if number else range(-1, -1)
            report = None
            try:
                report = pipeline.import_photos(
                    archive, sam, [source], renditions=False
                )
            except (StoreError, sqlite3.OperationalError) as error:
                assert text in str(error)  # noqa: PT017 - may, not must
            statements.failing = range(-1, -1)
            if number == 0:
                total = statements.count - start + 1
                assert total > 60
            if report:
                assert all(text in refusal.reason for refusal in report.refused)
                assert len(report.imported) == len(column(archive, "id"))
            assert faults(archive, at_rest=False) == []
            take_in(archive, source)
            assert len(column(archive, "id")) == 3
            assert faults(archive) == []
        number += 1 if number < 12 else 5


def test_a_database_that_is_really_full_refuses_what_does_not_fit(
    archive: Archive, tmp_path: Path
) -> None:
    files = {f"{n:03}.jpg": photo(n) for n in range(60)}
    source = lay(tmp_path / "many", files)
    pages = archive.connection.execute("PRAGMA page_count").fetchone()[0]
    archive.connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    report = take_in(archive, source)
    assert report.refused
    assert all("disk is full" in r.reason for r in report.refused)
    assert len(report.imported) + len(report.refused) == 60
    archive.connection.execute("PRAGMA max_page_count = 1000000")
    assert faults(archive, at_rest=False) == []
    report = take_in(archive, source)
    assert report.refused == []
    assert len(column(archive, "id")) == 60
    assert faults(archive) == []


def test_a_row_that_the_database_refuses_costs_one_file(
    archive: Archive, source: Path
) -> None:
    archive.connection.execute(
        """
        create trigger picky before insert on photos when NEW.filename = '2.jpg'
        begin select raise(abort, 'not this one'); end
        """
    )
    report = take_in(archive, source, album="New", trades=("Steel",))
    assert names(report.imported) == ["1.jpg", "3.jpg"]
    assert [(Path(r.path).name, r.reason) for r in report.refused] == [
        ("2.jpg", "cannot be recorded: not this one")
    ]
    archive.connection.execute("drop trigger picky")
    assert faults(archive) == []


def test_a_stored_file_with_wrong_bytes_costs_one_file_and_is_left(
    archive: Archive, source: Path
) -> None:
    name = sha256(photo(2))
    wrong = archive.originals / name[:2] / f"{name}.jpg"
    wrong.parent.mkdir()
    wrong.write_bytes(b"other")
    report = take_in(archive, source)
    assert names(report.imported) == ["1.jpg", "3.jpg"]
    assert [r.reason for r in report.refused] == [originals.WRONG_BYTES]
    assert wrong.read_bytes() == b"other"


def test_a_cache_that_cannot_be_written_stops_nothing(
    archive: Archive, source: Path
) -> None:
    (archive.folder / cache.DATABASE).mkdir()
    report = take_in(archive, source, renditions=True)
    assert len(report.imported) == 3
    assert report.refused == []


def test_a_damaged_database_ends_the_import_saying_so(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = Statements()
    statements.text = "database disk image is malformed"
    monkeypatch.setattr(database, "Connection", statements.kind())
    with open_archive(folder) as archive:
        statements.failing = range(statements.count + 25, 1 << 20)
        with pytest.raises(DamagedArchive, match="the database is damaged"):
            take_in(archive, source)
        statements.failing = range(-1, -1)
        assert len(take_in(archive, source).imported) > 0
        assert faults(archive) == []
