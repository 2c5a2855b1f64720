"""Files that strangers ask for: read in full once, and when they look changed."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from plugins import unaltered


def test_a_file_is_read_once_until_it_looks_changed_or_time_went_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    clock = [7 * unaltered.HOLDS]

    def as_archived(path: Path, crc32: int, size: int) -> bool:
        reads.append(path)
        data = path.read_bytes()
        return (zlib.crc32(data), len(data)) == (crc32, size)

    monkeypatch.setattr(unaltered, "is_as_archived", as_archived)
    monkeypatch.setattr(unaltered.time, "monotonic", lambda: clock[0])
    path, data = tmp_path / "a.jpg", b"the bytes"
    path.write_bytes(data)
    known: Any = (path, zlib.crc32(data), len(data))
    assert [unaltered.is_unaltered(*known) for _ in range(3)] == [True] * 3
    assert len(reads) == 1
    path.write_bytes(b"the bites")
    os.utime(path, ns=(1, 1))  # on some disks the clock of files ticks slowly
    assert [unaltered.is_unaltered(*known) for _ in range(2)] == [False] * 2
    assert len(reads) == 2
    clock[0] += unaltered.HOLDS
    assert not unaltered.is_unaltered(*known)
    assert len(reads) == 3
    path.unlink()
    assert not unaltered.is_unaltered(*known)
