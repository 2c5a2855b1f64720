"""What a numbered list asks for, filter by filter.

Every filter is a condition on the rows; most are tokens of the search index too
(``refs`` in schema.sql), and of some the database keeps counters by block.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.errors import InvalidInput, NotAllowed
from archive.rights import Viewer, scope_condition
from archive.search import matching, ranges
from archive.search.language import MAX_LENGTH, has_words
from archive.sqlite import sqlite3

BINS = ("without", "with", "only")
_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_MOST_PLACES = 64  # locations that are looked up by their tokens


@dataclass(frozen=True, slots=True)
class Moments:
    """A window of time in UTC, both ends included, to the second; None: open."""

    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Days from first to last, both included; None: open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; all of it must hold. None, () and "": not asked.

    :param album: and ``ids``, ``trades``, ``uploaders``: numbers of records; any of
        those given, and what is not there finds nothing
    :param locations: ranges of numbers, both ends included
    :param sublocations: and what lies below those locations
    :param starred: left out of account for who may not know of stars
    :param text: words that are all in the photo; whatever else is in it says nothing
    :param uploaded: when it came, ``updated``: when it was changed last
    :param bin: ``without`` the recycle bin, ``with`` it, or ``only`` what is in it
    """

    album: int | None = None
    ids: tuple[int, ...] | None = None
    logged: Days | None = None
    private: bool | None = None
    starred: bool | None = None
    projection: str | None = None
    locations: tuple[tuple[int, int], ...] = ()
    sublocations: bool = False
    trades: tuple[int, ...] = ()
    uploaders: tuple[int, ...] = ()
    text: str = ""
    uploaded: Moments | None = None
    updated: Moments | None = None
    bin: str = "without"


@dataclass(frozen=True, slots=True)
class Kept:
    """Counters by block (``facet_counts``) of all photos that a filter finds.

    :param ref: of the album, trade or person; 0: its blocks have no other number
    """

    dimension: str = "block"
    place: int = 0
    ref: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One filter.

    :param name: the field of ``Wanted``; ``regular``: neither 360 nor unknown
    :param condition: on ``p`` (photos), the whole of it, with the values in it
    :param tokens: the expression of the index that says the same; "": none does
    :param barred: that expression is of the photos that the filter leaves out
    :param indexed: an index on photos has them together
    """

    name: str
    condition: str
    values: tuple[object, ...] = ()
    tokens: str = ""
    barred: bool = False
    indexed: bool = False
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks for.

    :param scope: the condition on a scope column ``{}`` that holds for what they see
    :param seen: the part that says the same; None: no token does
    """

    parts: tuple[Part, ...]
    scope: str
    seen: Part | None


def question_of(
    connection: sqlite3.Connection, wanted: Wanted, who: Viewer
) -> Question | None:
    """Return what ``who`` asks for; None: there can be no such photo.

    :raises NotAllowed: the bin, without the right to it
    :raises InvalidInput: ``bin`` is none of ``BINS``
    """
    if wanted.bin not in BINS:
        raise InvalidInput(f"the bin is {', '.join(BINS)}, not {wanted.bin!r}")
    if wanted.bin != "without" and not who.bin:
        raise NotAllowed("you may not see the recycle bin")
    found = list(_parts(connection, wanted, who))
    parts = tuple(part for part in found if part is not None)
    return Question(parts, *_visible(wanted, who)) if len(parts) == len(found) else None


def _visible(wanted: Wanted, who: Viewer) -> tuple[str, Part | None]:
    """Return the condition on scopes, and the part that says the same in tokens."""
    live, recycled = (
        scope_condition(who, "{0}"),
        scope_condition(who, "{0}", recycled=True),
    )
    if wanted.bin == "only":
        return recycled, Part("scope", recycled)
    if wanted.bin == "with":
        return f"({live} or {recycled})", Part(
            "scope", live
        ) if who.everything else None
    if who.everything:
        return live, Part("scope", live, tokens=matching.refs(["sbin"]), barred=True)
    return live, Part("scope", live, tokens=matching.refs(["s0", f"sp{who.own}"]))


def _parts(
    connection: sqlite3.Connection, wanted: Wanted, who: Viewer
) -> Iterator[Part | None]:
    """Yield the filters; None for one that nothing passes."""
    if wanted.bin == "only":
        sbin = matching.refs(["sbin"])
        yield Part("bin", "p.recycled_at is not null", (), sbin, indexed=True)
    if wanted.ids is not None:
        numbers = json.dumps(_possible(wanted.ids))
        yield Part("ids", "p.id in (select value from json_each(?))", (numbers,))
    if wanted.album is not None:
        yield _record("album", (wanted.album,))
    if wanted.uploaders:
        yield _record("uploader", wanted.uploaders)
    if wanted.trades:
        yield _traded(wanted.trades)
    if wanted.locations:
        yield _placed(connection, wanted)
    yield from _marked(wanted, who)
    yield from _timed(wanted)
    if wanted.text.strip():
        yield _said(wanted.text)


def _possible(numbers: Iterable[int]) -> list[int]:
    """Return those that an id can be: SQLite's integers have 64 bits."""
    return sorted({number for number in numbers if 0 < number < 2**63})


def _record(kind: str, numbers: Sequence[int]) -> Part | None:
    """Return the part for photos of any of these albums or uploaders."""
    some = _possible(numbers)
    if not some:
        return None
    return Part(
        kind,
        f"p.{kind}_id in (select value from json_each(?))"
        if len(some) > 1
        else f"p.{kind}_id = ?",
        (json.dumps(some),) if len(some) > 1 else (some[0],),
        matching.refs([f"{kind[0]}{number}" for number in some]),
        indexed=True,
        kept=_kept(kind, some),
    )


