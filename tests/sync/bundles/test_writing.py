"""Writing bundles: what lies on the stick, and what a run that was cut off leaves."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.disk import try_lock
from archive.errors import (
    ArchiveLocked,
    Conflict,
    InvalidInput,
    NotFound,
    StoreError,
)
from sync.bundles import writing
from sync.bundles.model import Blob, Found
from sync.bundles.reading import verified
from sync.bundles.writing import write
from tests.archive.import_checks import sha256
from tests.sync.bundles.sticks import (
    BYTES,
    HEADING,
    LIMIT,
    PARTS,
    RECORDS,
    Desk,
    as_written,
    contents,
)

SPLIT = sha256(BYTES[2])


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_bundle_is_a_folder_that_people_can_read(desk: Desk) -> None:
    written = desk.write()
    root = desk.stick / "phb1-0198aaaa-site-a-7"
    shelf = f"objects/{SPLIT[:2]}/{SPLIT}"
    plain = [f"objects/{sha256(b)[:2]}/{sha256(b)}" for b in BYTES[:2]]
    assert written == type(written)(root, 3, 3, 65, 0)
    assert names(root) == {
        *("MANIFEST.json", "COMPLETE", "objects.list"),
        *("records-0000.jsonl", "conflicts-0000.jsonl"),
        *(*plain, *(f"{shelf}{end}" for end in (".parts", ".p000", ".p001", ".p002"))),
    }
    assert (root / f"{shelf}.parts").read_text() == "".join(
        f"{size} {SPLIT}.p00{n}\n" for n, size in enumerate((20, 20, 10))
    )
    lines = (root / "objects.list").read_text().splitlines()
    assert lines == sorted(
        f"{sha256(b)} {len(b)} objects/{sha256(b)[:2]}/{sha256(b)}"
        + (".parts" if len(b) > LIMIT else "")
        for b in BYTES
    )
    manifest = (root / "MANIFEST.json").read_bytes()
    assert (root / "COMPLETE").read_text() == f"phb1 {sha256(manifest)}\n"
    first = (root / "records-0000.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert first == '{"f":{"description":{"v":"ü","vv":{}}},"u":"01"}'
    assert json.loads(manifest)["base_seen"] == {"site-a": 912, "site-b~": 401}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("aé\n"), inner),
    max_leaves=6,
)


@settings(max_examples=30)
@given(
    st.lists(st.dictionaries(st.text("aé"), JSON, max_size=3), max_size=5),
    st.sets(st.binary(max_size=50), max_size=4),
    st.integers(1, 60),
)
def test_what_was_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[dict[str, Any]],
    originals: set[bytes],
    limit: int,
) -> None:
    folder = tmp_path_factory.mktemp("round")
    desk = Desk(folder / "originals", folder / "stick")
    desk.originals.mkdir()
    desk.stick.mkdir()
    parts = {"records": records, "sites": records[:1]}
    desk.write(originals, parts, limit=limit, fast=True)
    bundle = desk.read()
    assert bundle.heading == HEADING
    assert contents(bundle) == as_written(parts, originals)


def test_records_fill_one_file_after_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_PART", 30)
    records = [{"u": "x" * n} for n in (1, 2, 60, 3, 4)]
    desk.write((), {"records": records})
    bundle = desk.read()
    assert [part.lines for part in bundle.parts] == [2, 1, 2]
    assert list(bundle.lines("records")) == records
    assert list(bundle.lines("conflicts")) == []


def test_what_lies_on_the_stick_already_is_not_copied_again(desk: Desk) -> None:
    desk.write(BYTES[:2]).path.rename(desk.part)  # COMPLETE, and not renamed
    written = desk.write()
    assert (written.there, written.blobs) == (2, 3)
    assert contents(desk.read()) == as_written()


def test_a_run_that_was_cut_off_is_gone_on_with_under_another_number(
    desk: Desk,
) -> None:
    for seq in (5, 6):
        path = desk.write(BYTES[1:], seq=seq).path
        path.rename(path.with_name(f"{path.name}.part"))
    stranger = desk.stick / "phb1-0198aaaa-site-b-1.part"
    stranger.mkdir()
    written = desk.write()
    assert written.there == 2
    assert {p.name for p in desk.stick.iterdir() if p.is_dir()} == {
        written.path.name,
        stranger.name,
    }


@pytest.mark.parametrize(
    "left",
    [b"fir", b"FIRST", b"first and more", b""],
    ids=["half", "others", "more", "empty"],
)
def test_what_lies_there_with_other_bytes_is_copied_again(
    desk: Desk, left: bytes
) -> None:
    name = sha256(BYTES[0])
    path = desk.part / "objects" / name[:2] / name
    path.parent.mkdir(parents=True)
    path.write_bytes(left)
    assert desk.write().there == 0
    assert contents(desk.read()) == as_written()


def test_what_is_not_part_of_it_any_more_goes(desk: Desk) -> None:
    desk.write([*BYTES, b"purged"]).path.rename(desk.part)
    (desk.part / "undo-0000.jsonl").write_text("{}")
    for data in (BYTES[0], b"nobody's"):
        shelf = desk.part / "objects" / sha256(data)[:2]
        shelf.mkdir(exist_ok=True)
        (shelf / ("f" * 64)).write_text("left")
    root = desk.write(BYTES[:2]).path
    objects = {name for name in names(root) if name.startswith("objects/")}
    assert objects == {f"objects/{sha256(b)[:2]}/{sha256(b)}" for b in BYTES[:2]}
    assert not (root / "undo-0000.jsonl").exists()


def test_an_original_that_cannot_be_had_is_left_out_and_told(desk: Desk) -> None:
    blobs = desk.blobs([*BYTES, b"gone", b"other", b"longer"])
    (desk.originals / sha256(b"gone")).unlink()
    (desk.originals / sha256(b"other")).write_bytes(b"OTHER")
    (desk.originals / sha256(b"longer")).write_bytes(b"longer now")
    written = write(desk.stick, HEADING, PARTS, blobs)
    bad = {sha256(b"gone"), sha256(b"other"), sha256(b"longer")}
    assert {name for name, _ in written.missing} == bad
    assert dict(written.missing)[sha256(b"other")].startswith("it holds other bytes")
    assert contents(desk.read()) == as_written()
    assert json.loads((written.path / "MANIFEST.json").read_bytes())["partial"] is True


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no such advice here")
def test_what_is_read_again_is_read_from_the_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is dropped of what is on the disk already, also of what lies there."""
    calls: dict[int, list[str]] = {}
    for name in ("fsync", "posix_fadvise"):

        def noted(file: int, *_: int, name: str = name) -> None:
            calls.setdefault(os.fstat(file).st_ino, []).append(name)

        monkeypatch.setattr(os, name, noted)
    for _ in ("new", "gone on with"):
        calls.clear()
        root = desk.write().path
        for path in (root / name for name in names(root)):
            if path.suffix != ".parts":
                said = calls[path.stat().st_ino]
                assert said == ["fsync", "posix_fadvise", "posix_fadvise"], path
        root.rename(desk.part)


