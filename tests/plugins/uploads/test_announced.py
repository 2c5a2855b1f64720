"""Uploads of many files: announced, found again, closed; the form they begin with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archive.uploads import parts
from tests.plugins.conftest import Site
from tests.plugins.uploads.tus import PHOTO, UPLOADS, announce, ask, begin, patch


def test_many_files_are_announced_and_found_again(here: Site) -> None:
    upload = begin(here, description="Slab").json()["upload"]
    files = announce(here, upload, "a/1.jpg", "a/2.jpg")
    assert [file["offset"] for file in files] == [0, 0]
    patch(here, files[0]["url"], 0, PHOTO[:77])
    again = announce(here, upload, "a/2.jpg", "a/1.jpg", "b.jpg")
    assert again[1]["url"] == files[0]["url"]
    left = here.get(f"{upload['url']}/open.json").json()
    assert [(f["key"], f["offset"]) for f in left["files"]] == [
        ("a/1.jpg", 77),
        ("a/2.jpg", 0),
        ("b.jpg", 0),
    ]
    assert left["next"] is None
    told = here.get(f"{upload['url']}.json").json()["upload"]
    assert told["counts"]["files"] == 3
    assert told["over"] is False


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        [7],
        [{"key": "a"}],
        [{"key": "a", "name": "a", "bytes": "5"}],
        [{"key": "a", "name": "a", "bytes": True}],
        [{"key": "a", "name": "a", "bytes": 1}] * 1001,
    ],
    ids=["none", "empty", "number", "half", "text", "bool", "many"],
)
def test_announcements_that_cannot_be(here: Site, files: Any) -> None:
    upload = begin(here).json()["upload"]
    answer = here.get(f"{upload['url']}/files", "admin", "post", json={"files": files})
    assert answer.status_code == 400
    assert answer.json()["ok"] is False


def test_an_upload_is_closed_or_cancelled(here: Site, folder: Path) -> None:
    upload = begin(here).json()["upload"]
    files = announce(here, upload, "a.jpg", "b.jpg", "c.jpg")
    patch(here, files[0]["url"], 0, PHOTO)
    patch(here, files[1]["url"], 0, PHOTO[:5])
    told = here.get(f"{upload['url']}/close", "admin", "post", json={}).json()["upload"]
    assert (told["closed_at"] is not None, told["counts"]["cancelled"]) == (True, 2)
    found = here.get(f"{upload['url']}.json").json()
    assert {f["name"]: f["outcome"] for f in found["files"]} == {
        "b.jpg": "cancelled",
        "c.jpg": "cancelled",
    }
    following = here.get(f"{upload['url']}.json?after={found['next']}").json()
    assert following["files"] == []
    assert ask(here, "head", files[1]["url"]).status_code == 410
    here.get(f"{upload['url']}/cancel", "admin", "post", json={})
    assert list(parts.present(folder)) == []


def test_options_that_cannot_be_are_refused_when_it_begins(here: Site) -> None:
    answer = begin(here, "uploader", starred=True)
    assert answer.status_code == 403
    assert "star" in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "selected"),
    [
        ("", 'value="1">Unclassified'),
        ("album:Unclassified", 'value="1" selected'),
        ("album:nowhere", 'value="1">Unclassified'),
        ("location:Tower>Roof", 'value="Tower&gt;Roof"'),
    ],
)
def test_the_form_begins_with_the_place_that_was_looked_at(
    here: Site, query: str, selected: str
) -> None:
    for path in (UPLOADS, f"{UPLOADS}/form"):
        assert selected in here.get(f"{path}?q={query}").text


def test_what_one_may_not_do_is_not_offered(here: Site) -> None:
    assert 'name="starred"' in here.get(UPLOADS).text
    assert 'name="starred"' not in here.get(UPLOADS, "uploader").text


def test_json_of_the_pages(here: Site) -> None:
    begin(here, description="Slab")
    found = here.get(f"{UPLOADS}.json").json()["uploads"]
    assert json.dumps(found[0]["options"]) == '{"description": "Slab"}'
    assert here.get(found[0]["url"]).status_code == 200
