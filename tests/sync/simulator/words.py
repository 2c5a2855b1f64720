"""What people wrote, and what of it may be gone (the oracle of no loss, P2 and P3).

Everybody writes words that nobody wrote before. Each of them stands somewhere to be
seen, or somebody who saw it took it away, or it is in a conflict that is open (Hughes
and others, "Mysteries of Dropbox", 2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_FIRST_DAY = date(2000, 1, 1)


@dataclass
class Words:
    """The words of a story.

    :param said: by whom and where, for each word
    :param gone: those that somebody who saw them took away
    :param overwritten: those that went unseen, where nothing can be done about it:
        written in the moment between the look of a laptop and its write (§2.7)
    :param has_hidden: something was made private, which ends its days in the log, seen
        or not: the archive's own rule
    """

    said: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    overwritten: set[str] = field(default_factory=set)
    has_hidden: bool = False
    count: int = 0

    def new(self) -> str:
        """Return a word that nobody said before."""
        self.count += 1
        return f"w{self.count}"

    def new_day(self) -> str:
        """Return a day that nobody named before."""
        self.count += 1
        return (_FIRST_DAY + timedelta(days=self.count)).isoformat()

    def wrote(self, where: str, before: object, after: object) -> None:
        """Somebody who saw one value wrote another in its place."""
        old, new = set(words_in(before)), set(words_in(after))
        self.gone |= old - new
        for word in new - old:
            self.said.setdefault(word, where)

    def saw(self, fields: Mapping[str, object]) -> None:
        """Somebody had these before their eyes when they deleted the record."""
        for value in fields.values():
            self.gone.update(words_in(value))

    def lost(self, shown: Iterable[str]) -> list[str]:
        """Return words that are nowhere to be found and that nobody took away."""
        missing = set(self.said) - set(shown) - self.gone - self.overwritten
        return sorted(one for one in missing if one[0] == "w" or not self.has_hidden)


def words_in(value: object) -> list[str]:
    """Return the words of a text, or a day; nothing else is a word of somebody's."""
    return value.split() if isinstance(value, str) else []
