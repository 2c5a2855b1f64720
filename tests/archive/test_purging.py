"""Purge: bytes and thumbnail go, a tombstone stays, and a crash only delays it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from archive import cache, originals
from archive.batches import batch
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import NotAllowed, NotFound, StoreError
from archive.history import changes_of_batch, list_batches
from archive.identity import new_uuid
from archive.people import Person, add_person
from archive.purging import finish_purges, purge_photos
from tests.archive.import_checks import (
    column,
    faults,
    lay,
    names,
    photo,
    sha256,
    take_in,
)

pytestmark = pytest.mark.usefixtures("one_process")


@pytest.fixture
def source(archive: Archive, tmp_path: Path) -> Path:
    """A folder whose three photos are in the archive, 1 and 2 in its bin."""
    files = {f"{n}.jpg": photo(n) for n in (1, 2, 3)}
    folder = lay(tmp_path / "s", files)
    take_in(archive, folder, renditions=True)
    recycle(archive, 1, 2)
    return folder


def recycle(archive: Archive, *ids: int) -> None:
    from archive.people import owner

    sam = owner(archive.connection)
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, list(ids))


def file_of(archive: Archive, number: int) -> Path:
    name = originals.Stored(sha256(photo(number)), "jpg")
    return originals.path_of(archive.originals, name)


@pytest.mark.usefixtures("source")
def test_a_purge_removes_bytes_and_thumbnail_and_leaves_a_tombstone(
    archive: Archive, sam: Person
) -> None:
    assert purge_photos(archive, sam, [2], "a face") == 1
    assert column(archive, "id") == [1, 3]
    assert not file_of(archive, 2).exists()
    assert file_of(archive, 1).exists()
    with cache.open_cache(archive.folder) as opened:
        assert cache.get(opened, sha256(photo(2)), 0, "thumbnail") is None
        assert cache.get(opened, sha256(photo(1)), 0, "thumbnail") is not None
    row = archive.connection.execute(
        """
        select photo_id, sha256, bytes, filename, purged_by, reason, unlink,
            recycled_at is not null from tombstones
        """
    ).fetchall()
    data = photo(2)
    assert row == [(2, sha256(data), len(data), "2.jpg", sam.id, "a face", 0, 1)]
    last = list_batches(archive.connection, limit=1)[0]
    assert (last.reason, last.actor) == ("a face", "Sam Reyes")
    ends = [(c.entity, c.field) for c in changes_of_batch(archive.connection, last.id)]
    assert ends == [("tombstone", ""), ("photo", ""), ("original", "")]
    assert faults(archive) == []


@pytest.mark.usefixtures("source")
def test_what_is_not_in_the_bin_is_not_purged_nor_anything_with_it(
    archive: Archive, sam: Person
) -> None:
    for ids in ([1, 3], [1, 99]):
        with pytest.raises(NotFound):
            purge_photos(archive, sam, ids)
    assert column(archive, "id") == [1, 2, 3]
    assert faults(archive) == []


@pytest.mark.usefixtures("source")
def test_only_who_may_purges(archive: Archive, sam: Person) -> None:
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed):
        purge_photos(archive, kim, [1])
    assert file_of(archive, 1).exists()


def test_bytes_that_another_photo_has_stay(
    archive: Archive, sam: Person, source: Path
) -> None:
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    assert names(take_in(archive, source, actor=kim).imported) == ["1.jpg", "2.jpg"]
    purge_photos(archive, sam, [1])
    assert file_of(archive, 1).exists()
    assert column(archive, "unlink", "(select 1 id, unlink from tombstones)") == [0]
    with cache.open_cache(archive.folder) as opened_cache:
        assert cache.get(opened_cache, sha256(photo(1)), 0, "thumbnail") is not None
    assert faults(archive) == []
    recycle(archive, 4)
    purge_photos(archive, sam, [4])
    assert not file_of(archive, 1).exists()
    assert faults(archive) == []


@pytest.mark.usefixtures("source")
def test_a_file_that_cannot_be_removed_is_said_and_removed_later(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stuck = file_of(archive, 1)
    real = os.unlink

    def unlink(path: Any, *args: Any, **options: Any) -> None:
        if os.fspath(path) == str(stuck):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        real(path, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        with pytest.raises(StoreError, match=r"Read-only file system; it is purged"):
            purge_photos(archive, sam, [1, 2])
        assert stuck.exists()
        assert not file_of(archive, 2).exists()
        assert column(archive, "id") == [3]
        (tmp_path / "nothing").mkdir()
        assert take_in(archive, tmp_path / "nothing").refused == []
        assert stuck.exists()
    assert finish_purges(archive) == 1
    assert not stuck.exists()
    assert faults(archive) == []


@pytest.mark.usefixtures("source")
def test_exports_that_cannot_be_looked_at_keep_no_bytes_here(
    archive: Archive, sam: Person
) -> None:
    gone = file_of(archive, 1)
    (archive.folder / "exports").write_text("no folder")
    with pytest.raises(StoreError, match="exports"):
        purge_photos(archive, sam, [1])
    assert not gone.exists()
    assert finish_purges(archive) == 0


def test_bytes_imported_again_before_the_file_went_stay(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("archive.purging.finish_purges", lambda _: 0)
        purge_photos(archive, sam, [1])  # and here it died
        patch.setattr("archive.importing.store.finish_purges", lambda _: 0)
        report = take_in(archive, source, purged_too=True)
        assert names(report.imported) == ["1.jpg"]
    assert finish_purges(archive) == 1
    assert file_of(archive, 1).exists()
    assert faults(archive) == []


def test_a_purge_takes_one_record_even_when_the_file_is_gone(
    archive: Archive, sam: Person, source: Path
) -> None:
    del source
    file_of(archive, 1).unlink()
    assert purge_photos(archive, sam, [1]) == 1
    assert faults(archive) == []


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("left", [False, True], ids=["nothing", "where it was mounted"])
def test_files_on_a_disk_that_is_away_are_removed_when_it_is_back(
    archive: Archive,
    sam: Person,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    left: bool,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("archive.purging.finish_purges", lambda _: 0)
        purge_photos(archive, sam, [1])  # and here it died
    archive.originals.rename(tmp_path / "disk")
    if left:
        archive.originals.mkdir()
    with pytest.raises(StoreError, match="is its disk connected"):
        finish_purges(archive)
    with pytest.raises(StoreError, match="is its disk connected"):
        purge_photos(archive, sam, [2])
    assert column(archive, "id") == [2, 3]
    if left:
        archive.originals.rmdir()
    (tmp_path / "disk").rename(archive.originals)
    assert finish_purges(archive) == 1
    assert not file_of(archive, 1).exists()
    assert faults(archive) == []


@pytest.mark.usefixtures("source")
def test_what_was_set_aside_of_a_photo_goes_with_it(
    archive: Archive, sam: Person
) -> None:
    aside = archive.folder / "damaged"
    aside.mkdir()
    for number in (1, 3):
        (aside / f"{new_uuid()}-{sha256(photo(number))}.jpg").write_bytes(b"rot")
    (aside / "a note.txt").write_bytes(b"kept")
    purge_photos(archive, sam, [1])
    kept = {path.name[-68:] for path in aside.iterdir()}
    assert kept == {"a note.txt", f"{sha256(photo(3))}.jpg"}
