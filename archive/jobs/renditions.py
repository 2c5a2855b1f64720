"""The job that makes the thumbnails that are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import NamedTuple

from archive.cache import Cache, missing, note_failure, open_cache, put_many
from archive.database import Archive
from archive.errors import DamagedFile
from archive.jobs.records import JobError, clear_errors, failed_items, transaction
from archive.jobs.work import Work
from archive.originals import Stored, path_of
from archive.people import Person
from archive.photos import chunks
from archive.pictures import Rendition, renditions_from
from archive.purging import still_wanted
from archive.sqlite import sqlite3
from archive.workers import Outcome, run_jobs

RENDER = "archive.renditions:render"
ABSENT = "its file is not in the archive's folder"
STEP = 200  # photos between two marks of how far it came
WORKERS = 2

_SELECT = """
    select p.id, p.filename, o.sha256, o.extension, p.rotation
    from photos p join originals o on o.id = p.original_id
"""


class Wanted(NamedTuple):
    """A photo whose thumbnails there should be."""

    id: int
    name: str
    sha256: str
    extension: str
    rotation: int


def run(archive: Archive, person: Person, work: Work) -> str:  # noqa: ARG001
    """Make what is missing, and what could not be made before."""
    connection = archive.connection
    count = connection.execute("select count(*) from photos").fetchone()[0]
    work.report(total=count)
    with open_cache(archive.folder) as cache:
        _failed_before(archive, cache, work)
        while photos := _next(connection, work.position.get("after", 0)):
            keys = [(photo.sha256, photo.rotation) for photo in photos]
            lacking = set(missing(cache, keys))
            todo = [p for p in photos if (p.sha256, p.rotation) in lacking]
            errors = make(archive, cache, todo, work.check)
            with transaction(connection):
                position = {"after": photos[-1].id}
                done = work.progress[0] + len(photos)
                work.move_on(connection, position, min(done, count), errors)
    return ""


def _next(connection: sqlite3.Connection, after: int) -> list[Wanted]:
    rows = connection.execute(
        f"{_SELECT} where p.id > ? order by p.id limit ?", (after, STEP)
    )
    return [Wanted(*row) for row in rows]


def _failed_before(archive: Archive, cache: Cache, work: Work) -> None:
    """Try again what could not be made: the reason may be gone."""
    failed = failed_items(archive.connection, work.job.id)
    for some in chunks(sorted(map(int, failed))):
        marks = ", ".join("?" * len(some))
        rows = archive.connection.execute(f"{_SELECT} where p.id in ({marks})", some)
        photos = [Wanted(*row) for row in rows]
        errors = make(archive, cache, photos, work.check)
        with transaction(archive.connection):
            clear_errors(archive.connection, work.job.id, map(str, some))
            work.move_on(archive.connection, work.position, work.progress[0], errors)


def make(
    archive: Archive,
    cache: Cache,
    photos: Sequence[Wanted],
    check: Callable[[], None],
) -> list[JobError]:
    """Make the thumbnails of photos. Returns those of which there can be none."""
    paths = {
        p: path_of(archive.originals, Stored(p.sha256, p.extension)) for p in photos
    }
    absent = [photo for photo, path in paths.items() if not path.is_file()]
    errors = [JobError(str(photo.id), photo.name, ABSENT) for photo in absent]
    jobs = ((p, (str(paths[p]), p.rotation)) for p in photos if p not in absent)
    with closing(run_jobs(RENDER, jobs, WORKERS)) as outcomes:  # type: ignore[type-var]
        for outcome in outcomes:
            reason = _keep(archive.connection, cache, outcome)
            if reason:
                photo: Wanted = outcome.key
                errors.append(JobError(str(photo.id), photo.name, reason))
                _note_damage(archive.connection, outcome)
            check()
    return errors


def _note_damage(connection: sqlite3.Connection, outcome: Outcome) -> None:
    """Keep of an original that it cannot be decoded, as an import does.

    One that landed looks whole until somebody tries. That a reader took too long, or
    too much, may be this computer's fault, and says nothing of the file.
    """
    if outcome.error is not None and outcome.error.type == DamagedFile.__name__:
        connection.execute(
            "update originals set damage = ? where sha256 = ? and damage is null",
            (outcome.error.reason, outcome.key.sha256),
        )


def _keep(connection: sqlite3.Connection, cache: Cache, outcome: Outcome) -> str:
    """Keep what was made of one photo; returns why there is nothing, or ""."""
    photo: Wanted = outcome.key
    made: tuple[Rendition, ...] = ()
    reason = outcome.error.reason if outcome.error else ""
    if not reason:
        try:
            made = renditions_from(outcome.value)
        except ValueError as error:
            reason = str(error)
    wanted = still_wanted(connection)
    if made:
        put_many(cache, [((photo.sha256, photo.rotation), made)], wanted)
    elif outcome.error is None or outcome.error.type != "StoreError":
        note_failure(cache, photo.sha256, reason, wanted)
    return reason if wanted(photo.sha256) else ""
