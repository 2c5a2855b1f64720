"""A file that came becomes the original of a photo that had none."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import cache, mirroring, originals
from archive.batches import batch
from archive.copying import Copied
from archive.database import Archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import Conflict, DamagedFile, NotAPhoto, NotFound
from archive.importing import landing, store
from archive.importing.landing import Came, keep_thumbnails
from archive.importing.store import close_store, open_store
from archive.indexing import catch_up
from archive.jobs.developing import develop
from archive.people import Person
from archive.photos import Photo, get_photo
from archive.purging import purge_photos
from archive.rights import viewer
from archive.uploads.parts import FOLDER
from tests.archive.import_checks import InPlace, faults, photo, sha256, take_in
from tests.archive.kills import told_by
from tests.archive.picture_files import chunk, jpeg, png, sample_exif

TAKEN = photo(7, "2026:03:09 10:11:12", "Canon", "EOS R5")
POOL: Any = InPlace()
Make = Callable[..., str]


@pytest.fixture
def make(archive: Archive, sam: Person) -> Make:
    """Return a function that makes a photo without bytes, as a sync does."""

    def made(name: str = "a.jpg", **values: Any) -> str:
        uuid = f"019a7b3c-0000-7000-8000-{len(name):012}"
        with batch(archive.connection, sam, origin="sync") as opened:
            mirror = mirroring.Mirror(archive.connection, sam, opened)
            fields = {"filename": name, "private": False, **values}
            mirroring.make(mirror, "photo", uuid, fields)
            catch_up(archive.connection)
        archive.connection.execute(
            "insert into sync_records (kind, uuid, lacks) values ('photo', ?, 2)",
            (uuid,),
        )
        return uuid

    return made


def came(archive: Archive, data: bytes = TAKEN) -> Path:
    path = archive.folder / FOLDER / "came"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def land(archive: Archive, uuid: str, path: Path) -> None:
    """Let one file land; raises why it does not."""
    data = path.read_bytes()
    copied = Copied(sha256(data), len(data), zlib.crc32(data))
    store = open_store(archive)
    told = landing.land(archive, POOL, store, [Came(uuid, path, copied)])
    close_store(archive, store)
    for error in filter(None, told):
        raise error


def found(archive: Archive, sam: Person, uuid: str) -> Photo:
    return get_photo(archive.connection, uuid, viewer(sam))


def test_it_is_whole_with_its_facts_and_counters_and_pictures_come_later(
    archive: Archive, sam: Person, make: Make
) -> None:
    uuid = make()
    land(archive, uuid, came(archive))
    now = found(archive, sam, uuid)
    assert (now.sha256, now.taken_at, now.camera) == (
        *(sha256(TAKEN), "2026-03-09T10:11:12", "Canon EOS R5"),
    )
    assert now.taken_source == "file: EXIF DateTimeOriginal"
    assert faults(archive) == []
    row = archive.connection.execute(
        """
        select b.origin, b.reason, r.lacks from batches b, sync_records r
        order by b.id desc
        """
    ).fetchone()
    assert row == ("sync", "sync: the file came", 3)
    with cache.open_cache(archive.folder) as kept:
        assert cache.get(kept, sha256(TAKEN), 0, "thumbnail") is None
        assert develop(archive, kept, lambda: None) == 1
        assert cache.get(kept, sha256(TAKEN), 0, "thumbnail") is not None
        assert develop(archive, kept, lambda: None) == 0


def test_nothing_is_recorded_before_it_is_on_the_disk(
    archive: Archive, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who fetches files waits for no disk."""
    synced: set[int] = set()
    fsync, keep = os.fsync, originals.keep
    asked: list[bool] = []

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    def kept(run: Any, files: Any, mark: str) -> list[str | None]:
        asked.extend(staged.path.stat().st_ino in synced for staged, _ in files)
        return keep(run, files, mark)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(originals, "keep", kept)
    land(archive, make(), came(archive))
    assert asked == [True]


def test_what_the_file_says_goes_before_what_the_remote_said(
    archive: Archive, sam: Person, make: Make
) -> None:
    told = {"taken_at": "2026-03-09T09:11:12", "coordinates": (51.5, -0.1)}
    uuid = make(**told)
    land(archive, uuid, came(archive))
    now = found(archive, sam, uuid)
    assert now.taken_at == "2026-03-09T10:11:12"
    assert (now.latitude, now.position_source) == (51.5, "remote")


def test_where_the_file_says_goes_before_where_the_remote_said(
    archive: Archive, sam: Person, make: Make
) -> None:
    uuid = make(coordinates=(51.5, -0.1))
    land(archive, uuid, came(archive, jpeg(sample_exif())))
    now = found(archive, sam, uuid)
    assert now.latitude == pytest.approx(-33.859, abs=0.001)
    assert (now.position_source or "").startswith("file: ")


def test_what_a_person_said_stays(archive: Archive, sam: Person, make: Make) -> None:
    uuid = make()
    with batch(archive.connection, sam):
        number = found(archive, sam, uuid).id
        taken_at, here = "2026-03-08T07:00:00+01:00", (59.91, 10.75)
        edit = Edit(taken_at=taken_at, rotate=90, position=here)
        edit_photos(archive.connection, sam, [number], edit)
    land(archive, uuid, came(archive, jpeg(sample_exif())))
    now = found(archive, sam, uuid)
    assert (now.taken_at, now.taken_offset, now.taken_source) == (
        *("2026-03-08T07:00:00", "+01:00", "person"),
    )
    assert (now.latitude, now.longitude, now.position_source) == (*here, "person")
    assert now.rotation == 90


