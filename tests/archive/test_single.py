"""One file made a new photo: as an import would, but always a further one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive import cache, originals, uploads
from archive.albums import add_album
from archive.arrivals import files
from archive.batches import batch
from archive.database import Archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import (
    ArchiveError,
    Conflict,
    DamagedFile,
    InvalidInput,
    NotAllowed,
    NotAPhoto,
    NotFound,
    StoreError,
)
from archive.history import find_batches
from archive.importing import single
from archive.importing.copies import CopyOptions, copy_photo
from archive.importing.single import PhotoOptions
from archive.locations import find_or_add_location
from archive.people import Person, add_person, edit_person
from archive.photos import get_photo
from archive.purging import purge_photos
from archive.rights import viewer
from archive.settings import set_setting
from archive.trades import add_trade
from archive.undo import undo
from archive.workers import Outcome, Pool
from tests.archive.import_checks import SHARED, column, faults, inline, photo, take_in

TAKEN = photo(7, "2026:03:09 10:11:12")


class InPlace:
    """A pool without processes."""

    def submit(self, function: str, *args: Any) -> Outcome:
        return next(inline(function, [(None, args)]))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers in processes of their own."""
    with Pool(1) as opened:
        yield opened


@pytest.fixture
def lay(archive: Archive) -> Callable[[bytes], Path]:
    """Return a function that puts bytes where those of a program come."""

    def put(data: bytes) -> Path:
        with files.receiving(archive.folder) as part:
            uploads.parts.write(part, data)
            name = files.new_ulid()
            files.publish(part, name)
        return uploads.parts.path_of(archive.folder, name)

    return put


@pytest.fixture
def add(archive: Archive, sam: Person, lay: Any) -> Callable[..., int]:
    """Return a function that makes a photo of bytes, and gives its id."""

    def make(data: bytes = TAKEN, actor: Person | None = None, **options: Any) -> int:
        name, within = options.pop("name", "a.jpg"), options.pop("within", None)
        pool: Any = options.pop("pool", InPlace())
        return single.add_photo(
            archive,
            actor or sam,
            lay(data),
            name=name,
            pool=pool,
            options=PhotoOptions(**options),
            within=within,
        )

    return make


@pytest.fixture
def kim(archive: Archive, sam: Person) -> Person:
    """Somebody who may add photos and not more."""
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, "Kim", level="standard")


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


REFUSED: dict[str, tuple[dict[str, Any], type[ArchiveError]]] = {
    "a star": ({"starred": True}, NotAllowed),
    "an album that is not there": ({"album": 99}, NotFound),
    "a location that is not there": ({"location": 99}, NotFound),
    "a trade that is not there": ({"trades": (99,)}, NotFound),
    "a day that never was": ({"log_date": "2026-02-30"}, InvalidInput),
    "a place without a name": ({"path": ("Tower", " ")}, InvalidInput),
    "a very long description": ({"description": "x" * 100_001}, InvalidInput),
    "no name": ({"name": "/../"}, InvalidInput),
    "no picture": ({"data": b"%PDF-1.4 and so on"}, NotAPhoto),
    "nothing": ({"data": b""}, DamagedFile),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_what_is_refused_leaves_nothing(
    archive: Archive, kim: Person, add: Any, refused: str
) -> None:
    options, error = REFUSED[refused]
    with pytest.raises(error):
        add(actor=kim, **options)
    assert column(archive, "id") == column(archive, "id", "originals") == []
    assert column(archive, "id", "locations") == []
    assert faults(archive) == []


def test_a_reader_may_add_nothing(archive: Archive, sam: Person, add: Any) -> None:
    with batch(archive.connection, sam) as opened:
        rae = add_person(archive.connection, sam, opened, "Rae")
    with pytest.raises(NotAllowed):
        add(actor=rae)


def test_a_private_album_that_one_may_not_know_of_is_not_there(
    archive: Archive, sam: Person, kim: Person, add: Any
) -> None:
    with batch(archive.connection, sam) as opened:
        album = add_album(archive.connection, sam, opened, "Claims", private=True)
    with pytest.raises(NotFound):
        add(actor=kim, album=album.id)


def test_rights_are_those_of_the_moment_it_is_kept(
    archive: Archive, sam: Person, kim: Person, lay: Any
) -> None:
    pool: Any = InPlace()
    read = single.read_photo(pool, lay(TAKEN), "a.jpg")
    with batch(archive.connection, sam):
        gone = edit_person(archive.connection, sam, kim, level="read_only")
    with pytest.raises(NotAllowed):
        single.keep_photo(archive, gone, read, PhotoOptions())


def test_bytes_that_were_deleted_for_good_do_not_come_back(
    archive: Archive, sam: Person, kim: Person, add: Any
) -> None:
    number = add()
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [number])
    purge_photos(archive, sam, [number])
    with pytest.raises(Conflict, match="deleted for good"):
        add(actor=kim)
    assert faults(archive) == []


