"""Taking in a close-out package: whole, once, and only as it was made."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.albums import add_album
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive, create_archive, open_archive
from archive.editing import recycle_photos
from archive.errors import (
    ArchiveError,
    DamagedFile,
    InvalidInput,
    NewerFormat,
    NotAllowed,
)
from archive.export.package import export_package, making
from archive.identity import clean_name, clean_text
from archive.importing import ImportReport, pipeline
from archive.importing.bags import is_package
from archive.importing.packages import OTHER_BYTES, PURGED, import_package
from archive.locations import find_or_add_location
from archive.people import Person, owner
from archive.purging import purge_photos
from archive.trades import find_or_add_trade
from tests.archive.import_checks import faults, inline
from tests.archive.package_site import HOSTILE, InlinePool, check_bag, files, fill
from tests.archive.report_files import picture, put


@pytest.fixture(autouse=True, scope="module")
def _one_process() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "Pool", InlinePool)
        patch.setattr(pipeline, "run_jobs", inline)
        yield


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, _one_process: None) -> Path:
    """A complete package, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("package")
    create_archive(folder / "old", "Tower 4", "Sam Reyes")
    with open_archive(folder / "old") as archive:
        sam = owner(archive.connection)
        fill(archive, sam)
        export_package(archive, sam, None, folder / "package")
    return folder / "package"


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    for name, data in files(package).items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "package"


def take(archive: Archive, package: Path, **options: Any) -> ImportReport:
    sam = owner(archive.connection)
    return import_package(archive, sam, package, renditions=False, **options)


def seal(package: Path) -> None:
    """Make a changed package a valid bag again."""
    found = files(package)
    for manifest, chosen in (
        ("manifest-sha256.txt", [n for n in found if n.startswith("data/")]),
        ("tagmanifest-sha256.txt", ["manifest-sha256.txt", "bagit.txt"]),
    ):
        lines = [
            f"{hashlib.sha256((package / n).read_bytes()).hexdigest()}  {n}\n"
            for n in chosen
        ]
        (package / manifest).write_text("".join(lines), "utf-8")


def said(package: Path) -> Any:
    """Return all that a package says of photos and lists, but for when it came here."""
    found = files(package)
    assert check_bag(found) == []
    records = {}
    for name, data in found.items():
        if name.startswith("data/sidecars/") and name.endswith(".json"):
            record = json.loads(data)
            record.pop("updated_at")
            if record["original"]:  # what else it tells is read from the file again
                bytes_of_it = {"sha256", "bytes", "crc32", "extension", "kind"}
                for key in set(record["original"]) - bytes_of_it:
                    record["original"].pop(key)
                record["sha256"] = hashlib.sha256(found[record["file"]]).hexdigest()
            records[record["uuid"]] = record
    project = json.loads(found["data/project.json"])
    lists = {
        name: [
            {k: v for k, v in one.items() if k not in ("created_at", "uuid")}
            for one in project[name]
        ]
        for name in ("albums", "locations", "trades", "plans")
    }
    people = {one["uuid"]: one["name"] for one in project["people"]}
    return records, lists, people


def mended(was: Any) -> Any:
    """Return what a package said, with the Unclassified of the archive it is in now."""
    records, *rest = was
    for record in records.values():
        if record["album"]["name"] == "Unclassified":
            record["album"]["uuid"] = ""
    return records, *rest


# Whole


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_it_comes_back_whole(
    package: Path, archive: Archive, sam: Person, tmp_path: Path, form: str
) -> None:
    source = package
    if form == "zip":
        source = tmp_path / "package.zip"
        with zipfile.ZipFile(source, "w") as packed:
            for name, data in files(package).items():
                packed.writestr(f"Tower 4/{name}", data)
    assert is_package(source)
    report = take(archive, source)
    assert (len(report.imported), report.duplicates, report.refused) == (12, [], [])
    assert faults(archive) == []
    export_package(archive, sam, None, tmp_path / "again")
    (records, lists, people), now = (
        mended(said(package)),
        mended(said(tmp_path / "again")),
    )
    assert now[0] == records
    assert sorted(map(str, now[1]["albums"])) == sorted(map(str, lists["albums"]))
    assert now[1:2] == (lists,)
    assert people.items() <= now[2].items()


def test_people_come_as_names(package: Path, archive: Archive) -> None:
    take(archive, package)
    rows = archive.connection.execute(
        "select name, login, level from people order by id"
    ).fetchall()
    assert rows[0] == ("Sam Reyes", None, "admin")
    assert {row[1:] for row in rows[1:]} == {(None, "none")}
    assert {row[0] for row in rows} >= {"Rae", "Kim", "Sam Reyes"}


