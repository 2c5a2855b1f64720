"""Copies: which there are, what each holds, and since when that is known."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.backups import sources
from archive.backups.states import prepare, require_apart
from archive.batches import batch
from archive.clock import utc_now
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.jobs import add_job, list_errors
from archive.keeping import (
    Copy,
    add_copy,
    checking,
    find_copy,
    forget_copy,
    list_copies,
    note_held,
    note_lost,
)
from archive.keeping import held as held_module
from archive.keeping.copies import list_events
from archive.keeping.held import holding
from archive.keeping.rule import TooFewCopies, too_few
from archive.people import Person, add_person
from archive.purging import purge_photos
from archive.settings import set_setting
from tests.archive.by_command import asbuilt
from tests.archive.import_checks import take_in, tree
from tests.archive.job_kinds import finished

pytestmark = pytest.mark.usefixtures("one_process")

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with three originals."""
    take_in(archive, source)
    return archive


@pytest.fixture
def stick(filled: Archive, sam: Person) -> Copy:
    return add_copy(filled.connection, sam, "stick-1", "backup", "Stick")


def hashes(archive: Archive) -> list[str]:
    rows = archive.connection.execute("select sha256 from originals order by id")
    return [row[0] for row in rows]


def held(archive: Archive, copy: Copy) -> tuple[object, ...]:
    told = holding(archive.connection, copy)
    return told.originals, told.of, told.oldest, told.newest


def test_a_copy_holds_what_was_read_there_since_the_last_time_it_was(
    filled: Archive, stick: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_module, "utc_now", lambda: NOW + timedelta(days=9))
    first, second, third = hashes(filled)
    connection = filled.connection
    assert held(filled, stick) == (0, 3, None, None)
    assert note_held(connection, stick, [first, second, "ab" * 32], NOW) == 2
    assert note_held(connection, stick, [second], NOW + timedelta(days=1)) == 1
    # what comes late tells of earlier
    assert note_held(connection, stick, [first, second], NOW - timedelta(days=9)) == 2
    day, next_day = "2026-03-09T12:00:00.000Z", "2026-03-10T12:00:00.000Z"
    assert held(filled, stick) == (2, 3, day, next_day)
    assert note_lost(connection, stick, [second, third]) == 1
    assert held(filled, stick) == (1, 3, day, day)


