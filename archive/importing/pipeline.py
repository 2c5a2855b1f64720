"""The import, step by step: find, recognise, stage, read in workers, keep, record.

One run is many batches of at most ``BATCH`` photos, so that a kill at any instant loses
only what the next run brings again, and so that others may write in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import originals
from archive.batches import batch
from archive.cache import note_failure, open_cache, put_many
from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import (
    ArchiveError,
    DamagedFile,
    FileProblem,
    NotAPhoto,
)
from archive.facts.sniff import HEAD, describe_refused, sniff
from archive.identity import new_uuid
from archive.importing.memory import Sources
from archive.importing.model import (
    Found,
    ImportOptions,
    ImportReport,
    Refusal,
    readable,
)
from archive.importing.records import Ready, Writer, facts_from
from archive.importing.scanning import check_path, find_files
from archive.originals import Staged
from archive.people import Person
from archive.pictures import NAMES, Rendition, renditions_from
from archive.purging import finish_purges, is_known
from archive.rights import require
from archive.workers import Outcome, run_jobs

BATCH = 64  # photos a transaction
PREPARE = "archive.importing.prepare:prepare"

Progress = Callable[[ImportReport], None]


def import_photos(
    archive: Archive,
    actor: Person,
    paths: Sequence[Path],
    options: ImportOptions | None = None,
    *,
    workers: int = 2,
    renditions: bool = True,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files, folders and zips; each file's bytes become one photo.

    :param workers: processes that read files and make renditions
    :param renditions: make thumbnails now rather than when they are first looked at
    :param progress: called after each file
    :raises NotFound: a path does not exist
    :raises InvalidInput: a path lies inside the archive, or an option cannot be
    :raises NotAllowed: the actor may not add photos, or not with these options
    """
    options = options or ImportOptions()
    require(actor, "upload")
    home = archive.folder.resolve()
    for path in paths:
        check_path(home, path)
    writer = Writer(archive.connection, archive.uuid, actor, options)
    tidy(archive)
    run = _Import(archive, writer, originals.begin(archive.originals), progress)
    try:
        run.start(actor)
        names = NAMES if renditions else ()
        run.work(_found(run, paths), workers, names)
        run.finish()
    finally:
        originals.end(run.store)
    return run.report


def tidy(archive: Archive) -> None:
    """Clear what earlier runs that were killed left behind."""
    connection = archive.connection
    connection.execute("BEGIN IMMEDIATE")  # nobody may be about to commit such a file
    try:
        originals.recover(
            archive.originals, lambda stored: is_known(connection, stored)
        )
    finally:
        connection.execute("ROLLBACK")
    finish_purges(archive)


def _found(run: _Import, paths: Iterable[Path]) -> Iterator[Found]:
    def ignored() -> None:
        run.report.ignored += 1

    return find_files(run.archive.folder, paths, ignored)


