"""Files on their way from servers that break off, change their mind, and lie."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from archive.copying import Copied
from archive.errors import ArchiveError, NotAPhoto, StoreError
from sync.driving import fetching
from sync.driving.carrying import Carrier
from sync.driving.fetching import Outcome, fetch_all
from sync.driving.pausing import Pause, Paused
from sync.driving.throttling import Throttle
from sync.driving.wires import Wires
from sync.effects import LOST, Failed, Fetch, Fetched, What
from tests.sync.driving.conftest import TOKEN
from tests.sync.driving.misbehaving import PAGE, Asked, Said, Server

DATA = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(DATA).hexdigest()
JPEG = {"content-type": "image/jpeg", "etag": '"one"'}
UUID = "0190a3c2-1111-7000-8000-000000000001"


class Landed:
    """What landed, and what the disk says to it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.copied: list[Copied] = []
        self.error: ArchiveError | None = None

    def prepare(self) -> None:
        """Start nothing."""

    def originals(
        self, files: Sequence[tuple[str, Path, Copied]]
    ) -> list[ArchiveError | None]:
        if self.error is None:
            self.files |= {uuid: path.read_bytes() for uuid, path, _ in files}
            self.copied += [copied for _, _, copied in files]
        return [self.error for _ in files]

    def thumbnails(self, files: Sequence[tuple[str, bytes]]) -> list[None]:
        self.files |= dict(files)
        return [None for _ in files]


@pytest.fixture
def landed() -> Landed:
    return Landed()


@pytest.fixture
def carrier(tmp_path: Path, wires: Wires, server: Server) -> Carrier:
    """The API is the first server."""
    return Carrier(tmp_path, wires, server.url, lambda: TOKEN)


def original(server: Server, size: int | None = len(DATA), uuid: str = UUID) -> Fetch:
    return Fetch(uuid, f"{server.url}/file?signed=yes", What.ORIGINAL, size)


def fetch(carrier: Carrier, file: Fetch, landed: Landed) -> Outcome:
    return fetch_all(carrier, [file], landed)[0]


def kept(carrier: Carrier) -> list[str]:
    return sorted(path.name for path in (carrier.folder / "incoming").glob("*"))


def in_ranges(asked: Asked, data: bytes = DATA, mark: str = '"one"') -> Said:
    """Answer as a storage does that knows ranges."""
    headers = {**JPEG, "etag": mark}
    begin = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("range", ""))
    if not begin or asked.headers.get("if-range") != mark:
        return Said(body=data, headers=headers)
    first = int(begin[1])
    if first >= len(data):
        return Said(status=416, body=b"")
    told = f"bytes {first}-{len(data) - 1}/{len(data)}"
    return Said(
        status=206, body=data[first:], headers={**headers, "content-range": told}
    )


def cut(said: Said, length: int) -> Said:
    """Break off after so many bytes of the body."""
    whole = said.wire
    return Said(raw=whole[: len(whole) - len(said.body) + length])


