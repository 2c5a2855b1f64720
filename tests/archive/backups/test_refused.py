"""Where none is taken or restored: no disk, folders of others, people who may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.backups import restore, take
from archive.backups.states import MARKER
from archive.batches import batch
from archive.database import Archive
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound, StoreError
from archive.people import add_person, owner
from tests.archive.backups.taken import backed_up


def test_a_disk_that_is_not_there_is_no_empty_backup(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    backed_up(filled, stick)
    with pytest.raises(NotFound, match="is its disk connected"):
        restore(tmp_path / "not mounted", tmp_path / "again")
    with pytest.raises(NotFound, match="has no state 1999"):
        restore(stick, tmp_path / "again", name="1999")
    with pytest.raises(NotFound, match="is its disk connected"):
        backed_up(filled, tmp_path / "not mounted" / "backup")
    assert not (tmp_path / "not mounted").exists()


def test_nothing_is_written_over(filled: Archive, stick: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(Conflict, match="no backup of an archive"):
        backed_up(filled, tmp_path / "mine")
    backed_up(filled, stick)
    with pytest.raises(InvalidInput, match="not an empty folder"):
        restore(stick, tmp_path / "mine")
    told = json.loads((stick / MARKER).read_text())
    (stick / MARKER).write_text(json.dumps({**told, "archive": "another"}))
    with pytest.raises(Conflict, match="another archive"):
        backed_up(filled, stick)


def test_backup_and_archive_do_not_lie_in_one_another(
    filled: Archive, stick: Path
) -> None:
    for inside in (filled.folder / "backup", filled.folder.parent):
        with pytest.raises(InvalidInput, match="lie in one another"):
            backed_up(filled, inside)
    backed_up(filled, stick)
    with pytest.raises(InvalidInput, match="lie in one another"):
        restore(stick, stick / "states" / "again")


def test_originals_on_a_disk_that_is_not_there_are_not_backed_up_as_missing(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    filled.originals.rename(tmp_path / "unplugged")
    with pytest.raises(StoreError, match="is its disk connected"):
        backed_up(filled, stick)
    assert not stick.exists()


def test_only_who_reads_the_history_backs_up(filled: Archive, stick: Path) -> None:
    sam = owner(filled.connection)
    with batch(filled.connection, sam) as opened:
        kim = add_person(filled.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed):
        take(filled, kim, stick)
    assert not stick.exists()
