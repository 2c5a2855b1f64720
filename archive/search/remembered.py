"""What was worked out about an archive, for as long as nothing in it has changed.

Kept for each connection, since only a connection can tell what has changed since it
looked last; bounded over all of them, least lately used first to go.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from itertools import count
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from archive.database import Connection
from archive.sqlite import sqlite3

T = TypeVar("T", bound=Sized)

MOST_NUMBERS = 4_000_000  # items in all that is remembered; 8 bytes each
MOST_ANSWERS = 1_000

_Version = tuple[int, int]

_lock = threading.Lock()
_answers: OrderedDict[tuple[int, Hashable], tuple[_Version, Any]] = OrderedDict()
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
    connection: sqlite3.Connection, key: Hashable, find: Callable[[], T]
) -> T:
    """Return what ``find`` gives, or gave when the archive was as it is now.

    The version is read before ``find`` reads: what another writes between the two is
    found, under the version before it, and so found again the next time.
    """
    name = _name(connection)
    if name is None:
        return find()
    place, version = (name, key), _version(connection)
    with _lock:
        known = _answers.get(place)
        if known is not None and known[0] == version:
            _answers.move_to_end(place)
            answer: T = known[1]
            return answer
    answer = find()
    _remember(place, version, answer)
    return answer


def _remember(place: tuple[int, Hashable], version: _Version, answer: Sized) -> None:
    global _numbers  # noqa: PLW0603 - what all answers hold together
    with _lock:
        _forget(place)
        if len(answer) > MOST_NUMBERS // 2:
            return
        _answers[place] = version, answer
        _numbers += len(answer)
        while _numbers > MOST_NUMBERS or len(_answers) > MOST_ANSWERS:
            _forget(next(iter(_answers)))


def _forget(place: tuple[int, Hashable]) -> None:
    global _numbers  # noqa: PLW0603
    known = _answers.pop(place, None)
    if known is not None:
        _numbers -= len(known[1])


def forget() -> None:
    """Forget all of it, so that it is found anew: for benchmarks and tests."""
    with _lock:
        for place in list(_answers):
            _forget(place)
