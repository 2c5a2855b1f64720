"""Originals on their way to a storage."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from archive.errors import InvalidInput
from sync.driving.carrying import Carrier
from sync.driving.pausing import Pause, Paused
from sync.driving.sending import PIECE, Original, measure, put
from sync.driving.wires import Wires
from sync.effects import LOST, Answer, Failed, Measure, Measured, Put
from tests.sync.driving.conftest import TOKEN
from tests.sync.driving.misbehaving import Said, Server

DATA = bytes(range(251)) * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()
XML = {"content-type": "application/xml", "etag": '"abc"'}


@pytest.fixture
def photo(tmp_path: Path) -> Original:
    path = tmp_path / "photo.jpg"
    path.write_bytes(DATA)
    return Original(path, SHA256, len(DATA), "image/jpeg")


def send(photo: Original | None, wanted: Put, wires: Wires) -> Answer | Failed:
    return put(photo, wanted, carrier_of(wires, wanted.url))


def carrier_of(wires: Wires, api: str, pause: Pause | None = None) -> Carrier:
    return Carrier(Path(), wires, api, lambda: TOKEN, pause=pause or Pause())


@pytest.mark.parametrize("segment", [0, 1, 1000, PIECE, PIECE + 1, len(DATA), 1 << 40])
def test_a_file_is_measured_in_segments(photo: Original, segment: int) -> None:
    if segment == 1:
        photo.path.write_bytes(b"abc")
        data, digest = b"abc", hashlib.sha256(b"abc").hexdigest()
        photo = Original(photo.path, digest, 3, "image/jpeg")
    else:
        data, digest = DATA, SHA256
    measured = measure(photo, Measure("u", segment))
    assert isinstance(measured, Measured)
    assert (measured.bytes, measured.sha256) == (len(data), digest)
    assert measured.media_type == "image/jpeg"
    expected = [
        data[at : at + segment]
        for at in range(0, len(data) if segment else 0, segment or 1)
    ]
    assert measured.segments == tuple(
        (len(one), hashlib.sha256(one).hexdigest()) for one in expected
    )


def test_a_form_ends_with_the_file(
    photo: Original, wires: Wires, server: Server
) -> None:
    server.says(Said(204, b"", XML))
    form = {"key": "uploads/7", "Content-Type": "image/jpeg", 'a"b': "x\r\ny"}
    answer = send(photo, Put("u", f"{server.url}/bucket", form=form), wires)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["etag"]) == (204, '"abc"')
    asked = server.asked[0]
    assert (asked.method, int(asked.headers["content-length"])) == (
        "POST",
        len(asked.body),
    )
    assert "transfer-encoding" not in asked.headers
    boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
    parts = asked.body.split(b"--" + boundary)
    names = [re.findall(rb' name="([^"]*)"', part) for part in parts[1:-1]]
    assert names == [[b"key"], [b"Content-Type"], [b"a%22b"], [b"file"]]
    assert parts[4].partition(b"\r\n\r\n")[2] == DATA + b"\r\n"
    assert parts[5] == b"--\r\n"
    assert TOKEN not in server.told()
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("begin", "size"), [(0, None), (0, 5), (1000, PIECE * 2), (len(DATA) - 1, None)]
)
def test_a_part_is_put_with_its_headers(
    photo: Original, wires: Wires, server: Server, begin: int, size: int | None
) -> None:
    server.says(Said(200, b"", XML))
    headers = {"x-amz-checksum": "q", "content-type": "application/octet-stream"}
    wanted = Put("u", f"{server.url}/p", headers=headers, begin=begin, size=size)
    assert isinstance(send(photo, wanted, wires), Answer)
    asked = server.asked[0]
    assert asked.method == "PUT"
    assert asked.body == DATA[begin : None if size is None else begin + size]
    assert asked.headers["x-amz-checksum"] == "q"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (Said(201, b"<PostResponse/>", XML), 201),
        (Said(403, b"<Error><Code>AccessDenied</Code></Error>", XML), 403),
        (Said(503, b"", XML), 503),
        (Said(307, b"", {"location": "http://127.0.0.1:9/"}), LOST),
        (Said(raw=b""), LOST),
    ],
    ids=["created", "refused", "later", "sent on", "broken off"],
)
def test_what_the_storage_says_is_told(
    photo: Original, wires: Wires, server: Server, said: Said, status: int
) -> None:
    server.says(said)
    answer = send(photo, Put("u", f"{server.url}/p"), wires)
    assert isinstance(answer, Answer)
    assert answer.status == status
    assert "AccessDenied" in answer.text or status != 403


def test_a_file_that_is_not_what_it_was_is_never_sent_whole(
    photo: Original, wires: Wires, server: Server
) -> None:
    changed = bytearray(DATA)
    changed[3] ^= 1
    for data in (bytes(changed), DATA[:-1]):
        photo.path.write_bytes(data)
        for came in (
            measure(photo, Measure("u")),
            send(photo, Put("u", f"{server.url}/p"), wires),
            send(photo, Put("u", f"{server.url}/p", form={"key": "x"}), wires),
        ):
            assert isinstance(came, Failed)
            assert came.is_ours
            assert "promises" in came.why
    assert not server.asked  # none came to its end


def test_a_file_that_is_not_here(photo: Original, wires: Wires, server: Server) -> None:
    photo.path.unlink()
    for original in (photo, None):
        for came in (
            measure(original, Measure("u")),
            send(original, Put("u", server.url), wires),
        ):
            assert isinstance(came, Failed)
            assert came.is_ours


def test_an_address_that_is_none(photo: Original, wires: Wires) -> None:
    came = send(photo, Put("u", "file:///etc/passwd"), wires)
    assert isinstance(came, Failed)
    assert not came.is_ours


def test_a_storage_without_tls_gets_nothing_where_the_api_has_it(
    photo: Original, wires: Wires, server: Server
) -> None:
    carrier = carrier_of(wires, "https://api.example")
    came = put(photo, Put("u", server.url), carrier)
    assert isinstance(came, Failed)
    assert "no TLS" in came.why
    assert not server.asked


def test_stopping_sends_nothing_whole(
    photo: Original, wires: Wires, server: Server
) -> None:
    pause = Pause()
    pause.ask()
    with pytest.raises(Paused):
        put(photo, Put("u", server.url), carrier_of(wires, server.url, pause))
    assert not server.asked


def test_no_address_has_a_login_in_it(wires: Wires) -> None:
    for url in ("https://me:secret@example.com", "https://", "gopher://x", "", "//x"):
        with pytest.raises(InvalidInput):
            wires.to(url)
