"""Links for whom nobody knows tell what they show, and nothing else, to anybody."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.export.files import export_table
from archive.people import edit_person, find_person, owner
from archive.photos import load_photos
from plugins.access import Access
from tests.plugins.conftest import HIDDEN, KIMS, LATEST, OWNERS, PUBLIC, Site, fill

LINKS = "/tower-4/-/links"
KINDS = ("medium", "preview", "file", "preview?download=1")
PASSWORD = "crane harness"  # noqa: S105
GONE = "There is nothing at this link"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, loop: Any) -> Iterator[Site]:
    """Where people log in; whom ``who`` names has, and anybody else nobody knows."""
    from plugins.serving import make_datasette

    folder = tmp_path_factory.mktemp("links") / "tower"
    fill(folder)
    datasette = make_datasette([folder])
    loop.run(datasette.invoke_startup())
    yield Site(datasette, loop, folder)
    loop.run(datasette.invoke_shutdown())


@pytest.fixture(autouse=True)
def _open(site: Site) -> None:
    site.get(f"{LINKS}/switch", "admin", "post", json={"on": 1})


@contextmanager
def changed(site: Site) -> Iterator[Any]:
    """Give the archive to change; every photo is as it was afterwards."""
    with open_archive(site.folder) as archive:
        connection = archive.connection
        query = "select id, private, recycled_at, recycled_by from photos"
        before = connection.execute(query).fetchall()
        yield connection
        with batch(connection, owner(connection)):
            connection.executemany(
                "update photos set private = ?2, recycled_at = ?3, recycled_by = ?4"
                " where id = ?1",
                before,
            )


def make(site: Site, who: str = "admin", **wish: Any) -> str:
    """Make a link; returns its path."""
    answer = site.get(f"{LINKS}/add", who, "post", json={"ids": [PUBLIC], **wish})
    assert answer.status_code == 200, answer.text
    link: str = answer.json()["link"]
    found = re.search(r"/-/shared/[\w-]{43}$", link)
    assert found, link
    return found[0]


def look(site: Site, path: str, who: str = "anonymous", **options: Any) -> Any:
    return site.get(path, who, **options)


def told(site: Site, path: str, who: str = "anonymous") -> tuple[int, str]:
    answer = look(site, path, who)
    said = answer.text + str(answer.headers.multi_items())
    return answer.status_code, re.sub(r'nonce="[\w-]+"', "", said)


# What it shows


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


def inside(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


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


# Whose rights, at the time of use


def hide(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam):
        edit_photos(connection, sam, [PUBLIC], Edit(private=True))


def recycle(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [PUBLIC])


@pytest.mark.parametrize("hidden", [hide, recycle])
@pytest.mark.parametrize("who", ["anonymous", "admin"])
def test_a_photo_that_was_hidden_since_is_gone_through_every_door(
    site: Site, hidden: Callable[[Any], None], who: str
) -> None:
    path = make(site, ids=[PUBLIC, LATEST], gives="originals")
    with changed(site) as connection:
        hidden(connection)
        _, said = told(site, path, who)
        assert "publicword" not in said
        statuses = {look(site, f"{path}/1/{name}", who).status_code for name in KINDS}
        assert statuses == {404}
        assert look(site, f"{path}/2/preview", who).status_code == 200
    assert "publicword" in told(site, path)[1]


def test_private_photos_are_shown_by_links_for_them_and_never_from_the_bin(
    site: Site,
) -> None:
    refused = site.get(f"{LINKS}/add", "admin", "post", json={"ids": [OWNERS]})
    assert refused.status_code == 400
    path = make(site, ids=[OWNERS, PUBLIC], private=True)
    assert "OWNERSECRET" in told(site, path)[1]
    with changed(site) as connection:
        sam = owner(connection)
        with batch(connection, sam) as opened:
            recycle_photos(connection, sam, opened, [OWNERS])
        assert "OWNERSECRET" not in told(site, path)[1]


def test_nobody_shares_what_they_may_not_see(site: Site) -> None:
    for who, photo in (("uploader", OWNERS), ("uploader", 4), ("uploader", 5)):
        body = {"ids": [photo], "private": True, "gives": "originals"}
        refused = site.get(f"{LINKS}/add", who, "post", json=body)
        absent = site.get(f"{LINKS}/add", who, "post", json={**body, "ids": [9999]})
        assert (refused.status_code, refused.text) == (absent.status_code, absent.text)
    for who in ("reader", "auditor", "none", "anonymous"):
        refused = site.get(f"{LINKS}/add", who, "post", json={"ids": [PUBLIC]})
        assert refused.status_code in (403, 404)
    path = make(site, "uploader", ids=[KIMS], private=True)
    assert "KIMSECRET" in told(site, path)[1]


def test_a_link_ends_with_the_rights_of_its_maker(site: Site) -> None:
    path = make(site, "uploader")
    with open_archive(site.folder) as archive:
        connection = archive.connection
        sam, kim = owner(connection), find_person(connection, 2)
        found = []
        for fields in ({"level": "read_only"}, {"active": False}):
            with batch(connection, sam):
                edit_person(connection, sam, kim, **fields)
            found.append(told(site, path))
            with batch(connection, sam):
                edit_person(connection, sam, kim, level="standard", active=True)
    never = told(site, f"/-/shared/{'x' * 43}")
    assert found == [never, never]
    assert look(site, path).status_code == 200


# When it ends


def test_what_ended_is_like_what_never_was(site: Site) -> None:
    never = told(site, f"/-/shared/{'x' * 43}")
    assert never[0] == 404
    assert GONE in never[1]
    revoked, switched, refreshed = make(site), make(site), make(site)
    number = site.get(f"{LINKS}.json").json()["links"][2]["id"]
    site.get(f"{LINKS}/{number}/end", "admin", "post", json={})
    assert told(site, revoked) == never
    assert look(site, switched).status_code == 200
    site.get(f"{LINKS}/switch", "admin", "post", json={"on": 0})
    assert told(site, switched) == never
    assert look(site, f"{switched}/1/preview").status_code == 404
    site.get(f"{LINKS}/switch", "admin", "post", json={"on": 1})
    assert look(site, switched).status_code == 200
    site.get(f"{LINKS}/refresh", "admin", "post", json={})
    assert told(site, refreshed) == told(site, switched) == never
    for path in (revoked, switched, refreshed):
        for name in KINDS:
            assert look(site, f"{path}/1/{name}").status_code == 404


# With a password


def test_without_its_password_a_link_tells_nothing(site: Site) -> None:
    path = make(site, gives="originals", title="TITLESECRET", password=PASSWORD)
    status, said = told(site, path)
    assert status == 200
    for secret in ("publicword", "TITLESECRET", "Tower 4"):
        assert secret not in said
    for name in KINDS:
        assert look(site, f"{path}/1/{name}").status_code == 404
    wrong = look(site, path, method="post", data={"password": "wrong"})
    assert wrong.status_code == 403
    assert "set-cookie" not in wrong.headers
    right = look(site, path, method="post", data={"password": PASSWORD})
    assert right.status_code in (302, 303)
    cookie = right.headers["set-cookie"]
    assert "httponly" in cookie.lower()
    pair = dict([cookie.partition(";")[0].split("=", 1)])
    assert "publicword" in look(site, path, cookies=pair).text
    assert look(site, f"{path}/1/file", cookies=pair).status_code == 200
    other = make(site, title="TITLESECRET", password=PASSWORD)
    for name, value in pair.items():
        (number,) = {one["id"] for one in listed(site)[:1]}
        forged = {name: value[:-2], re.sub(r"\d+$", str(number), name): value}
        for jar in forged.items():
            assert "TITLESECRET" not in look(site, other, cookies=dict([jar])).text


def listed(site: Site, who: str = "admin") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"{LINKS}.json", who).json()["links"]
    return found


# Addresses of single photos


def addresses(site: Site) -> dict[str, str]:
    """The address of each photo, by the file's name, as the owner's list has them."""
    with open_archive(site.folder) as archive:
        sam, out = owner(archive.connection), site.folder.parent / "list.json"
        ids = [row[0] for row in archive.connection.execute("select id from photos")]
        served = "https://photos.example/"
        export_table(archive, sam, ids, out, "json", photo_links=served, replace=True)
    rows = json.loads(out.read_text("utf-8"))
    found = {row["filename"]: row["photo_link"] for row in rows}
    assert all(link.startswith(served + "-/open/") for link in found.values())
    return {n: link.removeprefix("https://photos.example") for n, link in found.items()}


def test_an_open_address_shows_a_public_photo_and_no_other(site: Site) -> None:
    found = addresses(site)
    assert look(site, found["public.jpg"]).headers["content-type"] == "image/jpeg"
    for name in found.keys() - {"public.jpg", "latest.jpg"}:
        assert look(site, found[name]).status_code == 404, name
    with changed(site) as connection:
        hide(connection)
        assert look(site, found["public.jpg"]).status_code == 404
        assert look(site, found["public.jpg"], "reader").status_code == 404
        assert look(site, found["public.jpg"], "auditor").status_code == 200


def test_a_closed_address_is_for_who_may_see_the_photo_anyway(site: Site) -> None:
    found = addresses(site)
    site.get(f"{LINKS}/switch", "admin", "post", json={"on": 0})
    sees = {
        (who, name): look(site, found[name], who).status_code == 200
        for who in ("anonymous", "none", "reader", "uploader", "admin")
        for name in ("public.jpg", "KIMSECRET.jpg", "BINSECRET.jpg")
    }
    assert {pair for pair, seen in sees.items() if seen} == {
        *((who, "public.jpg") for who in ("reader", "uploader", "admin")),
        *((who, "KIMSECRET.jpg") for who in ("uploader", "admin")),
        ("admin", "BINSECRET.jpg"),
    }


def test_addresses_that_were_not_given_or_that_ended_show_nothing(site: Site) -> None:
    before = addresses(site)["public.jpg"]
    start, token = before[:8], before[8:]
    tried = [token[:-2] + "AA", token[::-1], "x", "A" * 43, token[:22], token + "A"]
    for wrong in tried:
        assert look(site, start + wrong, "admin").status_code == 404
    site.get(f"{LINKS}/refresh", "admin", "post", json={})
    assert look(site, before, "admin").status_code == 404
    after = addresses(site)["public.jpg"]
    assert after != before
    assert look(site, after).status_code == 200


# What is told of it


def test_each_use_is_told_to_its_maker_and_to_admins(site: Site) -> None:
    path = make(site, "uploader", gives="originals")
    look(site, path, headers={"user-agent": "Firefox/1 Linux"})
    look(site, f"{path}/1/medium")
    look(site, f"{path}/1/preview")
    look(site, f"{path}/1/file")
    look(site, f"{path}/1/file", method="head")
    number = listed(site, "uploader")[0]["id"]
    uses = site.get(f"{LINKS}/{number}.json", "uploader").json()["uses"]
    assert [(use["what"], use["photo"]) for use in uses] == [
        ("downloaded", "public.jpg"),
        ("seen", "public.jpg"),
        ("opened", None),
    ]
    assert "Firefox" in uses[2]["who"]
    assert site.get(f"{LINKS}/{number}", "admin").status_code == 200
    for who in ("reader", "auditor"):
        assert site.get(f"{LINKS}/{number}", who).status_code == 403
    with changed(site) as connection:
        hide(connection)
        assert "public.jpg" not in site.get(f"{LINKS}/{number}.json", "uploader").text


def test_one_hears_of_ones_own_links_only(site: Site) -> None:
    make(site, title="TITLESECRET")
    own = make(site, "uploader", title="mine")
    page = site.get(LINKS, "uploader").text
    assert "mine" in page
    assert "TITLESECRET" not in page
    assert "switch" not in page.replace("switched", "")
    assert own.rpartition("/")[2] not in page
    log = site.get(f"{LINKS}.json").json()
    assert log["switches"][-1]["what"] == "enabled"
    assert site.get(f"{LINKS}.json", "uploader").json()["switches"] == []


def test_strangers_come_to_links_alone_where_people_log_in(
    site: Site, loop: Any
) -> None:
    from plugins.serving import make_datasette

    path = make(site)
    locked = make_datasette([site.folder], access=Access(accounts=True))
    loop.run(locked.invoke_startup())
    try:
        there = Site(locked, loop, site.folder)
        assert "publicword" in look(there, path).text
        assert look(there, f"{path}/1/medium").status_code == 200
        assert look(there, "/tower-4.json").status_code == 401
        assert look(there, f"{LINKS}.json").status_code == 401
    finally:
        loop.run(locked.invoke_shutdown())
