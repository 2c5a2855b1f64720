"""No alteration of evidence passes, and nothing is signed of what was altered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive, open_archive
from archive.editing import Edit, edit_photos
from archive.errors import DamagedArchive
from archive.evidence.checking import check_file
from archive.locations import add_location
from archive.originals import Stored, path_of
from archive.people import Person
from archive.photos import get_photo
from archive.rights import viewer
from archive.trades import add_trade
from tests.archive.evidence.conftest import flip, written
from tests.archive.report_files import picture, put

ALTERED: dict[str, Callable[[Path], None]] = {
    "statement": lambda folder: flip(folder / "evidence.json"),
    "its signature": lambda folder: flip(folder / "evidence.json.sig"),
    "document": lambda folder: flip(folder / "evidence.pdf"),
    "original": lambda folder: flip(next(folder.glob("*.jpg"))),
    "no signature": lambda folder: (folder / "evidence.json.sig").unlink(),
    "no statement": lambda folder: (folder / "evidence.json").unlink(),
    "signature of the document": lambda folder: (
        shutil.copy(folder / "evidence.pdf.sig", folder / "evidence.json.sig") and None
    ),
}


@pytest.mark.parametrize("how", ALTERED)
def test_what_is_altered_is_not_what_was_signed(files: Path, how: str) -> None:
    assert check_file(files / "evidence.json").problems == []
    assert check_file(files / "evidence.pdf").problems == []
    ALTERED[how](files)
    assert check_file(files / "evidence.json").problems


def test_each_byte_of_a_signed_statement_counts(files: Path) -> None:
    statement_ = files / "evidence.json"
    data = statement_.read_bytes()
    for at in range(0, len(data), len(data) // 60):
        flip(statement_, at)
        assert check_file(statement_).problems, at
        statement_.write_bytes(data)
    statement_.write_bytes(data + b" ")
    assert check_file(statement_).problems


def test_the_archive_says_whose_key_it_is_and_that_the_history_goes_on(
    site: Path, files: Path
) -> None:
    with open_archive(site / "tower") as archive:
        found = check_file(files / "evidence.json", archive)
        assert found.problems == []
        assert any("key of Sam Reyes" in note for note in found.notes)
        assert any("is part of the history" in note for note in found.notes)
        assert check_file(files / "evidence.json", archive, found.fingerprint[:12])
    other = check_file(files / "evidence.json", expected="00")
    assert other.problems == ["it is signed with another key than that"]


def test_another_archive_does_not_know_the_key(archive: Archive, files: Path) -> None:
    problems = check_file(files / "evidence.json", archive).problems
    assert problems[0] == "the archive does not know the key"
    assert "no batch has the hash" in problems[1]


def test_nothing_is_signed_of_altered_bytes_or_an_altered_history(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    photo = get_photo(archive.connection, put(archive, picture(3)), viewer(sam))
    path = path_of(archive.originals, Stored(str(photo.sha256), "jpg"))
    whole = path.read_bytes()
    flip(path)
    with pytest.raises(Exception, match="other bytes than were archived"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    path.unlink()
    with pytest.raises(Exception, match="cannot be read"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    path.write_bytes(whole)
    archive.connection.execute("drop trigger changes_are_final")
    archive.connection.execute("update changes set new = 'x' where entity = 'original'")
    with pytest.raises(DamagedArchive, match="not what was sealed"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


FORGED = {
    "photo": "update photos set taken_at = '2019-01-01T08:00:00'",
    "when it came": "update photos set uploaded_at = '2019-01-01T00:00:00.000Z'",
    "original": "update originals set stored_at = '2019-01-01T00:00:00.000Z'",
    "album": "update albums set name = 'Before'",
    "project": "update settings set value = '\"Elsewhere\"' where key = 'project_name'",
    "uploader": "update people set name = 'Somebody'",
    "trade": "delete from photo_trades",
    "location": "update locations set name = 'Cellar' where parent_id is null",
    "comment": "update comments set body = 'as agreed'",
}


@pytest.mark.parametrize("what", FORGED)
def test_nothing_is_signed_of_a_record_that_was_altered_by_hand(
    archive: Archive, sam: Person, tmp_path: Path, what: str
) -> None:
    connection = archive.connection
    number = put(archive, picture(3))
    with batch(connection, sam) as opened:
        roof = add_location(connection, sam, opened, "Roof")
        place = add_location(connection, sam, opened, "North", roof)
        trade = add_trade(connection, sam, opened, "Roofing")
        add_comment(connection, sam, opened, number, "who moved this?")
        edit = Edit(location=place.id, trades=(trade.id,))
        edit_photos(connection, sam, [number], edit)
    photo = get_photo(connection, number, viewer(sam))
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        connection.execute(f"drop trigger {name}")
    changed = connection.execute(FORGED[what]).rowcount
    assert changed
    with pytest.raises(DamagedArchive, match="by hand; nothing is signed"):
        written(archive, sam, photo.id, tmp_path / "out", tmp_path)
    assert list((tmp_path / "out").iterdir()) == []
