"""The import, step by step: find, recognise, stage, read in workers, keep, record.

One run is many batches of at most ``BATCH`` photos, so that a kill at any instant loses
only what the next run brings again, and so that others may write in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from archive import originals
from archive.cache import Cache, note_failure, open_cache, put_many
from archive.clock import timestamp, utc_now
from archive.database import Archive, database_errors
from archive.errors import (
    ArchiveError,
    ArchiveLocked,
    DamagedArchive,
    FileProblem,
)
from archive.identity import new_uuid
from archive.importing.answers import Ready, facts_from, failure_from
from archive.importing.memory import Sources, Twin
from archive.importing.model import Found, ImportOptions, ImportReport
from archive.importing.outcomes import Outcomes, Progress
from archive.importing.recording import Recorded, record
from archive.importing.records import Writer
from archive.importing.scanning import check_paths, find_files
from archive.importing.staging import stage_file
from archive.importing.store import (
    close_store,
    is_lost,
    open_store,
    put_back,
)
from archive.originals import Staged, Stored
from archive.people import Person
from archive.pictures import NAMES, Rendition, renditions_from
from archive.purging import still_wanted
from archive.rights import require
from archive.sqlite import sqlite3
from archive.waiting import last_change
from archive.workers import Failure, Outcome, run_jobs

BATCH = 64  # photos a transaction
FEW = 16  # while others write too, who may be waiting for its end
GROUP = 200  # files looked up at a time
BATCH_BYTES = 1 << 30  # of originals that wait for it
MANY = 1000  # photos, after which the search index is worth merging
PREPARE = "archive.preparing:prepare"
READY = "archive.preparing:ready"  # a worker that did this has begun, and read its code
# What the reader says of a file; anything else went wrong with the reader.
_VERDICTS = ("DamagedFile", "NotAPhoto", "StoreError")

Key = tuple[Found, Staged]
Prepared = tuple[Ready, tuple[Rendition, ...]]


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

    What stops one file is in the report; the rest goes on.

    :param workers: processes that read files and make renditions
    :param renditions: make thumbnails now rather than when they are first looked at
    :param progress: called after each file
    :raises NotFound: none of the paths is there, or outside the archive
    :raises InvalidInput: an option that cannot be
    :raises NotAllowed: the actor may not add photos, or not with these options
    :raises ArchiveLocked: another process kept the database; run it again later
    :raises DamagedArchive: the database is damaged
    :raises StoreError: nothing can be written at all
    """
    require(actor, "upload")
    check_paths(archive.folder, paths)

    def find(ignored: Callable[[], None]) -> Iterable[Found]:
        return find_files(archive.folder, paths, ignored)

    return import_found(
        archive,
        actor,
        find,
        options,
        workers=workers,
        renditions=renditions,
        progress=progress,
    )


def import_found(
    archive: Archive,
    actor: Person,
    find: Callable[[Callable[[], None]], Iterable[Found]],
    options: ImportOptions | None = None,
    *,
    run_uuid: str | None = None,
    workers: int = 2,
    renditions: bool = True,
    progress: Progress | None = None,
    writing: Callable[..., Writer] = Writer,
) -> ImportReport:
    """Import files, wherever they come from. What is not said: as ``import_photos``.

    :param find: gives them; called with what counts those that are passed over
    :param run_uuid: of the batches; one that is known goes on
    :param writing: makes what writes the records
    """
    options = options or ImportOptions()
    require(actor, "upload")
    with database_errors(archive.folder):
        sources = Sources(archive.connection, archive.uuid, actor)
        writer = writing(archive.connection, sources, actor, options)
        outcomes = Outcomes(sources, run_uuid or new_uuid(), progress)
        begun = json.dumps(options.as_json(), ensure_ascii=False)
        sources.begin(outcomes.report.run, begun, timestamp(utc_now()))
        store = open_store(archive)
        seen = last_change(archive.connection)
        run = _Import(archive, writer, outcomes, store, seen=seen)
        try:
            run.work(find(outcomes.ignored), workers, NAMES if renditions else ())
        except BaseException:
            originals.end(run.store)
            raise
        _finish(run)
    return outcomes.report


def _finish(run: _Import) -> None:
    """Record how it ended, then clear up."""
    report = run.outcomes.report
    if len(report.imported) >= MANY:
        merge_search_index(run.archive)
    counts = len(report.imported), len(report.duplicates), len(report.refused)
    if run.sources.end(timestamp(utc_now()), *counts):
        close_store(run.archive, run.store)
    else:
        originals.end(run.store)