def test_bytes_that_are_here_are_stored_once(
    archive: Archive, sam: Person, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(TAKEN)
    take_in(archive, tmp_path / "a.jpg")
    uuid = make()
    land(archive, uuid, came(archive))
    assert found(archive, sam, uuid).sha256 == sha256(TAKEN)
    assert faults(archive) == []
    rows = archive.connection.execute("select count(*) from originals").fetchone()
    assert rows == (1,)


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", DamagedFile), (b"<!doctype html>", NotAPhoto), (TAKEN[:30], DamagedFile)],
    ids=["nothing", "a page", "a piece"],
)
def test_what_is_no_photo_is_refused(
    archive: Archive, sam: Person, make: Make, data: bytes, error: type[Exception]
) -> None:
    uuid = make()
    with pytest.raises(error):
        land(archive, uuid, came(archive, data))
    assert found(archive, sam, uuid).sha256 is None
    assert faults(archive) == []


def test_what_is_wrong_with_one_file_is_no_other_files_matter(
    archive: Archive, sam: Person, make: Make, tmp_path: Path
) -> None:
    whole, torn = make("a.jpg"), make("bb.jpg")
    files = []
    for uuid, data in ((torn, TAKEN[:30]), (whole, TAKEN), ("no-such-photo", TAKEN)):
        (tmp_path / uuid).write_bytes(data)
        copied = Copied(sha256(data), len(data), zlib.crc32(data))
        files.append(Came(uuid, tmp_path / uuid, copied))
    store = open_store(archive)
    told = landing.land(archive, POOL, store, files)
    close_store(archive, store)
    assert [type(one) for one in told] == [DamagedFile, type(None), NotFound]
    assert found(archive, sam, whole).sha256 == sha256(TAKEN)
    assert faults(archive) == []


def test_pictures_go_on_where_they_were_stopped(archive: Archive, make: Make) -> None:
    shas = []
    for name in ("a.jpg", "bb.jpg"):
        data = photo(len(name), "2026:03:09 10:11:12")
        land(archive, make(name), came(archive, data))
        shas.append(sha256(data))

    def stop() -> None:
        raise InterruptedError

    with cache.open_cache(archive.folder) as kept:
        with pytest.raises(InterruptedError):
            develop(archive, kept, stop)
        told: list[tuple[int, int]] = []
        develop(archive, kept, lambda: None, lambda *one: told.append(one))
        assert told == [(2, 2)]
        assert all(cache.get(kept, one, 0, "preview") for one in shas)


def test_what_gives_no_picture_looks_damaged_once_somebody_tried(
    archive: Archive, sam: Person, make: Make
) -> None:
    uuid = make("a.png")
    land(archive, uuid, came(archive, png(chunk(b"IDAT", b"no pixels at all"))))
    assert found(archive, sam, uuid).damage is None
    with cache.open_cache(archive.folder) as kept:
        develop(archive, kept, lambda: None)
    assert found(archive, sam, uuid).damage
    assert faults(archive) == []


def test_a_photo_has_one_original(archive: Archive, make: Make) -> None:
    uuid = make()
    path = came(archive)
    land(archive, uuid, path)
    with pytest.raises(Conflict, match="here already"):
        land(archive, uuid, path)
    with pytest.raises(NotFound):
        land(archive, "no-such-photo", path)
    assert faults(archive) == []


def test_a_thumbnail_is_shown_until_the_file_is_here_or_the_photo_ends(
    archive: Archive, sam: Person, make: Make
) -> None:
    first, second = make("a.jpg"), make("bb.jpg")
    with cache.open_cache(archive.folder) as kept:
        for uuid in (first, second):
            assert keep_thumbnails(archive, POOL, [(uuid, TAKEN)], kept) == [None]
            assert cache.get(kept, uuid, 0, "thumbnail") is not None
        lacks = archive.connection.execute("select lacks from sync_records").fetchall()
        assert lacks == [(1,), (1,)]
        land(archive, first, came(archive))
        assert cache.get(kept, first, 0, "thumbnail") is not None  # until it has one
        develop(archive, kept, lambda: None)
        number = found(archive, sam, second).id
        with batch(archive.connection, sam) as opened:
            recycle_photos(archive.connection, sam, opened, [number])
        purge_photos(archive, sam, [number])
        for uuid in (first, second):
            assert cache.get(kept, uuid, 0, "thumbnail") is None
    assert list((archive.folder / FOLDER).glob("*.part")) == []


def test_what_is_no_picture_is_no_thumbnail(archive: Archive, make: Make) -> None:
    uuid = make()
    with cache.open_cache(archive.folder) as kept:
        said = keep_thumbnails(archive, POOL, [(uuid, b"<svg onload=alert(1)>")], kept)
    assert isinstance(said[0], NotAPhoto)
    assert list((archive.folder / FOLDER).iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_a_kill_at_any_step_leaves_no_bytes_or_all(tmp_path: Path) -> None:
    lines = told_by("kill_landing", tmp_path)
    assert len(lines) > 25
    assert [line for line in lines if line["problems"]] == []
    assert {line["landed"] for line in lines} == {False, True}


def test_a_corner_is_closed_again_when_the_lock_cannot_be_given_back(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else this process would hold it, and what is in it would be left."""

    @contextmanager
    def failing(_: Any) -> Iterator[None]:
        yield
        raise OSError("the disk fails")

    monkeypatch.setattr(store, "write_lock", failing)
    with pytest.raises(OSError, match="fails"):
        open_store(archive)
    assert list(archive.originals.glob(".incoming-*")) == []
