"""Verifying: whatever is not as it was is found, named, and mended from a copy only."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive import originals as store
from archive.batches import batch
from archive.database import Archive, open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import NotAllowed, NotFound, StoreError
from archive.jobs import add_job
from archive.originals import Stored, path_of
from archive.people import Person, add_person, owner
from archive.plans.files import path_of as plan_path
from archive.purging import purge_photos
from archive.verifying import Limits, Report, list_checks, open_faults, verify
from archive.verifying.mending import DAMAGED, mend_files
from tests.archive.by_command import asbuilt
from tests.archive.import_checks import lay, photo, take_in, tree
from tests.archive.job_kinds import finished

pytestmark = pytest.mark.usefixtures("one_process")


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with the originals of a stick."""
    take_in(archive, source)
    return archive


def originals(archive: Archive) -> list[Path]:
    rows = archive.connection.execute(
        "select sha256, extension from originals order by id"
    )
    return [path_of(archive.originals, Stored(*row)) for row in rows]


def spoil(path: Path) -> None:
    """Change a byte near the end, and neither size nor time."""
    before = path.stat()
    whole = bytearray(path.read_bytes())
    whole[-20] ^= 1
    path.chmod(0o644)
    path.write_bytes(whole)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.chmod(0o444)


def run(archive: Archive, **limits: Any) -> Report:
    return verify(archive, owner(archive.connection), Limits(**limits))


def kinds(report: Report) -> list[tuple[str, str]]:
    return [(fault.what, Path(fault.subject).name) for fault in report.known]


def test_a_whole_archive_is_found_to_be_whole(filled: Archive) -> None:
    before = tree(filled.originals)
    report = run(filled)
    assert (report.known, report.found, report.wrong) == ([], 0, 0)
    assert (report.files, report.left, report.of) == (3, 0, 3)
    assert report.bytes == sum(path.stat().st_size for path in originals(filled))
    assert tree(filled.originals) == before
    dates = filled.connection.execute("select verified_at from originals").fetchall()
    assert all(dates)


def test_one_bit_near_the_end_is_found_though_size_and_time_are_the_same(
    filled: Archive, tmp_path: Path
) -> None:
    large = photo(9) + bytes(300_000)  # who hashes the beginning alone sees nothing
    take_in(filled, lay(tmp_path / "large", {"large.jpg": large}))
    victim = originals(filled)[-1]
    assert kinds(run(filled)) == []
    spoil(victim)
    assert kinds(run(filled)) == [("other bytes", victim.name)]


def test_what_is_not_there_or_cannot_be_read_is_named(filled: Archive) -> None:
    gone, folder, _ = originals(filled)
    gone.unlink()
    folder.unlink()
    folder.mkdir()
    assert sorted(kinds(run(filled))) == [
        ("absent", gone.name),
        ("unreadable", folder.name),
    ]


def test_originals_on_a_disk_that_is_not_there_are_not_all_lost(
    filled: Archive, tmp_path: Path
) -> None:
    filled.originals.rename(tmp_path / "unplugged")
    with pytest.raises(StoreError, match="is its disk connected"):
        run(filled, records=False)
    assert (open_faults(filled.connection), list_checks(filled.connection)) == ([], [])


def test_a_file_that_no_record_has_is_named_and_left(filled: Archive) -> None:
    stray = filled.originals / "ab" / f"{'ab' * 32}.jpg"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"from an older backup")
    assert kinds(run(filled)) == [("orphan", stray.name)]
    assert stray.read_bytes() == b"from an older backup"
    stray.unlink()
    assert run(filled).known == []


def test_files_that_no_record_has_are_all_named_and_later_all_forgotten(
    filled: Archive,
) -> None:
    shelf = filled.originals / "ab"
    shelf.mkdir(exist_ok=True)
    strays = [shelf / f"ab{number:062x}.jpg" for number in range(1200)]
    for stray in strays:
        stray.touch()
    report = run(filled)
    assert (report.found, report.wrong, len(report.known)) == (1200, 1200, 1000)
    named = filled.connection.execute("select subject from faults").fetchall()
    assert {name for (name,) in named} == {f"ab/{stray.name}" for stray in strays}
    for stray in strays[1:]:
        stray.unlink()
    assert kinds(run(filled)) == [("orphan", strays[0].name)]


RAW = {
    "search": "delete from photos_fts_docsize where id = 1",
    "counter": "update facet_counts set photos = photos + 1 where dimension = 'all'",
    "counter of days": "delete from day_counts where day like '2%'",
    "counter of tiles": "update tiles set words = 'Rebar' where photo_id = 1",
    "history": "update photos set description = 'as if it were always so'",
    "reference": "update photos set album_id = 99",
}


