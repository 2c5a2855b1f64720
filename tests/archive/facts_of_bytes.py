"""What is read of a file with given bytes."""

from __future__ import annotations

from pathlib import Path

from archive.facts import Facts, read_facts


def facts_of(data: bytes, folder: Path) -> Facts:
    path = folder / "whatever.bin"  # the name must not matter
    path.write_bytes(data)
    return read_facts(path)
