"""What a package says in the language of its reader."""

from __future__ import annotations

from pathlib import Path

from archive.export.words import Words, languages_in, read_words

_FOLDER = Path(__file__).parent / "languages"


def languages() -> tuple[str, ...]:
    """Return the languages that packages can be in."""
    return languages_in(_FOLDER)


def words_of(language: str) -> Words:
    """Return the texts of a language, or the English ones where there are none."""
    return read_words(_FOLDER, language if language in languages() else "en")