def test_what_was_read_while_the_clock_was_ahead_is_as_old_as_any_other(
    filled: Archive, stick: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, some = filled.connection, hashes(filled)[:1]
    monkeypatch.setattr(held_module, "utc_now", lambda: NOW + timedelta(days=3650))
    note_held(connection, stick, some)
    assert too_few(connection, [1], NOW) == 1
    monkeypatch.setattr(held_module, "utc_now", lambda: NOW)
    note_held(connection, stick, some)
    assert too_few(connection, [1], NOW) == 0
    assert held(filled, stick)[3] == "2026-03-09T12:00:00.000Z"
    note_held(connection, stick, some, NOW + timedelta(days=1))  # as another told it
    assert held(filled, stick)[3] == "2026-03-09T12:00:00.000Z"


def test_a_copy_is_known_once_and_found_by_name_or_uuid(
    filled: Archive, stick: Copy, sam: Person
) -> None:
    connection = filled.connection
    assert add_copy(connection, sam, "stick-1", "backup", "Other name") == stick
    second = add_copy(connection, sam, "stick-2", "backup", "STICK")
    assert [copy.name for copy in list_copies(connection)] == ["Stick", "STICK 2"]
    assert find_copy(connection, "stick 2") == find_copy(connection, "stick-2")
    assert find_copy(connection, "stick-2") == second
    with pytest.raises(Conflict, match="several"):
        find_copy(connection, "stick-")
    for absent in ("", "NAS"):
        with pytest.raises(NotFound, match="asbuilt copies"):
            find_copy(connection, absent)
    with pytest.raises(InvalidInput, match="no kind"):
        add_copy(connection, sam, "x", "cloud", "Cloud")


def test_what_was_done_with_a_copy_is_told_after_it_is_forgotten(
    filled: Archive, stick: Copy, sam: Person
) -> None:
    connection = filled.connection
    note_held(connection, stick, hashes(filled))
    kim = add_person_as(filled, sam, "Kim", "standard")
    with pytest.raises(NotAllowed):
        forget_copy(connection, kim, stick)
    forget_copy(connection, sam, stick)
    assert list_copies(connection) == []
    assert connection.execute("select * from copy_originals").fetchall() == []
    events = [(event.name, event.what) for event in list_events(connection)]
    assert events == [("Stick", "forgotten"), ("Stick", "added")]


def add_person_as(archive: Archive, who: Person, name: str, level: str) -> Person:
    with batch(archive.connection, who) as made:
        return add_person(archive.connection, who, made, name, level=level)


# What is purged: photos 1 and 2 of three; the stick holds (photo: how many days ago)
RULES = {
    "no copy is known": (None, {}, 0),
    "the copy holds neither": ({}, {}, 2),
    "the copy holds one": ({1: 3}, {}, 1),
    "the copy holds both": ({1: 3, 2: 364}, {}, 0),
    "one was verified too long ago": ({1: 3, 2: 366}, {}, 1),
    "two copies are wanted": ({1: 3, 2: 3}, {"copies_elsewhere": 2}, 2),
    "no copy is wanted": ({}, {"copies_elsewhere": 0}, 0),
    "within a month": ({1: 3, 2: 40}, {"copies_days": 31}, 1),
}


@pytest.mark.parametrize(("there", "settings", "lacking"), RULES.values(), ids=RULES)
def test_the_last_verified_copy_does_not_go(
    filled: Archive,
    sam: Person,
    there: dict[int, int] | None,
    settings: dict[str, int],
    lacking: int,
) -> None:
    connection = filled.connection
    with batch(connection, sam) as made:
        for key, value in settings.items():
            set_setting(connection, sam, key, value)
        recycle_photos(connection, sam, made, [1, 2])
    if there is not None:
        copy = add_copy(connection, sam, "stick-1", "backup", "Stick")
        for number, days in there.items():
            when = utc_now() - timedelta(days=days)
            note_held(connection, copy, [hashes(filled)[number - 1]], when)
    before = tree(filled.originals)
    if lacking:
        with pytest.raises(TooFewCopies, match=rf"^{lacking} of these photos"):
            purge_photos(filled, sam, [1, 2])
        assert tree(filled.originals) == before
    else:
        assert purge_photos(filled, sam, [1, 2]) == 2
        rows = connection.execute("select original_id from copy_originals").fetchall()
        assert rows == []


@pytest.mark.usefixtures("stick")
def test_what_another_photo_shows_does_not_go_and_needs_no_copy(
    filled: Archive, sam: Person
) -> None:
    connection = filled.connection
    with batch(connection, sam) as made:
        connection.execute("update photos set original_id = 1 where id = 2")
        recycle_photos(connection, sam, made, [1, 2])
    assert too_few(connection, [1]) == 0
    assert too_few(connection, [1, 2]) == 1
    assert purge_photos(filled, sam, [1]) == 1
    with pytest.raises(TooFewCopies):
        purge_photos(filled, sam, [2])


@pytest.mark.usefixtures("stick")
def test_by_force_it_goes_and_the_history_says_why(
    filled: Archive, sam: Person
) -> None:
    connection = filled.connection
    with batch(connection, sam) as made:
        recycle_photos(connection, sam, made, [1])
    with pytest.raises(InvalidInput, match="reason"):
        purge_photos(filled, sam, [1], "  ", force=True)
    purge_photos(filled, sam, [1], "shows a child", force=True)
    row = connection.execute(
        "select b.reason, t.reason from batches b, tombstones t order by b.id desc"
    ).fetchone()
    said = "shows a child (forced: 1 without enough verified copies)"
    assert tuple(row) == (said, said)


# Checking, and the command


@pytest.fixture
def nas(filled: Archive, tmp_path: Path) -> Path:
    """Another folder with the whole archive."""
    filled.connection.execute("pragma wal_checkpoint(truncate)")
    return Path(shutil.copytree(filled.folder, tmp_path / "nas"))


def rows(archive: Archive) -> list[dict[str, Any]]:
    told = asbuilt("copies", archive.folder, "--format", "jsonl")
    assert told.exit_code == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_a_copy_is_added_checked_repaired_from_and_forgotten(
    filled: Archive, nas: Path
) -> None:
    folder = filled.folder
    assert asbuilt("copies", folder, "add", nas, "--name", "NAS").exit_code == 0
    assert asbuilt("copies", folder, "add", nas).exit_code == 0  # the same once more
    here, there = rows(filled)
    assert (here["name"], here["held"], here["reachable"]) == ("this archive", 3, True)
    assert (there["name"], there["held"], there["verified"]) == ("NAS", 0, None)
    told = asbuilt("copies", folder, "check", "nas", "--for", "0s", "--json")
    assert (told.exit_code, json.loads(told.stdout)["left"]) == (3, 3)
    assert asbuilt("copies", folder, "check", "nas").exit_code == 0
    _, there = rows(filled)
    assert (there["kind"], there["held"], there["of"]) == ("folder", 3, 3)
    assert (there["where"], there["reachable"]) == (str(nas), True)
    gone, bad, _ = sorted(filled.originals.rglob("*.jpg"))
    whole = gone.read_bytes()
    gone.unlink()
    rotten = nas / "originals" / bad.relative_to(filled.originals)
    rotten.chmod(0o644)
    rotten.write_bytes(b"rot")
    told = asbuilt("copies", folder, "check", "NAS", "--json")
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert (answer["good"], answer["bad"], answer["held"]) == (2, 1, 2)
    told = asbuilt("verify", folder, "--repair", "NAS")
    assert told.exit_code == 0, told.stderr
    assert gone.read_bytes() == whole
    assert asbuilt("copies", folder, "forget", "NAS").exit_code == 0
    assert len(rows(filled)) == 1
    whats = [event.what for event in list_events(filled.connection)]
    assert whats[:3] == ["forgotten", "repaired", "checked"]


def test_a_disk_that_is_absent_is_not_empty(filled: Archive, nas: Path) -> None:
    asbuilt("copies", filled.folder, "add", nas, "--name", "NAS")
    asbuilt("copies", filled.folder, "check", "NAS")
    for kept in nas.iterdir():  # the folder where it was is left, and is empty
        shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
    told = asbuilt("copies", filled.folder, "check", "NAS")
    assert (told.exit_code, "is its disk connected" in told.stderr) == (1, True)
    _, there = rows(filled)
    assert (there["held"], there["reachable"]) == (3, False)
    assert there["verified"]


def test_a_disk_that_goes_while_it_is_checked_is_not_empty_either(
    filled: Archive, nas: Path, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = checking.add_place(filled, sam, str(nas))
    checking.check_copy(filled, sam, copy)
    sha256 = sources.hashed

    def unplug(path: Path) -> str:
        found = sha256(path)
        shutil.rmtree(nas)
        return found

    monkeypatch.setattr(sources, "hashed", unplug)
    with pytest.raises(NotFound, match="is its disk connected"):
        checking.check_copy(filled, sam, copy)
    assert held(filled, copy)[:2] == (3, 3)


def test_what_is_no_copy_is_not_added(
    filled: Archive, sam: Person, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="this archive itself"):
        checking.add_place(filled, sam, str(filled.folder))
    with pytest.raises(NotFound, match="neither a backup nor an archive"):
        checking.add_place(filled, sam, str(tmp_path))
    other = tmp_path / "backup"
    prepare(other, "another archive")
    with pytest.raises(Conflict, match="another archive"):
        checking.add_place(filled, sam, str(other))
    site = add_copy(filled.connection, sam, "site-7", "site", "Kim's laptop")
    with pytest.raises(InvalidInput, match="tells of it"):
        checking.check_copy(filled, sam, site)
    assert checking.is_reachable(site, None) is None


@pytest.fixture
def mounted(filled: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive by another name, which nothing but the disk knows for the same."""
    other = tmp_path / "mounted"
    other.symlink_to(filled.folder)
    monkeypatch.setattr(Path, "resolve", lambda path, strict=False: path)  # noqa: ARG005
    return other


def linked(archive: Archive, nas: Path) -> Path:
    """A folder with all of an archive's files, whose database is the same file."""
    (nas / "archive.db").unlink()
    (nas / "archive.db").hardlink_to(archive.folder / "archive.db")
    return nas


def test_the_archive_by_another_name_is_no_copy_of_it(
    filled: Archive, sam: Person, nas: Path, mounted: Path
) -> None:
    copy = checking.add_place(filled, sam, str(nas))
    for place in (filled.folder, mounted):
        with pytest.raises(InvalidInput, match="this archive itself"):
            checking.check_copy(filled, sam, copy, place=str(place))
        with pytest.raises(InvalidInput, match="this archive itself"):
            checking.add_place(filled, sam, str(place))
        with pytest.raises(InvalidInput, match="lie in one another"):
            require_apart(filled.folder, place / "backup")
    assert held(filled, copy)[0] == 0
    (other := nas.with_name("nas by another mount")).symlink_to(nas)
    assert checking.add_place(filled, sam, str(other)) == copy
    with pytest.raises(InvalidInput, match="this archive itself"):
        checking.check_copy(filled, sam, copy, place=str(linked(filled, nas)))


def test_purge_refuses_by_command_and_by_job_and_names_what(
    filled: Archive, stick: Copy, sam: Person
) -> None:
    connection = filled.connection
    note_held(connection, stick, hashes(filled)[:1])
    with batch(connection, sam) as made:
        recycle_photos(connection, sam, made, [1, 2])
    told = asbuilt("purge", filled.folder, 1, 2, "--yes")
    assert (told.exit_code, "1 of these photos" in told.stderr) == (1, True)
    options = {"query": "is:recycled"}
    job = finished(filled, sam, add_job(connection, sam, "bulk_purge", options).id)
    (error,) = list_errors(connection, job)
    assert (job.state, job.done, error.item) == ("done", 2, "2")
    assert "back up first" in error.reason
    told = asbuilt("purge", filled.folder, 2, "--yes", "--force")
    assert (told.exit_code, "reason" in told.stderr) == (1, True)
    words = ("--yes", "--force", "--reason", "shows a child")
    assert asbuilt("purge", filled.folder, 2, *words).exit_code == 0