def test_a_file_comes_whole_and_lands(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    server.says(Said(body=DATA, headers=JPEG))
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert landed.files == {UUID: DATA}
    assert landed.copied == [Copied(SHA256, len(DATA), zlib.crc32(DATA))]
    assert kept(carrier) == []


def test_what_threads_need_is_read_before_there_are_any(
    carrier: Carrier, landed: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python ends two that read modules which lean on each other, as a deadlock."""
    order: list[str] = []

    class Threads(ThreadPoolExecutor):
        def __init__(self, count: int) -> None:
            order.append("threads")
            super().__init__(count)

    monkeypatch.setattr(fetching, "import_module", order.append)
    monkeypatch.setattr(fetching, "ThreadPoolExecutor", Threads)
    assert fetch_all(carrier, [], landed) == []
    assert order == ["archive.uploads.parts", "threads"]


def test_what_broke_off_goes_on_where_it_stopped(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    server.behave = lambda asked: cut(in_ranges(asked), 100_000)
    for _ in range(2):
        came = fetch(carrier, original(server), landed)
        assert isinstance(came, Failed)
        assert (came.status, came.is_ours) == (LOST, False)
    assert kept(carrier) == [f"{UUID}.etag", f"{UUID}.part"]
    server.behave = in_ranges
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    ranges = [asked.headers.get("range") for asked in server.asked]
    assert ranges == [None, "bytes=100000-", "bytes=200000-"]
    assert server.asked[-1].headers["if-range"] == '"one"'
    assert landed.files[UUID] == DATA
    assert landed.copied[0].crc32 == zlib.crc32(DATA)
    assert kept(carrier) == []


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(lambda _: Said(body=DATA, headers=JPEG), id="knows no ranges"),
        pytest.param(lambda a: in_ranges(a, mark='"two"'), id="it is another file now"),
        pytest.param(
            lambda a: (
                Said(status=206, body=DATA[7:], headers={**JPEG, "content-range": "x"})
                if "range" in a.headers
                else in_ranges(a)
            ),
            id="another part than was asked for",
        ),
        pytest.param(
            lambda a: Said(416, b"") if "range" in a.headers else in_ranges(a),
            id="no such part",
        ),
    ],
)
def test_what_is_here_is_thrown_away_when_it_does_not_go_with_what_comes(
    carrier: Carrier, server: Server, landed: Landed, later: object
) -> None:
    server.behave = lambda asked: cut(in_ranges(asked, DATA[::-1]), 100_000)
    assert isinstance(fetch(carrier, original(server), landed), Failed)
    server.behave = later  # type: ignore[assignment]
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert landed.files[UUID] == DATA


def broken_off(carrier: Carrier, server: Server, landed: Landed) -> Path:
    """Return what is here of a file of which 100,000 bytes came."""
    server.behave = lambda asked: cut(in_ranges(asked), 100_000)
    assert isinstance(fetch(carrier, original(server), landed), Failed)
    server.behave = in_ranges
    server.asked.clear()
    return carrier.folder / "incoming" / f"{UUID}.part"


def asked_for(server: Server) -> list[str | None]:
    return [asked.headers.get("range") for asked in server.asked]


def test_what_a_power_cut_left_behind_the_mark_is_not_believed(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    path = broken_off(carrier, server, landed)
    with path.open("ab") as file:  # as it is where its size came to the disk alone
        file.write(bytes(50_000))
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert asked_for(server) == ["bytes=100000-"]
    assert landed.files[UUID] == DATA


@pytest.mark.parametrize(
    "mark",
    [None, "", '"one"', '100000 "on', '100001 "one"', "\0" * 20, 'x "one"'],
    ids=["none", "empty", "no size", "half", "more", "a hole", "no number"],
)
def test_what_is_here_without_a_whole_mark_is_thrown_away(
    carrier: Carrier, server: Server, landed: Landed, mark: str | None
) -> None:
    path = broken_off(carrier, server, landed)
    path.with_suffix(".etag").unlink()
    if mark is not None:
        path.with_suffix(".etag").write_text(mark)
    path.write_bytes(bytes(100_000))
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert asked_for(server) == [None]
    assert landed.files[UUID] == DATA


def test_nothing_is_marked_before_it_is_on_the_disk(
    carrier: Carrier, server: Server, landed: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, list[str]]] = []

    def fsync(_: int) -> None:
        path = carrier.folder / "incoming" / f"{UUID}.part"
        seen.append((path.stat().st_size, kept(carrier)))

    monkeypatch.setattr(os, "fsync", fsync)
    path = broken_off(carrier, server, landed)
    assert seen == [(100_000, [path.name])]
    assert path.with_suffix(".etag").read_text() == '100000 "one"'
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("I/O")))
    server.behave = lambda asked: cut(in_ranges(asked), 100_000)
    assert isinstance(fetch(carrier, original(server), landed), Failed)
    assert path.with_suffix(".etag").read_text() == '100000 "one"'


def test_a_large_file_is_kept_now_and_then(
    carrier: Carrier, server: Server, landed: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is killed says nothing of what came."""
    monkeypatch.setattr(fetching, "_SIGN", 100_000)
    marks: list[str] = []

    class Looking(Throttle):
        def owed(self, count: int) -> float:
            path = carrier.folder / "incoming" / f"{UUID}.etag"
            marks.extend([path.read_text()] if path.exists() else [])
            return super().owed(count)

    carrier = replace(carrier, throttle=Looking())
    data = bytes(2 << 20)
    server.behave = lambda asked: in_ranges(asked, data)
    assert isinstance(fetch(carrier, original(server, len(data)), landed), Fetched)
    assert marks
    assert all(one.endswith(' "one"') for one in marks)


@pytest.mark.parametrize("is_marked", [True, False], ids=["resumed", "anew"])
@pytest.mark.parametrize("is_linked", [True, False], ids=["linked", "read only"])
def test_what_is_an_original_by_now_is_not_written_to(
    carrier: Carrier,
    server: Server,
    landed: Landed,
    is_marked: bool,
    is_linked: bool,
) -> None:
    """As it is where the program was killed while the file landed."""
    path = broken_off(carrier, server, landed)
    stored = carrier.folder / "original.jpg"
    if is_linked:
        os.link(path, stored)
    path.chmod(0o444)
    before, was = path.read_bytes(), path.stat().st_ino
    if not is_marked:
        path.with_suffix(".etag").unlink()
    made: list[int] = []

    class Looking(Throttle):
        def owed(self, count: int) -> float:
            made.append(path.stat().st_ino)
            return super().owed(count)

    with path.open("rb"):  # so that its number is not given again
        carrier = replace(carrier, throttle=Looking())
        assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert was not in made
    assert asked_for(server) == [None]
    assert landed.files[UUID] == DATA
    assert not is_linked or stored.read_bytes() == before


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://2001:db8::abcd/x", id="a host with colons"),
        pytest.param("https://[::1/x", id="half a number"),
        pytest.param("http://127.0.0.1:99999/x", id="no such port"),
        pytest.param("http://127.0.0.1:1/\ud800", id="no text"),
        pytest.param("http://127.0.0.1:1/\x00", id="no character"),
        pytest.param("http:///x", id="no host"),
        pytest.param(f"http://{'a' * 70}.example/x", id="no name"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_address_that_is_none_ends_no_run(
    carrier: Carrier, server: Server, landed: Landed, url: str
) -> None:
    came = fetch(carrier, Fetch(UUID, url, What.ORIGINAL, 7), landed)
    assert isinstance(came, Failed)
    assert (came.status, came.is_ours) == (LOST, False)
    if url.isprintable():
        server.says(Said(302, b"", {"location": url or "//["}))
        came = fetch(carrier, original(server), landed)
        assert isinstance(came, Failed)
        assert not came.is_ours


def test_an_address_that_httpx2_reads_otherwise_gets_no_token_by_a_proxy(
    carrier: Carrier,
    landed: Landed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetching, "proxy_of", lambda _: "http://127.0.0.1:1")
    monkeypatch.setattr(fetching, "origin", lambda _: "https://api.example:443")
    carrier = replace(carrier, api="https://api.example")
    file = Fetch(UUID, "https://other.example/x", What.HASH, 7)
    came = fetch(carrier, file, landed)
    assert isinstance(came, Failed)
    assert "everybody reads alike" in came.why


def test_a_weak_mark_is_no_mark(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    server.behave = lambda asked: cut(in_ranges(asked, mark='W/"one"'), 100_000)
    fetch(carrier, original(server), landed)
    fetch(carrier, original(server), landed)
    assert "range" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        pytest.param(Said(403, b"", JPEG), 403, "403", id="expired"),
        pytest.param(Said(404, b"", JPEG), 404, "404", id="not there"),
        pytest.param(Said(410, b"", JPEG), 410, "410", id="gone"),
        pytest.param(Said(503, b"", JPEG), 503, "503", id="later"),
        pytest.param(Said(204, b"", JPEG), 204, "204", id="nothing"),
        pytest.param(Said(206, DATA, JPEG), 206, "206", id="a part nobody asked for"),
        pytest.param(Said(416, b"", JPEG), 416, "416", id="no part was asked for"),
        pytest.param(Said(200, DATA, PAGE), LOST, "text/html", id="a page"),
        pytest.param(Said(200, DATA[:-1], JPEG), LOST, "511,999", id="too short"),
        pytest.param(Said(200, DATA + b"x", JPEG), LOST, "512,001", id="too long"),
        pytest.param(
            Said(raw=b"HTTP/1.1 200 OK\r\n\r\n" + DATA + b"x"),
            LOST,
            "more than",
            id="too long, without saying so",
        ),
        pytest.param(
            Said(raw=b"HTTP/1.1 200 OK\r\n\r\n" + DATA[:-1]),
            LOST,
            "511,999",
            id="too short, without saying so",
        ),
        pytest.param(Said(200, b"", JPEG), LOST, "0 bytes", id="empty"),
        pytest.param(
            Said(302, b"", {"location": "ftp://127.0.0.1/x"}),
            LOST,
            "no address",
            id="ftp",
        ),
    ],
)
def test_what_is_not_the_file_does_not_land(
    carrier: Carrier, server: Server, landed: Landed, said: Said, status: int, why: str
) -> None:
    server.says(said)
    came = fetch(carrier, original(server), landed)
    assert isinstance(came, Failed)
    assert (came.status, came.is_ours) == (status, False)
    assert why in came.why
    assert not landed.files


def test_a_file_that_packed_itself_is_unpacked(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    packed = {**JPEG, "content-encoding": "deflate"}
    server.says(Said(body=zlib.compress(DATA), headers=packed))
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))


def test_the_token_goes_to_the_api_only_and_never_through_a_redirect(
    carrier: Carrier, server: Server, other_server: Server, landed: Landed
) -> None:
    elsewhere = f"{other_server.url}/bucket?x"
    server.says(Said(302, b"", {"location": elsewhere}))
    other_server.says(Said(body=DATA, headers=JPEG))
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert len(other_server.asked) == 1
    assert TOKEN not in other_server.told()
    assert fetch(carrier, original(other_server), landed) == Fetched(SHA256, len(DATA))
    other_server.says(
        Said(302, b"", {"location": f"{server.url}/back"}),
        Said(body=DATA, headers=JPEG),
    )
    server.says(Said(body=DATA, headers=JPEG))
    assert fetch(carrier, original(other_server), landed) == Fetched(SHA256, len(DATA))
    assert TOKEN not in other_server.told()
    assert TOKEN not in server.told()
    by_name = server.url.replace("127.0.0.1", "localhost")
    file = Fetch(UUID, f"{by_name}/x", What.ORIGINAL, len(DATA))
    assert fetch(carrier, file, landed) == Fetched(SHA256, len(DATA))
    assert TOKEN not in server.told()


def test_a_storage_without_tls_is_not_asked_where_the_api_has_it(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    came = fetch(replace(carrier, api="https://api.example"), original(server), landed)
    assert isinstance(came, Failed)
    assert "no TLS" in came.why
    assert not server.asked


def test_redirects_end(carrier: Carrier, server: Server, landed: Landed) -> None:
    server.says(Said(302, b"", {"location": "/file"}))
    came = fetch(carrier, original(server), landed)
    assert isinstance(came, Failed)
    assert "on and on" in came.why
    assert len(server.asked) == 5
    assert "authorization" not in server.asked[1].headers


def test_a_disk_without_room_is_ours_to_mend(
    carrier: Carrier,
    server: Server,
    landed: Landed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.says(Said(body=DATA, headers=JPEG))
    usage = shutil.disk_usage(carrier.folder)._replace(free=(64 << 20) + 511_999)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    came = fetch(carrier, original(server), landed)
    assert isinstance(came, Failed)
    assert came.is_ours
    assert "room" in came.why
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(
        fetching, "_require_free", lambda *_: (_ for _ in ()).throw(full)
    )
    came = fetch(carrier, original(server), landed)
    assert isinstance(came, Failed)
    assert came.is_ours


@pytest.mark.parametrize(
    ("error", "is_ours"),
    [(NotAPhoto("x.jpg", "a text"), False), (StoreError("x.jpg", "disk full"), True)],
    ids=["no photo", "a full store"],
)
def test_what_cannot_land_is_told(
    carrier: Carrier,
    server: Server,
    landed: Landed,
    error: Exception,
    is_ours: bool,
) -> None:
    server.says(Said(body=DATA, headers=JPEG))
    landed.error = error
    came = fetch(carrier, original(server), landed)
    assert isinstance(came, Failed)
    assert (came.is_ours, came.why) == (is_ours, str(error))


def test_many_files_come_in_their_order_and_one_that_fails_stops_none(
    carrier: Carrier, server: Server, landed: Landed
) -> None:
    def behave(asked: Asked) -> Said:
        number = int(asked.path.rpartition("=")[2])
        if number % 5 == 4:
            return Said(404, b"", JPEG)
        return Said(body=b"%d" % number, headers=JPEG)

    server.behave = behave
    files = [
        Fetch(f"u{n}", f"{server.url}/x?n={n}", What.ORIGINAL, len(str(n)))
        for n in range(15)
    ]
    came = fetch_all(carrier, files, landed)
    for number, outcome in enumerate(came):
        if number % 5 == 4:
            assert outcome == Failed("the storage answers 404", 404)
        else:
            digest = hashlib.sha256(b"%d" % number).hexdigest()
            assert outcome == Fetched(digest, len(str(number)))
    assert len(landed.files) == 12


def test_files_that_are_only_hashed_or_only_shown_leave_nothing_on_the_disk(
    carrier: Carrier, server: Server, landed: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says(Said(body=DATA, headers=JPEG))
    url = f"{server.url}/x"
    hashed, shown = fetch_all(
        carrier, [Fetch("", url, What.HASH), Fetch(UUID, url, What.THUMBNAIL)], landed
    )
    assert hashed == shown == Fetched(SHA256, len(DATA))
    assert landed.files == {UUID: DATA}
    monkeypatch.setattr(fetching, "_LARGEST_THUMBNAIL", 1000)
    large = fetch(carrier, Fetch(UUID, url, What.THUMBNAIL), landed)
    assert isinstance(large, Failed)
    assert not (carrier.folder / "incoming").exists()


def test_stopping_leaves_what_came_for_the_next_run(
    tmp_path: Path,
    wires: Wires,
    server: Server,
    landed: Landed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetching, "MOST", 300_000)
    pause = Pause()

    class Stopping(Throttle):
        def owed(self, count: int) -> float:
            pause.ask()
            return super().owed(count)

    carrier = Carrier(tmp_path, wires, server.url, lambda: TOKEN, Stopping(), pause)
    server.behave = in_ranges
    with pytest.raises(Paused):
        fetch(carrier, original(server), landed)
    assert kept(carrier) == [f"{UUID}.etag", f"{UUID}.part"]
    path = carrier.folder / "incoming" / f"{UUID}.part"
    assert path.read_bytes() == DATA[: path.stat().st_size]
    assert path.stat().st_size > 0
    carrier = Carrier(tmp_path, wires, server.url, lambda: TOKEN)
    assert fetch(carrier, original(server), landed) == Fetched(SHA256, len(DATA))
    assert landed.files[UUID] == DATA


def test_bytes_are_not_faster_than_was_allowed() -> None:
    now = [1000.0]
    throttle = Throttle(1000.0, now=lambda: now[0])
    assert throttle.owed(250) == 0
    waited = 0.0
    for _ in range(100):
        wait = throttle.owed(100)
        waited += wait
        now[0] += wait
    assert 9.7 < waited <= 10.3
    assert Throttle().owed(1 << 40) == 0
