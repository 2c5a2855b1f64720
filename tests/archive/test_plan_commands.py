from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.archive.map_files import make_mbtiles, picture, world
from tests.archive.test_command_answers import run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    run("init", tmp_path / "tower")
    (tmp_path / "Level 2.png").write_bytes(picture((240, 240, 240), (40, 20)))
    return tmp_path / "tower"


def told(site: Path, *arguments: object) -> Any:
    return json.loads(run("maps", site, *arguments, "--json").stdout)


def test_a_plan_is_added_placed_listed_and_removed(site: Path) -> None:
    drawing = site.parent / "Level 2.png"
    added = told(site, "add", drawing, "--attribution", "Nordic")
    assert (added["name"], added["placed"], added["size"]) == (
        "Level 2",
        False,
        [40, 20],
    )
    corners = ("--corners", "-33.9,151.2", "-33.8,151.3")
    changed = told(site, "change", "level 2", *corners, "--opacity", "0.5")
    assert changed["corners"] == [[-33.8, 151.2], [-33.8, 151.3], [-33.9, 151.2]]
    assert changed["opacity"] == 0.5
    points = ("--point", "0,0=1,1", "--point", "40,0=1,1.001")
    assert told(site, "change", 1, *points)["corners"][1] == [1, 1.001]
    tiles = make_mbtiles(site.parent / "town.mbtiles", world(2))
    assert told(site, "add", tiles, "--name", "Town")["zooms"] == [0, 1]
    listed = run("maps", site).stdout
    assert "Level 2" in listed
    assert "Town" in listed
    told(site, "remove", "Town")
    assert run("maps", site, "--format", "jsonl").stdout.count("\n") == 1
    assert len(told(site, "purge", "--yes")["deleted"]) == 1


def test_a_plan_may_be_placed_while_it_is_added(site: Path) -> None:
    drawing = site.parent / "Level 2.png"
    corners = ("--corners", "1,1", "1.1,1.2")
    assert told(site, "add", drawing, *corners)["placed"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--corners", "1,1", "north"], 1, "not a position"),
        (["--corners", "1,1", "unknown"], 2, "not a place"),
        (["--point", "1,1"], 1, "not a point such as"),
        (["--point", "1.1.1,1=1,1"], 1, "not a point such as"),
        (["--point", "1,1=1,1"], 1, "two or three points"),
        (["--point", "1,1=1,1", "--corners", "1,1", "2,2"], 2, "exclude"),
        (["--opacity", "7"], 1, "covers from 0"),
        ([], 1, "nothing to change"),
    ],
)
def test_what_places_nothing_is_refused(
    site: Path, options: list[str], code: int, said: str
) -> None:
    told(site, "add", site.parent / "Level 2.png")
    assert said in run("maps", site, "change", 1, *options, code=code).stderr


def test_what_is_no_plan_is_named_with_its_reason(site: Path) -> None:
    text = site.parent / "plan.pdf"
    text.write_bytes(b"%PDF-1.7")
    said = run("maps", site, "add", text, code=1).stderr
    assert str(text) in said
    assert ".incoming" not in said
    missing = run("maps", site, "add", site.parent / "nowhere.png", code=1).stderr
    assert "No such file" in missing


def test_purging_asks_first(site: Path) -> None:
    assert "--yes" in run("maps", site, "purge", code=1).stderr
