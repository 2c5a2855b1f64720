"""The root of the command line: finding commands, and one line for each failure."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from archive import errors
from archive.commands import root
from archive.sqlite import sqlite3


def run(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, error: BaseException | None = None
) -> Result:
    """Run ``asbuilt`` with one more command, ``fail``, that raises the error."""

    @click.command()
    def fail() -> None:
        """Fail on purpose."""
        if error is not None:
            raise error

    def load(entry: metadata.EntryPoint) -> click.Command:
        return fail if entry.name == "fail" else original(entry)

    original = root.load
    entry = metadata.EntryPoint("fail", "nowhere:fail", root.GROUP)
    monkeypatch.setattr(root, "load", load)
    monkeypatch.setattr(root, "everyone", lambda: {"fail": entry})
    return CliRunner().invoke(root.asbuilt, arguments, prog_name="asbuilt")


SENTENCES = {
    "not-found": (errors.NotFound("no photo 12"), "asbuilt: no photo 12\n"),
    "file": (
        errors.DamagedFile("a\nb.jpg", "is cut short"),
        "asbuilt: a\\nb.jpg: is cut short\n",
    ),
    "disk-full": (
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/p/x.jpg"),
        "asbuilt: /p/x.jpg: no space left on device\n",
    ),
    "read-only": (
        OSError(errno.EROFS, os.strerror(errno.EROFS), "/p/x.jpg"),
        "asbuilt: /p/x.jpg: read-only file system\n",
    ),
    "denied": (
        PermissionError(errno.EACCES, os.strerror(errno.EACCES), b"/p/\n\xff.jpg"),
        "asbuilt: /p/\\n\\udcff.jpg: permission denied\n",
    ),
    "no-name": (OSError(errno.ENOSPC, "No space"), "asbuilt: no space\n"),
}


@pytest.mark.parametrize(("error", "line"), SENTENCES.values(), ids=SENTENCES)
def test_what_a_person_can_act_on_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, line: str
) -> None:
    result = run(monkeypatch, "fail", error=error)
    assert (result.exit_code, result.stderr, result.stdout) == (1, line, "")


def test_a_damaged_database_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(b"no database" * 100)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        connection.execute("SELECT * FROM sqlite_schema")
    connection.close()
    result = run(monkeypatch, "fail", error=caught.value)
    assert result.exit_code == 1
    assert result.stderr.startswith("asbuilt: the database is damaged")
    assert result.stderr.count("\n") == 1


def test_a_fault_in_the_sql_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT nothing")
    connection.close()
    result = run(monkeypatch, "fail", error=caught.value)
    assert result.exception is caught.value


def test_stopping_says_so_and_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, "fail", error=KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (130, "\nasbuilt: stopped\n")


def test_a_command_may_choose_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "fail", error=click.exceptions.Exit(3)).exit_code == 3


def test_a_reader_that_went_away_is_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "archive", "--help"],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert done.stderr == b""


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = run(monkeypatch, "fial")
    assert result.exit_code == 2
    assert "Did you mean 'fail'?" in result.stderr


def test_a_command_that_cannot_be_imported_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = metadata.EntryPoint("gone", "archive.commands.nowhere:gone", root.GROUP)
    monkeypatch.setattr(root, "ours", lambda: {"gone": gone})
    listing = run(monkeypatch, "--help")
    assert "gone  (not in this installation)" in listing.stdout
    assert "fail  Fail on purpose." in listing.stdout
    result = run(monkeypatch, "gone", "x", "--y")
    assert result.exit_code == 1
    assert result.stderr.startswith("asbuilt: the command 'gone' cannot be loaded")


def test_only_the_command_that_is_called_is_imported() -> None:
    code = (
        "import sys; from archive.commands.root import asbuilt\n"
        "asbuilt(['init', '--help'], standalone_mode=False)\n"
        "asbuilt(['sync', '--help'], standalone_mode=False)\n"
        "print(sorted(m for m in sys.modules if m.startswith('archive.commands.')))\n"
        "heavy = ('datasette', 'PIL', 'sqlite_utils', 'numpy', 'httpx2', 'authlib',"
        " 'keyring', 'sync.engine')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    *_, ours, heavy = done.stdout.splitlines()
    assert "listing" not in ours
    assert heavy == "[]"
