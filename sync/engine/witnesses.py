"""A photo that a list of changes has to show: an empty list proves nothing (§0.4).

Lists come empty with status 200. Of changes such a list looks like a day of rest, and
where one photo went and another came no count tells the difference. So changes are
asked for from the last one that is known, at the latest: the photo that changed then is
the *witness*. That costs no request.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.records import Kind, Life
from sync.store import Seen, Store

_WITNESS = "images.witness"
_MANY = 20  # of one second: an import. They would be read again by each run


@dataclass(slots=True)
class Newest:
    """The last change of what was read.

    :param number: of a photo that was changed then; ``photos``: how many were
    :param at: when that was; 0: nothing was read
    """

    number: int = 0
    at: int = 0
    photos: int = 0

    def see(self, seen: Seen) -> None:
        """Take one more photo into account."""
        if seen.updated > self.at:
            self.number, self.at, self.photos = seen.remote_id, seen.updated, 0
        self.photos += seen.updated == self.at

    def join(self, other: Newest) -> None:
        """Take into account what was read besides."""
        if other.at > self.at:
            self.number, self.at, self.photos = other.number, other.at, 0
        self.photos += other.photos * (other.at == self.at)


def witnessed(store: Store) -> int | None:
    """Return when the witness was changed; None: there is none, or it went since."""
    found = store.recall(_WITNESS)
    if not isinstance(found, dict):
        return None
    number, at = found.get("number"), found.get("at")
    if not isinstance(number, int) or not isinstance(at, int):
        return None
    seen = store.seen(Kind.PHOTO, number)
    return at if seen is not None and seen.life is Life.ACTIVE else None


def remember(store: Store, newest: Newest) -> None:
    """Keep who is the witness from now on; of too many nobody is."""
    is_one = newest.at > 0 and newest.photos <= _MANY
    told = {"number": newest.number, "at": newest.at} if is_one else None
    store.remember(_WITNESS, told)
