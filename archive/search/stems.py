"""Words as the search index holds them: folded, and cut to their stem.

Asked of SQLite's own tokenizer, in a database in memory, so that it can never say
anything else than the index does.
"""

from __future__ import annotations

import threading
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
# Endings that the stemmer takes off whole, one or the other from nearly any word.
_SHIELDS = ("", "e", "ness", "ling")

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


@lru_cache(maxsize=1024)
def beginning(word: str) -> tuple[str, str]:
    """Return what a stem begins with if the word is its beginning, and how to ask so.

    FTS5 cuts a beginning to its stem too: ``"bus" *`` would find all that begins with
    "bu". So an ending is added for it to cut off: the stem of "buse" is "bus".

    :param word: folded
    :returns: the word, or so much of it as can be asked for (of "https", "http"); and a
        word whose stem this is
    """
    for end in range(len(word), 0, -1):
        start = word[:end]
        asked = tuple(start + shield for shield in _SHIELDS)
        for one, own in zip(asked, many_tokens(asked), strict=True):
            if own == (start,):
                return start, one
    return word, word


@lru_cache(maxsize=1024)
def completions(word: str) -> dict[str, str]:
    """Return stems of what a half-typed word may become that do not begin with it.

    :param word: folded
    :returns: for each stem a word that it is the stem of (it need not be its own: that
        of "house" is "hous", and that of "hous" is "hou")
    """
    longer = {
        word + ending[typed:]
        for ending in _ENDINGS
        for typed in range(1, len(ending))
        if word.endswith(ending[:typed]) and len(word) - typed >= _SHORTEST_STEM
    }
    candidates = (word, *sorted(longer))
    return {
        own[0]: one
        for one, own in zip(candidates, many_tokens(candidates), strict=True)
        if own and not own[0].startswith(word)
    }
