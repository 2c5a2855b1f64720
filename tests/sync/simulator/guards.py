"""Rules that are checked at each step of a story, not only at its end (§2.19)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync.conflicts import Conflict
from sync.effects import Answer, Ask
from sync.operations import Act
from sync.records import FIELDS, Agreed, Base, Kind, Life, Sort, Value, Version
from sync.store import Phase, Seen
from tests.sync.simulator.archive import Archive
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.rows import Image
from tests.sync.simulator.tables import GONE
from tests.sync.simulator.words import Words, words_in

_NO_CONFLICT = frozenset({Sort.FLAG, Sort.SET, Sort.FACT, Sort.ORDER})
_WORDS = {
    "images": "image",
    "image_categories": "album",
    "locations": "place",
    "trades": "trade",
}
KINDS = {
    "image": Kind.PHOTO,
    "album": Kind.ALBUM,
    "place": Kind.LOCATION,
    "trade": Kind.TRADE,
}
_PATH = re.compile(r".*/(images|image_categories|locations|trades)(?:/(\w+))?(/\w+)?")


class NotNowError(Exception):
    """The transaction could not be committed."""


def target(ask: Ask) -> tuple[str, int] | None:
    """Return what a request is about: ("image", number), number 0 of something new."""
    found = _PATH.fullmatch(ask.path)
    if found is None:
        return None
    number = found[2] or "0"
    return _WORDS[found[1]], int(number) if number.isdigit() else 0


# -- P8, P13, P16, P21: after each transaction ----------------------------------------


def check_commit(archive: Archive, remote: Remote) -> None:
    """Complain about what no transaction of the engine's may have done."""
    log = archive.undo.last
    decided = {key for table, key, _ in log if table is archive.reasons}
    decided = {one for one in decided if archive.reasons[one].startswith("somebody")}
    for table, key, before in log:
        if table is archive.bases and key not in decided:
            _check_base(archive, key, None if before is GONE else before)
        elif table is archive.rows and key not in decided:
            _check_recycled(archive, key, before, remote)
        elif table is archive.originals:
            assert key in archive.originals, f"P16: the bytes of {key} are gone"
        elif table is archive.conflicts:
            _check_conflicts(archive.conflicts.get(key, ()))
        elif table is archive.memory and key == "images.until":
            _check_cursor(archive, remote)


def _check_base(archive: Archive, uuid: str, before: Base | None) -> None:
    """P8: the base moves only where the value here contains the remote's.

    But for what was sent: it was here then, and is the remote's now.
    """
    row, base = archive.rows.get(uuid), archive.bases.get(uuid)
    known: Mapping[str, Agreed] = before.fields if before else {}
    ended = any(
        table is archive.intents and key == uuid for table, key, _ in archive.undo.last
    )
    if row is None or base is None or ended:
        return
    for name, one in base.fields.items():
        if one == known.get(name) or name not in row.fields:
            continue
        here = row.fields[name]
        old = known[name].theirs if name in known else None
        is_held = here in (one.ours, one.theirs) or contains(here, one.theirs, old)
        assert is_held, f"P8: {uuid}.{name}: {one} agreed, {here!r} here"


def _check_recycled(
    archive: Archive, uuid: str, before: object, remote: Remote
) -> None:
    """P21: nothing goes to the bin here that was not seen deleted there."""
    row = archive.rows.get(uuid)
    was_live = isinstance(before, Version) and before.life is Life.ACTIVE
    if row is None or not was_live or row.life is not Life.RECYCLED:
        return
    number = archive.numbers.get(uuid, 0)
    assert number in remote.ever_deleted, f"P21: {uuid} went to the bin here"


def _check_conflicts(conflicts: Iterable[Conflict]) -> None:
    """P13: nobody is asked about what has a rule."""
    for one in conflicts:
        sort = FIELDS[one.kind][one.field].sort if one.field else Sort.TEXT
        assert sort not in _NO_CONFLICT, f"P13: {one}"


