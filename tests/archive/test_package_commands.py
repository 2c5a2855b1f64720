"""``asbuilt export package`` and ``asbuilt import`` of one, as a person uses them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.commands.root import asbuilt
from archive.database import create_archive, open_archive
from archive.export.package import making
from archive.importing import pipeline
from archive.people import owner
from tests.archive import by_command
from tests.archive.import_checks import inline
from tests.archive.package_site import (
    SECRETS,
    InlinePool,
    check_bag,
    files,
    fill,
    secrets_in,
)

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(making, "Pool", InlinePool)
    monkeypatch.setattr(pipeline, "run_jobs", inline)
    return by_command.run


@pytest.fixture
def tower(folder: Path) -> Path:
    with open_archive(folder) as archive:
        fill(archive, owner(archive.connection))
    return folder


def said(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_reader_hands_over_what_they_see(
    run: Run, tower: Path, tmp_path: Path
) -> None:
    out = tmp_path / "close-out"
    told = run("export", "package", tower, out, "--as", "Rae", "--json")
    assert (said(told)["photos"], said(told)["of"]) == (9, 9)
    assert "9 of 9 photos" in told.stderr
    found = files(out)
    assert check_bag(found) == []
    assert list(secrets_in(found, SECRETS)) == []
    assert b"all photos, as far as Rae may see" in found["README.txt"]
    run("export", "package", tower, out, "--replace", code=1)
    run("export", "package", tower, tmp_path / "a", "--as", "Rae", "--complete", code=1)
    assert {path.name for path in tmp_path.iterdir()} == {"tower-4", "close-out"}


def test_the_search_is_told_in_it(run: Run, tower: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    run("export", "package", tower, out, "second", "--trade", "Concrete")
    with zipfile.ZipFile(out) as packed:
        told = packed.read("out/README.txt").decode()
        words = " ".join(told.split())
        assert re.search('what the search "[^,]*second[^,]*Concrete[^,]*" finds', words)
        assert len(json.loads(packed.read("out/data/manifest.json"))) == 1
    run("export", "package", tower, out, "second", "--complete", "--replace", code=2)


def test_a_package_is_imported_alone_and_as_it_is(
    run: Run, tower: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    run("export", "package", tower, out, "--complete")
    run("init", tmp_path / "new")
    for more in (("--album", "x"), (tower / "originals",), ("--private",)):
        run("import", tmp_path / "new", out, *more, code=2)
    told = said(run("import", tmp_path / "new", out, "--json", "--no-thumbnails"))
    assert (told["imported"], told["refused"]) == (12, [])
    again = run("import", tmp_path / "new", out, "--no-thumbnails")
    assert "0 imported, 12 already there" in again.stderr
    run("history", tmp_path / "new", "--check")
    run("undo", tmp_path / "new", told["run"], code=3)  # what names people stays
    assert run("photos", tmp_path / "new", "--format", "jsonl").stdout == ""


KILLED = """
import os, pathlib, sys
from archive.database import open_archive
from archive.export.package import export_package, making
from archive.people import owner
from tests.archive.package_site import InlinePool
making.Pool = InlinePool
def tell(done, of):
    if done == 5:
        os.kill(os.getpid(), 9)
with open_archive(pathlib.Path(sys.argv[1])) as archive:
    export_package(
        archive, owner(archive.connection), None, pathlib.Path(sys.argv[2]), tell=tell)
"""


@pytest.mark.skipif(os.name == "nt", reason="no such kill")
@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_a_kill_leaves_nothing_under_the_name_and_the_next_run_clears(
    run: Run, tower: Path, tmp_path: Path, name: str
) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tower, tmp_path / name], check=False, cwd=root
    )
    assert done.returncode == -9
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [f".{name}.part", "tower-4"]
    run("export", "package", tower, tmp_path / name, "--complete")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [name, "tower-4"]


def test_an_import_that_was_stopped_goes_on(
    run: Run, tower: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run("export", "package", tower, out, "--complete")
    create_archive(tmp_path / "new", "New")
    monkeypatch.setattr(pipeline, "BATCH", 4)
    shutil.copytree(tmp_path / "new", tmp_path / "before")

    def stopping(function: str, jobs: Any, workers: int = 2) -> Any:
        for n, outcome in enumerate(inline(function, jobs, workers)):
            if n == 6:
                raise KeyboardInterrupt
            yield outcome

    monkeypatch.setattr(pipeline, "run_jobs", stopping)
    result = CliRunner().invoke(asbuilt, ["import", str(tmp_path / "new"), str(out)])
    assert result.exit_code != 0
    monkeypatch.setattr(pipeline, "run_jobs", inline)
    told = said(run("import", tmp_path / "new", out, "--json"))
    assert 0 < told["imported"] < 12
    assert told["imported"] + len(told["duplicate_of"]) == 12
    run("history", tmp_path / "new", "--check")