def path_of(descriptor: int) -> str:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("the system does not say what a descriptor is of")
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def test_a_bundle_is_on_the_disk_before_it_says_that_it_is_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = os.rename
    monkeypatch.setattr(os, "fsync", lambda file: calls.append(path_of(file)))
    monkeypatch.setattr(
        os, "rename", lambda *args: (calls.append("rename"), real(*args))
    )
    root = desk.write().path
    part = str(desk.part)
    inside = [part, *(str(desk.part / p.relative_to(root)) for p in root.rglob("*"))]
    before = calls[: calls.index(f"{part}/COMPLETE")]
    assert set(before) == set(inside) - {f"{part}/COMPLETE"}
    assert before[-1] == part
    assert calls[len(before) :] == [f"{part}/COMPLETE", part, "rename", str(desk.stick)]


@pytest.mark.parametrize("name", [sha256(BYTES[0]), "records-0000.jsonl"])
def test_a_stick_that_does_not_keep_what_it_takes_is_noticed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = os.fsync

    def lying(file: int) -> None:
        real(file)
        if path_of(file).endswith(name):
            os.pwrite(file, b"!", 2)

    monkeypatch.setattr(os, "fsync", lying)
    with pytest.raises(StoreError, match="does not hold what was just") as caught:
        desk.write()
    assert caught.value.path.endswith(name)
    assert desk.part.is_dir()
    assert len(list(desk.stick.glob("phb*"))) == 1
    desk.write(fast=True)  # is told to believe it