def _check_cursor(archive: Archive, remote: Remote) -> None:
    """P11: what was changed after the clock was read is still to be read."""
    until = archive.memory.get("images.until")
    ahead = isinstance(until, int) and until > max(remote.now(), remote.was_at)
    assert not ahead, "P11: the cursor is ahead of the clock"


def contains(here: Value, theirs: Value, before: Value) -> bool:
    """Whether a value has all words, or members, that came to another."""
    return _members(theirs) - _members(before) <= _members(here)


def _members(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset(words_in(value))


# -- P10: nothing is sent that is not written down ------------------------------------


def check_write_ahead(archive: Archive, ask: Ask) -> None:
    """Complain about a write that is in no intent (P10)."""
    about = target(ask)
    if ask.method == "GET" or about is None:
        return
    what, number = about
    kind = KINDS[what]
    intents = [
        one
        for one in archive.intents.values()
        if one.kind is kind and one.phase is Phase.SENT and one.unknown_since is None
    ]
    if number:
        uuid = archive.links.get((kind, number))
        is_known = any(one.uuid == uuid for one in intents)
    else:
        is_known = any(one.act is Act.CREATE_THERE for one in intents)
    assert is_known, f"P10: {ask.method} {ask.path} is sent, and not written down"


# -- what was written over unseen, in the moment between a look and a write -----------


def window(ask: Ask, answer: Answer, changes: int) -> dict[tuple[str, int], int]:
    """Return what a look at single records showed, and when."""
    about = target(ask)
    if about is None or not answer.is_done:
        return {}
    if about[1]:
        return {about: changes}
    query = dict(ask.query)
    if "image_category_id" in query:
        return {("album", int(query["image_category_id"])): changes}
    if "filters[location_id][]" in query:
        return {("place", int(query["filters[location_id][]"])): changes}
    if not any(name.startswith("filters[id]") for name, _ in ask.query):
        return {}
    body = answer.body if isinstance(answer.body, list) else []
    return {("image", int(one["id"])): changes for one in body}


@dataclass
class Watch:
    """Compares the remote before and after a write of a laptop's."""

    remote: Remote
    archive: Archive
    seen: dict[tuple[str, int], int]
    ask: Ask
    before: dict[tuple[str, int], Mapping[str, object]] = field(init=False)

    def __post_init__(self) -> None:
        self.before = self._shown()

    def _shown(self) -> dict[tuple[str, int], Mapping[str, object]]:
        rows = self.remote.rows
        return {
            **{("image", one.id): _words_of(one) for one in self.remote.live()},
            **{("album", n): {"name": one.name} for n, one in rows.albums.items()},
            **{("place", n): {"name": one.name} for n, one in rows.places.items()},
        }

    def settle(self, words: Words, *, is_late: bool) -> None:
        """Note the words that went, and that the laptop could not have seen."""
        after = self._shown()
        for key, fields in self.before.items():
            for name, value in fields.items():
                left = words_in(after.get(key, {}).get(name))
                gone = set(words_in(value)) - set(left)
                unseen = gone - self._known(key) - words.gone
                if unseen and (is_late or self._is_excused(key, name)):
                    words.overwritten |= unseen

    def _known(self, key: tuple[str, int]) -> set[str]:
        seen: Seen | None = self.archive.seen.get((KINDS[key[0]], key[1]))
        values = seen.fields.values() if seen else ()
        return {word for value in values for word in words_in(value)}

    def _is_excused(self, key: tuple[str, int], name: str) -> bool:
        """Whether it was written since the look just before: nobody can help that."""
        about, number = target(self.ask), key[1]
        looked = self.seen.get(about) if about else None
        if number in self.remote.hidden:
            return True  # whoever deletes the album cannot know of it
        if looked is None:
            return False
        stamps = [self.remote.stamps.get((key[0], number, one), 0) for one in (name,)]
        if key != about:  # a photo in an album that is deleted
            stamps.append(self.remote.stamps.get(("image", number, "album"), 0))
            stamps.append(self.remote.stamps.get(("image", number, "life"), 0))
        return max(stamps) > looked


def _words_of(image: Image) -> Mapping[str, object]:
    return {"description": image.description, "log_date": image.log_date}
