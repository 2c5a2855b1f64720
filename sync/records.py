"""What a record is to the sync: its fields, and its states here, there and as agreed.

For every record there are three versions (sync design §0.1): *local* is what people
made of it here, *remote* what the remote last answered, *base* what both held when they
last agreed. Everything else follows from these three; there is no list of work.

Values are canonical, so that two that mean the same are equal: text as
``archive.identity.clean_text`` leaves it, references and members of sets as uuids of
the archive (never names, never numbers of the remote), nothing as None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

Value = str | bool | int | float | None | frozenset[str] | tuple[float, float]
Fields = Mapping[str, Value]


@unique
class Kind(StrEnum):
    """The kinds of record that are exchanged, in the order in which they depend."""

    TRADE = "trade"
    LOCATION = "location"
    ALBUM = "album"
    PHOTO = "photo"


@unique
class Sort(StrEnum):
    """The kinds of field, each with a rule of its own (§2.4; ``docs/sync.md``)."""

    TEXT = "text"
    NAME = "name"
    REFERENCE = "reference"
    SET = "set"
    FLAG = "flag"
    DAY = "day"
    FACT = "fact"
    ORDER = "order"


@unique
class Life(StrEnum):
    """Where a record stands between its making and its end (§2.5).

    ABSENT: never seen on this side. PURGED: gone for good, with a tombstone (an album,
    location or trade that was deleted: these have no bin). HIDDEN, on the remote only:
    neither listed nor in the bin, which is no proof of anything (§0.4). RECYCLED on the
    remote means that it was seen in the bin.
    """

    ABSENT = "absent"
    ACTIVE = "active"
    RECYCLED = "recycled"
    PURGED = "purged"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of record.

    :param sort: by which rule it is merged
    :param empty: what stands there when nobody ever said anything
    :param target: kind of the record that it refers to, or of a set's members
    :param needs: what the remote has to be able to do for it to be written there: a
        flag of ``Capabilities``, or ``"never"``
    :param cautious: the value that wins where nothing was agreed yet: shows the photo
        to fewer people (private), or is what somebody must have chosen (starred)
    """

    sort: Sort
    empty: Value = None
    target: Kind | None = None
    needs: str = ""
    cautious: bool | None = None


NEVER = "never"

# An album that is None is Unclassified, which each archive has under a uuid of its own.
FIELDS: Mapping[Kind, Mapping[str, Field]] = {
    Kind.PHOTO: {
        "description": Field(Sort.TEXT, empty=""),
        "album": Field(Sort.REFERENCE, target=Kind.ALBUM),
        "location": Field(Sort.REFERENCE, target=Kind.LOCATION),
        "trades": Field(Sort.SET, empty=frozenset(), target=Kind.TRADE),
        "private": Field(Sort.FLAG, empty=False, cautious=True),
        "starred": Field(
            Sort.FLAG, empty=False, cautious=True, needs="starred_written"
        ),
        "log_date": Field(Sort.DAY),
        "filename": Field(Sort.FACT, needs=NEVER),
        "taken_at": Field(Sort.FACT, needs=NEVER),
        "coordinates": Field(Sort.FACT, needs=NEVER),
        "projection": Field(Sort.FACT, needs=NEVER),
        "uploaded_at": Field(Sort.FACT, needs=NEVER),
        "bytes": Field(Sort.FACT, needs=NEVER),
    },
    Kind.ALBUM: {
        "name": Field(Sort.NAME),
        "private": Field(Sort.FLAG, empty=False, cautious=True),
        "cover": Field(Sort.REFERENCE, target=Kind.PHOTO),
        "position": Field(Sort.ORDER, needs=NEVER),
    },
    Kind.LOCATION: {
        "name": Field(Sort.NAME, needs="locations_written"),
        "parent": Field(
            Sort.REFERENCE, target=Kind.LOCATION, needs="locations_written"
        ),
    },
    Kind.TRADE: {
        "name": Field(Sort.NAME, needs=NEVER),
        "active": Field(Sort.FLAG, empty=True, needs=NEVER),
    },
}

