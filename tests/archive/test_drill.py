"""The drill: back up while people work, lose everything, restore, verify, compare."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from archive.commands.root import asbuilt as program
from archive.database import Archive, open_archive
from archive.sqlite import sqlite3
from tests.archive.import_checks import take_in

ROOT = Path(__file__).parents[2]
# what differs from run to run, and what stands for it in the docs
VARYING = (
    (r"\d{8}T\d{6}Z-[0-9a-f]{6}", "20261121T204210Z-8c1f02"),
    (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "2026-11-21T20:42:10.123Z"),
    (r"\b[0-9]+ (originals|photos|were|of|files)", r"N \1"),
    (r"of [0-9]+ ", "of N "),
    (r"[0-9.]+ (bytes|[kMG]B)", "25.1 kB"),
)


@contextmanager
def people_at_work(folder: Path, source: Path) -> Iterator[list[int]]:
    """Let another process edit and import meanwhile; says how often, at the end."""
    words = [sys.executable, "-m", "tests.archive.edit_on", str(folder), str(source)]
    rounds: list[int] = []
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "begun\n"
        yield rounds
        process.stdin.close()
        rounds.append(int(process.stdout.readline()))
    assert process.returncode == 0


def batches(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("select hash from batches order by id").fetchall()
    return [row[0] for row in rows]


def changes(connection: sqlite3.Connection, last: int) -> list[Any]:
    """What was changed, up to a batch."""
    sql = "select batch_id, entity, record_id, field, new from changes"
    rows = connection.execute(f"{sql} where batch_id <= ? order by id", (last,))
    return list(rows)


def test_what_was_there_comes_back_though_people_worked_meanwhile(
    archive: Archive, source: Path, tmp_path: Path, record_property: Any
) -> None:
    take_in(archive, source)
    folder, stick = archive.folder, tmp_path / "backup"
    said: list[str] = []

    def asbuilt(*words: object) -> None:
        shown = [str(word).replace(str(tmp_path), "").lstrip("/") for word in words]
        told = CliRunner().invoke(program, [str(word) for word in words])
        assert told.exit_code == 0, told.output
        said.append(f"$ asbuilt {' '.join(shown)}")
        output = told.stderr.replace(f"{tmp_path}/", "")
        said.extend(output.splitlines())

    with people_at_work(folder, tmp_path / "camera") as rounds:
        asbuilt("backup", folder, stick)
    assert rounds[0] > 1
    live = batches(archive.connection)
    changed = changes(archive.connection, len(live))
    files = {path.name: path.read_bytes() for path in folder.rglob("*.jpg")}
    archive.connection.close()
    shutil.rmtree(folder)
    said.append("$ rm -r tower-4")
    asbuilt("restore", stick, folder)
    asbuilt("verify", folder)
    record_property("transcript", said)
    with open_archive(folder) as again:
        connection = again.connection
        found = batches(connection)
        assert found == live[: len(found)]  # the chain, as it was at one moment
        assert len(found) < len(live)
        told = changes(connection, len(found))
        assert told == [row for row in changed if row[0] <= len(found)]
        names = connection.execute("select sha256 || '.jpg' from originals").fetchall()
    there = {path.name: path.read_bytes() for path in folder.rglob("*.jpg")}
    assert there == {name: files[name] for (name,) in names}
    assert said_in_docs() == [_plain(line) for line in said]


def _plain(line: str) -> str:
    for pattern, stands in VARYING:
        line = re.sub(pattern, stands, line)
    return line


def said_in_docs() -> list[str]:
    """What docs/backups.md says that it prints."""
    text = (ROOT / "docs" / "backups.md").read_text("utf-8")
    block = text.partition("## The drill")[2].split("```")
    return [_plain(line) for line in block[1].strip().splitlines()] if block[1:] else []
