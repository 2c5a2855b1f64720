"""What the remote said to a laptop, which knows nothing else of it (P9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sync import translating
from sync.effects import Answer, Ask
from sync.engine.restoring import NOTED
from sync.engine.reuse import key_of
from sync.numbers import is_another
from sync.records import Kind
from sync.store import Seen
from tests.sync.simulator.archive import Archive
from tests.sync.simulator.forms import Json
from tests.sync.simulator.guards import KINDS, target
from tests.sync.simulator.rows import UNCLASSIFIED
from tests.sync.simulator.served.photos import FIELDS

_Key = tuple[Kind, int]
_SIGNED = ("url", "thumbnail_url")  # addresses differ in each answer


@dataclass
class Heard:
    """What one laptop was told.

    :param rows: of each record, how it was shown last
    :param values: of each record, every (field, value) that it was ever shown with, or
        that was sent and not refused, and every stamp, as the field "updated"
    :param written: the stamps that answers to writes showed: those are sure
    """

    rows: dict[_Key, Json] = field(default_factory=dict)
    values: dict[_Key, set[tuple[str, object]]] = field(default_factory=dict)
    written: set[tuple[_Key, int]] = field(default_factory=set)

    def hear(self, ask: Ask, answer: Answer) -> None:
        """Take what an answer tells of records."""
        about = target(ask)
        if about is None or not answer.is_done:
            return
        for row in _rows(answer.body):
            plain = {n: v for n, v in row.items() if n not in _SIGNED}
            at = KINDS[about[0]], int(row["id"])
            if self.rows.get(at) != plain:
                self.rows[at] = plain
                self.values.setdefault(at, set()).update(_told(at[0], row))
            if ask.method != "GET":
                self._hear_done(at, ask)

    def _hear_done(self, at: _Key, ask: Ask) -> None:
        """Take what was sent: whatever the answer does not show of it holds."""
        stamps = {one for name, one in self.values[at] if name == "updated"}
        self.written |= {(at, int(str(one))) for one in stamps}
        sent = dict((ask.body or {}).get("image", {}))
        for name, one in sent.items():
            value = frozenset(one) if isinstance(one, list) else one
            self.values[at].add((FIELDS[name][0], value))

    def check(self, archive: Archive) -> None:
        """Complain about what the last transaction says of the remote on its own."""
        log, memory = archive.undo.last, archive.memory
        noted = next(
            (was for one, key, was in log if one is memory and key == NOTED),
            memory.get(NOTED),
        )
        before = {key: was for one, key, was in log[::-1] if one is archive.seen}
        for key, was in before.items():
            now = archive.seen.get(key)
            if now is not None:
                self._check_told(now)
                if (key, now.updated) not in self.written:
                    _check_stamp(was, now, noted)

    def _check_told(self, now: Seen) -> None:
        told = self.values.get((now.kind, now.remote_id), set())
        strange = {("updated", now.updated), *now.fields.items()} - told
        assert not strange, f"P9: the remote never said {strange} of {key_of(now)}"


def _rows(body: object) -> Iterator[Json]:
    for row in body if isinstance(body, list) else [body]:
        if isinstance(row, dict) and translating.is_numbered(row):
            yield row


def _told(kind: Kind, row: Json) -> Iterator[tuple[str, object]]:
    """Yield what a row says; an album that is none may be known as such, or not yet."""
    if kind is Kind.PHOTO:
        shown = [translating.photo(row), translating.photo(row, UNCLASSIFIED)]
    else:
        shown = [translating.READERS[kind](row)]
    for seen in shown:
        yield "updated", seen.updated
        yield from seen.fields.items()


def _check_stamp(before: object, now: Seen, noted: object) -> None:
    """Complain about a stamp that went back, unless that was noted and asked again."""
    if not isinstance(before, Seen) or is_another(before, now):
        return
    if now.updated >= before.updated:
        return
    is_noted = isinstance(noted, Mapping) and key_of(now) in noted
    assert is_noted, f"P9: {key_of(now)} went back to {replace(now, extra={})}"