def test_an_original_that_was_lost_is_back_with_its_bytes(
    archive: Archive, add: Any
) -> None:
    add()
    kept = next(path for path in archive.originals.rglob("*.jpg"))
    kept.unlink()
    add()
    assert faults(archive) == []


def test_what_a_caller_raises_within_ends_all_of_it(archive: Archive, add: Any) -> None:
    def stop(_: Any) -> None:
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        add(path=("Tower",), within=stop)
    assert column(archive, "id") == column(archive, "id", "locations") == []
    assert faults(archive) == []


def test_a_full_disk_while_it_is_linked_leaves_nothing(
    archive: Archive, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(originals, "_place", full)
    with pytest.raises(StoreError, match="No space left"):
        add()
    monkeypatch.undo()
    assert column(archive, "id") == []
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


def test_a_worker_is_believed_in_nothing(archive: Archive, add: Any) -> None:
    class Lying(InPlace):
        def submit(self, function: str, *args: Any) -> Outcome:
            told = super().submit(function, *args).value
            told["facts"]["extension"] = "../../x"
            return Outcome(None, told)

    with pytest.raises(DamagedFile, match="makes no sense"):
        add(pool=Lying())
    assert faults(archive) == []


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


def test_a_copy_is_a_photo_of_its_own(archive: Archive, sam: Person, add: Any) -> None:
    connection = archive.connection
    first = add(path=("Tower", "Roof"), description="crane", log_date="2026-03-09")
    with batch(connection, sam):
        edit = Edit(taken_at="2026-03-08T07:00:00", rotate=90, starred=True)
        edit_photos(connection, sam, [first], edit)
    second = copy_photo(archive, sam, first)
    old, new = (get_photo(connection, n, viewer(sam)) for n in (first, second))
    for same in ("sha256", "filename", "description", "location", "taken_at", "width"):
        assert getattr(new, same) == getattr(old, same), same
    assert (new.starred, new.log_date, new.uuid == old.uuid) == (False, None, False)
    with batch(connection, sam):
        edit_photos(connection, sam, [second], Edit(description="other"))
    assert get_photo(connection, first, viewer(sam)).description == "crane"
    assert faults(archive) == []


def test_a_copy_differs_where_it_is_said(
    archive: Archive, sam: Person, add: Any
) -> None:
    first = add(path=("Tower",), description="crane")
    options = CopyOptions(
        name="b.jpg",
        location=0,
        description="",
        private=True,
        starred=True,
        trades=(),
        log_date="2026-03-09",
    )
    number = copy_photo(archive, sam, first, options)
    found = get_photo(archive.connection, number, viewer(sam))
    assert (found.filename, found.location, found.description) == ("b.jpg", None, "")
    assert (found.private, found.starred, found.log_date) == (True, True, None)
    above = copy_photo(archive, sam, first, CopyOptions(path=("Roof",)))
    assert get_photo(archive.connection, above, viewer(sam)).location == "Roof"


def test_a_copy_shows_nobody_more(archive: Archive, sam: Person, add: Any) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        ada = add_person(
            connection,
            sam,
            opened,
            "Ada",
            level="standard",
            rights=("can_view_private",),
        )
        kim = add_person(connection, sam, opened, "Kim", level="standard")
    secret, binned = add(private=True), add()
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [binned])
    number = copy_photo(archive, ada, secret)
    assert get_photo(connection, number, viewer(sam)).private
    with pytest.raises(NotAllowed):
        copy_photo(archive, ada, secret, CopyOptions(private=False))
    for hidden, actor in ((secret, kim), (binned, sam), (99, sam)):
        with pytest.raises(NotFound):
            copy_photo(archive, actor, hidden)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_a_kill_at_any_step_leaves_no_photo_or_a_whole_one(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.archive.kill_single", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(lines) > 35
    assert [line for line in lines if line["problems"]] == []
    assert {line["photos"] for line in lines} == {0, 1}


def test_the_format_is_told_by_the_bytes(archive: Archive, add: Any) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "PNG")
    add(target.getvalue(), name="photo.jpg")
    assert column(archive, "media_type", "originals") == ["image/png"]
