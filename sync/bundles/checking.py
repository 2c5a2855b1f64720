"""What lies on a stick: every bundle read whole, and what it is good for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive.errors import ArchiveError
from sync.bundles.model import Found, NewerBundle, TornBundle
from sync.bundles.reading import find, salvage, verified


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle after all of it was read.

    :param found: its state: "whole" and "other" are known to be sound
    :param records: lines, by kind
    :param originals: in it, ``bytes`` of them
    :param saved: of a torn one: how many originals have the bytes of their names
    """

    found: Found
    records: Mapping[str, int] = field(default_factory=dict)
    originals: int = 0
    bytes: int = 0
    saved: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as a program is told."""
        found, about = self.found, self.found.heading
        return {
            "bundle": found.path.name,
            "state": found.state,
            "why": found.why,
            "archive": about.archive if about else None,
            "name": about.name if about else None,
            "site": about.site if about else None,
            "seq": about.seq if about else None,
            "created": about.created if about else None,
            "records": dict(self.records),
            "originals": self.originals,
            "bytes": self.bytes,
            "saved": self.saved,
        }


def check(
    folder: Path,
    archive: str | None = None,
    told: Callable[[int, int], None] = lambda done, size: None,  # noqa: ARG005
) -> Iterator[Checked]:
    """Read all bundles in a folder, and yield what each holds.

    :param archive: uuid; others' are "other". None: whosever they are
    :param told: how many originals of the bundle were read, and how many bytes
    :raises NotFound: there is no such folder, or it cannot be read
    """
    for found in find(folder, archive):
        if found.state == "torn":
            yield _torn(found)
        elif found.state == "newer":
            yield Checked(found)
        else:
            yield _read(found, told)


def _read(found: Found, told: Callable[[int, int], None]) -> Checked:
    try:
        bundle = verified(found, told)
    except (TornBundle, NewerBundle) as error:  # newer: than a moment ago
        return _torn(replace(found, state="torn", why=_why(error, found)))
    records: dict[str, int] = {}
    for part in bundle.parts:
        kind = part.path.rpartition("-")[0]
        records[kind] = records.get(kind, 0) + part.lines
    return Checked(found, records, bundle.listed.count, bundle.listed.bytes)


def _torn(found: Found) -> Checked:
    return Checked(found, saved=sum(1 for _ in salvage(found)))


def _why(error: ArchiveError, found: Found) -> str:
    """Return what is wrong; the file as it is called in the bundle."""
    return str(error).replace(f"{found.path}/", "")
