"""What the command line tells and does for others than the owner (``--as``)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image

from tests.archive.by_command import run


@pytest.fixture
def site(template: Path, tmp_path: Path) -> Path:
    """An archive with a public photo that was private in Claims before."""
    return Path(shutil.copytree(template, tmp_path / "site"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("rights")
    folder, picture = parent / "site", parent / "owner's stick" / "p.jpg"
    picture.parent.mkdir()
    Image.new("RGB", (60, 40), "red").save(picture)
    run("init", folder, "--owner", "Sam")
    for name, level in (("Ana", "standard"), ("Rob", "read_only"), ("Nina", "none")):
        login = f"{name.lower()}@example.com"
        run("people", folder, "add", name, "--level", level, "--login", login)
    run("import", folder, picture, "--album", "Claims", "--description", "they lied")
    run("albums", folder, "private", "Claims")
    run(
        "edit",
        folder,
        1,
        "--album",
        "Unclassified",
        "--public",
        "--description",
        "wall",
    )
    return folder


def answer(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.mark.parametrize("person", ["Ana", "Rob"])
def test_the_past_of_a_photo_is_for_those_who_may_read_the_history(
    site: Path, person: str
) -> None:
    about = answer(run("show", site, 1, "--json", "--as", person))
    assert about["photo"]["description"] == "wall"
    assert (about["history"], about["came_from"]) == ([], [])
    assert "stored_at" not in about["file"]
    text = run("show", site, 1, "--as", person).stdout
    assert not [w for w in ("Claims", "they lied", "stick") if w in text]
    said = run("history", site, 1, "--as", person, code=1).stderr
    assert "may not read the archive's history" in said
    everything = answer(run("show", site, 1, "--json"))
    assert everything["came_from"][0]["path"] == "p.jpg"
    assert everything["history"]


@pytest.mark.parametrize("person", ["Ana", "Rob", "Nina"])
def test_a_check_of_the_history_tells_values_so_it_is_for_admins(
    site: Path, person: str
) -> None:
    said = run("history", site, "--check", "--as", person, code=1).stderr
    assert "may not read the archive's history" in said


def test_logins_and_levels_of_others_are_for_admins(site: Path) -> None:
    lines = run("people", site, "--as", "Rob", "--format", "jsonl").stdout.splitlines()
    people = {p["name"]: p for p in map(json.loads, lines)}
    assert people["Rob"]["login"] == "rob@example.com"
    assert (people["Ana"]["login"], people["Ana"]["level"]) == (None, None)


@pytest.mark.parametrize("what", ["photos", "albums", "locations", "trades", "people"])
def test_who_may_see_nothing_is_told_so(site: Path, what: str) -> None:
    result = run(what, site, "--as", "Nina", code=1)
    assert result.stdout == ""
    assert "Nina may not see photos" in result.stderr


def test_an_import_offers_undo_to_those_who_may(site: Path, tmp_path: Path) -> None:
    picture = tmp_path / "q.jpg"
    Image.new("RGB", (60, 40), "blue").save(picture)
    assert "undo" not in run("import", site, picture, "--as", "Ana").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["albums", "--as", "Ana", "{site}", "add", "Foo"],
        ["albums", "{site}", "--as", "Ana", "add", "Foo"],
        ["albums", "{site}", "add", "Foo", "--as", "Ana"],
    ],
    ids=["before the archive", "after the archive", "at the end"],
)
def test_who_acts_may_be_said_anywhere(site: Path, arguments: list[str]) -> None:
    run(*(a.format(site=site) for a in arguments))
    newest = answer(run("history", site, "--format", "jsonl", "--limit", 1))
    assert newest["by"] == "Ana"
