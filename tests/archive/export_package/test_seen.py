"""The close-out package: nothing in it that may not be seen, and a sound database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import Accounts, Visit
from archive.accounts.clients import add_client
from archive.accounts.keeping import set_password
from archive.accounts.logins import log_in
from archive.checking import check_history
from archive.clock import utc_now
from archive.database import Archive, connect
from archive.errors import InvalidInput, NotAllowed
from archive.export.package import export_package
from archive.export.package.copying import DERIVED, LEFT_OUT, WHOLE, copy_database
from archive.people import Person
from archive.rights import viewer
from archive.sqlite import sqlite3
from tests.archive.live_counts import wrong_counters
from tests.archive.package_site import HOSTILE, SECRETS, check_bag, files, secrets_in


def opened(package: Path) -> Any:
    return closing(connect(package / "data" / "archive.db"))


def test_nobody_gets_what_they_may_not_see(partial: Path) -> None:
    found = files(partial)
    assert check_bag(found) == []
    assert list(secrets_in(found, SECRETS)) == []
    assert b"history.jsonl" not in b"\n".join(name.encode() for name in found)
    assert b"chain is\npartial" in found["README.txt"]
    starred = [row["starred"] for row in json.loads(found["data/manifest.json"])]
    assert starred == [None] * len(HOSTILE)
    with opened(partial) as copy:
        assert copy.execute("select sum(starred) from photos").fetchone() == (0,)
        assert copy.execute("select count(login) from people").fetchone() == (0,)
        assert copy.execute("select distinct level from people").fetchall() == [
            ("none",)
        ]


def test_passwords_and_keys_never_leave(
    archive: Archive, sam: Person, site: Any, accounts: Accounts, tmp_path: Path
) -> None:
    here = Visit(utc_now(), "192.168.1.20")
    made = add_client(accounts, archive.connection, "Reports", here, by=sam)
    rae, words = site["rae"], "tall cranes turn slowly"
    set_password(accounts, archive.connection, rae, words, here, by=sam)
    log_in(accounts, archive.connection, "secretlogin", words, here)
    secrets = {str(made.secret), words, *_kept(accounts)}
    assert len(secrets) >= 5
    export_package(archive, sam, None, tmp_path / "out")
    found = files(tmp_path / "out")
    assert list(secrets_in(found, tuple(secrets))) == []
    # while all else of the archive is there
    missing = {secret for secret in SECRETS if not list(secrets_in(found, (secret,)))}
    assert missing == set()


def _kept(accounts: Accounts) -> Iterator[str]:
    """Yield all words in accounts.db that are long enough to be secrets."""
    with closing(sqlite3.connect(accounts.path)) as found:
        people = "select name from sqlite_master where type = 'table'"
        for (table,) in found.execute(people).fetchall():
            for row in found.execute(f"select * from {table}").fetchall():
                for value in row:
                    words = value if isinstance(value, str) else ""
                    if re.fullmatch(r"[0-9a-f]{64}|\$argon2.*", words):
                        yield words


def test_only_an_admin_gets_everything(
    archive: Archive, site: Any, sam: Person, tmp_path: Path
) -> None:
    for who in (site["rae"], site["kim"], replace(site["kim"], can_view_private=True)):
        with pytest.raises(NotAllowed):
            export_package(archive, who, None, tmp_path / "out")
    with pytest.raises(NotAllowed):
        export_package(archive, replace(sam, level="none"), site["ids"], tmp_path / "o")
    with pytest.raises(InvalidInput):
        export_package(archive, site["rae"], [site["private"]], tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["tower-4"]


def test_a_photo_that_was_hidden_a_moment_ago_is_left_out(
    archive: Archive, site: Any, tmp_path: Path
) -> None:
    copy_database(
        archive,
        [site["ids"][0], site["private"], site["binned"]],
        tmp_path / "copy.db",
        viewer(site["rae"]),
    )
    assert list(secrets_in({"": (tmp_path / "copy.db").read_bytes()}, SECRETS)) == []
    with closing(connect(tmp_path / "copy.db")) as copy:
        found = copy.execute("select id from photos").fetchall()
        assert found == [(site["ids"][0],)]


def test_every_table_either_leaves_or_stays(archive: Archive) -> None:
    rows = archive.connection.execute(
        """
        select name from sqlite_master where type = 'table'
        and name not like 'sqlite~_%' escape '~' and name not like 'photos~_fts~_%'
        escape '~' and name not like '~_%' escape '~'
        """
    )
    assert {row[0] for row in rows} <= {*WHOLE, *DERIVED, *LEFT_OUT}


@pytest.mark.parametrize("which", ["complete", "partial"])
def test_the_copy_is_a_sound_database(
    which: str, request: pytest.FixtureRequest
) -> None:
    with opened(request.getfixturevalue(which)) as copy:
        for check in ("integrity_check", "foreign_key_check"):
            rows = copy.execute(f"PRAGMA {check}").fetchall()
            assert [row for row in rows if row != ("ok",)] == []
        assert copy.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert wrong_counters(copy) == []
        copy.execute("insert into photos_fts (photos_fts) values ('integrity-check')")
        if which == "complete":
            assert list(check_history(copy)) == []
