"""What an export says in the language of its reader, and how it writes dates."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

# English as it is written on site: 11 May 2026, never 5/11/2026.
_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True)
class Words:
    """The texts of one language.

    :param tables: further texts by the table of the file that they stand in
    """

    language: str
    texts: Mapping[str, str]
    tables: Mapping[str, Mapping[str, str]]

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a text with its values put in."""
        return self.texts[name].format(**values)

    @property
    def labels(self) -> Mapping[str, str]:
        """What the facts of a photo are called."""
        return self.tables["labels"]

    @property
    def compass(self) -> Mapping[str, str]:
        """What directions are called, by n, ne, e and so on."""
        return self.tables["compass"]

    def number(self, number: int) -> str:
        """Return a whole number as it is written, such as ``1,204``."""
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self.locale)

    def count(self, photos: int) -> str:
        """``1,204 photos``."""
        if photos == 1:
            return self("photo")
        return self("photos", n=self.number(photos))

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
def languages_in(folder: Path) -> tuple[str, ...]:
    """Return the languages that a folder has a file of."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


@cache
def read_words(folder: Path, language: str) -> Words:
    """Return the texts of a language, as a file of a folder has them."""
    with (folder / f"{language}.toml").open("rb") as file:
        found = tomllib.load(file)
    tables = {name: some for name, some in found.items() if isinstance(some, dict)}
    texts = {name: text for name, text in found.items() if name not in tables}
    return Words(language, texts, tables)
