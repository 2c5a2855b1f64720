"""Laptops that meet on sticks, as people have it: through the command line alone."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.commands.root import asbuilt
from archive.database import create_archive, open_archive
from archive.importing import pipeline
from archive.jobs import renditions
from sync.bundles.model import Found
from sync.bundles.reading import find
from sync.exchanging import files, noticing
from tests.archive.import_checks import inline, lay, photo, sha256, take_in
from tests.archive.package_site import InlinePool

pytestmark = pytest.mark.usefixtures("one_process")


def run(*arguments: object, code: int | None = 0) -> Result:
    result = CliRunner().invoke(asbuilt, [str(one) for one in arguments])
    assert code is None or result.exit_code == code, result.output + repr(
        result.exception
    )
    return result


@dataclass(frozen=True)
class Laptop:
    folder: Path

    def edit(self, name: str, *options: object) -> None:
        run("edit", self.folder, self[name]["uuid"], *options)

    def photos(self, *options: str) -> dict[str, dict[str, Any]]:
        said = run("photos", self.folder, "--format", "jsonl", *options).stdout
        return {one["filename"]: one for one in map(json.loads, said.splitlines())}

    def __getitem__(self, name: str) -> dict[str, Any]:
        return {**self.photos("--deleted"), **self.photos()}[name]

    def write(self, stick: Path, *options: str) -> None:
        run("exchange", "export", self.folder, stick, *options)

    def read(self, stick: Path, *options: str, code: int = 0) -> Result:
        return run("exchange", "import", self.folder, stick, *options, code=code)

    def conflicts(self) -> list[dict[str, Any]]:
        said = run("conflicts", self.folder, "--format", "jsonl").stdout
        return [json.loads(line) for line in said.splitlines()]

    def take(self, name: str, number: int) -> None:
        """Add a photo."""
        source = lay(self.folder.parent / f"camera-{name}", {name: photo(number)})
        with open_archive(self.folder) as archive:
            assert len(take_in(archive, source).imported) == 1

    @property
    def state(self) -> Any:
        """What people see, without the numbers that are each laptop's own."""
        own = ("id", "updated_at")
        shown = {**self.photos("--deleted"), **self.photos()}
        return sorted(
            (name, sorted((k, repr(v)) for k, v in one.items() if k not in own))
            for name, one in shown.items()
        )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with three photos."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "run_jobs", inline)
        create_archive(folder / "tower", "Tower 4")
        source = lay(folder / "source", {f"{n}.jpg": photo(n) for n in (1, 2, 3)})
        with open_archive(folder / "tower") as archive:
            take_in(archive, source)
    return folder / "tower"