@pytest.mark.parametrize("what", RAW)
def test_the_database_is_compared_with_itself(filled: Archive, what: str) -> None:
    connection = filled.connection
    connection.execute("pragma foreign_keys = off")
    if what == "history":  # as another program writes, which keeps none
        triggers = connection.execute(
            "select name from sqlite_master where type = 'trigger'"
            " and tbl_name = 'photos' and sql like '%changes%'"
        ).fetchall()
        for (name,) in triggers:
            connection.execute(f"drop trigger {name}")
    connection.execute(RAW[what])
    assert what.split(maxsplit=1)[0] in {fault.what for fault in run(filled).known}


def test_edits_leave_nothing_to_find(filled: Archive, sam: Person) -> None:
    with batch(filled.connection, sam):
        edit_photos(filled.connection, sam, [1, 2], Edit(description="Slab"))
    assert run(filled).known == []


# Time


class Enough(Exception):
    """It is time to stop."""


def test_a_run_that_is_stopped_is_gone_on_with(filled: Archive) -> None:
    spoil(originals(filled)[0])
    calls = iter([None] * 4)  # the database, what lies about, and two files

    def check() -> None:
        if next(calls, Enough) is Enough:
            raise Enough

    with pytest.raises(Enough):
        run(filled, check=check)
    report = run(filled, seconds=0)
    assert (report.files, report.left) == (0, 1)
    report = run(filled)
    assert (report.files, report.left) == (1, 0)
    checks = list_checks(filled.connection)
    assert [(one.files, one.faults, bool(one.finished_at)) for one in checks] == [
        (3, 1, True)
    ]


def test_a_clock_that_was_put_back_does_not_read_the_same_for_ever(
    filled: Archive,
) -> None:
    run(filled, seconds=0)
    filled.connection.execute("update checks set started_at = '2099-01-01T00:00:00Z'")
    calls = iter([None] * 5)

    def check() -> None:
        if next(calls, Enough) is Enough:
            raise Enough

    report = run(filled, check=check)
    assert (report.files, report.left) == (3, 0)


def test_the_next_run_reads_all_of_them_again(filled: Archive) -> None:
    assert run(filled).files == run(filled).files == 3
    assert len(list_checks(filled.connection)) == 2


# Mending


@pytest.fixture
def copy(filled: Archive, tmp_path: Path) -> Path:
    """The archive as it was, on a stick."""
    shutil.copytree(filled.originals, tmp_path / "copy" / "originals")
    return tmp_path / "copy"


@pytest.mark.parametrize("flat", [False, True], ids=["an archive", "a folder of files"])
def test_bytes_come_from_the_copy_and_the_damaged_file_is_kept(
    filled: Archive, copy: Path, tmp_path: Path, flat: bool
) -> None:
    if flat:
        files = tmp_path / "flat"
        files.mkdir()
        for path in copy.rglob("*.*"):
            shutil.copy(path, files / path.name)
        copy = files
    whole = tree(filled.originals)
    gone, bad, _ = originals(filled)
    gone.unlink()
    spoil(bad)
    damaged = bad.read_bytes()
    run(filled)
    assert [why for _, why in mend_files(filled, copy)] == ["", ""]
    assert {name: one[:2] for name, one in tree(filled.originals).items()} == {
        name: one[:2] for name, one in whole.items()
    }
    assert open_faults(filled.connection) == run(filled).known == []
    kept = list((filled.folder / DAMAGED).iterdir())
    assert [path.read_bytes() for path in kept] == [damaged]
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in originals(filled))


def test_what_the_copy_has_damaged_too_is_not_taken(
    filled: Archive, copy: Path
) -> None:
    bad = originals(filled)[0]
    spoil(bad)
    spoil(copy / "originals" / bad.relative_to(filled.originals))
    before = bad.read_bytes()
    run(filled)
    told = [why for _, why in mend_files(filled, copy)]
    assert len(told) == 1
    assert "damaged, too" in told[0]
    assert bad.read_bytes() == before
    assert kinds(run(filled)) == [("other bytes", bad.name)]


def test_a_copy_that_is_not_there_changes_nothing(
    filled: Archive, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="no such folder"):
        list(mend_files(filled, tmp_path / "not plugged in"))


def test_a_copy_that_has_nothing_says_so(filled: Archive, tmp_path: Path) -> None:
    originals(filled)[0].unlink()
    run(filled)
    (tmp_path / "empty").mkdir()
    told = [why for _, why in mend_files(filled, tmp_path / "empty")]
    assert told == ["the copy does not have it"]


