"""Rows of a table whose tree is broken, read from the leaf pages that are still whole.

Where a page that leads to others is destroyed, the rows below it are there and nothing
finds them. A leaf is known by its first byte and by how many columns its rows have
(SQLite's file format, 1.6 and 2.1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import apsw

_PAGE = 4096
_LEAF = 13  # first byte of a leaf of a table
_FIRST_CELL = 8  # where the places of the cells begin


def put_each_first(
    path: Path, table: str, columns: int, seen: Collection[int]
) -> Iterator[None]:
    """Make each leaf that has rows of a table, for a moment, the whole table.

    Its page is written over the table's first, so that SQLite reads it by itself. Open
    the file anew after each step; the table is no good afterwards.

    :param path: of a copy that nobody needs
    :param columns: that a stored row has; no other table has as many
    :param seen: rowids that were read before; a leaf of these alone is left out
    """
    root, free = _root(path, table), _free(path)
    with path.open("r+b", buffering=0) as file:
        found = [
            number
            for number, page in _pages(file)
            if number not in free and _has_new(page, columns, seen)
        ]
        for number in found:
            file.seek((number - 1) * _PAGE)
            page = file.read(_PAGE)
            file.seek((root - 1) * _PAGE)
            file.write(page)
            yield


def stored_columns(old: apsw.Connection) -> dict[str, int]:
    """Return how many columns a row of each table has in the file."""
    sql = """
        select t.name, count(*) from pragma_table_list t, pragma_table_xinfo(t.name) c
        where t.schema = 'main' and t.type in ('table', 'shadow') and c.hidden <> 2
        group by 1
    """
    try:
        return {str(name): int(count) for name, count in old.execute(sql)}
    except apsw.Error:
        return {}


def _root(path: Path, table: str) -> int:
    with closing(apsw.Connection(str(path))) as connection:
        sql = "select rootpage from sqlite_schema where type = 'table' and name = ?"
        return int(connection.execute(sql, (table,)).get)


def _pages(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    file.seek(0)
    while page := file.read(_PAGE):
        number += 1
        yield number, page


def _free(path: Path) -> set[int]:
    """Return pages that are in use no more: rows that were deleted may stand there."""
    free: set[int] = set()
    with path.open("rb") as file:
        number = int.from_bytes(file.read(36)[32:], "big")
        while number and number not in free:
            free.add(number)
            file.seek((number - 1) * _PAGE)
            trunk = file.read(_PAGE)
            count = min(int.from_bytes(trunk[4:8], "big"), _PAGE // 4 - 2)
            words = [trunk[at : at + 4] for at in range(8, 8 + 4 * count, 4)]
            free |= {int.from_bytes(word, "big") for word in words}
            number = int.from_bytes(trunk[:4], "big")
    return free


def _has_new(page: bytes, columns: int, seen: Collection[int]) -> bool:
    if page[0] != _LEAF:
        return False
    try:
        cells = list(_cells(page))
    except IndexError:
        return False
    return any(count == columns and rowid not in seen for rowid, count in cells)


def _cells(page: bytes) -> Iterator[tuple[int, int]]:
    """Yield each row's rowid, and how many columns it has."""
    for cell in range(int.from_bytes(page[3:5], "big")):
        at = _FIRST_CELL + 2 * cell
        _, place = _number(page, int.from_bytes(page[at : at + 2], "big"))
        rowid, begin = _number(page, place)
        size, place = _number(page, begin)
        count = 0
        while place < begin + size:
            _, place = _number(page, place)
            count += 1
        yield rowid, count


def _number(page: bytes, at: int) -> tuple[int, int]:
    """Read an integer of one to nine bytes. Returns it, and where it ends."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9
