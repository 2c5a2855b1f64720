"""What was worked out about an archive, for as long as nothing in it has changed.

Kept for each connection, since only a connection can tell what has changed since it
looked last; bounded over all of them, least lately used first to go.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from archive.database import Connection
from archive.sqlite import sqlite3

T = TypeVar("T")

MOST_NUMBERS = 4_000_000  # items in all that is remembered; 8 bytes each
MOST_ANSWERS = 1_000

_Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found at a version; ``size`` in numbers."""

    version: _Version
    answer: Any
    size: int


_lock = threading.Lock()
_answers: OrderedDict[tuple[int, Hashable], _Known] = OrderedDict()
_numbers = 0
_names: WeakKeyDictionary[Connection, int] = WeakKeyDictionary()
_next_name = count()


def _version(connection: sqlite3.Connection) -> _Version:
    """Return what is another one after any change, by whomever.

    ``data_version`` tells of others' commits, ``total_changes`` of the connection's own
    (https://www.sqlite.org/pragma.html#pragma_data_version).
    """
    (version,) = connection.execute("pragma data_version").fetchone()
    return int(version), int(connection.total_changes)


def _name(connection: sqlite3.Connection) -> int | None:
    """Return a number that no other connection of this process has or had.

    None for one that is not ours: nothing is remembered of it.
    """
    if not isinstance(connection, Connection):
        return None
    with _lock:
        name = _names.get(connection)
        if name is None:
            name = _names[connection] = next(_next_name)
        return name


def remembered(
    connection: sqlite3.Connection,
    key: Hashable,
    find: Callable[[T | None], T],
    size: Callable[[T], int],
) -> T:
    """Return what ``find`` gives, or gave when the archive was as it is now.

    The version is read before ``find`` reads: what another writes between the two is
    found, under the version before it, and so found again the next time. What is found
    amid a transaction, which may yet be rolled back, is not remembered.

    :param find: gets what it gave last, before the archive changed; None: nothing
    :param size: of what is found, in numbers of 8 bytes
    """
    name = None if connection.in_transaction else _name(connection)
    if name is None:
        return find(None)
    place, version = (name, key), _version(connection)
    with _lock:
        known = _answers.get(place)
        if known is not None and known.version == version:
            _answers.move_to_end(place)
            answer: T = known.answer
            return answer
    answer = find(None if known is None else known.answer)
    _remember(place, _Known(version, answer, size(answer)))
    return answer


def _remember(place: tuple[int, Hashable], known: _Known) -> None:
    global _numbers  # noqa: PLW0603 - what all answers hold together
    with _lock:
        _forget(place)
        if known.size > MOST_NUMBERS // 2:
            return
        _answers[place] = known
        _numbers += known.size
        while _numbers > MOST_NUMBERS or len(_answers) > MOST_ANSWERS:
            _forget(next(iter(_answers)))


def _forget(place: tuple[int, Hashable]) -> None:
    global _numbers  # noqa: PLW0603
    known = _answers.pop(place, None)
    if known is not None:
        _numbers -= known.size


def forget() -> None:
    """Forget all of it, so that it is found anew: for benchmarks and tests."""
    with _lock:
        for place in list(_answers):
            _forget(place)