@pytest.fixture
def plan(filled: Archive, sam: Person) -> Path:
    """The file of a plan of the archive."""
    data = b"a drawing" * 999
    sha256 = hashlib.sha256(data).hexdigest()
    with batch(filled.connection, sam) as made:
        filled.connection.execute(
            "insert into plans (uuid, name, name_key, kind, sha256, extension, bytes,"
            " media_type, created_at, updated_at) values"
            " ('p', 'Level 3', 'level 3', 'image', ?1, 'png', ?2, 'image/png', ?3, ?3)",
            (sha256, len(data), made.at),
        )
    path = plan_path(filled.folder, sha256, "png")
    path.parent.mkdir()
    path.write_bytes(data)
    return path


def test_plans_and_maps_are_read_and_mended_too(
    filled: Archive, plan: Path, tmp_path: Path
) -> None:
    whole = plan.read_bytes()
    shutil.copytree(plan.parent, tmp_path / "copy" / "maps")
    report = run(filled)
    assert (report.files, report.of, report.known) == (4, 4, [])
    spoil(plan)
    (fault,) = run(filled).known
    assert (fault.what, fault.subject) == ("other bytes", f"maps/{plan.name}")
    assert list(mend_files(filled, tmp_path / "copy")) == [(f"maps/{plan.name}", "")]
    assert plan.read_bytes() == whole
    assert len(list((filled.folder / DAMAGED).iterdir())) == 1
    plan.unlink()
    assert [fault.what for fault in run(filled).known] == ["absent"]
    assert list(mend_files(filled, tmp_path / "copy")) == [(f"maps/{plan.name}", "")]
    assert run(filled).known == []


def test_what_is_purged_while_it_is_mended_does_not_come_back(
    filled: Archive, copy: Path, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = originals(filled)[0]
    gone.unlink()
    run(filled)
    staged = store.stage_right

    def stage(*args: Any) -> Any:
        made = staged(*args)
        with batch(filled.connection, sam) as opened:
            recycle_photos(filled.connection, sam, opened, [1])
        purge_photos(filled, sam, [1])
        return made

    monkeypatch.setattr(store, "stage_right", stage)
    told = [why for _, why in mend_files(filled, copy)]
    assert told == ["no record has this file any more"]
    assert not gone.exists()


def test_an_import_meanwhile_does_not_clear_what_mending_has_begun(
    filled: Archive, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = originals(filled)[0]
    gone.unlink()
    run(filled)
    begin, seen = store.begin, []

    def begun(folder: Path) -> Any:
        seen.append(filled.connection.in_transaction)
        return begin(folder)

    monkeypatch.setattr(store, "begin", begun)
    assert [why for _, why in mend_files(filled, copy)] == [""]
    assert seen == [True]


# Rights, and the command


def test_only_who_reads_the_history_verifies(filled: Archive, sam: Person) -> None:
    with batch(filled.connection, sam) as opened:
        kim = add_person(filled.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed):
        verify(filled, kim, Limits())


def test_the_command_says_what_is_wrong_and_mends_it(
    filled: Archive, copy: Path
) -> None:
    folder = filled.folder
    assert asbuilt("verify", folder).exit_code == 0
    spoil(originals(filled)[0])
    told = asbuilt("verify", folder)
    assert (told.exit_code, "holds other bytes" in told.stdout) == (1, True)
    answer = json.loads(asbuilt("verify", folder, "--json").stdout)
    assert [fault["what"] for fault in answer["faults"]] == ["other bytes"]
    told = asbuilt("verify", folder, "--repair", copy)
    assert (told.exit_code, "mended" in told.stderr) == (0, True)
    assert asbuilt("verify", folder, "--for", "0s").exit_code == 3
    told = asbuilt("verify", folder, "--repair", "no such copy")
    assert (told.exit_code, "asbuilt copies" in told.stderr) == (1, True)
    told = asbuilt("verify", folder, "--for", "soon")
    assert (told.exit_code, "90s, 20m or 2h" in told.stderr) == (1, True)


def test_another_process_finds_the_same(filled: Archive) -> None:
    spoil(originals(filled)[0])
    run(filled)
    with open_archive(filled.folder) as again:
        assert len(open_faults(again.connection)) == 1


def test_as_a_job_it_says_what_is_wrong(filled: Archive, sam: Person) -> None:
    job = finished(filled, sam, add_job(filled.connection, sam, "verify").id)
    assert (job.state, job.done, job.total, job.message) == ("done", 3, 3, "")
    spoil(originals(filled)[0])
    job = finished(filled, sam, add_job(filled.connection, sam, "verify").id)
    assert job.state == "done"
    assert job.message.startswith("1 fault: originals/")
