"""FTS5 expressions for words and for the index's tokens.

Whatever came from a person stands in them only as a quoted string, so nothing in it
can be read as FTS5's own syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archive.cells import Block
from archive.rights import Viewer
from archive.search.language import Word, has_words
from archive.search.stems import beginning, completions, tokens

# What every token in refs begins with: see photo_words in schema.sql.
MARK = "ǂzzzzzzzzz"


def quoted(text: str) -> str:
    """Return a text as an FTS5 string."""
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def refs(names: Sequence[str]) -> str:
    """Return the expression for photos with any of these tokens.

    :param names: without the mark that they begin with
    """
    return f"refs : ({' OR '.join(quoted(MARK + name) for name in names)})"


def cells(blocks: Iterable[Block]) -> str:
    """Return the expression for photos in any of these cells of the map."""
    names = [name for block in blocks for name in block.names()]
    return f"refs : ({' OR '.join(f'{quoted(name)} *' for name in names)})"


def both(expressions: Iterable[str]) -> str:
    """Join expressions that must all hold."""
    return " AND ".join(f"({one})" for one in expressions)


def without(wanted: str, barred: Sequence[str]) -> str:
    """Return an expression less what must not hold."""
    if not barred:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(f'({one})' for one in barred)})"


def seen(who: Viewer, *, recycled: bool = False) -> tuple[list[str], list[str]]:
    """Return expressions that hold for what ``who`` may see, and those that do not.

    :param recycled: what is looked for lies in the bin, where all is of one scope
    """
    if recycled:
        return [], []
    if who.everything:
        return [], [refs(["sbin"])]
    return [refs(["s0", f"sp{who.own}"])], []


def words(word: Word, columns: str = "- refs") -> str:
    """Return the expression for a word or phrase.

    :param columns: an FTS5 column filter; by default all that hold words
    """
    if not word.prefix:
        return f"{columns} : {quoted(word.text)}"
    return f"{columns} : ({' OR '.join(_continued(word.text))})"


def _continued(text: str) -> list[str]:
    """Return FTS5 strings for a text whose last word may go on."""
    folded = tokens(text, stemmed=False)
    if not folded:
        return [quoted(text)]
    head, last = " ".join((*folded[:-1], "")), folded[-1]
    start, asked = beginning(last)
    others = completions(last).items()
    whole = [one for stem, one in others if not stem.startswith(start)]
    return [f"{quoted(head + asked)} *", *(quoted(head + one) for one in whole)]


def is_findable(word: Word) -> bool:
    """Whether there is any letter or digit in it."""
    return has_words(word.text)


def name_of_file(beginning: str) -> str:
    """Return the expression for files whose name, or a part of it, begins so."""
    text = re.sub(r"\*+$", "", beginning)
    return words(Word(text, prefix=True), "filename")
