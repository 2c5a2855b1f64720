"""The command line as a person uses it, from an empty folder to a purge."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import piexif
import pytest
from PIL import Image

from archive.commands import common
from tests.archive.by_command import run

HOSTILE = {
    "markup": '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "formula": '=cmd|" /C calc"!A0',
    "sql": "'); drop table photos; --",
    "escape": "red \x1b[31m text \x07",
    "rtl": "safe\u202egnp.exe",
    "emoji": "👷🏽‍♀️ Ω 日本語",
}


@pytest.fixture
def camera(stick: Path, tmp_path: Path) -> Path:
    """A stick with three photos, one of them twice, and a text."""
    return Path(shutil.copytree(stick, tmp_path / "stick"))


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stick, to be copied."""
    parent = tmp_path_factory.mktemp("stick")
    folder = parent / "stick" / "DCIM"
    folder.mkdir(parents=True)
    for number in range(3):
        picture = Image.new("RGB", (80, 60), (90 * number, 100, 50))
        exif = {
            "0th": {piexif.ImageIFD.Make: "Canon", piexif.ImageIFD.Model: "EOS 5"},
            "Exif": {
                piexif.ExifIFD.DateTimeOriginal: f"2026:03:{9 + number:02} 14:05:00"
            },
        }
        picture.save(folder / f"IMG_{number:04}.jpg", exif=piexif.dump(exif))
    shutil.copy(folder / "IMG_0000.jpg", folder / "copy.jpg")
    (folder / "notes.txt").write_text("not a photo")
    return parent / "stick"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, stick: Path) -> Path:
    """An archive with the stick's photos, to be copied."""
    folder = tmp_path_factory.mktemp("imported") / "tower"
    run("init", folder, "--name", "Tower 4", "--owner", "Sam Reyes")
    run("import", folder, stick, "--jobs", 1, "--album", "Progress", code=3)
    return folder


@pytest.fixture
def tower(tmp_path: Path, imported: Path) -> Path:
    """An archive with the stick's photos."""
    return Path(shutil.copytree(imported, tmp_path / "tower"))


