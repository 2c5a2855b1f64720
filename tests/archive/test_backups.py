"""Backup and restore: what comes back is what was there, whatever happened between."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.accounts import (
    Visit,
    invite,
    invited,
    log_in,
    open_accounts,
    recognise,
    set_password,
)
from archive.backups import (
    State,
    Taken,
    contents,
    list_states,
    restore,
    restoring,
    snapshot,
    states,
    take,
    taking,
)
from archive.backups.states import MARKER
from archive.batches import batch
from archive.checking import check_history
from archive.clock import utc_now
from archive.commands.root import asbuilt as program
from archive.database import Archive, connect, open_archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import (
    ArchiveLocked,
    Conflict,
    DamagedArchive,
    InvalidInput,
    NotAllowed,
    NotFound,
    StoreError,
)
from archive.keeping import list_copies
from archive.keeping.copies import list_events
from archive.keeping.held import holding
from archive.keeping.places import is_reachable, place_of
from archive.link_visits import find_link
from archive.links import Wish, make_link, switch
from archive.people import Person, add_person, edit_person, owner
from archive.verifying import Limits, verify
from tests.archive.import_checks import lay, photo, take_in
from tests.archive.map_files import add_map

pytestmark = pytest.mark.usefixtures("one_process")

PHRASE = "granite umbrella tortoise"


@pytest.fixture(autouse=True)
def in_this_process(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Databases are copied here, unless the test asks for ``real_workers``."""
    if "real_workers" not in request.fixturenames:

        def copy(source: Path, target: Path) -> None:
            assert snapshot.main(str(source), str(target)) == 0

        monkeypatch.setattr(contents, "snapshot", copy)


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with three photos, one of them described."""
    take_in(archive, source)
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        edit_photos(archive.connection, sam, [1], Edit(description="Slab poured"))
    return archive


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def backed_up(archive: Archive, stick: Path, **options: Any) -> Taken:
    return take(archive, owner(archive.connection), stick, **options)


def everything(folder: Path) -> dict[str, Any]:
    """All rows of all tables but of copies, which come later, and all originals."""
    with open_archive(folder) as archive:
        names = archive.connection.execute(
            "select name from sqlite_master where type = 'table' and name not like"
            " 'photos_fts%' and name not like 'sqlite%' and name not like 'cop%'"
            " order by name"
        ).fetchall()
        rows: dict[str, Any] = {
            name: archive.connection.execute(f"select * from {name}").fetchall()
            for (name,) in names
        }
    for path in sorted((folder / "originals").rglob("*.*")):
        rows[path.name] = (path.read_bytes(), path.stat().st_mode & 0o777)
    return rows


def test_what_is_restored_is_what_was_there_and_verifies_clean(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    told = backed_up(filled, stick)
    assert (told.copied, told.there, told.missing) == (3, 0, [])
    assert [state.title for state in list_states(stick)] == ["Tower 4"]
    before = everything(filled.folder)
    restored = restore(stick, tmp_path / "again")
    assert (restored.originals, restored.missing) == (3, [])
    assert everything(tmp_path / "again") == before
    with open_archive(tmp_path / "again") as again:
        assert verify(again, owner(again.connection), Limits()).known == []
        assert list(check_history(again.connection)) == []
        assert again.uuid == filled.uuid


def test_the_next_run_copies_what_is_new_and_any_state_can_be_had_again(
    filled: Archive, stick: Path, tmp_path: Path, sam: Person
) -> None:
    first = backed_up(filled, stick)
    take_in(filled, lay(tmp_path / "more", {"NEW.JPG": photo(99)}))
    with batch(filled.connection, sam) as opened:
        recycle_photos(filled.connection, sam, opened, [1])
    second = backed_up(filled, stick)
    assert (second.copied, second.there) == (1, 3)
    found = list_states(stick)
    assert {state.name for state in found} == {first.name, second.name}
    assert sorted(state.photos for state in found) == [3, 4]
    restore(stick, tmp_path / "old", name=first.name)
    with open_archive(tmp_path / "old") as old:
        row = old.connection.execute(
            "select count(*), count(recycled_at) from photos"
        ).fetchone()
    assert tuple(row) == (3, 0)


def test_logins_come_back_too(filled: Archive, stick: Path, tmp_path: Path) -> None:
    sam = owner(filled.connection)
    with batch(filled.connection, sam):
        sam = edit_person(filled.connection, sam, sam, login="sam")
    with open_accounts(filled.folder) as accounts:
        visit = Visit(utc_now(), "::1", "x")
        set_password(
            accounts, filled.connection, sam, "a long pass phrase", visit, by=sam
        )
    backed_up(filled, stick)
    restore(stick, tmp_path / "again")
    old, new = (f / "accounts.db" for f in (filled.folder, tmp_path / "again"))
    assert _passwords(new) == _passwords(old) != []
    copies = [new, *stick.glob("states/*/accounts.db")]
    if os.name != "nt":
        assert [stat.S_IMODE(path.stat().st_mode) for path in copies] == [0o600] * 2


def test_what_lets_in_without_a_password_ends_with_a_restore(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    """It may have been revoked after the backup."""
    connection, now = filled.connection, utc_now()
    sam, visit = owner(connection), Visit(utc_now(), "::1", "x")
    with batch(connection, sam) as made:
        sam = edit_person(connection, sam, sam, login="sam")
        kim = add_person(connection, sam, made, "Kim", login="kim", level="standard")
    with open_accounts(filled.folder) as accounts:
        set_password(accounts, connection, sam, PHRASE, visit, by=sam)
        begun = log_in(accounts, connection, "sam", PHRASE, visit)
        invitation = invite(accounts, connection, kim, visit, by=sam)
        switch(accounts, sam, visit, on=True)
        link = make_link(accounts, connection, sam, [1], Wish("Slab"), visit)
        assert find_link(accounts, link, now)
    backed_up(filled, stick)
    told = asbuilt("restore", stick, tmp_path / "again")
    assert told.exit_code == 0
    assert "3 sessions, links and the like" in " ".join(told.stderr.split())
    with (
        open_archive(tmp_path / "again") as again,
        open_accounts(again.folder) as accounts,
    ):
        assert find_link(accounts, link, now) is None
        assert recognise(accounts, again.connection, begun.token, now) is None
        token = invitation.token
        assert invited(accounts, again.connection, token, now) is None
        assert log_in(accounts, again.connection, "sam", PHRASE, visit).person.id == 1


def _passwords(path: Path) -> list[Any]:
    from archive.sqlite import sqlite3

    connection = sqlite3.connect(path)
    try:
        rows: list[Any] = connection.execute("select * from passwords").fetchall()
        return rows
    finally:
        connection.close()


# What goes wrong


def test_a_file_that_is_lost_here_is_named_and_the_rest_is_backed_up(
    filled: Archive, stick: Path
) -> None:
    gone = min(filled.originals.rglob("*.jpg"))
    gone.unlink()
    told = backed_up(filled, stick)
    assert (told.copied, told.is_complete) == (2, False)
    assert [why for _, why in told.missing] == ["it is not in the archive's folder"]
    (state,) = list_states(stick)
    assert [Path(name).name for name in state.missing] == [gone.name]


def test_a_file_that_is_damaged_here_is_not_taken_for_the_photo(
    filled: Archive, stick: Path
) -> None:
    bad = min(filled.originals.rglob("*.jpg"))
    bad.chmod(0o644)
    bad.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    told = backed_up(filled, stick)
    assert [Path(name).name for name, _ in told.missing] == [bad.name]
    assert not list(stick.rglob(bad.name))


def test_damage_in_the_backup_is_found_by_checking_it_and_mended(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    backed_up(filled, stick)
    bad = min((stick / "originals").rglob("*.jpg"))
    rot = bytes(bad.stat().st_size)
    bad.chmod(0o644)
    bad.write_bytes(rot)
    restored = restore(stick, tmp_path / "broken")
    assert [why for _, why in restored.missing] == [
        "the backup's copy holds other bytes"
    ]
    assert backed_up(filled, stick).copied == 0
    assert backed_up(filled, stick, check=True).copied == 1
    assert restore(stick, tmp_path / "whole").missing == []
    assert [path.read_bytes() for path in (stick / "damaged").iterdir()] == [rot]


def test_a_file_that_is_cut_off_in_the_backup_is_copied_again_unasked(
    filled: Archive, stick: Path
) -> None:
    backed_up(filled, stick)
    cut, *_ = (stick / "originals").rglob("*.jpg")
    whole = cut.read_bytes()
    cut.chmod(0o644)
    cut.write_bytes(b"")
    told = backed_up(filled, stick)
    assert (told.copied, told.there, told.missing) == (1, 2, [])
    assert cut.read_bytes() == whole


def test_a_database_copy_that_was_changed_is_not_restored(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    told = backed_up(filled, stick)
    copy = stick / "states" / told.name / "archive.db"
    whole = bytearray(copy.read_bytes())
    whole[5000] ^= 1
    copy.write_bytes(whole)
    with pytest.raises(DamagedArchive, match="is not what it was"):
        restore(stick, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(
    filled: Archive, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    snapshot.snapshot(filled.folder / "archive.db", copy)
    pages = bytearray(copy.read_bytes())
    for at in range(20 * 4096, 60 * 4096, 4096):
        pages[at : at + 200] = bytes(200)
    copy.write_bytes(pages)
    with pytest.raises((DamagedArchive, StoreError)):
        snapshot.snapshot(copy, tmp_path / "copy2.db")


def test_a_copy_that_the_other_sqlite_cannot_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"no database" * 999)
    assert snapshot.second_opinion(str(tmp_path / "copy.db")) == [
        "file is not a database"
    ]


@pytest.mark.parametrize("step", ["_copy_originals", "_copy_maps", "_finish"])
def test_a_run_that_dies_leaves_no_state_and_the_next_goes_on(
    filled: Archive, stick: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(taking, step, die)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # nothing tidies up
        with pytest.raises(Killed):
            backed_up(filled, stick)
    assert list_states(stick) == []
    assert backed_up(filled, stick).is_complete
    assert len(list_states(stick)) == 1
    assert not list((stick / "states").glob(".*"))


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


def test_a_first_backup_that_was_cut_off_at_once_can_be_taken_again(
    filled: Archive, stick: Path
) -> None:
    (stick / "states").mkdir(parents=True)
    (stick / f"{MARKER}.new").write_text("{")
    assert backed_up(filled, stick).is_complete
    assert len(list_states(stick)) == 1


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


def test_two_runs_do_not_clear_each_others_state(filled: Archive, stick: Path) -> None:
    backed_up(filled, stick)
    with states.locked(stick), pytest.raises(ArchiveLocked, match="another process"):
        backed_up(filled, stick)
    left = stick / "originals" / ".incoming-of-one-that-died"
    left.mkdir()
    (left / "half").write_bytes(b"half a photo")
    assert backed_up(filled, stick).is_complete
    assert not left.exists()


def test_two_first_runs_at_once_make_one_backup(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = states.new_marker

    def meanwhile(archive: str) -> dict[str, object]:
        with pytest.raises(ArchiveLocked):
            states.prepare(stick, archive)
        return real(archive)

    monkeypatch.setattr(states, "new_marker", meanwhile)
    made = states.prepare(stick, "tower-4")
    assert states.prepare(stick, "tower-4") == made


def test_a_full_disk_ends_the_run_and_is_no_lack_of_the_archives(
    filled: Archive, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        error = StoreError("x", "cannot be stored: No space left on device")
        raise error from OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(taking, "copy_in", full)
    with pytest.raises(StoreError, match="No space"):
        backed_up(filled, stick)
    assert list_states(stick) == []


def change_state(stick: Path, **values: object) -> None:
    (path,) = stick.glob("states/*/state.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    "values",
    [{"files": ["a"]}, {"photos": "many"}, {"missing": 7}, {"bytes": None}],
    ids=str,
)
def test_a_state_that_says_nonsense_is_none(
    filled: Archive, stick: Path, values: dict[str, object]
) -> None:
    backed_up(filled, stick)
    change_state(stick, **values)
    assert list_states(stick) == []


@pytest.mark.parametrize("files", [{}, {"../x": "0"}, {"archive.db": "0", "x": "0"}])
def test_a_state_of_other_files_is_not_restored(
    filled: Archive, stick: Path, tmp_path: Path, files: dict[str, str]
) -> None:
    backed_up(filled, stick)
    change_state(stick, files=files)
    with pytest.raises(DamagedArchive, match="no state of an archive"):
        restore(stick, tmp_path / "again")


def test_what_sqlite_could_not_remove_is_no_part_of_a_state(
    filled: Archive, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, rest = contents.snapshot, "archive.db-shm"

    def leave(source: Path, target: Path) -> None:
        real(source, target)
        (target.parent / rest).write_bytes(b"rest")

    monkeypatch.setattr(contents, "snapshot", leave)
    backed_up(filled, stick)
    (state,) = list_states(stick)
    assert state.files.keys() == {"archive.db", ".asbuilt"}
    # as states were that have it
    change_state(stick, files={**state.files, rest: "0"})
    assert restore(stick, tmp_path / "again").missing == []
    rest = "other"
    with pytest.raises(StoreError, match="other; the disk fails"):
        backed_up(filled, stick)


def test_nothing_in_a_backup_leads_out_of_it(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    told = backed_up(filled, stick)
    (tmp_path / "secret").write_text("secret")
    (stick / "maps").mkdir()
    (stick / "maps" / "link.png").symlink_to(tmp_path / "secret")
    path = stick / "states" / told.name / "archive.db"
    with closing(connect(path)) as database:
        database.execute("drop trigger if exists originals_rereading")
        database.execute("update originals set extension = '/../../../x' where id = 1")
    change_state(
        stick,
        files={
            each: states.sha256_of(path.with_name(each))
            for each in ("archive.db", ".asbuilt")
        },
    )
    restored = restore(stick, tmp_path / "again")
    assert [why for _, why in restored.missing] == [
        "no file of a photo has such a name"
    ]
    assert not list(tmp_path.glob("again/maps/*"))


def test_only_who_reads_the_history_backs_up(filled: Archive, stick: Path) -> None:
    sam = owner(filled.connection)
    with batch(filled.connection, sam) as opened:
        kim = add_person(filled.connection, sam, opened, "Kim", level="standard")
    with pytest.raises(NotAllowed):
        take(filled, kim, stick)
    assert not stick.exists()


# The commands: the drill


def asbuilt(*words: object) -> Result:
    return CliRunner().invoke(program, [str(word) for word in words])


def test_everything_is_lost_and_comes_back_by_commands(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    """``test_drill`` does it while people work."""
    folder = filled.folder
    before = everything(folder)
    told = asbuilt("backup", folder, stick, "--json")
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout)["copied"] == 3
    filled.connection.close()
    shutil.rmtree(folder)
    told = asbuilt("restore", stick, folder)
    assert told.exit_code == 0, told.stderr
    assert "3 of 3 originals" in told.stderr
    assert everything(folder) == before
    assert asbuilt("verify", folder).exit_code == 0
    told = asbuilt("backup", folder, stick, "--list", "--json")
    (line,) = [json.loads(line) for line in told.stdout.splitlines()]
    assert (line["photos"], line["missing"]) == (3, 0)
    assert asbuilt("restore", tmp_path, tmp_path / "x").exit_code == 1


def test_half_a_state_is_none(filled: Archive, stick: Path) -> None:
    backed_up(filled, stick)
    torn = stick / "states" / "20990101T000000Z-abcdef"
    torn.mkdir()
    (torn / "state.json").write_text('{"taken_at": "2099')
    found = list_states(stick)
    assert [isinstance(state, State) for state in found] == [True]


# What the archive knows of its backups


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


def test_of_many_missing_files_the_first_are_named_and_all_counted() -> None:
    told = Taken()
    for number in range(1500):
        told.lack(str(number), "it is gone")
    assert (told.lacking, len(told.missing), told.is_complete) == (1500, 1000, False)


class Killed(BaseException):
    """As kill -9: nothing tidies up."""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_restore_that_was_killed_is_gone_on_with(
    filled: Archive,
    stick: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    backed_up(filled, stick)
    copy_from, copied = restoring.copy_from, []

    def die(*words: Any) -> bool:
        if len(copied) == after and not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            (words[0].folder / "half").write_bytes(b"half a photo")
            raise Killed
        copied.append(words[1])
        return copy_from(*words)

    monkeypatch.setattr(restoring, "copy_from", die)
    monkeypatch.setattr(restoring, "end", lambda run: os.close(run.lock))
    with pytest.raises(Killed):
        restore(stick, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    told = restore(stick, tmp_path / "again")
    assert (told.originals, told.missing, len(copied)) == (3, [], 3)
    assert not list(tmp_path.glob(".again*"))
    with open_archive(tmp_path / "again") as again:
        assert verify(again, owner(again.connection), Limits()).known == []
    assert not list((tmp_path / "again").rglob("half"))


def test_an_empty_file_in_a_backup_is_named_once(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    backed_up(filled, stick)
    path = min((stick / "originals").rglob("*.jpg"))
    path.chmod(0o644)
    path.write_bytes(b"")
    told = asbuilt("restore", stick, tmp_path / "again")
    assert told.exit_code == 3
    assert told.stderr.count(path.name) == 1


# What became of the backup's file of a plan: why the restored archive has none
PLANS = {"eaten": "the backup's copy holds other bytes", "gone": "does not have it"}


@pytest.mark.parametrize("fate", PLANS)
def test_a_plan_that_is_not_in_the_backup_is_named_and_mended_there(
    filled: Archive, stick: Path, tmp_path: Path, fate: str
) -> None:
    plan, removed = add_map(filled, b"a drawing"), add_map(filled, b"another")
    filled.connection.execute("delete from plans where id = 2")
    assert backed_up(filled, stick).is_complete
    for name in (plan, removed):
        path = stick / "maps" / name
        path.unlink() if fate == "gone" else path.write_bytes(b"eaten")
    told = restore(stick, tmp_path / "broken")
    ((name, why),) = told.missing
    assert name == f"maps/{plan}"
    assert PLANS[fate] in why
    assert not list((tmp_path / "broken").glob("maps/*"))
    assert backed_up(filled, stick).is_complete
    assert restore(stick, tmp_path / "whole").is_complete
    restored = {path.name for path in (tmp_path / "whole" / "maps").iterdir()}
    assert restored == {plan, removed}


def test_a_plan_that_is_lost_here_is_named_and_its_copy_in_the_backup_stays(
    filled: Archive, stick: Path
) -> None:
    plan, other = add_map(filled, b"a drawing"), add_map(filled, b"another")
    backed_up(filled, stick)
    (stick / "maps" / other).unlink()
    for name, data in ((plan, b"eaten"), (other, b"eaten")):
        (filled.folder / "maps" / name).write_bytes(data)
    told = backed_up(filled, stick)
    assert told.missing == [
        (f"maps/{other}", "it holds other bytes than it was stored")
    ]
    assert (stick / "maps" / plan).read_bytes() == b"a drawing"


def test_a_backup_that_goes_away_meanwhile_does_not_lack_everything(
    filled: Archive, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backed_up(filled, stick)
    copy_from = restoring.copy_from

    def unplug(*words: Any) -> bool:
        done = copy_from(*words)
        if stick.exists():
            stick.rename(tmp_path / "unplugged")
        return done

    monkeypatch.setattr(restoring, "copy_from", unplug)
    with pytest.raises(NotFound, match="is its disk connected"):
        restore(stick, tmp_path / "again")
    assert not (tmp_path / "again").exists()
