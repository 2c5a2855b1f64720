"""Verifying an archive: its files, its database, or as much as there is time for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from archive.database import Archive
from archive.originals import require_there
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3
from archive.verifying.checks import (
    Check,
    Fault,
    begin,
    finish,
    get_check,
    mend,
    note,
    open_faults,
)
from archive.verifying.files import due, orphans, verify_some
from archive.verifying.records import verify_records

_MOST = 1000  # files without a record: more of them say that the database is another
_RECORDS = ("database", "reference", "search", "counter", "history", "orphan")


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

    :param files: originals that were read, of ``of``
    :param left: originals that there was no time for
    :param found: what is wrong and was found now
    :param known: what is wrong, as far as is known
    """

    files: int = 0
    bytes: int = 0
    of: int = 0
    left: int = 0
    records: bool = False
    found: list[Fault] = field(default_factory=list)
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
    check = begin(connection, who, records=limits.records)
    told = Report(records=check.records)
    if check.records:
        told.found += _verify_database(archive, check)
    _verify_files(archive, check, told, limits, end, report)
    if not told.left:
        finish(connection, check)
    told.known = open_faults(connection)
    return told


def _verify_database(archive: Archive, check: Check) -> list[Fault]:
    """Verify the database, and what lies about; it is never left half done."""
    connection = archive.connection
    found = [*verify_records(connection), *islice(orphans(archive), _MOST)]
    now = {(fault.what, fault.subject) for fault in found}
    for fault in open_faults(connection, -1):
        if fault.what in _RECORDS and (fault.what, fault.subject) not in now:
            mend(connection, [fault.what], fault.subject)
    note(connection, check, found)
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
    told.of = _count(connection, "9")
    before = told.of - _count(connection, check.started_at)

    def go_on() -> bool:
        limits.check()
        return end is None or time.monotonic() < end

    while some := due(connection, check.started_at):
        told.found += verify_some(archive, check, some, go_on)
        now = get_check(connection, check.id)
        told.files = now.files - check.files
        told.bytes = now.bytes - check.bytes
        report(before + told.files, told.of)
        if end is not None and time.monotonic() >= end:
            break
    told.left = _count(connection, check.started_at)


def _count(connection: sqlite3.Connection, before: str) -> int:
    """Return how many originals were not read since then; "9": how many there are."""
    row = connection.execute(
        "select count(*) from originals where verified_at is null or verified_at < ?",
        (before,),
    ).fetchone()
    return int(row[0])
