"""What commands answer: JSON from each, hints that can be run, words for nothing."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.commands import common
from archive.commands.listing import line_of
from archive.database import explain
from archive.sqlite import sqlite3
from tests.archive.by_command import run


@pytest.fixture
def site(template: Path, tmp_path: Path) -> Path:
    """An archive with one photo, in a folder whose name has to be quoted."""
    shutil.copy(template.parent / "p.jpg", tmp_path)
    return Path(shutil.copytree(template, tmp_path / template.name))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("answers")
    folder, picture = parent / "Tower 4's", parent / "p.jpg"
    Image.new("RGB", (60, 40), "red").save(picture)
    run("init", folder)
    run("import", folder, picture, "--album", "Progress", "--trade", "Concrete")
    return folder


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["albums", "add", "A"], {"name": "A", "private": False}),
        (["albums", "rename", "Progress", " B "], {"id": 2, "name": "B"}),
        (["albums", "move", "Progress"], {"id": 2}),
        (["albums", "private", "Progress"], {"id": 2, "private": True}),
        (["albums", "cover", "Progress", "1"], {"id": 2, "cover_photo_id": 1}),
        (["albums", "delete", "Progress"], {"id": 2, "recycled": 1, "batch": 3}),
        (["locations", "add", "T>L1"], {"location": "T>L1", "name": "L1"}),
        (["trades", "add", "Steel"], {"name": "Steel", "active": True}),
        (["trades", "rename", "Concrete", "RC"], {"id": 1, "name": "RC"}),
        (["trades", "retire", "Concrete"], {"id": 1, "active": False}),
        (["people", "add", "Ana"], {"name": "Ana", "level": "read_only"}),
        (["people", "set", "1", "--name", "Bo"], {"id": 1, "name": "Bo"}),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_every_change_answers_in_json(
    site: Path, arguments: list[str], wanted: dict[str, Any]
) -> None:
    group, *rest = arguments
    answer = json.loads(run(group, site, *rest, "--json").stdout)
    assert {key: answer[key] for key in wanted} == wanted
    assert "photos" not in answer, "counted in lists only"


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["rename", "T>L1", "L2"], "T>L2"),
        (["move", "T>L1"], "L1"),
        (["delete", "T>L1"], "T>L1"),
    ],
    ids=["rename", "move", "delete"],
)
def test_changes_of_locations_answer_in_json(
    site: Path, arguments: list[str], wanted: str
) -> None:
    run("locations", site, "add", "T>L1")
    answer = json.loads(run("locations", site, *arguments, "--json").stdout)
    assert answer["location"] == wanted


def test_a_location_that_is_there_is_not_said_to_be_added(site: Path) -> None:
    assert "added location" in run("locations", site, "add", "T>L1").stderr
    assert "already" in run("locations", site, "add", "T>L1").stderr


def test_the_hint_to_undo_can_be_copied_and_run(site: Path) -> None:
    said = run("edit", site, 1, "--star").stderr
    command = said[said.index("asbuilt undo") : said.rindex(")")]
    assert "1 change taken back" in run(*shlex.split(command)[1:]).stderr


@pytest.mark.parametrize(
    "same",
    [["--trade", "Concrete"], ["--unstar"], ["--public"], ["--description", ""]],
    ids=" ".join,
)
def test_an_edit_that_changes_nothing_names_no_batch(
    site: Path, same: list[str]
) -> None:
    """Its number would go to the next batch: an undo would take that one back."""
    result = run("edit", site, 1, *same, "--json")
    assert "undo" not in result.stderr
    assert json.loads(result.stdout) == {"batch": None, "edited": 0}


def test_trades_are_not_given_and_taken_off_at_once(site: Path) -> None:
    said = run("edit", site, 1, "--trade", "Concrete", "--no-trades", code=2).stderr
    assert "exclude each other" in said


def test_an_empty_list_says_so(site: Path) -> None:
    result = run("photos", site, "no such word")
    assert (result.stdout, result.stderr) == ("", "(none)\n")


def test_a_search_that_begins_with_a_minus(site: Path) -> None:
    said = run("photos", site, "-trade:Concrete", code=2).stderr
    assert "-- -trade:Steel" in said
    assert run("photos", site, "--format", "csv", "--", "-trade:Concrete").stdout == ""
    assert "No such option '--formt'" in run("photos", site, "--formt", code=2).stderr


def test_a_name_that_another_person_has_is_said_and_allowed(site: Path) -> None:
    assert "note" not in run("people", site, "add", "Ana").stderr
    said = run("people", site, "add", "ana").stderr
    assert "added person 3, ana" in said
    assert "note: ana is also the name of person 2;" in said
    run("people", site, "add", "Bo")
    assert "person 2, 3;" in run("people", site, "set", "Bo", "--name", "ANA").stderr
    assert "note" not in run("people", site, "set", "4", "--level", "admin").stderr


def test_what_leaves_the_daily_log_by_becoming_private_is_said(site: Path) -> None:
    run("edit", site, 1, "--log-date", "2026-03-09")
    said = run("edit", site, 1, "--private").stderr
    assert "1 photo is no longer in the daily log" in said
    run("edit", site, 1, "--public", "--log-date", "2026-03-09")
    assert "the daily log" not in run("edit", site, 1, "--log-date", "").stderr
    assert "the daily log" not in run("edit", site, 1, "--private").stderr
    run("edit", site, 1, "--public", "--log-date", "2026-03-09")
    said = run("albums", site, "private", "Progress").stderr
    assert "1 photo is no longer in the daily log" in said


HEBREW = "\u05e7\u05d9\u05e8 4"
ISOLATED = f"\u2068{HEBREW}"


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "file"])
def test_on_a_terminal_words_from_right_to_left_turn_nothing_beside_them(
    site: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    run("edit", site, 1, "--description", HEBREW)
    monkeypatch.setattr(common, "on_terminal", lambda: terminal)
    for words in (["photos", site], ["show", site, 1]):
        lines = run(*words).stdout.splitlines()
        shown = [line for line in lines if HEBREW in line]
        assert shown
        for line in shown:
            assert (ISOLATED in line) == terminal
            assert line.count("\u2068") == line.count("\u2069")
    assert "\u2068" not in run("photos", site, "--format", "jsonl").stdout
    assert "\u2068" not in run("photos", site, "--format", "csv").stdout


def test_turns_are_shown(site: Path) -> None:
    run("edit", site, 1, "--rotate", "90")
    assert json.loads(run("show", site, 1, "--json").stdout)["photo"]["rotation"] == 90


def test_an_import_that_is_stopped_says_what_stays(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("archive.importing.import_photos", stopped)
    said = run("import", site, tmp_path / "p.jpg", code=130).stderr
    assert "the same command again does the rest" in said


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor as a shell does")
def test_a_closed_stdout_is_no_fault_of_ours(site: Path) -> None:
    command = (
        f"{shlex.quote(sys.executable)} -m archive photos {shlex.quote(str(site))}"
    )
    done = subprocess.run(  # noqa: S602 (the shell is what closes it)
        f"{command} >&-", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    ("words", "ended", "said"),
    [
        ("--help >/dev/full", 1, "asbuilt: no space left on device"),
        ("import {site} {site}/nothing.jpg 2>&-", 1, ""),
        ("photos {site} --limit 1 2>&-", 0, ""),
        ("photos {site} --limit 99999999999999999999", 2, "is not in the range"),
        ("markups {site} remove 99999999999999999999", 2, "is not in the range"),
    ],
)
def test_nothing_ends_in_a_traceback(
    site: Path, words: str, ended: int, said: str
) -> None:
    python = f"{shlex.quote(sys.executable)} -m archive"
    command = f"{python} {words.format(site=shlex.quote(str(site)))}"
    done = subprocess.run(  # noqa: S602 (the shell is what closes it)
        command, shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode == ended
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_next_command_after_init_can_be_copied_and_run(tmp_path: Path) -> None:
    said = run("init", tmp_path / "Tower 4's").stderr
    words = shlex.split(said[said.index("asbuilt import") :])
    assert words == ["asbuilt", "import", str(tmp_path / "Tower 4's"), "PHOTOS"]


@pytest.mark.parametrize(
    ("sqlite_says", "we_say"),
    [
        ("attempt to write a readonly database", "read-only; nothing was changed"),
        ("database or disk is full", "nothing of this change was kept"),
        ("disk I/O error", "the disk failed"),
        ("unable to open database file", "cannot be opened"),
    ],
)
def test_what_the_disk_answers_is_said_plainly(sqlite_says: str, we_say: str) -> None:
    told = explain(sqlite3.OperationalError(sqlite_says), Path("t/archive.db"))
    assert we_say in str(told)
    assert str(Path("t/archive.db")) in str(told)


@pytest.mark.parametrize(
    ("of", "field", "expected"),
    [
        ("photo", "", "added"),
        ("comment", "", "comment added"),
        ("markup", "colour", "markup colour: (empty) → red"),
        ("photo", "description", "description: (empty) → red"),
    ],
)
def test_a_line_of_history_says_what_was_changed(
    of: str, field: str, expected: str
) -> None:
    told = {"what": of, "field": field, "old": None, "new": "red", "reason": ""}
    line = line_of({"at": "2026-03-09T08:00:00Z", "by": "Kim", **told})
    assert line == f"2026-03-09T08:00  Kim  {expected}"
