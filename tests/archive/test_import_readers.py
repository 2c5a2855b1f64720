"""What the readers of files say is checked; a file that breaks them stops no other."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.cache import failure, get, open_cache
from archive.database import Archive
from archive.importing import answers, pipeline
from archive.importing.records import camera_name
from archive.people import Person
from archive.preparing import prepare
from archive.workers import Failure, Outcome
from tests.archive.import_checks import (
    PHOTOS,
    SHARED,
    column,
    faults,
    inline,
    lay,
    names,
    photo,
    sha256,
    take_in,
)

pytestmark = pytest.mark.usefixtures("one_process")


def broken_reader(kind: str, error: str = "") -> Any:
    """A reader that fails on the second file when it makes pictures."""

    def run(function: str, jobs: Any, _workers: int = 1) -> Iterator[Outcome]:
        for key, args in jobs:
            if args[1] and key[1].sha256 == sha256(PHOTOS[2]):
                yield Outcome(key, None, Failure(kind, error, "it broke"))  # type: ignore[arg-type]
            else:
                yield from inline(function, [(key, args)])

    return run


@pytest.mark.parametrize(
    ("kind", "error"),
    [("crash", ""), ("time", ""), ("memory", ""), ("error", "IndexError")],
)
def test_a_file_that_breaks_the_reader_is_archived_without_a_picture(
    archive: Archive,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    error: str,
) -> None:
    monkeypatch.setattr(pipeline, "run_jobs", broken_reader(kind, error))
    report = take_in(archive, source, renditions=True)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"] or names(
        report.imported
    ) == ["IMG_1.JPG", "IMG_3.JPG", "IMG_2.JPG"]
    assert [note for _, note in report.notes] == ["has no thumbnail: it broke"]
    bad = sha256((source / "DCIM/IMG_2.JPG").read_bytes())
    with open_cache(archive.folder) as cache:
        assert failure(cache, bad) == "it broke"
    assert faults(archive) == []


def test_a_file_that_the_reader_refuses_is_refused(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(source, {"copy.jpg": (source / "DCIM/IMG_2.JPG").read_bytes()})
    monkeypatch.setattr(pipeline, "run_jobs", broken_reader("error", "DamagedFile"))
    report = take_in(archive, source, renditions=True)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_3.JPG"]
    assert {Path(r.path).name for r in report.refused} == {"IMG_2.JPG", "copy.jpg"}
    assert faults(archive) == []


@pytest.mark.usefixtures("real_workers")
def test_real_workers_make_facts_and_renditions(archive: Archive, source: Path) -> None:
    report = take_in(archive, source, renditions=True)
    assert sorted(names(report.imported)) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    with open_cache(archive.folder) as cache:
        for name in column(archive, "sha256", "originals"):
            assert get(cache, name, 0, "thumbnail") is not None
    assert faults(archive) == []


def an_answer(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "a.jpg"
    path.write_bytes(photo(1))
    value = prepare(str(path), ())
    facts = {name: getattr(value["facts"], name) for name in answers._FACTS}
    return {"facts": {**facts, "warnings": list(facts["warnings"])}, "renditions": []}


def test_an_answer_of_our_reader_is_taken(tmp_path: Path) -> None:
    assert answers.facts_from(an_answer(tmp_path)).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("extension", "../../x"),
        ("extension", "jpg\n"),
        ("extension", None),
        ("media_type", "text/html"),
        ("kind", "program"),
        ("width", True),
        ("width", -1),
        ("width", 1 << 70),
        ("orientation", 9),
        ("taken_at", "yesterday"),
        ("taken_offset", "+5"),
        ("latitude", 91),
        ("latitude", float("nan")),
        ("longitude", None),
        ("direction", 360),
        ("camera_make", "\ud800"),
        ("camera_make", 5),
        ("damage", ["x"]),
        ("details", {"a": ["x"]}),
        ("details", {"a": float("inf")}),
        ("details", {"\ud800": 1}),
        ("details", {"container_orientation": 99}),
        ("details", None),
        ("warnings", "text"),
    ],
    ids=str,
)
def test_an_answer_that_our_reader_never_gives_is_refused(
    tmp_path: Path, field: str, value: object
) -> None:
    answer = an_answer(tmp_path)
    answer["facts"] |= {"latitude": 1.0, "longitude": 2.0, field: value}
    with pytest.raises(ValueError):  # noqa: PT011 - any words
        answers.facts_from(answer)


def test_a_reader_that_lies_costs_one_file(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(function: str, jobs: Any, _workers: int = 1) -> Iterator[Outcome]:
        for outcome in inline(function, jobs):
            if outcome.key[0].name == b"IMG_2.JPG":
                outcome.value["facts"]["extension"] = "../../../evil"
            elif outcome.key[0].name == b"IMG_3.JPG":
                outcome = replace(outcome, value="nonsense")  # noqa: PLW2901
            yield outcome

    monkeypatch.setattr(pipeline, "run_jobs", lie)
    report = take_in(archive, source)
    assert names(report.imported) == ["IMG_1.JPG"]
    assert [r.reason.split(":")[0] for r in report.refused] == [
        "the reader's answer makes no sense"
    ] * 2
    assert faults(archive) == []


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        (None, "X100", "X100"),
        ("Leica", None, "Leica"),
        (None, None, None),
        ("", "", None),
    ],
)
def test_a_camera_is_named_without_saying_its_make_twice(
    make: str | None, model: str | None, name: str | None
) -> None:
    assert camera_name(make, model) == name


# --- the collection


@pytest.mark.usefixtures("real_workers")
@pytest.mark.skipif(not SHARED.exists(), reason="no ../shared/photos")
def test_the_whole_collection_comes_in_exactly(archive: Archive, sam: Person) -> None:
    with (SHARED / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sizes = {row["sha256"]: int(row["bytes"]) for row in rows}
    report = pipeline.import_photos(archive, sam, [SHARED], renditions=False)
    stored = dict(
        archive.connection.execute("select sha256, bytes from originals").fetchall()
    )
    outside = {name: size for name, size in stored.items() if name not in sizes}
    assert {n: s for n, s in stored.items() if n in sizes}.items() <= sizes.items()
    assert outside == members_of(SHARED / "hostile", outside)
    graded = {
        row["path"]: row["sha256"]
        for row in rows
        if row["graded"] and not row["graded"].startswith("robustness")
    }
    missing = {path for path, name in graded.items() if name not in stored}
    assert missing <= {r.path.removeprefix(f"{SHARED}/") for r in report.refused}
    assert missing == {p for p in missing if not p.endswith((".jpg", ".heic", ".png"))}
    ended = [p for p, _ in report.imported] + [p for p, _ in report.duplicates]
    ended += [refusal.path for refusal in report.refused]
    files = {str(p) for p in SHARED.rglob("*") if p.is_file()}
    zips = {path for path in files if path.endswith(".zip")}
    outside_zips = [path for path in ended if ".zip/" not in path]
    assert set(outside_zips) >= files - zips
    assert len(outside_zips) == len(set(outside_zips))
    assert all(refusal.reason for refusal in report.refused)
    assert faults(archive) == []


def members_of(folder: Path, wanted: dict[str, int]) -> dict[str, int]:
    """Those of ``wanted`` that are members of the zips in a folder."""
    found = {}
    for path in folder.glob("*.zip"):
        try:
            with zipfile.ZipFile(path) as file:
                for info in file.infolist():
                    if info.file_size < 1 << 20:
                        data = file.read(info)
                        found[sha256(data)] = len(data)
        except zipfile.BadZipFile:
            continue
    return {name: size for name, size in found.items() if name in wanted}
