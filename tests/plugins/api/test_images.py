"""Images by the API: what is listed and shown to whom, and what changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.conftest import (
    BINNED,
    HIDDEN,
    IN_HIDDEN_ALBUM,
    KIMS,
    LATEST,
    OWNERS,
    PUBLIC,
)

IMAGES = "/rest/v1.0/images"
SEEN = {
    "reader": [PUBLIC, LATEST],
    "uploader": [PUBLIC, KIMS, LATEST],
    "auditor": [PUBLIC, KIMS, OWNERS, IN_HIDDEN_ALBUM, LATEST],
    "admin": [PUBLIC, KIMS, OWNERS, IN_HIDDEN_ALBUM, LATEST],
}


@pytest.mark.parametrize("who", SEEN)
def test_everybody_lists_what_they_may_see(program: Any, who: str) -> None:
    answer = program(who).get(IMAGES)
    assert [image["id"] for image in answer.json()] == SEEN[who]
    assert answer.headers["total"] == str(len(SEEN[who]))
    assert answer.headers["per-page"] == "100"


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("view", ["normal", "android", "mobile", "mobile_feed"])
def test_no_field_of_an_image_tells_a_secret(program: Any, who: str, view: str) -> None:
    told = program(who).get(f"{IMAGES}?serializer_view={view}").text
    assert {word for word in HIDDEN[who] if word in told} == set()


def test_without_a_token_there_is_nothing(program: Any) -> None:
    answer = program("anonymous").get(IMAGES)
    assert answer.status_code == 401
    assert answer.json()["message"] == "The access token is invalid"
    assert "Bearer" in answer.headers["www-authenticate"]
    assert "x-rate-limit-remaining" in answer.headers


@pytest.mark.parametrize("who", ["none", "unknown"])
def test_a_token_of_nobody_here_is_refused(program: Any, who: str) -> None:
    assert program(who).get(IMAGES).status_code == 403


def test_pages_link_to_each_other(program: Any) -> None:
    kim = program("auditor")
    ids, path, links = [], f"{IMAGES}?per_page=2&filters[query]=", []
    while path:
        answer = kim.get(path)
        ids += [image["id"] for image in answer.json()]
        found = {
            link.rpartition('rel="')[2].rstrip('"'): link[1:].partition(">")[0]
            for link in answer.headers.get("link", "").split(", ")
        }
        links.append(sorted(found))
        path = found.get("next", "").removeprefix("http://localhost")
    assert ids == SEEN["auditor"]
    assert links == [
        ["last", "next"],
        ["first", "last", "next", "prev"],
        ["first", "prev"],
    ]


def test_only_numbers_where_only_numbers_are_asked_for(program: Any) -> None:
    assert program("reader").rows(f"{IMAGES}?serializer_view=ids_only") == [
        PUBLIC,
        LATEST,
    ]


@pytest.mark.parametrize("number", [KIMS, OWNERS, BINNED, IN_HIDDEN_ALBUM, 99, 12345])
def test_hidden_and_absent_images_are_one_answer(program: Any, number: int) -> None:
    answer = program("reader").get(f"{IMAGES}/{number}")
    assert answer.status_code == 404
    assert answer.json() == {"errors": [f"there is no image {number}"]}


def test_what_is_in_the_bin_is_shown_to_who_asks_for_it(program: Any) -> None:
    admin = program()
    assert admin.get(f"{IMAGES}/{BINNED}").status_code == 404
    shown = admin.get(f"{IMAGES}/{BINNED}?filters[include_deleted]=with").json()
    assert shown["deleted_at"] is not None
    ended = admin.get(f"{IMAGES}/99?filters[include_deleted]=only").json()
    assert (ended["permanently_deleted"], ended["url"]) == (True, None)


def test_a_list_that_is_remembered_shows_what_others_changed_since(
    changing: Any,
) -> None:
    admin, path = changing(), f"{IMAGES}?filters[query]=scaffolding"
    for who in ("reader", "uploader"):
        assert changing(who).get(path).headers["total"] == "0"
    for words, total in (("scaffolding", "1"), ("none", "0")):
        admin.send("PATCH", f"{IMAGES}/{PUBLIC}", {"image": {"description": words}})
        for who in ("reader", "uploader"):
            assert changing(who).get(path).headers["total"] == total


def test_a_change_is_what_was_sent_and_no_more(changing: Any) -> None:
    kim = changing("uploader")
    before = kim.get(f"{IMAGES}/{PUBLIC}").json()
    sent = {"image": {"description": "Slab", "mt_location": ["Tower", "Roof > top"]}}
    answer = kim.send("PATCH", f"{IMAGES}/{PUBLIC}", sent)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["description"] == "Slab"
    assert after["location"]["node_name"] == "Roof > top"
    changed = {key for key in after if after[key] != before[key]}
    assert changed - {"updated_at"} == {"description", "location"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("private", True),
        ("starred", True),
        ("image_category_id", 1),
        ("log_date", "2026-05-01"),
    ],
)
def test_what_a_page_refuses_the_api_refuses(
    changing: Any, field: str, value: Any
) -> None:
    answer = changing("uploader").send(
        "PATCH", f"{IMAGES}/{PUBLIC}", {"image": {field: value}}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("image", "status"),
    [
        ({"private": "perhaps"}, 400),
        ({"description": 7}, 400),
        ({"trade_ids": ["x"]}, 400),
        ({"trade_ids": [77]}, 422),
        ({"location_id": 77}, 422),
        ({"image_category_id": 77}, 422),
        ({"image_category_id": 0}, 422),
        ({"image_category_id": True}, 400),
        ({"log_date": "yesterday"}, 422),
        ({"log_date": "2026-02-30"}, 422),
        ({"mt_location": ["", "x"]}, 422),
        ({"daily_log_segment_id": 4}, 422),
        (None, 400),
        ([], 400),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    changing: Any, image: Any, status: int
) -> None:
    admin = changing()
    before = admin.get(f"{IMAGES}/{PUBLIC}").text
    answer = admin.send("PATCH", f"{IMAGES}/{PUBLIC}", {"image": image})
    assert answer.status_code == status
    assert admin.get(f"{IMAGES}/{PUBLIC}").text == before


def test_what_is_sent_empty_is_cleared(changing: Any) -> None:
    admin = changing()
    full = {"trade_ids": [1], "location_id": 1, "description": "x"}
    admin.send("PATCH", f"{IMAGES}/{PUBLIC}", {"image": full})
    empty = {"trade_ids": [], "location_id": None, "description": None}
    found = admin.send("PATCH", f"{IMAGES}/{PUBLIC}", {"image": empty}).json()
    assert (found["trades"], found["location"], found["description"]) == ([], None, "")


def test_into_the_bin_out_of_it_and_for_good(changing: Any) -> None:
    admin = changing()
    where = f"{IMAGES}/{PUBLIC}"
    gone = admin.ask("DELETE", where)
    assert (gone.status_code, gone.json()) == (200, {})
    assert admin.get(where).status_code == 404
    assert admin.ask("DELETE", where).status_code == 404
    assert admin.ask("PATCH", f"{where}/retrieve").json()["id"] == PUBLIC
    assert admin.get(where).status_code == 200
    assert admin.ask("DELETE", f"{where}?permanent=true").status_code == 200
    left = admin.get(f"{where}?filters[include_deleted]=with").json()
    assert left["permanently_deleted"] is True


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("number", [OWNERS, BINNED, 99])
def test_what_may_not_be_seen_may_not_be_changed(
    changing: Any, method: str, number: int
) -> None:
    kim = changing("uploader")
    body = {"image": {"description": "x"}}
    answer = kim.send(method, f"{IMAGES}/{number}", body)
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/rest/v1.0/images?filters[nothing]=1", 400),
        ("/rest/v1.0/images?page=0", 400),
        ("/rest/v1.0/images?per_page=x", 400),
        ("/rest/v1.0/images?filters[updated_at]=soon", 400),
        ("/rest/v1.0/images?sort=updated_at", 400),
        ("/rest/v1.0/images?serializer_view=all", 400),
        ("/rest/v1.0/images?project_id=7", 403),
        ("/rest/v1.0/images?project_id=x", 400),
        ("/rest/v1.0/nothing", 404),
        ("/rest/v9/images", 404),
        ("/rest/", 404),
    ],
)
def test_errors_are_json_of_the_contracts_status(
    program: Any, path: str, status: int
) -> None:
    answer = program().get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/json")
    assert {"error", "errors"} & answer.json().keys()
