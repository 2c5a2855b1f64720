"""``asbuilt export`` as a person uses it."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import Result

from archive.batches import batch
from archive.database import open_archive
from archive.export import copies
from archive.export.pdf import pictures
from archive.people import add_person, owner
from tests.archive import by_command
from tests.archive.import_checks import inline
from tests.archive.report_files import picture, put

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    for module in (pictures, copies):
        monkeypatch.setattr(module, "run_jobs", inline)

    return partial(by_command.run, "export")


@pytest.fixture
def tower(folder: Path) -> Path:
    """An archive with four photos, one private, and a reader."""
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            add_person(archive.connection, sam, opened, "Rae", level="read_only")
        for n in range(3):
            taken = f"2026-05-1{3 - n}T10:00:00"
            put(archive, picture(n), filename=f"{n}.jpg", taken_at=taken)
        put(archive, picture(3), filename="SECRET.jpg", private=1)
    return folder


def receipt(result: Result) -> Any:
    return json.loads(result.stdout)


def test_an_export_is_not_written_to_the_standard_output(run: Run, tower: Path) -> None:
    result = run("zip", tower, "-", code=2)
    assert "it needs a name, not -" in result.output


KINDS = ["pdf", "zip", "csv", "json", "jsonl", "parquet", "db"]


@pytest.mark.parametrize("kind", [*KINDS, "log"])
def test_an_export_ends_with_a_receipt(
    run: Run, tower: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"out.{'xlsx' if kind == 'log' else kind}"
    result = run(kind, tower, out, "--json")
    told = receipt(result)
    assert (told["photos"], told["of"], told["missing"]) == (4, 4, [])
    assert told["bytes"] == out.stat().st_size
    assert "4 of 4 photos" in result.stderr
    assert told["sha256"] in result.stderr
    assert "--replace" in run(kind, tower, out, code=1).stderr
    run(kind, tower, out, "--replace")


def test_filters_and_order_are_those_of_photos(
    run: Run, tower: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    run("csv", tower, out, "--taken", "2026-05-12..2026-05-13")
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["filename"] for row in csv.DictReader(file)] == ["1.jpg", "0.jpg"]
    run("csv", tower, out, "--taken", "2026-05", "--order", "newest", "--replace")
    with out.open(encoding="utf-8-sig", newline="") as file:
        names = [row["filename"] for row in csv.DictReader(file)]
    assert names == ["0.jpg", "1.jpg", "2.jpg"]


def test_a_reader_gets_what_a_reader_sees(
    run: Run, tower: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    assert receipt(run("zip", tower, out, "--as", "Rae", "--json"))["of"] == 3
    with zipfile.ZipFile(out) as found:
        assert not any("SECRET" in name for name in found.namelist())
    refused = run("zip", tower, tmp_path / "no", "is:private", "--as", "Rae", code=1)
    assert "no photos" in refused.stderr
    assert not (tmp_path / "no").exists()


def test_files_are_called_as_one_wishes(run: Run, tower: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    names = ("--name-template", "{taken:%Y-%m-%d}_{n:02}", "--sidecars", "xmp")
    run("zip", tower, out, *names, "--copies", "captioned")
    with zipfile.ZipFile(out) as found:
        assert "2026-05-11_02.jpg" in found.namelist()
        assert "2026-05-11_02.jpg.xmp" in found.namelist()
    refused = run("zip", tower, out, "--name-template", "{albun}", code=1)
    assert "there is no field {albun} for names; there are {n}, {id}" in refused.stderr


def test_what_is_missing_is_named_and_tells_by_the_exit_code(
    run: Run, tower: Path, tmp_path: Path
) -> None:
    for path in (tower / "originals").glob("*/*.jpg"):
        if path.read_bytes() == picture(1):
            path.unlink()
    result = run("zip", tower, tmp_path / "out.zip", code=3)
    assert "3 of 4 photos" in result.stderr
    assert "not in it: 1.jpg" in result.stderr


def test_a_report_looks_as_its_template_and_the_options_say(
    run: Run, tower: Path, tmp_path: Path
) -> None:
    template = tmp_path / "ours.toml"
    template.write_text('title = "Ours"\nper_page = 1\ncover = false\norder = "newest"')
    out = tmp_path / "out.pdf"
    told = run("pdf", tower, out, "--template", template, "--json")
    assert receipt(told)["pages"] == 4
    options = (
        "--template",
        template,
        "--per-page",
        "9",
        "--title",
        "Mine",
        "--replace",
    )
    assert receipt(run("pdf", tower, out, *options, "--json"))["pages"] == 1
    with pikepdf.open(out) as pdf, pdf.open_metadata() as meta:
        assert meta["dc:title"] == "Mine"


@pytest.mark.parametrize(
    "options",
    [
        ("--fields", "colour"),
        ("--resolution", "3"),
        ("--qr", "x"),
        ("--language", "xx"),
    ],
)
def test_what_a_report_cannot_be_is_refused_before_it_begins(
    run: Run, tower: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    run("pdf", tower, tmp_path / "out.pdf", *options, code=1)
    assert [p.name for p in tmp_path.iterdir()] == ["tower-4"]
