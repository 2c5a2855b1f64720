"""What the archive knows of its backups: copies that were verified, and when."""

from __future__ import annotations

import json
from pathlib import Path

from archive.backups.states import MARKER
from archive.database import Archive
from archive.keeping import list_copies
from archive.keeping.copies import list_events
from archive.keeping.held import holding
from archive.keeping.places import is_reachable, place_of
from tests.archive.backups.taken import backed_up
from tests.archive.by_command import asbuilt


def known(archive: Archive) -> list[tuple[str, str, int]]:
    return [
        (copy.name, copy.kind, holding(archive.connection, copy).originals)
        for copy in list_copies(archive.connection)
    ]


def test_a_backup_is_a_copy_that_was_verified_as_it_was_written(
    filled: Archive, stick: Path
) -> None:
    gone, bad, _ = sorted(filled.originals.rglob("*.jpg"))
    gone.rename(stick.with_name("gone"))
    backed_up(filled, stick)
    assert known(filled) == [("backup", "backup", 2)]
    (copy,) = list_copies(filled.connection)
    assert is_reachable(copy, place_of(copy))
    told = json.loads((stick / MARKER).read_text())  # another stick at that place
    (stick / MARKER).write_text(json.dumps({**told, "uuid": "another"}))
    assert is_reachable(copy, place_of(copy)) is False
    (stick / MARKER).write_text(json.dumps(told))
    stick.with_name("gone").rename(gone)
    rotten = stick / "originals" / bad.relative_to(filled.originals)
    rotten.chmod(0o644)
    rotten.write_bytes(b"rot")
    bad.unlink()
    backed_up(filled, stick, check=True)
    assert known(filled) == [("backup", "backup", 2)]  # the one that was gone, not bad
    events = [
        (event.what, event.good, event.bad) for event in list_events(filled.connection)
    ]
    assert events == [("backed up", 2, 1), ("backed up", 2, 1), ("added", 0, 0)]


def test_only_checking_renews_what_was_there(filled: Archive, stick: Path) -> None:
    backed_up(filled, stick)
    connection = filled.connection
    connection.execute("update copy_originals set verified = 7")
    backed_up(filled, stick)
    assert (
        connection.execute("select min(verified) from copy_originals").fetchone()[0]
        == 7
    )
    backed_up(filled, stick, check=True)
    assert (
        connection.execute("select min(verified) from copy_originals").fetchone()[0] > 7
    )


def test_what_was_at_the_same_place_before_is_named(
    filled: Archive, stick: Path
) -> None:
    assert "was here before" not in asbuilt("backup", filled.folder, stick).stderr
    stick.rename(stick.with_name("in a drawer"))
    told = asbuilt("backup", filled.folder, stick)
    assert "3 originals copied" in told.stderr
    assert "backup was here before" in told.stderr
    assert [name for name, *_ in known(filled)] == ["backup", "backup 2"]
    asbuilt("copies", filled.folder, "forget", "backup")
    assert "was here before" not in asbuilt("backup", filled.folder, stick).stderr


def test_one_is_told_as_one(filled: Archive, stick: Path) -> None:
    asbuilt("backup", filled.folder, stick)
    rotten = min((stick / "originals").rglob("*.jpg"))
    rotten.chmod(0o644)
    rotten.write_bytes(b"rot")
    told = asbuilt("copies", filled.folder, "check", "backup").stderr
    assert "2 originals are there as they should be" in told
    assert "1 is absent there, or damaged; back up again with --check" in told
    told = asbuilt("backup", filled.folder, stick, "--check").stderr
    assert "1 original copied" in told
    min(filled.originals.rglob("*.jpg")).unlink()
    rotten.unlink()
    told = asbuilt("backup", filled.folder, stick).stderr
    assert "1 file is missing" in told
