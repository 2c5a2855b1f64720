"""Backups in a bucket: in memory, and in a server of S3 that others wrote (moto)."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.backups import buckets, restore, restoring, sending
from archive.backups.buckets import Bucket, open_bucket
from archive.backups.sending import send
from archive.backups.sources import Unreachable
from archive.backups.states import MARKER, new_marker
from archive.database import Archive, open_archive
from archive.errors import (
    Conflict,
    DamagedArchive,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from archive.keeping import checking, list_copies
from archive.keeping.held import holding
from archive.people import Person, owner
from archive.verifying import Limits, verify
from tests.archive.backups.taken import copy_here
from tests.archive.by_command import asbuilt
from tests.archive.import_checks import lay, photo, take_in
from tests.archive.map_files import add_map

obstore = pytest.importorskip("obstore")

pytestmark = pytest.mark.usefixtures("one_process")

URL = "s3://site-photos/tower-4"
SECRET = "a-secret-that-nobody-may-read"  # noqa: S105
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""
ENV = Path(__file__).parents[2] / ".ci" / "clients" / "env"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    copy_here(monkeypatch)


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with three photos, and a plan."""
    take_in(archive, source)
    add_map(archive, b"a drawing")
    return archive


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A bucket in memory, which is found by its URL."""
    from obstore.store import MemoryStore

    made = Bucket(URL, MemoryStore())
    monkeypatch.setattr(restoring, "source_of", lambda _: made)
    return made


def sent(archive: Archive, bucket: Bucket, **options: Any) -> tuple[int, int, int]:
    told = send(archive, owner(archive.connection), bucket, **options)
    return told.copied, told.there, told.lacking


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.*")}


def originals(bucket: Bucket) -> dict[str, bytes]:
    pages = bucket.store.list("originals/")
    return {m["path"]: bucket.read(m["path"]) for page in pages for m in page}


def test_what_comes_back_from_a_bucket_is_what_was_there(
    filled: Archive, bucket: Bucket, tmp_path: Path
) -> None:
    assert sent(filled, bucket) == (3, 0, 0)
    (copy,) = list_copies(filled.connection)
    assert (copy.kind, copy.name) == ("bucket", "tower-4")
    assert holding(filled.connection, copy).originals == 3
    told = restore(URL, tmp_path / "again")
    assert (told.originals, told.missing) == (3, [])
    assert files(tmp_path / "again" / "originals") == files(filled.originals)
    assert files(tmp_path / "again" / "maps") == files(filled.folder / "maps")
    with open_archive(tmp_path / "again") as again:
        assert verify(again, owner(again.connection), Limits()).known == []


def test_only_what_is_new_is_sent_and_any_state_can_be_had_again(
    filled: Archive, bucket: Bucket, tmp_path: Path
) -> None:
    sent(filled, bucket)
    take_in(filled, lay(tmp_path / "more", {"NEW.JPG": photo(99)}))
    assert sent(filled, bucket) == (1, 3, 0)
    newest, first = sorted(bucket.states(), key=lambda state: -state.photos)
    assert (newest.photos, first.photos) == (4, 3)
    assert restore(URL, tmp_path / "old", name=first.name).originals == 3


def test_what_the_store_damages_is_found_by_checking_and_sent_again(
    filled: Archive, bucket: Bucket, tmp_path: Path
) -> None:
    sent(filled, bucket)
    whole = originals(bucket)
    bad = min(whole)
    rot = bytes(len(whole[bad]))
    bucket.write(bad, rot)
    told = restore(URL, tmp_path / "broken")
    assert [why for _, why in told.missing] == ["the backup's copy holds other bytes"]
    assert sent(filled, bucket) == (0, 3, 0)
    assert sent(filled, bucket, check=True) == (1, 2, 0)
    assert originals(bucket) == whole
    (aside,) = bucket.sizes("damaged/")
    assert bucket.read(f"damaged/{aside}") == rot


def test_what_is_cut_off_in_the_bucket_is_sent_again_unasked(
    filled: Archive, bucket: Bucket
) -> None:
    sent(filled, bucket)
    whole = originals(bucket)
    bucket.write(min(whole), b"")
    ((plan, size),) = bucket.sizes("maps/").items()
    bucket.write(f"maps/{plan}", b"")
    assert sent(filled, bucket) == (1, 2, 0)
    assert originals(bucket) == whole
    assert bucket.sizes("maps/") == {plan: size}
    bucket.write(f"maps/{plan}", bytes(size))
    assert sent(filled, bucket, check=True) == (0, 3, 0)
    assert bucket.read(f"maps/{plan}") == b"a drawing"
    (filled.folder / "maps" / plan).unlink()
    assert sent(filled, bucket, check=True) == (0, 3, 0)
    bucket.write(f"maps/{plan}", b"")
    assert sent(filled, bucket) == (0, 3, 1)


def test_a_file_that_is_damaged_or_lost_here_never_gets_a_name_there(
    filled: Archive, bucket: Bucket
) -> None:
    gone, bad, _ = sorted(filled.originals.rglob("*.jpg"))
    gone.unlink()
    bad.chmod(0o644)
    bad.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    assert sent(filled, bucket) == (1, 0, 2)
    assert len(originals(bucket)) == 1
    assert bucket.states()[0].lacking == 2


def test_a_store_that_does_not_keep_what_it_was_given_is_found_out(
    filled: Archive, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Bucket.write

    def half(self: Bucket, name: str, data: bytes | Path) -> None:
        if name.startswith("originals/"):
            assert isinstance(data, Path)
            data = data.read_bytes()[:100]
        write(self, name, data)

    monkeypatch.setattr(Bucket, "write", half)
    assert sent(filled, bucket) == (0, 0, 3)
    (copy,) = list_copies(filled.connection)
    assert holding(filled.connection, copy).originals == 0


@pytest.mark.parametrize("after", range(1, 9, 2))
def test_a_run_that_dies_leaves_no_state_and_the_next_goes_on(
    filled: Archive,
    bucket: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    class Killed(BaseException):
        pass

    write, count = Bucket.write, iter(range(100))

    def die(self: Bucket, name: str, data: bytes | Path) -> None:
        if next(count) == after:
            raise Killed
        write(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "write", die)
        try:
            sent(filled, bucket)
        except Killed:
            with pytest.raises(NotFound):
                restore(URL, tmp_path / "none")
    copied, there, lacking = sent(filled, bucket)
    assert (copied + there, lacking) == (3, 0)
    assert restore(URL, tmp_path / "again").originals == 3


def test_a_store_that_fails_meanwhile_says_nothing_of_what_it_holds(
    filled: Archive,
    bucket: Bucket,
    tmp_path: Path,
    sam: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent(filled, bucket)
    (copy,) = list_copies(filled.connection)
    monkeypatch.setattr(checking, "source_of", lambda _: bucket)
    readinto, count = buckets._Reading.readinto, iter(range(100))

    def fail(self: Any, buffer: Any) -> int:
        if next(count) > 3 and "originals" in self._name:
            raise Unreachable(self._name, "the store failed")
        return readinto(self, buffer)

    with monkeypatch.context() as patch:
        patch.setattr(buckets._Reading, "readinto", fail)
        with pytest.raises(Unreachable):
            checking.check_copy(filled, sam, copy)
        with pytest.raises(Unreachable):
            restore(URL, tmp_path / "again")
    assert holding(filled.connection, copy).originals == 3
    assert not (tmp_path / "again").exists()
    assert restore(URL, tmp_path / "again").originals == 3


def test_what_is_in_the_bucket_already_is_not_written_over(
    filled: Archive, bucket: Bucket
) -> None:
    bucket.write("letters/1.txt", b"keep")
    with pytest.raises(Conflict, match="no backup of an archive"):
        sent(filled, bucket)
    bucket.store.delete("letters/1.txt")
    sent(filled, bucket)
    told = json.loads(bucket.read(MARKER))
    bucket.write(MARKER, json.dumps({**told, "archive": "another"}).encode())
    with pytest.raises(Conflict, match="another archive"):
        sent(filled, bucket)


@pytest.mark.parametrize("moment", ["folders", "sizes", "create"])
def test_two_first_runs_at_once_make_one_backup(
    filled: Archive, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    call = getattr(Bucket, moment)

    def after_the_other(self: Bucket, *given: Any) -> Any:
        monkeypatch.setattr(Bucket, moment, call)
        assert sent(filled, bucket) == (3, 0, 0)
        return call(self, *given)

    monkeypatch.setattr(Bucket, moment, after_the_other)
    sent(filled, bucket)
    (copy,) = list_copies(filled.connection)
    assert bucket.uuid(filled.uuid) == copy.uuid
    assert (len(bucket.states()), len(originals(bucket))) == (2, 3)


def test_a_store_that_lets_a_second_run_mark_it_anew_is_not_two_copies(
    filled: Archive, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_maps = sending._send_maps

    def marked_anew(*given: Any, **options: Any) -> None:
        send_maps(*given, **options)
        bucket.write(MARKER, json.dumps(new_marker(filled.uuid)).encode())

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_send_maps", marked_anew)
        with pytest.raises(Conflict, match="at the same time"):
            sent(filled, bucket)
    assert (list_copies(filled.connection), bucket.states()) == ([], [])
    assert sent(filled, bucket) == (0, 3, 0)
    assert len(list_copies(filled.connection)) == 1


def test_a_database_copy_that_was_changed_is_not_restored(
    filled: Archive, bucket: Bucket, tmp_path: Path
) -> None:
    sent(filled, bucket)
    (state,) = bucket.states()
    bucket.write(f"states/{state.name}/archive.db", b"another")
    with pytest.raises(DamagedArchive, match="is not what it was"):
        restore(URL, tmp_path / "again")
    bucket.store.delete(f"states/{state.name}/archive.db")
    with pytest.raises(DamagedArchive, match="is not what it was"):
        restore(URL, tmp_path / "again")
    assert not list(tmp_path.glob("*again*"))


def test_only_who_reads_the_history_backs_up(
    filled: Archive, bucket: Bucket, sam: Person
) -> None:
    from dataclasses import replace

    with pytest.raises(NotAllowed):
        send(filled, replace(sam, level="standard"), bucket)
    assert bucket.folders("") == []


WRONG = {
    "no bucket": ("s3://", "is no bucket"),
    "capitals": ("s3://Site_Photos/x", "is no bucket"),
    "a secret in it": (f"s3://key:{SECRET}@site-photos/x", "never here"),
    "options": ("s3://site-photos/x?region=eu", "never here"),
}


@pytest.mark.parametrize(("url", "words"), WRONG.values(), ids=WRONG)
def test_what_means_no_bucket_is_refused_and_no_secret_repeated(
    url: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        open_bucket(url, {})
    assert SECRET not in str(caught.value)


def test_what_the_environment_says_makes_a_store_that_nobody_has_asked() -> None:
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), SECRET)
    near = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_SESSION_TOKEN": SECRET}
    for environment in (keys, {**keys, **near}):
        made = open_bucket(URL, environment)
        assert (made.url, made.shown) == (URL, URL)


def test_without_credentials_nothing_is_asked() -> None:
    with pytest.raises(InvalidInput, match="AWS_ACCESS_KEY_ID"):
        open_bucket(URL, {"AWS_SECRET_ACCESS_KEY": SECRET})


# A server that others wrote


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Where moto serves S3; it has one bucket."""
    python = (
        ENV / "python" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    )
    if not python.exists():
        pytest.skip("moto is not installed (.ci/install_clients.py)")
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    words = [str(python), "-W", "ignore", "-c", SERVER]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**clean, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"},
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        make = urllib.request.Request(f"{url}/site-photos", method="PUT")  # noqa: S310
        urllib.request.urlopen(make).close()  # noqa: S310
        yield url
        server.stdin.close()


