"""A disk of a few megabytes that gets full, read-only or breaks: what a person is told.

The disk is a file system of its own, where this computer lets us mount one: in memory,
and ext4 in a file. FAT is as its names are (``test_export_names``): this kernel, and
those of most servers, mount none.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.backups import list_states, restore, snapshot, take
from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos
from archive.errors import ArchiveError, StoreError
from archive.export.files import export_zip
from archive.importing import ImportReport, import_photos, pipeline
from archive.people import owner
from tests.archive.import_checks import column, faults, inline, lay, photo, take_in
from tests.faults.copying import HERE

SIZE = 16 << 20
ROOM = 5 << 20  # for an archive and some of the photos
PHOTOS = 24


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted file system.

    :param image: of ext4, the file that it lies in
    """

    folder: Path
    image: Path | None = None

    def remount(self, options: str) -> None:
        words = ["mount", "-o", f"remount,{options}", str(self.folder)]
        subprocess.run(words, check=True)

    def turn_read_only(self) -> None:
        """As ext4 does when it can no longer write: under files that are open."""
        self.remount("abort")

    def insert_again(self) -> None:
        """Mount it anew, as at the next start of the computer."""
        subprocess.run(["umount", str(self.folder)], check=True)
        words = ["mount", "-o", "loop", str(self.image), str(self.folder)]
        subprocess.run(words, check=True)

    def fill(self, left: int = 0) -> None:
        """Leave so much room."""
        room = shutil.disk_usage(self.folder).free - left
        with suppress(OSError), (self.folder / "filler").open("wb", 0) as file:
            while room > 0:
                room -= file.write(bytes(min(room, 65_536)))

    def names(self) -> list[str]:
        return sorted({path.name for path in self.folder.iterdir()} - {"lost+found"})

    def empty(self) -> None:
        (self.folder / "filler").unlink()


