"""The close-out package: a whole bag, nothing in it that may not be seen."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import Accounts, Visit
from archive.accounts.clients import add_client
from archive.accounts.keeping import set_password
from archive.accounts.logins import log_in
from archive.albums import add_album
from archive.batches import batch
from archive.checking import check_history
from archive.clock import utc_now
from archive.commands.package import LANGUAGES
from archive.database import Archive, connect, create_archive, open_archive
from archive.errors import Conflict, InvalidInput, NotAllowed
from archive.export import writing
from archive.export.keeping import open_kept
from archive.export.package import export_package, making
from archive.export.package.copying import DERIVED, LEFT_OUT, WHOLE, copy_database
from archive.export.package.words import languages, words_of
from archive.export.writing import part_of
from archive.jobs import Job, add_job, find_job
from archive.jobs.runner import Bell, work_off
from archive.originals import Stored, path_of
from archive.people import Person, add_person, owner
from archive.rights import viewer
from archive.sqlite import sqlite3
from tests.archive.live_counts import wrong_counters
from tests.archive.package_site import (
    HOSTILE,
    SECRETS,
    InlinePool,
    check_bag,
    files,
    fill,
    secrets_in,
)
from tests.archive.report_files import picture, put

Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "Pool", InlinePool)


@pytest.fixture
def site(archive: Archive, sam: Person) -> dict[str, Any]:
    return fill(archive, sam)


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two packages of one archive, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("packages")
    create_archive(folder / "tower-4", "Tower 4", "Sam Reyes")
    with open_archive(folder / "tower-4") as archive, pytest.MonkeyPatch.context() as m:
        m.setattr(making, "Pool", InlinePool)
        sam = owner(archive.connection)
        site = fill(archive, sam)
        export_package(archive, sam, None, folder / "complete")
        wanted = [*site["ids"], site["private"], site["binned"]]
        receipt = export_package(archive, site["rae"], wanted, folder / "partial")
        assert (receipt.photos, receipt.of) == (len(HOSTILE), len(HOSTILE))
    return folder


@pytest.fixture
def complete(_made: Path) -> Path:
    """Everything, for the owner."""
    return _made / "complete"


@pytest.fixture
def partial(_made: Path) -> Path:
    """What a reader may see."""
    return _made / "partial"


def opened(package: Path) -> Any:
    return closing(connect(package / "data" / "archive.db"))


# A bag


def test_it_is_a_whole_bag_as_a_folder_and_as_a_zip(
    archive: Archive, sam: Person, site: dict[str, Any], tmp_path: Path
) -> None:
    assert site
    export_package(archive, sam, None, tmp_path / "complete")
    found = files(tmp_path / "complete")
    assert check_bag(found) == []
    receipt = export_package(archive, sam, None, tmp_path / "whole.zip")
    assert (receipt.photos, receipt.of, receipt.kind) == (12, 12, "package")
    with zipfile.ZipFile(tmp_path / "whole.zip") as packed:
        assert packed.testzip() is None
        inside = {n.removeprefix("whole/"): packed.read(n) for n in packed.namelist()}
    assert check_bag(inside) == []
    assert set(inside) == set(found)
    assert {n: d for n, d in inside.items() if "/originals/" in n} == {
        n: d for n, d in found.items() if "/originals/" in n
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "complete",
        "tower-4",
        "whole.zip",
    ]


def test_names_in_it_are_safe_everywhere_and_stay(
    archive: Archive, sam: Person, site: dict[str, Any], tmp_path: Path
) -> None:
    assert site
    export_package(archive, sam, None, tmp_path / "complete")
    found = files(tmp_path / "complete")
    names = [n for n in found if n.startswith("data/originals/")]
    assert len({name.casefold() for name in names}) == 12
    for name in names:
        assert not re.search(r'[<>:"\\|?*%\x00-\x1f\u202e]', name)
        assert not any(p in ("", ".", "..") or p[-1] in " ." for p in name.split("/"))
    put(archive, picture(30), filename="IMG 1.jpg")
    export_package(archive, sam, None, tmp_path / "again")
    assert set(names) < set(files(tmp_path / "again"))


def test_an_original_that_is_lost_or_altered_is_told(
    archive: Archive, sam: Person, site: Any, tmp_path: Path
) -> None:
    rows = archive.connection.execute(
        "select sha256, extension from originals order by id limit 2"
    ).fetchall()
    lost, altered = (path_of(archive.originals, Stored(*row)) for row in rows)
    lost.unlink()
    altered.write_bytes(altered.read_bytes()[:-1] + b"!")
    receipt = export_package(archive, sam, site["ids"], tmp_path / "out")
    assert (receipt.photos, receipt.of, receipt.whole) == (7, 9, False)
    assert [reason for _, reason in receipt.missing] == [making.ABSENT, making.CHANGED]
    found = files(tmp_path / "out")
    assert check_bag(found) == []
    assert (
        sum(row["file"] is None for row in json.loads(found["data/manifest.json"])) == 2
    )
    assert b"Of 2 photos there is no file" in found["README.txt"]
    outcomes = [
        event["eventOutcome"]
        for line in found["data/events.jsonl"].splitlines()
        if (event := json.loads(line))["eventType"] == "fixity check"
    ]
    assert outcomes.count("fail") == 2


class Enough(Exception):
    """Somebody ends an export."""


@pytest.mark.parametrize("out", ["out", "out.zip"])
def test_one_that_is_ended_leaves_nothing(
    archive: Archive, sam: Person, site: Any, tmp_path: Path, out: str
) -> None:
    def tell(done: int, _of: int) -> None:
        if done == 5:
            raise Enough

    with pytest.raises(Enough):
        export_package(archive, sam, site["ids"], tmp_path / out, tell=tell)
    assert [path.name for path in tmp_path.iterdir()] == ["tower-4"]


class Killed(BaseException):
    """A process that is gone: nobody clears anything."""


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_one_that_was_killed_goes_on_where_it_was(
    archive: Archive,
    sam: Person,
    site: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    def killed(done: int, of: int) -> None:
        if done == of - 1:
            raise Killed

    out = tmp_path / name
    with monkeypatch.context() as gone:
        gone.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            export_package(archive, sam, None, out, tell=killed)
    half = part_of(out) / writing.WHOLE
    before = {path: path.stat().st_ino for path in half.rglob("*.jpg")}
    start = b"" if before else half.read_bytes()[:1000]
    wanted = [*site["ids"], site["private"], site["binned"]]
    export_package(archive, site["rae"], wanted, out)
    if before:
        kept = {half / path.relative_to(out): path for path in out.rglob("*.jpg")}
        both = before.keys() & kept.keys()
        assert len(both) > len(HOSTILE)
        assert all(before[then] == kept[then].stat().st_ino for then in both)
        found = files(out)
    else:
        assert out.read_bytes()[:1000] == start
        with zipfile.ZipFile(out) as packed:
            found = {n.removeprefix("out/"): packed.read(n) for n in packed.namelist()}
    assert check_bag(found) == []
    assert list(secrets_in(found, SECRETS)) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == [name, "tower-4"]


def test_a_folder_is_never_replaced(
    archive: Archive, sam: Person, site: Any, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(Conflict):
        export_package(archive, sam, site["ids"], tmp_path / "out", replace=True)


# What may be seen


def test_nobody_gets_what_they_may_not_see(partial: Path) -> None:
    found = files(partial)
    assert check_bag(found) == []
    assert list(secrets_in(found, SECRETS)) == []
    assert b"history.jsonl" not in b"\n".join(name.encode() for name in found)
    assert b"chain is\npartial" in found["README.txt"]
    starred = [row["starred"] for row in json.loads(found["data/manifest.json"])]
    assert starred == [None] * len(HOSTILE)
    with opened(partial) as copy:
        assert copy.execute("select sum(starred) from photos").fetchone() == (0,)
        assert copy.execute("select count(login) from people").fetchone() == (0,)
        assert copy.execute("select distinct level from people").fetchall() == [
            ("none",)
        ]


def test_passwords_and_keys_never_leave(
    archive: Archive, sam: Person, site: Any, accounts: Accounts, tmp_path: Path
) -> None:
    here = Visit(utc_now(), "192.168.1.20")
    made = add_client(accounts, archive.connection, "Reports", here, by=sam)
    rae, words = site["rae"], "tall cranes turn slowly"
    set_password(accounts, archive.connection, rae, words, here, by=sam)
    log_in(accounts, archive.connection, "secretlogin", words, here)
    secrets = {str(made.secret), words, *_kept(accounts)}
    assert len(secrets) >= 5
    export_package(archive, sam, None, tmp_path / "out")
    found = files(tmp_path / "out")
    assert list(secrets_in(found, tuple(secrets))) == []
    # while all else of the archive is there
    missing = {secret for secret in SECRETS if not list(secrets_in(found, (secret,)))}
    assert missing == set()


def _kept(accounts: Accounts) -> Iterator[str]:
    """Yield all words in accounts.db that are long enough to be secrets."""
    with closing(sqlite3.connect(accounts.path)) as found:
        people = "select name from sqlite_master where type = 'table'"
        for (table,) in found.execute(people).fetchall():
            for row in found.execute(f"select * from {table}").fetchall():
                for value in row:
                    words = value if isinstance(value, str) else ""
                    if re.fullmatch(r"[0-9a-f]{64}|\$argon2.*", words):
                        yield words


def test_only_an_admin_gets_everything(
    archive: Archive, site: Any, sam: Person, tmp_path: Path
) -> None:
    for who in (site["rae"], site["kim"], replace(site["kim"], can_view_private=True)):
        with pytest.raises(NotAllowed):
            export_package(archive, who, None, tmp_path / "out")
    with pytest.raises(NotAllowed):
        export_package(archive, replace(sam, level="none"), site["ids"], tmp_path / "o")
    with pytest.raises(InvalidInput):
        export_package(archive, site["rae"], [site["private"]], tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["tower-4"]


def test_a_photo_that_was_hidden_a_moment_ago_is_left_out(
    archive: Archive, site: Any, tmp_path: Path
) -> None:
    copy_database(
        archive,
        [site["ids"][0], site["private"], site["binned"]],
        tmp_path / "copy.db",
        viewer(site["rae"]),
    )
    assert list(secrets_in({"": (tmp_path / "copy.db").read_bytes()}, SECRETS)) == []
    with closing(connect(tmp_path / "copy.db")) as copy:
        found = copy.execute("select id from photos").fetchall()
        assert found == [(site["ids"][0],)]


def test_every_table_either_leaves_or_stays(archive: Archive) -> None:
    rows = archive.connection.execute(
        """
        select name from sqlite_master where type = 'table'
        and name not like 'sqlite~_%' escape '~' and name not like 'photos~_fts~_%'
        escape '~' and name not like '~_%' escape '~'
        """
    )
    assert {row[0] for row in rows} <= {*WHOLE, *DERIVED, *LEFT_OUT}


# The database


@pytest.mark.parametrize("which", ["complete", "partial"])
def test_the_copy_is_a_sound_database(
    which: str, request: pytest.FixtureRequest
) -> None:
    with opened(request.getfixturevalue(which)) as copy:
        for check in ("integrity_check", "foreign_key_check"):
            rows = copy.execute(f"PRAGMA {check}").fetchall()
            assert [row for row in rows if row != ("ok",)] == []
        assert copy.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert wrong_counters(copy) == []
        copy.execute("insert into photos_fts (photos_fts) values ('integrity-check')")
        if which == "complete":
            assert list(check_history(copy)) == []


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


def test_its_pages_and_viewer_are_in_the_language_that_was_asked_for(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    with batch(archive.connection, sam) as opened:
        album = add_album(archive.connection, sam, opened, "Fassade", private=True)
    number = put(archive, picture(1), album_id=album.id, private=1)
    export_package(archive, sam, [number], tmp_path / "out", language="de")
    found = files(tmp_path / "out")
    assert check_bag(found) == []
    pages = {n: d.decode() for n, d in found.items() if n.endswith(".html")}
    assert all('<html lang="de">' in page for page in pages.values())
    said = "".join(pages.values())
    for words in (
        "Übergabepaket",
        "Alben",
        "Fassade (privat)",
        "1 Foto",
        "Fotos suchen",
    ):
        assert words in said
    assert not {"Close-out", "Albums", "photo<", "Private<"} & set(
        re.findall(r"Close-out|Albums|photo<|Private<", said)
    )
    assert '"nothing_found":"Kein Foto' in found["data/viewer/project.js"].decode()
    assert json.loads(found["data/project.json"])["language"] == "de"
    readme = found["README.txt"].decode()
    assert "1 Foto, zusammengestellt am" in readme
    assert "Auswahl: alle Fotos, soweit Sam Reyes" in readme
    assert not re.search(r" (the|and|photos?)\b(?!\.)", readme)
    assert "Fotos von Tower 4: 1 Foto" in found["bag-info.txt"].decode()


def test_every_language_says_everything_with_the_same_values() -> None:
    assert set(LANGUAGES) == set(languages())
    english, *others = (words_of(name) for name in sorted(languages(), key="en".__ne__))
    assert words_of("tlh") is english
    for words in others:
        for told, ours in (
            (english.texts, words.texts),
            *((some, words.tables[name]) for name, some in english.tables.items()),
        ):
            assert {n: _values(t) for n, t in told.items()} == {
                n: _values(t) for n, t in ours.items()
            }


def _values(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_readmes_of_all_languages_have_one_program() -> None:
    programs = set()
    for language in languages():
        history = words_of(language).tables["readme_txt"]["history"]
        lines = [line[4:] for line in history.splitlines() if line[:4] == "    "]
        compile("\n".join(lines), language, "exec")
        programs.add(re.sub(r'"[^"]*"', "", "\n".join(lines)))
    assert len(programs) == 1


def test_the_viewer_has_words_for_all_that_it_says(complete: Path) -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (complete / "data/viewer").glob("*.js")
        if path.name not in ("names.js", "project.js") and "photos-" not in path.name
    )
    said = set(re.findall(r"said\(\"(\w+)\"", code))
    words = words_of("en")
    known = {*words.texts, *words.labels, *words.tables["viewer"]}
    assert len(said) > 40
    assert said <= known


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


# In the background


def test_a_job_makes_one_and_keeps_it_for_who_may_have_it(
    archive: Archive, sam: Person, site: dict[str, Any]
) -> None:
    def finished(who: Person, **options: Any) -> Job:
        number = add_job(archive.connection, who, "export_package", options).id
        work_off(archive, "r", Bell(None))
        return find_job(archive.connection, who, number)

    part = finished(site["rae"], query="", name="Tower: 4")
    whole = finished(sam, complete=True, name="Tower 4")
    assert (part.state, part.total, whole.state, whole.total) == ("done", 9, "done", 12)
    kept = open_kept(archive.connection, archive.folder, site["rae"], part.uuid)
    assert (kept.name, kept.receipt["kind"]) == ("Tower_ 4.zip", "package")
    with zipfile.ZipFile(kept.path) as packed:
        inside = {n.split("/", 1)[1]: packed.read(n) for n in packed.namelist()}
    assert check_bag(inside) == []
    assert list(secrets_in(inside, SECRETS)) == []
    assert open_kept(archive.connection, archive.folder, sam, whole.uuid).path.is_file()
    with pytest.raises(NotAllowed):
        open_kept(
            archive.connection,
            archive.folder,
            replace(sam, level="standard"),
            whole.uuid,
        )
    refused = finished(site["rae"], complete=True)
    assert refused.state == "failed"
