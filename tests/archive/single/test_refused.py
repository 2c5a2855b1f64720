"""Files that become no photo, for whom, and what is left of them: nothing."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from archive import originals
from archive.albums import add_album
from archive.arrivals import files
from archive.batches import batch
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import (
    ArchiveError,
    Conflict,
    DamagedFile,
    InvalidInput,
    NotAllowed,
    NotAPhoto,
    NotFound,
    StoreError,
)
from archive.importing import single
from archive.importing.single import PhotoOptions
from archive.people import Person, add_person, edit_person
from archive.purging import purge_photos
from archive.uploads import parts
from archive.workers import Outcome
from tests.archive.import_checks import InPlace, column, faults, photo
from tests.archive.kills import told_by
from tests.archive.single.conftest import TAKEN

OTHER = photo(8, "2026:03:09 10:11:12")

REFUSED: dict[str, tuple[dict[str, Any], type[ArchiveError]]] = {
    "a star": ({"starred": True}, NotAllowed),
    "an album that is not there": ({"album": 99}, NotFound),
    "a location that is not there": ({"location": 99}, NotFound),
    "a trade that is not there": ({"trades": (99,)}, NotFound),
    "a day that never was": ({"log_date": "2026-02-30"}, InvalidInput),
    "a place without a name": ({"path": ("Tower", " ")}, InvalidInput),
    "a very long description": ({"description": "x" * 100_001}, InvalidInput),
    "no name": ({"name": "/../"}, InvalidInput),
    "no picture": ({"data": b"%PDF-1.4 and so on"}, NotAPhoto),
    "nothing": ({"data": b""}, DamagedFile),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_what_is_refused_leaves_nothing(
    archive: Archive, kim: Person, add: Any, refused: str
) -> None:
    options, error = REFUSED[refused]
    with pytest.raises(error):
        add(actor=kim, **options)
    assert column(archive, "id") == column(archive, "id", "originals") == []
    assert column(archive, "id", "locations") == []
    assert faults(archive) == []


def test_a_reader_may_add_nothing(archive: Archive, sam: Person, add: Any) -> None:
    with batch(archive.connection, sam) as opened:
        rae = add_person(archive.connection, sam, opened, "Rae")
    with pytest.raises(NotAllowed):
        add(actor=rae)


def test_a_private_album_that_one_may_not_know_of_is_not_there(
    archive: Archive, sam: Person, kim: Person, add: Any
) -> None:
    with batch(archive.connection, sam) as opened:
        album = add_album(archive.connection, sam, opened, "Claims", private=True)
    with pytest.raises(NotFound):
        add(actor=kim, album=album.id)


def test_rights_are_those_of_the_moment_it_is_kept(
    archive: Archive, sam: Person, kim: Person, lay: Any
) -> None:
    pool: Any = InPlace()
    read = single.read_photo(pool, lay(TAKEN), "a.jpg")
    with batch(archive.connection, sam):
        gone = edit_person(archive.connection, sam, kim, level="read_only")
    with pytest.raises(NotAllowed):
        single.keep_photo(archive, gone, read, PhotoOptions())


def _sent_again(archive: Archive, path: Path, data: bytes = OTHER) -> None:
    """What an address does to which a file is sent once more."""
    with files.receiving(archive.folder) as part:
        parts.write(part, data)
        files.publish(part, path.name)


@pytest.mark.parametrize("links", [True, False], ids=["linked", "copied"])
def test_a_file_that_was_sent_again_since_it_was_read_is_not_taken_for_it(
    archive: Archive, sam: Person, lay: Any, monkeypatch: Any, links: bool
) -> None:
    if not links:
        monkeypatch.setattr("os.link", _no_links)
    pool: Any = InPlace()
    path = lay(TAKEN)
    read = single.read_photo(pool, path, "a.jpg")
    _sent_again(archive, path)
    with pytest.raises(DamagedFile, match="changed while it was read"):
        single.keep_photo(archive, sam, read, PhotoOptions())
    assert column(archive, "id") == []
    assert faults(archive) == []
    read = single.read_photo(pool, path, "a.jpg")
    single.keep_photo(archive, sam, read, PhotoOptions())
    assert column(archive, "sha256", "originals") == [hashlib.sha256(OTHER).hexdigest()]
    assert faults(archive) == []


def _no_links(*_: Any) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_file_that_is_sent_again_while_it_is_read_is_not_mixed_with_it(
    archive: Archive, add: Any
) -> None:
    class Late(InPlace):
        def submit(self, function: str, *args: Any) -> Outcome:
            _sent_again(archive, Path(args[0]))
            return super().submit(function, *args)

    with pytest.raises(DamagedFile, match="changed while it was read"):
        add(pool=Late())
    assert faults(archive) == []


def test_bytes_that_were_deleted_for_good_do_not_come_back(
    archive: Archive, sam: Person, kim: Person, add: Any
) -> None:
    number = add()
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [number])
    purge_photos(archive, sam, [number])
    with pytest.raises(Conflict, match="deleted for good"):
        add(actor=kim)
    assert faults(archive) == []


def test_what_a_caller_raises_within_ends_all_of_it(archive: Archive, add: Any) -> None:
    def stop(_: Any) -> None:
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        add(path=("Tower",), within=stop)
    assert column(archive, "id") == column(archive, "id", "locations") == []
    assert faults(archive) == []


def test_a_full_disk_while_it_is_linked_leaves_nothing(
    archive: Archive, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(originals, "_place", full)
    with pytest.raises(StoreError, match="No space left"):
        add()
    monkeypatch.undo()
    assert column(archive, "id") == []
    add()
    assert faults(archive) == []


def test_a_worker_is_believed_in_nothing(archive: Archive, add: Any) -> None:
    class Lying(InPlace):
        def submit(self, function: str, *args: Any) -> Outcome:
            told = super().submit(function, *args).value
            told["facts"]["extension"] = "../../x"
            return Outcome(None, told)

    with pytest.raises(DamagedFile, match="makes no sense"):
        add(pool=Lying())
    assert faults(archive) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_a_kill_at_any_step_leaves_no_photo_or_a_whole_one(tmp_path: Path) -> None:
    lines = told_by("kill_single", tmp_path)
    assert len(lines) > 35
    assert [line for line in lines if line["problems"]] == []
    assert {line["photos"] for line in lines} == {0, 1}
