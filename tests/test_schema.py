"""schema.sql: documented, strict, indexed, read by older libraries, migrated whole."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.migrations import Migrations

from archive import cells, migrations
from archive.database import configure, create_archive, open_archive
from archive.entities import ENTITIES, FILES
from archive.sqlite import has_wal_reset_fix, journal_mode, sqlite3

ROOT = Path(__file__).parents[1]
SCHEMA = (ROOT / "schema.sql").read_text(encoding="utf-8")
MADE = re.compile(
    r"^(?P<before>.*)\nCREATE (?:VIRTUAL )?(?:TABLE|VIEW) (?P<name>\w+)", re.MULTILINE
)


@pytest.fixture
def connection() -> Iterator[Any]:
    """A database in memory with nothing but the schema."""
    opened = sqlite3.connect(":memory:", isolation_level=None)
    configure(opened)
    for statement in migrations.statements(SCHEMA):
        opened.execute(statement)
    yield opened
    opened.close()


def names(connection: Any, kind: str) -> list[str]:
    rows = connection.execute(
        "select name from sqlite_master where type = ? and name not like 'sqlite_%'"
        " and name not like 'photos_fts_%'",
        (kind,),
    )
    return [row[0] for row in rows]


def test_every_table_and_view_has_its_comment(connection: Any) -> None:
    commented = {
        found["name"] for found in MADE.finditer(SCHEMA) if found["before"][:3] == "-- "
    }
    tables = [*names(connection, "table"), *names(connection, "view")]
    assert len(tables) > 20
    assert [name for name in tables if name not in commented] == []


def test_every_table_is_strict(connection: Any) -> None:
    loose = [
        row[1]
        for row in connection.execute("pragma table_list")
        if row[0] == "main" and row[2] == "table" and not row[5]
    ]
    assert loose == ["sqlite_schema", "sqlite_sequence"] or set(loose) <= {
        "sqlite_schema",
        "sqlite_sequence",
    }


def foreign_keys(connection: Any) -> list[tuple[str, str]]:
    return [
        (table, row[3])
        for table in names(connection, "table")
        for row in connection.execute(f"pragma foreign_key_list({table})")
    ]


def test_every_foreign_key_is_found_by_an_index(connection: Any) -> None:
    keys = foreign_keys(connection)
    assert len(keys) > 15
    for table, column in keys:
        plan = connection.execute(
            f"explain query plan select 1 from {table} where {column} = 1"
        ).fetchall()
        assert plan[0][3].startswith("SEARCH"), (table, column, plan[0][3])


# Columns without a history: facts that can be read from the file's bytes again, and
# marks of work that is still to be done.
WITHOUT = {
    "original": """
        crc32 media_type kind width height orientation turned taken_at taken_offset
        taken_source latitude longitude altitude position_source direction camera_make
        camera_model lens projection damage details verified_at
    """,
    "tombstone": "unlink",
    "plan": "verified_at",
}


@pytest.mark.parametrize("entity", ENTITIES)
def test_history_records_every_column_of_a_record(connection: Any, entity: str) -> None:
    kind = ENTITIES[entity]
    rows = connection.execute(f"pragma table_xinfo({kind.table})").fetchall()
    columns = {row[1] for row in rows if row[6] == 0}  # the others are computed
    columns -= {"updated_at", kind.key, kind.made}
    assert columns == {*kind.fields, *WITHOUT.get(entity, "").split()}


@pytest.mark.parametrize("entity", sorted(set(ENTITIES) - {"setting", *FILES}))
def test_each_change_of_a_field_is_recorded(connection: Any, entity: str) -> None:
    kind = ENTITIES[entity]
    triggers = connection.execute(
        "select sql from sqlite_master where type = 'trigger' and tbl_name = ?"
        " and name like 'history_%'",
        (kind.table,),
    ).fetchall()
    text = {
        word: next(sql for (sql,) in triggers if f"AFTER {word}" in sql)
        for word in ("INSERT", "DELETE", "UPDATE")
    }
    for field in kind.fields:
        assert f"'{field}'," in text["INSERT"], field
        assert f"'{field}'," in text["DELETE"], field
        # comments and markups stay with their photo
        if (entity in ("comment", "markup"), field) != (True, "photo_id"):
            compared = rf"SELECT '{field}'( AS field)?, .*OLD\.{field}.*NEW\.{field}"
            if not (entity == "comment" and field == "created_at"):
                assert re.search(compared, text["UPDATE"]), field


def test_a_statement_without_an_end_is_no_schema() -> None:
    assert list(migrations.statements("-- a\nselect 1;\n\nselect\n2;\n")) == [
        "select 1;",
        "select\n2;",
    ]
    with pytest.raises(ValueError, match="without an end"):
        list(migrations.statements("select 1;\nselect 2"))


# Everything that people do, with nothing but Python's own SQLite.
OLD_LIBRARY = """
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma journal_mode = delete")
connection.execute("pragma foreign_keys = on")
insert = (
    "insert into photos (uuid, filename, description, latitude, longitude, direction,"
    " assumed_at, uploaded_at, updated_at)"
    " values (?, 'a.jpg', 'poured', 37.12707850592494, 0.1, 359.9,"
    " '2026-03-09T08:00:00', '', '')"
)
connection.execute(insert, ("u1",))
connection.execute(insert, ("u2",))
connection.execute("update photos set description = 'checked', starred = 1")
connection.execute("insert into trades values (1, 't', 'Steel', 'steel', 1, '', '')")
connection.execute("insert into photo_trades values (1, 1)")
connection.execute("insert into comments values (1, 'c', 1, 1, 'cracks', '', null)")
connection.execute("delete from photos where id = 2")
connection.execute(
    "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)")
