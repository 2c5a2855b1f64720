"""What a report says in the language of its reader, and how dates are written there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "languages"
# English as it is written on site: 11 May 2026, never 5/11/2026.
_LOCALES = {"en": "en_GB"}


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that reports can be in."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@dataclass(frozen=True)
class Words:
    """The texts of one language.

    :param language: one of ``languages()``
    """

    language: str
    texts: dict[str, str]
    labels: dict[str, str]
    compass: dict[str, str]

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a text with its values put in."""
        return self.texts[name].format(**values)

    def count(self, photos: int) -> str:
        """``1,204 photos``."""
        from babel.numbers import format_decimal

        if photos == 1:
            return self("photo")
        return self("photos", n=format_decimal(photos, locale=self.locale))

    def day(self, when: str) -> str:
        """``2026-05-11…`` as ``11 May 2026``; what is no date stays as it is."""
        from babel.dates import format_date

        found = _date(when)
        return format_date(found, "long", locale=self.locale) if found else when

    def month(self, when: str) -> str:
        """``2026-05…`` as ``May 2026``."""
        from babel.dates import format_skeleton

        found = _date(f"{when[:7]}-01")
        if found is None:
            return when[:7]
        return format_skeleton("yMMMM", found, locale=self.locale)

    def moment(self, when: str) -> str:
        """``2026-05-11T14:05:09`` as ``11 May 2026, 14:05``."""
        from babel.dates import format_date, format_time

        try:
            found = datetime.fromisoformat(when[:19])
        except ValueError:
            return when
        at = format_time(found, "short", locale=self.locale)
        return f"{format_date(found, 'medium', locale=self.locale)}, {at}"

    @property
    def locale(self) -> str:
        """The language as babel calls it."""
        return _LOCALES.get(self.language, self.language)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


@cache
def words_of(language: str) -> Words:
    """Return the texts of a language."""
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        texts = tomllib.load(file)
    labels, compass = texts.pop("labels"), texts.pop("compass")
    return Words(language, texts, labels, compass)
