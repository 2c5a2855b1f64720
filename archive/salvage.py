"""What can still be read of a damaged archive.db, brought into a new file.

    python -m archive.salvage ARCHIVE OUT.db

Works on a copy, in a process of its own, with a second SQLite library: the damaged file
is read as plain bytes and never opened by SQLite. Where its beginning is destroyed,
that of a new archive takes its place in the copy, and likewise where the schema is
destroyed further on; where its end is cut off, zeros do.
Every table is read from the front, and where that stops, from the back, then number
by number around the gap, and then from the pages that nothing leads to any more. The
new file is made from ``schema.sql``, without triggers while it is filled; its search
index, its counters and the tree of locations are computed anew. The report says table
by table what was found.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from archive import database
from archive.disk import flush
from archive.errors import printable
from archive.given_numbers import keep_given
from archive.leaves import put_each_first, stored_forms
from archive.migrations import schema_sql
from archive.rejoining import compute, rejoin

# In this order, so that what refers to something comes after it
TABLES = (
    *("people", "settings", "batches", "changes", "originals", "sources", "imports"),
    *("source_files", "cameras", "albums", "locations", "trades", "photos"),
    *("photo_trades", "comments", "mentions", "markups", "tombstones", "plans"),
    *("packages", "package_lines", "signing_keys"),
    *("sync_conflicts", "sync_decisions", "sync_records", "sync_intents"),
    # not sync_memory: without its cursors the next sync asks for everything again; nor
    # exchange_*: what was seen of others' values may be lost here, and with no stamps
    # it is told anew to what is then another site of the archive
    *("sync_troubles", "sync_runs"),
    *("copies", "copy_originals", "copy_events"),
)
# without a number to go by
_KEYED = (
    *("settings", "source_files", "photo_trades", "mentions", "sync_troubles"),
    *("package_lines", "copy_originals"),
)
_PAGE = 4096  # bytes; SQLite's default, and so ours
_MOST_PAGES = 1 << 25  # 128 GB: more is no true header
_PROBE = 20_000  # numbers tried one by one around a gap


@dataclass(slots=True)
class Table:
    """What became of a table.

    :param read: rows that were read from the damaged file
    :param kept: rows that are in the new one
    :param stops: how often reading did not come to its end
    :param problems: why others are not, each said once
    """

    name: str
    read: int = 0
    kept: int = 0
    stops: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Remember why something is missing."""
        if problem not in self.problems:
            self.problems.append(problem)


@dataclass(slots=True)
class Report:
    """What a salvage found.

    :param integrity: what SQLite says about the damaged file, at most 100 lines
    """

    integrity: list[str]
    tables: list[Table]

    @property
    def whole(self) -> bool:
        """Whether nothing at all seems to be missing."""
        return self.integrity == ["ok"] and not any(t.problems for t in self.tables)


def salvage(archive: Path, out: Path) -> Report:
    """Read what can be read of an archive's database into a new file.

    :raises FileExistsError: ``out`` is there already
    :raises OSError: something cannot be read or written
    """
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    with tempfile.TemporaryDirectory(dir=out.absolute().parent) as folder:
        damaged = _copy(archive / "archive.db", Path(folder))
        made = Path(folder) / "new.db"
        report = Report(_integrity(damaged), [Table(name) for name in TABLES])
        _mend(damaged, Path(folder))
        _read(damaged, made, report)
        with made.open("r+b") as file:
            flush(file.fileno())
        made.rename(out)
    return report


def _copy(path: Path, folder: Path) -> Path:
    copy = folder / "damaged.db"
    for end in ("", "-wal"):
        part = path.with_name(path.name + end)
        if part.exists() or not end:
            shutil.copyfile(part, copy.with_name(copy.name + end))
    return copy


def _mend(copy: Path, folder: Path) -> None:
    if copy.stat().st_size:
        _lengthen(copy)
        if not _has_schema(copy):
            _put_new_schema(copy, folder)


