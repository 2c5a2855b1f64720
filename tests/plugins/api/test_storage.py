"""The storage: who has the address sends what was announced, and nothing else."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.arrivals import files
from archive.clock import utc_now
from archive.database import open_archive
from plugins import receiving, runners
from plugins.api import multipart, storage
from tests.plugins.api.forms import KIND, form_of, part_of
from tests.plugins.api.live import ask, listening
from tests.plugins.api.uploading import GREEN, IMAGES, Client, digest, path_of
from tests.plugins.conftest import Loop, fill, serve
from tests.plugins.visitors import change_person


@pytest.fixture
def kim(changing: Any) -> Client:
    return Client(changing("uploader"))


def test_a_signed_hour_ends_by_itself(
    kim: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = kim.begin()
    later = utc_now() + timedelta(minutes=61)
    monkeypatch.setattr(storage, "utc_now", lambda: later)
    assert kim.store(upload, GREEN).status_code == 403


@pytest.mark.parametrize("what", ["token", "field", "further", "missing", "another"])
def test_nothing_of_what_was_signed_can_be_changed(kim: Client, what: str) -> None:
    upload, other = kim.begin(), kim.begin()
    token, _, tail = upload["url"].rpartition(".")
    changed = {
        "token": lambda: kim.store({**upload, "url": f"{token}.x{tail[1:]}"}, GREEN),
        "field": lambda: kim.store(upload, GREEN, key="uploads/other"),
        "further": lambda: kim.store(upload, GREEN, more="1"),
        "missing": lambda: kim.store({**upload, "fields": {}}, GREEN),
        "another": lambda: kim.store({**upload, "url": other["url"]}, GREEN),
    }[what]()
    assert changed.status_code == 403
    assert changed.json()["errors"]
    assert kim.staged() == {}


def test_the_storage_takes_one_file_that_is_as_announced(kim: Client) -> None:
    upload = kim.begin(size=len(GREEN))
    fields = [part_of(n, v.encode()) for n, v in upload["fields"].items()]
    file = part_of("file", GREEN, "x.jpg")

    def status(*form: bytes) -> int:
        sent = form_of(*form)
        answer = kim.send("POST", upload["url"], sent, content_type=KIND)
        return int(answer.status_code)

    assert status(*fields, file, file) == 400
    assert status(*fields) == 400
    assert status(*fields, part_of("data", GREEN, "x.jpg")) == 400
    assert status(*fields, part_of("file", GREEN[:-1], "x.jpg")) == 400
    assert status(*fields, part_of("file", GREEN + b"x", "x.jpg")) == 413
    assert status(file, *fields) == 403  # it comes last
    assert kim.send("POST", upload["url"], b"{}", content_type="x/y").status_code == 400
    assert kim.send("PUT", upload["url"], GREEN).status_code == 405
    refused = kim.send(
        "POST", upload["url"], form_of(*fields, file), authorization="Bearer uploader"
    )
    assert refused.status_code == 400
    assert kim.staged() == {}
    assert status(*fields, file) == 204


def test_a_segment_has_the_size_and_the_headers_it_was_given(kim: Client) -> None:
    upload = kim.begin(segments=[digest(GREEN)])
    segment = upload["segments"][0]
    name = next(iter(segment["headers"]))
    assert kim.put(segment, GREEN + b"x").status_code == 400
    assert kim.put(segment, GREEN, **{name: "0" * 64}).status_code == 403
    assert kim.put(segment, GREEN, authorization="Bearer x").status_code == 400
    assert kim.send("POST", segment["url"], GREEN).status_code == 405
    assert kim.staged() == {}
    assert kim.put(segment, GREEN, content_type="application/octet-stream")
    assert kim.finish(upload["uuid"]).status_code == 200
    assert kim.put(segment, GREEN).status_code == 403


def test_sent_again_the_last_one_holds(kim: Client) -> None:
    upload = kim.begin()
    for data in (GREEN[::-1], GREEN):
        assert kim.store(upload, data).status_code == 204
    assert kim.create(upload["uuid"]).json()["size"] == len(GREEN)


def test_what_is_still_coming_when_it_is_used_is_refused_at_its_end(
    kim: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = kim.begin()
    assert kim.store(upload, GREEN).status_code == 204
    read_form = multipart.read_form

    async def slow(*args: Any) -> Any:
        form = await read_form(*args)
        mark_used(kim, upload["uuid"])
        return form

    monkeypatch.setattr(multipart, "read_form", slow)
    assert kim.store(upload, GREEN[:-1]).status_code == 403
    assert kim.staged() == {upload["uuid"]: GREEN}


def mark_used(kim: Client, uuid: str) -> None:
    with open_archive(kim.folder) as archive:
        archive.connection.execute(
            "update arrivals set used_at = created_at where uuid = ?", (uuid,)
        )


def test_a_person_who_left_sends_nothing_more(kim: Client) -> None:
    upload = kim.begin()
    change_person(kim.folder, 2, level="read_only")
    assert kim.store(upload, GREEN).status_code == 403


@pytest.mark.slow
def test_a_body_that_stops_half_way_stores_nothing(kim: Client) -> None:
    upload = kim.begin(size=len(GREEN))
    segmented = kim.begin(segments=[digest(GREEN)])
    fields = [part_of(n, v.encode()) for n, v in upload["fields"].items()]
    form = form_of(*fields, part_of("file", GREEN, "x.jpg"))
    with listening(kim.program.site) as host:
        stopped(host, "POST", path_of(upload["url"]), form, KIND)
        url = path_of(segmented["segments"][0]["url"])
        stopped(host, "PUT", url, GREEN, "application/octet-stream")
        eventually(lambda: kim.staged() == {})
        status, _, _ = ask(
            host, "POST", path_of(upload["url"]), form, content_type=KIND
        )
        assert status == 204
        status, headers, _ = ask(host, "PUT", url, iter([GREEN[:50], GREEN[50:]]))
        assert (status, len(headers["etag"])) == (200, 34)
        status, _, _ = ask(host, "PUT", url, iter([GREEN, b"x"]))
        assert status == 400  # of a length that was not said
    assert sorted(kim.staged()) == sorted([upload["uuid"], f"{segmented['uuid']}.0"])


def stopped(host: str, method: str, path: str, body: bytes, kind: str) -> None:
    """Send half of a request."""
    name, _, port = host.partition(":")
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((name, int(port))) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])


def eventually(ask: Callable[[], bool]) -> None:
    """Ask until the answer is yes; the server works meanwhile."""
    pause = threading.Event()
    for _ in range(400):
        if ask():
            return
        pause.wait(0.02)
    raise AssertionError("it never happened")


@pytest.mark.parametrize("half", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_connection_that_ends_too_early_stores_nothing(
    kim: Client, method: str, half: float
) -> None:
    if method == "PUT":
        url = kim.begin(segments=[digest(GREEN)])["segments"][0]["url"]
        body, kind = GREEN, "application/octet-stream"
    else:
        upload = kim.begin()
        fields = [part_of(n, v.encode()) for n, v in upload["fields"].items()]
        url, kind = upload["url"], KIND
        body = form_of(*fields, part_of("file", GREEN, "x.jpg"))
    came = body[: int(len(body) * half)]
    messages = [
        {"type": "http.request", "body": came, "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {
        "type": "http",
        "method": method,
        "path": path_of(url),
        "raw_path": path_of(url).encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", kind.encode())],
        "client": ("127.0.0.1", 4711),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    kim.program.site.run(kim.program.site.datasette.app()(scope, receive, send))
    assert sent[0]["status"] == 400
    assert kim.staged() == {}


def test_a_connection_on_which_nothing_comes_is_given_up(
    kim: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.05)
    monkeypatch.setattr(receiving, "DRAIN_SECONDS", 0.05)
    upload = kim.begin(segments=[digest(GREEN)])
    url = path_of(upload["segments"][0]["url"])
    with listening(kim.program.site) as host:
        name, _, port = host.partition(":")
        head = f"PUT {url} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99\r\n\r\n"
        with socket.create_connection((name, int(port))) as connection:
            connection.sendall(head.encode() + b"begun")
            assert connection.recv(99).startswith(b"HTTP/1.1 400 ")
    assert kim.staged() == {}


def test_who_sends_too_much_hears_why(kim: Client) -> None:
    kim.program.site.datasette.config["plugins"]["asbuilt"]["largest_upload"] = 100
    upload = kim.begin()
    fields = [part_of(n, v.encode()) for n, v in upload["fields"].items()]
    large = bytes(6 << 20)
    image = f"{IMAGES}?project_id={kim.program.project}"
    with listening(kim.program.site) as host:
        for path, parts, more in (
            (path_of(upload["url"]), [*fields, part_of("file", large)], {}),
            (
                image,
                [part_of("image[data]", large)],
                {"authorization": "Bearer uploader"},
            ),
        ):
            status, _, body = ask(
                host, "POST", path, form_of(*parts), content_type=KIND, **more
            )
            assert (status, b"at most 100 bytes" in body) == (413, True)
    assert kim.staged() == {}


def test_a_running_server_clears_away_what_nobody_needs(
    tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "tower")
    monkeypatch.setattr(runners, "SWEPT", 0.02)
    for site in serve(loop, [tmp_path / "tower"], owner=True):
        part = files.begin(site.folder)
        files.close(part)
        os.utime(part.path, (1, 1))
        eventually(lambda part=part: not part.path.exists())  # type: ignore[misc]