@pytest.fixture(autouse=True)
def small_and_inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was changed three are looked at together; files are read right here."""
    monkeypatch.setattr(files, "Pool", InlinePool)
    monkeypatch.setattr(renditions, "run_jobs", inline)
    monkeypatch.setattr(noticing, "_SOME", 3)
    monkeypatch.setattr(noticing, "_KNOWN", 2)


@pytest.fixture
def laptops(first: Path, tmp_path: Path) -> list[Laptop]:
    """Three copies of it."""
    for name in "abc":
        (tmp_path / name).mkdir()
        shutil.copytree(first, tmp_path / name / "tower")
    return [Laptop(tmp_path / name / "tower") for name in "abc"]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def bundles(stick: Path) -> list[Found]:
    return find(stick)


def meet(laptops: list[Laptop], stick: Path, rounds: int = 2) -> None:
    """Carry the stick round until everybody has everything."""
    for _ in range(rounds):
        for one in laptops:
            one.read(stick)
            one.write(stick)
    for one in laptops:
        one.read(stick)


def assert_same(laptops: list[Laptop]) -> None:
    one, *others = laptops
    for other in others:
        assert other.state == one.state


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)], ids=str)
def test_who_comes_first_does_not_matter(
    laptops: list[Laptop], stick: Path, order: tuple[int, ...]
) -> None:
    a, b, c = laptops
    a.edit("1.jpg", "--description", "Slab", "--star")
    run("trades", b.folder, "add", "Concrete")
    b.edit("1.jpg", "--location", "Tower>Level 3", "--trade", "Concrete")
    c.edit("2.jpg", "--rotate", "90", "--private")
    b.take("new.jpg", 7)
    meet([laptops[n] for n in order], stick)
    assert_same(laptops)
    seen = a["1.jpg"]
    assert (seen["description"], seen["starred"]) == ("Slab", True)
    assert (seen["location"], seen["trades"]) == ("Tower>Level 3", ["Concrete"])
    assert a["2.jpg"]["private"] is True
    digest = sha256(photo(7))
    for one in laptops:
        (file,) = (one.folder / "originals" / digest[:2]).glob(f"{digest}.*")
        assert file.read_bytes() == photo(7)
        assert one.conflicts() == []


def test_two_texts_are_shown_to_both_and_decided_once(
    laptops: list[Laptop], stick: Path
) -> None:
    a, b, c = laptops
    a.edit("1.jpg", "--description", "Ours")
    b.edit("1.jpg", "--description", "Theirs")
    meet([a, b], stick)
    (here,), (there,) = a.conflicts(), b.conflicts()
    assert here["id"] == there["id"]
    assert {here["here"], here["there"]} == {"Ours", "Theirs"}
    run("resolve", a.folder, here["id"], "--keep", "remote")
    meet([a, b, c], stick)
    assert_same(laptops)
    assert [one["1.jpg"]["description"] for one in laptops] == ["Theirs"] * 3
    assert [one.conflicts() for one in laptops] == [[], [], []]


def test_what_was_binned_here_and_edited_there_is_not_buried(
    laptops: list[Laptop], stick: Path
) -> None:
    a, b, _ = laptops
    run("recycle", a.folder, a["1.jpg"]["uuid"])
    b.edit("1.jpg", "--description", "Still needed")
    run("recycle", a.folder, a["2.jpg"]["uuid"])
    meet([a, b], stick)
    assert len(a.conflicts()) == len(b.conflicts()) == 1
    assert b["1.jpg"]["description"] == "Still needed"
    assert "1.jpg" in b.photos()
    assert "2.jpg" not in b.photos()


def test_taking_in_again_changes_nothing(laptops: list[Laptop], stick: Path) -> None:
    a, b, _ = laptops
    a.edit("1.jpg", "--description", "Slab")
    a.write(stick)
    b.read(stick)
    before, history = b.state, run("history", b.folder, "--format", "jsonl").stdout
    for _ in range(2):
        b.read(stick)
    assert b.state == before
    assert run("history", b.folder, "--format", "jsonl").stdout == history


@pytest.mark.parametrize("name", ["COMPLETE", "MANIFEST.json", "records-0000.jsonl"])
def test_a_torn_bundle_changes_nothing(
    laptops: list[Laptop], stick: Path, name: str
) -> None:
    a, b, _ = laptops
    a.edit("1.jpg", "--description", "Slab")
    a.write(stick)
    (whole,) = bundles(stick)
    data = (whole.path / name).read_bytes()
    (whole.path / name).write_bytes(data[: len(data) // 2])
    before = b.state
    b.read(stick, code=3)
    assert b.state == before
    (whole.path / name).write_bytes(data)
    b.read(stick)
    assert b["1.jpg"]["description"] == "Slab"


def test_only_what_is_new_is_told_again(laptops: list[Laptop], stick: Path) -> None:
    a, b, _ = laptops
    a.write(stick)
    b.read(stick)
    a.edit("1.jpg", "--description", "Slab")
    a.write(stick)
    told = {f.heading.seq: f.path for f in bundles(stick) if f.heading}
    first, last = (told[seq] for seq in sorted(told))
    assert len((first / "objects.list").read_text().splitlines()) == 3
    assert (last / "objects.list").read_text() == ""
    assert len((last / "records-0000.jsonl").read_text().splitlines()) == 1
    b.read(stick)
    assert b["1.jpg"]["description"] == "Slab"


def test_a_lost_stick_and_lost_acknowledgements_do_no_harm(
    laptops: list[Laptop], stick: Path, tmp_path: Path
) -> None:
    a, b, _ = laptops
    a.edit("1.jpg", "--description", "Slab")
    a.write(stick)
    b.read(stick)
    for path in stick.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    a.edit("2.jpg", "--description", "Wall")
    other = tmp_path / "other"
    other.mkdir()
    meet([a, b], other)
    assert_same([a, b])
    assert b["2.jpg"]["description"] == "Wall"


def test_a_stick_that_cannot_be_written_can_be_read(
    laptops: list[Laptop], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = laptops
    a.edit("1.jpg", "--description", "Slab")
    a.write(stick)
    real = os.open

    def refused(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if str(stick) in str(path) and flags & (os.O_RDWR | os.O_CREAT):
            raise OSError(30, "Read-only file system")
        return real(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", refused)
    result = run("exchange", "import", b.folder, stick, code=None)
    assert result.exit_code in (0, 3), result.output
    assert b["1.jpg"]["description"] == "Slab"


def test_a_bundle_mends_an_original(laptops: list[Laptop], stick: Path) -> None:
    a, *_ = laptops
    a.write(stick)
    (bundle,) = bundles(stick)
    (bundle.path / "COMPLETE").unlink()  # of a torn one, too: each file by its bytes
    file = next((a.folder / "originals").glob("*/*.jpg"))
    file.chmod(0o644)
    file.write_bytes(b"rotten")
    run("verify", a.folder, code=1)
    run("verify", a.folder, "--repair", bundle.path)
    assert sha256(file.read_bytes()) == file.stem


def test_another_archive_is_refused(
    laptops: list[Laptop], stick: Path, tmp_path: Path
) -> None:
    create_archive(tmp_path / "other", "Other")
    laptops[0].write(stick)
    run("exchange", "import", tmp_path / "other", stick, code=3)
    assert Laptop(tmp_path / "other").photos() == {}


def test_an_absent_stick_is_told(laptops: list[Laptop], tmp_path: Path) -> None:
    for what in ("export", "import"):
        result = run("exchange", what, laptops[0].folder, tmp_path / "no", code=1)
        assert "is the stick connected?" in result.output
