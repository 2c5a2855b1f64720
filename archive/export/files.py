"""Exports as files: pdf, zip, tables and logs, each whole or not there.

They take the same photos, say how far they are in one way, and end with a receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from archive.accounts import open_accounts
from archive.clock import utc_now
from archive.database import Archive
from archive.errors import DamagedFile, InvalidInput
from archive.export.data import data_rows, write_data
from archive.export.databases import write_database
from archive.export.logs import log_rows, write_log
from archive.export.photos import AS_THEY_ARE, Packaging, Packing, find_altered
from archive.export.receipts import Receipt, receipt_of
from archive.export.selection import visible
from archive.export.writing import KEPT, WHOLE, writing
from archive.export.zip_writing import write_zip
from archive.people import Person
from archive.photo_links import PLACE, key_of, photo_token
from archive.photos import Photo
from archive.rights import Viewer, require, viewer

Tell = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """Say nothing of how far it is."""


def export_pdf(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    template: Any = None,  # noqa: ANN401
    *,
    replace: bool = False,
    tell: Tell = _silent,
    now: datetime | None = None,
) -> Receipt:
    """Write a report of photos, as far as ``who`` may see them.

    Pictures that a writer which was killed had made for it are not made again.

    :param template: an ``archive.export.pdf.Template``
    :param tell: is told how many of how many are done; raises to end it
    :raises NotAllowed: ``who`` may not download photos
    :raises InvalidInput: no photos, or too many for a report
    :raises Conflict: ``out`` is there, and is not to be replaced
    :raises StoreError: it cannot be written
    """
    from archive.export.pdf import Template, write_report

    require(who, "download")
    chosen = template or Template()
    with writing(out, replace=replace, resume=(KEPT,)) as path:
        kept = path.with_name(KEPT)
        made = write_report(
            archive, who, ids, chosen, path, tell=tell, now=now, kept=kept
        )
    counts = (made.photos, made.of)
    return receipt_of(
        out, "pdf", out.name, counts, missing=made.missing, pages=made.pages, now=now
    )


def export_zip(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    packaging: Packaging = AS_THEY_ARE,
    *,
    replace: bool = False,
    tell: Tell = _silent,
    now: datetime | None = None,
) -> Receipt:
    """Write originals or copies, with lists of what is known. As ``export_pdf``.

    What a writer that was killed had written of it is not written again. A file that
    is not what was archived is left out, as one that is missing.

    :raises InvalidInput: the packaging cannot be, too
    :raises DamagedFile: a file is altered just now
    """
    require(who, "download")
    packaging.check()
    some = _some(archive, ids, viewer(who))
    now = now or utc_now()
    with writing(out, replace=replace, resume=(WHOLE,)) as path:
        packing = Packing(
            archive.connection,
            archive.originals,
            viewer(who),
            path.parent,
            now,
            packaging,
        )
        try:
            written = _zipped(packing, some, path, tell)
        except DamagedFile:
            # Rare, so only then all are read beforehand; what is right is written
            altered = find_altered(archive.connection, archive.originals, some)
            packing = packing.anew(altered)
            written = _zipped(packing, some, path, tell)
    counts = (len(some) - len(packing.missing), len(some))
    return receipt_of(
        out,
        "zip",
        out.name,
        counts,
        missing=packing.missing,
        contents=packing.contents,
        notes=packing.notes,
        written=written,
        now=now,
    )


def _zipped(
    packing: Packing, some: list[int], path: Path, tell: Tell
) -> tuple[int, str]:
    entries = packing.entries(some)
    return write_zip(path, entries, lambda: tell(packing.done, len(some)))


def export_table(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    kind: str,
    *,
    photo_links: str = "",
    replace: bool = False,
    tell: Tell = _silent,
    now: datetime | None = None,
) -> Receipt:
    """Write a table of photos, every field of them. As ``export_pdf``.

    :param kind: csv, json, jsonl or parquet
    :param photo_links: where the archive is served, such as ``https://photos.example``:
        each photo's address there is in the table; "": no addresses
    :raises NotAllowed: ``who`` may not share photos, where addresses are wanted
    """
    link = _linking(archive, who, photo_links) if photo_links else None

    def write(path: Path, some: list[int]) -> None:
        rows = data_rows(archive.connection, some, viewer(who), link)
        write_data(path, kind, _counted(rows, len(some), tell))

    return _list(archive, who, ids, out, kind, write, replace=replace, now=now)


def _linking(archive: Archive, who: Person, served: str) -> Callable[[Photo], str]:
    """Return what gives the addresses of photos (archive/photo_links.py)."""
    require(who, "share")
    if not served.startswith(("http://", "https://")):
        raise InvalidInput("photo links begin with http:// or https://")
    with open_accounts(archive.folder) as accounts:
        key = key_of(accounts)
    base = served.rstrip("/") + PLACE
    return lambda photo: base + photo_token(key, photo.uuid)


def export_log(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    kind: str = "",
    *,
    names: str = "",
    replace: bool = False,
    tell: Tell = _silent,
    now: datetime | None = None,
) -> Receipt:
    """Write a photo log. As ``export_pdf``.

    :param kind: csv or xlsx; "": as ``out`` ends
    :param names: the template of a zip with the same photos
    """
    wanted = kind or out.suffix.lstrip(".").lower()

    def write(path: Path, some: list[int]) -> None:
        rows = log_rows(archive.connection, some, names)
        write_log(path, wanted, _counted(rows, len(some), tell))

    return _list(archive, who, ids, out, wanted, write, replace=replace, now=now)


def export_database(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    *,
    replace: bool = False,
    tell: Tell = _silent,
    now: datetime | None = None,
) -> Receipt:
    """Write a database for free SQL. As ``export_pdf``."""

    def write(path: Path, some: list[int]) -> None:
        check = partial(tell, 0, len(some))
        check()
        write_database(archive, some, path, viewer(who), check)
        tell(len(some), len(some))

    return _list(archive, who, ids, out, "db", write, replace=replace, now=now)


def _list(  # noqa: PLR0917
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    kind: str,
    write: Callable[[Path, list[int]], None],
    *,
    replace: bool,
    now: datetime | None,
) -> Receipt:
    require(who, "download")
    some = _some(archive, ids, viewer(who))
    with writing(out, replace=replace) as path:
        write(path, some)
    return receipt_of(out, kind, out.name, (len(some), len(some)), now=now)


def _counted(
    rows: Iterator[dict[str, Any]], of: int, tell: Tell
) -> Iterator[dict[str, Any]]:
    for done, row in enumerate(rows, 1):
        yield row
        tell(done, of)


def _some(archive: Archive, ids: Sequence[int], who: Viewer | None) -> list[int]:
    found = visible(archive.connection, ids, who)
    if not found:
        raise InvalidInput("there are no photos to export")
    return found
