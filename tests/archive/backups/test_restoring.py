"""What comes back from a backup is what was there, and what a restore ends."""

from __future__ import annotations

import json
import os
import shutil
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import (
    Visit,
    invite,
    invited,
    log_in,
    open_accounts,
    recognise,
    set_password,
)
from archive.backups import list_states, restore, restoring, states
from archive.batches import batch
from archive.checking import check_history
from archive.clock import utc_now
from archive.database import Archive, connect, open_archive
from archive.editing import recycle_photos
from archive.errors import NotFound
from archive.link_visits import find_link
from archive.links import Wish, make_link, switch
from archive.people import Person, add_person, edit_person, owner
from archive.verifying import Limits, verify
from tests.archive.backups.taken import Killed, backed_up, change_state, everything
from tests.archive.by_command import asbuilt
from tests.archive.import_checks import lay, photo, take_in

PHRASE = "granite umbrella tortoise"


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