def listed(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    lines = run("photos", folder, *arguments, "--format", "jsonl").stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_from_an_empty_folder_to_a_list(tower: Path) -> None:
    photos = listed(tower)
    assert [p["taken_at"] for p in photos] == [
        "2026-03-11T14:05:00",
        "2026-03-10T14:05:00",
        "2026-03-09T14:05:00",
    ]
    assert {(p["album"], p["camera"], p["width"]) for p in photos} == {
        ("Progress", "Canon EOS 5", 80)
    }


def test_an_import_reports_every_file(tower: Path, camera: Path) -> None:
    report = json.loads(run("import", tower, camera, "--json", code=3).stdout)
    assert (report["imported"], report["duplicates"]) == (0, 4)
    assert [(Path(r["path"]).name, r["reason"]) for r in report["refused"]] == [
        ("notes.txt", "it is a text file, not a photo")
    ]


def test_an_import_of_photos_only_ends_with_0(tower: Path, camera: Path) -> None:
    run("import", tower, camera / "DCIM" / "IMG_0000.jpg", code=0)


def test_an_import_goes_past_a_path_that_is_not_there(
    tower: Path, camera: Path
) -> None:
    Image.new("RGB", (20, 20), "red").save(camera / "new.png")
    said = run("import", tower, camera / "gone", camera / "new.png", code=3).stderr
    assert "1 imported, 0 already there, 1 refused" in said
    assert f"refused: {camera / 'gone'}: there is no such file or folder" in said


def test_a_table_shows_an_assumed_date_as_such(tower: Path, camera: Path) -> None:
    Image.new("RGB", (20, 20), "blue").save(camera / "undated.png")
    run("import", tower, camera / "undated.png")
    lines = run("photos", tower).stdout.splitlines()
    (undated,) = [line for line in lines if "undated.png" in line]
    assert re.search(r"  \(\d{4}-\d\d-\d\dT[\d:]+\)  ", undated)
    assert [line for line in lines if "(" in line] == [undated]


def test_edit_show_history_and_undo(tower: Path) -> None:
    photo = listed(tower)[0]["uuid"]
    run("trades", tower, "add", "Concrete")
    done = run(
        *("edit", tower, photo, "--description", "Slab, level 3", "--star"),
        *("--location", "Tower>Level 3", "--trade", "Concrete", "--rotate", "90"),
        *("--taken-at", "2026-03-12T07:00+01:00", "--reason", "site walk", "--json"),
    )
    batch = json.loads(done.stdout)["batch"]
    after = listed(tower, "slab", "--location", "Tower", "--trade", "Concrete")
    assert [(p["uuid"], p["starred"], p["taken_offset"]) for p in after] == [
        (photo, True, "+01:00")
    ]
    assert (after[0]["width"], after[0]["height"]) == (60, 80)
    shown = run("show", tower, photo[:18]).stdout
    assert "set by a person" in shown
    assert "description: (empty) → Slab, level 3 (site walk)" in shown
    assert "site walk" in run("history", tower).stdout
    assert "Slab" in run("history", tower, photo).stdout
    run("undo", tower, batch)
    assert listed(tower, "slab") == []
    assert "whole" in run("history", tower, "--check").stderr


def test_a_check_prints_the_hash_by_which_a_later_one_knows_the_history(
    tower: Path, tmp_path: Path
) -> None:
    shutil.copytree(tower, tmp_path / "older")
    run("trades", tower, "add", "Concrete")
    hash_ = run("history", tower, "--check").stdout.strip()
    run("trades", tower, "add", "Steel")
    run("history", tower, "--check", "--expect", hash_[:16])
    said = run("history", tmp_path / "older", "--expect", hash_, code=1)
    assert f"no batch has the hash {hash_}" in said.stdout
    assert "is not a hash" in run("history", tower, "--expect", "x", code=1).stderr


def test_undo_of_a_whole_import(tower: Path, camera: Path) -> None:
    Image.new("RGB", (20, 20), "red").save(camera / "new.png")
    report = json.loads(run("import", tower, camera, "--json", code=3).stdout)
    run("undo", tower, report["run"])
    assert len(listed(tower)) == 3
    assert [p["filename"] for p in listed(tower, "--deleted")] == ["new.png"]


def test_a_location_that_an_edit_adds_is_named(tower: Path) -> None:
    photo = listed(tower)[0]["uuid"]
    first = run("edit", tower, photo, "--location", "Tower>Level 3")
    again = run("edit", tower, photo, "--location", "tower>level 3", "--star")
    assert "added the location Tower>Level 3" in first.stderr
    assert "added" not in again.stderr


def test_a_conflict_of_an_undo_is_named(tower: Path) -> None:
    photo = listed(tower)[0]["uuid"]
    first = run("edit", tower, photo, "--description", "one", "--json")
    run("edit", tower, photo, "--description", "two")
    batch = json.loads(first.stdout)["batch"]
    result = run("undo", tower, batch, code=3)
    assert "description: changed again since" in result.stderr
    assert listed(tower)[0]["description"] == "two"


def test_recycle_retrieve_and_purge(tower: Path) -> None:
    photo = listed(tower)[0]
    original = tower / "originals" / photo["sha256"][:2] / f"{photo['sha256']}.jpg"
    run("recycle", tower, photo["uuid"])
    assert len(listed(tower)) == 2
    assert [p["uuid"] for p in listed(tower, "--deleted")] == [photo["uuid"]]
    run("retrieve", tower, photo["uuid"])
    for corner in ("20,30", "30,40"):
        run("markups", tower, "add", photo["uuid"], "arrow", f"10,10 {corner}")
    run("markups", tower, "add", photo["uuid"], "text", "100,50", "--text", "x")
    refused = run("purge", tower, photo["uuid"], "--yes", code=1)
    assert "not in the recycle bin" in refused.stderr
    run("recycle", tower, photo["uuid"])
    asked = run("purge", tower, photo["uuid"], code=1).stderr  # nobody to answer
    assert "Delete this photo and the original, with 3 markups, for good?" in asked
    assert original.exists()
    run("purge", tower, photo["uuid"], "--yes", "--reason", "GDPR")
    assert not original.exists()
    assert "no photo" in run("show", tower, photo["uuid"], code=1).stderr
    run("history", tower, "--check")


def test_albums_locations_trades_and_people(tower: Path) -> None:
    run("albums", tower, "add", "Safety")
    run("albums", tower, "move", "Safety", "--before", "Unclassified")
    run("albums", tower, "rename", "Safety", "Safety first")
    run("albums", tower, "private", "Progress")
    assert {p["private"] for p in listed(tower)} == {True}
    run("albums", tower, "delete", "Progress")
    lines = run("albums", tower, "--format", "jsonl").stdout.splitlines()
    names = [json.loads(line)["name"] for line in lines]
    assert names == ["Safety first", "Unclassified"]
    run("albums", tower, "rename", "Unclassified", "Other", code=1)
    run("locations", tower, "add", "Tower>Level 3>North")
    run("locations", tower, "rename", "Tower>Level 3", "L3")
    run("locations", tower, "move", "Tower>L3", code=0)
    assert "L3>North" in run("locations", tower).stdout
    run("locations", tower, "delete", "L3", code=1)
    run("trades", tower, "add", "Concrete")
    run("trades", tower, "retire", "Concrete")
    run("trades", tower, "delete", "Concrete")
    run("people", tower, "add", "Ana", "--level", "read_only", "--login", "ana@x.org")
    run("people", tower, "set", "Ana", "--level", "standard", "--grant", "view_private")
    assert "view_private" in run("people", tower).stdout
    run("history", tower, "--check")


def test_somebody_else_may_only_what_their_level_allows(tower: Path) -> None:
    run("people", tower, "add", "Ana", "--level", "standard")
    photo = listed(tower)[0]["uuid"]
    run("edit", tower, photo, "--description", "by Ana", "--as", "Ana")
    refused = run("edit", tower, photo, "--star", "--as", "Ana", code=1)
    assert "Ana may not star photos" in refused.stderr
    run("recycle", tower, photo, "--as", "Ana", code=1)
    run("photos", tower, "--starred", "--as", "Ana", code=1)
    run("edit", tower, photo, "--private")
    assert len(listed(tower, "--as", "Ana")) == 2
    assert "no photo" in run("show", tower, photo, "--as", "Ana", code=1).stderr


@pytest.mark.parametrize("action", ["rename", "private", "delete", "cover", "move"])
def test_a_private_album_and_none_get_the_same_answer(tower: Path, action: str) -> None:
    run("people", tower, "add", "Ana", "--level", "standard")
    run("albums", tower, "add", "Claims", "--private")
    more = ("X",) if action == "rename" else ()

    def said(name: str) -> str:
        words = ("albums", tower, "--as", "Ana", action, name, *more)
        return run(*words, code=1).stderr.replace(name, "NAME")

    assert said("Claims") == said("Nothing")


def test_limits_hold_and_a_table_that_is_cut_says_so(
    tower: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(listed(tower, "--limit", "2")) == 2
    monkeypatch.setattr(common, "TABLE_LIMIT", 2)
    result = run("photos", tower)
    assert len(result.stdout.splitlines()) == 4  # two of them the heading
    assert "--limit" in result.stderr
    assert len(listed(tower)) == 3


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_is_kept_and_printed_harmlessly(tower: Path, what: str) -> None:
    text = HOSTILE[what]
    photo = listed(tower)[0]["uuid"]
    run("edit", tower, photo, "--description", text)
    assert listed(tower)[0]["description"] == text
    table = run("photos", tower).stdout
    assert "\x1b" not in table
    assert "\u202e" not in table
    rows = list(
        csv.DictReader(io.StringIO(run("photos", tower, "--format", "csv").stdout))
    )
    assert rows[0]["description"] in (text, f"'{text}")
    assert rows[0]["description"][0] not in "=+-@"
    run("history", tower, "--check")


BAD = {
    "no such archive": (("photos", "{tmp}/nowhere"), "there is no such folder"),
    "an empty folder": (("photos", "{tmp}/empty"), "not an archive"),
    "a file": (("photos", "{tmp}/file.txt"), "is a file, not a folder"),
    "init in a full folder": (("init", "{tower}/.."), "not an empty folder"),
    "import of nothing": (("import", "{tower}", "{tmp}/gone"), "no such file"),
    "import of the archive": (("import", "{tower}", "{tower}/originals"), "inside"),
    "no such photo": (("show", "{tower}", "999"), "there is no photo 999"),
    "no photo's name": (("show", "{tower}", "xyz"), "neither the id"),
    "no such album": (("edit", "{tower}", "1", "--album", "Nope"), "no album"),
    "no such trade": (("edit", "{tower}", "1", "--trade", "Nope"), "no trade"),
    "no such person": (("photos", "{tower}", "--as", "Nobody"), "nobody here"),
    "the first batch": (("undo", "{tower}", "1"), "cannot be undone"),
    "no such batch": (("undo", "{tower}", "999"), "no batch"),
    "an impossible date": (
        ("edit", "{tower}", "1", "--taken-at", "2026-02-30T10:00"),
        "does not exist",
    ),
    "no position": (("edit", "{tower}", "1", "--position", "north"), "not a position"),
    "off the earth": (("edit", "{tower}", "1", "--position", "91,0"), "no place"),
    "nothing to change": (("edit", "{tower}", "1"), "nothing to change"),
    "an unknown filter": (("photos", "{tower}", "colour:red"), "known are album:"),
    "an empty name": (("albums", "{tower}", "add", "  "), "is empty"),
    "a name with a newline": (("albums", "{tower}", "add", "a\nb"), "control"),
    "a name that is taken": (("albums", "{tower}", "add", "PROGRESS"), "already"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_a_sentence_and_changes_nothing(
    tower: Path, tmp_path: Path, what: str
) -> None:
    arguments, expected = BAD[what]
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x")
    before = run("history", tower, "--format", "jsonl").stdout
    filled = [a.replace("{tmp}", str(tmp_path)) for a in arguments]
    filled = [a.replace("{tower}", str(tower)) for a in filled]
    result = run(*filled, code=1)
    assert result.stderr.startswith("asbuilt: ")
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert run("history", tower, "--format", "jsonl").stdout == before


def test_a_newer_format_is_refused_by_name(tower: Path) -> None:
    marker = tower / ".asbuilt"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"format": 99}))
    assert "newer asbuilt" in run("photos", tower, code=1).stderr


def test_a_damaged_database_is_told_as_such(tower: Path) -> None:
    (tower / "archive.db").write_bytes(b"garbage" * 1000)
    for suffix in ("-wal", "-shm"):
        (tower / f"archive.db{suffix}").unlink(missing_ok=True)
    said = run("photos", tower, code=1).stderr
    assert "damaged" in said
    assert "originals" in said


def test_a_damaged_archive_can_be_salvaged_from_the_command_line(
    tower: Path, tmp_path: Path
) -> None:
    with (tower / "archive.db").open("r+b") as file:
        file.write(bytes(64))
    result = subprocess.run(
        [sys.executable, "-m", "archive", "salvage", tower, tmp_path / "out.db"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (result.returncode, result.stderr) == (3, "")
    assert re.search(r"^photos +3 +3$", result.stdout, re.MULTILINE)


def test_usage_errors_end_with_2(tower: Path) -> None:
    run("import", tower, code=2)
    run("photos", tower, "--format", "xml", code=2)
    run("nonsense", code=2)


def test_the_program_itself_prints_no_traceback(tower: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "archive", "photos", str(tower), "a:b"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1


def test_every_command_has_help_with_an_example() -> None:
    names = run("--help").stdout.split("Commands:")[1].split("Each command")[0]
    commands = [line.split()[0] for line in names.splitlines() if line.strip()]
    assert len(commands) >= 15
    for name in commands:
        assert "Example" in run(name, "--help").stdout, name
