"""Addresses of files: for whom, how long, and as which bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from string import ascii_letters, digits
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from archive.accounts import open_accounts
from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.people import owner
from plugins.api import files, signing
from tests.plugins.api.live import ask, listening
from tests.plugins.conftest import BINNED, KIMS, OWNERS, PUBLIC, jpeg
from tests.plugins.visitors import change_person

IMAGES = "/rest/v1.0/images"
RED = jpeg((200, 0, 0))


def urls(program: Any, number: int = PUBLIC, **more: str) -> list[str]:
    """Return the addresses of an image's file and thumbnail."""
    query = "?" + "&".join(f"{k}={v}" for k, v in more.items()) if more else ""
    found = program.get(f"{IMAGES}/{number}{query}").json()
    return [found["url"], found["thumbnail_url"]]


def fetch(program: Any, url: str, method: str = "GET", **headers: str) -> Any:
    """Ask for a file as a client does that sends nothing but the address."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = program.site.datasette.client.request
    return program.site.run(request(method, urlsplit(url).path, headers=named))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets so many seconds pass."""
    now = time.time

    class Clock:
        def __init__(self, seconds: float) -> None:
            self.seconds = seconds

        def time(self) -> float:
            return now() + self.seconds

    def passed(seconds: float) -> None:
        monkeypatch.setattr(files, "time", Clock(seconds))

    return passed


def test_the_addresses_are_absolute_and_hold_with_or_without_a_token(
    program: Any,
) -> None:
    rae = program("reader")
    url, thumbnail = urls(rae)
    assert url.startswith("http://localhost/-/files/")
    assert unquote(url).endswith("/public.jpg")
    assert unquote(thumbnail).endswith("/public thumbnail.jpg")
    for headers in ({}, {"authorization": "Bearer reader"}, {"authorization": "x"}):
        answer = fetch(rae, url, **headers)
        assert (answer.status_code, answer.content) == (200, RED)
        assert answer.headers["content-type"] == "image/jpeg"
        assert fetch(rae, thumbnail, **headers).headers["content-type"] == "image/jpeg"


def test_an_address_is_on_the_origin_that_the_client_used(program: Any) -> None:
    answer = program("reader").get(
        f"{IMAGES}/{PUBLIC}", headers={"host": "127.0.0.1:8765"}
    )
    assert answer.json()["url"].startswith("http://127.0.0.1:8765/-/files/")


def test_ranges_and_validators_work(program: Any) -> None:
    rae = program("reader")
    url, thumbnail = urls(rae)
    part = fetch(rae, url, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, RED[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(RED)}"
    head = fetch(rae, url, "HEAD")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(RED)))
    for one in (url, thumbnail):
        etag = fetch(rae, one).headers["etag"]
        assert fetch(rae, one, if_none_match=etag).status_code == 304
    assert fetch(rae, url, range=f"bytes={len(RED)}-").status_code == 416
    assert fetch(rae, url, "POST").status_code == 405


def test_within_an_hour_an_address_is_the_same(program: Any, later: Any) -> None:
    rae = program("reader")
    later(-(time.time() % files.STEP))
    first = urls(rae)
    later(-(time.time() % files.STEP) + files.STEP - 60)
    assert urls(rae) == first
    later(-(time.time() % files.STEP) + files.STEP)
    assert urls(rae) != first


def test_an_address_expires_after_a_day(program: Any, later: Any) -> None:
    rae = program("reader")
    url = urls(rae)[0]
    later(files.LASTS - 1)
    assert fetch(rae, url).status_code == 200
    later(files.LASTS + files.STEP)
    answer = fetch(rae, url)
    assert answer.status_code == 403
    assert answer.json()["errors"]


def tampered(url: str) -> Iterator[str]:
    head, _, name = url.rpartition("/")
    base, _, token = head.rpartition("/")
    words = token.split(".")
    for at in range(len(words)):
        changed = list(words)
        changed[at] = changed[at][:-1] + ("1" if changed[at][-1] != "1" else "2")
        yield f"{base}/{'.'.join(changed)}/{name}"
    # Four last digits of a signature stand for the same bytes
    for digit in sorted({*ascii_letters, *digits, *"-_"} - {token[-1]}):
        yield f"{base}/{token[:-1]}{digit}/{name}"
    yield f"{base}/{'.'.join(words[:-1])}/{name}"
    yield f"{base}/x/{name}"
    yield f"{base}/{'a' * 5000}/{name}"
    yield f"{base}/%00%FF/{name}"


