"""The requests that a client made, in few lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_DIFFERENT = (
    (re.compile(r"/[0-9]+(?=/|$)"), "/{id}"),
    (re.compile(r"/[0-9A-Z]{26}(?=/|$)"), "/{uuid}"),
    (re.compile(r"^/-/(storage|files)/.*"), r"/-/\1/…"),  # signed
)
_LONGEST = 88  # characters of a line


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a tour said at its end.

    :param calls: method, path with its query, status
    :param found: what came back to the client, by step
    """

    client: str
    version: str
    runs_on: str
    calls: tuple[tuple[str, str, int], ...]
    found: dict[str, Any]

    @property
    def kinds(self) -> Counter[tuple[str, str, int]]:
        """How often each method and address came to each status; ids left out."""
        return Counter((m, plain(path), status) for m, path, status in self.calls)

    def lines(self) -> list[str]:
        """Return it for a person, a few requests a line."""
        head = f"{self.client} {self.version} on {self.runs_on}"
        found = [f"{head}: {len(self.calls)} requests"]
        line = ""
        for (method, path, status), count in self.kinds.items():
            times = f" x{count}" if count > 1 else ""
            word = f"{method} {path} {status}{times}"
            if line and len(line) + len(word) > _LONGEST:
                found.append(f"  {line}")
                line = ""
            line += f"; {word}" if line else word
        return [*found, f"  {line}"] if line else found


def plain(path: str) -> str:
    """Return a path without its query, and without what is different each time."""
    found = urlsplit(path).path
    for pattern, word in _DIFFERENT:
        found = pattern.sub(word, found)
    return found
