"""Uploads to ``asbuilt serve`` over a real connection: cut, killed, gone on with."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from archive.database import create_archive, open_archive
from archive.people import owner
from tests.archive.import_checks import faults
from tests.archive.upload_checks import send, staged
from tests.forked import Forked
from tests.plugins.conftest import jpeg

pytestmark = pytest.mark.slow

PHOTOS = [jpeg((n, 250 - n, 60), (80, 60)) for n in (10, 20, 30)]
BODY = "application/offset+octet-stream"


def eventually(ask: Callable[[], Any]) -> Any:
    """Ask until the answer is yes; the server works meanwhile."""
    pause = threading.Event()
    for _ in range(1200):
        found = ask()
        if found:
            return found
        pause.wait(0.05)
    raise AssertionError("it never happened")


class Server:
    """``asbuilt serve`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = Forked(["serve", str(folder), "--port", "0"])
        self.url = self.process.line.partition(": ")[2]
        self.host = urlsplit(self.url).netloc

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"http://{self.host}{path}", body, named, method=method
        )
        try:
            return urllib.request.urlopen(request)  # noqa: S310
        except urllib.error.HTTPError as error:
            return error

    def json(self, method: str, path: str, body: Any = None) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        with self.ask(method, path, raw, content_type="application/json") as answer:
            return json.load(answer)

    def patch(self, path: str, offset: int, data: bytes) -> Any:
        return self.ask(
            "PATCH",
            path,
            data,
            tus_resumable="1.0.0",
            upload_offset=str(offset),
            content_type=BODY,
        )

    def offset(self, path: str) -> int:
        with self.ask("HEAD", path, tus_resumable="1.0.0") as answer:
            return int(answer.headers["upload-offset"])

    def begin(self, *sizes: int) -> tuple[str, list[str]]:
        base = urlsplit(self.url).path
        upload = self.json("POST", f"{base}/-/uploads", {})["upload"]["url"]
        files = [
            {"key": str(n), "name": f"{n}.jpg", "bytes": size}
            for n, size in enumerate(sizes)
        ]
        told = self.json("POST", f"{upload}/files", {"files": files})["files"]
        return upload, [file["url"] for file in told]

    def over(self, upload: str) -> Any:
        found = self.json("GET", f"{upload}.json")
        return found if found["upload"]["over"] else None

    def end(self, how: int = signal.SIGINT) -> None:
        self.process.end(how)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_archive(tmp_path / "tower", "Tower")
    return tmp_path / "tower"


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], Server]]:
    servers: list[Server] = []

    def begin() -> Server:
        servers.append(Server(folder))
        return servers[-1]

    yield begin
    for server in servers:
        server.end()


def outcomes(found: Any) -> list[str]:
    return sorted(file["outcome"] for file in found["files"])


def test_a_request_cut_in_the_middle_goes_on_and_the_photos_appear(
    folder: Path, start: Any
) -> None:
    server = start()
    upload, urls = server.begin(*map(len, PHOTOS))
    head = (
        f"PATCH {urls[0]} HTTP/1.1\r\nHost: {server.host}\r\nTus-Resumable: 1.0.0\r\n"
        f"Upload-Offset: 0\r\nContent-Type: {BODY}\r\n"
        f"Content-Length: {len(PHOTOS[0])}\r\n\r\n"
    )
    host, _, port = server.host.partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + PHOTOS[0][:300])
        eventually(lambda: staged_size(folder) is not None)
    at = server.offset(urls[0])
    assert 0 <= at <= 300
    assert server.patch(urls[0], at, PHOTOS[0][at:]).status == 204
    for url, data in list(zip(urls, PHOTOS, strict=True))[1:]:
        assert server.patch(url, 0, data).status == 204
    server.json("POST", f"{upload}/close", {})
    found = eventually(lambda: server.over(upload))
    assert outcomes(found) == ["imported"] * 3
    assert found["upload"]["job"]["state"] == "done"
    with server.ask("GET", found["files"][0]["photo_url"]) as page:
        assert page.status == 200
    thumbnail = found["files"][0]["photo_url"] + "/thumbnail"
    with server.ask("GET", thumbnail) as picture:
        assert picture.headers["content-type"] == "image/webp"
    server.end()
    with open_archive(folder) as archive:
        assert faults(archive) == []
        assert staged(archive) == []


def staged_size(folder: Path) -> int | None:
    with open_archive(folder) as archive:
        names = staged(archive)
    return len(names) or None


def test_a_server_killed_half_way_goes_on_where_it_was(start: Any) -> None:
    server = start()
    upload, urls = server.begin(*map(len, PHOTOS))
    server.patch(urls[0], 0, PHOTOS[0])
    server.patch(urls[1], 0, PHOTOS[1][:100])
    server.end(signal.SIGKILL)
    again = start()
    assert again.offset(urls[1]) == 100
    assert again.patch(urls[1], 100, PHOTOS[1][100:]).status == 204
    assert again.patch(urls[2], 0, PHOTOS[2]).status == 204
    again.json("POST", f"{upload}/close", {})
    found = eventually(lambda: again.over(upload))
    assert outcomes(found) == ["imported"] * 3


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_a_killed_process_of_the_jobs_is_replaced(folder: Path, start: Any) -> None:
    server = start()
    upload, urls = server.begin(*map(len, PHOTOS))
    for url, data in zip(urls[:2], PHOTOS, strict=False):
        server.patch(url, 0, data)
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    worker = eventually(lambda: runners(children))[0]
    os.kill(worker, signal.SIGKILL)
    server.patch(urls[2], 0, PHOTOS[2])
    server.json("POST", f"{upload}/close", {})
    found = eventually(lambda: server.over(upload))
    assert outcomes(found) == ["imported"] * 3
    server.end()
    with open_archive(folder) as archive:
        assert faults(archive) == []


def runners(children: Path) -> list[int]:
    """The processes that do jobs, among the children of a server."""
    lists = [task / "children" for task in children.parents[1].iterdir()]
    pids = [pid for one in lists for pid in one.read_text().split()]
    return [
        int(pid)
        for pid in pids
        if b"archive.jobs" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_what_waited_when_the_server_ended_is_done_at_its_start(
    folder: Path, start: Any
) -> None:
    with open_archive(folder) as archive:
        files = {f"{n}.jpg": data for n, data in enumerate(PHOTOS)}
        upload = send(archive, owner(archive.connection), files)
    server = start()
    base = urlsplit(server.url).path
    found = eventually(lambda: server.over(f"{base}/-/uploads/{upload.uuid}"))
    assert outcomes(found) == ["imported"] * 3


def test_no_process_outlives_the_server(start: Any) -> None:
    server = start()
    _, urls = server.begin(len(PHOTOS[0]))
    server.patch(urls[0], 0, PHOTOS[0])
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    worker = eventually(lambda: runners(children))[0]
    server.end()
    assert not Path(f"/proc/{worker}").exists()