def test_whatever_was_not_given_is_not_there(program: Any) -> None:
    rae = program("reader")
    url, thumbnail = urls(rae)
    told = {
        (answer.status_code, answer.text)
        for one in (url, thumbnail)
        for answer in (fetch(rae, changed) for changed in tampered(one))
    }
    assert told == {(404, '{"errors": ["Not found"]}')}


def test_a_signature_is_for_one_thing_only(program: Any) -> None:
    rae = program("reader")
    datasette = rae.site.datasette
    database = next(iter(datasette.databases.values()))
    words = (PUBLIC, "o", 3, int(time.time()) + 60)
    token = signing.sign(datasette, database, "storage", *words)
    assert fetch(rae, f"/-/files/{token}/a.jpg").status_code == 404


def test_it_shows_what_its_person_may_see_at_that_moment(changing: Any) -> None:
    rae, sam = changing("reader"), changing("admin")
    url, thumbnail = urls(rae)
    sams = urls(sam)[0]
    with open_archive(rae.site.folder) as archive:
        connection, person = archive.connection, owner(archive.connection)
        with batch(connection, person):
            edit_photos(connection, person, [PUBLIC], Edit(private=True))
    for one in (url, thumbnail):
        assert fetch(rae, one).status_code == 404
    assert fetch(sam, sams).status_code == 200


def test_in_the_bin_it_is_there_for_who_may_see_the_bin(changing: Any) -> None:
    rae, sam = changing("reader"), changing("admin")
    theirs, sams = urls(rae)[0], urls(sam)[0]
    with open_archive(rae.site.folder) as archive:
        connection, person = archive.connection, owner(archive.connection)
        with batch(connection, person) as opened:
            recycle_photos(connection, person, opened, [PUBLIC])
    assert fetch(rae, theirs).status_code == 404
    assert fetch(sam, sams).status_code == 200


@pytest.mark.parametrize("values", [{"level": "none"}, {"active": False}], ids=str)
def test_who_left_fetches_nothing(changing: Any, values: dict[str, Any]) -> None:
    rae = changing("reader")
    url = urls(rae)[0]
    change_person(rae.site.folder, 3, **values)
    assert fetch(rae, url).status_code == 404


def test_nobody_is_given_the_address_of_what_they_may_not_see(program: Any) -> None:
    for number in (KIMS, OWNERS, BINNED):
        assert program("reader").get(f"{IMAGES}/{number}").status_code == 404


def forget_keys(database: Any) -> None:
    """As a server that starts anew."""
    del signing._rings[database]


def test_the_secret_is_the_archives_and_is_kept(changing: Any) -> None:
    rae = changing("reader")
    url = urls(rae)[0]
    datasette = rae.site.datasette
    database = next(iter(datasette.databases.values()))
    forget_keys(database)
    assert fetch(rae, url).status_code == 200
    with open_accounts(rae.site.folder) as accounts:
        accounts.path.unlink()
    forget_keys(database)
    assert fetch(rae, url).status_code == 404


def test_where_nothing_can_be_written_a_secret_lives_as_long_as_the_server(
    changing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.errors import StoreError

    def full(*_: Any) -> bytes:
        raise StoreError("accounts.db", "it or its folder is read-only")

    monkeypatch.setattr(signing, "secret", full)
    rae = changing("reader")
    url = urls(rae)[0]
    assert fetch(rae, url).status_code == 200


def test_over_a_connection_a_name_may_be_anything(changing: Any) -> None:
    kim = changing("uploader")
    with open_archive(kim.site.folder) as archive:
        archive.connection.execute(
            "update photos set filename = ? where id = ?", ("Süd 50%?#&.jpg", PUBLIC)
        )
    with listening(kim.site) as host:
        found = ask(
            host,
            "GET",
            f"{IMAGES}/{PUBLIC}?project_id={kim.project}",
            authorization="Bearer uploader",
        )
        import json

        url = json.loads(found[2])["url"]
        assert url.startswith(f"http://{host}/-/files/")
        status, headers, body = ask(host, "GET", urlsplit(url).path, range="bytes=0-1")
    assert (status, body) == (206, RED[:2])
    assert "filename*=UTF-8''S%C3%BCd" in headers["content-disposition"]
    assert "x-asbuilt-cache" not in headers
