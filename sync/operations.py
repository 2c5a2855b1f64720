"""One thing that a run will do, the order of such things, and how they are told.

The order is that of sync design §2.9 and of the issue it serves: what others refer to
comes first, what is read here before what is written there, words before bytes, so that
there is something to look at within seconds; the originals, which take longest, last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from archive.errors import printable
from sync.conflicts import plain
from sync.records import Kind, Value


@unique
class Act(StrEnum):
    """What is done to a record."""

    MAKE_HERE = "make here"
    CHANGE_HERE = "change here"
    RECYCLE_HERE = "recycle here"
    RETRIEVE_HERE = "retrieve here"
    AGREE = "agree"
    CREATE_THERE = "create there"
    CHANGE_THERE = "change there"
    RETRIEVE_THERE = "retrieve there"
    DELETE_THERE = "delete there"
    FETCH_THUMBNAIL = "fetch thumbnail"
    FETCH_ORIGINAL = "fetch original"


HERE = frozenset(
    {Act.MAKE_HERE, Act.CHANGE_HERE, Act.RECYCLE_HERE, Act.RETRIEVE_HERE, Act.AGREE}
)
THERE = frozenset(
    {Act.CREATE_THERE, Act.CHANGE_THERE, Act.RETRIEVE_THERE, Act.DELETE_THERE}
)
FETCHES = frozenset({Act.FETCH_THUMBNAIL, Act.FETCH_ORIGINAL})


@unique
class Budget(StrEnum):
    """Who pays for a request; spent in this order when it is scarce (§2.14)."""

    NONE = "none"
    CHANGE = "change"
    CREATE = "create"
    DOWNLOAD = "download"


# requests to the API that an act costs: a write is preceded by a read of what it writes
# over (§9.2 of the API), an upload announces itself; files come from the storage's host
_REQUESTS = {
    Act.CREATE_THERE: 1,
    Act.CHANGE_THERE: 2,
    Act.RETRIEVE_THERE: 2,
    Act.DELETE_THERE: 2,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a run will do to one record.

    :param fields: old and new value of each field, on the side that is written
    :param why: in words, for ``--dry-run``
    :param needs: uuids of the records whose operations have to come first; its own,
        where a merged value is written here before it is sent
    :param look: the values there of these fields have to be read before
    :param bytes: to be sent or fetched; None: it is not known how many
    """

    act: Act
    kind: Kind
    uuid: str
    why: str
    fields: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    look: frozenset[str] = frozenset()
    remote_id: int | None = None
    bytes: int | None = 0
    depth: int = 0

    @property
    def arrow(self) -> str:
        """The direction: to here, to there, or neither."""
        if self.act is Act.AGREE:
            return "=="
        return "->" if self.act in THERE else "<-"

    @property
    def requests(self) -> int:
        """How many requests to the API it costs, when nothing goes wrong."""
        upload = self.act is Act.CREATE_THERE and self.kind is Kind.PHOTO
        return _REQUESTS.get(self.act, 0) + upload

    @property
    def budget(self) -> Budget:
        """Who pays for it."""
        if self.act in FETCHES:
            return Budget.DOWNLOAD
        if self.act in HERE:
            return Budget.NONE
        return Budget.CREATE if self.act is Act.CREATE_THERE else Budget.CHANGE


_PLACES = {kind: place for place, kind in enumerate(Kind)}


def place(operation: Operation) -> tuple[int, int, int, str]:
    """Return the key by which operations are sorted."""
    return (
        _stage(operation),
        _PLACES[operation.kind],
        _depth(operation),
        operation.uuid,
    )


def _stage(operation: Operation) -> int:
    is_photo = operation.kind is Kind.PHOTO
    # an album is deleted when nothing is left in it
    if operation.act in HERE:
        return 1 if operation.act is Act.RECYCLE_HERE and not is_photo else 0
    if operation.act is Act.DELETE_THERE:
        return 4 if is_photo else 8
    if operation.act is Act.CREATE_THERE:
        return 6 if is_photo else 2
    if operation.act in FETCHES:
        return 5 if operation.act is Act.FETCH_THUMBNAIL else 7
    return 3


def _depth(operation: Operation) -> int:
    """Trees are built from the top and taken down from below."""
    is_end = operation.act in (Act.DELETE_THERE, Act.RECYCLE_HERE)
    return -operation.depth if is_end else operation.depth


def told(operation: Operation) -> str:
    """Return the line of ``--dry-run`` for an operation: direction, what, and why."""
    changes = "; ".join(
        f"{name} {_shown(old)} → {_shown(new)}"
        for name, (old, new) in sorted(operation.fields.items())
    )
    what = f"{operation.arrow} {operation.act} {operation.kind} {operation.uuid}"
    return f"{what}: {operation.why}" + (f" ({changes})" if changes else "")


def _shown(value: Value) -> str:
    if isinstance(value, str):
        text = printable(value)
        return f"“{text[:57]}…”" if len(text) > 60 else f"“{text}”"
    if isinstance(value, frozenset):
        return "{" + ", ".join(map(str, sorted(value))) + "}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(plain(value))
