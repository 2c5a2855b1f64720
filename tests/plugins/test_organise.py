"""Albums, locations, trades, people and settings, changed on their pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive.database import open_archive
from tests.plugins.conftest import fill, serve

HOME = "/tower-4/-"
# What each page can change: address, what is sent, who may.
CHANGES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "add album": ("albums/add", {"name": "New"}, {"uploader", "admin"}),
    "add private album": ("albums/add", {"name": "N", "private": True}, {"admin"}),
    "rename album": ("albums/3/edit", {"name": "Renamed"}, {"admin"}),
    "hide album": ("albums/3/edit", {"private": True}, {"admin"}),
    "move album": ("albums/3/move", {"before": 1}, {"admin"}),
    "delete album": ("albums/3/delete", {}, {"admin"}),
    "add location": ("locations/add", {"path": "Tower>New"}, {"uploader", "admin"}),
    "rename location": ("locations/1/edit", {"name": "Block"}, {"admin"}),
    "delete location": ("locations/4/delete", {}, {"admin"}),
    "add trade": ("trades/add", {"name": "Steel"}, {"admin"}),
    "rename trade": ("trades/1/edit", {"name": "Glass"}, {"admin"}),
    "put trade away": ("trades/1/edit", {"active": False}, {"admin"}),
    "settings": ("settings/edit", {"private_by_default": True}, {"admin"}),
    "add person": ("people/add", {"name": "Lu", "level": "standard"}, {"admin"}),
    "edit person": ("people/3/edit", {"level": "standard"}, {"admin"}),
}
READERS = ("anonymous", "unknown", "none", "reader", "uploader", "auditor", "admin")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("organised") / "tower"
    fill(folder)
    with open_archive(folder) as archive:
        from archive.albums import add_album
        from archive.batches import batch
        from archive.locations import find_or_add_location
        from archive.people import owner

        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            add_album(archive.connection, sam, opened, "Facade")
            find_or_add_location(archive.connection, sam, opened, "Yard>Gate")
    return folder


@pytest.fixture
def fresh(template: Path, tmp_path: Path, loop: Any) -> Iterator[Any]:
    """A site of its own for each test that changes it."""
    folder = shutil.copytree(template, tmp_path / "tower")
    with contextmanager(serve)(loop, [folder]) as served:
        yield served


@pytest.fixture(scope="module")
def kept(
    template: Path, tmp_path_factory: pytest.TempPathFactory, loop: Any
) -> Iterator[Any]:
    """The same site for all tests that change nothing."""
    folder = shutil.copytree(template, tmp_path_factory.mktemp("kept") / "tower")
    with contextmanager(serve)(loop, [folder]) as served:
        yield served


def send(site: Any, path: str, body: dict[str, Any], who: str = "admin") -> Any:
    return site.get(f"{HOME}/{path}", who, method="post", json=body)


def everything(site: Any) -> list[Any]:
    """All that these pages may change, as it stands in the archive."""
    with open_archive(site.folder) as archive:
        return [
            archive.connection.execute(f"select * from {table} order by 1").fetchall()
            for table in ("albums", "locations", "trades", "people", "settings")
        ]


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("what", CHANGES)
def test_only_who_may_changes_anything(
    request: pytest.FixtureRequest, what: str, who: str
) -> None:
    path, body, may = CHANGES[what]
    site = request.getfixturevalue("fresh" if who in may else "kept")
    before = everything(site)
    answer = send(site, path, body, who)
    if who in may:
        assert answer.status_code == 200, answer.text
        assert everything(site) != before
        undone = send(site, f"undo/{answer.json()['batch']}", {}).json()
        # people who were here stay known: history names them
        assert undone["kept"] == [] or what == "add person"
        return
    assert answer.status_code == (
        403 if who in ("reader", "uploader", "auditor") else 404
    )
    assert everything(site) == before


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("what", CHANGES)
def test_nothing_is_changed_by_reading_an_address(
    site: Any, what: str, who: str
) -> None:
    path, _, _ = CHANGES[what]
    answer = site.get(f"{HOME}/{path}", who)
    assert answer.status_code == (
        405 if who in ("reader", "uploader", "auditor", "admin") else 404
    )


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("albums/add", {"name": ""}, 400, "album"),
        ("albums/add", {"name": "facade"}, 409, "already"),
        ("albums/1/edit", {"name": "Other"}, 400, "Unclassified"),
        ("albums/1/delete", {}, 400, "Unclassified"),
        ("albums/999/edit", {"name": "x"}, 404, "no album"),
        ("albums/3/edit", {"private": "perhaps"}, 400, "yes or no"),
        ("albums/3/edit", {"cover": 1}, 400, "cover"),
        ("albums/3/move", {"before": "x"}, 400, "number"),
        ("locations/add", {"path": "A>>B"}, 400, "location"),
        ("locations/1/delete", {}, 409, "in use"),
        ("locations/1/edit", {"parent": 2}, 409, "below itself"),
        ("trades/1/delete", {}, 409, "in use"),
        ("people/1/edit", {"level": "standard"}, 400, "owner"),
        ("people/2/edit", {"level": "king"}, 400, "level"),
        ("settings/edit", {"subscribers": [99]}, 400, "person 99"),
        ("settings/edit", {"copies_elsewhere": "many"}, 400, "number"),
        ("settings/edit", {"copies_days": 99_999}, 400, "from 0 to 36,500"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_is_refused_with_its_reason(
    kept: Any, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    before = everything(kept)
    answer = send(kept, path, body)
    assert answer.status_code == status
    assert words.lower() in answer.json()["error"].lower()
    assert everything(kept) == before


@pytest.mark.parametrize("content", [b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(kept: Any, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = kept.get(
        f"{HOME}/albums/add", method="post", content=content, headers=headers
    )
    assert answer.status_code == 400
    assert answer.json()["ok"] is False


def test_a_form_without_scripts_leads_back_and_offers_to_undo(fresh: Any) -> None:
    form = {"name": "From a form", "next": f"{HOME}/albums"}
    answer = fresh.get(f"{HOME}/albums/add", method="post", data=form)
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith(f"{HOME}/albums?done=")
    page = fresh.get(where).text
    assert "From a form" in page
    assert f'action="{HOME}/undo/{where.rpartition("=")[2]}"' in page


def test_cards_show_what_each_reader_may_see(kept: Any) -> None:
    def cards(who: str) -> dict[str, int]:
        found = kept.get(f"{HOME}/albums.json", who).json()["albums"]
        return {card["name"]: card["photos"] for card in found}

    assert cards("admin")["Unclassified"] == 4
    assert cards("reader")["Unclassified"] == 2
    assert not any("SECRET" in name for name in cards("reader"))
    covers = kept.get(f"{HOME}/albums.json", "reader").json()["albums"]
    assert "/photo/6/" in covers[0]["cover_url"]  # the newest that a reader may see


@pytest.mark.parametrize(
    "page", ["albums", "locations", "trades", "log", "log?month=2026-05"]
)
@pytest.mark.parametrize("extension", ["", ".json"])
@pytest.mark.parametrize("who", ["reader", "uploader", "auditor"])
def test_no_page_tells_what_its_reader_may_not_know(
    kept: Any, page: str, extension: str, who: str
) -> None:
    path, _, arguments = page.partition("?")
    address = f"{HOME}/{path}{extension}" + (f"?{arguments}" if arguments else "")
    assert kept.get(address, who).status_code == 200
    assert kept.leaks(address, who) == set()


@pytest.mark.parametrize("page", ["settings", "history", "history/1"])
@pytest.mark.parametrize("extension", ["", ".json"])
@pytest.mark.parametrize("who", ["reader", "uploader", "auditor"])
def test_pages_of_admins_are_shut_to_others(
    kept: Any, page: str, extension: str, who: str
) -> None:
    assert kept.get(f"{HOME}/{page}{extension}", who).status_code == 403
    assert kept.leaks(f"{HOME}/{page}{extension}", who) == set()
    assert kept.get(f"{HOME}/{page}{extension}").status_code == 200


def test_what_one_may_not_do_is_not_offered(kept: Any) -> None:
    for page in ("albums", "locations", "trades"):
        offered = kept.get(f"{HOME}/{page}", "reader").text
        assert "<form" not in offered.partition("<main")[2].partition("</main>")[0]
        assert "/-/settings" not in offered
        assert "/-/history" not in offered


def test_the_log_of_a_month_counts_public_photos_by_day(fresh: Any) -> None:
    edit = {"ids": [1], "log_date": "2026-05-11"}
    assert send(fresh, "bulk/edit", edit).status_code == 200
    found = fresh.get(f"{HOME}/log.json?month=2026-05", "reader").json()
    assert [(day["day"], day["photos"]) for day in found["days"]] == [("2026-05-11", 1)]
    assert fresh.get(found["days"][0]["url"], "reader").text.count('class="tile"') == 1
    newest = fresh.get(f"{HOME}/log.json", "reader").json()
    assert newest["month"] == "2026-05"
    assert fresh.get(f"{HOME}/log?month=2026-13").status_code == 400


@pytest.mark.parametrize(
    ("month", "beside"), [("0001-01", "0001-02"), ("9999-12", "9999-11")]
)
def test_the_log_ends_where_time_does(kept: Any, month: str, beside: str) -> None:
    page = kept.get(f"{HOME}/log?month={month}")
    assert page.status_code == 200
    assert re.findall(r'href="[^"]*month=([0-9-]+)"', page.text) == [beside]
    assert kept.get(f"{HOME}/log.json?month={month}").json()["month"] == month


def test_level_2_stands_before_level_10(fresh: Any) -> None:
    for name in ("Level 10", "Level 2", "Level 1"):
        send(fresh, "locations/add", {"path": f"Yard>{name}"})
    found = fresh.get(f"{HOME}/locations.json").json()["locations"]
    below = [node["name"] for node in found if node["path"].startswith("Yard>L")]
    assert below == ["Level 1", "Level 2", "Level 10"]


def test_subscribers_are_kept_and_history_names_who_changed_what(fresh: Any) -> None:
    send(fresh, "people/2/edit", {"subscribed": True})
    assert fresh.get(f"{HOME}/settings.json").json()["settings"]["subscribers"] == [2]
    batches = fresh.get(f"{HOME}/history.json").json()["batches"]
    changes = fresh.get(f"{HOME}/history/{batches[0]['id']}.json").json()["changes"]
    assert [change["entity"] for change in changes] == ["setting"]


def test_a_batch_is_told_even_when_a_name_in_it_is_hostile(fresh: Any) -> None:
    send(fresh, "albums/add", {"name": "<script>alert(1)</script>\u202eevil"})
    for page in ("albums", "history"):
        text = fresh.get(f"{HOME}/{page}").text
        assert "<script>alert" not in text


def test_the_history_is_in_the_language_of_the_page(fresh: Any) -> None:
    german = {"accept-language": "de"}
    done = send(fresh, "albums/add", {"name": "Crane"}).json()["batch"]
    undone = send(fresh, f"undo/{done}", {}).json()["batch"]
    page = fresh.get(f"{HOME}/history", headers=german).text
    assert f"Änderung {done} rückgängig gemacht" in page
    assert "undo of batch" not in page
    batch = fresh.get(f"{HOME}/history/{undone}", headers=german).text
    assert f"Änderung {done} rückgängig gemacht" in batch
    edited = send(fresh, "people/3/edit", {"active": False}).json()["batch"]
    page = fresh.get(f"{HOME}/history/{edited}", headers=german).text
    assert "<bdi>ja</bdi></td><td><bdi>nein</bdi>" in page
