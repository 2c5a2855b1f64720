"""Rows of a table whose tree is broken, read from the leaf pages that are still whole.

Where a page that leads to others is destroyed, the rows below it are there and nothing
finds them. A leaf is known by its first byte, and its table by the types of what stands
in its rows, where no other could have all of them (SQLite's file format, 1.6 and 2.1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

import apsw

Column = tuple[str, bool, bool]  # type, whether NULL may stand there, the rowid itself
_PAGE = 4096
_LEAF = 13  # first byte of a leaf of a table
_WHOLE = (1, 2, 3, 4, 5, 6, 8, 9)  # serial types of whole numbers
_REAL = 7
_FIRST_CELL = 8  # where the places of the cells begin


def put_each_first(
    path: Path,
    table: str,
    forms: Mapping[str, Sequence[Column]],
    seen: Collection[int],
) -> Iterator[None]:
    """Make each leaf that has rows of a table, for a moment, the whole table.

    Its page is written over the table's first, so that SQLite reads it by itself. Open
    the file anew after each step; the table is no good afterwards.

    :param path: of a copy that nobody needs
    :param forms: of all tables (see ``stored_forms``)
    :param seen: rowids that were read before; a leaf of these alone is left out
    """
    root, free = _root(path, table), _free(path)
    with path.open("r+b", buffering=0) as file:
        found = [
            number
            for number, page in _pages(file)
            if number not in free and _is_of(page, table, forms, seen)
        ]
        for number in found:
            file.seek((number - 1) * _PAGE)
            page = file.read(_PAGE)
            file.seek((root - 1) * _PAGE)
            file.write(page)
            yield


def stored_forms(old: apsw.Connection) -> dict[str, list[Column]]:
    """Return what stands in a row of each table in the file, column by column."""
    sql = """
        select t.name, upper(c.type), not c."notnull",
            upper(c.type) = 'INTEGER' and c.pk = 1
                and not exists (select 1 from pragma_table_xinfo(t.name) where pk = 2)
        from pragma_table_list t, pragma_table_xinfo(t.name) c
        where t.schema = 'main' and t.type in ('table', 'shadow') and c.hidden <> 2
            and not t.wr
        order by t.name, c.cid
    """
    forms: dict[str, list[Column]] = {}
    with suppress(apsw.Error):
        for name, kind, null, rowid in old.execute(sql):
            forms.setdefault(str(name), []).append((str(kind), bool(null), bool(rowid)))
    return forms


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


def _is_of(
    page: bytes,
    table: str,
    forms: Mapping[str, Sequence[Column]],
    seen: Collection[int],
) -> bool:
    """Whether a page has rows of this table, and of no other, that are new."""
    if page[0] != _LEAF:
        return False
    try:
        cells = list(_cells(page))
    except IndexError:
        return False
    if all(rowid in seen for rowid, _ in cells):
        return False
    could_be = [
        name
        for name, columns in forms.items()
        if all(_fits(types, columns) for _, types in cells)
    ]
    return could_be == [table]


def _fits(types: Sequence[int], columns: Sequence[Column]) -> bool:
    """Whether serial types (2.1) are such as a row of these columns has."""
    return len(types) == len(columns) and all(
        _may_stand(one, *column) for one, column in zip(types, columns, strict=True)
    )


def _may_stand(one: int, kind: str, null: bool, rowid: bool) -> bool:  # noqa: FBT001
    if rowid:
        return one == 0  # stored as NULL: the rowid itself says it
    if one == 0:
        return null
    if one in _WHOLE:
        return kind not in ("TEXT", "BLOB")
    if one == _REAL:
        return kind not in ("INTEGER", "TEXT", "BLOB")
    return kind not in ("INTEGER", "REAL", "TEXT" if one % 2 == 0 else "BLOB")


def _cells(page: bytes) -> Iterator[tuple[int, list[int]]]:
    """Yield each row's rowid, and the serial types of its columns."""
    for cell in range(int.from_bytes(page[3:5], "big")):
        at = _FIRST_CELL + 2 * cell
        _, place = _number(page, int.from_bytes(page[at : at + 2], "big"))
        rowid, begin = _number(page, place)
        size, place = _number(page, begin)
        types = []
        while place < begin + size:
            one, place = _number(page, place)
            types.append(one)
        yield rowid, types


def _number(page: bytes, at: int) -> tuple[int, int]:
    """Read an integer of one to nine bytes. Returns it, and where it ends."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9
