"""FTS5 expressions for words and for the index's tokens.

Whatever came from a person stands in them only as a quoted string, so nothing in it
can be read as FTS5's own syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archive.search.language import Word, has_words
from archive.search.stems import completions, kept, tokens
from archive.sqlite import sqlite3

_MOST_ENDINGS = (
    200  # words that a beginning is spelt out into; beyond, FTS5 merges them
)


def quoted(text: str) -> str:
    """Return a text as an FTS5 string."""
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def refs(names: Sequence[str]) -> str:
    """Return the expression for photos with any of these tokens."""
    return f"refs : ({' OR '.join(quoted(name) for name in names)})"


def both(expressions: Iterable[str]) -> str:
    """Join expressions that must all hold."""
    return " AND ".join(f"({one})" for one in expressions)


def without(wanted: str, barred: Sequence[str]) -> str:
    """Return an expression less what must not hold."""
    if not barred:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(f'({one})' for one in barred)})"


def words(connection: sqlite3.Connection, word: Word, columns: str = "- refs") -> str:
    """Return the expression for a word or phrase.

    :param columns: an FTS5 column filter; by default all that hold words
    """
    if not word.prefix:
        return f"{columns} : {quoted(word.text)}"
    return f"{columns} : ({' OR '.join(_continued(connection, word.text))})"


def _continued(connection: sqlite3.Connection, text: str) -> list[str]:
    """Return strings for a text whose last word may go on.

    FTS5 would first collect every photo of every word that begins so, which takes
    100 ms for a common one among a million. The words themselves, joined by OR, are
    read only as far as needed.
    """
    head, last = _split_last(text)
    if not last:
        return [quoted(text)]
    found = spelt_out(connection, last)
    if found is None:
        return [f"{quoted(f'{head}{last}')} *", *_strings(head, completions(last))]
    return _strings(head, dict.fromkeys((*completions(last), *found))) or [quoted(text)]


def _strings(head: str, terms: Iterable[str]) -> list[str]:
    return [quoted(head + term) for term in terms]


def _split_last(text: str) -> tuple[str, str]:
    """Return what stands before the last word, and that word, folded."""
    folded = tokens(text, stemmed=False)
    if not folded:
        return text, ""
    return " ".join((*folded[:-1], "")), folded[-1]


def spelt_out(connection: sqlite3.Connection, beginning: str) -> list[str] | None:
    """Return the stems in the index that begin so.

    :returns: None when they are many, one of them would not be found as itself, or the
        connection does not show them
    """
    rows = connection.execute(
        """
        with recursive following (term) as (
            select (select term from photo_terms where term >= ?1 limit 1)
            union all
            select (select term from photo_terms
                where term >= following.term || char(1) limit 1)
            from following where following.term < ?2 limit ?3)
        select term from following where term < ?2
        """,
        (beginning, beginning + "\U0010ffff", _MOST_ENDINGS + 2),
    ).fetchall()
    terms = [row[0] for row in rows]
    if len(terms) > _MOST_ENDINGS or len(kept(terms)) < len(terms):
        return None
    if (
        not terms
        and not connection.execute("select 1 from photo_terms limit 1").fetchone()
    ):
        return None  # this connection hides the index's words, or there are none
    return terms


def is_findable(word: Word) -> bool:
    """Whether there is any letter or digit in it."""
    return has_words(word.text)


def name_of_file(connection: sqlite3.Connection, beginning: str) -> str:
    """Return the expression for files whose name, or a part of it, begins so."""
    text = re.sub(r"\*+$", "", beginning)
    return words(connection, Word(text, prefix=True), "filename")
