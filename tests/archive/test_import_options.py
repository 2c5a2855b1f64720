"""What an import is told holds for every photo, and so do the rules of privacy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.albums import add_album, set_album_private
from archive.batches import batch
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import InvalidInput, NotAllowed
from archive.importing import pipeline
from archive.importing.outcomes import IN_THE_BIN
from archive.importing.records import NO_LOG_HERE, NOT_IN_THE_LOG
from archive.people import Person, add_person
from archive.purging import purge_photos
from archive.settings import set_setting
from tests.archive.import_checks import (
    column,
    faults,
    lay,
    names,
    photo,
    take_in,
)

pytestmark = pytest.mark.usefixtures("one_process")


def person(archive: Archive, sam: Person, name: str, level: str) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, name, level=level)


def test_options_hold_for_every_photo(archive: Archive, source: Path) -> None:
    take_in(
        archive,
        source,
        album="Progress",
        location="Tower>Level 3",
        trades=("Concrete", "Steel", "concrete"),
        description="West side\r\n",
        starred=True,
        daily_log=True,
    )
    rows = archive.connection.execute(
        """
        select a.name, l.name, up.name, p.description, p.starred, p.private, p.log_date,
            p.taken_at, p.taken_source,
            (select group_concat(name) from (select t.name from photo_trades x
                join trades t on t.id = x.trade_id where x.photo_id = p.id order by 1))
        from photos p join albums a on a.id = p.album_id
        join locations l on l.id = p.location_id
        join locations up on up.id = l.parent_id
        order by p.id
        """
    ).fetchall()
    assert rows == [
        (
            "Progress",
            "Level 3",
            "Tower",
            "West side\n",
            1,
            0,
            f"2026-03-0{n}",
            f"2026-03-0{n}T10:11:12",
            "file: EXIF DateTimeOriginal",
            "Concrete,Steel",
        )
        for n in (1, 2, 3)
    ]
    assert faults(archive) == []


def test_without_a_capture_date_the_day_of_import_is_assumed(
    archive: Archive, tmp_path: Path
) -> None:
    take_in(archive, lay(tmp_path / "s", {"a.jpg": photo(1)}), daily_log=True)
    row = archive.connection.execute(
        "select taken_at, taken_source, assumed_at, log_date, sorted_at from photos"
    ).fetchone()
    assert row[:2] == (None, None)
    assert row[3] == row[2][:10]
    assert row[4] == row[2]


@pytest.mark.parametrize(
    ("level", "options", "error"),
    [
        pytest.param("read_only", {}, NotAllowed, id="add"),
        pytest.param("standard", {"starred": True}, NotAllowed, id="star"),
        pytest.param("standard", {"trades": ("New",)}, NotAllowed, id="new-trade"),
        pytest.param("admin", {"album": " "}, InvalidInput, id="empty-album"),
        pytest.param("admin", {"location": "A>>B"}, InvalidInput, id="empty-tier"),
        pytest.param("admin", {"trades": ("\0",)}, InvalidInput, id="control"),
        pytest.param("admin", {"description": "\ud800"}, InvalidInput, id="surrogate"),
    ],
)
def test_options_that_cannot_be_are_refused_before_any_file(
    archive: Archive,
    sam: Person,
    source: Path,
    level: str,
    options: dict[str, Any],
    error: type[Exception],
) -> None:
    who = sam if level == "admin" else person(archive, sam, "Kim", level)
    with pytest.raises(error):
        take_in(archive, source, actor=who, **options)
    assert column(archive, "id") == column(archive, "id", "imports") == []
    assert faults(archive) == []


def test_where_locations_are_not_made_on_the_fly_only_editors_make_them(
    archive: Archive, sam: Person, source: Path
) -> None:
    kim = person(archive, sam, "Kim", "standard")
    with batch(archive.connection, sam):
        set_setting(archive.connection, sam, "locations_on_the_fly", value=False)
    with pytest.raises(NotAllowed):
        take_in(archive, source, actor=kim, location="Tower")
    assert len(take_in(archive, source, location="Tower").imported) == 3
    lay(source, {"more.jpg": photo(8)})
    assert len(take_in(archive, source, actor=kim, location="tower").imported) == 1


def test_an_album_renamed_between_two_batches_is_made_again(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)

    def rename(report: Any) -> None:
        if len(report.imported) == 1:
            with batch(archive.connection, sam):
                archive.connection.execute(
                    "update albums set name = 'Other', name_key = 'other' where id > 1"
                )

    report = pipeline.import_photos(
        archive, sam, [source], pipeline.ImportOptions(album="Progress"),
        renditions=False, progress=rename,
    )  # fmt: skip
    assert len(report.imported) == 3
    rows = archive.connection.execute(
        "select a.name from photos p join albums a on a.id = p.album_id order by p.id"
    ).fetchall()
    assert rows == [("Other",), ("Progress",), ("Progress",)]


# --- privacy (photos-tool.md 4)


@pytest.mark.parametrize("by_default", [False, True], ids=["public", "by-default"])
@pytest.mark.parametrize("private_album", [False, True], ids=["album", "private-album"])
@pytest.mark.parametrize("asked", [None, False, True], ids=["unsaid", "no", "yes"])
def test_a_photo_is_private_when_asked_by_default_or_by_its_album(
    archive: Archive,
    sam: Person,
    source: Path,
    by_default: bool,
    private_album: bool,
    asked: bool | None,
) -> None:
    with batch(archive.connection, sam) as opened:
        set_setting(archive.connection, sam, "private_by_default", value=by_default)
        album = add_album(archive.connection, sam, opened, "Claims")
        set_album_private(archive.connection, sam, album, private=private_album)
    report = take_in(archive, source, album="Claims", private=asked, daily_log=True)
    private = private_album or (by_default if asked is None else asked)
    assert column(archive, "private") == [int(private)] * 3
    logged = not private and not by_default  # edge rule 8
    assert [bool(day) for day in column(archive, "log_date")] == [logged] * 3
    note = NOT_IN_THE_LOG if private else NO_LOG_HERE
    assert [text for _, text in report.notes] == ([] if logged else [note] * 3)


def test_bytes_of_a_photo_one_may_not_see_become_one_s_own_photo(
    archive: Archive, sam: Person, source: Path
) -> None:
    take_in(archive, source, private=True)
    kim = person(archive, sam, "Kim", "standard")
    report = take_in(archive, source, actor=kim)
    assert len(report.imported) == 3
    assert (report.duplicates, report.notes) == ([], [])
    assert column(archive, "uploader_id") == [sam.id] * 3 + [kim.id] * 3
    assert len(column(archive, "id", "originals")) == 3
    assert take_in(archive, source, actor=kim).duplicates == report.imported
    assert faults(archive) == []


def test_a_recycled_photo_is_a_duplicate_for_who_sees_the_bin(
    archive: Archive, sam: Person, source: Path
) -> None:
    first = take_in(archive, source)
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [1])
    report = take_in(archive, source)
    assert report.duplicates == first.imported
    assert report.notes == [(first.imported[0][0], IN_THE_BIN)]
    kim = person(archive, sam, "Kim", "standard")
    report = take_in(archive, source, actor=kim)
    assert names(report.imported) == ["IMG_1.JPG"]
    assert faults(archive) == []


def test_a_purged_photo_is_not_brought_back_unless_asked(
    archive: Archive, sam: Person, source: Path
) -> None:
    take_in(archive, source)
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [2])
    purge_photos(archive, sam, [2], "a passer-by's face")
    report = take_in(archive, source)
    assert names(report.duplicates) == ["IMG_1.JPG", "IMG_3.JPG"]
    assert len(report.refused) == 1
    assert report.refused[0].reason.startswith("it was deleted for good on 20")
    assert report.refused[0].reason.endswith(" by Sam Reyes")
    kim = person(archive, sam, "Kim", "standard")
    report = take_in(archive, source, actor=kim)
    assert report.refused[0].reason == "it was deleted for good"
    assert faults(archive) == []
    report = take_in(archive, source, purged_too=True)
    assert names(report.imported) == ["IMG_2.JPG"]
    assert faults(archive) == []