def test_the_drill_with_a_server(
    filled: Archive,
    endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(buckets, "_PART", 5 << 20)  # the least that S3 takes
    monkeypatch.setitem(buckets._PATIENCE, "max_retries", 0)  # all else as it is
    for key, value in {
        "AWS_ACCESS_KEY_ID": "laptop-7",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": endpoint,
    }.items():
        monkeypatch.setenv(key, value)
    large = photo(7) + os.urandom(11 << 20)  # three parts
    take_in(filled, lay(tmp_path / "large", {"LARGE.JPG": large}))
    folder = filled.folder
    told = asbuilt("backup", folder, URL, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["copied"] == 4
    assert json.loads(asbuilt("backup", folder, URL, "--json").stdout)["there"] == 4
    told = asbuilt("copies", folder, "check", "tower-4")
    assert told.exit_code == 0, told.output
    gone = max(filled.originals.rglob("*.jpg"), key=lambda path: path.stat().st_size)
    gone.unlink()
    told = asbuilt("verify", folder, "--repair", "tower-4")
    assert told.exit_code == 0, told.output
    assert gone.read_bytes() == large
    told = asbuilt("restore", URL, tmp_path / "again")
    assert told.exit_code == 0, told.output
    assert files(tmp_path / "again" / "originals") == files(filled.originals)
    assert asbuilt("verify", tmp_path / "again").exit_code == 0
    told = asbuilt("backup", folder, URL, "--list", "--json")
    assert len(told.stdout.splitlines()) == 2
    # What fails says so, and says no secret
    told = asbuilt("backup", folder, "s3://no-such-bucket/x")
    assert (told.exit_code, "no such bucket" in told.stderr) == (1, True)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    told = asbuilt("copies", folder, "check", "tower-4")
    assert (told.exit_code, "the store failed" in told.stderr) == (1, True)
    assert SECRET not in told.output + caplog.text
    for path in folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()
