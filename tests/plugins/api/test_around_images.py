"""Albums, locations, trades, people and log days by the API."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from plugins.api.pictures import header_id, log_day, taken
from tests.plugins.conftest import HIDDEN, KIMS, OWNERS, PUBLIC

ALBUMS = "/rest/v1.0/image_categories"
PLACES = "/rest/v1.0/projects/{project}/locations"
TRADES = "/rest/v1.0/companies/{project}/trades"
USERS = "/rest/v1.0/projects/{project}/users"
LOGS = "/rest/v1.0/projects/{project}/daily_log_headers"
LISTS = (ALBUMS, f"{ALBUMS}/ids_with_images", PLACES, TRADES, USERS, LOGS)


@pytest.mark.parametrize(
    ("at", "offset", "utc"),
    [
        ("2026-03-09T10:11:12", "+05:30", "2026-03-09T04:41:12Z"),
        ("2026-03-09T10:11:12.5", None, "2026-03-09T10:11:12Z"),
        ("0001-01-01T00:00:00", "+14:00", "0001-01-01T00:00:00Z"),
        ("2026-03-09T10:11:12", "+99:99", "2026-03-09T10:11:12Z"),
    ],
)
def test_no_offset_breaks_a_list(at: str, offset: str | None, utc: str) -> None:
    photo: Any = SimpleNamespace(taken_at=at, taken_offset=offset)
    assert taken(photo) == utc


@pytest.mark.parametrize("who", ["reader", "uploader", "auditor", "admin"])
@pytest.mark.parametrize("path", LISTS)
def test_no_list_tells_a_secret(program: Any, who: str, path: str) -> None:
    answer = program(who).get(path)
    assert answer.status_code == 200, answer.text
    assert {word for word in HIDDEN[who] if word in answer.text} == set()


@pytest.mark.parametrize(
    ("who", "albums"),
    [("reader", {1: 2}), ("auditor", {1: 4, 2: 1}), ("admin", {1: 4, 2: 1})],
)
def test_albums_count_what_one_may_see(program: Any, who: str, albums: Any) -> None:
    rows = program(who).rows(ALBUMS)
    assert {row["id"]: row["count"] for row in rows} == albums
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))


def test_what_may_not_be_done_to_an_album_has_no_link(program: Any) -> None:
    first, hidden = program().rows(ALBUMS)
    assert set(first["links"]) == {"show"}
    assert set(hidden["links"]) == {"show", "update", "delete"}
    assert set(program("auditor").rows(ALBUMS)[1]["links"]) == {"show"}


def test_a_hidden_album_is_not_there(program: Any) -> None:
    reader = program("reader")
    hidden, absent = reader.get(f"{ALBUMS}/2"), reader.get(f"{ALBUMS}/77")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("2", "77") == absent.text


def test_an_album_is_made_changed_and_deleted(changing: Any) -> None:
    admin = changing()
    made = admin.send("POST", ALBUMS, {"image_category": {"name": "Safety"}})
    assert made.status_code == 201
    number = made.json()["id"]
    where = f"{ALBUMS}/{number}"
    taken = admin.send("POST", ALBUMS, {"image_category": {"name": "safety"}})
    assert taken.status_code == 409
    private = admin.send("PATCH", where, {"image_category": {"private": True}}).json()
    assert (private["name"], private["private"]) == ("Safety", True)
    moved = {"image": {"image_category_id": number}}
    admin.send("PATCH", f"/rest/v1.0/images/{PUBLIC}", moved)
    cover = {"image_category": {"album_cover_id": PUBLIC}}
    assert admin.send("PATCH", where, cover).json()["album_cover_id"] == PUBLIC
    assert admin.ask("DELETE", where).json() == {}
    assert admin.get(where).status_code == 404
    shown = admin.get(f"/rest/v1.0/images/{PUBLIC}?filters[include_deleted]=with")
    assert shown.json()["image_category_id"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"image_category": {}}, 422),
        ({"image_category": {"name": ""}}, 422),
        ({"image_category": {"name": 7}}, 400),
        ({"image_category": {"name": "x", "private": "perhaps"}}, 400),
        ({"image_category": {"name": "x", "album_cover_id": "y"}}, 400),
        ({"image_category": {"name": "x", "album_cover_id": True}}, 400),
        ({"image_category": {"name": "x", "album_cover_id": OWNERS}}, 422),
    ],
    ids=str,
)
def test_an_album_that_cannot_be_is_not_made(
    changing: Any, body: Any, status: int
) -> None:
    admin = changing()
    before = len(admin.rows(ALBUMS))
    assert admin.send("POST", ALBUMS, body).status_code == status
    assert len(admin.rows(ALBUMS)) == before


def test_unclassified_stays(changing: Any) -> None:
    answer = changing().ask("DELETE", f"{ALBUMS}/1")
    assert answer.status_code == 422


def test_locations_are_found_or_made_by_path(changing: Any) -> None:
    admin = changing()
    body = {"location": {"path": ["Tower", "Level 9", "Roof > top"]}}
    where = f"{PLACES}/find_or_create_by_path"
    made, found = (admin.send("POST", where, body) for _ in range(2))
    assert (made.status_code, found.status_code) == (201, 200)
    assert made.json() == found.json()
    assert made.json()["node_name"] == "Roof > top"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Tower", "Level 2"}),
        ("filters[parent_id]=1", {"Level 2"}),
        ("filters[sublocations_for][]=1", {"Level 2"}),
        ("filters[superlocations_for]=2", {"Tower"}),
        ("filters[search]=tow", {"Tower", "Level 2"}),
        ("filters[depth_range]=1...1", {"Level 2"}),
        ("filters[depth_range]=0...1", {"Tower", "Level 2"}),
        ("filters[id]=1", {"Tower"}),
        ("filters[code][]=x", set()),
        ("filters[updated_at]=2001-01-01...2001-01-02", set()),
    ],
)
def test_locations_are_filtered(program: Any, query: str, names: set[str]) -> None:
    rows = program("reader").rows(f"{PLACES}?{query}")
    assert {row["node_name"] for row in rows} == names


def test_a_location_is_made_renamed_moved_and_deleted(changing: Any) -> None:
    admin = changing()
    body = {"location": {"node_name": "Yard"}}
    yard = admin.send("POST", PLACES, body).json()
    assert yard["parent_id"] is None
    assert admin.send("POST", PLACES, body).status_code == 409
    where = f"{PLACES}/{yard['id']}"
    moved = {"location": {"node_name": "Gate", "parent_id": 1}}
    assert admin.send("PATCH", where, moved).json()["name"] == "Tower>Gate"
    below = {"location": {"parent_id": yard["id"]}}
    assert admin.send("PATCH", f"{PLACES}/1", below).status_code == 409
    old = admin.ask("DELETE", where.replace("v1.0", "v1.1"))
    assert (old.status_code, old.text) == (204, "")
    assert admin.get(where).status_code == 404
    assert admin.ask("DELETE", f"{PLACES}/1").status_code == 409


@pytest.mark.parametrize("parent", [True, "x", [1], 1.5])
def test_a_parent_that_is_no_number_moves_nothing(changing: Any, parent: Any) -> None:
    admin = changing()
    before = admin.rows(PLACES)
    answer = admin.send("PATCH", f"{PLACES}/2", {"location": {"parent_id": parent}})
    assert answer.status_code == 400
    assert admin.rows(PLACES) == before


def test_the_project_of_a_location_may_be_in_what_is_sent(changing: Any) -> None:
    admin = changing()
    body = {"project_id": admin.project, "location": {"path": ["A", "B"]}}
    assert admin.send("POST", "/rest/v1.0/locations", body).json()["name"] == "A>B"
    other = {**body, "project_id": 7}
    assert admin.send("POST", "/rest/v1.0/locations", other).status_code == 403


def test_trades_are_listed_and_added(changing: Any) -> None:
    admin = changing()
    made = admin.send("POST", TRADES, {"trade": {"name": "Glazing", "active": False}})
    assert made.status_code == 201
    assert made.json()["active"] is False
    taken = admin.send("POST", TRADES, {"trade": {"name": "glazing"}})
    assert taken.status_code == 422
    assert taken.json() == {"errors": {"name": ["has already been taken"]}}
    active = admin.rows(f"{TRADES}?filters[active]=true")
    assert [row["name"] for row in active] == ["Concrete"]
    assert admin.get(f"{TRADES}/77").status_code == 404
    denied = changing("uploader").send("POST", TRADES, {"trade": {"name": "x"}})
    assert denied.status_code == 403


def test_of_other_people_only_the_name_is_told(program: Any) -> None:
    told = program("reader").rows(USERS)
    assert all("login" not in row for row in told)
    assert {row["login"] for row in program().rows(USERS)} >= {"LOGINSECRET"}


def test_who_one_is_and_what_there_is(program: Any) -> None:
    kim = program("uploader")
    assert kim.rows("/rest/v1.0/me") == {"id": 2, "login": "LOGINSECRET"}
    named = kim.rows(f"/rest/v1.0/me?project_id={kim.project}")
    assert named["name"] == "Kim Lee"
    (company,) = kim.rows("/rest/v1.0/companies")
    (project,) = kim.rows(f"/rest/v1.0/projects?company_id={company['id']}")
    assert (project["id"], project["name"]) == (kim.project, "Tower 4")
    assert kim.rows("/rest/v1.0/projects/{project}")["company"]["id"] == company["id"]
    assert kim.rows("/rest/v1.0/projects/{project}/tools")[0]["is_active"] is True
    assert kim.get("/rest/v1.0/projects?company_id=7").status_code == 403


def test_the_header_of_another_company_is_refused(program: Any) -> None:
    answer = program().get(TRADES, headers={"procore-company-id": "7"})
    assert answer.status_code == 403


def test_days_of_the_log_have_numbers(changing: Any) -> None:
    admin = changing()
    number = header_id("2026-05-11")
    assert str(log_day(number or 0)) == "2026-05-11"
    assert log_day(0) is None
    assert admin.rows(LOGS) == []
    day = {"image": {"log_date": "2026-05-11"}}
    image = admin.send("PATCH", f"/rest/v1.0/images/{PUBLIC}", day).json()
    assert image["daily_log_header_id"] == number
    for query in ("", f"?id={number}", "?log_date=2026-05-11"):
        assert [row["id"] for row in admin.rows(f"{LOGS}{query}")] == [number]
    between = f"{LOGS}/index?start_date=2026-05-12&end_date=2026-06-01"
    assert admin.rows(between) == []


def test_what_is_private_is_in_no_log(changing: Any) -> None:
    day = {"image": {"log_date": "2026-05-11"}}
    answer = changing().send("PATCH", f"/rest/v1.0/images/{KIMS}", day)
    assert answer.status_code == 422