print(json.dumps({
    "version": sqlite3.sqlite_version_info,
    "integrity": connection.execute("pragma integrity_check").fetchall(),
    "keys": connection.execute("pragma foreign_key_check").fetchall(),
    "found": connection.execute(
        "select rowid from photos_fts where photos_fts match 'cracks refs:ǂzzzzzzzzzt1'"
    ).fetchall(),
    "counts": connection.execute(
        "select photos from facet_counts where dimension = 'all'").fetchall(),
    "places": connection.execute(
        "select x, y, photos, latitudes, longitudes from map_counts where level = 12"
    ).fetchall(),
}))
"""


def test_the_standard_library_s_sqlite_reads_and_writes_it(tmp_path: Path) -> None:
    import json

    from archive.batches import batch
    from archive.checking import check_history
    from archive.people import owner

    create_archive(tmp_path / "a", "A")
    told = subprocess.run(
        [sys.executable, "-c", OLD_LIBRARY, tmp_path / "a" / "archive.db"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert answer["version"] >= [3, 40, 0]
    assert answer["integrity"] == [["ok"]]
    assert answer["keys"] == []
    assert answer["found"] == [[1]]
    assert answer["counts"] == [[1]]
    place = (cells.column(0.1), cells.row(37.12707850592494))
    assert answer["places"] == [[*place, 1, 371_270_785, 1_000_000]]
    with open_archive(tmp_path / "a") as archive:
        loose = [fault.text for fault in check_history(archive.connection)]
        assert loose == ["10 changes were written by other means than asbuilt"]
        with batch(archive.connection, owner(archive.connection)):
            archive.connection.execute("update photos set starred = 0")
        assert list(check_history(archive.connection)) == []


def test_a_new_archive_is_whole(tmp_path: Path) -> None:
    create_archive(tmp_path / "a", "A")
    with open_archive(tmp_path / "a") as archive:
        connection = archive.connection
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        mode = connection.execute("pragma journal_mode").fetchone()[0]
        assert mode.upper() == journal_mode()
        assert connection.execute("pragma user_version").fetchone() == (
            migrations.FORMAT,
        )


def tables(connection: Any) -> list[tuple[str, str, str]]:
    """Return what sqlite_master says, but for what sqlite-utils keeps for itself."""
    rows = connection.execute("select type, name, sql from sqlite_master order by 1, 2")
    return [row for row in rows if "_sqlite_migrations" not in (row[1] + str(row[2]))]


@pytest.mark.parametrize("released", range(1, migrations.FORMAT + 1))
def test_an_archive_of_any_release_becomes_the_same_as_a_new_one(
    tmp_path: Path, connection: Any, released: int
) -> None:
    """Compare them as sqlite_master has them.

    Once there is a format 2, migration 0001 keeps a copy of the schema of format 1,
    and schema.sql is what all migrations together lead to.
    """
    folder = tmp_path / "a"
    create_archive(folder, "A")
    names_of_all = [m.name for m in migrations.migrations()._migrations]
    assert len(names_of_all) == migrations.FORMAT
    if released < migrations.FORMAT:
        (folder / "archive.db").unlink()
        old = sqlite3.connect(folder / "archive.db", isolation_level=None)
        from sqlite_utils import Database

        migrations.migrations().apply(Database(old), stop_before=names_of_all[released])
        old.close()
    with open_archive(folder) as archive:
        assert tables(archive.connection) == tables(connection)


def later(fail: bool) -> Migrations:
    known = migrations_of_today()

    @known(name="0002_later")
    def second(db: Any) -> None:
        db.execute("create table later (id integer primary key) strict")
        db.execute("pragma user_version = 2")

    @known(name="0003_broken")
    def third(db: Any) -> None:
        db.execute("create table latest (id integer primary key) strict")
        db.execute("drop table tombstones")
        if fail:
            db.execute("insert into nowhere values (1)")
        db.execute("pragma user_version = 3")

    return known


migrations_of_today = migrations.migrations


def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_archive(tmp_path / "a", "A")
    before = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir() if p.is_file()}
    monkeypatch.setattr(migrations, "FORMAT", 3)
    monkeypatch.setattr(migrations, "migrations", lambda: later(fail=True))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_archive(tmp_path / "a")
    after = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir() if p.is_file()}
    assert after == before
    monkeypatch.setattr(migrations, "migrations", lambda: later(fail=False))
    with open_archive(tmp_path / "a") as archive:
        found = names(archive.connection, "table")
        assert {"later", "latest"} <= set(found)
        assert "tombstones" not in found
    assert '"format": 3' in (tmp_path / "a" / ".asbuilt").read_text()


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_wal_mode_only_where_commits_cannot_be_lost(
    version: tuple[int, ...], fixed: bool
) -> None:
    assert has_wal_reset_fix(version) == fixed
    assert journal_mode(version) == ("WAL" if fixed else "TRUNCATE")
