"""What people do on one side: the acts of the table of pairs in ``docs/sync.md``.

Each act says how it changes the records of one side, and how one sees on a side that it
took effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sync.records import Kind, Life, Value, Version
from tests.sync.worlds import album, edited, location, photo

Rows = dict[str, Version]
PHOTO, ROOF, YARD, HALL = "photo", "roof", "yard", "hall"
LEVEL, ROOM = "level", "room"
LATER = "later"  # a photo that somebody adds
TEXT = "crack in the wall near the door of the hall"


@dataclass(frozen=True)
class Act:
    """:param do: on the rows of a side; ``shows``: whether it took effect there."""

    do: Callable[[Rows], None]
    shows: Callable[[Rows], bool]


def _sets(uuid: str, name: str, here: Value, there: Value) -> tuple[Act, Act]:
    """The same field, set to another value on either side."""

    def act(value: Value) -> Act:
        def do(rows: Rows) -> None:
            rows[uuid] = edited(rows[uuid], **{name: value})

        return Act(do, lambda rows: uuid in rows and rows[uuid].fields[name] == value)

    return act(here), act(there)


def _says(pattern: str) -> Act:
    """Words around those that stand there."""
    word = pattern.replace("{}", "")

    def do(rows: Rows) -> None:
        text = pattern.format(rows[PHOTO].fields["description"])
        rows[PHOTO] = edited(rows[PHOTO], description=text)

    return Act(do, lambda rows: word in str(rows[PHOTO].fields["description"]))


def _tags(trade: str, *, off: bool = False) -> Act:
    def do(rows: Rows) -> None:
        trades = rows[PHOTO].fields["trades"]
        assert isinstance(trades, frozenset)
        after = trades - {trade} if off else trades | {trade}
        rows[PHOTO] = edited(rows[PHOTO], trades=after)

    def shows(rows: Rows) -> bool:
        trades = rows[PHOTO].fields["trades"]
        return isinstance(trades, frozenset) and (trade in trades) != off

    return Act(do, shows)


def _private(rows: Rows) -> None:
    # what is private is in no daily log, on either side
    rows[PHOTO] = edited(rows[PHOTO], private=True, log_date=None)


def _lives(uuid: str, *lives: Life) -> Act:
    def do(rows: Rows) -> None:
        rows[uuid] = replace(rows[uuid], life=lives[0])

    return Act(do, lambda rows: uuid in rows and rows[uuid].life in lives)


def _delete_album(rows: Rows) -> None:
    for uuid, row in rows.items():
        if row.fields.get("album") == ROOF and row.life is Life.ACTIVE:
            rows[uuid] = replace(edited(row, album=None), life=Life.RECYCLED)
    rows[ROOF] = replace(rows[ROOF], life=Life.PURGED)


def _add(rows: Rows) -> None:
    rows[LATER] = photo(description="added later", album=ROOF)


def _purge(rows: Rows) -> None:
    rows[PHOTO] = replace(rows[PHOTO], life=Life.PURGED)


_IN_BIN = (Life.RECYCLED, Life.PURGED)
_NOTHING = Act(lambda _: None, lambda _: True)


def _nothing() -> tuple[Act, Act]:
    return _NOTHING, _NOTHING


# what somebody does here, and what somebody does there under the same word
PHOTO_ACTS: dict[str, tuple[Act, Act]] = {
    "nothing": _nothing(),
    "add to the end": (_says("{}, sealed"), _says("{}, still open")),
    "add to the start": (_says("long {}"), _says("thin {}")),
    "move": _sets(PHOTO, "album", YARD, HALL),
    "place": _sets(PHOTO, "location", LEVEL, ROOM),
    "tag": (_tags("plaster"), _tags("paint")),
    "untag": (_tags("brick", off=True), _tags("steel", off=True)),
    "make private": (Act(_private, lambda rows: bool(rows[PHOTO].fields["private"])),)
    * 2,
    "star": _sets(PHOTO, "starred", True, True),
    "log": _sets(PHOTO, "log_date", "2026-05-01", "2026-05-02"),
    "recycle": (_lives(PHOTO, *_IN_BIN),) * 2,
    "purge": (Act(_purge, lambda rows: rows[PHOTO].life in _IN_BIN),) * 2,
}
ALBUM_ACTS: dict[str, tuple[Act, Act]] = {
    "nothing": _nothing(),
    "rename": _sets(ROOF, "name", "Roof, north", "Roof 2"),
    "make private": _sets(ROOF, "private", True, True),
    "delete": (Act(_delete_album, lambda rows: rows[ROOF].life is Life.PURGED),) * 2,
    "add a photo": (
        Act(
            _add,
            lambda rows: (
                LATER in rows
                and rows[LATER].life is Life.ACTIVE
                and rows[LATER].fields["album"] == ROOF
            ),
        ),
    )
    * 2,
}
LOCATION_ACTS: dict[str, tuple[Act, Act]] = {
    "nothing": _nothing(),
    "rename": _sets(ROOM, "name", "Room 1", "Room I"),
    "move": _sets(ROOM, "parent", LEVEL, "yard level"),
    "move the other": (
        _sets(LEVEL, "parent", ROOM, ROOM)[0],
        _sets(LEVEL, "parent", ROOM, ROOM)[0],
    ),
    "delete": (_lives(ROOM, Life.PURGED),) * 2,
}


def photo_start() -> Rows:
    return {
        PHOTO: photo(
            description=TEXT, album=ROOF, trades=frozenset({"brick", "steel"})
        ),
        ROOF: album("Roof"),
        YARD: album("Yard"),
        HALL: album("Hall"),
        LEVEL: location("Level"),
        ROOM: location("Room"),
    }


def location_start() -> Rows:
    return {
        LEVEL: location("Level"),
        ROOM: location("Room"),
        "yard level": location("Yard level"),
    }


START: dict[Kind, Callable[[], Rows]] = {
    Kind.PHOTO: photo_start,
    Kind.ALBUM: photo_start,
    Kind.LOCATION: location_start,
}
ACTS = {
    Kind.PHOTO: PHOTO_ACTS,
    Kind.ALBUM: ALBUM_ACTS,
    Kind.LOCATION: LOCATION_ACTS,
}
