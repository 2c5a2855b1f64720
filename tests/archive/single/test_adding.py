"""One file made a new photo: as an import would, but always a further one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive import cache, originals
from archive.albums import add_album
from archive.batches import batch
from archive.database import Archive
from archive.errors import ArchiveError
from archive.history import find_batches
from archive.importing import single
from archive.locations import find_or_add_location
from archive.people import Person
from archive.photos import get_photo
from archive.rights import viewer
from archive.settings import set_setting
from archive.trades import add_trade
from archive.undo import undo
from archive.workers import Outcome, Pool
from tests.archive.import_checks import SHARED, InPlace, column, faults, take_in
from tests.archive.single.conftest import TAKEN


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers in processes of their own."""
    with Pool(1) as opened:
        yield opened


def test_a_file_becomes_a_photo_with_its_facts_and_thumbnails(
    archive: Archive, sam: Person, add: Any, pool: Pool
) -> None:
    number = add(pool=pool, name="site/IMG 7.jpg", description="a\r\nb")
    found = get_photo(archive.connection, number, viewer(sam))
    assert (found.filename, found.description) == ("IMG 7.jpg", "a\nb")
    assert (found.taken_at, found.camera) == ("2026-03-09T10:11:12", "Canon EOS R5")
    assert (found.album, found.uploader, found.private) == (
        "Unclassified",
        sam.name,
        False,
    )
    with cache.open_cache(archive.folder) as kept:
        assert cache.get(kept, found.sha256 or "", 0, "thumbnail") is not None
    assert faults(archive) == []


def test_it_is_one_step_of_the_persons_that_undo_takes_back(
    archive: Archive, sam: Person, add: Any
) -> None:
    number = add(path=("Tower", "Level 2"), private=True)
    made = archive.connection.execute(
        "select id, origin, actor_id, reason from batches order by id desc limit 1"
    ).fetchone()
    assert made[1:] == ("user", sam.id, "upload")
    undo(archive.connection, sam, find_batches(archive.connection, str(made[0])))
    assert get_photo(archive.connection, number, viewer(sam)).recycled_at