@dataclass(slots=True)
class _Import:
    """One run.

    :param waiting: read and ready, to be recorded in the next batch
    :param in_flight: SHA-256 of files that are being read, with others of those bytes
    :param again: files that broke their reader, to be tried for facts only
    :param failures: SHA-256 of those, and how
    """

    archive: Archive
    writer: Writer
    store: originals.Run
    progress: Progress | None
    report: ImportReport = field(default_factory=lambda: ImportReport(new_uuid()))
    waiting: list[Ready] = field(default_factory=list)
    pictures: list[tuple[tuple[str, int], tuple[Rendition, ...]]] = field(
        default_factory=list
    )
    in_flight: dict[str, list[Found]] = field(default_factory=dict)
    again: list[tuple[Found, Staged]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    sources: Sources = field(init=False)

    def __post_init__(self) -> None:
        self.sources = Sources(self.archive.connection, self.archive.uuid)

    def start(self, actor: Person) -> None:
        """Record that an import began."""
        options = json.dumps(self.writer.options.as_json(), ensure_ascii=False)
        self.writer.import_id = self.sources.begin(
            self.report.run, actor.id, options, timestamp(utc_now())
        )

    def finish(self) -> None:
        """Record that it ended, and with what."""
        self.sources.end(
            self.writer.import_id,
            timestamp(utc_now()),
            len(self.report.imported),
            len(self.report.duplicates),
            len(self.report.refused),
        )

    def work(
        self, found: Iterator[Found], workers: int, names: tuple[str, ...]
    ) -> None:
        """Bring every file to its end: imported, duplicate or refused."""
        for outcome in run_jobs(PREPARE, self.jobs(found, names), workers):
            self.take(outcome, last=not names)
        again = [((f, s), (str(s.path), ())) for f, s in self.again]
        for outcome in run_jobs(PREPARE, iter(again), workers):
            self.take(outcome, last=True)
        self.write()

    def jobs(
        self, found: Iterator[Found], names: tuple[str, ...]
    ) -> Iterator[tuple[tuple[Found, Staged], tuple[str, tuple[str, ...]]]]:
        """Stage what is new; all else is reported here."""
        for file in found:
            try:
                staged = self.stage(file)
            except ArchiveError as error:
                self.refuse(file, _reason(error))
                continue
            if staged is not None:
                yield (file, staged), (str(staged.path), names)

    def stage(self, file: Found) -> Staged | None:
        """Copy a file into the store's corner, unless its bytes are here already.

        :raises FileProblem: it cannot be read, or is no photo
        """
        if file.problem:
            raise DamagedFile(file.shown, file.problem)
        known = self.sources.unchanged(file)
        if known:
            self.duplicate(file, known)
            return None
        with file.open() as source:
            source = _Peeked(source)  # type: ignore[assignment]
            _check_kind(file, source.head)  # type: ignore[attr-defined]
            staged = originals.stage(self.store, source, file.shown)
        try:
            return self.recognise(file, staged)
        except BaseException:
            originals.discard(staged)
            raise

    def recognise(self, file: Found, staged: Staged) -> Staged | None:
        """Return the staged file when its bytes are new; else report it."""
        twin = self.sources.photo_of(staged.sha256)
        purged = None
        if twin is None and not self.writer.options.purged_too:
            purged = self.sources.purged(staged.sha256)
        if purged:
            raise DamagedFile(file.shown, purged)
        if twin is not None:
            self.duplicate(file, twin, staged.sha256)
        elif staged.sha256 in self.in_flight:
            self.in_flight[staged.sha256].append(file)
        else:
            self.in_flight[staged.sha256] = []
            return staged
        originals.discard(staged)
        return None

    def take(self, outcome: Outcome, *, last: bool) -> None:
        """Take up what a worker says of a file."""
        file, staged = outcome.key
        if outcome.error is not None:
            if outcome.error.kind == "error" or last:
                self.give_up(file, staged, outcome.error.reason)
            else:  # it broke the reader: archive it without a picture if we can
                self.failures[staged.sha256] = outcome.error.reason
                self.again.append((file, staged))
            return
        try:
            facts = facts_from(outcome.value)
            made = renditions_from(outcome.value["renditions"])
        except (ValueError, TypeError, KeyError) as error:
            self.give_up(file, staged, f"the reader's answer makes no sense: {error}")
            return
        failure = outcome.value.get("failure") or self.failures.get(staged.sha256, "")
        self.accept(Ready(file, staged, facts, str(failure)), made)

    def accept(self, ready: Ready, made: tuple[Rendition, ...]) -> None:
        """Queue a file that was read; record the queue when it is long enough."""
        self.waiting.append(ready)
        if made:
            self.pictures.append(((ready.staged.sha256, 0), made))
        if len(self.waiting) >= BATCH:
            self.write()

    def write(self) -> None:
        """Give the queued files their names and their records, or none of them."""
        queue, self.waiting = self.waiting, []
        if not queue:
            return
        try:
            self.record(queue)
        except (ArchiveError, OSError) as error:
            for ready in queue:
                self.give_up(ready.found, ready.staged, _reason(error))
            self.pictures.clear()
            return
        self.remember_pictures(queue)

    def record(self, queue: list[Ready]) -> None:
        """One transaction: link the files, then write their rows.

        The lock on the database is held while linking, so that no purge of the same
        bytes can come between a file and its record.
        """
        connection = self.archive.connection
        files = [(r.staged, r.facts.extension) for r in queue]
        originals.sync_staged(r.staged for r in queue)
        kept: list[originals.Stored] = []
        done: list[tuple[Ready, str, bool]] = []
        try:
            with batch(
                connection,
                self.writer.actor,
                origin="import",
                reason=self.writer.reason,
                run=self.report.run,
            ) as opened:
                kept = originals.keep(self.store, files)
                done = [
                    (ready, *self.writer.add(opened, self.sources, ready))
                    for ready in queue
                ]
        except BaseException:
            originals.take_back(self.store, kept, lambda s: is_known(connection, s))
            raise
        originals.settle(self.store, (r.staged for r in queue))
        for ready, uuid, is_new in done:
            self.announce(ready, uuid, is_new=is_new)

    def announce(self, ready: Ready, uuid: str, *, is_new: bool) -> None:
        """Report a recorded file, and the others of the same bytes as duplicates."""
        file = ready.found
        if is_new:
            self.report.imported.append((readable(file.shown), uuid))
            self.report.notes += [
                (readable(file.shown), note) for note in self.writer.notes(ready)
            ]
        else:
            self.report.duplicates.append((readable(file.shown), uuid))
        self.tell()
        for twin in self.in_flight.pop(ready.staged.sha256, []):
            self.duplicate(twin, uuid, ready.staged.sha256)

    def remember_pictures(self, queue: list[Ready]) -> None:
        """Put renditions, and why there are none, into the cache: it may fail."""
        pictures, self.pictures = self.pictures, []
        with open_cache(self.archive.folder) as cache:
            put_many(cache, pictures)
            for ready in queue:
                if ready.failure:
                    note_failure(cache, ready.staged.sha256, ready.failure)

    def duplicate(self, file: Found, uuid: str, sha256: str | None = None) -> None:
        """Report a file whose bytes are a photo already."""
        if sha256 is not None:
            self.sources.remember_duplicate(file, self.writer.import_id, sha256)
        self.report.duplicates.append((readable(file.shown), uuid))
        self.tell()

    def give_up(self, file: Found, staged: Staged, reason: str) -> None:
        """Refuse a staged file, and the others of the same bytes."""
        originals.discard(staged)
        self.refuse(file, reason)
        for twin in self.in_flight.pop(staged.sha256, []):
            self.refuse(twin, reason)

    def refuse(self, file: Found, reason: str) -> None:
        """Report a file that is not imported."""
        self.report.refused.append(Refusal(readable(file.shown), reason))
        self.sources.remember_refusal(file, self.writer.import_id, reason)
        self.tell()

    def tell(self) -> None:
        """Let the caller show how far it is."""
        if self.progress is not None:
            self.progress(self.report)


class _Peeked:
    """A source whose first bytes have been looked at."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401
        self._stream = stream
        self.head: bytes = stream.read(HEAD)
        self._given = 0

    def readinto(self, buffer: memoryview) -> int:
        """Give the head again, then the rest."""
        if self._given < len(self.head):
            piece = self.head[self._given : self._given + len(buffer)]
            buffer[: len(piece)] = piece
            self._given += len(piece)
            return len(piece)
        return int(self._stream.readinto(buffer) or 0)

    def fileno(self) -> int:
        """Of the stream itself."""
        return int(self._stream.fileno())


def _check_kind(file: Found, head: bytes) -> None:
    """Refuse what is no photo before it is copied."""
    if not head:
        raise DamagedFile(file.shown, "it is empty")
    if sniff(head) is None:
        raise NotAPhoto(file.shown, describe_refused(head))


def _reason(error: Exception) -> str:
    if isinstance(error, FileProblem):
        return error.reason
    if isinstance(error, OSError):
        return f"cannot be stored: {error.strerror or error}"
    return str(error)
