"""``asbuilt conflicts`` and ``resolve``."""

from __future__ import annotations

import json
from pathlib import Path

from archive.database import open_archive
from tests.sync.driving.commands.conftest import run

CONFLICT = """
    insert into sync_conflicts (key, kind, uuid, field, why, base, ours, theirs,
        opened_at)
    values ('3f9a01c2d4e5f607', 'album', ?, ?, 'both changed', '"A"', '"B"', '"C"',
        '2026-05-01T00:00:00.000Z')
"""


def test_conflicts_are_listed_and_decided(folder: Path) -> None:
    with open_archive(folder) as archive:
        uuid = archive.connection.execute("select uuid from albums").fetchone()[0]
        archive.connection.execute(CONFLICT, (uuid, "name"))
    listed = run("conflicts", folder).stdout
    assert all(word in listed for word in ("3f9a01c2d4e5f607", "name", "B", "C"))
    row = json.loads(run("conflicts", folder, "--format", "jsonl").stdout)
    assert (row["here"], row["there"], row["decided"]) == ("B", "C", None)
    run("resolve", folder, "3f9a01", "--keep", "remote", "--text", "x", code=2)
    run("resolve", folder, "3f9a01", code=2)
    run("resolve", folder, "beef00", "--keep", "local", code=1)
    done = run("resolve", folder, "3f9a01", "--text", "A and B", "--json")
    assert json.loads(done.stdout)["decided"] == "other"
    run("resolve", folder, "3f9a01", "--keep", "remote")
    row = json.loads(run("conflicts", folder, "--format", "jsonl").stdout)
    assert (row["decided"], row["decided_by"]) == ("remote", "Owner")
