"""The list that goes with exported photos: every field, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> bytes:
    """Return rows as CSV (RFC 4180) in UTF-8 with a mark, which Excel needs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    names = list(columns)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return text.getvalue().encode("utf-8-sig", "replace")


def as_json(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as one JSON list, one a line."""
    lines = [json.dumps(dict(row), ensure_ascii=False) for row in rows]
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    return text.encode("utf-8", "replace")


def _cell(value: object) -> object:
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
