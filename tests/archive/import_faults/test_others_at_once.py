"""When others write, import or purge at the same time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import cache, purging
from archive.batches import batch
from archive.database import Archive, open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import ArchiveLocked
from archive.importing import pipeline
from archive.jobs import add_job
from archive.people import Person, owner
from archive.purging import finish_purges, purge_photos
from archive.sqlite import sqlite3
from tests.archive.import_checks import column, faults, lay, photo, sha256, take_in

OTHER = """
import sys
from pathlib import Path
from archive.database import open_archive
with open_archive(Path(sys.argv[1])) as archive:
    archive.connection.execute("BEGIN IMMEDIATE")
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the write lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.communicate()


def test_an_import_waits_for_a_writer_then_names_it(
    archive: Archive, source: Path
) -> None:
    archive.connection.execute("PRAGMA busy_timeout = 50")
    with another_writer(archive.folder) as other:
        with pytest.raises(ArchiveLocked, match=f"process {other.pid} .*python"):
            take_in(archive, source)
        assert column(archive, "id") == []
    assert len(take_in(archive, source).imported) == 3
    assert faults(archive) == []


def test_an_import_goes_on_when_the_writer_is_done(
    archive: Archive, source: Path
) -> None:
    with another_writer(archive.folder) as other:
        assert other.stdin is not None
        timer = threading.Timer(0.2, other.stdin.close)
        timer.start()
        assert len(take_in(archive, source).imported) == 3
        timer.join()
        other.stdin = None
    assert faults(archive) == []


def test_a_writer_that_comes_between_two_batches_ends_it_with_nothing_half_done(
    archive: Archive, source: Path, sam: Person
) -> None:
    archive.connection.execute("PRAGMA busy_timeout = 50")
    others: list[Any] = []

    def lock(_: Any) -> None:
        if not others:
            others.append(another_writer(archive.folder))
            others[0].__enter__()

    with pytest.raises(ArchiveLocked):
        pipeline.import_photos(archive, sam, [source], renditions=False, progress=lock)
    others[0].__exit__(None, None, None)
    assert len(column(archive, "id")) == 2
    assert faults(archive) == []
    assert len(take_in(archive, source).imported) == 1


IMPORT = """
import sys
from pathlib import Path
from archive.database import open_archive
from archive.importing import pipeline
from tests.archive.import_checks import inline, take_in
pipeline.run_jobs, pipeline.BATCH = inline, 3
with open_archive(Path(sys.argv[1])) as archive:
    report = take_in(archive, Path(sys.argv[2]))
print(len(report.imported), len(report.duplicates), len(report.refused))
"""


def importing(folder: Path, source: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(folder), str(source)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_imports_of_one_folder_at_once_make_each_photo_once(
    folder: Path, tmp_path: Path
) -> None:
    source = lay(tmp_path / "s", {f"{n:03}.jpg": photo(n) for n in range(40)})
    with importing(folder, source) as first, importing(folder, source) as second:
        outputs = [process.communicate()[0] for process in (first, second)]
    counts = [[int(word) for word in output.split()] for output in outputs]
    assert [sum(each) for each in counts] == [40, 40]
    assert sum(imported for imported, _, _ in counts) == 40
    assert sum(refused for _, _, refused in counts) == 0
    with open_archive(folder) as archive:
        assert len(column(archive, "id")) == 40
        assert faults(archive) == []


def test_an_import_while_the_same_photos_are_purged(
    folder: Path, tmp_path: Path
) -> None:
    source = lay(tmp_path / "s", {f"{n:03}.jpg": photo(n) for n in range(30)})
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        take_in(archive, source)
        with importing(folder, source) as other:
            for number in range(1, 31, 3):
                with batch(archive.connection, sam) as opened:
                    ids = [number, number + 1]
                    recycle_photos(archive.connection, sam, opened, ids)
                purge_photos(archive, sam, ids)
            counts = [int(word) for word in other.communicate()[0].split()]
        assert sum(counts) == 30
        assert counts[0] == 0
        assert len(column(archive, "id")) == 10
        assert faults(archive) == []


def sizes(archive: Archive) -> list[int]:
    """How many photos each batch made."""
    rows = archive.connection.execute(
        "select count(*) from changes c join batches b on b.id = c.batch_id"
        " where c.entity = 'photo' and c.field = '' group by b.id order by b.id"
    )
    return [row[0] for row in rows]


def test_an_import_writes_less_at_a_time_while_others_write(
    archive: Archive, sam: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody changes a photo after the first batch, and then nobody does."""
    monkeypatch.setattr(pipeline, "BATCH", 4)
    monkeypatch.setattr(pipeline, "FEW", 2)
    source = lay(tmp_path / "s", {f"{n:03}.jpg": photo(n) for n in range(13)})
    edited = []

    def edit(_: Any) -> None:
        if edited:
            return
        edited.append(True)
        with (
            open_archive(archive.folder, busy_seconds=0) as other,
            batch(other.connection, sam),
        ):
            edit_photos(other.connection, sam, [1], Edit(description="seen"))

    pipeline.import_photos(archive, sam, [source], renditions=False, progress=edit)
    assert sizes(archive) == [4, 2, 4, 3]


def test_what_jobs_note_of_themselves_makes_no_batch_smaller(
    archive: Archive, sam: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 4)
    monkeypatch.setattr(pipeline, "FEW", 2)
    source = lay(tmp_path / "s", {f"{n:03}.jpg": photo(n) for n in range(13)})

    def note(_: Any) -> None:
        with open_archive(archive.folder, busy_seconds=0) as other:
            add_job(other.connection, sam, "renditions")

    pipeline.import_photos(archive, sam, [source], renditions=False, progress=note)
    assert sizes(archive) == [4, 4, 4, 1]


def test_others_write_while_an_import_keeps_its_pictures(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a photo is there is asked while the cache alone is locked."""
    asked, real = [], purging.is_known

    def ask(connection: Any, sha256: str) -> bool:
        with (
            open_archive(archive.folder, busy_seconds=0) as other,
            batch(other.connection, sam),
        ):
            edit_photos(other.connection, sam, [1], Edit(description=sha256))
        kept = sqlite3.connect(archive.folder / cache.DATABASE, timeout=0)
        with closing(kept), pytest.raises(sqlite3.OperationalError, match="locked"):
            kept.execute("begin immediate")
        asked.append(sha256)
        return real(connection, sha256)

    monkeypatch.setattr(purging, "is_known", ask)
    take_in(archive, source, renditions=True)
    assert sorted(asked) == sorted(column(archive, "sha256", "originals"))
    assert column(archive, "description", "photos where id = 1") == [asked[-1]]


def test_pictures_are_not_put_into_the_cache_after_a_purge(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.remember_pictures

    def purge_first(one: Archive, prepared: Any) -> None:
        with batch(one.connection, sam) as opened:
            recycle_photos(one.connection, sam, opened, [1])
        purge_photos(one, sam, [1])
        monkeypatch.setattr(pipeline, "remember_pictures", real)
        real(one, prepared)

    monkeypatch.setattr(pipeline, "remember_pictures", purge_first)
    take_in(archive, source, renditions=True)
    with cache.open_cache(archive.folder) as opened:
        assert cache.get(opened, sha256(photo(1)), 0, "thumbnail") is None
        assert cache.get(opened, sha256(photo(2)), 0, "thumbnail") is not None
    assert finish_purges(archive) == 0
    assert faults(archive) == []
