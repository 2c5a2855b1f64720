"""Photo logs, tables and databases: what is in them, as others read it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive
from archive.errors import InvalidInput
from archive.export import data
from archive.export.data import data_rows, write_data
from archive.export.files import (
    export_database,
    export_log,
    export_table,
    export_zip,
)
from archive.export.logs import log_rows, write_log
from archive.export.photos import Packaging
from archive.locations import find_or_add_location
from archive.people import Person, add_person
from archive.rights import viewer
from archive.search import find_photos
from archive.sqlite import sqlite3
from archive.trades import add_trade
from tests.archive.report_files import picture, put

HOSTILE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "http://x"),
    *("a\0b\x0b", "\u202eשלום 🏗", "<b>&amp;</b>", "0012", "x" * 40_000, "\ud800"),
]


@pytest.fixture
def ids(archive: Archive, sam: Person) -> list[int]:
    with batch(archive.connection, sam) as opened:
        place = find_or_add_location(archive.connection, sam, opened, "Tower>Level 2")
    details = json.dumps({"artist": "Ana Photographer"})
    return [
        put(
            archive,
            picture(1),
            filename="a.jpg",
            description="Crane",
            location_id=place.id,
            taken_at="2026-05-11T09:30:05.120",
            taken_offset="+02:00",
            latitude=59.5,
            longitude=-10.25,
            direction=224.6,
            facts={"details": details},
        ),
        put(archive, picture(2), filename="b.jpg", direction=359.9),
    ]


def log_of(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".csv":
        text = path.read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))
    head, *rows = sheet(path)
    return [dict(zip(head, row, strict=True)) for row in rows]


def sheet(path: Path) -> list[list[str]]:
    """The texts of a spreadsheet's cells, as its XML has them."""
    with zipfile.ZipFile(path) as found:
        root = ET.fromstring(found.read("xl/worksheets/sheet1.xml"))  # noqa: S314
        assert not [
            name for name in found.namelist() if "rels" in name and "sheet" in name
        ]
    assert not root.findall(".//{*}f"), "a formula"
    assert not root.findall(".//{*}hyperlink")
    return [[cell_text(cell) for cell in row] for row in root.findall(".//{*}row")]


