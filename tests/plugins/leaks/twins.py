"""The same archive twice: with what somebody may not see, and as if it never was.

What a reader may not see does not exist for them, so every answer to them must be the
same, byte for byte, in both. That holds for routes that nobody has thought of yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.batches import batch
from archive.database import open_archive
from archive.editing import recycle_photos
from archive.people import edit_person, find_person, owner
from archive.purging import purge_photos
from tests.plugins.conftest import BINNED, IN_HIDDEN_ALBUM, KIMS, OWNERS

# Beyond the six photos of conftest.fill
PURGED, NEIGHBOUR, COVER, KIMS_BINNED, KIMS_NEWEST = 100, 101, 102, 103, 104
ABSENT = 12345
PROGRAM = "client-1"  # that the owner lets act for them
STAN = 6
CONFLICT = "00c0ffee00c0ffee"  # with the remote
STICK = "01a2007c-0000-7000-8000-00000000571c"  # a copy
FACADE = 3  # a public album with hidden photos in it, one of them its cover
HIDDEN_ALBUM = 2
SAID, SAID_HIDDEN = 10, 11  # comments that name everybody

OWNERS_JOB = "01900000-0000-7000-8000-000000000001"
KIMS_JOB = "01900000-0000-7000-8000-000000000002"
OWNERS_UPLOAD = "01900000-0000-7000-8000-000000000003"
KIMS_UPLOAD = "01900000-0000-7000-8000-000000000004"
OWNERS_FILE = "01900000-0000-7000-8000-000000000005"
KIMS_FILE = "01900000-0000-7000-8000-000000000006"
OWNERS_OPEN = "01900000-0000-7000-8000-000000000007"  # files that are still to come
KIMS_OPEN = "01900000-0000-7000-8000-000000000008"
OWNERS_EXPORT = "01900000-0000-7000-8000-000000000009"  # of all photos that one sees
KIMS_EXPORT = "01900000-0000-7000-8000-00000000000a"
STANS_EXPORT = "01900000-0000-7000-8000-00000000000b"  # one photo is hidden by now

# reader: what they are to the archive
READERS: dict[str, dict[str, Any] | None] = {
    "anonymous": None,
    "unknown": {"id": "77"},
    "none": {"id": "5"},
    "reader": {"id": "3"},
    "standard": {"id": str(STAN)},
    "uploader": {"id": "2"},
    "auditor": {"id": "4"},
    "admin": {"id": "1"},
}
NOBODY = ("anonymous", "unknown", "none")
IN_BIN = {BINNED, KIMS_BINNED}
OF_OTHERS = {OWNERS, IN_HIDDEN_ALBUM, COVER}
OF_KIM = {KIMS, KIMS_NEWEST}


@dataclass(frozen=True, slots=True)
class Twin:
    """What is not in an archive, compared with the whole one.

    :param photos: those that are not in it
    :param people: those whose jobs and uploads are not
    :param albums: private ones that are not
    """

    photos: set[int]
    people: set[int]
    albums: set[int] = field(default_factory=set)


# reader: the archive as it would be if what they may not see had never been
TWINS = {
    "reader": Twin(IN_BIN | OF_OTHERS | OF_KIM, {1, 2}, {HIDDEN_ALBUM}),
    "standard": Twin(IN_BIN | OF_OTHERS | OF_KIM, {1, 2}, {HIDDEN_ALBUM}),
    "uploader": Twin(IN_BIN | OF_OTHERS, {1}, {HIDDEN_ALBUM}),
    "auditor": Twin(IN_BIN, {1, 2}),
}
MAY_SEE = {
    "reader": {1, 6, NEIGHBOUR},
    "standard": {1, 6, NEIGHBOUR},
    "uploader": {1, 6, NEIGHBOUR} | OF_KIM,
    "auditor": {1, 6, NEIGHBOUR} | OF_KIM | OF_OTHERS,
}


def forget(folder: Path, twin: Twin) -> None:
    """Make an archive as if what a twin has not had never been in it."""
    with open_archive(folder) as archive:
        connection, sam = archive.connection, owner(archive.connection)
        dates = _dates(connection)
        live = sorted(twin.photos - IN_BIN)
        with batch(connection, sam) as opened:
            if live:
                recycle_photos(connection, sam, opened, live)
        purge_photos(archive, sam, sorted(twin.photos))
        with batch(connection, sam) as opened:
            for album in twin.albums:
                connection.execute("delete from albums where id = ?", (album,))
            for person in twin.people:
                _forget_work(connection, person)
            _change_what_admins_know(connection, twin)
        _set_dates(connection, dates)


def _dates(connection: Any) -> dict[str, list[Any]]:
    return {
        table: connection.execute(f"select id, updated_at from {table}").fetchall()
        for table in ("photos", "albums")
    }


def _set_dates(connection: Any, dates: dict[str, list[Any]]) -> None:
    for table, rows in dates.items():
        connection.executemany(
            f"update {table} set updated_at = ?2 where id = ?1", rows
        )


def flip_stars(folder: Path) -> None:
    """Star the photos that are not, and no others; nothing else tells of it."""
    with open_archive(folder) as archive:
        connection = archive.connection
        dates = _dates(connection)
        with batch(connection, owner(connection)):
            connection.execute("update photos set starred = 1 - starred")
        _set_dates(connection, dates)


def _change_what_admins_know(connection: Any, twin: Twin) -> None:
    """Change stars, and of other people all but their names."""
    connection.execute("update photos set starred = 1 - starred")
    connection.execute("update people set can_reorder_albums = 1 where id = 1")
    for person in twin.people:
        connection.execute(
            "update people set login = id || 'x' where id = ?", (person,)
        )
    connection.execute(
        "update cameras set name = 'Other', name_key = 'other'"
        " where id not in (select camera_id from photos where camera_id is not null)"
    )


def _forget_work(connection: Any, person: int) -> None:
    for table in ("uploads", "jobs"):
        connection.execute(f"delete from {table} where person_id = ?", (person,))


def level_batches(folders: list[Path]) -> None:
    """Give all archives as many batches: what a change answers names its own."""
    most = max(_batches(folder) for folder in folders)
    for folder in folders:
        with open_archive(folder) as archive:
            connection, sam = archive.connection, owner(archive.connection)
            for number in range(_batches(folder), most):
                with batch(connection, sam):
                    login = f"none-{number}"
                    edit_person(
                        connection, sam, find_person(connection, 5), login=login
                    )


def _batches(folder: Path) -> int:
    with open_archive(folder) as archive:
        return int(
            archive.connection.execute("select max(id) from batches").fetchone()[0]
        )
