"""Dictionaries taken back all together: a transaction costs what it writes.

Values are never changed in place, so that an old one is a whole record of what was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
GONE = object()


@dataclass
class Undo:
    """What was before, since the transaction began; None: there is none.

    :param last: (table, key, what was there) of the last transaction that holds
    """

    log: list[tuple[dict[Any, Any], Any, Any]] | None = None
    last: list[tuple[dict[Any, Any], Any, Any]] = field(default_factory=list)

    def run(self, work: Callable[[], T]) -> T:
        """Do all of ``work``, or, when it raises, nothing.

        Within another transaction it is a savepoint.
        """
        outer, self.log = self.log, []
        try:
            result = work()
        except BaseException:
            self._take_back()
            self.log = outer
            raise
        if outer is None:
            self.last = self.log
        else:
            outer += self.log
        self.log = outer
        return result

    def _take_back(self) -> None:
        for table, key, before in reversed(self.log or ()):
            if before is GONE:
                dict.pop(table, key, None)
            else:
                dict.__setitem__(table, key, before)


class Table(dict[K, V]):
    """A dictionary of which each change is in the log of its ``Undo``."""

    __slots__ = ("_undo",)

    def __init__(self, undo: Undo) -> None:
        super().__init__()
        self._undo = undo

    def _note(self, key: K) -> None:
        if self._undo.log is not None:
            self._undo.log.append((self, key, self.get(key, GONE)))

    def __setitem__(self, key: K, value: V) -> None:
        self._note(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: K) -> None:
        self._note(key)
        super().__delitem__(key)

    def drop(self, key: K) -> None:
        """Take a key out, if it is there."""
        if key in self:
            del self[key]
