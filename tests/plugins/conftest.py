"""A small archive with secrets in it, and a Datasette that serves it in-process."""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import io
import json
import shutil
import tempfile
import threading
import zlib
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from PIL import Image

from archive.albums import add_album
from archive.batches import Batch, batch
from archive.database import Archive, create_archive, open_archive
from archive.identity import new_uuid
from archive.locations import find_or_add_location
from archive.originals import Stored, path_of
from archive.people import Person, add_person, owner
from archive.trades import add_trade

PUBLIC, KIMS, OWNERS, BINNED, IN_HIDDEN_ALBUM, LATEST = 1, 2, 3, 4, 5, 6


def jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


@dataclass
class Maker:
    """Writes photos into an archive by SQL alone."""

    connection: Any
    originals: Path
    batch: Batch
    jpeg = staticmethod(jpeg)

    def original(
        self, data: bytes, media_type: str, extension: str, **facts: Any
    ) -> int:
        sha256 = hashlib.sha256(data).hexdigest()
        path = path_of(self.originals, Stored(sha256, extension))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        facts = {
            "sha256": sha256,
            "extension": extension,
            "bytes": len(data),
            "crc32": zlib.crc32(data),
            "media_type": media_type,
            "kind": "image",
            "width": 60,
            "height": 40,
            "projection": "regular",
            "details": json.dumps({}),
            "stored_at": self.batch.at,
            **facts,
        }
        return self.insert("originals", facts)

    def photo(self, data: bytes, filename: str, **fields: Any) -> int:
        media_type = fields.pop("media_type", "image/jpeg")
        extension = fields.pop("extension", "jpg")
        facts = fields.pop("facts", {})
        fields = {
            "uuid": new_uuid(),
            "original_id": self.original(data, media_type, extension, **facts),
            "filename": filename,
            "uploader_id": 1,
            "assumed_at": "2026-05-11T12:00:00",
            "uploaded_at": self.batch.at,
            "updated_at": self.batch.at,
            **fields,
        }
        return self.insert("photos", fields)

    def comment(self, photo: int, body: str, author: int = 1) -> int:
        return self.insert(
            "comments",
            {
                "uuid": new_uuid(),
                "photo_id": photo,
                "author_id": author,
                "body": body,
                "created_at": self.batch.at,
            },
        )

    def markup(self, photo: int, text: str, author: int = 1) -> int:
        return self.insert(
            "markups",
            {
                "uuid": new_uuid(),
                "photo_id": photo,
                "author_id": author,
                "kind": "text",
                "colour": "red",
                "width": 4,
                "points": "[[1000,1000],[2000,1000]]",
                "text": text,
                "created_at": self.batch.at,
            },
        )

    def insert(self, table: str, values: dict[str, Any]) -> int:
        marks = ", ".join("?" * len(values))
        cursor = self.connection.execute(
            f"insert into {table} ({', '.join(values)}) values ({marks})",
            list(values.values()),
        )
        return int(cursor.lastrowid or 0)


def fill(folder: Path, title: str = "Tower 4") -> None:
    """Six photos; every word in capitals is a secret of whom it names.

    A copy of what is made once in each process: all of one title have one uuid.
    """
    shutil.copytree(_filled(title), folder, dirs_exist_ok=True)


@cache
def _filled(title: str) -> Path:
    parent = Path(tempfile.mkdtemp(prefix="asbuilt-filled-"))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    _fill(parent / "archive", title)
    return parent / "archive"


def _fill(folder: Path, title: str) -> None:
    create_archive(folder, title, "Sam Archer")
    with open_archive(folder) as archive:
        connection = archive.connection
        sam = owner(connection)
        with batch(connection, sam, reason="REASONSECRET") as opened:
            _add_people(connection, sam, opened)
            hidden = add_album(connection, sam, opened, "ALBUMSECRET", private=True)
            place = find_or_add_location(connection, sam, opened, "Tower>Level 2")
            trade = add_trade(connection, sam, opened, "Concrete")
            make = Maker(connection, archive.originals, opened)
            _add_photos(make, place.id, hidden.id)
            _say_things(make, trade.id)
            make.insert(
                "tombstones",
                {
                    "photo_id": 99,
                    "uuid": new_uuid(),
                    "filename": "BINSECRET.tombstone",
                    "uploaded_at": opened.at,
                    "purged_at": opened.at,
                },
            )
            connection.execute(
                "update albums set cover_photo_id = ? where id = 1", (OWNERS,)
            )


def _add_people(connection: Any, sam: Person, opened: Batch) -> None:
    add = partial(add_person, connection, sam, opened)
    add("Kim Lee", login="LOGINSECRET", level="standard")
    add("Rae Reader")
    add("Ada Auditor", rights=("can_view_private",))
    add("Nona None", level="none")


def _add_photos(make: Maker, place: int, hidden: int) -> None:
    """PUBLIC to LATEST; of a camera that only the owner's private photo is from."""
    camera = make.insert(
        "cameras", {"name": "CAMERASECRET", "name_key": "camerasecret"}
    )
    there: dict[str, Any] = {"location_id": place, "taken_at": "2026-05-11T09:00:00"}
    binned = {"recycled_at": make.batch.at, "recycled_by": 1}
    for colour, filename, words, fields in (
        ((200, 0, 0), "public.jpg", "crane publicword", there),
        (
            (0, 200, 0),
            "KIMSECRET.jpg",
            "crane KIMSECRET",
            {"private": 1, "uploader_id": 2, **there},
        ),
        (
            (0, 0, 200),
            "OWNERSECRET.jpg",
            "crane OWNERSECRET",
            {"private": 1, "camera_id": camera, **there},
        ),
        ((9, 9, 9), "BINSECRET.jpg", "crane BINSECRET", {**binned, **there}),
        (
            (90, 90, 9),
            "OWNERSECRET2.jpg",
            "crane OWNERSECRET",
            {"album_id": hidden, "private": 1, "latitude": 12.345678, "longitude": 1.0},
        ),
        ((90, 9, 90), "latest.jpg", "roof", {"assumed_at": "2026-06-01T08:00:00"}),
    ):
        make.photo(jpeg(colour), filename, description=words, **fields)