@pytest.fixture(params=["memory", "ext4"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    folder, image = tmp_path / "disk", None
    folder.mkdir()
    words = ["-t", "tmpfs", "-o", f"size={SIZE}", "none"]
    try:
        if request.param == "ext4":
            image = request.getfixturevalue("image")
            words = ["-o", "loop", str(image)]
        subprocess.run(["mount", *words, str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("file systems cannot be mounted here")
    try:
        yield SmallDisk(folder, image)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file with an empty ext4 in it."""
    path = tmp_path / "image"
    with path.open("wb") as file:
        file.truncate(SIZE)
    words = ["mkfs.ext4", "-q", "-m", "0", str(path)]
    subprocess.run(words, check=True, capture_output=True)
    return path


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "run_jobs", inline)
    monkeypatch.setattr(pipeline, "BATCH", 4)
    monkeypatch.setattr(snapshot, "subprocess", HERE)


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that are larger than they look: 300 kB each."""
    chance = random.Random(5)
    files = {f"{n:02}.jpg": photo(n) + chance.randbytes(300_000) for n in range(PHOTOS)}
    return lay(tmp_path_factory.mktemp("full") / "stick", files)


def few(stick: Path) -> list[Path]:
    return sorted(stick.iterdir())[:3]


def describe(archive: Archive, text: str) -> None:
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        edit_photos(archive.connection, sam, [1], Edit(description=text))


def test_an_import_onto_a_full_disk_takes_what_fits_and_the_rest_later(
    disk: SmallDisk, stick: Path
) -> None:
    create_archive(disk.folder / "tower", "T")
    disk.fill(ROOM)
    with open_archive(disk.folder / "tower") as archive:
        report = take_in(archive, stick)
        assert 0 < len(report.imported) < PHOTOS
        assert len(report.imported) + len(report.refused) == PHOTOS
        for refusal in report.refused:
            assert "No space left" in refusal.reason or "disk is full" in refusal.reason
        assert column(archive, "id") == list(range(1, len(report.imported) + 1))
        assert faults(archive, at_rest=False) == []
        disk.empty()
        again = take_in(archive, stick)
        assert again.refused == []
        assert len(column(archive, "id")) == PHOTOS
        assert faults(archive) == []


def test_on_a_full_disk_an_edit_changes_nothing_and_says_so(
    disk: SmallDisk, stick: Path
) -> None:
    create_archive(disk.folder / "tower", "T")
    with open_archive(disk.folder / "tower") as archive:
        take_in(archive, *few(stick))
        describe(archive, "before")
        disk.fill()
        with pytest.raises(StoreError, match="disk is full"):
            for number in range(2000):
                describe(archive, f"{number} {'long ' * 4000}")
        kept = column(archive, "description")[0]
        disk.empty()
        assert column(archive, "description")[0] == kept
        describe(archive, "after")
        assert column(archive, "description")[0] == "after"
        assert faults(archive) == []


def test_a_zip_that_does_not_fit_is_not_there_until_it_does(
    disk: SmallDisk, stick: Path, tmp_path: Path
) -> None:
    create_archive(tmp_path / "tower", "T")
    out = disk.folder / "tower.zip"
    with open_archive(tmp_path / "tower") as archive:
        take_in(archive, *few(stick))
        sam = owner(archive.connection)
        disk.fill(left=500_000)
        with pytest.raises(StoreError, match="No space left"):
            export_zip(archive, sam, [1, 2, 3], out)
        assert disk.names() == ["filler"]
        disk.empty()
        export_zip(archive, sam, [1, 2, 3], out)
    assert disk.names() == ["tower.zip"]


@pytest.mark.parametrize("left", [0, 1_600_000])
def test_a_backup_that_does_not_fit_is_none_until_it_does(
    disk: SmallDisk, stick: Path, tmp_path: Path, left: int
) -> None:
    create_archive(tmp_path / "tower", "T")
    backup = disk.folder / "backup"
    with open_archive(tmp_path / "tower") as archive:
        take_in(archive, *few(stick), renditions=False)
        sam = owner(archive.connection)
        disk.fill(left)
        with pytest.raises(ArchiveError, match=r"No space left|disk is full|failed"):
            take(archive, sam, backup)
        assert not list(backup.glob("states/2*"))
        disk.empty()
        assert take(archive, sam, backup).is_complete
    assert len(list_states(backup)) == 1
    restore(backup, tmp_path / "back")
    with open_archive(tmp_path / "back") as back:
        assert faults(back) == []
        assert len(column(back, "id")) == 3


def test_on_a_disk_that_became_read_only_nothing_is_lost_and_it_is_said(
    disk: SmallDisk, stick: Path
) -> None:
    folder = disk.folder / "tower"
    create_archive(folder, "T")
    with open_archive(folder) as archive:
        take_in(archive, *few(stick))
    disk.remount("ro")
    with pytest.raises(ArchiveError, match=r"read-only|cannot be opened"):  # noqa: SIM117
        with open_archive(folder) as archive:
            describe(archive, "never")
    disk.remount("rw")
    with open_archive(folder) as archive:
        assert column(archive, "description")[0] == ""
        describe(archive, "again")
        assert faults(archive) == []


@pytest.mark.parametrize("disk", ["ext4"], indirect=True)
@pytest.mark.parametrize("after", [1, 6, 13])
def test_a_disk_that_turns_read_only_amid_an_import_keeps_what_was_reported(
    disk: SmallDisk, stick: Path, after: int
) -> None:
    folder = disk.folder / "tower"
    create_archive(folder, "T")
    reports: list[ImportReport] = []

    def tell(report: ImportReport) -> None:
        if not reports and len(report.imported) == after:
            disk.turn_read_only()
            reports.append(report)

    with suppress(ArchiveError), open_archive(folder) as archive:
        sam = owner(archive.connection)
        import_photos(archive, sam, [stick], workers=1, renditions=False, progress=tell)
    reported = {uuid for _, uuid in reports[0].imported}
    assert after <= len(reported) < PHOTOS
    assert len(reported) + len(reports[0].refused) == PHOTOS
    disk.insert_again()
    with open_archive(folder) as archive:
        assert reported == set(column(archive, "uuid"))
        assert faults(archive, at_rest=False) == []
        assert take_in(archive, stick).refused == []
        assert len(column(archive, "id")) == PHOTOS
        assert faults(archive) == []
