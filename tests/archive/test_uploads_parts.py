"""The bytes of a file on its way: added at the end only, and only by one at a time."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from archive.errors import Conflict, StoreError
from archive.uploads import parts

DATA = bytes(range(256)) * 4


class AFileThatArrives(RuleBasedStateMachine):
    """Requests that write some bytes and are cut, crashes, power cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.synced = 0
        self.known = True  # whether this process has had the file open
        self.at = 0

    @rule(count=st.integers(0, 400), synced=st.booleans())
    def a_request(self, count: int, synced: bool) -> None:
        part = parts.open_part(self.folder, "f", None if self.known else self.synced)
        assert part.offset == (self.at if self.known else min(self.at, self.synced))
        self.known = True
        parts.write(part, DATA[part.offset : part.offset + count])
        self.at = part.offset
        if synced:
            parts.sync(part)
            self.synced = self.at
        assert parts.head_of(part, 10) == DATA[: min(10, self.at)]
        parts.close(part)

    @rule()
    def the_server_is_killed(self) -> None:
        self.known = False

    @precondition(lambda self: self.at > self.synced)
    @rule(data=st.data())
    def the_power_fails(self, data: Any) -> None:
        """What was not synced is gone, or is holes."""
        path = parts.path_of(self.folder, "f")
        size = data.draw(st.integers(self.synced, self.at))
        with path.open("r+b") as file:
            file.truncate(self.synced)
            file.truncate(size)
        self.at = size
        self.known = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @invariant()
    def what_is_trusted_is_right(self) -> None:
        path = parts.path_of(self.folder, "f")
        trusted = self.at if self.known else self.synced
        if path.exists():
            assert path.read_bytes()[:trusted] == DATA[:trusted]


TestAFileThatArrives = AFileThatArrives.TestCase


def test_two_requests_do_not_write_one_file(tmp_path: Path) -> None:
    part = parts.open_part(tmp_path, "f")
    with pytest.raises(Conflict, match="already"):
        parts.open_part(tmp_path, "f")
    parts.close(part)
    parts.close(parts.open_part(tmp_path, "f"))


def test_a_full_disk_is_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = parts.open_part(tmp_path, "f")
    free = 1 + parts.MARGIN  # not the disk's own: others write to it and delete
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    parts.require_room(part, 1)
    with pytest.raises(parts.DiskFull, match="no room") as caught:
        parts.require_room(part, free)
    assert caught.value.http_status == 507
    parts.close(part)


def test_a_disk_that_fails_is_told_with_what_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = parts.open_part(tmp_path, "f")
    real, calls = os.write, []

    def failing(descriptor: int, data: memoryview) -> int:
        calls.append(len(data))
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:3])

    monkeypatch.setattr(os, "write", failing)
    with pytest.raises(StoreError, match="No space left"):
        parts.write(part, b"12345")
    monkeypatch.undo()
    assert part.offset == 3
    assert parts.size_of(tmp_path, "f") == 3
    parts.close(part)


def test_what_is_not_there(tmp_path: Path) -> None:
    assert parts.size_of(tmp_path, "never") == 0
    parts.remove(tmp_path, "never")
    assert list(parts.present(tmp_path)) == []
