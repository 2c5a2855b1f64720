"""docs/format.md says what an archive is; one is read here by what it says alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.albums import add_album
from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos
from archive.identity import new_uuid
from archive.migrations import schema_sql
from archive.people import owner
from archive.sqlite import sqlite3
from tests.archive.in_memory import new_database

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
NAMES = re.findall(
    r"^CREATE (?:VIRTUAL )?(?:TABLE|VIEW) (\w+)", schema_sql(), re.MULTILINE
)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_and_view_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("table", ["photos", "originals", "batches", "changes"])
def test_every_column_of_what_matters_most_is_on_the_page(
    tmp_path: Path, table: str
) -> None:
    create_archive(tmp_path / "a", "A")
    with open_archive(tmp_path / "a") as archive:
        columns = [
            row[1] for row in archive.connection.execute(f"pragma table_xinfo({table})")
        ]
    entry = PAGE[PAGE.index("## The tables") :]
    assert [c for c in columns if f"`{c}`" not in entry] == []


def test_every_table_that_the_page_names_is_there() -> None:
    tables = PAGE[PAGE.index("## The tables") : PAGE.index("## Who may see")]
    bullets = re.findall(r"^\* ((?:`\w+`(?:, )?)+)", tables, re.MULTILINE)
    named = [name for bullet in bullets for name in re.findall(r"`(\w+)`", bullet)]
    assert set(named) <= set(NAMES)


def test_queries_of_the_page_run(archive_with_history: Archive) -> None:
    scripts = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert scripts
    for script in scripts:
        for statement in script.split(";"):
            if statement.strip():
                archive_with_history.connection.execute(statement).fetchall()


# A second reading of the chain, written from the section "The chain" alone.

ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n"}
ESCAPES |= {"\r": "\\r", "\t": "\\t"}


def written(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return '"' + "".join(map(letter, value)) + '"'
    return repr(value)  # the shortest decimal: Python is one of those named


def letter(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character < " ":
        return f"\\u00{ord(character):02x}"
    return character


def line(values: tuple[object, ...]) -> bytes:
    return ("[" + ",".join(map(written, values)) + "]").encode("utf-8") + b"\x0a"


def chain(connection: sqlite3.Connection) -> dict[int, str]:
    """Return the hash that each batch must have."""
    hashes: dict[int, str] = {}
    previous = "0" * 64
    batches = connection.execute(
        """
        select id, uuid, run, at, actor_id, actor_name, origin, reason, undoes, changes
        from batches order by id
        """
    ).fetchall()
    for header in batches:
        text = line((*header, previous))
        for change in connection.execute(
            "select id, entity, record_id, field, old, new from changes"
            " where batch_id = ? order by id",
            (header[0],),
        ):
            text += line(change)
        previous = hashes[header[0]] = hashlib.sha256(text).hexdigest()
    return hashes


def stored(connection: sqlite3.Connection) -> dict[int, str]:
    return dict(connection.execute("select id, hash from batches").fetchall())


def test_the_example_gives_its_hashes() -> None:
    example = PAGE.split("An example:")[1].split("```")[1].strip().splitlines()
    text, found = b"", []
    for one in example:
        if one.startswith("= "):
            assert hashlib.sha256(text).hexdigest() == one[2:]
            found.append(one[2:])
            text = b""
        else:
            text += one.encode() + b"\n"
    assert len(found) == 2
    assert f'"{found[0]}"]' in "\n".join(example)


@pytest.fixture
def archive_with_history(archive: Archive) -> Archive:
    sam = owner(archive.connection)
    nasty = 'a"b\\c\n\t\x01\x1f\x7f\u2028 Säule 柱 🏗'
    with batch(archive.connection, sam, origin="import", run=new_uuid()) as opened:
        archive.connection.execute(
            "insert into photos (uuid, filename, filename_bytes, description, latitude,"
            " longitude, direction, uploader_id, assumed_at, uploaded_at, updated_at)"
            " values (?, 'IMG', x'00ff', ?, -0.00001, 151.2093, 359.5, 1,"
            " '2026-03-09T08:00:00', ?3, ?3)",
            (new_uuid(), nasty, opened.at),
        )
    with batch(archive.connection, sam, reason=nasty):
        change = Edit(description=nasty[::-1], position=(1e-7, 123456.0 / 1000))
        edit_photos(archive.connection, sam, [1], change)
    with batch(archive.connection, sam) as opened:
        add_album(archive.connection, sam, opened, "Säulen & Träger")
    return archive


def test_a_second_reading_of_the_page_gives_the_same_chain(
    archive_with_history: Archive,
) -> None:
    connection = archive_with_history.connection
    assert len(stored(connection)) == 4
    assert chain(connection) == stored(connection)
    assert list(check_history(connection)) == []


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(0, 360, exclude_max=True),
)
def test_any_text_and_number_keeps_its_place_in_the_chain(
    text: str, latitude: float, longitude: float, direction: float
) -> None:
    connection = new_database()
    sam = owner(connection)
    with batch(connection, sam, reason=text, origin="import") as opened:
        connection.execute(
            "insert into photos (uuid, filename, description, latitude, longitude,"
            " direction, assumed_at, uploaded_at, updated_at)"
            " values ('u', ?1, ?1, ?2, ?3, ?4, '2026', ?5, ?5)",
            (text, latitude, longitude, direction, opened.at),
        )
    assert chain(connection) == stored(connection)
    assert list(check_history(connection)) == []
