"""Taking backups, and what an archive holds and a backup says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archive.backups import Taken, contents, snapshot, take
from archive.database import Archive, open_archive
from archive.people import owner


def copy_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases are copied in this process."""

    def copy(source: Path, target: Path) -> None:
        assert snapshot.main(str(source), str(target)) == 0

    monkeypatch.setattr(contents, "snapshot", copy)


class Killed(BaseException):
    """As kill -9: nothing tidies up."""


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


def change_state(stick: Path, **values: object) -> None:
    (path,) = stick.glob("states/*/state.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
