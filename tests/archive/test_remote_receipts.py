"""The receipt of a mirror: N of N, what is not here, what the remote cannot take."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive, open_archive
from archive.people import owner
from archive.remotes import begin_run, end_run, set_link
from archive.remotes.receipts import receipt, text_of
from tests.plugins.conftest import IN_HIDDEN_ALBUM, KIMS, LATEST, PUBLIC, fill

THERE = (PUBLIC, KIMS, LATEST)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Archive]:
    """An archive of which three photos are on a remote, after a run."""
    fill(tmp_path / "tower")
    with open_archive(tmp_path / "tower") as archive:
        connection = archive.connection
        sam = owner(connection)
        with batch(connection, sam):
            set_link(
                connection, sam, {"url": "https://hub", "company": 7, "project": 9}
            )
        for number in THERE:
            know(archive, number)
        connection.execute(
            "insert into sync_memory values ('remote', ?)", (json.dumps({"total": 3}),)
        )
        end_run(connection, begin_run(connection), "complete", {})
        yield archive


def know(archive: Archive, photo: int, life: str = "active", **base: Any) -> None:
    """Let a photo be known to stand so on the remote."""
    archive.connection.execute(
        """
        insert into sync_records (kind, uuid, remote_id, life, base, agreed)
        select 'photo', uuid, id + 900, ?, ?, 'active' from photos where id = ?
        """,
        (life, json.dumps({"ours": base} | base), photo),
    )


def test_all_that_is_there_is_here_with_its_bytes(mirror: Archive) -> None:
    found = receipt(mirror)
    assert found["complete"]
    assert next(iter(found)) == "kind"
    photos = found["photos"]
    assert (photos["listed"], photos["there"], photos["hashed"]) == (3, 3, 3)
    assert photos["only_here"] == 2  # not what is in the bin
    rows = mirror.connection.execute(
        """
        select p.uuid, o.sha256, o.bytes, p.id + 900 from photos p
        join originals o on o.id = p.original_id where p.id in (?, ?, ?) order by 1
        """,
        THERE,
    ).fetchall()
    lines = "".join(f"{' '.join(map(str, row))}\n" for row in rows)
    assert photos["digest"] == hashlib.sha256(lines.encode()).hexdigest()
    assert photos["bytes"] == sum(row[2] for row in rows)
    assert text_of(found)[0] == (
        "3 of 3, all bytes hashed, 0 not visible to you,"
        " 2 fields that the remote cannot take"
    )
    assert text_of(found)[1] == "  2 × photo markups"
    assert text_of(found)[-1] == "complete"


def test_what_is_missing_hidden_or_not_taken_is_counted(mirror: Archive) -> None:
    connection = mirror.connection
    connection.execute("pragma foreign_keys = off")
    connection.execute("update photos set original_id = null where id = ?", (LATEST,))
    know(mirror, IN_HIDDEN_ALBUM, "hidden")
    connection.execute(
        "update sync_records set base = ? where remote_id = ?",
        (
            json.dumps({"ours": {"starred": True}, "theirs": {"starred": False}}),
            PUBLIC + 900,
        ),
    )
    connection.execute(
        "update originals set verified_at = '2026-11-01T00:00:00.000Z' where id = 1"
    )
    found = receipt(mirror)
    assert not found["complete"]
    assert found["not_taken"] == {"photo starred": 1, "photo markups": 2}
    photos = found["photos"]
    assert (photos["here"], photos["hashed"], photos["hidden"]) == (3, 2, 1)
    assert photos["verified_since"] == "2026-11-01T00:00:00.000Z"
    assert text_of(found)[0] == (
        "2 of 3, 1 without their bytes, 1 not visible to you,"
        " 3 fields that the remote cannot take"
    )


@pytest.mark.parametrize(
    "change",
    [
        "update sync_memory set value = '{\"total\": 4}'",
        "update sync_runs set outcome = 'incomplete'",
        "insert into sync_troubles values ('x', 'bytes', 'photo', '', '', 0, 1, 0, 1)",
        f"update photos set recycled_at = uploaded_at where id = {PUBLIC}",
        "delete from sync_runs",
    ],
    ids=["more there", "a run cut short", "set aside", "in the bin here", "no run"],
)
def test_whatever_is_open_is_not_complete(mirror: Archive, change: str) -> None:
    mirror.connection.execute(change)
    found = receipt(mirror)
    assert not found["complete"]
    assert text_of(found)[-1] == "not complete"
