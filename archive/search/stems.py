"""Words as the search index holds them: folded, and cut to their stem.

Asked of SQLite's own tokenizer, in a database in memory, so that it can never say
anything else than the index does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache

from archive.sqlite import sqlite3

FOLDING = "unicode61 remove_diacritics 2"
STEMMING = f"porter {FOLDING}"  # the tokenizer of photos_fts in schema.sql

# Endings that the stemmer cuts off. Somebody half-way through one has typed more than
# the index holds: of "foundation" it keeps "foundat", so "foundatio" begins nothing.
_ENDINGS = [
    "ings",
    "ations",
    "ation",
    "izations",
    "ization",
    "ements",
    "ement",
    "ments",
    "ment",
    "nesses",
    "ness",
    "ables",
    "able",
    "ibles",
    "ible",
    "ionals",
    "ional",
    "ities",
    "ity",
    "ances",
    "ance",
    "ences",
    "ence",
    "ively",
    "ives",
    "ive",
    "fully",
    "ful",
    "ously",
    "ous",
    "ies",
    "ied",
    "ing",
    "eds",
    "ed",
    "ers",
    "er",
    "ers",
    "es",
    "ely",
    "ly",
    "als",
    "al",
    "ions",
    "ion",
]
_SHORTEST_STEM = 3

_local = threading.local()


def _tables() -> sqlite3.Connection:
    """Return this thread's database in memory."""
    found: sqlite3.Connection | None = getattr(_local, "connection", None)
    if found is None:
        found = sqlite3.connect(":memory:", isolation_level=None)
        for name, tokenizer in (("folded", FOLDING), ("stemmed", STEMMING)):
            found.execute(
                f"create virtual table {name}"
                f" using fts5 (words, tokenize = '{tokenizer}')"
            )
            found.execute(
                f"create virtual table {name}_terms using fts5vocab ({name}, instance)"
            )
        _local.connection = found
    return found


def tokens(text: str, *, stemmed: bool = True) -> tuple[str, ...]:
    """Return the words of a text in order, as the index holds them."""
    return many_tokens((text,), stemmed=stemmed)[0]


@lru_cache(maxsize=1024)
def many_tokens(
    texts: tuple[str, ...], *, stemmed: bool = True
) -> tuple[tuple[str, ...], ...]:
    """Return the words of several texts, each in order."""
    connection = _tables()
    table = "stemmed" if stemmed else "folded"
    connection.execute("begin")
    try:
        connection.executemany(
            f"insert into {table} (rowid, words) values (?, ?)", enumerate(texts, 1)
        )
        rows = connection.execute(
            f"select doc, term from {table}_terms order by doc, offset"
        ).fetchall()
    finally:
        connection.execute("rollback")
    found: list[list[str]] = [[] for _ in texts]
    for number, term in rows:
        found[number - 1].append(term)
    return tuple(map(tuple, found))


def kept(terms: Iterable[str]) -> list[str]:
    """Return those terms that, looked for as words, would be found as themselves."""
    listed = tuple(terms)
    return [
        t for t, own in zip(listed, many_tokens(listed), strict=True) if own == (t,)
    ]


@lru_cache(maxsize=1024)
def completions(word: str) -> tuple[str, ...]:
    """Return stems of what a half-typed word may become that do not begin with it.

    :param word: folded; the stem of the word itself comes first
    """
    longer = {
        word + ending[typed:]
        for ending in _ENDINGS
        for typed in range(1, len(ending))
        if word.endswith(ending[:typed]) and len(word) - typed >= _SHORTEST_STEM
    }
    candidates = (word, *sorted(longer))
    stems = [own[0] for own in many_tokens(candidates) if own]
    return tuple(
        dict.fromkeys(
            stem for n, stem in enumerate(stems) if n == 0 or not stem.startswith(word)
        )
    )
