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
