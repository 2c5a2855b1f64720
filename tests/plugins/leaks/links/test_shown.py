"""Links for whom nobody knows tell what they show, and nothing else, to anybody."""

from __future__ import annotations

import re

import pytest

from archive.photos import load_photos
from tests.plugins.conftest import HIDDEN, LATEST, OWNERS, PUBLIC, Site
from tests.plugins.leaks.links.made import (
    GONE,
    KINDS,
    PASSWORD,
    changed,
    hide,
    inside,
    look,
    make,
    told,
)


@pytest.mark.parametrize("who", ["anonymous", "none", "reader", "admin"])
def test_a_link_shows_its_photos_to_anybody_and_nothing_else(
    site: Site, who: str
) -> None:
    path = make(site, ids=[PUBLIC, LATEST], title="Week 20")
    status, said = told(site, path, who)
    assert status == 200
    assert "crane publicword" in said
    assert "Week 20" in said
    assert {word for word in HIDDEN["anonymous"] if word in said} <= {"publicword"}
    assert "Sam Archer" not in said
    assert not re.search(r"/-/photo/|data-base|<script(?! type=\"module\")", said)
    for place in (1, 2):
        assert look(site, f"{path}/{place}/medium", who).status_code == 200
    for beyond in (0, 3, OWNERS * 1000):
        assert look(site, f"{path}/{beyond}/medium", who).status_code == 404


def test_its_answers_are_kept_and_found_nowhere(site: Site) -> None:
    answer = look(site, make(site))
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_what_it_gives_is_what_it_was_made_for(site: Site) -> None:
    original = look(site, f"/tower-4/-/photo/{PUBLIC}/original", "admin").content
    gives: dict[str, list[int]] = {}
    for kind in ("view", "stripped", "originals"):
        path = make(site, gives=kind)
        answers = [look(site, f"{path}/1/{name}") for name in KINDS]
        gives[kind] = [answer.status_code for answer in answers]
        assert not [a for a in answers[:2] if b"Exif" in a.content]
        if kind == "originals":
            assert answers[2].content == original
        if kind == "stripped":
            assert answers[2].content != original
            assert answers[2].content[:2] == b"\xff\xd8"
            assert "attachment" in answers[2].headers["content-disposition"]
    assert gives == {
        "view": [200, 200, 404, 404],
        "stripped": [200, 200, 200, 200],
        "originals": [200, 200, 200, 200],
    }


@pytest.mark.parametrize("gives", ["view", "stripped", "originals"])
def test_the_button_for_all_files_leads_to_them(site: Site, gives: str) -> None:
    path = make(site, ids=[PUBLIC, LATEST], gives=gives)
    page = look(site, path).text
    assert re.findall(r'download-all"><a [^>]*href="([^"]*)"', page) == (
        [] if gives == "view" else [f"{path}/zip"]
    )


def test_what_is_drawn_is_shown_where_the_link_was_made_so(site: Site) -> None:
    for wish, seen in (({}, False), ({"markups": "1"}, True)):
        path = make(site, ids=[PUBLIC, LATEST], **wish)
        status, said = told(site, path)
        one = told(site, f"{path}/1")
        assert (status, one[0]) == (200, 200)
        for page in (said, one[1]):
            assert ("drawn publicword" in page) is seen
            assert ("<svg xmlns" in page) is seen
        # only the one that is drawn on has a page that one is led to
        assert [f'href="{path}/{n}"' in said for n in (1, 2)] == [seen, False]
        assert f'src="{path}/1/preview"' in one[1]
        assert not re.search(r"Sam Archer|Kim Lee|/tower-4", one[1])
    assert told(site, f"{path}/3")[0] == 404
    assert GONE in told(site, f"{path}/0")[1]


def test_what_is_drawn_is_behind_the_password_and_ends_with_its_photo(
    site: Site,
) -> None:
    locked = make(site, password=PASSWORD, markups="1")
    answer = look(site, f"{locked}/1")
    assert answer.headers["location"].endswith(locked)
    assert "publicword" not in answer.text
    path = make(site, markups="1")
    with changed(site) as connection:
        hide(connection)
        status, said = told(site, f"{path}/1")
        assert status == 404
        assert "publicword" not in said + told(site, path)[1]


def test_a_zip_has_what_the_link_gives_one_by_one(site: Site) -> None:
    for gives in ("stripped", "originals"):
        path = make(site, ids=[PUBLIC, LATEST], gives=gives)
        answer = look(site, f"{path}/zip")
        single = [look(site, f"{path}/{place}/file") for place in (1, 2)]
        files = inside(answer)
        assert list(files.values()) == [one.content for one in single]
        assert [name[:5] for name in files] == ["0001_", "0002_"]
        assert answer.headers["cache-control"] == "no-store"
        assert "attachment" in answer.headers["content-disposition"]
        assert ("content-length" in answer.headers) == (gives == "originals")
        head = look(site, f"{path}/zip", method="head")
        assert (head.status_code, head.content) == (200, b"")
        with changed(site) as connection:
            hide(connection)
            assert [n[:5] for n in inside(look(site, f"{path}/zip"))] == ["0002_"]
    locked = make(site, gives="originals", password=PASSWORD)
    for path in (make(site, gives="view"), locked, f"/-/shared/{'x' * 43}"):
        assert look(site, f"{path}/zip").status_code == 404


@pytest.mark.parametrize("more", [b"", b"!"], ids=["other bytes", "another size"])
def test_what_is_not_what_was_archived_is_not_given_away(
    site: Site, more: bytes
) -> None:
    """In a stripped copy nobody could tell: its own hashes are right."""
    with changed(site) as connection:
        digest = load_photos(connection, [PUBLIC])[0].sha256
    (path,) = (site.folder / "originals").glob(f"*/{digest}.*")
    before = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(before[:-20] + b"!" + before[-19:] + more)
    try:
        for gives in ("stripped", "originals"):
            link = make(site, ids=[PUBLIC, LATEST], gives=gives)
            assert look(site, f"{link}/1/file").status_code == 404
            assert look(site, f"{link}/2/file").status_code == 200
            assert [n[:5] for n in inside(look(site, f"{link}/zip"))] == ["0002_"]
    finally:
        path.write_bytes(before)