def _kept(kind: str, numbers: Sequence[int]) -> Kept | None:
    if len(numbers) == 1 and numbers[0] < 2**31:
        return Kept(f"{kind} block", 0, numbers[0])
    return None


def _traded(numbers: Sequence[int]) -> Part | None:
    some = _possible(numbers)
    if not some:
        return None
    return Part(
        "trades",
        "exists (select 1 from photo_trades x where x.photo_id = p.id"
        " and x.trade_id in (select value from json_each(?)))",
        (json.dumps(some),),
        matching.refs([f"t{number}" for number in some]),
        kept=_kept("trade", some),
    )


def _placed(connection: sqlite3.Connection, wanted: Wanted) -> Part | None:
    """Return the part for some locations; None: there are none of these numbers."""
    found = _locations(connection, wanted.locations)
    if not found:
        return None
    with_all_below = wanted.sublocations or not _have_children(connection, found)
    exactly = json.dumps(found)
    if with_all_below and len(found) <= _MOST_PLACES:
        return Part(
            "locations",
            "p.location_id in (select t.descendant_id from location_tree t"
            " where t.ancestor_id in (select value from json_each(?)))",
            (exactly,),
            matching.refs([f"l{number}" for number in found]),
            kept=Kept("block", found[0]) if len(found) == 1 else None,
        )
    if with_all_below:
        exactly = json.dumps(_all_below(connection, exactly))
    condition = "p.location_id in (select value from json_each(?))"
    return Part("locations", condition, (exactly,), indexed=True)


def _locations(
    connection: sqlite3.Connection, spans: Iterable[tuple[int, int]]
) -> list[int]:
    """Return the numbers of the locations in these ranges."""
    found: set[int] = set()
    for first, last in spans:
        rows = connection.execute(
            "select id from locations where id between ? and ?",
            (min(first, 2**63 - 1), min(last, 2**63 - 1)),
        )
        found.update(row[0] for row in rows)
    return sorted(found)


def _have_children(connection: sqlite3.Connection, numbers: list[int]) -> bool:
    row = connection.execute(
        "select 1 from locations where parent_id in (select value from json_each(?))"
        " limit 1",
        (json.dumps(numbers),),
    )
    return row.fetchone() is not None


def _all_below(connection: sqlite3.Connection, numbers: str) -> list[int]:
    rows = connection.execute(
        "select distinct descendant_id from location_tree"
        " where ancestor_id in (select value from json_each(?))",
        (numbers,),
    )
    return [row[0] for row in rows]


def _marked(wanted: Wanted, who: Viewer) -> Iterator[Part | None]:
    if wanted.private is not None:
        live = wanted.bin == "without"  # of what lies in the bin no token tells it
        yield Part(
            "private",
            f"p.private = {int(wanted.private)}",
            (),
            matching.refs(["s0"]) if live else "",
            barred=wanted.private,
            indexed=wanted.private,
        )
    if wanted.starred is not None and who.stars:
        star = matching.refs(["star"])
        yes = bool(wanted.starred)
        yield Part("starred", f"p.starred = {int(yes)}", (), star, not yes, indexed=yes)
    if wanted.projection is not None:
        yield _projected(wanted.projection)


def _projected(projection: str) -> Part | None:
    if projection == "regular":  # of which there are most, and so no token
        others = matching.refs(["v360", "vunknown"])
        return Part("regular", "p.projection = 'regular'", (), others, barred=True)
    if projection not in ("360", "unknown"):
        return None
    return Part(
        "projection",
        f"p.projection = '{projection}'",
        (),
        matching.refs([f"v{projection}"]),
        indexed=projection == "360",
    )


def _timed(wanted: Wanted) -> Iterator[Part | None]:
    if wanted.logged is not None:
        yield _logged(wanted.logged)
    if wanted.uploaded is not None:
        yield _between("uploaded", wanted.uploaded)
    if wanted.updated is not None:
        yield _between("updated", wanted.updated)


def _between(name: str, window: Moments) -> Part:
    low, high = _edges(window)
    ends = [(low, ">="), (high, "<")]
    told = [f"p.{name}_at {sign} ?" for end, sign in ends if end is not None]
    values = tuple(end for end, _ in ends if end is not None)
    return Part(name, " and ".join(told) or "1", values, indexed=True)


def _edges(window: Moments) -> tuple[str | None, str | None]:
    """Return a window as texts that sort like the columns: from, up to but without.

    A second includes its thousandths.
    """
    low, high = _utc(window.first), _utc(window.last)
    beyond = None
    if high is not None and high < _END:
        beyond = _second(high + timedelta(seconds=1))
    return _second(low) if low else None, beyond


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _second(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _logged(days: Days) -> Part | None:
    first, last = days.first or date.min, days.last or date.max
    if first > last:
        return None
    condition = "p.log_date >= ? and p.log_date <= ?"
    found = ranges.tokens(first, last, month="lm", day="ld")
    tokens = matching.refs(found) if found else ""
    ends = first.isoformat(), last.isoformat()
    return Part("logged", condition, ends, tokens, indexed=True)


def _said(text: str) -> Part | None:
    """Return the part for free words; None: there is no word in the text."""
    plain = text[:MAX_LENGTH].encode("utf-8", "replace").decode("utf-8")
    words = dict.fromkeys(word for word in plain.split() if has_words(word))
    if not words:
        return None
    found = f"- refs : ({' AND '.join(map(matching.quoted, words))})"
    condition = (
        "exists (select 1 from photos_fts"
        " where photos_fts match ? and photos_fts.rowid = p.id)"
    )
    return Part("text", condition, (found,), found)