def cell_text(cell: Any) -> str:
    if cell.get("t") is None:
        return str(cell.findtext("{*}v") or "")
    assert cell.get("t") == "inlineStr"
    return "".join(text.text or "" for text in cell.findall(".//{*}t"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_log_has_what_specifications_ask_for(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"log.{kind}"
    receipt = export_log(archive, sam, ids, out)
    assert (receipt.kind, receipt.photos, receipt.of) == (kind, 2, 2)
    first, second = log_of(out)
    shown = find_photos(archive.connection, "", viewer(sam)).ids
    assert sorted(shown) == ids
    assert list(first) == [
        *("number", "date", "photographer", "place", "direction", "description"),
        *("file", "hash"),
    ]
    assert first | {"hash": ""} == {
        "number": "1",
        "date": "2026-05-11 09:30:05+02:00",
        "photographer": "Ana Photographer",
        "place": "Tower>Level 2; 59.500000, -10.250000",
        "direction": "225° SW",
        "description": "Crane",
        "file": "a.jpg",
        "hash": "",
    }
    assert len(first["hash"]) == 64
    assert (second["date"], second["photographer"]) == ("", sam.name)
    assert second["direction"] == "360° N"


def test_the_files_of_a_log_are_those_of_its_zip(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    names = "{taken:%Y}/{n:03}"
    export_log(archive, sam, ids, tmp_path / "log.csv", names=names)
    export_zip(archive, sam, ids, tmp_path / "out.zip", Packaging(names))
    with zipfile.ZipFile(tmp_path / "out.zip") as found:
        told = [row["file"] for row in log_of(tmp_path / "log.csv")]
        assert told == found.namelist()[:2] == ["2026/001.jpg", "undated/002.jpg"]


def test_a_log_of_another_kind_is_refused(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=r"\.csv or \.xlsx, not \.ods"):
        export_log(archive, sam, ids, tmp_path / "log.ods")
    assert not list(tmp_path.glob("*log*"))


def test_no_cell_of_a_spreadsheet_is_more_than_text(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    words = [w for w in HOSTILE if w != "\ud800"]  # SQLite keeps no lone surrogate
    ids = [put(archive, picture(n), description=w) for n, w in enumerate(words)]
    export_log(archive, sam, ids, tmp_path / "log.xlsx")
    told = [row["description"] for row in log_of(tmp_path / "log.xlsx")]
    assert told[:5] == words[:5]
    assert told[5:7] == words[5:7]
    assert told[7] == "a\ufffdb\ufffd"
    assert told[8:11] == words[8:11]
    assert told[11] == "x" * 32_767


# Tables for programs


def rows_of(path: Path, kind: str) -> list[dict[str, Any]]:
    if kind == "jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    arro3 = pytest.importorskip("arro3.io")
    table = arro3.read_parquet(str(path)).read_all()
    columns = {name: table[name].to_pylist() for name in table.schema.names}
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_programs_read_every_field_as_it_is(
    archive: Archive,
    sam: Person,
    ids: list[int],
    tmp_path: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data, "_BATCH", 2)
    ids.append(put(archive, picture(3), description='"x",\n🏗', starred=1))
    with batch(archive.connection, sam) as opened:
        trade = add_trade(archive.connection, sam, opened, "Concrete")
        archive.connection.execute(
            "insert into photo_trades values (?, ?)", (ids[2], trade.id)
        )
    export_table(archive, sam, ids, tmp_path / "out.json", "json")
    export_table(archive, sam, ids, tmp_path / "out", kind)
    wanted = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert rows_of(tmp_path / "out", kind) == wanted
    assert wanted[2]["trades"] == ["Concrete"]
    assert wanted[0]["lat"] == 59.5


def test_parquet_without_its_package_is_told(
    archive: Archive,
    sam: Person,
    ids: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "arro3.core", None)
    with pytest.raises(InvalidInput, match=r"install asbuilt\[parquet\]"):
        export_table(archive, sam, ids, tmp_path / "out", "parquet")
    with pytest.raises(InvalidInput, match="there are csv, json"):
        export_table(archive, sam, ids, tmp_path / "out", "xml")
    assert [path.name for path in tmp_path.iterdir()] == ["tower-4"]


# A database for free SQL


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet", "xlsx"])
def test_a_disk_that_is_full_says_so_and_no_library_does_in_its_own_way(
    archive: Archive, ids: list[int], tmp_path: Path, kind: str
) -> None:
    if kind == "parquet":
        pytest.importorskip("arro3.core")
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        if kind == "xlsx":
            write_log(full, kind, log_rows(archive.connection, ids))
        else:
            write_data(full, kind, data_rows(archive.connection, ids, None))


@pytest.fixture
def secrets(archive: Archive, sam: Person, ids: list[int]) -> Person:
    """Fill the archive with what a reader may not see; returns the reader."""
    with batch(archive.connection, sam, reason="REASONSECRET") as opened:
        rae = add_person(
            archive.connection,
            sam,
            opened,
            "Rae",
            level="read_only",
            login="LOGINSECRET",
        )
        album = add_album(archive.connection, sam, opened, "ALBUMSECRET", private=True)
    hidden = {"description": "WORDSECRET", "filename": "NAMESECRET.jpg"}
    private = put(archive, picture(5), private=1, album_id=album.id, **hidden)
    put(archive, picture(6), recycled_at="2026", recycled_by=1, **hidden)
    with batch(archive.connection, sam) as opened:
        for photo, body in ((private, "BODYSECRET"), (ids[0], "who moved this?")):
            add_comment(archive.connection, sam, opened, photo, body)
    return rae


def test_a_database_has_what_its_reader_sees_and_no_byte_more(
    archive: Archive, sam: Person, secrets: Person, tmp_path: Path
) -> None:
    everything = [row[0] for row in archive.connection.execute("select id from photos")]
    out = tmp_path / "exported.db"
    receipt = export_database(archive, secrets, everything, out)
    assert (receipt.photos, receipt.of) == (2, 2)
    raw = out.read_bytes()
    for secret in ("WORD", "NAME", "ALBUM", "BODY", "LOGIN", "REASON"):
        assert f"{secret}SECRET".encode() not in raw
    with closing(sqlite3.connect(out)) as found:
        assert found.execute("pragma integrity_check").fetchone() == ("ok",)
        listed = found.execute(
            "select filename, location, comments from photo_list order by id"
        ).fetchall()
        assert listed == [("a.jpg", "Tower>Level 2", 1), ("b.jpg", None, 0)]
        said = found.execute("select author, body from comment_list").fetchall()
        assert said == [(sam.name, "who moved this?")]
    export_database(archive, sam, everything, out, replace=True)
    assert b"WORDSECRET" in out.read_bytes()


def test_stars_are_in_no_database_of_who_may_not_see_them(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1), starred=1)]
    for who, starred in ((sam, 1), (replace(sam, level="read_only"), 0)):
        export_database(archive, who, ids, tmp_path / "out", replace=True)
        with closing(sqlite3.connect(tmp_path / "out")) as found:
            assert found.execute("select starred from photos").fetchone() == (starred,)