def _has_schema(copy: Path) -> bool:
    connection = apsw.Connection(str(copy))
    try:
        list(connection.execute("select sql from sqlite_master"))
        list(connection.execute("select id from people limit 0"))
    except apsw.Error:
        return False
    finally:
        connection.close()
    return True


def _lengthen(copy: Path) -> None:
    """Fill the copy up with zeros to the length that its header tells.

    SQLite refuses a file that is shorter altogether, whatever it still holds.
    """
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        pages = int.from_bytes(file.read(32)[28:], "big")
        told = pages * _PAGE if pages < _MOST_PAGES else 0
        file.truncate(max(told, -(-size // _PAGE) * _PAGE))


def _put_new_schema(copy: Path, folder: Path) -> None:
    """Put the pages of a new archive's schema in place of the copy's.

    The same schema, made in the same order, lies at the same places: these pages lead
    to the same tables. All of them, as one that is damaged hides every table.
    """
    database.create_archive(folder / "fresh", "fresh")
    fresh = folder / "fresh" / database.DATABASE
    pages = _schema_pages(fresh)
    with fresh.open("rb") as source, copy.open("r+b") as file:
        for number in pages:
            source.seek((number - 1) * _PAGE)
            file.seek((number - 1) * _PAGE)
            file.write(source.read(_PAGE))
        file.seek(0, os.SEEK_END)
        size = file.tell() // _PAGE
        file.seek(28)
        file.write(size.to_bytes(4, "big") + bytes(8))  # no list of free pages


def _schema_pages(path: Path) -> list[int]:
    fresh = apsw.Connection(str(path))
    try:
        sql = "select pageno from dbstat where name = 'sqlite_schema' order by 1"
        return [int(row[0]) for row in fresh.execute(sql)]
    finally:
        fresh.close()


def _read(damaged: Path, made: Path, report: Report) -> None:
    old = apsw.Connection(str(damaged))
    new = apsw.Connection(str(made))
    try:
        later = _begin(new)
        for table in report.tables:
            _fill(old, new, table)
        rejoin(new)
        keep_given(new, _given(old))
        compute(new)
        for sql in later:
            new.execute(sql)
        new.execute("commit")
    finally:
        old.close()
        new.close()


def _begin(new: apsw.Connection) -> list[str]:
    """Make the new file; return the statements for its triggers, to run at the end."""
    # one transaction: each of 500 statements would wait for the disk
    new.execute("pragma synchronous = off; begin")
    # in one go: schema.sql's triggers hold semicolons, and apsw takes whole scripts
    list(new.execute(schema_sql()))
    rows = list(new.execute("select name, sql from sqlite_master where type='trigger'"))
    for name, _ in rows:
        new.execute(f'drop trigger "{name}"')
    new.execute("pragma user_version = 1")
    return [sql for _, sql in rows]


def _integrity(copy: Path) -> list[str]:
    if not copy.stat().st_size:
        return ["the file is empty"]
    old = apsw.Connection(str(copy))
    try:
        return [str(row[0]) for row in old.execute("pragma integrity_check(100)")]
    except apsw.Error as error:
        return [str(error)]
    finally:
        old.close()


def _fill(old: apsw.Connection, new: apsw.Connection, table: Table) -> None:
    columns = [
        row[1]
        for row in new.execute(f"pragma table_xinfo({table.name})")
        if row[6] == 0  # neither hidden nor computed
    ]
    marks = ", ".join("?" * len(columns))
    insert = f"insert into {table.name} ({', '.join(columns)}) values ({marks})"
    for row in _rows(old, table, ", ".join(columns)):
        table.read += 1
        try:
            new.execute(insert, row)
            table.kept += 1
        except apsw.Error as error:
            table.note(f"a row does not fit: {error}")


def _rows(
    old: apsw.Connection, table: Table, columns: str
) -> Iterator[tuple[Any, ...]]:
    """Yield each row that can be read, once."""
    if table.name in _KEYED:
        yield from _scan(old, table, f"select {columns} from {table.name}")
        return
    seen: set[int] = set()
    numbered = f"select id, {columns} from {table.name} not indexed"
    if table.name == "tombstones":
        numbered = numbered.replace("select id", "select photo_id")
    for order in ("rowid", "rowid desc"):
        before = table.stops
        for number, *row in _scan(old, table, f"{numbered} order by {order}"):
            if number not in seen:
                seen.add(number)
                yield tuple(row)
        if table.stops == before:
            return  # read to its end
    for found, values in _probe(old, table, numbered, seen):
        seen.add(found)
        yield values
    yield from _from_leaves(old, table, numbered, seen)


def _from_leaves(
    old: apsw.Connection, table: Table, numbered: str, seen: set[int]
) -> Iterator[tuple[Any, ...]]:
    """Read what no page leads to any more, where a row's form tells its table."""
    path, forms = Path(old.filename), stored_forms(old)
    if table.name not in forms:
        return
    for _ in put_each_first(path, table.name, forms, seen):
        with closing(apsw.Connection(str(path))) as leaf:
            for number, *row in _scan(leaf, table, numbered):
                if number not in seen:
                    seen.add(number)
                    yield tuple(row)


def _scan(
    old: apsw.Connection, table: Table, sql: str, values: tuple[int, ...] = ()
) -> Iterator[tuple[Any, ...]]:
    try:
        yield from old.execute(sql, values)
    except (apsw.Error, UnicodeDecodeError) as error:
        table.stops += 1
        table.note(f"reading stopped: {error}")


def _probe(
    old: apsw.Connection, table: Table, numbered: str, seen: set[int]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Ask for the numbers of the gap, which both scans stopped before, one by one."""
    last = max(seen, default=0)
    for number in range(1, last + _PROBE):
        if number in seen:
            continue
        if number > last + 100:
            return
        for _, *row in _scan(old, table, f"{numbered} where rowid = ?", (number,)):
            last = max(last, number)
            yield number, tuple(row)


def _given(old: apsw.Connection) -> list[tuple[Any, ...]]:
    """Return what the damaged file says of the highest number that each table gave."""
    sql = "select name, seq from sqlite_sequence"
    return list(_scan(old, Table("sqlite_sequence"), sql))


def describe(report: Report) -> Iterator[str]:
    """Yield the lines of a report for a person."""
    yield "SQLite says of the damaged file:"
    for problem in report.integrity[:10]:
        yield f"  {problem}"
    yield "table            read    kept"
    for table in report.tables:
        yield f"{table.name:<14} {table.read:>6}  {table.kept:>6}"
        for problem in table.problems[:5]:
            yield f"    {problem}"
    if report.whole:
        yield "nothing seems to be missing"
    else:
        yield "something is missing; the photo files in originals/ need no database"


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return printable(f"{where}{error.strerror.lower()}")
    return printable(str(error))


def main(words: list[str]) -> int:
    """Run the command; returns its exit code: 0 nothing is missing, 3 something is.

    :param words: the archive's folder, and the new file
    """
    if len(words) != 2:
        sys.stderr.write("usage: python -m archive.salvage ARCHIVE OUT.db\n")
        return 2
    try:
        report = salvage(Path(words[0]), Path(words[1]))
    except (OSError, apsw.Error) as error:
        sys.stderr.write(f"asbuilt: {_sentence(error)}\n")
        return 1
    except KeyboardInterrupt:
        return 130  # the command that started this says so
    sys.stdout.writelines(f"{line}\n" for line in describe(report))
    sys.stdout.write(
        f"keep {words[0]}/archive.db and what begins so aside, and put {words[1]} in"
        " its place: then the archive opens again\n"
    )
    return 0 if report.whole else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
