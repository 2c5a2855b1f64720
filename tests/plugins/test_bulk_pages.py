"""Changing many photos at once: who may, what is left alone, and how many are a job."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive.database import open_archive
from archive.export import promised, quick
from archive.export.promised import ABSENT, CHANGED
from plugins.pages import bulk
from tests.plugins.conftest import HIDDEN, fill, serve

HOME = "/tower-4/-"
READERS = ("anonymous", "none", "reader", "uploader", "auditor", "admin")


@pytest.fixture
def fresh(tmp_path: Path, loop: Any) -> Iterator[Any]:
    folder = tmp_path / "tower"
    fill(folder)
    with contextmanager(serve)(loop, [folder]) as served:
        yield served


def send(site: Any, action: str, body: dict[str, Any], who: str = "admin") -> Any:
    return site.get(f"{HOME}/bulk/{action}", who, method="post", json=body)


def rows(site: Any, columns: str = "*") -> list[tuple[Any, ...]]:
    with open_archive(site.folder) as archive:
        found = archive.connection.execute(f"select {columns} from photos order by id")
        return [tuple(row) for row in found]


@pytest.mark.parametrize(
    ("action", "body", "may"),
    [
        ("edit", {"ids": [1, 6], "description": "new"}, {"uploader", "admin"}),
        ("edit", {"ids": [1, 6], "starred": True}, {"admin"}),
        ("edit", {"ids": [1, 6], "rotate": 90}, {"admin"}),
        ("edit", {"ids": [1, 6], "album": "Unclassified", "private": True}, {"admin"}),
        ("edit", {"ids": [1, 6], "location": "Tower>L9"}, {"admin"}),
        ("recycle", {"ids": [1, 6]}, {"admin"}),
        ("retrieve", {"ids": [4]}, {"admin"}),
        ("purge", {"ids": [4]}, {"admin"}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.parametrize("who", READERS)
def test_only_who_may_changes_photos(
    request: pytest.FixtureRequest,
    action: str,
    body: dict[str, Any],
    may: set[str],
    who: str,
) -> None:
    own = request.getfixturevalue("fresh" if who in may else "site")
    before = rows(own)
    answer = send(own, action, body, who)
    if who in may:
        assert answer.status_code == 200, answer.text
        assert answer.json()["photos"] == len(body["ids"])
        assert rows(own) != before
        return
    assert answer.status_code == (404 if who in ("anonymous", "none") else 403)
    assert rows(own) == before


def test_fields_that_are_not_given_or_empty_stay(fresh: Any) -> None:
    kept = "album_id, location_id, private, starred, rotation, taken_at, filename"
    before = rows(fresh, kept)
    body = {"ids": [1, 6], "description": "roof done", "album": "", "private": ""}
    batch = send(fresh, "edit", body).json()["batch"]
    assert rows(fresh, kept) == before
    assert [row[0] for row in rows(fresh, "description")].count("roof done") == 2
    undone = fresh.get(f"{HOME}/undo/{batch}", method="post", json={})
    assert undone.json() == {**undone.json(), "undone": 2, "kept": []}
    assert "roof done" not in str(rows(fresh, "description"))


def test_a_photo_that_one_may_not_see_is_not_there_and_nothing_is_done(
    fresh: Any,
) -> None:
    before = rows(fresh)
    for hidden in (3, 4, 99):
        answer = send(
            fresh, "edit", {"ids": [1, hidden], "description": "x"}, "uploader"
        )
        assert answer.status_code == 404
        assert f"{hidden}" in answer.json()["error"]
    assert rows(fresh) == before


def test_all_that_a_search_finds_are_those_that_its_reader_sees(fresh: Any) -> None:
    body = {"q": "crane", "description": "crane seen"}
    assert send(fresh, "edit", body, "uploader").json()["photos"] == 2
    assert send(fresh, "edit", body).json()["photos"] == 4


def test_a_search_that_finds_others_by_now_changes_nothing(fresh: Any) -> None:
    before = rows(fresh)
    answer = send(fresh, "recycle", {"q": "crane", "count": 9})
    assert answer.status_code == 409
    assert "4 photos now, not 9" in answer.json()["error"]
    assert rows(fresh) == before


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"ids": [], "description": "x"}, "photos were chosen"),
        ({"ids": ["x"], "description": "x"}, "number"),
        ({"ids": [1]}, "to change was given"),
        ({"ids": [1], "rotate": 45}, "90"),
        ({"ids": [1], "album": "none such"}, "album"),
        ({"ids": [1], "trades": [77]}, "trade"),
        ({"ids": [1], "log_date": "yesterday"}, "yesterday"),
        ({"q": "foo:bar", "description": "x"}, "foo"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_its_reason(
    fresh: Any, body: dict[str, Any], words: str
) -> None:
    before = rows(fresh)
    answer = send(fresh, "edit", body)
    assert answer.status_code in (400, 404)
    assert words in answer.json()["error"]
    assert rows(fresh) == before


def test_many_photos_are_a_job(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    before = rows(fresh)
    answer = send(fresh, "edit", {"q": "crane", "description": "by a job"}).json()
    assert answer["batch"] is None
    assert answer["url"] == f"{HOME}/jobs/{answer['job']}"
    with open_archive(fresh.folder) as archive:
        from archive.jobs import find_job
        from archive.people import owner

        admin = owner(archive.connection)
        job = find_job(archive.connection, admin, answer["job"])
    assert job.kind == "bulk_edit"
    assert job.options == {"query": "crane", "edit": {"description": "by a job"}}
    assert rows(fresh) == before  # until the job has run


def test_a_zip_has_the_originals_and_what_is_known_of_them(fresh: Any) -> None:
    answer = fresh.get(f"{HOME}/bulk/download", method="post", data={"ids": "1,2,6"})
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert 'filename="Tower 4.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        photos = json.loads(found.read("manifest.json"))
        assert "manifest.csv" in found.namelist()
        for photo in photos:
            assert sha256(found.read(photo["file"])).hexdigest() == photo["sha256"]
    assert [photo["id"] for photo in photos] == [1, 2, 6]


@pytest.mark.parametrize("at_once", [promised.AT_ONCE, 0], ids=["few", "many"])
def test_a_zip_is_whole_and_says_what_is_gone_or_altered(
    fresh: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Of many bytes it is found out while they are sent, after the length was told."""
    monkeypatch.setattr(quick, "AT_ONCE", at_once)
    hashes = dict(
        rows(fresh, "id, (select sha256 from originals where id = original_id)")
    )
    originals = fresh.folder / "originals"
    (altered,), (gone,) = (originals.glob(f"*/{hashes[n]}.*") for n in (1, 2))
    before = altered.read_bytes()
    altered.chmod(0o644)
    altered.write_bytes(before[::-1])
    gone.unlink()
    answer = fresh.get(f"{HOME}/bulk/download", method="post", data={"ids": "1,2,6"})
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    count = "1 of 3" if at_once else "2 of 3"
    assert f'="Tower 4 ({count}).zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        listed = {p["id"]: p["file"] for p in json.loads(found.read("manifest.json"))}
        lines = found.read("missing.txt").decode().splitlines()
        names = set(found.namelist())
    assert listed.pop(6) in names
    assert listed == {1: None, 2: None}
    assert sum(name.endswith(".jpg") for name in names) == 1
    said = sorted(line for line in lines if line.strip())
    assert len(said) == 2
    assert CHANGED in "".join(said)
    assert ABSENT in "".join(said)


@pytest.mark.parametrize("who", ["reader", "uploader", "auditor"])
def test_a_zip_holds_what_its_reader_may_see_and_no_more(fresh: Any, who: str) -> None:
    for wanted in ({"ids": "1,2,3,4,5,6"}, {"q": ""}):
        answer = fresh.get(f"{HOME}/bulk/download", who, method="post", data=wanted)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
            photos = json.loads(found.read("manifest.json"))
            told = b"".join(found.read(name) for name in found.namelist())
        seen = {"reader": {1, 6}, "uploader": {1, 2, 6}, "auditor": {1, 2, 3, 5, 6}}
        assert {photo["id"] for photo in photos} == seen[who]
        assert all(photo["starred"] is None for photo in photos)
        assert not [word for word in HIDDEN[who] if word.encode() in told]


def test_a_zip_of_nothing_is_refused(fresh: Any) -> None:
    for wanted in ({"ids": "4"}, {"ids": ""}, {"q": "nothing-is-like-that"}):
        answer = fresh.get(
            f"{HOME}/bulk/download", "reader", method="post", data=wanted
        )
        assert answer.status_code == 400