# What nobody writes: it comes with the file, or from the remote's own arranging.
UNWRITTEN = frozenset({Sort.FACT, Sort.ORDER})


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the remote can do, as probed, and what this account may (§2.1).

    :param retrieved: photos come back out of the bin
    :param starred_written: a PATCH of ``starred`` stays
    :param locations_written: locations can be renamed and moved
    :param bin_listed: the bin can be listed, so that there is proof of deletions
    :param refused: ("photo", "private") and the like, with what the remote said when
        it refused; ("photo", "delete") for whole acts
    """

    retrieved: bool = True
    starred_written: bool = False
    locations_written: bool = True
    bin_listed: bool = True
    refused: Mapping[tuple[Kind, str], str] = field(default_factory=dict)

    def cannot_write(self, kind: Kind, name: str) -> str:
        """Return why a field cannot be written on the remote; "" when it can."""
        needs = FIELDS[kind][name].needs
        if needs == NEVER:
            return f"the remote takes no {name} of a {kind}"
        if needs and not getattr(self, needs):
            return f"this remote does not keep the {name} of a {kind}"
        return self.refused.get((kind, name), "")

    def cannot(self, kind: Kind, act: str) -> str:
        """Return why a record cannot be deleted, retrieved, … there; "" when it can."""
        if act == "retrieve" and not self.retrieved:
            return "this remote gives nothing back out of its bin"
        if kind is Kind.TRADE and act == "delete":
            return "the remote lets nobody delete a trade"
        return self.refused.get((kind, act), "")


@dataclass(frozen=True, slots=True)
class Mark:
    """Who changed something, and when (UTC), as far as it is known."""

    who: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A record on one side.

    :param fields: on the local side all fields of the kind. On the remote side a field
        that is left out is *unseen*: the view that was read does not show it, or it was
        null where that says nothing. Unseen is not empty
    :param marks: who and when, for each field; "" for the life
    :param extra: what the remote sent and nothing here knows, word for word
    :param touched: something that is not exchanged (a comment, a mark-up, the rotation)
        was changed here since the base. It counts when the record is deleted there
    """

    life: Life
    fields: Fields = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    touched: bool = False


NOWHERE = Version(Life.ABSENT)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides held of one field when they last agreed.

    :param ours: the value here
    :param theirs: what stands for it there: the same, but for what the remote cannot
        keep as it is (it trims a text, it ignores a star)
    """

    ours: Value
    theirs: Value

    @property
    def is_refused(self) -> bool:
        """Whether the remote shows something else than what somebody chose here."""
        return self.ours != self.theirs and not renders(self.ours, self.theirs)


def renders(ours: Value, theirs: Value) -> bool:
    """Whether a text there is ours but for spaces and line ends."""
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return False
    return ours.split() == theirs.split()


@dataclass(frozen=True, slots=True)
class Base:
    """A record as it was last agreed. Fields that are left out never were.

    :param life: ACTIVE or RECYCLED: what both held; PURGED: the end there was taken
        note of here; HIDDEN: as ACTIVE, and somebody knows that it is hidden there
    """

    life: Life
    fields: Mapping[str, Agreed] = field(default_factory=dict)


def agreed(fields: Fields) -> dict[str, Agreed]:
    """Return these values as ones that both sides hold."""
    return {name: Agreed(value, value) for name, value in fields.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """The three versions of one record.

    :param base: None: the sides never met
    :param remote_id: its number there; None: it was not made there (or is not known)
    :param bytes_here: of a photo; also True for what has no bytes
    :param thumbnail_here: likewise
    """

    kind: Kind
    uuid: str
    base: Base | None = None
    local: Version = NOWHERE
    remote: Version = NOWHERE
    remote_id: int | None = None
    bytes_here: bool = True
    thumbnail_here: bool = True


def empty_fields(kind: Kind) -> dict[str, Value]:
    """Return the fields of a record of which nobody said anything yet."""
    return {name: one.empty for name, one in FIELDS[kind].items()}
