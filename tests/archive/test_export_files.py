"""Exports as files: whole or not there, with a receipt that can be checked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.database import Archive
from archive.disk import try_lock
from archive.errors import Conflict, InvalidInput, NotAllowed, StoreError
from archive.export import copies
from archive.export.files import (
    export_database,
    export_log,
    export_pdf,
    export_table,
    export_zip,
)
from archive.export.pdf import Template, pictures
from archive.export.photos import CHANGED, Packaging
from archive.export.receipts import Receipt
from archive.export.selection import found_by, visible
from archive.export.writing import part_of, writing
from archive.people import Person
from archive.photos import load_photos
from archive.rights import viewer
from tests.archive.import_checks import inline
from tests.archive.report_files import picture, put

Write = Callable[..., Receipt]


def table(kind: str) -> Write:
    def write(*args: Any, **options: Any) -> Receipt:
        return export_table(*args, kind, **options)

    return write


def log(kind: str) -> Write:
    def write(*args: Any, **options: Any) -> Receipt:
        return export_log(*args, kind, **options)

    return write


WRITERS: dict[str, Write] = {
    "pdf": export_pdf,
    "zip": export_zip,
    "csv": table("csv"),
    "json": table("json"),
    "jsonl": table("jsonl"),
    "parquet": table("parquet"),
    "db": export_database,
    "log.csv": log("csv"),
    "log.xlsx": log("xlsx"),
}
every_kind = pytest.mark.parametrize("kind", WRITERS)


class Enough(Exception):
    """Somebody ends an export."""


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "run_jobs", inline)
    monkeypatch.setattr(copies, "run_jobs", inline)


@pytest.fixture
def ids(archive: Archive) -> list[int]:
    return [
        put(archive, picture(n), filename=f"{n}.jpg", description=f"crane {n}")
        for n in range(5)
    ]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "tower-4")


# Whole or not there


@every_kind
def test_the_receipt_reconciles_with_the_file(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"out.{kind}"
    receipt = WRITERS[kind](archive, sam, ids, out)
    data = out.read_bytes()
    assert receipt.sha256 == hashlib.sha256(data).hexdigest()
    assert (receipt.bytes, receipt.photos, receipt.of) == (len(data), 5, 5)
    assert receipt.whole
    assert left(tmp_path) == [out.name]
    assert json.loads(json.dumps(receipt.as_json()))["of"] == 5


@every_kind
def test_one_that_is_ended_leaves_nothing(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path, kind: str
) -> None:
    def tell(done: int, _of: int) -> None:
        if done >= 3 or kind == "db":
            raise Enough

    with pytest.raises(Enough):
        WRITERS[kind](archive, sam, ids, tmp_path / "out", tell=tell)
    assert left(tmp_path) == []


@every_kind
def test_what_is_there_is_not_written_over_unless_asked_for(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    out.write_text("precious")
    with pytest.raises(Conflict, match="--replace"):
        WRITERS[kind](archive, sam, ids, out)
    assert out.read_text() == "precious"
    WRITERS[kind](archive, sam, ids, out, replace=True)
    assert out.read_bytes() != b"precious"
    assert left(tmp_path) == ["out"]


def test_a_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(Conflict), writing(tmp_path / "out", replace=True):
        raise AssertionError


@pytest.mark.parametrize("name", ["archive.db", "originals/ab/out", "maps/out"])
def test_nothing_is_written_among_an_archives_own_files(
    archive: Archive, sam: Person, ids: list[int], name: str
) -> None:
    before = (archive.folder / "archive.db").read_bytes()
    with pytest.raises(InvalidInput, match="inside an archive"):
        export_zip(archive, sam, ids, archive.folder / name, replace=True)
    assert (archive.folder / "archive.db").read_bytes() == before


@pytest.mark.parametrize("kind", ["", "captioned", "stripped"])
def test_a_file_that_was_altered_is_in_no_zip_and_is_told(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path, kind: str
) -> None:
    packaging = Packaging(copies=kind)
    assert export_zip(archive, sam, ids, tmp_path / "a", packaging).whole
    digest = load_photos(archive.connection, ids[1:2])[0].sha256
    (path,) = archive.originals.glob(f"*/{digest}.*")
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-20] + b"!" + data[-19:])
    receipt = export_zip(archive, sam, ids, tmp_path / "b", packaging)
    assert (receipt.photos, receipt.of) == (len(ids) - 1, len(ids))
    assert [reason for _, reason in receipt.missing] == [CHANGED]
    with zipfile.ZipFile(tmp_path / "b") as found:
        assert found.testzip() is None
        assert len(found.namelist()) == len(ids) - 1 + 2
        rows = json.loads(found.read("manifest.json"))
        assert [row["file"] is None for row in rows].count(True) == 1


def test_two_do_not_write_one_file(tmp_path: Path) -> None:
    part = part_of(tmp_path / "out")
    part.mkdir()
    lock = os.open(part / "lock", os.O_RDWR | os.O_CREAT)
    try:
        assert try_lock(lock)
        with pytest.raises(Conflict, match="another"), writing(tmp_path / "out"):
            raise AssertionError
    finally:
        os.close(lock)
    with writing(tmp_path / "out") as path:
        path.write_text("whole")
    assert (tmp_path / "out").read_text() == "whole"


def test_what_a_killed_writer_left_is_cleared(tmp_path: Path) -> None:
    code = (
        "import os, pathlib; from archive.export.writing import writing\n"
        f"with writing(pathlib.Path({str(tmp_path / 'out')!r})) as path:\n"
        "    (path.parent / 'pictures').mkdir()\n"
        "    path.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    assert left(tmp_path) == [".out.part"]
    with writing(tmp_path / "out") as path:
        assert [p.name for p in path.parent.iterdir()] == ["lock"]
        path.write_text("whole")
    assert left(tmp_path) == ["out"]
    assert (tmp_path / "out").read_text() == "whole"


def test_a_zip_that_was_killed_goes_on_where_it_was(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    code = (
        "import os, pathlib, sys; from archive.database import open_archive\n"
        "from archive.export.files import export_zip\n"
        "from archive.export import zip_writing\n"
        "from archive.people import owner\n"
        "zip_writing.BLOCK = 1024\n"  # the photos are so small
        "def tell(done, of):\n    if done >= 3: os.kill(os.getpid(), 9)\n"
        f"with open_archive(pathlib.Path({str(archive.folder)!r})) as archive:\n"
        f"    export_zip(archive, owner(archive.connection), {ids},"
        f" pathlib.Path({str(tmp_path / 'out')!r}), tell=tell)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert left(tmp_path) == [".out.part"]
    half = (part_of(tmp_path / "out") / "whole").read_bytes()
    receipt = export_zip(archive, sam, ids, tmp_path / "out")
    data = (tmp_path / "out").read_bytes()
    assert len(half) > 1000
    assert data.startswith(half)
    assert receipt.sha256 == hashlib.sha256(data).hexdigest()
    assert left(tmp_path) == ["out"]


class Killed(BaseException):
    """A process that is gone: nobody clears anything."""


def test_a_report_that_was_killed_makes_no_picture_again(
    archive: Archive,
    sam: Person,
    ids: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def counted(function: str, jobs: Any, _: int) -> Any:
        def told() -> Any:
            for job in jobs:
                asked.append(job[0])
                yield job

        return inline(function, told())

    def killed(done: int, of: int) -> None:
        if done == of:
            raise Killed

    monkeypatch.setattr(pictures, "run_jobs", counted)
    out, template = tmp_path / "out", Template(stamp="{n}", cover=False)
    whole = export_pdf(archive, sam, ids, tmp_path / "all", template)
    assert len(asked) == whole.photos > 2
    asked.clear()
    with monkeypatch.context() as gone:
        gone.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            export_pdf(archive, sam, ids, out, template, tell=killed)
    kept = sorted((part_of(out) / "kept").rglob("*/*"))
    assert len(kept) == whole.photos
    kept[0].write_bytes(kept[0].read_bytes()[:-1] + b"\0")
    asked.clear()
    again = export_pdf(archive, sam, ids, out, template)
    assert len(asked) == 1  # of which the disk had not all
    assert (again.photos, again.pages) == (whole.photos, whole.pages)
    with pikepdf.open(out) as pdf:
        assert pdf.check_pdf_syntax() == []
    assert left(tmp_path) == ["all", "out"]


def test_a_folder_that_is_not_there_is_told(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    with pytest.raises(StoreError):
        export_zip(archive, sam, ids, tmp_path / "absent" / "out.zip")


# Whose photos


@every_kind
def test_nobody_gets_what_they_may_not_see(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path, kind: str
) -> None:
    reader = replace(sam, id=7, level="read_only")
    secret = put(archive, picture(8), description="SECRET", private=1)
    binned = put(
        archive, picture(9), description="SECRET", recycled_at="2026", recycled_by=1
    )
    out = tmp_path / f"out.{kind}"
    receipt = WRITERS[kind](archive, reader, [secret, *ids, binned], out)
    assert (receipt.photos, receipt.of) == (5, 5)
    if kind not in ("pdf", "log.xlsx"):
        assert b"SECRET" not in out.read_bytes()
    with pytest.raises(InvalidInput, match="no photos"):
        WRITERS[kind](archive, reader, [secret, binned], tmp_path / "none")
    nobody = replace(sam, level="none")
    with pytest.raises(NotAllowed):
        WRITERS[kind](archive, nobody, ids, tmp_path / "none")
    assert left(tmp_path) == [out.name]


def test_stars_are_for_those_who_may_see_them(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1), starred=1)]
    for who, starred in ((sam, True), (replace(sam, level="read_only"), None)):
        export_table(archive, who, ids, tmp_path / "out", "json", replace=True)
        assert json.loads((tmp_path / "out").read_text())[0]["starred"] is starred


def test_a_list_keeps_its_order_and_names_each_once(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    wanted = [ids[3], ids[0], 999, ids[3], ids[1]]
    assert visible(archive.connection, wanted, viewer(sam)) == [ids[3], ids[0], ids[1]]
    assert visible(archive.connection, ids, None) == []


def test_a_search_gives_all_that_it_finds(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    found = found_by(archive.connection, "crane", viewer(sam), order="oldest")
    assert found == ids
    assert not archive.connection.in_transaction


# What is in them


def test_a_zip_holds_originals_byte_for_byte_and_its_receipt_names_them(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    with batch(archive.connection, sam) as opened:
        album = add_album(archive.connection, sam, opened, "CON: <Süd>")
    ids.append(
        put(archive, picture(7), filename="../../e\\vil.HTML", album_id=album.id)
    )
    receipt = export_zip(archive, sam, ids, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as found:
        assert found.testzip() is None
        names = found.namelist()
        assert names == [content.name for content in receipt.contents]
        for content in receipt.contents:
            data = found.read(content.name)
            assert hashlib.sha256(data).hexdigest() == content.sha256
            assert len(data) == content.bytes
        assert found.read("Unclassified/0.jpg") == picture(0)
        listed = json.loads(found.read("manifest.json"))
    assert not any(".." in name.split("/") or "\\" in name for name in names)
    assert [row["file"] for row in listed] == names[:-2]
    assert names[5] == "CON_ _Süd_/_.._e_vil.HTML.jpg"


def test_a_photo_without_its_file_stands_in_the_list(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    name = f"{hashlib.sha256(picture(2)).hexdigest()}.jpg"
    (archive.originals / name[:2] / name).unlink()
    receipt = export_zip(archive, sam, ids, tmp_path / "out.zip")
    assert (receipt.photos, receipt.of, receipt.whole) == (4, 5, False)
    assert [name for name, _ in receipt.missing] == ["2.jpg"]
    with zipfile.ZipFile(tmp_path / "out.zip") as found:
        listed = json.loads(found.read("manifest.json"))
    assert [row["file"] is None for row in listed] == [n == 2 for n in range(5)]


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x")')


def test_no_cell_is_a_formula(archive: Archive, sam: Person, tmp_path: Path) -> None:
    ids = [put(archive, picture(n), description=t) for n, t in enumerate(FORMULAS)]
    export_table(archive, sam, ids, tmp_path / "out.csv", "csv")
    text = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["description"] for row in rows] == [f"'{text}" for text in FORMULAS]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_hostile_words_come_back_as_they_were(
    archive: Archive, sam: Person, tmp_path: Path, kind: str
) -> None:
    words = 'a "quoted", \n<script> 🏗 \u202e שלום; \\'
    ids = [put(archive, picture(1), description=words)]
    export_table(archive, sam, ids, tmp_path / "out", kind)
    text = (tmp_path / "out").read_bytes().decode("utf-8-sig")
    if kind == "json":
        (row,) = json.loads(text)
    else:
        (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["description"] == words
