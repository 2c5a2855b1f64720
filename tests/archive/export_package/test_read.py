"""The close-out package is read without us: its history, pages, tables and viewer."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.database import Archive
from archive.export.package import export_package
from archive.people import Person, add_person
from tests.archive.package_site import HOSTILE, files
from tests.archive.report_files import picture, put

# The history


def _check_of(readme: str) -> str:
    """Return the program that the README gives to check the history."""
    lines = readme.partition("checks the chain:\n\n")[2].partition("\n\n")[0]
    return "\n".join(line[4:] for line in lines.splitlines())


@pytest.mark.parametrize(
    ("alter", "says"),
    [
        (lambda lines: lines, b"the history is whole"),
        (lambda lines: [lines[0].replace(b"Sam", b"Tom"), *lines[1:]], b"altered"),
        (lambda lines: lines[_second(lines) :], b"cut out"),
    ],
    ids=["as it is", "altered", "cut"],
)
def test_the_history_is_checked_without_us(
    complete: Path,
    tmp_path: Path,
    alter: Callable[[list[bytes]], list[bytes]],
    says: bytes,
) -> None:
    path = complete / "data" / "history.jsonl"
    lines = alter(path.read_bytes().splitlines(keepends=True))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "history.jsonl").write_bytes(b"".join(lines))
    program = _check_of((complete / "README.txt").read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False
    )
    assert says in done.stdout + done.stderr
    assert (done.returncode == 0) is (says == b"the history is whole")


def _second(lines: list[bytes]) -> int:
    return next(n for n, line in enumerate(lines) if line.startswith(b'"')) + 1


def test_events_tell_what_happened(complete: Path, partial: Path) -> None:
    def kinds(package: Path) -> set[str]:
        lines = (package / "data" / "events.jsonl").read_bytes().splitlines()
        return {json.loads(line)["eventType"] for line in lines}

    seen_by_all = {"ingestion", "fixity check", "dissemination"}
    assert kinds(partial) == seen_by_all
    assert kinds(complete) == {*seen_by_all, "metadata modification"}


# Words that want to be more


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


_HEAD = {"html", "head", "meta", "title", "link", "body"}
_BODY = {
    *("a", "header", "nav", "main", "section", "footer", "div", "span", "p", "h1"),
    *("h2", "ul", "li", "img", "dl", "dt", "dd", "code", "strong"),
    *("svg", "g", "path", "text", "tspan"),  # what is drawn on photos
}


def test_hostile_words_stay_words_in_every_format(complete: Path) -> None:
    found = files(complete)
    pages = [n for n in found if n.endswith(".html") and "viewer" not in n]
    assert len(pages) > 20
    for name in pages:
        page = _Page()
        page.feed(found[name].decode())
        assert {tag for tag, _ in page.tags} <= _HEAD | _BODY
        metas = [a for tag, a in page.tags if tag == "meta"]
        assert len(metas) == 3
        for _, attributes in page.tags:
            assert not any(key.startswith("on") for key in attributes)
            for key in ("href", "src"):
                _check_link(complete, name, attributes.get(key))
    said = {row["description"] for row in json.loads(found["data/manifest.json"])}
    assert {HOSTILE[0], HOSTILE[3], HOSTILE[5]} <= said
    table = found["data/manifest.csv"].decode("utf-8-sig")
    cells = [c for row in csv.reader(io.StringIO(table, newline="")) for c in row]
    assert not any(cell.startswith(("=", "@")) for cell in cells)
    assert f"'{HOSTILE[3]}" in cells


def _check_link(package: Path, page: str, target: str | None) -> None:
    """A link leads to a file of the package, and nowhere else."""
    from urllib.parse import unquote

    if target is None or target.startswith("#"):
        return
    assert "://" not in target
    path = (package / page).parent / unquote(target)
    assert path.exists()
    assert path.resolve().is_relative_to(package.resolve())


def test_the_viewers_data_are_data(complete: Path) -> None:
    found = files(complete)
    script = found["data/viewer/photos-1.js"].decode()
    assert "\u2028" not in script
    told = re.fullmatch(r'asbuilt\.take\("photos",(.*)\);\n', script, re.DOTALL)
    assert told
    rows = json.loads(told[1])
    assert HOSTILE[0] in {row[3] for row in rows}
    assert {len(row) for row in rows} == {24}
    page = found["data/viewer/index.html"].decode()
    assert page.count("<script") == 9
    assert "[[" not in page


def test_two_albums_of_one_name_stay_two(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        private = add_album(connection, sam, opened, "Facade", private=True)
        kim = add_person(connection, sam, opened, "Kim", level="standard")
    with batch(connection, kim) as opened:
        public = add_album(connection, kim, opened, "Facade")
    for n, album in enumerate((public, private)):
        put(archive, picture(n), album_id=album.id, private=int(album.private))
    export_package(archive, sam, None, tmp_path / "out")
    found = files(tmp_path / "out")
    names = json.loads(
        found["data/viewer/names.js"][len(b'asbuilt.take("names",') : -3]
    )
    assert sorted(names["albums"]) == ["Facade", "Facade (private)"]
    assert b"Facade (private)" in found["data/pages/index.html"]
    assert "data/pages/album-2.html" in found


def test_a_reader_of_the_files_finds_all_of_a_photo(complete: Path) -> None:
    found = files(complete)
    rows = json.loads(found["data/manifest.json"])
    for row in rows:
        name = row["file"].removeprefix("data/originals/")
        record = json.loads(found[f"data/sidecars/{name}.json"])
        assert record["uuid"] == row["uuid"]
        assert record["original"]["sha256"] == row["sha256"]
        assert b"urn:uuid:" + row["uuid"].encode() in found[f"data/sidecars/{name}.xmp"]
        uuid = row["uuid"]
        assert f"data/pages/photo/{uuid[-2:]}/{uuid}.html" in found
        assert f"data/pictures/{uuid[-2:]}/{uuid}.webp" in found
    second = next(r for r in rows if r["description"] == "second words")
    name = second["file"].removeprefix("data/originals/")
    record = json.loads(found[f"data/sidecars/{name}.json"])
    assert record["location"]["path"] == "Tower>Level 3"
    assert [trade["name"] for trade in record["trades"]] == ["Concrete"]
    assert record["starred"] is True
    assert [c["body"] for c in record["comments"]] == [HOSTILE[2]]
    arrow, *words = record["markups"]
    assert (arrow["kind"], arrow["points"]) == (
        "arrow",
        [[10_000, 20_000], [30_000, 40_000]],
    )
    assert {HOSTILE[0], HOSTILE[3]} <= {one["text"] for one in words}
    uuid = record["uuid"]
    page = found[f"data/pages/photo/{uuid[-2:]}/{uuid}.html"].decode()
    assert page.count("<svg ") == page.count("</svg>") == 1
    assert 'stroke="#1669e0"' in page
