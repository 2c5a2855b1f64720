"""What an export says of itself when it is done: what was asked for, what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.clock import timestamp, utc_now
from archive.disk import storing


@dataclass(frozen=True, slots=True)
class Content:
    """A file inside of an exported one."""

    name: str
    bytes: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a receipt has it."""
        return {"name": self.name, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Receipt:
    """An export that is whole.

    :param kind: pdf, zip, csv or json
    :param photos: that are in it
    :param of: that were to be in it
    :param missing: names of the others, with reasons
    :param notes: names of those that are in it otherwise than they were to be, and how
    :param contents: of a zip
    """

    kind: str
    name: str
    bytes: int
    sha256: str
    made_at: str
    photos: int
    of: int
    missing: tuple[tuple[str, str], ...] = ()
    pages: int | None = None
    contents: tuple[Content, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every photo is in it."""
        return self.photos == self.of

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "file": self.name,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "made_at": self.made_at,
            "photos": self.photos,
            "of": self.of,
            "missing": [
                {"name": name, "reason": reason} for name, reason in self.missing
            ],
        }
        if self.notes:
            found["notes"] = [{"name": name, "note": note} for name, note in self.notes]
        if self.pages is not None:
            found["pages"] = self.pages
        if self.contents:
            found["contents"] = [content.as_json() for content in self.contents]
        return found


def receipt_of(
    path: Path,
    kind: str,
    name: str,
    counts: tuple[int, int],
    *,
    missing: Sequence[tuple[str, str]] = (),
    pages: int | None = None,
    contents: Sequence[Content] = (),
    notes: Sequence[tuple[str, str]] = (),
    written: tuple[int, str] | None = None,
    now: datetime | None = None,
) -> Receipt:
    """Return the receipt of a file that was written.

    :param counts: photos that are in it, and that were to be
    :param written: its size and SHA-256; its bytes are read again for want of them
    :raises StoreError: it cannot be read
    """
    size, digest = written or _read(path)
    return Receipt(
        kind,
        name,
        size,
        digest,
        timestamp(now or utc_now()),
        *counts,
        tuple(missing),
        pages,
        tuple(contents),
        tuple(notes),
    )


def _read(path: Path) -> tuple[int, str]:
    with storing(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest
