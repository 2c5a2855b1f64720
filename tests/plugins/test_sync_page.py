"""The page of the sync: how both sides stand, conflicts side by side, decisions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archive.batches import batch
from archive.clock import utc_now
from archive.database import Archive
from archive.jobs import last_job
from archive.people import owner
from archive.photos import get_photo
from archive.remotes import (
    Choice,
    begin_run,
    end_run,
    list_conflicts,
    originals_of,
    schedule_of,
    set_link,
    set_schedule,
)
from archive.rights import viewer
from archive.schedules import OFF, every
from archive.showing import describe
from plugins import schedules
from plugins.databases import archives
from sync.archived import deciding
from sync.conflicts import Conflict, Side
from sync.records import Kind, Mark
from tests.plugins.conftest import Site

HOSTILE = "<script>alert(1)</script>"
LINK = {"url": "https://api.example", "company": 7, "project": 9}


def linked(archive: Archive) -> None:
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        set_link(archive.connection, sam, LINK)


def disagreeing(archive: Archive) -> str:
    """A conflict about the words of photo 1. Returns its key."""
    linked(archive)
    connection = archive.connection
    uuid = connection.execute("select uuid from photos where id = 1").fetchone()[0]
    at = "2026-05-11T10:00:00.000Z"
    conflict = Conflict(
        Kind.PHOTO,
        uuid,
        "description",
        "both changed",
        "Slab",
        Side("Slab, level 2", Mark("Kim", at)),
        Side(HOSTILE, Mark("", at)),
    )
    deciding.show(connection, at, [uuid], [conflict])
    return conflict.id


def test_without_a_remote_it_says_how_to_link_one(here: Site) -> None:
    page = here.get("/tower-4/-/sync")
    assert page.status_code == 200
    assert "asbuilt remote set tower-4" in page.text
    told = here.get("/tower-4/-/sync/now", "admin", "post", json={})
    assert told.status_code == 400
    assert "no remote" in told.json()["error"]


def test_both_values_stand_side_by_side_and_do_no_harm(here: Site, write: Any) -> None:
    key = write(disagreeing)
    page = here.get("/tower-4/-/sync")
    assert page.status_code == 200
    for words in ("Slab, level 2", "Kim", "&lt;script&gt;alert(1)", key):
        assert words in page.text
    assert HOSTILE not in page.text
    told = here.get("/tower-4/-/sync.json").json()
    (conflict,) = told["conflicts"]
    assert conflict["local"]["value"] == "Slab, level 2"
    assert conflict["remote"]["value"] == HOSTILE
    assert (conflict["base"], conflict["may_be_other"]) == ("Slab", True)
    assert told["open_conflicts"] == 1


def test_who_decides_sees_on_every_page_that_something_waits(
    here: Site, write: Any
) -> None:
    write(disagreeing)
    waits = "1 thing of the sync to look at"
    assert waits in here.get("/tower-4/-/albums").text
    for who in ("uploader", "reader"):
        page = here.get("/tower-4/-/albums", who)
        assert page.status_code == 200
        assert waits not in page.text
        assert "/-/sync" not in page.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"choice": "local"}, "keeps what is here"),
        ({"choice": "remote"}, "takes the remote&#39;s"),
        ({"choice": "other", "other": "Both"}, "wrote something else"),
    ],
    ids=["ours", "theirs", "a third"],
)
def test_what_is_decided_is_kept_for_the_next_run(
    here: Site, write: Any, body: dict[str, str], words: str
) -> None:
    key = write(disagreeing)
    told = here.get(
        "/tower-4/-/sync/decide", "admin", "post", json={"key": key, **body}
    )
    assert told.status_code == 200, told.text
    (left,) = write(lambda archive: list_conflicts(archive.connection))
    assert left.decided == body["choice"]
    told = here.get("/tower-4/-/sync")
    assert f"{left.decided_by} {words}" in told.text
    (decided,) = write(lambda archive: deciding.decided(archive.connection))
    assert (str(decided.choice), decided.other) == (body["choice"], body.get("other"))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"key": "00000000", "choice": "local"}, 404),
        ({"choice": "local"}, 404),
        ({"choice": "neither"}, 400),
        ({"choice": ""}, 400),
    ],
    ids=str,
)
def test_what_cannot_be_decided_is_refused(
    here: Site, write: Any, body: dict[str, str], status: int
) -> None:
    key = write(disagreeing)
    if status == 400:
        body = {"key": key, **body}
    assert (
        here.get("/tower-4/-/sync/decide", "admin", "post", json=body).status_code
        == status
    )


def test_runs_are_told_with_what_they_did_and_why_they_stopped(
    here: Site, write: Any
) -> None:
    def ran(archive: Archive) -> None:
        linked(archive)
        uuid = begin_run(archive.connection)
        brake = {"name": "many recycled here", "why": "30 of 40 photos would go"}
        report = {
            "done": {"make here photo": 1200, "change there photo": 0},
            "stopped": HOSTILE,
            "brakes": [brake],
            "requests": 17,
        }
        end_run(archive.connection, uuid, "incomplete", report)

    write(ran)
    page = here.get("/tower-4/-/sync").text
    assert "cut off" not in page
    for words in ("Make here: 1,200 photos", "17 requests", "30 of 40 photos would go"):
        assert words in page
    assert HOSTILE not in page
    assert "Change on the remote" not in page
    assert '--confirm "many recycled here"' in page
    wrong = {"confirm": "clock"}  # no run has told of that
    told = here.get("/tower-4/-/sync/now", "admin", "post", json=wrong)
    assert told.status_code == 404
    confirm = {"confirm": "many recycled here", "next": "/tower-4/-/sync"}
    told = here.get("/tower-4/-/sync/now", "admin", "post", data=confirm)
    assert told.status_code == 303
    job = write(lambda one: last_job(one.connection, owner(one.connection), "sync"))
    assert job.options == {"confirmed": ["many recycled here"]}
    write(lambda one: begin_run(one.connection))
    assert ">at work</span>" in here.get("/tower-4/-/sync").text


def test_a_run_is_a_job_and_there_is_one_at_a_time(here: Site, write: Any) -> None:
    write(linked)
    first = here.get("/tower-4/-/sync/now", "admin", "post", json={})
    assert first.status_code == 200, first.text
    assert (
        here.get("/tower-4/-/sync/now", "admin", "post", json={}).json() == first.json()
    )
    assert 'data-busy="yes"' in here.get("/tower-4/-/sync").text


# What holds for every run


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"mode": "every", "hours": "6"}, ("Next run:", 'value="6"')),
        (
            {"mode": "weekly", "day-0": "1", "day-4": "1", "times": "6:30 18:00"},
            ("Next run:", "06:30, 18:00"),
        ),
        ({"mode": "off"}, ("Runs begin only when somebody says so.",)),
    ],
    ids=["hours", "days", "off"],
)
def test_a_schedule_is_kept_from_a_form_without_scripts(
    here: Site, write: Any, form: dict[str, str], words: tuple[str, ...]
) -> None:
    write(linked)
    body = {**form, "next": "/tower-4/-/sync"}
    told = here.get("/tower-4/-/sync/schedule", "admin", "post", data=body)
    assert told.status_code == 303, told.text
    page = here.get("/tower-4/-/sync").text
    assert all(one in page for one in words), words
    assert here.get("/tower-4/-/sync.json").json()["schedule"]["mode"] == form["mode"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "every", "hours": 0},
        {"mode": "weekly", "times": "6:30"},
        {"mode": "weekly", "day-0": True, "times": "noon"},
    ],
    ids=["nothing", "no hours", "no day", "no time"],
)
def test_a_schedule_that_cannot_be_is_refused(
    here: Site, write: Any, body: dict[str, Any]
) -> None:
    write(linked)
    told = here.get("/tower-4/-/sync/schedule", "admin", "post", json=body)
    assert told.status_code == 400
    assert write(lambda archive: schedule_of(archive.connection)) == OFF


def test_whose_originals_come_is_chosen_and_told(here: Site, write: Any) -> None:
    write(linked)
    offered = here.get("/tower-4/-/sync.json").json()["originals"]
    assert offered["mode"] == "all"
    album = next(one for one in offered["albums"] if one["name"] == "ALBUMSECRET")
    place = next(one for one in offered["locations"] if one["name"] == "Tower")
    body = {
        "mode": "some",
        f"album-{album['uuid']}": True,
        f"location-{place['uuid']}": "1",
        "album-nobody": True,
        "first": "2026-05-01",
        "last": "",
    }
    told = here.get("/tower-4/-/sync/originals", "admin", "post", json=body)
    assert told.status_code == 200, told.text
    assert told.json()["batch"] is not None  # it can be undone
    german = here.get("/tower-4/-/sync", headers={"accept-language": "de"}).text
    assert ("Nicht klassifiziert" in german, "Unclassified" in german) == (True, False)
    choice = write(lambda archive: originals_of(archive.connection))
    assert choice == Choice(
        all=False,
        albums=(album["uuid"],),
        locations=(place["uuid"],),
        taken=(("2026-05-01", ""),),
    )
    assert "The originals of these are fetched" in here.get("/tower-4/-/sync").text
    for mode, is_all in (("none", False), ("all", True)):
        here.get("/tower-4/-/sync/originals", "admin", "post", json={"mode": mode})
        assert write(lambda one: originals_of(one.connection)) == Choice(all=is_all)
    wrong: dict[str, str]
    for wrong in ({}, {"mode": "some", "first": "May"}):
        told = here.get("/tower-4/-/sync/originals", "admin", "post", json=wrong)
        assert told.status_code == 400


def test_a_plan_is_a_job_and_is_told_by_kind(here: Site, write: Any) -> None:
    write(linked)
    first = here.get("/tower-4/-/sync/plan", "admin", "post", json={})
    again = here.get("/tower-4/-/sync/plan", "admin", "post", json={})
    assert first.status_code == 200, first.text
    assert first.json() == again.json()
    assert "The plan is being made" in here.get("/tower-4/-/sync").text
    line = {
        "name": HOSTILE,
        "number": 1,
        "why": "new there",
        "fields": {"description": [None, "Slab"], "private": [True, False]},
    }
    group = {"act": "change here", "kind": "photo", "n": 1200, "bytes": 0}
    plan = {
        "groups": [{**group, "first": [line]}],
        "brakes": [{"name": "many texts", "why": "30 of 40"}],
        "conflicts": 2,
        "would_ask": 17,
        "bytes": 4_200_000,
        "seconds": 600,
        "at": "2026-11-21T10:00:00.000Z",
    }
    write(
        lambda archive: archive.connection.execute(
            "update jobs set state = 'done', position = ?",
            (json.dumps({"plan": plan}),),
        )
    )
    page = here.get("/tower-4/-/sync").text
    for words in (
        *("Change here: 1,200 photos", "&lt;script&gt;alert(1)", "and 1,199 more"),
        *("17 requests, 4.2 MB", "10 minutes", "30 of 40", "2 conflicts to decide"),
    ):
        assert words in page, words
    assert HOSTILE not in page
    write(lambda archive: begin_run(archive.connection))
    assert "1,199 more" not in here.get("/tower-4/-/sync").text


def test_a_run_that_is_due_begins_by_itself_and_once(here: Site, write: Any) -> None:
    database = archives(here.datasette)[0]

    def begun() -> bool:
        return bool(here.run(schedules.begin_due(here.datasette, database)))

    def schedule(archive: Archive) -> None:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            set_schedule(archive.connection, sam, every(4), utc_now())

    write(schedule)
    assert not begun()  # there is no remote
    write(linked)
    assert begun()
    assert not begun()
    job = write(lambda one: last_job(one.connection, owner(one.connection), "sync"))
    assert job.open


def test_a_run_of_the_command_line_may_have_been_killed(here: Site, write: Any) -> None:
    write(linked)
    write(lambda one: begin_run(one.connection))
    assert ">at work, or cut off</span>" in here.get("/tower-4/-/sync").text


def test_a_photo_says_that_it_is_gone_on_the_remote_to_those_who_may_know(
    here: Site, write: Any
) -> None:
    def show(archive: Archive, life: str) -> str | None:
        connection = archive.connection
        connection.execute(
            "insert or replace into sync_records (kind, uuid, remote_id, life)"
            " select 'photo', uuid, 77, ? from photos where id = 1",
            (life,),
        )
        sam = owner(connection)
        photo = get_photo(connection, 1, viewer(sam))
        found = describe(connection, sam, photo)["photo"]
        return found.get("on_remote")

    for life, words in (
        ("hidden", "no longer visible to you"),
        ("purged", "deleted for good"),
        ("active", None),
    ):
        assert write(lambda archive, life=life: show(archive, life)) == words
        page = here.get("/tower-4/-/photo/1").text
        told = f"{words} on the remote; kept here".capitalize() if words else ""
        assert (told in page, "on the remote" in page) == (True, bool(words))
        assert "on the remote" not in here.get("/tower-4/-/photo/1", "reader").text