@dataclass(slots=True)
class _Import:
    """Files on their way: staged, being read, waiting to be recorded.

    :param waiting: read, to be recorded in the next batch
    :param in_flight: SHA-256 of files on their way, with others of those bytes
    :param again: files that broke their reader, to be tried for facts only
    :param failures: SHA-256 of those, and how
    :param seen: the database as it was after the last batch (``waiting.last_change``)
    """

    archive: Archive
    writer: Writer
    outcomes: Outcomes
    store: originals.Run
    waiting: list[Prepared] = field(default_factory=list)
    in_flight: dict[str, list[Found]] = field(default_factory=dict)
    again: list[Key] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    @property
    def sources(self) -> Sources:
        return self.writer.sources

    def work(self, found: Iterable[Found], workers: int, names: Sequence[str]) -> None:
        """Bring every file to its end: imported, duplicate or refused."""
        self.read(self.new(found), workers, tuple(names))
        self.read(iter(self.again), workers, ())
        self.write()

    def new(self, found: Iterable[Found]) -> Iterator[Key]:
        """Stage what is new; all else is reported here."""
        for file in self.changed(found):
            try:
                staged = self.stage(file)
            except FileProblem as problem:
                self.outcomes.refused(file, problem.reason)
                continue
            if staged is not None:
                yield file, staged

    def changed(self, found: Iterable[Found]) -> Iterator[Found]:
        """Those that are not known just as they are; the others are reported."""
        if self.writer.options.checksum:
            yield from found
            return
        for group in together(found):
            for file, twin in zip(group, self.sources.unchanged(group), strict=True):
                if twin is None or file.problem or is_lost(self.store, twin):
                    yield file
                else:
                    self.outcomes.unchanged(file, twin)

    def stage(self, file: Found) -> Staged | None:
        """Copy a file into the store's corner, unless its bytes are here already.

        :raises FileProblem: it cannot be read, or is no photo
        """
        staged = stage_file(self.store, file)
        if self.is_new(file, staged):
            return staged
        originals.discard(staged)
        return None

    def is_new(self, file: Found, staged: Staged) -> bool:
        """Whether no file before this one had its bytes; else it is reported."""
        twin = self.sources.photo_of(staged.sha256)
        if twin is not None:
            if twin.stored is not None and is_lost(self.store, twin):
                self.heal(file, staged, twin.stored)
            self.outcomes.duplicate(file, twin, staged.sha256)
            return False
        if staged.sha256 in self.in_flight:
            self.in_flight[staged.sha256].append(file)
            return False
        purged = self.sources.purged(staged.sha256)
        if purged and not self.writer.options.purged_too:
            self.outcomes.refused(file, purged)
            return False
        self.in_flight[staged.sha256] = []
        return True

    def heal(self, file: Found, staged: Staged, stored: Stored) -> None:
        """Put a file where the original of the same bytes is not as it should be."""
        how = put_back(self.archive, self.store, staged, stored)
        self.sources.mended(stored)
        if how:
            self.outcomes.healed(file, how)

    def read(self, keys: Iterator[Key], workers: int, names: tuple[str, ...]) -> None:
        """Let workers read staged files, and take up what they say.

        :param names: of the renditions to make; none: facts only
        """
        jobs = ((key, (str(key[1].path), names)) for key in keys)
        with closing(run_jobs(PREPARE, jobs, workers)) as results:  # type: ignore[type-var]
            for outcome in results:
                self.take(outcome, with_pictures=bool(names))

    def take(self, outcome: Outcome, *, with_pictures: bool) -> None:
        """Take up what a worker says of a file."""
        file, staged = outcome.key
        if outcome.error is not None:
            self.take_failure(file, staged, outcome.error, last=not with_pictures)
            return
        try:
            facts = facts_from(outcome.value)
            made = renditions_from(outcome.value["renditions"])
            failure = failure_from(outcome.value)
        except (ValueError, TypeError, KeyError) as error:
            reason = f"the reader's answer makes no sense: {error}"
            self.give_up(file, staged, reason)
            return
        failure = failure or self.failures.get(staged.sha256, "")
        self.accept(Ready(file, staged, facts, failure), made)

    def take_failure(
        self, file: Found, staged: Staged, error: Failure, *, last: bool
    ) -> None:
        """Refuse a file, or archive it without a picture when only that failed."""
        if last or error.type in _VERDICTS:
            self.give_up(file, staged, error.reason)
        else:
            self.failures[staged.sha256] = error.reason
            self.again.append((file, staged))

    def accept(self, ready: Ready, made: tuple[Rendition, ...]) -> None:
        """Queue a file that was read; record the queue when it is long enough.

        It is brought to the disk now: the readers are at work meanwhile, whereas they
        would run out of it while a whole queue is.
        """
        if not self.synced(ready):
            return
        self.waiting.append((ready, made))
        bytes_waiting = sum(r.staged.bytes for r, _ in self.waiting)
        if len(self.waiting) >= self.most() or bytes_waiting >= BATCH_BYTES:
            self.write()

    def most(self) -> int:
        """How many photos a transaction may have: who else writes waits for its end."""
        alone = last_change(self.archive.connection) == self.seen
        return BATCH if alone else min(FEW, BATCH)

    def write(self) -> None:
        """Record the queue: all of it, or what of it can be."""
        prepared, self.waiting = self.waiting, []
        queue = [ready for ready, _ in prepared]
        if not queue:
            return
        run = self.outcomes.report.run
        try:
            done = record(self.archive, self.store, self.writer, run, queue)
        except (ArchiveLocked, DamagedArchive):
            raise
        except (ArchiveError, sqlite3.Error) as error:
            for ready in queue:
                self.give_up(ready.found, ready.staged, _reason(error))
            return
        self.seen = last_change(self.archive.connection)
        remember_pictures(self.archive, prepared)
        for item in done:
            self.announce(item)

    def synced(self, ready: Ready) -> bool:
        """Bring a staged file to the disk, or refuse it."""
        try:
            originals.sync_staged(ready.staged)
        except FileProblem as problem:
            self.give_up(ready.found, ready.staged, problem.reason)
            return False
        return True

    def announce(self, item: Recorded) -> None:
        """Report a recorded file, and the others of the same bytes as duplicates."""
        file, staged = item.ready.found, item.ready.staged
        twin = item.twin
        if item.uuid is not None:
            self.outcomes.imported(file, item.uuid, item.notes)
            twin = Twin(item.uuid)
        elif twin is not None:
            self.outcomes.duplicate(file, twin, staged.sha256)
        else:
            self.give_up(file, staged, item.problem)
            return
        for other in self.in_flight.pop(staged.sha256, []):
            self.outcomes.duplicate(other, twin, staged.sha256)

    def give_up(self, file: Found, staged: Staged, reason: str) -> None:
        """Refuse a staged file, and the others of the same bytes."""
        originals.discard(staged)
        for one in (file, *self.in_flight.pop(staged.sha256, [])):
            self.outcomes.refused(one, reason)


