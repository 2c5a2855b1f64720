"""The job that makes photos of an upload, cut off: no file is lost, none is twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from archive.database import Archive, open_archive
from archive.errors import StoreError
from archive.importing import uploaded
from archive.jobs import runner
from archive.jobs.leases import release_jobs
from archive.jobs.records import last_job, retry_job
from archive.jobs.runner import Bell, work_off
from archive.people import owner
from archive.uploads import clear_uploads
from tests.archive.import_checks import photo
from tests.archive.kill_uploads import rows
from tests.archive.upload_checks import send, staged
from tests.faults.rooms import WHOLE, Note, Scenario, empty, ids, read

FILES = {"1.jpg": photo(1), "2.jpg": photo(2), "again.jpg": photo(1)}
FILES |= {"text.jpg": b"no photo"}
ENDED = [("2.jpg", "imported"), ("text.jpg", "refused")]  # whichever came first
RUNNER = "runner"


def prepare(room: Path) -> None:
    """An upload whose files are whole."""
    empty(room)
    with open_archive(room / "tower") as archive:
        send(archive, owner(archive.connection), FILES)


def act(room: Path, note: Note) -> None:
    """Do the job; one that failed is taken up again."""
    runner.Keeper = lambda *_: nullcontext()  # type: ignore[assignment,misc]
    uploaded.MANY = 2
    with open_archive(room / "tower") as archive:
        connection = archive.connection
        release_jobs(connection, RUNNER)
        if _state(archive) in ("failed", "interrupted", "done") and not _is_whole(
            archive
        ):
            retry_job(connection, owner(connection), _number(archive))
        work_off(archive, RUNNER, Bell(None))
        clear_uploads(archive)
        for uuid, _, outcome, *_ in rows(archive):
            if outcome:
                note(f"{uuid} {outcome}")
        if not _is_whole(archive):
            raise StoreError("upload", f"{_state(archive)}: {rows(archive)}")


def _number(archive: Archive) -> int:
    job = last_job(archive.connection, owner(archive.connection), "import")
    assert job is not None
    return job.id


def _is_whole(archive: Archive) -> bool:
    refused = [name for _, name, outcome, *_ in rows(archive) if outcome == "refused"]
    return _state(archive) == "done" and refused == ["text.jpg"]


def _state(archive: Archive) -> str:
    row = archive.connection.execute("select state from jobs").fetchone()
    return str(row[0])


def look(room: Path, noted: Sequence[str]) -> Iterator[str]:
    """What of the upload is nowhere, or was told otherwise."""
    with read(room) as archive:
        here, known = (
            staged(archive),
            {uuid: found for uuid, _, found, *_ in rows(archive)},
        )
        for uuid, outcome in known.items():
            if outcome is None and uuid not in here:
                yield f"{uuid} is lost"
        for text in noted:
            uuid, _, outcome = text.partition(" ")
            if outcome in ("imported", "duplicate") and known.get(uuid) != outcome:
                yield f"{text} was told, and {known.get(uuid)} is there"
        if noted[-1:] == [WHOLE]:
            yield from _wrong(archive)


def _wrong(archive: Archive) -> Iterator[str]:
    """Two photos, and no file left behind but the one that is none."""
    ended = sorted((name, outcome) for _, name, outcome, *_ in rows(archive))
    twins = {outcome for name, outcome in ended if name in ("1.jpg", "again.jpg")}
    others = [one for one in ended if one[0] in ("2.jpg", "text.jpg")]
    if twins != {"imported", "duplicate"} or others != ENDED:
        yield f"outcomes are {ended}"
    if len(ids(archive)) != 2:
        yield f"photos are {ids(archive)}"
    kept = [uuid for uuid, *_, kept in rows(archive) if kept]
    if sorted(kept) != staged(archive):
        yield f"left behind: {staged(archive)}, kept: {kept}"


SCENARIO = Scenario(prepare, act, look)
