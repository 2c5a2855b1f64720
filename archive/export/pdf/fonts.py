"""Fonts for captions in whatever script people write, and text that they can show.

The build fetches them (.ci/build_hook.py). Only what a report needs is opened and
embedded: Noto Sans, and after it the first fonts in the list that have the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive.identity import normalized

FOLDER = Path(__file__).parent / "fonts"
REGULAR, BOLD = "NotoSans_400Regular.ttf", "NotoSans_700Bold.ttf"
# Hebrew before Arabic and so on does not matter: each has letters of its own. Symbols
# come before emoji, so that an arrow stays one; Chinese has the kana of Japanese.
FALLBACKS = (
    "hebrew.woff",
    "NotoSansArabic_400Regular.ttf",
    "NotoSansThai_400Regular.ttf",
    "NotoSansLao_400Regular.ttf",
    "NotoSansKhmer_400Regular.ttf",
    "myanmar.woff",
    "armenian.woff",
    "georgian.woff",
    "bengali.woff",
    "gujarati.woff",
    "gurmukhi.woff",
    "oriya.woff",
    "tamil.woff",
    "telugu.woff",
    "kannada.woff",
    "malayalam.woff",
    "sinhala.woff",
    "thaana.woff",
    "ethiopic.woff",
    "NotoEmoji_400Regular.ttf",
    "symbols-2.woff",
    "NotoSansSC_400Regular.ttf",
    "NotoSansKR_400Regular.ttf",
)
UNKNOWN = "\ufffd"
# From Latin to Cyrillic without combining marks; the usual punctuation; CJK, kana
_PLAIN = re.compile(
    r"[ -\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e"
    r"\u20a0-\u20bf\u2190-\u21ff\u3000-\u303f\u4e00-\u9fff\ufffd]*"
)
_JOINER = "\u200d"
_KEPT_FORMATS = {"\n", "\u200c"}  # letters of Persian and Hindi depend on them


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts that a report needs.

    :param fallbacks: files beside Noto Sans, in the order in which they are asked
    :param letters: all code points that these fonts have
    """

    fallbacks: tuple[str, ...]
    letters: frozenset[int]


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Return the fonts that show these texts, as far as any of ours can."""
    wanted = {ord(letter) for text in texts for letter in plain(text)} - {0x0A}
    letters = set(_letters(REGULAR))
    wanted -= letters
    fallbacks = []
    for name in FALLBACKS:
        if not wanted:
            break
        has = _letters(name)
        if not wanted.isdisjoint(has):
            fallbacks.append(name)
            letters |= has
            wanted -= has
    return Fonts(tuple(fallbacks), frozenset(letters))


@lru_cache(maxsize=32)
def _letters(name: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FOLDER / name, lazy=True) as font:
        return frozenset(font.getBestCmap())


def has_letter(name: str, letter: str) -> bool:
    """Whether a font of ours has a letter."""
    return ord(letter) in _letters(name)


def plain(text: str) -> str:
    """Return a text without what has no shape of its own on paper.

    Those are controls, marks of direction (with which a caption could stand in another
    order than it was written), and the joiners and variants between emoji.
    """
    text = normalized("NFC", text).replace("\t", "    ")
    found: list[str] = []
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in ("Cs", "Co", "Cn"):  # halves, private ones, and none
            found.append(UNKNOWN)
        elif kind in ("Zl", "Zp"):
            found.append("\n")
        elif not _shapeless(letter, kind, found[-1] if found else ""):
            found.append(letter)
    return "".join(found)


def _shapeless(letter: str, kind: str, before: str) -> bool:
    if letter == _JOINER:
        return before >= "\u2000"
    if kind in ("Cc", "Cf"):
        return letter not in _KEPT_FORMATS
    return "\ufe00" <= letter <= "\ufe0f"  # variants


def shown(text: str, fonts: Fonts) -> str:
    """Return a text of which every letter has a shape in these fonts."""
    has = fonts.letters
    return "".join(
        letter if letter == "\n" or ord(letter) in has else UNKNOWN
        for letter in plain(text)
    )


def is_rtl(text: str) -> bool:
    """Whether a text is written from right to left (UAX 9, rules P2 and P3)."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def needs_shaping(text: str) -> bool:
    """Whether letters of a text stand otherwise than one after the other.

    Those of Latin, Greek and Cyrillic do not, as long as no mark is set on one.
    """
    return not _PLAIN.fullmatch(text)


def breaks_anywhere(text: str) -> bool:
    """Whether lines may end after any letter: words stand without spaces between."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return wide > len(text) / 4
