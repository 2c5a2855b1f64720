"""The command, and how archives come into Datasette."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.commands.root import asbuilt
from archive.database import Archive, create_archive, open_archive
from archive.errors import ArchiveError, InvalidInput
from plugins import serving
from plugins.databases import archives
from plugins.serving import make_datasette, slug
from tests.plugins.conftest import run_apart


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_archive(tmp_path / "tower", "Tower 4, Süd")
    return tmp_path / "tower"


def start(*arguments: str) -> subprocess.Popen[str]:
    command = "from archive.commands.root import main; main()"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", command, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_threads_of_a_server_take_short_turns(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TookTurns(Exception):
        pass

    def take(seconds: float) -> None:
        assert seconds == serving.TURN < 0.005  # which is what Python begins with
        raise TookTurns

    monkeypatch.setattr("sys.setswitchinterval", take)
    listener: Any = None
    with pytest.raises(TookTurns):
        serving.run(site.datasette, listener, started=pytest.fail)


def test_the_log_is_brought_in_by_who_imports_before_it_is_by_who_changes_a_photo(
    here: Any,
) -> None:
    def log(archive: Archive, _: Any) -> int:
        pragma = "pragma wal_autocheckpoint"
        with open_archive(archive.folder) as other:
            theirs = other.connection.execute(pragma).fetchone()[0]
        return int(archive.connection.execute(pragma).fetchone()[0] / theirs)

    (database,) = archives(here.datasette)
    assert here.run(database.change(here.actors["admin"], log)) == 4


def test_it_says_where_it_answers_and_ends_quietly(folder: Path) -> None:
    process = start(str(folder), "--port", "0")
    try:
        assert process.stdout
        line = process.stdout.readline()
        title, _, url = line.strip().partition(": ")
        assert title == "Tower 4, Süd"
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/tower-4-sud")
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - its own address
            assert answer.status == 200
            assert b"No photos yet" in answer.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert errors.strip() == "Stop with Ctrl-C."


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.168.1.5", "example.com"],  # noqa: S104
)
def test_other_computers_only_when_an_admin_has_a_password(
    folder: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "run", None)  # else it would serve for ever
    result = CliRunner().invoke(asbuilt, ["serve", str(folder), "--host", host])
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert f"{folder}: no admin has a password, so nobody could log in." in said
    assert f"asbuilt people {folder} password Owner --login NAME" in said


@pytest.mark.parametrize("what", ["absent", "file", "empty", "damaged", "twice"])
def test_an_archive_that_cannot_be_opened_is_named(folder: Path, what: str) -> None:
    arguments = [folder.parent / what]
    if what == "file":
        arguments[0].write_text("x")
    elif what == "empty":
        arguments[0].mkdir()
    elif what == "damaged":
        shutil.copytree(folder, arguments[0])
        with (arguments[0] / "archive.db").open("r+b") as file:
            file.write(b"no database at all")
    else:
        arguments = [folder, folder] if what == "twice" else arguments
    with pytest.raises(ArchiveError, match=r"tower|absent|file|empty|damaged"):
        make_datasette(arguments)


def test_a_taken_port_is_said(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        process = start(str(folder), "--port", port)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(f"asbuilt: port {port} of 127.0.0.1 cannot be used")
    assert "Traceback" not in errors


def test_answers_do_not_wait_for_what_the_client_says_to_their_beginning() -> None:
    async def accepted() -> int:
        seen: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        listener = serving.listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        server = await asyncio.start_server(lambda _, w: seen.put(w), sock=listener)
        _, client = await asyncio.open_connection("127.0.0.1", port)
        writer = await seen.get()
        opened = writer.get_extra_info("socket")
        at_once = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for one in (writer, client):
            one.close()
            await one.wait_closed()
        server.close()
        await server.wait_closed()
        return int(at_once)

    assert run_apart(accepted())


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tower 4, Süd", "tower-4-sud"),
        ("  A/B.db?x ", "a-b-db-x"),
        ("Башня", ""),
        ("x" * 200, "x" * 60),
    ],
)
def test_slugs(title: str, name: str) -> None:
    assert slug(title) == name


def test_archives_of_one_name_stay_apart(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for folder, name in zip(folders, ("Tower", "Tower", "Башня"), strict=True):
        create_archive(folder, name)
    datasette = make_datasette(folders)
    try:
        assert list(datasette.databases) == ["tower", "tower-2", "c"]
    finally:
        datasette.close()


def test_the_same_archive_twice_is_refused(folder: Path) -> None:
    copy = shutil.copytree(folder, folder.parent / "copy")
    for other in (folder.parent / "." / "tower", copy):
        with pytest.raises(InvalidInput, match="is the same archive as"):
            make_datasette([folder, other])


def test_what_lies_on_a_read_only_disk_is_not_served(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "is_on_read_only_disk", lambda _: True)
    with pytest.raises(InvalidInput, match="its disk is read-only"):
        serving.make_datasette([archive_folder])


def test_an_archive_opened_as_a_plain_file_is_guarded(
    archive_folder: Path, loop: Any
) -> None:
    from datasette.app import Datasette

    async def ask() -> list[Any]:
        datasette = Datasette([str(archive_folder / "archive.db")])
        await datasette.invoke_startup()
        answers = [
            await datasette.client.get(path)
            for path in ("/archive/photos.json", "/archive.json", "/archive.db")
        ]
        await datasette.invoke_shutdown()
        return answers

    answers = loop.run(ask())
    assert [answer.status_code for answer in answers] == [403, 404, 403]
    assert all("publicword" not in answer.text for answer in answers)


def test_all_that_read_together_keep_little_of_the_file(archive_folder: Path) -> None:
    datasette = make_datasette([archive_folder])
    (database,) = archives(datasette)
    guarded = database.connect()
    try:
        caches = [
            plain.execute("pragma cache_size").fetchone()[0]
            for plain in (guarded.beside, _unguarded(guarded))
        ]
    finally:
        database.close()
    assert all(kib < 0 for kib in caches)  # else: pages
    assert -sum(caches) * datasette.setting("num_sql_threads") <= 64 * 1024


def _unguarded(connection: Any) -> Any:
    connection.set_authorizer(None)
    return connection


def test_other_databases_keep_their_pages(
    archive_folder: Path, tmp_path: Path, loop: Any
) -> None:
    from datasette.app import Datasette

    from archive.sqlite import sqlite3

    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("create table things (id integer primary key)")
    connection.close()

    async def ask() -> list[int]:
        files = [str(archive_folder / "archive.db"), str(tmp_path / "other.db")]
        datasette = Datasette(files)
        await datasette.invoke_startup()
        actor = {"id": "3"}
        found = [
            (await datasette.client.get(path, actor=actor)).status_code
            for path in ("/other", "/other/things.json", "/archive", "/archive/photos")
        ]
        await datasette.invoke_shutdown()
        return found

    assert loop.run(ask()) == [200, 200, 200, 403]


def test_foreign_keys_hold_on_every_connection(site: Any) -> None:
    database = site.datasette.get_database("tower-4")

    def pragmas(connection: Any) -> tuple[int, int]:
        keys = connection.execute("pragma foreign_keys").fetchone()[0]
        return keys, connection.execute("pragma synchronous").fetchone()[0]

    assert site.run(database.execute_write_fn(pragmas)) == (1, 2)


def test_many_archives_have_a_list(
    tmp_path: Path, archive_folder: Path, loop: Any
) -> None:
    create_archive(tmp_path / "b", "Bridge <b>")

    async def ask() -> list[Any]:
        datasette = make_datasette([archive_folder, tmp_path / "b"], owner=True)
        await datasette.invoke_startup()
        answers = [await datasette.client.get(path) for path in ("/", "/.json")]
        await datasette.invoke_shutdown()
        return answers

    page, data = loop.run(ask())
    assert page.status_code == 200
    assert "Bridge &lt;b&gt;" in page.text
    assert [entry["url"] for entry in data.json()["archives"]] == [
        "/tower-4",
        "/bridge-b",
    ]


def test_a_read_only_folder_is_still_shown(folder: Path) -> None:
    if hasattr(os, "geteuid") and not os.geteuid():
        pytest.skip("root may write anywhere")
    folder.chmod(0o555)
    try:
        make_datasette([folder]).close()
    finally:
        folder.chmod(0o755)
