"""Every field of photos as a table for programs: CSV, JSON, JSON lines, Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from archive.errors import InvalidInput
from archive.export.manifest import csv_into, json_into
from archive.export.writing import enduring
from archive.photos import Photo, chunks, load_photos
from archive.rights import Viewer
from archive.sqlite import sqlite3

Row = dict[str, Any]
_BATCH = 10_000  # rows that are in memory for Parquet
_WHOLE = frozenset({"id", "width", "height", "bytes", "comments"})
_BROKEN = frozenset({"lat", "lon", "direction"})
_FLAGS = frozenset({"private", "starred", "dated_ahead"})


def data_rows(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    who: Viewer | None,
    link: Callable[[Photo], str] | None = None,
) -> Iterator[Row]:
    """Yield every field of photos, as ``asbuilt photos --format jsonl`` names them.

    :param ids: all visible
    :param link: gives the address of a photo, which stands last as ``photo_link``
    """
    stars = who is not None and who.stars
    for some in chunks(ids):
        for photo in load_photos(connection, some):
            row = photo.as_json(stars=stars)
            yield {**row, "photo_link": link(photo)} if link else row


def can_parquet() -> bool:
    """Whether the package for Parquet is installed."""
    try:
        return find_spec("arro3.io") is not None
    except ModuleNotFoundError:
        return False


def write_data(path: Path, kind: str, rows: Iterator[Row]) -> None:
    """Write a table.

    :raises InvalidInput: there is no such kind, or a package for it is not installed
    """
    if kind not in WRITERS:
        raise InvalidInput(
            f"there is no {kind!r} of data; there are {', '.join(KINDS)}"
        )
    WRITERS[kind](path, rows)


def _write_csv(path: Path, rows: Iterator[Row]) -> None:
    with path.open("wb") as file:
        add = None
        for row in rows:
            add = add or csv_into(file, row)
            add(row)


def _write_json(path: Path, rows: Iterator[Row]) -> None:
    with path.open("wb") as file:
        add, end = json_into(file)
        for row in rows:
            add(row)
        end()


def _write_jsonl(path: Path, rows: Iterator[Row]) -> None:
    with path.open("wb") as file:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False)
            file.write(line.encode("utf-8", "replace") + b"\n")


def _write_parquet(path: Path, rows: Iterator[Row]) -> None:
    try:
        from arro3.core import RecordBatchReader
        from arro3.io import write_parquet
    except ImportError as error:
        raise InvalidInput(
            "Parquet needs a package more: install asbuilt[parquet]"
        ) from error
    first = next(rows)
    schema = _schema(first)
    raised: list[BaseException] = []

    def batches() -> Iterator[Any]:
        try:
            yield from _batches(first, rows, schema)
        except BaseException as error:
            raised.append(error)  # which the writer would tell as one of its own
            raise

    try:
        with enduring(path) as file:
            write_parquet(RecordBatchReader.from_batches(schema, batches()), file)
    except Exception:
        if raised:
            raise raised[0] from None
        raise


def _schema(row: Row) -> Any:  # noqa: ANN401
    from arro3.core import DataType, Field, Schema

    texts = DataType.list(Field("item", DataType.string(), nullable=True))
    kinds = {
        **dict.fromkeys(_WHOLE, DataType.int64()),
        **dict.fromkeys(_BROKEN, DataType.float64()),
        **dict.fromkeys(_FLAGS, DataType.bool()),
        "trades": texts,
    }
    return Schema([Field(n, kinds.get(n, DataType.string())) for n in row])


def _batches(first: Row, rows: Iterator[Row], schema: Any) -> Iterator[Any]:  # noqa: ANN401
    from arro3.core import RecordBatch

    some = [first, *islice(rows, _BATCH - 1)]
    while some:
        arrays = [_array([row[f.name] for row in some], f.type) for f in schema]
        yield RecordBatch.from_arrays(arrays, schema=schema)
        some = list(islice(rows, _BATCH))


def _array(values: list[Any], kind: Any) -> Any:  # noqa: ANN401
    from arro3.core import Array, DataType, list_array

    if isinstance(values[0], list):
        ends = Array([0, *accumulate(map(len, values))], DataType.int32())
        texts = [_said(text) for some in values for text in some]
        return list_array(ends, Array(texts, DataType.string()), type=kind)
    return Array([_said(value) for value in values], kind)


def _said(value: Any) -> Any:  # noqa: ANN401
    """Return a value as UTF-8 can have it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value


WRITERS: dict[str, Callable[[Path, Iterator[Row]], None]] = {
    "csv": _write_csv,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
KINDS: Iterable[str] = tuple(WRITERS)
