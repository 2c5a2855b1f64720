"""What a record is to an exchange: fields with stamps, a life, what it was born with.

More than the sync with a remote knows of it: laptops are equals, so that they also tell
each other what no remote takes (a rotation, a corrected date, comments, markups).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.records import Field, Kind, Sort, Value
from sync.stamps import NOTHING, Stamp

COMMENT, MARKUP = "comment", "markup"
ON_PHOTOS = (COMMENT, MARKUP)  # they belong to a photo, and whoever sees it sees them
KINDS = ("trade", "location", "album", "photo", *ON_PHOTOS)  # in order of dependence
LIFE = ""
# of a photo: what its comments and markups have seen, so that none is buried with it
TALK = "talk"
ACTIVE, RECYCLED, PURGED = "active", "recycled", "purged"

# (local time, offset, source) and (latitude, longitude, source, direction) of a photo,
# (kind, points) of a markup: each is one value, as whoever corrects one half has seen
# the other
Compound = tuple[object, ...]
Any_ = Value | Compound

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "photo": {
        "description": Field(Sort.TEXT, empty=""),
        "album": Field(Sort.REFERENCE, target=Kind.ALBUM),
        "location": Field(Sort.REFERENCE, target=Kind.LOCATION),
        "trades": Field(Sort.SET, empty=frozenset(), target=Kind.TRADE),
        "private": Field(Sort.FLAG, empty=False, cautious=True),
        "starred": Field(Sort.FLAG, empty=False, cautious=True),
        "log_date": Field(Sort.DAY),
        "rotation": Field(Sort.DAY, empty=0),
        "filename": Field(Sort.DAY, empty=""),
        "taken": Field(Sort.DAY),
        "place": Field(Sort.DAY),
        "projection": Field(Sort.DAY, empty="unknown"),
        TALK: Field(Sort.FACT),
    },
    "album": {
        "name": Field(Sort.NAME),
        "private": Field(Sort.FLAG, empty=False, cautious=True),
        "cover": Field(Sort.REFERENCE, target=Kind.PHOTO),
        "position": Field(Sort.ORDER),
    },
    "location": {
        "name": Field(Sort.NAME),
        "parent": Field(Sort.REFERENCE, target=Kind.LOCATION),
    },
    "trade": {
        "name": Field(Sort.NAME),
        "active": Field(Sort.FLAG, empty=True, cautious=True),
    },
    COMMENT: {"body": Field(Sort.TEXT, empty="")},
    MARKUP: {
        "shape": Field(Sort.DAY),
        "colour": Field(Sort.DAY),
        "width": Field(Sort.DAY),
        "text": Field(Sort.TEXT, empty=""),
    },
}


@dataclass(frozen=True, slots=True)
class Version:
    """One value, with what it has seen.

    :param who: set it, and ``at`` when (UTC), as far as that is known
    :param is_unsettled: it may contain a value of the remote's, and nobody knows which
    """

    value: Any_
    stamp: Stamp = NOTHING
    who: str = ""
    at: str = ""
    is_unsettled: bool = False

    @property
    def digest(self) -> str:
        """A hash of the value."""
        return digest_of(self.value)


@dataclass(frozen=True, slots=True)
class Told:
    """A record as one laptop holds it.

    :param fields: all of its kind; of one that is no more, only their stamps count
    :param life: ACTIVE, RECYCLED or PURGED (also: deleted)
    :param default: the stamp of what nobody touched since it was made
    :param made: who made it, and when
    :param born: what never changes: uploader, times, of what is on a photo which one
    :param blob: of a photo: SHA-256, size and extension of its file; None: it is not
        there
    :param also: other uuids that are this record
    :param origin: site where it was made; "": not known
    :param base: of a record that its site has not brought to the remote yet: what it
        will bring; None: does not matter
    """

    kind: str
    uuid: str
    fields: Mapping[str, Version]
    life: Version
    default: Stamp = NOTHING
    made: tuple[str, str] = ("", "")
    born: Mapping[str, object] = field(default_factory=dict)
    blob: tuple[str, int, str] | None = None
    also: tuple[str, ...] = ()
    origin: str = ""
    base: Mapping[str, Any_] | None = None

    @property
    def is_gone(self) -> bool:
        """Whether it is in the bin, or no more."""
        return self.life.value != ACTIVE


def plain(value: object) -> object:
    """Return a value as JSON has it; sets in order."""
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def digest_of(value: object) -> str:
    """Return 16 hex digits by which two values are known to be the same."""
    text = json.dumps(plain(value), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