def test_a_bundle_is_not_written_over_another(desk: Desk) -> None:
    desk.write()
    with pytest.raises(Conflict, match="is there already"):
        desk.write(BYTES[:1])
    assert contents(desk.read()) == as_written()


def test_two_runs_do_not_write_into_one_folder(desk: Desk) -> None:
    with (desk.stick / ".asbuilt-exchange.lock").open("wb") as lock:
        assert try_lock(lock.fileno())
        with pytest.raises(ArchiveLocked):
            desk.write()
    desk.write()


def test_an_absent_stick_is_told(desk: Desk) -> None:
    desk.stick.rmdir()
    with pytest.raises(NotFound, match="is the stick connected"):
        desk.write()


@pytest.mark.parametrize("where", ["", "objects", f"objects/{SPLIT[:2]}"])
def test_nothing_is_written_or_removed_behind_a_link(
    desk: Desk, tmp_path: Path, where: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("mine")
    (desk.part / where).parent.mkdir(parents=True, exist_ok=True)
    (desk.part / where).symlink_to(home)
    desk.write()
    assert [p.name for p in home.iterdir()] == ["letter.txt"]
    assert contents(desk.read()) == as_written()


def test_a_link_to_the_very_bytes_is_not_taken_for_them(
    desk: Desk, tmp_path: Path
) -> None:
    home = tmp_path / "home.jpg"
    data = b"x" * len(str(home))  # a link is as long as the path in it
    home.write_bytes(data)
    path = desk.part / "objects" / sha256(data)[:2] / sha256(data)
    path.parent.mkdir(parents=True)
    path.symlink_to(home)
    assert desk.write([data], {}, limit=1_000).there == 0
    assert contents(desk.read()) == as_written({}, [data])


@pytest.mark.parametrize(
    "record",
    [
        {"v": float("nan")},
        {"v": "\ud800"},
        {"v": 1 << 63},
        {"v": {1, 2}},
        {"v": "x" * (8 << 20)},
    ],
    ids=["nan", "surrogate", "number", "set", "large"],
)
def test_what_no_reader_would_take_is_not_written(
    desk: Desk, record: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        desk.write((), {"records": [*RECORDS, record]})
    assert not list(desk.stick.glob("phb1-*-7"))


def test_originals_in_disorder_are_a_bug(desk: Desk) -> None:
    blobs = desk.blobs()
    for wrong in (blobs[::-1], [blobs[0]] * 2, [Blob("../x", 1, desk.originals)]):
        with pytest.raises(ValueError, match="not ascending"):
            write(desk.stick, HEADING, {}, wrong)


@pytest.mark.parametrize("site", ["", "a/b", "..", "x" * 65])
def test_a_site_that_cannot_be_in_a_name_is_refused(desk: Desk, site: str) -> None:
    with pytest.raises(InvalidInput):
        write(desk.stick, replace(HEADING, site=site), {}, ())
    assert not list(desk.stick.iterdir())


def test_what_was_done_is_told(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    blobs = desk.blobs()
    root = write(
        desk.stick, HEADING, PARTS, blobs, told=lambda *done: told.append(done)
    ).path
    sizes = [blob.size for blob in blobs]
    expected = [(n, sum(sizes[:n])) for n in (1, 2, 3)]
    assert told == expected
    told.clear()
    verified(Found(root, "whole"), lambda *done: told.append(done))
    assert told == expected
