"""A small project in memory, and a search that looks at every photo: slow and plain.

What the tests of search compare with. It shares only the tokenizer with the real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archive import migrations, setup
from archive.albums import list_albums
from archive.database import configure
from archive.people import owner
from archive.photos import Photo, load_photos
from archive.rights import Viewer, viewer
from archive.search.language import Filter, Query, Word, has_words
from archive.search.ranges import parse_span
from archive.search.regions import Region, Window, parse_region
from archive.search.stems import beginning, completions, tokens
from archive.sqlite import sqlite3


def project() -> Any:
    """An archive's database in memory, with its first rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    configure(connection)
    migrations.migrate(connection)
    setup.first_rows(connection, "Tower 4", "Sam")
    return connection


def admin(connection: Any) -> Viewer:
    found = viewer(owner(connection))
    assert found is not None
    return found


@dataclass(frozen=True)
class Seen:
    """A photo with what the search may look at."""

    photo: Photo
    texts: tuple[tuple[str, ...], ...]  # tokens of each column
    filename: tuple[str, ...]
    comments: int
    markups: int

    @property
    def scope(self) -> int:
        if self.photo.recycled_at:
            return -1
        return (self.photo.uploader_id or -2) if self.photo.private else 0


def everything(connection: Any) -> list[Seen]:
    ids = [row[0] for row in connection.execute("select id from photos")]
    return [_seen(connection, photo) for photo in load_photos(connection, ids)]


def _seen(connection: Any, photo: Photo) -> Seen:
    comments = [
        row[0]
        for row in connection.execute(
            "select body from comments where photo_id = ? order by id", (photo.id,)
        )
    ]
    drawn = [
        row[0]
        for row in connection.execute(
            "select text from markups where photo_id = ? order by id", (photo.id,)
        )
    ]
    trades = connection.execute(
        "select name from photo_trades join trades on id = trade_id where photo_id = ?"
        " order by id",
        (photo.id,),
    ).fetchall()
    texts = (
        photo.filename,
        photo.description,
        "\n".join([*comments, *filter(None, drawn)]),
        photo.album,
        (photo.location or "").replace(">", " > "),
        ", ".join(row[0] for row in trades),
        photo.uploader or "",
    )
    columns, name = tuple(map(tokens, texts)), tokens(photo.filename)
    return Seen(photo, columns, name, len(comments), len(drawn))


def visible(seen: Seen, who: Viewer, *, recycled: bool) -> bool:
    if recycled:
        return seen.scope == -1 and who.bin
    return seen.scope != -1 and (who.everything or seen.scope in (0, who.own))


def search(connection: Any, query: Query, who: Viewer) -> set[int]:
    """Return the ids of all photos that a query means."""
    recycled = query.having("is", "recycled")
    telling = [
        clause
        for clause in (
            [t for t in clause if not isinstance(t, Word) or has_words(t.text)]
            for clause in query.clauses
        )
        if clause
    ]
    if query.clauses and not telling:
        return set()
    return {
        seen.photo.id
        for seen in everything(connection)
        if visible(seen, who, recycled=recycled)
        and all(any(_holds(term, seen) for term in clause) for clause in telling)
    }


def _holds(term: Word | Filter, seen: Seen) -> bool:
    if isinstance(term, Word):
        return _said(term, seen.texts) != term.negated
    if (term.name, term.value) == ("is", "recycled"):
        return True
    return _has(term, seen) != term.negated


def _said(word: Word, texts: tuple[tuple[str, ...], ...]) -> bool:
    wanted = tokens(word.text)
    last = tokens(word.text, stemmed=False)[-1]
    begins, _ = beginning(last)
    for text in texts:
        for start in range(len(text) - len(wanted) + 1):
            part = text[start : start + len(wanted)]
            if part == wanted:
                return True
            if (
                word.prefix
                and part[:-1] == wanted[:-1]
                and (part[-1].startswith(begins) or part[-1] in completions(last))
            ):
                return True
    return False


def _has(term: Filter, seen: Seen) -> bool:  # noqa: PLR0911
    photo, value = seen.photo, term.value
    if term.name == "album":
        return photo.album == value
    if term.name == "location":
        path = (photo.location or "").split(">")
        return value.split(">") == path[: value.count(">") + 1]
    if term.name == "trade":
        return value in photo.trades
    if term.name == "by":
        return photo.uploader == value
    if term.name == "camera":
        return photo.camera == value
    if term.name == "ext":
        return photo.extension == value
    if term.name == "in":
        return photo.latitude is not None and _within(
            parse_region(value), photo.latitude, photo.longitude or 0.0
        )
    if term.name == "name":
        return _said(Word(value, prefix=True), (seen.filename,))
    if term.name in ("taken", "uploaded", "log"):
        span = parse_span(value)
        column = {
            "taken": photo.shown_at,
            "uploaded": photo.uploaded_at,
            "log": photo.log_date,
        }[term.name]
        return (
            column is not None
            and (span.low is None or column >= span.low)
            and (span.high is None or column < span.high)
        )
    return {
        "starred": photo.starred,
        "private": photo.private,
        "public": not photo.private,
        "360": photo.projection == "360",
        "regular": photo.projection == "regular",
        "unknown": photo.projection == "unknown",
        "damaged": photo.damage is not None,
        "image": photo.kind == "image",
        "raw": photo.kind == "raw",
        "video": photo.kind == "video",
        "gps": photo.latitude is not None,
        "description": photo.description != "",
        "comments": seen.comments > 0,
        "markups": seen.markups > 0,
        "location": photo.location_id is not None,
        "trades": bool(photo.trades),
        "date": photo.taken_at is not None,
    }[value]


def _within(region: Region, latitude: float, longitude: float) -> bool:
    """Whether a place is in an area: by edges that a line to the north crosses."""
    for turn in (-360, 0, 360):
        x = longitude + turn
        if isinstance(region, Window):
            if (
                region.south <= latitude <= region.north
                and region.west <= x <= region.east
            ):
                return True
            continue
        crossed = 0
        for n, (start, west) in enumerate(region.points):
            end, east = region.points[n - 1]
            if (west > x) != (east > x):
                crossed += start + (x - west) / (east - west) * (end - start) > latitude
        if crossed % 2:
            return True
    return False


def known_albums(connection: Any, who: Viewer) -> list[str]:
    return [album.name for album in list_albums(connection, who)]
