"""The photo log: the table that specifications ask for, as CSV or for a spreadsheet.

Number, date, photographer, place, direction, description, file, hash (Division 01 32 33
of MasterFormat, "Photographic Documentation").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.errors import InvalidInput
from archive.export.manifest import csv_into
from archive.export.naming import names_of
from archive.export.writing import enduring
from archive.photos import Photo, chunks, load_photos
from archive.sqlite import sqlite3

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

COLUMNS = (
    *("number", "date", "photographer", "place", "direction", "description"),
    *("file", "hash"),
)
KINDS = ("csv", "xlsx")
MOST = 1_048_575  # rows that a spreadsheet has below its head
_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_WIDTHS = (8, 20, 22, 36, 10, 60, 32, 24)  # in characters
_LONGEST = 32_767  # characters in a cell of a spreadsheet
# What XML 1.0 cannot say
_UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Row = dict[str, Any]


def log_rows(
    connection: sqlite3.Connection, ids: Sequence[int], names: str = ""
) -> Iterator[Row]:
    """Yield a row for each photo, in the order of ``ids``.

    The photographer is who the file says, and who added it where it says nobody. The
    file is called as it came, or as a zip of the same photos has it.

    :param ids: each once, all visible
    :param names: the template of that zip; "": as it came
    :raises InvalidInput: as for ``archive.export.naming.name_template``
    """
    called = names_of(connection, ids, names) if names else None
    number = 0
    for some in chunks(ids):
        artists = _artists(connection, some)
        for photo in load_photos(connection, some):
            number += 1
            file = called(photo, number) if called else photo.filename
            yield {
                "number": number,
                "date": _date(photo),
                "photographer": artists.get(photo.id) or photo.uploader,
                "place": _place(photo),
                "direction": _direction(photo.direction),
                "description": photo.description,
                "file": file,
                "hash": photo.sha256,
            }


def write_log(path: Path, kind: str, rows: Iterator[Row]) -> None:
    """Write a log.

    :raises InvalidInput: there is no such kind, or a spreadsheet has too few rows
    """
    if kind not in KINDS:
        raise InvalidInput(f"a photo log ends in .csv or .xlsx, not .{kind}")
    if kind == "xlsx":
        _write_xlsx(path, rows)
        return
    with path.open("wb") as file:
        add = csv_into(file, COLUMNS)
        for row in rows:
            add(row)


def _write_xlsx(path: Path, rows: Iterator[Row]) -> None:
    """Write a spreadsheet, in constant memory. No text in it is a formula or a link."""
    from xlsxwriter import Workbook

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    with enduring(path) as file:
        book = Workbook(file, options)
        try:
            _fill(book, rows)
        except OSError:  # of a disk that takes no more
            book.fileclosed = True
            raise
        finally:
            _close(book)


def _close(book: Workbook) -> None:
    """Write a spreadsheet; of one that was ended nothing is kept."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        if not book.fileclosed:
            book.close()
    except FileCreateError as error:  # it says so of any error of the disk
        cause = error.args[0] if error.args else None
        raise cause if isinstance(cause, OSError) else OSError(str(error)) from error


def _fill(book: Workbook, rows: Iterator[Row]) -> None:
    sheet = book.add_worksheet("Photos")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for at, row in enumerate(rows, 1):
        if at > MOST:
            raise InvalidInput(f"a spreadsheet has {MOST:,} rows; choose fewer photos")
        _write_row(sheet, at, row, wrapped)


def _write_row(sheet: Worksheet, at: int, row: Row, form: Any) -> None:  # noqa: ANN401
    sheet.write_number(at, 0, row["number"], form)
    for column, name in enumerate(COLUMNS[1:], 1):
        text = _UNSAID.sub("\ufffd", row[name] or "")
        sheet.write_string(at, column, text[:_LONGEST], form)


def _date(photo: Photo) -> str:
    """Return when a photo was taken, as its camera says; "" where nobody knows."""
    if photo.taken_at is None:
        return ""
    return photo.taken_at[:19].replace("T", " ") + (photo.taken_offset or "")


def _place(photo: Photo) -> str:
    """Return the location, and the place on earth where that is known."""
    parts = [photo.location] if photo.location else []
    if photo.latitude is not None and photo.longitude is not None:
        parts.append(f"{photo.latitude:.6f}, {photo.longitude:.6f}")
    return "; ".join(parts)


def _direction(degrees: float | None) -> str:
    if degrees is None:
        return ""
    return f"{degrees:.0f}° {_POINTS[round(degrees / 45) % 8]}"


def _artists(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return whom files name as their photographer."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"""
        select p.id, json_extract(o.details, '$.artist')
        from photos p join originals o on o.id = p.original_id where p.id in ({marks})
        """,
        list(ids),
    )
    return {number: str(artist) for number, artist in rows if artist}
