"""The page of what is new for a person, its JSON, and the count in the bar."""

from __future__ import annotations

from typing import Any

import pytest

from archive.batches import batch
from archive.comments import add_comment
from archive.database import open_archive
from archive.people import add_person, find_person, owner
from tests.plugins.conftest import Maker, Site

KIM = 2


@pytest.fixture
def site(make_site: Any) -> Site:
    """Two photos, on one of which Kim is named."""

    def fill(make: Maker) -> None:
        sam = owner(make.connection)
        kim = add_person(make.connection, sam, make.batch, "Kim Lee", level="standard")
        assert kim.id == KIM
        for name in ("crane", "wall"):
            make.photo(make.jpeg((9, len(name), 9)), f"{name}.jpg", description=name)
        body = "@Kim Lee <b>look</b>"
        add_comment(make.connection, sam, make.batch, 1, body)

    site: Site = make_site("Tower 4", fill)
    return site


def send(site: Site, path: str, **body: Any) -> Any:
    answer = site.get(f"/tower-4/-/inbox/{path}", "uploader", "post", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shown(site: Site) -> Any:
    return site.get("/tower-4/-/inbox.json", "uploader").json()


def test_the_page_tells_who_said_what_where(site: Site) -> None:
    page = site.get("/tower-4/-/inbox", "uploader").text
    assert 'href="/tower-4/-/photo/1#comment-1" data-comment="1"' in page
    assert "<mark>@Kim Lee</mark> &lt;b&gt;look&lt;/b&gt;" in page
    assert "/tower-4/-/photo/1/thumbnail" in page
    (mention,) = shown(site)["mentions"]
    assert (mention["author"], mention["unread"]) == ("Owner", True)
    assert mention["photo"]["name"] == "crane"


def test_the_bar_counts_what_is_unread_on_every_page(site: Site) -> None:
    for path in ("", "/-/albums", "/-/photo/1"):
        page = site.get(f"/tower-4{path}", "uploader").text
        assert "For you: 1 unread" in page, path
    assert send(site, "read", comment=1) == {"ok": True, "batch": None, "unread": 0}
    assert "For you: " not in site.get("/tower-4/-/albums", "uploader").text
    assert shown(site)["mentions"][0]["unread"] is False


def test_a_photo_s_page_says_which_comments_are_unread(site: Site) -> None:
    assert 'data-unread="1"' in site.get("/tower-4/-/photo/1", "uploader").text
    assert "data-unread" not in site.get("/tower-4/-/photo/1", "admin").text


def test_days_with_new_photos_are_for_those_who_subscribe(site: Site) -> None:
    assert shown(site)["days"] == []
    send(site, "subscribe", wanted=True)
    (day,) = shown(site)["days"]
    assert (day["photos"], day["unread"], len(day["shown"])) == (2, True, 2)
    assert day["url"] == f"/tower-4?q=uploaded%3A{day['day']}"
    assert send(site, "read", day=day["day"])["unread"] == 1
    send(site, "subscribe", wanted=False)
    assert not shown(site)["subscribed"]


def test_all_is_read_up_to_the_moment_of_the_page(site: Site) -> None:
    assert send(site, "read", until="2001-01-01T00:00:00Z")["unread"] == 1
    assert send(site, "read", until="2999-01-01T00:00:00Z")["unread"] == 0
    answer = site.get(
        "/tower-4/-/inbox/read", "uploader", "post", json={"until": "soon"}
    )
    assert answer.status_code == 400


def test_it_works_as_a_form(site: Site) -> None:
    answer = site.get(
        "/tower-4/-/inbox/read",
        "uploader",
        "post",
        data={"comment": "1", "next": "/tower-4/-/inbox"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/tower-4/-/inbox")
    assert not shown(site)["mentions"][0]["unread"]


def test_more_mentions_are_on_further_pages(site: Site) -> None:
    with open_archive(site.folder) as archive:
        sam = find_person(archive.connection, 1)
        with batch(archive.connection, sam) as opened:
            for n in range(31):
                body = f"@Kim Lee {n}"
                add_comment(archive.connection, sam, opened, 2, body)
    found = shown(site)
    assert len(found["mentions"]) == 30
    answer = site.get(f"/tower-4/-/inbox.json?before={found['next']}", "uploader")
    rest = answer.json()
    assert [m["comment_id"] for m in rest["mentions"]] == [2, 1]
    assert (rest["next"], rest["days"]) == (None, [])
    assert "32 unread" in site.get("/tower-4/-/albums", "uploader").text
