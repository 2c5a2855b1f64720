"""Links go as far as their makers' rights, and end; their makers hear of each use."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from archive.batches import batch
from archive.database import open_archive
from archive.editing import recycle_photos
from archive.people import edit_person, find_person, owner
from plugins.access import Access
from tests.plugins.conftest import KIMS, LATEST, OWNERS, PUBLIC, Site
from tests.plugins.leaks.links.made import (
    GONE,
    KINDS,
    LINKS,
    PASSWORD,
    changed,
    hide,
    listed,
    look,
    make,
    recycle,
    told,
)


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
