"""Acknowledgements on a stick: believed whole, or not at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import InvalidInput, NotFound
from sync.bundles.acks import acks, hashes, leave
from sync.bundles.model import Ack, TornBundle
from tests.archive.import_checks import sha256
from tests.sync.bundles.sticks import ARCHIVE, BYTES, Desk

ACK = Ack(ARCHIVE, "site-b", "site-a", 7, "2026-08-23T00:00:00.000Z", {"site-b": 4})
NAMES = [sha256(data) for data in BYTES]


@pytest.fixture
def left(desk: Desk) -> Path:
    return leave(desk.stick, ACK, NAMES)


def test_what_was_left_is_found(desk: Desk, left: Path) -> None:
    assert left.name == "ACK-site-b-site-a-7"
    assert acks(desk.stick, ARCHIVE) == [replace(ACK, hashes=3, path=left)]
    assert list(hashes(acks(desk.stick, ARCHIVE)[0])) == NAMES
    assert list(hashes(ACK)) == []
    assert acks(desk.stick, "f" * 36) == []


def test_a_later_one_takes_its_place_and_others_stay(desk: Desk, left: Path) -> None:
    leave(desk.stick, replace(ACK, at="later"))
    leave(desk.stick, replace(ACK, seq=10))
    leave(desk.stick, replace(ACK, site="site-c"))
    found = acks(desk.stick, ARCHIVE)
    assert [(a.site, a.seq, a.hashes) for a in found] == [
        ("site-b", 7, 0),
        ("site-b", 10, 0),
        ("site-c", 7, 0),
    ]
    assert left.is_file()


def test_every_byte_of_it_counts(desk: Desk, left: Path) -> None:
    data = left.read_bytes()
    for at in range(len(data)):
        left.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        assert acks(desk.stick, ARCHIVE) == []
        left.write_bytes(data[:at])
        assert acks(desk.stick, ARCHIVE) == []
    for more in (b"more\n", f"{'0' * 64}\n".encode(), b"\n", data):
        left.write_bytes(data + more)
        assert acks(desk.stick, ARCHIVE) == []


def test_its_name_comes_after_its_bytes_and_both_to_the_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    real = os.replace
    monkeypatch.setattr(os, "fsync", lambda file: calls.append(os.fstat(file).st_ino))
    monkeypatch.setattr(
        os, "replace", lambda *args: (calls.append("name"), real(*args))
    )
    left = leave(desk.stick, ACK, NAMES)
    assert calls == [left.stat().st_ino, "name", desk.stick.stat().st_ino]


def test_a_link_in_its_place_is_not_written_through(desk: Desk, tmp_path: Path) -> None:
    home = tmp_path / "letter.txt"
    home.write_text("mine")
    (desk.stick / "ACK-site-b-site-a-7.part").symlink_to(home)
    (desk.stick / "ACK-site-b-site-a-7").symlink_to(home)
    leave(desk.stick, ACK, NAMES)
    assert len(acks(desk.stick, ARCHIVE)) == 1
    assert home.read_text() == "mine"


def with_end(text: bytes) -> bytes:
    return text + f"end {sha256(text)}\n".encode()


HOSTILE = {
    "no json": b"?\n",
    "no object": b"[]\n",
    "other format": b'{"format":"x"}\n',
    "a name that lies": None,
    "numbers": b'{"format":"phb1-ack","archive":1,"site":2,"of_site":3,"seq":4}\n',
    "nothing": b"",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_one_that_cannot_be_is_none(desk: Desk, left: Path, text: bytes | None) -> None:
    if text is None:
        left.rename(left.with_name("ACK-site-x-site-a-7"))
    else:
        left.write_bytes(with_end(text))
    assert acks(desk.stick, ARCHIVE) == []


def test_links_are_not_followed(desk: Desk, left: Path) -> None:
    elsewhere = desk.originals / left.name
    left.rename(elsewhere)
    left.symlink_to(elsewhere)
    assert acks(desk.stick, ARCHIVE) == []
    assert len(acks(desk.originals, ARCHIVE)) == 1


def test_what_changed_since_is_told(desk: Desk, left: Path) -> None:
    (ack,) = acks(desk.stick, ARCHIVE)
    left.write_bytes(left.read_bytes()[:-1])
    with pytest.raises(TornBundle):
        list(hashes(ack))


def test_what_cannot_be_is_not_left(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        leave(desk.stick, replace(ACK, site="a/b"))
    with pytest.raises(InvalidInput):
        leave(desk.stick, ACK, ["x"])
    assert acks(desk.stick, ARCHIVE) == []
    with pytest.raises(NotFound):
        acks(desk.stick / "none", ARCHIVE)
