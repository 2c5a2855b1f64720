"""Two texts that grew out of one, put together word by word.

Only where neither touched what the other did, nor what stands next to it: everything
else is a person's to decide (sync design §2.4, text).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# Comparing is quadratic, and worse for texts that repeat themselves; a text in which
# more words than this changed is a new one anyway.
MOST_WORDS = 2_000


@dataclass(frozen=True, slots=True, order=True)
class _Hunk:
    """What replaces ``base[start:end]`` on one side."""

    start: int
    end: int
    words: tuple[str, ...]


def merge_texts(base: str, one: str, other: str) -> str | None:
    """Return a text with the changes of both; None where they meet.

    Symmetric: who is called first does not matter.
    """
    if other in (one, base):
        return one
    if one == base:
        return other
    words = _split(base)
    hunks = _hunks(words, _split(one)), _hunks(words, _split(other))
    if hunks[0] is None or hunks[1] is None:
        return None
    mine, theirs = set(hunks[0]), set(hunks[1])
    together = sorted(mine | theirs)
    for first, second in pairwise(together):
        is_across = (first in mine) == (second in theirs)
        is_shared = {first, second} & mine & theirs
        if is_across and not is_shared and _touch(first, second):
            return None
    return _apply(words, together)


def _split(text: str) -> list[str]:
    """Return words, runs of spaces and single signs; joined again they are the text."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _hunks(base: list[str], changed: list[str]) -> list[_Hunk] | None:
    start, end = _common_ends(base, changed)
    old, new = base[start : len(base) - end], changed[start : len(changed) - end]
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return None
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        _Hunk(start + low, start + high, tuple(new[first:last]))
        for tag, low, high, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]


def _common_ends(one: list[str], other: list[str]) -> tuple[int, int]:
    shorter = min(len(one), len(other))
    start = 0
    while start < shorter and one[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return start, end


def _touch(first: _Hunk, second: _Hunk) -> bool:
    """Whether two changes overlap, or stand next to each other, or nearly."""
    return second.start <= first.end + 1


def _apply(base: list[str], hunks: list[_Hunk]) -> str:
    words: list[str] = []
    at = 0
    for hunk in hunks:
        words += [*base[at : hunk.start], *hunk.words]
        at = hunk.end
    return "".join([*words, *base[at:]])
