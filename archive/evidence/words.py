"""What evidence says on paper, in the language of its reader."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

_FOLDER = Path(__file__).parent / "languages"


@dataclass(frozen=True)
class Words:
    """The texts of one language.

    :param labels: of names in the statement; others stand as they are there
    """

    language: str
    texts: dict[str, str]
    labels: dict[str, str]

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a text with its values put in."""
        return self.texts[name].format(**values)

    def label(self, name: str) -> str:
        """Return what a name in the statement is called."""
        return self.labels.get(name, name.replace("_", " "))

    def commands(self, **values: object) -> list[str]:
        """Return what a person with a shell does: words, then ``$`` and a command."""
        lines = self("commands", **values).strip().split("\n")
        found: list[str] = []
        for command, some in groupby(lines, lambda line: line[:2] == "$ "):
            said = list(some)
            found += said if command else [" ".join(said)]
        return found


@cache
def words_of(language: str) -> Words:
    """Return the texts of a language, or the English ones where there are none."""
    path = _FOLDER / f"{language}.toml"
    if language not in languages():
        path = _FOLDER / "en.toml"
    texts = tomllib.loads(path.read_text("utf-8"))
    labels = texts.pop("labels")
    return Words(path.stem, texts, labels)


def languages() -> Sequence[str]:
    """Return the languages that there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))