def test_the_history_is_kept_as_a_record(
    package: Path, archive: Archive, sam: Person, tmp_path: Path
) -> None:
    take(archive, package)
    lines = archive.connection.execute(
        "select line from package_lines order by number"
    ).fetchall()
    history = files(package)["data/history.jsonl"]
    assert "".join(f"{line}\n" for (line,) in lines).encode() == history
    export_package(archive, sam, None, tmp_path / "again")
    found = files(tmp_path / "again")
    kept = [name for name in found if name.startswith("data/earlier/")]
    assert [found[name] for name in kept] == [history]
    create_archive(tmp_path / "third", "Third", "Sam Reyes")
    with open_archive(tmp_path / "third") as third:
        take(third, tmp_path / "again")
        count = third.connection.execute("select count(*) from packages").fetchone()
        assert count == (2,)


def test_a_second_time_adds_only_what_is_new(
    package: Path, archive: Archive, tmp_path: Path
) -> None:
    first = take(archive, package)
    again = take(archive, package)
    assert (again.imported, len(again.duplicates), again.refused) == ([], 12, [])
    with open_archive(package.parent / "old") as old:
        sam = owner(old.connection)
        number = put(old, picture(40), description="later")
        export_package(old, sam, [number], tmp_path / "later")
    later = take(archive, tmp_path / "later")
    assert len(later.imported) == 1
    assert later.imported[0][1] not in dict(map(reversed, first.imported))  # type: ignore[arg-type]
    assert faults(archive) == []


def test_photos_of_one_file_and_those_without_come_too(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    number = put(archive, picture(1), description="first")
    with batch(archive.connection, sam) as opened:
        archive.connection.execute(
            """
            insert into photos (uuid, original_id, filename, description, assumed_at,
                uploaded_at, updated_at)
            select '01a1ffc0-0000-7000-8000-000000000001', original_id, 'b.jpg',
                'second', assumed_at, ?1, ?1 from photos where id = ?2
            """,
            (opened.at, number),
        )
        archive.connection.execute(
            """
            insert into photos (uuid, filename, assumed_at, uploaded_at, updated_at)
            values ('01a1ffc0-0000-7000-8000-000000000002', 'c.jpg',
                '2026-05-11T10:00:00', ?1, ?1)
            """,
            (opened.at,),
        )
    export_package(archive, sam, None, tmp_path / "out")
    create_archive(tmp_path / "new", "New", "Sam Reyes")
    with open_archive(tmp_path / "new") as new:
        put(new, picture(1), description="was here")
        assert len(take(new, tmp_path / "out").imported) == 3
        rows = new.connection.execute(
            "select description, original_id from photos order by description"
        ).fetchall()
        assert rows == [("", None), ("first", 1), ("second", 1), ("was here", 1)]
        assert [one for one in faults(new) if "can be written" not in one] == []


# Any words, in any archive

WORDS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("<>&\"'=\n\u202e\u2028%\\/.;"),
    ),
    max_size=12,
) | st.sampled_from(HOSTILE)
PHOTOS = st.lists(
    st.fixed_dictionaries(
        {
            "description": WORDS,
            "filename": WORDS,
            "album": WORDS,
            "place": WORDS,
            "trade": WORDS,
            "comment": WORDS,
            "private": st.booleans(),
            "starred": st.booleans(),
            "recycled": st.booleans(),
            "taken_at": st.sampled_from(
                [None, "2026-05-11T10:00:00", "0001-01-01T00:00:00.5"]
            ),
            "rotation": st.sampled_from([0, 90, 180, 270]),
            "direction": st.none() | st.floats(0, 359.99),
            "position": st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        }
    ),
    min_size=1,
    max_size=3,
)


def _build(archive: Archive, photos: list[dict[str, Any]]) -> None:
    sam, connection = owner(archive.connection), archive.connection
    for n, wanted in enumerate(photos):
        fields: dict[str, Any] = {
            name: wanted[name]
            for name in ("private", "starred", "taken_at", "rotation", "direction")
        }
        fields["description"] = clean_text(wanted["description"])
        fields["filename"] = clean_text(wanted["filename"]) or "x"
        if wanted["position"]:
            fields["latitude"], fields["longitude"] = wanted["position"]
        with batch(connection, sam) as opened:
            with suppress(ArchiveError):
                name = clean_name(wanted["album"], "album")
                fields["album_id"] = add_album(connection, sam, opened, name).id
            with suppress(ArchiveError):
                path = wanted["place"].replace("\n", " ")
                place = find_or_add_location(connection, sam, opened, path)
                fields["location_id"] = place.id
            trade = None
            with suppress(ArchiveError):
                trade = find_or_add_trade(connection, sam, opened, wanted["trade"]).id
        number = put(archive, picture(n), **fields)
        with batch(connection, sam) as opened:
            if trade:
                connection.execute(
                    "insert into photo_trades values (?, ?)", (number, trade)
                )
            with suppress(ArchiveError):
                add_comment(connection, sam, opened, number, wanted["comment"])
            if wanted["recycled"]:
                recycle_photos(connection, sam, opened, [number])


