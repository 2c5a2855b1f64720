"""A stick for tests: bundles on it, and the moments at which it fails."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest

from sync.bundles.model import Blob, Heading, Written
from sync.bundles.reading import Bundle, find, verified
from sync.bundles.writing import write
from tests.archive.import_checks import sha256

ARCHIVE = "0198aaaa-0000-7000-8000-000000000001"
OTHER = "0198bbbb-0000-7000-8000-000000000002"
HEADING = Heading(
    ARCHIVE,
    "Tower 4",
    "site-a",
    7,
    "2026-08-22T10:00:00.000Z",
    1,
    {"site-a": 912, "site-b~": 401},
    {"company": 1, "project": 2},
)
RECORDS = [{"u": f"{n:02}", "f": {"description": {"v": "ü", "vv": {}}}} for n in (1, 2)]
PARTS = {"records": RECORDS, "conflicts": [{"u": "c"}], "sites": []}
BYTES = [b"first", b"the second", b"x" * 50]  # the last is split
LIMIT = 20


@dataclass(slots=True)
class Desk:
    """A laptop's folder of originals, and a stick."""

    originals: Path
    stick: Path

    def blobs(self, contents: Iterable[bytes] = BYTES) -> list[Blob]:
        """Originals with these bytes, in order."""
        found = []
        for data in contents:
            path = self.originals / sha256(data)
            path.write_bytes(data)
            found.append(Blob(path.name, len(data), path))
        return sorted(found, key=lambda blob: blob.sha256)

    def write(
        self,
        contents: Iterable[bytes] = BYTES,
        parts: Mapping[str, Sequence[dict[str, Any]]] = PARTS,
        *,
        seq: int = 7,
        fast: bool = False,
        limit: int = LIMIT,
    ) -> Written:
        """Write a bundle of these."""
        heading, blobs = replace(HEADING, seq=seq), self.blobs(contents)
        return write(self.stick, heading, parts, blobs, fast=fast, limit=limit)

    @property
    def part(self) -> Path:
        """Where it lies before it is whole."""
        return self.stick / "phb1-0198aaaa-site-a-7.part"

    def read(self) -> Bundle:
        """The only bundle on the stick, all of it read."""
        (found,) = find(self.stick, ARCHIVE)
        assert found.state == "whole", found
        return verified(found)


def contents(bundle: Bundle) -> tuple[dict[str, list[Any]], list[bytes]]:
    """All that a bundle holds: records by kind, and originals."""
    records = {kind: list(bundle.lines(kind)) for kind in PARTS}
    return records, [read(bundle, name) for name, _ in bundle.blobs()]


def read(bundle: Bundle, name: str) -> bytes:
    with bundle.open(name) as file:
        return file.read()


def as_written(
    parts: Mapping[str, Sequence[Any]] = PARTS, some: Iterable[bytes] = BYTES
) -> tuple[dict[str, list[Any]], list[bytes]]:
    """What ``contents`` has to be."""
    return {kind: list(parts.get(kind, ())) for kind in PARTS}, sorted(some, key=sha256)


def forge(root: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a bundle says of itself, with hashes that are right."""
    path = root / "MANIFEST.json"
    told = json.loads(path.read_bytes())
    change(told)
    text = json.dumps(told).encode()
    path.write_bytes(text)
    (root / "COMPLETE").write_text(f"phb1 {sha256(text)}\n")


def forge_file(root: Path, name: str, data: bytes) -> None:
    """Change a file of records, or the list, with hashes that are right."""
    (root / name).write_bytes(data)

    def change(told: dict[str, Any]) -> None:
        told["objects"]["list_sha256"] = sha256((root / "objects.list").read_bytes())
        for part in told["parts"]:
            text = (root / part["path"]).read_bytes()
            part |= {
                "bytes": len(text),
                "sha256": sha256(text),
                "lines": text.count(b"\n"),
            }

    forge(root, change)


class Cut(BaseException):
    """The process was killed."""


_CALLS = ("fsync", "mkdir", "unlink", "rename", "replace", "rmdir", "open", "listdir")


@dataclass(slots=True)
class Failing:
    """The operations on a stick, from one of which on all fail.

    :param at: number of the first that fails
    :param only: these alone fail; "" stands for all
    :param loses: what was written and not synced by then is half lost
    """

    stick: Path
    error: Callable[[], BaseException]
    at: int = 1 << 30
    only: str = ""
    loses: bool = False
    count: int = 0
    dirty: dict[int, Path] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, name: str) -> None:
        """Count an operation, and fail."""
        if not name.startswith(self.only):
            return
        with self.lock:
            self.count += 1
        if self.count > self.at:
            raise self.error()

    @contextmanager
    def wrapped(self) -> Iterator[Self]:
        """Have all operations on the stick counted."""
        with pytest.MonkeyPatch.context() as patch:
            for name in _CALLS:
                patch.setattr(os, name, self._counted(getattr(os, name), name))
            patch.setattr(io, "open", self._opening(io.open))
            yield self
        for path in self.dirty.values() if self.loses else ():
            if path.is_file():
                os.truncate(path, path.stat().st_size // 2)

    def _is_here(self, target: object) -> bool:
        return isinstance(target, int) or str(self.stick) in os.fspath(target)  # type: ignore[arg-type]

    def _counted(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if args and self._is_here(args[0]):
                self.call(name)
            if name != "fsync":
                return real(*args, **options)
            return self.dirty.pop(os.fstat(args[0]).st_ino, None) and None

        return call

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            stream = None
            if not isinstance(file, int) and self._is_here(file):
                self.call(f"io.open {mode}")
                stream = real(file, mode, *args, **options)
                if "x" in mode:
                    self.dirty[os.fstat(stream.fileno()).st_ino] = Path(file)
                    return _Stream(stream, self)
            return stream or real(file, mode, *args, **options)

        return call


class _Stream:
    """A file whose writes are counted."""

    def __init__(self, stream: Any, failing: Failing) -> None:
        self._stream, self._failing = stream, failing

    def write(self, data: Any) -> int:
        self._failing.call("write")
        return int(self._stream.write(data))

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
