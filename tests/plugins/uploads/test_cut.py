"""Files that come in any pieces, over connections that are cut or hang."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.uploads import parts
from plugins import receiving
from tests.plugins.conftest import Loop, Site, serve
from tests.plugins.uploads.conftest import rows
from tests.plugins.uploads.tus import BODY, PHOTO, TUS, ask, create, patch


class Cut:
    """A request whose connection ends in the middle, or hangs there."""

    def __init__(self, data: bytes, *, hangs: bool) -> None:
        self.pieces = [data[i : i + 10] for i in range(0, len(data), 10)]
        self.hangs = hangs
        self.over = threading.Event()

    async def receive(self) -> dict[str, Any]:
        if self.pieces:
            return {
                "type": "http.request",
                "body": self.pieces.pop(0),
                "more_body": True,
            }
        self.over.set()
        if self.hangs:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}


def sent(site: Site, url: str, offset: int, cut: Cut) -> Any:
    """Begin a request; returns what waits for its end."""
    headers = {**TUS, "upload-offset": str(offset), "content-type": BODY}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "path": url,
        "raw_path": url.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [
            (b"host", b"localhost"),
            *((k.encode(), v.encode()) for k, v in headers.items()),
        ],
        "actor": {"id": "1"},
    }
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    async def run() -> Any:
        await site.datasette.app()(scope, cut.receive, send)
        return answers[0]["status"]

    return asyncio.run_coroutine_threadsafe(run(), site.loop.loop)


def test_a_cut_connection_keeps_what_came(here: Site, folder: Path) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    sent(here, url, 0, Cut(PHOTO[:105], hangs=False)).result(20)
    assert ask(here, "head", url).headers["upload-offset"] == "105"
    assert rows(folder, "select synced from upload_files") == [(105,)]
    assert patch(here, url, 105, PHOTO[105:]).status_code == 204


@pytest.mark.parametrize("method", ["head", "patch", "delete"])
def test_a_hanging_connection_gives_way_to_the_next(here: Site, method: str) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    cut = Cut(PHOTO[:105], hangs=True)
    hanging = sent(here, url, 0, cut)
    assert cut.over.wait(20)
    if method == "head":
        assert ask(here, "head", url).headers["upload-offset"] == "105"
    elif method == "patch":
        assert patch(here, url, 105, PHOTO[105:]).status_code == 204
    else:
        assert ask(here, "delete", url).status_code == 204
    assert hanging.result(20) in (204, 410)


@pytest.mark.parametrize("method", ["head", "patch"])
def test_what_waits_while_a_file_becomes_whole_takes_nothing_from_it(
    here: Site, folder: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    patch(here, url, 0, PHOTO[:105])
    waits = threading.Event()
    stop, sync = receiving.stop, parts.sync

    async def asked(*args: Any) -> None:
        waits.set()
        await stop(*args)

    def slow(part: parts.Part) -> None:  # a disk that is busy until the other waits
        assert waits.wait(20)
        sync(part)

    monkeypatch.setattr(receiving, "stop", asked)
    monkeypatch.setattr(parts, "sync", slow)
    first = Cut(PHOTO[105:], hangs=False)
    whole = sent(here, url, 105, first)
    assert first.over.wait(20)
    if method == "head":
        assert ask(here, "head", url).headers["upload-offset"] == str(len(PHOTO))
    else:
        assert sent(here, url, 105, Cut(b"", hangs=False)).result(20) == 409
    assert whole.result(20) == 204
    assert parts.path_of(folder, url.rpartition("/")[2]).read_bytes() == PHOTO
    told = rows(folder, "select synced, whole_at is not null from upload_files")
    assert told == [(len(PHOTO), 1)]


def test_after_a_restart_only_what_was_synced_is_trusted(
    here: Site, folder: Path, loop: Loop
) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    patch(here, url, 0, PHOTO[:100])
    path = parts.path_of(folder, url.rpartition("/")[2])
    with path.open("ab") as file:
        file.write(b"\0" * 50)  # what a power cut may leave
    with contextmanager(serve)(loop, [folder]) as restarted:
        assert ask(restarted, "head", url).headers["upload-offset"] == "100"
        assert patch(restarted, url, 100, PHOTO[100:]).status_code == 204
        assert path.read_bytes() == PHOTO


PIECES = st.lists(
    st.tuples(
        st.sampled_from(["right", "ahead", "behind", "cut"]), st.integers(0, 200)
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=PIECES)
def test_whatever_is_sent_in_whatever_pieces_the_bytes_are_right(
    here: Site, folder: Path, pieces: list[tuple[str, int]]
) -> None:
    url = create(here, len(PHOTO)).headers["location"]
    at = 0
    for kind, count in pieces:
        piece = PHOTO[at : at + count]
        if at == len(PHOTO):
            break
        if kind == "right":
            assert patch(here, url, at, piece).headers["upload-offset"] == str(
                at + len(piece)
            )
            at += len(piece)
        elif kind == "cut":
            sent(here, url, at, Cut(piece, hangs=False)).result(20)
            at += len(piece)
        elif (wrong := at + 1 + count if kind == "ahead" else at - 1 - count) >= 0:
            assert patch(here, url, wrong, piece).status_code in (409, 413)
        assert ask(here, "head", url).headers["upload-offset"] == str(at)
    if at < len(PHOTO):
        assert patch(here, url, at, PHOTO[at:]).status_code == 204
    path = parts.path_of(folder, url.rpartition("/")[2])
    assert path.read_bytes() == PHOTO
