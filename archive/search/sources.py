"""From where the photos of a numbered list are selected.

Filters are conditions on rows, tokens of the search index, and some have an index on
photos: which is best depends on what else is asked.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from archive.search import matching
from archive.search.compiling import everything
from archive.search.wanted import Part, Question
from archive.sqlite import sqlite3

FEW = 2_000  # photos in a window of time that are looked at one by one
_WINDOWS = ("uploaded", "updated")


@dataclass(frozen=True, slots=True)
class Source:
    """From where photos are selected, on which condition, and what their id is."""

    tables: str
    condition: str
    values: list[object] = field(default_factory=list)
    number: str = "p.id"


def source_of(connection: sqlite3.Connection, question: Question) -> Source:
    """Return where the photos that a question asks for are best selected from."""
    driver = _driver(connection, question)
    if driver is None and any(part.tokens for part in question.parts):
        return from_words(connection, question)
    return from_rows(question, driver)


def _driver(connection: sqlite3.Connection, question: Question) -> Part | None:
    """Return the part whose photos are looked at one by one; None: none is good."""
    parts = question.parts
    for part in parts:
        if part.name == "ids":
            return part
    if len(parts) == 1:
        return parts[0] if parts[0].indexed else None
    for part in parts:
        if part.name in _WINDOWS and _is_narrow(connection, part):
            return part
    if any(part.tokens for part in parts):
        return None
    return next((part for part in parts if part.indexed), None)


def _is_narrow(connection: sqlite3.Connection, part: Part) -> bool:
    (number,) = connection.execute(
        f"select count(*) from (select 1 from photos p where {part.condition} limit ?)",
        (*part.values, FEW + 1),
    ).fetchone()
    return int(number) <= FEW


def from_rows(question: Question, driver: Part | None) -> Source:
    """Return photos as the source; of the conditions only ``driver`` picks an index."""
    texts, values = [question.scope.format("p.scope")], list[object]()
    for part in question.parts:
        text = part.condition
        texts.append(text if part is driver else text.replace("p.", "+p."))
        values.extend(part.values)
    return Source("photos p", " and ".join(texts), values)


def from_words(
    connection: sqlite3.Connection, question: Question, *, seen: bool = True
) -> Source:
    """Return the search index as the source, beside the rows where tokens fall short.

    :param seen: ask it who may see them, which is best for very many
    """
    told = [part for part in question.parts if part.tokens]
    rest = [part for part in question.parts if not part.tokens]
    scope = question.seen if seen else None
    if scope is not None and scope.tokens:
        told.append(scope)
    wanted = [part.tokens for part in told if not part.barred]
    barred = [part.tokens for part in told if part.barred]
    expression = matching.without(
        matching.both(wanted or [everything(connection)]), barred
    )
    if not rest and scope is not None:
        return Source(
            "photos_fts", "photos_fts match ?", [expression], "photos_fts.rowid"
        )
    texts = ["photos_fts match ?", question.scope.format("p.scope")]
    texts += [part.condition for part in rest]
    return Source(
        "photos_fts cross join photos p on p.id = photos_fts.rowid",
        " and ".join(texts),
        [expression, *(value for part in rest for value in part.values)],
        "photos_fts.rowid",
    )


def numbers_of(
    connection: sqlite3.Connection, source: Source, order: str
) -> array[int]:
    """Return the numbers of all photos of a source.

    :param order: a column of photos; ``id``: by number
    """
    tables, by = source.tables, [source.number]
    if source.number == "p.id":
        by = ["+p.id"]  # else it would walk through all photos, for the order's sake
    if order != "id":
        by.insert(0, f"p.{order}")
        if "photos p" not in tables:
            tables += " cross join photos p on p.id = photos_fts.rowid"
    rows = connection.execute(
        f"select {source.number} from {tables} where {source.condition}"
        f" order by {', '.join(by)}",
        source.values,
    )
    return array("q", (row[0] for row in rows))