@settings(max_examples=5)
@given(PHOTOS)
def test_export_import_export_is_the_same(photos: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_archive(folder / "old", "Old", "Sam Reyes")
        create_archive(folder / "new", "New", "Kim Lee")
        with open_archive(folder / "old") as old, open_archive(folder / "new") as new:
            _build(old, photos)
            export_package(old, owner(old.connection), None, folder / "first")
            report = take(new, folder / "first")
            assert report.refused == []
            export_package(new, owner(new.connection), None, folder / "second")
            assert faults(new) == []
        first, second = (mended(said(folder / n)) for n in ("first", "second"))
        assert second[:2] == first[:2]
        assert first[2].items() <= second[2].items()


# As it was made, or not at all


def _drop(package: Path) -> None:
    next((package / "data" / "originals").rglob("*.jpg")).unlink()


def _alter(package: Path) -> None:
    path = next((package / "data" / "originals").rglob("*.jpg"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def _slip(package: Path) -> None:
    (package / "data" / "more.txt").write_text("slipped in")


def _lead_out(package: Path) -> None:
    with (package / "manifest-sha256.txt").open("a") as file:
        file.write(f"{'0' * 64}  ../../etc/passwd\n")


def _garble(package: Path) -> None:
    with (package / "manifest-sha256.txt").open("a") as file:
        file.write("nothing\n")


def _lie(package: Path) -> None:
    _slip(package)
    digest = hashlib.sha256(b"slipped in").hexdigest()
    with (package / "manifest-sha256.txt").open("a") as file:
        file.write(f"{digest}  data/more.txt\n")


@pytest.mark.parametrize("harm", [_drop, _alter, _slip, _lead_out, _garble, _lie])
def test_one_that_is_not_as_it_was_made_is_refused_whole(
    copy: Path, archive: Archive, harm: Callable[[Path], None]
) -> None:
    before = archive.connection.execute("select count(*) from changes").fetchone()
    harm(copy)
    with pytest.raises(DamagedFile):
        take(archive, copy)
    after = archive.connection.execute("select count(*) from changes").fetchone()
    assert after == before
    assert faults(archive) == []


def _first(package: Path) -> Path:
    return min((package / "data" / "sidecars").rglob("*.json"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"uuid": "1"}, "uuid cannot be so"),
        ({"latitude": 4}, "half a position"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"description": "x" * 100_001}, "description"),
        ({"taken_at": "2026-02-30T10:00:00"}, "taken_at"),
        ({"rotation": 45}, "rotation"),
        ({"rotation": True}, "rotation"),
        ({"album": {"uuid": "01a1ffc0-0000-7000-8000-000000000001"}}, "no album"),
        ({"comments": [{"uuid": "x"}]}, "comments"),
        ({"file": "data/project.json"}, OTHER_BYTES),
        ({"file": "../../etc/passwd"}, OTHER_BYTES),
        ({"original": {"sha256": "0" * 64}}, OTHER_BYTES),
        ({"original": None}, OTHER_BYTES),
    ],
)
def test_a_record_that_cannot_be_is_refused_and_the_rest_comes(
    copy: Path, archive: Archive, values: dict[str, Any], says: str
) -> None:
    path = _first(copy)
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    seal(copy)
    report = take(archive, copy)
    assert [says in one.reason for one in report.refused] == [True]
    assert len(report.imported) == 11
    assert faults(archive) == []


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"format": 2}, NewerFormat),
        ({"albums": 7}, InvalidInput),
        ({"albums": [{"uuid": "1", "name": "x"}]}, InvalidInput),
        ({"people": [{"uuid": "01a1ffc0-0000-7000-8000-000000000001"}]}, InvalidInput),
        ({"title": 7}, InvalidInput),
    ],
)
def test_a_project_that_cannot_be_is_refused(
    copy: Path, archive: Archive, values: dict[str, Any], error: type[Exception]
) -> None:
    path = copy / "data" / "project.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    seal(copy)
    with pytest.raises(error):
        take(archive, copy)
    assert faults(archive) == []


def test_what_was_purged_here_stays_away(package: Path, archive: Archive) -> None:
    first = take(archive, package)
    sam = owner(archive.connection)
    number = archive.connection.execute(
        "select id from photos where uuid = ?", (first.imported[0][1],)
    ).fetchone()[0]
    with batch(archive.connection, sam) as opened, suppress(ArchiveError):
        recycle_photos(archive.connection, sam, opened, [number])
    purge_photos(archive, sam, [number])
    assert [one.reason for one in take(archive, package).refused] == [PURGED]
    assert len(take(archive, package, purged_too=True).imported) == 1


def test_only_an_admin_takes_one_in(package: Path, archive: Archive) -> None:
    sam = owner(archive.connection)
    with pytest.raises(NotAllowed):
        import_package(archive, replace(sam, level="standard"), package)


def test_other_folders_and_zips_are_no_packages(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "bagit.txt").write_text("BagIt-Version: 1.0\n")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no zip at all")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("a/b/bagit.txt", "")
        packed.writestr("a/b/data/project.json", "{}")
    for name in ("photos", "a.zip", "b.zip", "absent"):
        assert not is_package(tmp_path / name)
