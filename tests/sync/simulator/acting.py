"""What people do, on either side, with words that can be followed to their end."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sync.records import Kind
from tests.sync.simulator.sides import CANNOT, Key, Side
from tests.sync.simulator.words import Words

TEXTS = frozenset({"description", "name", "log_date"})
_LARGE = 20_000_000  # bytes: comes in segments


@dataclass
class Crowd:
    """Everybody who edits, with one dice and one store of words.

    :param hidden: files that were added to a private album
    """

    chance: random.Random
    words: Words
    photos: int = 0
    files: list[tuple[str, int]] = field(default_factory=list)
    hidden: set[tuple[str, int]] = field(default_factory=set)

    def act(self, side: Side, act: str) -> str:
        """Do something on a side. Returns what, for who reads the story."""
        try:
            return ACTS[act](self, side)
        except CANNOT as error:
            return f"(cannot: {error})"

    def pick(self, some: list[Key]) -> Key | None:
        """Return one of some."""
        return self.chance.choice(some) if some else None

    def uuid(self) -> str:
        """Return a uuid of somebody's laptop."""
        return str(UUID(int=self.chance.getrandbits(128)))

    def original(self) -> tuple[str, int]:
        """Return a file that nobody had before; few have a size of their own."""
        self.photos += 1
        size = _LARGE if self.chance.random() < 0.05 else 1000 + self.photos % 3
        self.files.append((f"{self.photos:064x}", size))
        return self.files[-1]

    def write(self, side: Side, kind: Kind, key: Key, **fields: Any) -> str:
        """Change fields of a record, and follow the words."""
        before = side.fields(kind, key)
        side.edit(kind, key, fields)
        for name, value in fields.items():
            if name not in TEXTS:
                continue
            self.words.wrote(f"{side.name} {kind} {key}.{name}", before[name], value)
        told = ", ".join(f"{n} {before[n]!r} → {v!r}" for n, v in fields.items())
        return f"{kind} {key}: {told}"


