"""Generators written by hand, driven over our own images API."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from archive.copying import Copied
from archive.database import Archive, open_archive
from archive.errors import NotFound
from archive.secrets import Vault
from sync.driving.asking import Desk
from sync.driving.driver import World, drive
from sync.driving.runs import _Landing
from sync.driving.wires import Wires
from sync.effects import (
    Ask,
    Commit,
    Fetch,
    FetchAll,
    Fetched,
    Measure,
    Measured,
    Put,
    Steps,
    Tell,
    Wait,
    What,
)
from tests.plugins.conftest import fill, jpeg
from tests.sync.driving.conftest import Hub, session_of

IMAGES = "/rest/v1.0/images"


@dataclass
class Landed:
    """Where files land: in lists."""

    files: dict[str, tuple[bytes, Copied]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def prepare(self) -> None:
        """Start nothing."""

    def originals(self, files: Sequence[tuple[str, Path, Copied]]) -> list[None]:
        self.files |= {uuid: (path.read_bytes(), how) for uuid, path, how in files}
        return [None for _ in files]

    def thumbnails(self, files: Sequence[tuple[str, bytes]]) -> list[None]:
        self.pictures |= dict(files)
        return [None for _ in files]


@pytest.fixture(scope="module")
def laptop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laptop") / "tower"
    fill(folder)
    return folder


@pytest.fixture
def laptop(laptop_folder: Path) -> Iterator[Archive]:
    with open_archive(laptop_folder) as archive:
        yield archive


@pytest.fixture
def world(hub: Hub, laptop: Archive, vault: Vault, wires: Wires) -> World:
    desk = Desk(hub.link, session_of(hub, vault, wires), wires)

    def transact(work: Callable[[Any], Any]) -> Any:
        return work(laptop)

    return World(laptop, desk, transact, Landed())


def query(world: World, **more: str) -> tuple[tuple[str, str], ...]:
    return (("project_id", str(world.desk.link.project)), *more.items())


def photo_uuid(world: World, filename: str) -> str:
    row = world.archive.connection.execute(
        "select uuid from photos where filename = ?", (filename,)
    ).fetchone()
    return str(row[0])


def test_what_an_engine_asks_for_is_done_and_comes_back(world: World) -> None:
    told: list[Tell] = []
    world = World(
        world.archive, world.desk, world.transact, world.landing, tell=told.append
    )

    def engine() -> Steps[Any]:
        answer = yield Ask("GET", IMAGES, query(world, per_page="2"))
        yield Tell("pull", len(answer.body), 6)
        name = yield Commit(lambda archive: archive.folder.name)  # type: ignore[attr-defined]
        yield Wait(0.0, "nothing")
        return answer, name

    answer, name = drive(engine(), world)
    assert (answer.status, len(answer.body), name) == (200, 2, "tower")
    assert answer.headers["per-page"] == "2"
    assert answer.clock is not None
    assert told == [Tell("pull", 2, 6)]
    assert world.desk.asked == 1
    assert world.desk.purse.hour.limit


def test_a_photo_goes_there_in_one_piece_and_in_segments_and_comes_back(
    world: World,
) -> None:
    uuid = photo_uuid(world, "public.jpg")
    uploads = f"/rest/v1.1/projects/{world.desk.link.project}/uploads"

    def classic() -> Steps[Any]:
        measured = yield Measure(uuid)
        body = {"response_filename": "a.jpg", "response_content_type": "image/jpeg"}
        upload = (yield Ask("POST", uploads, body=body)).body
        stored = yield Put(uuid, upload["url"], form=upload["fields"])
        return (yield from created(measured, upload, stored))

    def segmented() -> Steps[Any]:
        measured = yield Measure(uuid, segment=measured_size)
        parts = [{"size": size, "sha256": sha} for size, sha in measured.segments]
        body = {"response_filename": "b.jpg", "segments": parts}
        upload = (yield Ask("POST", uploads, body=body)).body
        segment = upload["segments"][0]
        stored = yield Put(uuid, segment["url"], headers=segment["headers"])
        etags = {"segments": [{"etag": stored.headers["etag"]}]}
        yield Ask("PATCH", f"{uploads}/{upload['uuid']}", body=etags)
        return (yield from created(measured, upload, stored))

    def created(measured: Measured, upload: Any, stored: Any) -> Steps[Any]:
        assert stored.status in (200, 204), stored
        body = {"upload_uuid": upload["uuid"], "image_name": "a.jpg", "image": {}}
        answer = yield Ask("POST", IMAGES, query(world), body)
        image = answer.body
        files = (
            Fetch(uuid, image["url"], What.ORIGINAL, image["size"]),
            Fetch(uuid, image["thumbnail_url"], What.THUMBNAIL),
            Fetch("", image["url"], What.HASH),
        )
        return measured, (yield FetchAll(files))

    measured_size = 5 << 20
    data = jpeg((200, 0, 0))
    for engine in (classic, segmented):
        landing = Landed()
        here = World(world.archive, world.desk, world.transact, landing)
        measured, came = drive(engine(), here)
        sha256 = hashlib.sha256(data).hexdigest()
        assert (measured.bytes, measured.sha256) == (len(data), sha256)
        assert came[0] == came[2] == Fetched(sha256, len(data))
        assert isinstance(came[1], Fetched)
        assert landing.files[uuid][0] == data
        assert landing.files[uuid][1].sha256 == sha256
        assert landing.pictures[uuid][:3] == b"\xff\xd8\xff"
    assert not list((world.archive.folder / "incoming").glob("*"))


def test_a_photo_that_got_its_file_meanwhile_is_no_trouble(
    world: World, tmp_path: Path
) -> None:
    """As from a stick, while a sync fetched the same."""
    came = tmp_path / "came.part"
    came.write_bytes(b"the same")
    copied = Copied(hashlib.sha256(b"the same").hexdigest(), 8, 0)
    has, none = photo_uuid(world, "public.jpg"), "0190a3c2-1111-7000-8000-000000000001"
    with _Landing(world.archive, None) as landing:
        landing.prepare()
        told = landing.originals([(has, came, copied), (none, came, copied)])
    assert told[0] is None
    assert isinstance(told[1], NotFound)
