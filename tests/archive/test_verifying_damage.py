"""Verifying: what is found of strays, of the schema, and of pages that are damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from archive.batches import batch
from archive.database import DATABASE, Archive
from archive.originals import Stored
from archive.people import Person, owner
from archive.plans.records import find_plan, remove_plan
from archive.verifying import (
    Fault,
    Limits,
    Report,
    files,
    open_faults,
    verify,
    ways_out,
)
from archive.verifying.mending import mend_files
from tests.archive.by_command import asbuilt
from tests.archive.import_checks import take_in
from tests.archive.map_files import add_map

pytestmark = pytest.mark.usefixtures("one_process")

NAME = f"{'ab' * 32}.jpg"
STRAYS = {
    "among the shelves": ("originals/list.txt", "list.txt"),
    "on a shelf": (f"originals/ab/{NAME}", f"ab/{NAME}"),
    "on another shelf": (f"originals/cd/{NAME}", f"cd/{NAME}"),
    "a folder on a shelf": ("originals/ab/more/1.jpg", "ab/more"),
    "among plans": (f"maps/{NAME}", f"maps/{NAME}"),
}


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with the originals of a stick, and a plan."""
    take_in(archive, source)
    add_map(archive, b"a drawing")
    return archive


def run(archive: Archive) -> Report:
    return verify(archive, owner(archive.connection), Limits())


@pytest.mark.parametrize(("name", "subject"), STRAYS.values(), ids=STRAYS)
def test_a_stray_is_named_wherever_it_lies(
    filled: Archive, name: str, subject: str
) -> None:
    stray = filled.folder / name
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"from elsewhere")
    (filled.originals / ".DS_Store").touch()
    (fault,) = run(filled).known
    assert (fault.what, fault.subject) == ("orphan", subject)
    assert fault.text.endswith(f"{subject}: no record has this file")
    told = asbuilt("verify", filled.folder)
    assert "1 fault; files that no record has: import them" in told.stderr
    stray.unlink()
    if stray.parent.name == "more":
        stray.parent.rmdir()
    assert run(filled).known == []


def test_what_is_kept_of_a_plan_for_an_undo_is_none(
    filled: Archive, sam: Person
) -> None:
    connection = filled.connection
    plan = find_plan(connection, 1)
    with batch(connection, sam):
        remove_plan(connection, sam, plan)
    assert plan.path(filled.folder).exists()
    assert run(filled).known == []


def test_a_file_whose_record_comes_a_moment_later_is_none(
    filled: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_known, looked = files._is_known, set()

    def too_early(archive: Archive, name: str) -> bool:
        if name in looked:
            assert archive.connection.in_transaction  # nobody else writes
            return is_known(archive, name)
        looked.add(name)
        return False

    monkeypatch.setattr(files, "_is_known", too_early)
    assert list(files.orphans(filled)) == []
    assert len(looked) == 4


SCHEMA = {
    "a trigger is gone": (
        "drop trigger history_photos",
        "the schema's trigger history_photos is not there",
    ),
    "an index is gone": (
        "drop index photos_by_album",
        "the schema's index photos_by_album is not there",
    ),
    "a trigger does nothing": (
        "drop trigger changes_stay;"  # noqa: ISC004
        "create trigger changes_stay before delete on changes begin select 1; end",
        "the schema's trigger changes_stay was altered",
    ),
    "a column more": (
        "alter table photos add column note text",
        "the schema's table photos was altered",
    ),
}


@pytest.mark.parametrize(("sql", "text"), SCHEMA.values(), ids=SCHEMA)
def test_a_schema_that_is_not_asbuilt_s_is_told(
    filled: Archive, sql: str, text: str
) -> None:
    filled.connection.execute("create index of_my_own on photos (filename)")
    assert run(filled).known == []
    for statement in sql.split(";", 1):
        filled.connection.execute(statement)
    assert text in [fault.text for fault in run(filled).known]


def test_each_fault_has_a_way_out_and_no_other() -> None:
    for whats, ways in (
        (("absent", "unreadable"), ["files"]),
        (("history", "counter", "orphan"), ["strays", "database", "history"]),
        ((), []),
    ):
        assert ways_out(Fault(what, "", "") for what in whats) == ways


def page_of(archive: Archive, table: str) -> tuple[int, int]:
    """Where the root page of a table is, and how large: bytes."""
    (root,) = archive.connection.execute(
        "select rootpage from sqlite_master where name = ?", (table,)
    ).fetchone()
    (size,) = archive.connection.execute("pragma page_size").fetchone()
    return (root - 1) * size, size


def test_what_of_a_database_is_damaged_is_said_and_nothing_written(
    filled: Archive,
) -> None:
    start, size = page_of(filled, "faults")
    filled.connection.execute("pragma wal_checkpoint(truncate)")
    filled.connection.close()
    with (filled.folder / DATABASE).open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * size)
    told = asbuilt("verify", filled.folder)
    assert told.exit_code == 1
    assert (
        "the database is damaged: faults cannot be read: database disk" in told.stderr
    )
    assert "asbuilt salvage" in told.stderr
    assert "the database is damaged: photos" not in told.stderr


def test_what_cannot_be_read_in_the_copy_is_said_in_words(
    filled: Archive, tmp_path: Path
) -> None:
    row = filled.connection.execute("select sha256, extension from originals limit 1")
    name = Stored(*row.fetchone()).name
    (filled.originals / name).unlink()
    (tmp_path / "copy" / "originals" / name).mkdir(parents=True)
    run(filled)
    ((_, why),) = mend_files(filled, tmp_path / "copy")
    assert why.endswith("cannot be read: Is a directory")
    assert len(open_faults(filled.connection)) == 1


def test_without_time_for_all_nothing_is_said_of_the_rest(filled: Archive) -> None:
    told = asbuilt("verify", filled.folder, "--for", "0s")
    assert told.stderr.endswith("nothing is wrong so far\n")
    told = asbuilt("verify", filled.folder)
    assert told.stderr.endswith("nothing is wrong\n")
    assert " bytes as they were" in told.stderr or " kB as they were" in told.stderr


def test_the_log_says_what_was_done_and_by_whom(
    filled: Archive, tmp_path: Path, sam: Person
) -> None:
    copied = shutil.copytree(filled.folder, tmp_path / "nas")
    asbuilt("copies", filled.folder, "add", copied, "--name", "NAS")
    asbuilt("copies", filled.folder, "check", "NAS")
    asbuilt("verify", filled.folder)
    asbuilt("verify", filled.folder, "--for", "0s")
    told = asbuilt("verify", filled.folder, "--log", "--json").stdout
    rows = [json.loads(line) for line in told.splitlines()]
    assert [(row["what"], row["files"], row["by"]) for row in rows] == [
        ("verified", 0, sam.name),
        ("verified", 4, sam.name),
        ("checked", 3, sam.name),
        ("added", 0, sam.name),
    ]
    assert [bool(row["finished"]) for row in rows] == [False, True, True, True]
    assert "checked" in asbuilt("verify", filled.folder, "--log").stdout
    told = asbuilt("verify", filled.folder, "--log", "--as", "Kim")
    assert told.exit_code == 1
