"""Other people's clients, unmodified: each does all that it can, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.transcripts import Transcript

pytestmark = pytest.mark.slow

IMAGES, IMAGE = "/rest/v1.0/images", "/rest/v1.0/images/{id}"
EVERY_CLIENT_ASKS = {
    ("POST", "/oauth/token", 200),
    ("GET", "/rest/v1.0/companies", 200),
    ("GET", "/rest/v1.0/image_categories", 200),
    ("GET", IMAGES, 200),
    ("GET", IMAGES, 400),
    ("GET", IMAGE, 200),
    ("GET", IMAGE, 404),
    ("POST", "/rest/v1.1/projects/{id}/uploads", 201),
    ("POST", "/-/storage/…", 204),
    ("POST", IMAGES, 201),
    ("POST", IMAGES, 422),
    ("PATCH", IMAGE, 200),
    ("DELETE", IMAGE, 200),
    ("PATCH", f"{IMAGE}/retrieve", 200),
}
SOME_CLIENTS_ASK = {
    ("POST", "/oauth/token", 400),  # a code for the second time
    ("POST", "/oauth/revoke", 200),
    ("GET", "/oauth/token/info", 200),
    ("GET", "/rest/v1.0/companies/{id}/projects", 200),
    ("GET", "/rest/v1.0/projects", 200),
    ("GET", "/rest/v1.1/projects", 200),
    ("GET", "/rest/v1.0/projects/{id}/locations", 200),
    ("GET", "/rest/v1.0/projects/{id}/users", 200),
    ("GET", "/rest/v1.0/projects/{id}/tools", 200),
    ("GET", "/rest/v1.0/projects/{id}/daily_log_headers", 200),
    ("GET", "/rest/v1.0/image_categories/{id}", 200),
    ("POST", "/rest/v1.0/image_categories", 201),
    ("GET", "/-/files/…", 200),
    ("GET", IMAGE, 401),  # after its token was revoked
}
# Of the archive that they are shown (tests/plugins/conftest.py)
FILTERED = {
    "private": {2, 3, 5},
    "ids": {1, 6},
    "words": {1, 2, 3, 5},
    "location": {1, 2, 3},
    "trade": {1, 2, 3},
    "uploader": {2},
    "changed": set(),
    "album": {5},
}
ERRORS = {
    "pyprocore": ("ResourceNotFoundError", "ProcoreAPIError", "ProcoreAPIError"),
    "propycore": (
        "NotFoundClientError",
        "ProcoreException",
        "UnprocessableContentError",
    ),
    "@procore/js-sdk": ("404", "400", "422"),
}


def test_a_client_asks_and_is_answered(tour: Transcript, record_property: Any) -> None:
    record_property("transcript", tour.lines())
    asked = set(tour.kinds)
    assert asked >= EVERY_CLIENT_ASKS
    assert asked <= EVERY_CLIENT_ASKS | SOME_CLIENTS_ASK


def test_it_finds_its_project(tour: Transcript) -> None:
    assert len(tour.found["companies"]) == 1
    assert tour.found["projects"] == tour.found["companies"]
    assert tour.found["albums"] == ["Unclassified", "ALBUMSECRET"]


def test_it_pages_through_all_images(tour: Transcript) -> None:
    assert tour.found["every"] == [1, 2, 3, 5, 6]
    pages = [path for _, path, _ in tour.calls if "per_page=2" in path]
    assert len(pages) in (3, 4)  # the fourth: by those who stop at an empty one


@pytest.mark.parametrize("by", FILTERED)
def test_it_filters_images(tour: Transcript, by: str) -> None:
    found = tour.found["filtered"][by]
    assert (set(found), len(found)) == (FILTERED[by], len(FILTERED[by]))


def test_it_is_told_of_errors_in_its_own_way(tour: Transcript) -> None:
    missing, malformed, used = ERRORS[tour.client]
    found = tour.found
    assert (found["missing"], found["malformed"], found["twice"]) == (
        missing,
        malformed,
        used,
    )
    assert found["shown"] == {"id": 1, "filename": "public.jpg"}


def test_it_adds_an_image_by_an_upload(tour: Transcript) -> None:
    made = tour.found["created"]
    assert made["filename"] == "crane at noon.jpg"
    assert (made["width"], made["height"]) == (320, 240)
    assert made["location"]["name"] == "Tower>Level 9"
    assert [trade["name"] for trade in made["trades"]] == ["Concrete"]
    assert isinstance(made["daily_log_header_id"], int)
    assert made["private"] is False
    assert tour.found.get("same bytes", True)


def test_it_changes_an_image(tour: Transcript) -> None:
    made, changed = tour.found["created"], tour.found["updated"]
    told = (changed["description"], changed["starred"], changed["location"]["id"])
    assert told == ("changed", True, 2)
    kept = ("id", "filename", "size", "created_at", "daily_log_header_id")
    assert all(made[name] == changed[name] for name in kept)


def test_it_deletes_an_image_and_takes_it_back(tour: Transcript) -> None:
    gone = ERRORS[tour.client][0]
    assert tour.found["deleted"] == gone
    assert set(tour.found["bin"]) == {4, tour.found["created"]["id"], 99}
    assert tour.found["retrieved"]["id"] == tour.found["created"]["id"]
    assert tour.found["retrieved"]["description"] == "changed"
    assert tour.found["ended"] == gone


@pytest.mark.parametrize("tour", ["propycore"], indirect=True)
def test_it_makes_an_album_and_sends_a_form_with_a_file(tour: Transcript) -> None:
    assert tour.found["album"] == "Safety"
    made = tour.found["form"]
    assert made["image_category_name"] == "Safety"
    assert (made["description"], made["private"]) == ("by a form", False)
    assert [trade["id"] for trade in made["trades"]] == [1]


@pytest.mark.parametrize("tour", ["js-sdk"], indirect=True)
def test_it_has_tokens_of_a_person_who_allowed_it(tour: Transcript) -> None:
    found = tour.found
    assert found["tokens"] == {"first": "bearer", "renewed": "bearer"}
    assert found["again"] is True  # a code is good once
    assert found["info"] == {"program": True}
    assert found["revoked"] == "401"
    assert found["created"]["uploader"]["name"] == "Sam Archer"
    assert found["empty"] == {}


@pytest.mark.parametrize("tour", ["pyprocore"], indirect=True)
def test_it_reads_what_is_around_images(tour: Transcript) -> None:
    found = tour.found
    assert found["locations"] == ["Tower", "Tower>Level 2"]
    assert {"Kim Lee", "Sam Archer", "Tour"} <= set(found["users"])
    assert found["tools"] == ["images"]
    assert found["day"] == [found["created"]["daily_log_header_id"], "2026-05-11"]


@pytest.mark.parametrize("tour", ["pyprocore"], indirect=True)
def test_pyprocore_is_on_a_python_that_it_declares_or_says_so(
    tour: Transcript, record_property: Any
) -> None:
    version = tuple(map(int, tour.runs_on.removeprefix("Python ").split(".")[:2]))
    if version < (3, 12):
        lines = [f"  pyprocore declares Python 3.12; this was {tour.runs_on}"]
        record_property("transcript", lines)
    assert version >= (3, 11)
