"""Uploads: what may be sent, whose it is, and what is cleared away."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.albums import add_album
from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.jobs import find_job, list_errors, list_jobs
from archive.people import Person, add_person
from archive.uploads import (
    MAX_BYTES,
    NewFile,
    add_files,
    cancel_upload,
    clear_uploads,
    close_upload,
    count_files,
    expires_at,
    find_file,
    find_upload,
    list_uploads,
    note_synced,
    open_files,
    open_upload,
    parts,
    records,
    refuse_file,
)
from tests.archive.import_checks import photo
from tests.archive.upload_checks import announce, outcomes, receive, send, staged

DAY = timedelta(days=1)


@pytest.fixture
def kim(archive: Archive, sam: Person) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, "Kim", level="standard")


def test_an_upload_has_a_job_that_waits_for_its_files(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    upload = open_upload(archive, sam, {"description": "Slab", "private": False})
    assert upload.options == {"description": "Slab", "private": False}
    job = find_job(connection, sam, upload.job_id)
    assert (job.kind, job.waiting, job.total) == ("import", True, 0)
    files = announce(archive, sam, upload, {"a/1.jpg": b"123", "a/2.jpg": b"1"})
    assert [file.own_name for file in files] == ["1.jpg", "2.jpg"]
    assert find_job(connection, sam, upload.job_id).total == 2
    receive(archive, files[0], b"12")
    assert find_job(connection, sam, upload.job_id).waiting
    receive(archive, files[0], b"3")
    assert not find_job(connection, sam, upload.job_id).waiting
    found, of = find_file(connection, sam, files[0].uuid)
    assert (found.synced, found.whole_at is not None, of.uuid) == (3, True, upload.uuid)
    assert list(check_history(connection)) == []


def test_a_file_announced_twice_is_one(archive: Archive, sam: Person) -> None:
    upload = open_upload(archive, sam, {})
    first = announce(archive, sam, upload, {"a.jpg": b"123"})
    receive(archive, first[0], b"12")
    again = announce(archive, sam, upload, {"a.jpg": b"123", "b.jpg": b"1"})
    assert again[0].uuid == first[0].uuid
    assert again[0].synced == 2
    assert len(open_files(archive.connection, upload)) == 2
    other = NewFile("key of a.jpg", "a.jpg", 4)
    with pytest.raises(Conflict, match="another size"):
        add_files(archive.connection, sam, upload, [other])


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"),
        ("Level 3/west/IMG_1.jpg", "Level 3/west/IMG_1.jpg"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a//./b.jpg", "a/b.jpg"),
        ("..\\..\\b.jpg", "..\\..\\b.jpg"),  # one name on a Unix
        ("a\0b.jpg", "ab.jpg"),
        ("\ud800.jpg", "?.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    ],
)
def test_names_lead_nowhere(name: str, kept: str) -> None:
    assert records.clean_path(name) == kept


@pytest.mark.parametrize("name", ["", "/", "..", ".././", "\0", "x" * 256, "d/" * 2049])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InvalidInput):
        records.clean_path(name)


@given(st.text() | st.text("./\0a"))
def test_whatever_a_name_is_it_leads_nowhere(name: str) -> None:
    try:
        path = records.clean_path(name)
    except InvalidInput:
        return
    assert records.clean_path(path) == path
    assert not {"", ".", ".."} & set(path.split("/"))
    assert "\0" not in path
    assert len(path.encode()) <= records.LONGEST_NAME


@pytest.mark.parametrize(
    "file",
    [
        NewFile("", "a.jpg", 1),
        NewFile("k" * (records.LONGEST_KEY + 1), "a.jpg", 1),
        NewFile("k", "a.jpg", -1),
        NewFile("k", "a.jpg", MAX_BYTES + 1),
        NewFile("k", "..", 1),
    ],
    ids=["no-key", "long-key", "negative", "too-large", "no-name"],
)
def test_files_that_cannot_be(archive: Archive, sam: Person, file: NewFile) -> None:
    upload = open_upload(archive, sam, {})
    good = NewFile("good", "good.jpg", 1)
    with pytest.raises(InvalidInput):
        add_files(archive.connection, sam, upload, [good, file])
    assert open_files(archive.connection, upload) == []


def test_a_key_may_be_any_text(archive: Archive, sam: Person) -> None:
    upload = open_upload(archive, sam, {})
    files = [NewFile("half an emoji \ud83d", "a.jpg", 1), NewFile("b\0", "b.jpg", 1)]
    found = add_files(archive.connection, sam, upload, files)
    assert [file.key for file in found] == ["half an emoji ?", "b"]


def test_a_key_has_room_for_any_path(archive: Archive, sam: Person) -> None:
    upload = open_upload(archive, sam, {})
    deep = "Bauabschnitt 2/" * 255
    names = [f"{deep}{end}/{'x' * 200}.jpg" for end in "ab"]
    files = [NewFile(f"{name}|5|{1 << 53}", name, 5) for name in names]
    found = add_files(archive.connection, sam, upload, files)
    assert [file.name for file in found] == names


def test_a_time_that_cannot_be_is_not_known(archive: Archive, sam: Person) -> None:
    upload = open_upload(archive, sam, {})
    files = [NewFile(str(n), "a.jpg", 1, n) for n in (-5, 0, 1 << 60)]
    found = add_files(archive.connection, sam, upload, files)
    assert [file.modified_ms for file in found] == [None, 0, None]


def test_an_upload_has_so_many_files_and_no_more(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_FILES", 2)
    upload = open_upload(archive, sam, {})
    with pytest.raises(InvalidInput, match="at most 2"):
        announce(archive, sam, upload, {"a": b"1", "b": b"1", "c": b"1"})
    assert count_files(archive.connection, upload).files == 0


def test_an_empty_file_is_refused_at_once(archive: Archive, sam: Person) -> None:
    upload = send(archive, sam, {"a.jpg": b""}, close=False)
    assert outcomes(archive, upload) == {"a.jpg": "refused"}
    job = find_job(archive.connection, sam, upload.job_id)
    assert [e.reason for e in list_errors(archive.connection, job)] == [records.EMPTY]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"starred": True}, NotAllowed),
        ({"album": "New"}, None),
        ({"album": 99}, NotFound),
        ({"album": True}, InvalidInput),
        ({"trades": ["New"]}, NotAllowed),
        ({"trades": [7]}, InvalidInput),
        ({"location": "A>>B"}, InvalidInput),
        ({"taken_at": "never"}, InvalidInput),
        ({"purged_too": True}, InvalidInput),
        ({"checksum": True}, InvalidInput),
        ({"description": 7}, InvalidInput),
    ],
    ids=str,
)
def test_options_are_checked_before_a_byte_is_sent(
    archive: Archive, kim: Person, options: dict[str, Any], error: type | None
) -> None:
    if error is None:
        assert open_upload(archive, kim, options).options == options
        return
    with pytest.raises(error):
        open_upload(archive, kim, options)
    assert list_uploads(archive.connection, kim) == []
    assert list_jobs(archive.connection, kim) == []


def test_an_album_that_one_may_not_know_of_is_not_there(
    archive: Archive, sam: Person, kim: Person
) -> None:
    with batch(archive.connection, sam) as opened:
        hidden = add_album(archive.connection, sam, opened, "Claims", private=True)
    with pytest.raises(NotFound, match="no album"):
        open_upload(archive, kim, {"album": hidden.id})
    opened_by_name = open_upload(archive, kim, {"album": "claims"})  # one of her own
    assert opened_by_name.options == {"album": "claims"}
    assert open_upload(archive, sam, {"album": hidden.id}).options["album"] == hidden.id


def test_a_reader_uploads_nothing(archive: Archive, sam: Person) -> None:
    with batch(archive.connection, sam) as opened:
        rae = add_person(archive.connection, sam, opened, "Rae")
    with pytest.raises(NotAllowed):
        open_upload(archive, rae, {})


def test_nobody_touches_the_upload_of_another(
    archive: Archive, sam: Person, kim: Person
) -> None:
    connection = archive.connection
    upload = open_upload(archive, kim, {})
    file = announce(archive, kim, upload, {"a.jpg": b"1"})[0]
    for call in (
        lambda: find_upload(connection, sam, upload.uuid),
        lambda: find_file(connection, sam, file.uuid),
        lambda: add_files(connection, sam, upload, [NewFile("k", "a", 1)]),
    ):
        with pytest.raises(NotFound):
            call()
    assert list_uploads(connection, sam) == []


def test_closing_gives_up_what_is_not_whole(archive: Archive, sam: Person) -> None:
    upload = open_upload(archive, sam, {})
    files = {"a.jpg": b"123", "b.jpg": b"123"}
    a, b = announce(archive, sam, upload, files)
    receive(archive, a, b"123")
    receive(archive, b, b"12")
    close_upload(archive, upload)
    assert outcomes(archive, upload) == {"a.jpg": None, "b.jpg": "cancelled"}
    assert staged(archive) == [a.uuid]
    with pytest.raises(Conflict, match="ended"):
        announce(archive, sam, upload, {"c.jpg": b"1"})
    assert not note_synced(archive.connection, b, 3)  # a request that was under way


def test_cancelling_gives_up_all_that_is_not_imported(
    archive: Archive, sam: Person
) -> None:
    upload = send(archive, sam, {"a.jpg": b"123", "b.jpg": b"1"}, close=False)
    cancel_upload(archive, upload)
    assert set(outcomes(archive, upload).values()) == {"cancelled"}
    assert staged(archive) == []


def test_a_file_refused_at_its_first_bytes(archive: Archive, sam: Person) -> None:
    upload = open_upload(archive, sam, {})
    file = announce(archive, sam, upload, {"a.txt": b"123"})[0]
    receive(archive, file, b"12")
    refuse_file(archive, file, "it is a text file, not a photo")
    counts = count_files(archive.connection, upload)
    assert (counts.files, counts.ended, counts.refused) == (1, 1, 1)
    assert staged(archive) == []


def later(days: float) -> datetime:
    return datetime.now(UTC) + days * DAY


def test_what_nobody_comes_back_for_is_cleared_away(
    archive: Archive, sam: Person
) -> None:
    upload = open_upload(archive, sam, {})
    a, b = announce(archive, sam, upload, {"a.jpg": b"123", "b.jpg": b"12"})
    receive(archive, a, b"12")
    receive(archive, b, b"12")
    clear_uploads(archive, later(6.9))
    assert staged(archive) == sorted([a.uuid, b.uuid])
    assert expires_at(find_file(archive.connection, sam, a.uuid)[0]) < later(7)
    clear_uploads(archive, later(7.1))
    assert staged(archive) == [b.uuid]  # whole: its job is in the queue
    assert outcomes(archive, upload) == {"a.jpg": "cancelled", "b.jpg": None}
    assert find_upload(archive.connection, sam, upload.uuid).closed_at is None


@pytest.mark.parametrize("state", ["failed", "interrupted", "cancelled", "done"])
def test_what_came_whole_stays_until_somebody_decides(
    archive: Archive, sam: Person, state: str
) -> None:
    upload = send(archive, sam, {"a.jpg": photo(1)})
    archive.connection.execute(
        "update jobs set state = ?, finished_at = created_at", (state,)
    )
    clear_uploads(archive, later(400))
    assert outcomes(archive, upload) == {"a.jpg": None}
    assert len(staged(archive)) == 1
    cancel_upload(archive, find_upload(archive.connection, sam, upload.uuid))
    assert (outcomes(archive, upload), staged(archive)) == ({"a.jpg": "cancelled"}, [])


def test_an_upload_that_nobody_ended_ends(archive: Archive, sam: Person) -> None:
    upload = send(archive, sam, {"a.jpg": b"1"}, close=False)
    refuse_file(archive, open_files(archive.connection, upload)[0], "not a photo")
    archive.connection.execute("update jobs set due_at = null")
    clear_uploads(archive, later(7.1))
    assert find_upload(archive.connection, sam, upload.uuid).closed_at is not None
    assert not find_job(archive.connection, sam, upload.job_id).waiting


def test_strange_files_wait_a_while(archive: Archive) -> None:
    folder = archive.folder / parts.FOLDER
    folder.mkdir()
    (folder / "strange").write_bytes(b"x")
    clear_uploads(archive)
    assert staged(archive) == ["strange"]
    old = later(-8).timestamp()
    os.utime(folder / "strange", (old, old))
    clear_uploads(archive)
    assert staged(archive) == []


def test_uploads_of_long_ago_are_forgotten_with_their_jobs(
    archive: Archive, sam: Person
) -> None:
    upload = send(archive, sam, {"a.jpg": photo(1)})
    cancel_upload(archive, upload)
    archive.connection.execute(
        "update jobs set state = 'cancelled', finished_at = created_at"
    )
    clear_uploads(archive, later(29))
    assert len(list_uploads(archive.connection, sam)) == 1
    clear_uploads(archive, later(91))
    assert list_uploads(archive.connection, sam) == []
    assert list_jobs(archive.connection, sam) == []