def test_bytes_that_are_here_become_a_further_photo_of_the_same_original(
    archive: Archive, kim: Person, add: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(TAKEN)
    take_in(archive, tmp_path / "a.jpg", private=True)
    numbers = [add(), add(actor=kim, name="other.jpg")]
    assert len(set(numbers)) == 2
    assert len(column(archive, "id", "originals")) == 1
    assert column(archive, "filename") == ["a.jpg", "a.jpg", "other.jpg"]
    assert faults(archive) == []


def test_where_it_goes_is_said_by_numbers(
    archive: Archive, sam: Person, add: Any
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "Progress")
        place = find_or_add_location(connection, sam, opened, "Tower>Level 2")
        trades = [add_trade(connection, sam, opened, name) for name in ("2", "Steel")]
    number = add(
        album=album.id,
        location=place.id,
        path=("not", "this"),
        trades=(trades[1].id, trades[0].id, trades[1].id),
        starred=True,
        log_date="2026-03-10",
    )
    found = get_photo(connection, number, viewer(sam))
    assert (found.album, found.location) == ("Progress", "Tower>Level 2")
    assert (found.trades, found.starred) == (("2", "Steel"), True)
    assert found.log_date == "2026-03-10"


def test_tiers_that_are_missing_are_made_once(archive: Archive, add: Any) -> None:
    numbers = [add(path=("A > B", "C")), add(path=("a > b", "c"))]
    rows = archive.connection.execute(
        "select distinct location_id from photos where id in (?, ?)", numbers
    )
    assert len(rows.fetchall()) == 1
    assert column(archive, "name", "locations") == ["A > B", "C"]


@pytest.mark.parametrize(
    ("by_default", "album_private", "asked", "private"),
    [
        (False, False, None, False),
        (False, False, True, True),
        (True, False, None, True),
        (True, False, False, False),
        (False, True, False, True),
    ],
)
def test_privacy_is_that_of_an_import(
    archive: Archive, sam: Person, add: Any, *, by_default: bool, album_private: bool,
    asked: bool | None, private: bool,
) -> None:  # fmt: skip
    connection = archive.connection
    with batch(connection, sam) as opened:
        set_setting(connection, sam, "private_by_default", by_default)
        album = add_album(connection, sam, opened, "A", private=album_private)
    number = add(album=album.id, private=asked, log_date="2026-03-09")
    found = get_photo(connection, number, viewer(sam))
    assert found.private is private
    in_the_log = not private and not by_default
    assert found.log_date == ("2026-03-09" if in_the_log else None)


def test_an_original_that_was_lost_is_back_with_its_bytes(
    archive: Archive, add: Any
) -> None:
    add()
    kept = next(path for path in archive.originals.rglob("*.jpg"))
    kept.unlink()
    add()
    assert faults(archive) == []


def test_without_hard_links_it_is_copied(
    archive: Archive, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(originals.os, "link", no_links)
    add()
    assert faults(archive) == []


def test_the_incoming_file_stays_and_is_the_callers(
    archive: Archive, sam: Person, lay: Any
) -> None:
    path, pool = lay(TAKEN), InPlace()
    for _ in range(2):
        single.add_photo(archive, sam, path, name="a.jpg", pool=pool)  # type: ignore[arg-type]
    path.unlink()
    assert faults(archive) == []


def test_a_picture_that_breaks_its_reader_is_kept_without_one(
    archive: Archive, sam: Person, add: Any
) -> None:
    class Breaking(InPlace):
        def submit(self, function: str, *args: Any) -> Outcome:
            if args[1]:  # renditions are wanted
                raise_in_worker = "archive.no_such_module:crash"
                return super().submit(raise_in_worker, *args)
            return super().submit(function, *args)

    number = add(pool=Breaking())
    found = get_photo(archive.connection, number, viewer(sam))
    assert found.taken_at == "2026-03-09T10:11:12"
    assert "no_such_module" in (found.damage or "")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared photos are not there")
@pytest.mark.slow
def test_real_and_hostile_files_are_taken_as_an_import_takes_them(
    archive: Archive, sam: Person, lay: Any, pool: Pool
) -> None:
    wanted = [
        path
        for folder in ("real", "formats", "hostile")
        for path in sorted((SHARED / folder).glob("*"))
        if path.suffix.lower() in {".jpg", ".heic", ".png", ".webp", ".tif", ".gif"}
        and 0 < path.stat().st_size < 3_000_000
    ][::6]
    assert len(wanted) > 10
    took = take_in(archive, *wanted, renditions=True)
    before = {row[0]: row[1:] for row in _facts(archive)}
    refused = {refusal.path for refusal in took.refused}
    for path in wanted:
        staged = lay(path.read_bytes())
        if str(path) in refused:
            with pytest.raises(ArchiveError):
                single.add_photo(archive, sam, staged, name=path.name, pool=pool)
            continue
        number = single.add_photo(archive, sam, staged, name=path.name, pool=pool)
        row = next(row for row in _facts(archive, number))
        assert row[1:] == before[row[0]]
    assert faults(archive) == []


def _facts(archive: Archive, number: int | None = None) -> Iterator[Any]:
    """The originals' names, and what photos have from their files."""
    yield from archive.connection.execute(
        """
        select o.sha256, p.taken_at, p.taken_offset, p.taken_source, p.latitude,
            p.longitude, p.direction, p.projection, p.camera_id
        from photos p join originals o on o.id = p.original_id
        where p.id = ?1 or ?1 is null order by p.id
        """,
        (number,),
    )


def test_the_format_is_told_by_the_bytes(archive: Archive, add: Any) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "PNG")
    add(target.getvalue(), name="photo.jpg")
    assert column(archive, "media_type", "originals") == ["image/png"]