def _describe(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    before = side.fields(Kind.PHOTO, key)["description"]
    how = crowd.chance.choice(("{0} {1}", "{0} {1}", "{1} {0}", "{1}", "", "{0} "))
    after = how.format(before, crowd.words.new())
    return crowd.write(side, Kind.PHOTO, key, description=after)


def _log(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None or side.fields(Kind.PHOTO, key)["private"]:
        return ""
    day = crowd.words.new_day() if crowd.chance.random() < 0.8 else None
    return crowd.write(side, Kind.PHOTO, key, log_date=day)


def _star(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    before = side.fields(Kind.PHOTO, key)["starred"]
    return crowd.write(side, Kind.PHOTO, key, starred=not before)


def _private(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    before = side.fields(Kind.PHOTO, key)["private"]
    return _hidden(crowd, side, Kind.PHOTO, key, private=not before)


def _hidden(crowd: Crowd, side: Side, kind: Kind, key: Key, *, private: bool) -> str:
    """Make something private, or not; that ends its day in the log, seen or not."""
    crowd.words.has_hidden |= private
    return crowd.write(side, kind, key, private=private)


def _tag(crowd: Crowd, side: Side) -> str:
    key, trade = crowd.pick(side.live(Kind.PHOTO)), crowd.pick(side.live(Kind.TRADE))
    if key is None or trade is None:
        return ""
    before = side.fields(Kind.PHOTO, key)["trades"]
    return crowd.write(side, Kind.PHOTO, key, trades=before ^ {trade})


def _move(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    album = crowd.chance.choice([None, *side.live(Kind.ALBUM)])
    is_private = album is not None and side.fields(Kind.ALBUM, album)["private"]
    crowd.words.has_hidden |= is_private
    return crowd.write(side, Kind.PHOTO, key, album=album)


def _put(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    place = crowd.chance.choice([None, *side.live(Kind.LOCATION)])
    return crowd.write(side, Kind.PHOTO, key, location=place)


def _comment(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    side.touch(key)
    return f"{key}"


def _add(crowd: Crowd, side: Side) -> str:
    return _added_photo(crowd, side, crowd.original())


def _same_file(crowd: Crowd, side: Side) -> str:
    """Add a file that somebody has added already, perhaps on the other side."""
    file = crowd.chance.choice(crowd.files)
    told = _added_photo(crowd, side, file)
    # the two may become one photo, which is private if one of them is
    crowd.words.has_hidden |= file in crowd.hidden
    return told


def _added_photo(crowd: Crowd, side: Side, original: tuple[str, int]) -> str:
    word = crowd.words.new()
    fields: dict[str, Any] = {"description": word}
    if crowd.chance.random() < 0.3:
        fields["album"] = crowd.pick(side.live(Kind.ALBUM))
    if crowd.chance.random() < 0.3:
        fields["location"] = crowd.pick(side.live(Kind.LOCATION))
    album = fields.get("album")
    if album is not None and side.fields(Kind.ALBUM, album)["private"]:
        fields["private"] = True
        crowd.hidden.add(original)
    key = side.add(Kind.PHOTO, crowd.uuid(), fields, original)
    crowd.words.wrote(f"{side.name} photo {key}", None, word)
    return f"{key}: {fields}"


def _recycle(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.PHOTO))
    if key is None:
        return ""
    crowd.words.saw(side.fields(Kind.PHOTO, key))
    side.recycle(key)
    return f"{key}"


def _retrieve(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.recycled())
    if key is None:
        return ""
    side.retrieve(key)
    return f"{key}"


def _purge(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.recycled())
    if key is None:
        return ""
    crowd.words.saw(side.fields(Kind.PHOTO, key))
    side.purge(key)
    return f"{key}"


def _add_album(crowd: Crowd, side: Side) -> str:
    word = crowd.words.new()
    fields = {"name": word, "private": crowd.chance.random() < 0.1}
    return _added(crowd, side, Kind.ALBUM, fields)


def _same_album(crowd: Crowd, side: Side) -> str:
    """Make an album of a name that somebody elsewhere may take as well."""
    name = f"Level {crowd.chance.randint(1, 3)}"
    return _added(crowd, side, Kind.ALBUM, {"name": name, "private": False})


def _added(crowd: Crowd, side: Side, kind: Kind, fields: Mapping[str, Any]) -> str:
    key = side.add(kind, crowd.uuid(), dict(fields), None)
    if not str(fields["name"]).startswith("Level"):
        crowd.words.wrote(f"{side.name} {kind} {key}", None, fields["name"])
    return f"{key}: {dict(fields)}"


def _rename_album(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.ALBUM))
    if key is None:
        return ""
    return crowd.write(side, Kind.ALBUM, key, name=crowd.words.new())


def _private_album(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.ALBUM))
    if key is None:
        return ""
    before = side.fields(Kind.ALBUM, key)["private"]
    return _hidden(crowd, side, Kind.ALBUM, key, private=not before)


def _delete_album(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.ALBUM))
    if key is None:
        return ""
    inside = [
        fields
        for photo in side.live(Kind.PHOTO)
        for fields in (side.fields(Kind.PHOTO, photo),)
        if fields["album"] == key
    ]
    for fields in (side.fields(Kind.ALBUM, key), *inside):
        crowd.words.saw(fields)
    side.delete(Kind.ALBUM, key)
    return f"{key} with {len(inside)} photos"


def _add_place(crowd: Crowd, side: Side) -> str:
    fields: dict[str, Any] = {"name": crowd.words.new()}
    if crowd.chance.random() < 0.6:
        fields["parent"] = crowd.pick(side.live(Kind.LOCATION))
    return _added(crowd, side, Kind.LOCATION, fields)


def _same_place(crowd: Crowd, side: Side) -> str:
    name = f"Level {crowd.chance.randint(1, 2)}"
    return _added(crowd, side, Kind.LOCATION, {"name": name})


def _rename_place(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.LOCATION))
    if key is None:
        return ""
    return crowd.write(side, Kind.LOCATION, key, name=crowd.words.new())


def _move_place(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.LOCATION))
    if key is None:
        return ""
    parent = crowd.chance.choice([None, *side.live(Kind.LOCATION)])
    return crowd.write(side, Kind.LOCATION, key, parent=parent)


def _delete_place(crowd: Crowd, side: Side) -> str:
    key = crowd.pick(side.live(Kind.LOCATION))
    if key is None:
        return ""
    fields = side.fields(Kind.LOCATION, key)
    side.delete(Kind.LOCATION, key)
    crowd.words.saw(fields)
    return f"{key}"


def _add_trade(crowd: Crowd, side: Side) -> str:
    return _added(crowd, side, Kind.TRADE, {"name": crowd.words.new()})


ACTS: dict[str, Callable[[Crowd, Side], str]] = {
    "describe": _describe,
    "log": _log,
    "star": _star,
    "private": _private,
    "tag": _tag,
    "move": _move,
    "put": _put,
    "comment": _comment,
    "add": _add,
    "same file": _same_file,
    "recycle": _recycle,
    "retrieve": _retrieve,
    "purge": _purge,
    "add album": _add_album,
    "same album": _same_album,
    "rename album": _rename_album,
    "private album": _private_album,
    "delete album": _delete_album,
    "add place": _add_place,
    "same place": _same_place,
    "rename place": _rename_place,
    "move place": _move_place,
    "delete place": _delete_place,
    "add trade": _add_trade,
}