def _say_things(make: Maker, trade: int) -> None:
    """A comment and the trade on each photo but the last two."""
    for photo, word in (
        (PUBLIC, "publicword"),
        (KIMS, "KIMSECRET"),
        (OWNERS, "OWNERSECRET"),
        (BINNED, "BINSECRET"),
    ):
        make.comment(photo, f"comment {word}")
        make.markup(photo, f"drawn {word}")
        make.insert("photo_trades", {"photo_id": photo, "trade_id": trade})


# Who asks: the actor, and the secrets that they must never see.
ACTORS: dict[str, dict[str, Any] | None] = {
    "anonymous": None,
    "unknown": {"id": "77"},
    "none": {"id": "5"},
    "reader": {"id": "3"},
    "uploader": {"id": "2"},
    "auditor": {"id": "4"},
    "admin": {"id": "1"},
}
_ALL = {
    "KIMSECRET",
    "OWNERSECRET",
    "BINSECRET",
    "ALBUMSECRET",
    "CAMERASECRET",
    "REASONSECRET",
    "LOGINSECRET",
    "12.345678",
}
HIDDEN: dict[str, set[str]] = {
    "anonymous": _ALL | {"publicword"},
    "unknown": _ALL | {"publicword"},
    "none": _ALL | {"publicword"},
    "reader": _ALL,
    "uploader": _ALL - {"KIMSECRET", "LOGINSECRET"},
    "auditor": {"BINSECRET", "REASONSECRET", "LOGINSECRET"},
    "admin": set(),
}


class Loop:
    """An event loop in its own thread: a browser test may have one running here."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, awaitable: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(awaitable, self.loop).result()

    def close(self) -> None:
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def run_apart(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread: a browser test may have a loop running in this."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Compiled(BytecodeCache):
    """Templates that were compiled once: each new Datasette would do so again."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[None]:
    """Let all sites of a process share their compiled templates and what is installed.

    Datasette reads the metadata of all its plugins for each file that a page names.
    """
    import datasette.app

    shared = partial(datasette.app.Environment, bytecode_cache=Compiled())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasette.app, "Environment", shared)
        patch.setattr(datasette.app, "get_plugins", cache(datasette.app.get_plugins))
        yield


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@dataclass
class Site:
    """A Datasette and the loop it lives in.

    :param folder: of the first archive
    """

    datasette: Any
    loop: Loop
    folder: Path
    actors = ACTORS

    def get(
        self, path: str, who: str = "admin", method: str = "get", **options: Any
    ) -> Any:
        actor = ACTORS[who]
        if actor is not None:
            options["actor"] = actor
        call = getattr(self.datasette.client, method)
        return self.loop.run(call(path, **options))

    def leaks(self, path: str, who: str, **options: Any) -> set[str]:
        """Return the secrets that an answer tells to somebody who must not know."""
        answer = self.get(path, who, **options)
        told = answer.text.replace("&gt;", ">")
        return {word for word in HIDDEN[who] if word in told and word not in path}

    def run(self, awaitable: Any) -> Any:
        return self.loop.run(awaitable)


@pytest.fixture(scope="session")
def archive_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives") / "tower"
    fill(folder)
    return folder


def serve(loop: Loop, folders: list[Path], *, owner: bool = False) -> Iterator[Site]:
    from plugins.serving import make_datasette

    datasette = make_datasette(folders, owner=owner)
    loop.run(datasette.invoke_startup())
    try:
        yield Site(datasette, loop, folders[0])
    finally:  # also for who takes one with next() and closes it
        loop.run(datasette.invoke_shutdown())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of the test's own."""
    fill(tmp_path / "tower")
    return tmp_path / "tower"


@pytest.fixture
def here(folder: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of that archive, which starts no processes, and nothing by itself."""
    from plugins import runners, schedules

    monkeypatch.setattr(schedules, "start", lambda _: None)
    monkeypatch.setattr(runners.Office, "call", lambda *_: None)
    yield from serve(loop, [folder])


@pytest.fixture
def write(folder: Path) -> Callable[[Callable[[Archive], Any]], Any]:
    """Return a function that calls another with that archive, open."""

    def run(fn: Callable[[Archive], Any]) -> Any:
        with open_archive(folder) as archive:
            return fn(archive)

    return run


@pytest.fixture(scope="session")
def site(archive_folder: Path, loop: Loop) -> Iterator[Site]:
    """Nobody is known without a cookie."""
    yield from serve(loop, [archive_folder])


@pytest.fixture(scope="session")
def owners_site(archive_folder: Path, loop: Loop) -> Iterator[Site]:
    """As ``asbuilt serve`` runs it: whoever is at the keyboard is the owner."""
    yield from serve(loop, [archive_folder], owner=True)


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[Any]:
    """Returns a function that makes a site: ``make_site(title, fill)``."""
    with ExitStack() as sites:

        def make(title: str, fill_it: Callable[[Maker], None], **options: Any) -> Site:
            folder = tmp_path_factory.mktemp("site") / "archive"
            create_archive(folder, title)
            with open_archive(folder) as archive:
                sam = owner(archive.connection)
                with batch(archive.connection, sam) as opened:
                    fill_it(Maker(archive.connection, archive.originals, opened))
            return sites.enter_context(contextmanager(serve)(loop, [folder], **options))

        yield make
