"""Which originals are there, when very many are asked for one after another.

Each look at a file is a system call. A shelf (``originals/ab``) that is asked about
again and again is read once instead, if it is not large for that.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from archive.originals import Stored, is_there

SHELVES = 256
# Reading a shelf costs about four looks, and one more for every 20 files on it
_READING, _FILES_A_LOOK = 4, 20
_MOST_NAMES = 200_000  # kept: some 25 MB


@dataclass(slots=True)
class Shelves:
    """The store of originals, for one run.

    :param count: how many originals there are, about
    """

    originals: Path
    count: int
    _asked: dict[str, int] = field(default_factory=dict)
    _read: dict[str, frozenset[str]] = field(default_factory=dict)
    _names: int = 0

    def has(self, stored: Stored) -> bool:
        """Whether an original is where it should be.

        One that was not there when its shelf was read is looked for.
        """
        shelf = stored.sha256[:2]
        names = self._read.get(shelf)
        if names is None:
            names = self._names_on(shelf)
        if f"{stored.sha256}.{stored.extension}" in names:
            return True
        return is_there(self.originals, stored)

    def _names_on(self, shelf: str) -> frozenset[str]:
        """Return the names on a shelf, once it is worth reading it."""
        asked = self._asked[shelf] = self._asked.get(shelf, 0) + 1
        expected = self.count // SHELVES
        worth = asked * _FILES_A_LOOK > expected + _READING * _FILES_A_LOOK
        if not worth or self._names + expected > _MOST_NAMES:
            return frozenset()
        try:
            with os.scandir(self.originals / shelf) as entries:
                names = frozenset(entry.name for entry in entries)
        except OSError:
            return frozenset()
        self._read[shelf] = names
        self._names += len(names)
        return names