def together(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Files in groups of one place, which are looked up with one statement.

    A zip's members come one by one: it is open until the next thing is asked for.
    """
    group: list[Found] = []
    for file in found:
        if group and (len(group) >= GROUP or file.place != group[0].place):
            yield group
            group = []
        group.append(file)
        if file.place.kind == "zip":
            yield group
            group = []
    if group:
        yield group


def merge_search_index(archive: Archive) -> None:
    """Merge the pieces that many small writes left of the search index.

    Searches get up to twice as fast; it takes 2 s at a million photos.
    """
    with suppress(sqlite3.Error):  # a statement of its own is its own transaction
        archive.connection.execute(
            "insert into photos_fts (photos_fts) values ('optimize')"
        )


def remember_pictures(
    archive: Archive, prepared: Sequence[Prepared], cache: Cache | None = None
) -> None:
    """Put renditions, and why there are none, into the cache: it may fail.

    Only the cache is locked meanwhile. Twenty megabytes take longer to write than the
    records of their photos, and whoever changes one would have to wait.

    :param cache: stays open; None: opened for this
    """
    wanted = still_wanted(archive.connection)
    with nullcontext(cache) if cache else open_cache(archive.folder) as opened:
        made = [((ready.staged.sha256, 0), some) for ready, some in prepared if some]
        put_many(opened, made, wanted)
        for ready, _ in prepared:
            if ready.failure:
                note_failure(opened, ready.staged.sha256, ready.failure, wanted)


def _reason(error: Exception) -> str:
    if isinstance(error, FileProblem):
        return error.reason
    return f"cannot be recorded: {error}"
