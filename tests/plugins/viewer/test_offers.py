"""What the page of a photo offers to whom, and what one does there."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive.database import open_archive
from tests.plugins.conftest import KIMS, PUBLIC, fill, serve
from tests.plugins.viewer.asking import HOME, KNOWN, form, send

# What is offered

OFFERED = {
    "admin": "description album location trades log_date taken_at star lock rotate"
    " recycle comment delete-comment-1",
    "uploader": "description location trades comment",
    "reader": "",
    "auditor": "",
}


def _offered(page: str) -> set[str]:
    main = page.split('<main id="main"')[1].split("</main>", maxsplit=1)[0]
    ids = set(re.findall(r'<(?:button|textarea)[^>]* id="([\w-]+)"', main))
    return {i.removeprefix("edit-") for i in ids}


@pytest.mark.parametrize("who", OFFERED)
def test_what_one_may_not_do_is_not_offered(site: Any, who: str) -> None:
    page = site.get(f"{HOME}/photo/1", who).text
    every = {name for names in OFFERED.values() for name in names.split()}
    assert _offered(page) & every == set(OFFERED[who].split())
    main = page.split('<main id="main"')[1]
    assert ("<form" in main.split("</main>")[0]) == bool(OFFERED[who])
    assert "crane publicword" in page


def test_in_the_bin_a_photo_is_retrieved_or_purged_and_not_edited(site: Any) -> None:
    page = site.get(f"{HOME}/photo/4").text
    assert {"retrieve"} <= _offered(page)
    assert not {"description", "album", "star", "recycle", "comment"} & _offered(page)
    assert 'id="purge"' in page
    assert "In the recycle bin since" in page


def test_a_photo_in_a_private_album_is_not_offered_to_be_public(site: Any) -> None:
    assert 'id="lock"' in site.get(f"{HOME}/photo/3").text
    page = site.get(f"{HOME}/photo/5").text
    assert 'id="lock"' not in page
    assert "It lies in a private album." in page
    assert 'id="project-photo"' not in page


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "path", [*(f"photo/{n}" for n in range(1, 7)), "photo/1/edit", "photo/4/purge"]
)
def test_every_text_is_there_in_each_language(
    site: Any, path: str, language: str
) -> None:
    answer = site.get(f"{HOME}/{path}", headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def test_fields_hide_stars_from_those_who_may_not_see_them(site: Any) -> None:
    assert "starred" in site.get(f"{HOME}/photo/1.json").json()["fields"]
    assert "starred" not in site.get(f"{HOME}/photo/1.json", "reader").json()["fields"]


def test_choices_are_those_that_one_may_know_of(site: Any) -> None:
    def names(who: str) -> list[str]:
        found = site.get(f"{HOME}/choices.json", who).json()
        return [album["name"] for album in found["albums"]]

    assert names("admin") == ["Unclassified", "ALBUMSECRET"]
    assert names("uploader") == ["Unclassified"]
    assert site.get(f"{HOME}/choices.json", "reader").status_code == 403


# Comments


def test_a_comment_names_people_and_shows_it(fresh: Any) -> None:
    body = {"body": "@Kim Lee <b>look</b> @nobody", "next": "/tower-4/-/photo/1"}
    assert form(fresh, "photo/1/comment", body).status_code == 303
    for who in KNOWN:
        page = fresh.get(f"{HOME}/photo/1", who).text
        assert "<mark>@Kim Lee</mark> &lt;b&gt;look&lt;/b&gt; @nobody" in page
    told = fresh.get(f"{HOME}/photo/1.json").json()["comments"]
    assert told[-1]["mentions"] == [[2, "Kim Lee"]]
    assert told[0]["body"] == "comment publicword"


def test_who_may_be_named_and_who_sees_it_is_told_before(site: Any) -> None:
    def seeing(photo: int) -> dict[str, bool]:
        found = site.get(f"{HOME}/photo/{photo}/people.json", "uploader").json()
        return {person["name"]: person["sees"] for person in found["people"]}

    assert seeing(PUBLIC) == dict.fromkeys(
        ("Ada Auditor", "Kim Lee", "Rae Reader", "Sam Archer"), True
    )
    assert seeing(KIMS)["Rae Reader"] is False
    assert site.get(f"{HOME}/photo/1/people.json", "reader").status_code == 403


def test_an_author_changes_a_comment_and_nobody_else_does(fresh: Any) -> None:
    number = send(fresh, "photo/1/comment", {"body": "mine"}, "uploader").json()["id"]
    path = f"comments/{number}/edit"
    assert send(fresh, path, {"body": "his"}).status_code == 403
    answer = send(fresh, path, {"body": "better"}, "uploader")
    assert answer.json()["batch"]
    page = fresh.get(f"{HOME}/photo/1", "uploader").text
    assert "better" in page
    assert "<small" in page.split(f'id="comment-{number}"')[1].split("</p>")[0]
    assert f"comments/{number}/edit" in page
    assert f"comments/{number}/edit" not in fresh.get(f"{HOME}/photo/1").text


# Purge, covers, the project's photo


def test_a_purge_names_what_will_be_gone_and_does_it(fresh: Any) -> None:
    told = fresh.get(f"{HOME}/photo/4/purge.json").json()
    assert told["filename"] == "BINSECRET.jpg"
    assert (told["comments"], told["markups"], told["file_stays"]) == (1, 1, False)
    page = fresh.get(f"{HOME}/photo/4/purge").text
    assert "BINSECRET.jpg" in page
    assert "1 comment" in page
    assert "1 markup" in page
    answer = form(fresh, "photo/4/purge", {"reason": "asked to"})
    assert answer.headers["location"] == "/tower-4?q=is%3Arecycled"
    assert fresh.get(f"{HOME}/photo/4").status_code == 404
    with open_archive(fresh.folder) as archive:
        row = archive.connection.execute(
            "select reason from tombstones where photo_id=4"
        )
        assert row.fetchone() == ("asked to",)
    assert fresh.get(f"{HOME}/photo/1/purge").status_code == 404


def test_a_cover_is_chosen_and_let_go(fresh: Any) -> None:
    assert 'name="on" value="1"' in fresh.get(f"{HOME}/photo/6").text
    send(fresh, "photo/6/cover", {"on": True})
    page = fresh.get(f"{HOME}/photo/6").text
    assert "No longer the album&#39;s cover" in page
    send(fresh, "photo/6/cover", {"on": "0"})
    with open_archive(fresh.folder) as archive:
        row = archive.connection.execute("select cover_photo_id from albums where id=1")
        assert row.fetchone() == (None,)


def test_the_project_s_photo_stands_on_the_first_page_while_it_is_public(
    tmp_path: Path, loop: Any
) -> None:
    for name in ("a", "b"):
        fill(tmp_path / name, "Tower 4" if name == "a" else "Bridge")
    with contextmanager(serve)(loop, [tmp_path / "a", tmp_path / "b"]) as site:
        send(site, "photo/1/project-photo", {})
        shown = "covers whole"
        assert [
            site.get("/", who).text.count(shown) for who in ("admin", "reader")
        ] == [
            1,
            1,
        ]
        assert "/tower-4/-/photo/1/medium" in site.get("/").text
        settings = "/tower-4/settings.json?_shape=array&key=project_photo"
        assert len(site.get(settings, skip_permission_checks=True).json()) == 1
        send(site, "photo/1/edit", {"private": True})
        assert shown not in site.get("/").text
        guarded = site.get(settings, "reader", skip_permission_checks=True)
        assert guarded.json() == []
        assert 'name="on" value="0"' in site.get(f"{HOME}/photo/1").text


def test_the_history_speaks_as_a_person_does(fresh: Any) -> None:
    send(fresh, "photo/1/edit", {"log_date": "2026-01-02", "private": False})
    page = fresh.get(f"{HOME}/photo/1").text.split('id="past"')[1]
    assert "daily log" in page
    assert "Fri, 2 Jan 2026" in page
    assert "photo added" in page
