"""The list that goes with exported photos: every field, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

Row = Mapping[str, Any]

# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Iterable[Row], columns: Iterable[str]) -> bytes:
    """Return rows as CSV (RFC 4180) in UTF-8 with a mark, which Excel needs."""
    data = io.BytesIO()
    add = csv_into(data, columns)
    for row in rows:
        add(row)
    return data.getvalue()


def csv_into(file: BinaryIO, columns: Iterable[str]) -> Callable[[Row], None]:
    """Begin CSV in a file; returns what adds a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    names = list(columns)

    def write(cells: list[object], coding: str = "utf-8") -> None:
        writer.writerow(cells)
        file.write(text.getvalue().encode(coding, "replace"))
        text.seek(0)
        text.truncate()

    write([*names], "utf-8-sig")
    return lambda row: write([_cell(row.get(name)) for name in names])


def as_json(rows: Iterable[Row]) -> bytes:
    """Return rows as one JSON list, one a line."""
    data = io.BytesIO()
    add, end = json_into(data)
    for row in rows:
        add(row)
    end()
    return data.getvalue()


def json_into(file: BinaryIO) -> tuple[Callable[[Row], None], Callable[[], None]]:
    """Begin a JSON list in a file; returns what adds a row, and what ends it."""
    before = ["[\n"]

    def add(row: Row) -> None:
        line = json.dumps(dict(row), ensure_ascii=False)
        file.write((before[0] + line).encode("utf-8", "replace"))
        before[0] = ",\n"

    def end() -> None:
        file.write(b"\n]\n" if before[0] != "[\n" else b"[\n\n]\n")

    return add, end


def _cell(value: object) -> object:
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(_in_words, value))
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _in_words(value: object) -> str:
    """Return one of several values.

    A comment as ``Kim Lee: who moved this?``, a markup as ``Kim Lee: arrow``, or with
    the words on the photo.
    """
    if isinstance(value, Mapping):
        words = value["body"] if "body" in value else value["text"] or value["kind"]
        return f"{value['author'] or '?'}: {words}"
    return str(value)
