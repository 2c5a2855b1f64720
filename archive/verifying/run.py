"""Verifying an archive: its files, its database, or as much as there is time for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from archive.clock import timestamp, utc_now
from archive.database import DATABASE, SALVAGE_HINT, Archive, explain
from archive.errors import ArchiveLocked, DamagedArchive, StoreError
from archive.originals import require_there
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3
from archive.verifying.checks import (
    Check,
    Fault,
    begin,
    count_faults,
    finish,
    get_check,
    half_done_with_records,
    mend_unseen,
    note,
    open_faults,
)
from archive.verifying.files import count_due, due, orphans, verify_some
from archive.verifying.records import verify_pages, verify_records

_RECORDS = ("database", "reference", "search", "counter", "history", "orphan")
_NAMED = 3  # of what is damaged in a database that cannot even be written to


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is verified now.

    :param seconds: no file is begun later; None: as long as it takes
    :param records: the database, too
    :param check: called between two files; what it raises ends the run, which goes on
        where it was the next time
    """

    seconds: float | None = None
    records: bool = True
    check: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Report:
    """What was verified.

    :param files: originals, plans and maps that were read, of ``of``
    :param left: files that there was no time for
    :param found: how much is wrong that was found now
    :param wrong: how much is wrong, as far as is known
    :param known: of that the first thousand
    """

    files: int = 0
    bytes: int = 0
    of: int = 0
    left: int = 0
    records: bool = False
    found: int = 0
    wrong: int = 0
    known: list[Fault] = field(default_factory=list)


def verify(
    archive: Archive,
    who: Person,
    limits: Limits,
    report: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> Report:
    """Verify an archive, from where the last run was stopped.

    :param report: told how many files of how many
    :raises NotAllowed: ``who`` may not
    :raises ArchiveError: the archive cannot be read at all
    """
    require(who, "history")
    require_there(archive.originals)
    end = None if limits.seconds is None else time.monotonic() + limits.seconds
    connection = archive.connection
    records = limits.records or half_done_with_records(connection)
    pages = verify_pages(connection) if records else []
    with _naming(archive, pages):
        check = begin(connection, who, records=records)
        told = Report(records=bool(check.records))
        if check.records:
            told.found += _verify_database(archive, check, pages, limits.check)
        _verify_files(archive, check, told, limits, end, report)
        if not told.left:
            finish(connection, check)
        know(archive, told)
    return told


@contextmanager
def _naming(archive: Archive, pages: Sequence[Fault]) -> Iterator[None]:
    """Say what is damaged, where a database is so damaged that nothing can be kept.

    :raises DamagedArchive: it is
    """
    path = archive.folder / DATABASE
    try:
        yield
    except sqlite3.DatabaseError as error:
        if not pages or isinstance(explain(error, path), (ArchiveLocked, StoreError)):
            raise
        some = "; ".join(" ".join(fault.text.split()) for fault in pages[:_NAMED])
        raise DamagedArchive(f"{path}: {some}; {SALVAGE_HINT}") from error


def know(archive: Archive, told: Report) -> None:
    """Put into a report what is wrong now, as far as is known."""
    told.known = open_faults(archive.connection)
    told.wrong = count_faults(archive.connection)


def _verify_database(
    archive: Archive, check: Check, pages: list[Fault], go_on: Callable[[], None]
) -> int:
    """Verify the database, and what lies about. Returns how much is wrong.

    It is never left half done: what raises leaves what was known.
    """
    connection, since = archive.connection, timestamp(utc_now())
    found = 0
    for faults in (chain(pages, verify_records(connection)), orphans(archive)):
        go_on()
        found += note(connection, check, faults, since)
    mend_unseen(connection, _RECORDS, since)
    return found


def _verify_files(  # noqa: PLR0917 - one run's surroundings
    archive: Archive,
    check: Check,
    told: Report,
    limits: Limits,
    end: float | None,
    report: Callable[[int, int], None],
) -> None:
    connection = archive.connection
    told.of = count_due(connection)
    before = told.of - count_due(connection, check.started_at)

    def go_on() -> bool:
        limits.check()
        return end is None or time.monotonic() < end

    while some := due(archive, check.started_at):
        told.found += verify_some(archive, check, some, go_on)
        now = get_check(connection, check.id)
        told.files = now.files - check.files
        told.bytes = now.bytes - check.bytes
        report(before + told.files, told.of)
        if end is not None and time.monotonic() >= end:
            break
    told.left = count_due(connection, check.started_at)
