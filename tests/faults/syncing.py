"""A run of the sync that is cut off.

The driver and the archive are real; the remote is the simulator's, behind a network
that is none. The remote outlives the laptop that dies: after each request it is kept
beside the room, and under which name is noted, so that a world knows what was there at
its moment.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2

from archive import remotes
from archive.albums import find_or_add_album
from archive.batches import batch
from archive.database import open_archive
from archive.editing import Edit, edit_photos
from archive.errors import StoreError
from archive.people import owner
from archive.renditions import make_renditions  # noqa: F401 - loaded once, before forks
from sync.driving.asking import lowered
from sync.driving.links import as_json, make_link
from sync.driving.pausing import Pause
from sync.driving.pipes import MOST, Body, Broken, Pipes
from sync.driving.runs import Surroundings, Wishes, synchronise
from sync.driving.tokens import SECRET
from sync.driving.wires import Wires
from sync.effects import Answer, Ask, Put
from tests.archive.import_checks import photo, sha256
from tests.faults.rooms import NAMES, WHOLE, Note, Scenario, beside, filled, read
from tests.sync.simulator import serving
from tests.sync.simulator.archive import PROJECT
from tests.sync.simulator.forms import STORAGE
from tests.sync.simulator.remote import Remote
from tests.sync.simulator.seeds import BRAKES
from tests.sync.simulator.served import storage

API = "https://api.example"
BEGIN = 1_780_000_000  # of time: some day in 2026
DAY = 86_400.0  # seconds
RUNS = 5  # that may be needed until all is settled
KEPT = "there"  # what of the remote is kept is called so
THEIRS = [photo(n) for n in (11, 12)]
WORDS = "from here and there"
BYTES = {sha256(data): data for data in (*THEIRS, *map(photo, (1, 2, 3)))}


@dataclass(slots=True)
class Clock:
    """The remote's: it goes on when somebody asks, or waits."""

    seconds: float = BEGIN

    def __call__(self) -> int:
        return int(self.seconds)


@dataclass(slots=True)
class There:
    """The remote, and what time it is.

    :param torn: files that broke off once
    """

    clock: Clock = field(default_factory=Clock)
    torn: set[str] = field(default_factory=set)
    remote: Remote = field(init=False)

    def __post_init__(self) -> None:
        self.remote = Remote(self.clock)


class Straight(Pipes):
    """Connections of files, likewise."""

    answer: Callable[[httpx2.Request], httpx2.Response]

    @contextmanager
    def ask(
        self,
        _: str,
        url: str,
        headers: Mapping[str, str],
        most: int = MOST,  # noqa: ARG002
    ) -> Iterator[Body]:
        """Give what the network answers, in pieces of its own."""
        found = self.answer(httpx2.Request("GET", url, headers=dict(headers)))
        yield Body(found.status_code, lowered(found.headers), _pieces(found))


def _pieces(found: httpx2.Response) -> Iterator[bytes]:
    """Yield a file in two pieces; one that is not whole breaks off."""
    data = found.content
    half = len(data) // 2
    yield from filter(None, (data[:half], data[half:]))
    if len(data) < int(found.headers.get("content-length", 0)):
        raise Broken("broke off")


@dataclass(slots=True)
class Network(Wires):
    """Connections that lead into this process.

    :param room: beside which the remote is kept
    """

    there: There = field(default_factory=There)
    room: Path = Path()
    note: Note = lambda _: None

    def __post_init__(self) -> None:
        """Let files come the same way."""
        self.pipes = Straight(None, (0, 0), 0)
        self.pipes.answer = self.answer

    def settings(self, _: str) -> dict[str, Any]:
        """Return those of a client that reaches nobody else."""
        return {"transport": httpx2.MockTransport(self.answer)}

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Carry out a request, and keep what is there then."""
        self.there.clock.seconds += 1
        with self.lock:
            found = self._answer(request)
            self.note(keep(self.room, self.there))
        return found

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        url, data = str(request.url), request.read()
        if request.url.path == "/oauth/token":
            told = {"access_token": "t", "token_type": "bearer", "expires_in": 5400}
            return httpx2.Response(200, json=told)
        if url.startswith(STORAGE) and request.method == "GET":
            return self._file(storage.fetch(self.there.remote, url), request)
        if url.startswith(STORAGE):
            return _response(storage.put(self.there.remote, *_sent(request, data)))
        body = json.loads(data) if data else None
        query = tuple(request.url.params.multi_items())
        asked = Ask(request.method, request.url.path, query, body)
        return _response(serving.answer(self.there.remote, asked))

    def _file(
        self, found: tuple[str, int] | int, request: httpx2.Request
    ) -> httpx2.Response:
        """Give a file, or the rest of it; an original of theirs breaks off once."""
        if isinstance(found, int):
            return httpx2.Response(found)
        name, data = found[0], BYTES[found[0]]
        asked, mark = request.headers.get("range", ""), f'"{name}"'
        if asked and request.headers.get("if-range") == mark:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            told = f"bytes {begin}-{len(data) - 1}/{len(data)}"
            headers = {"etag": mark, "content-range": told}
            return httpx2.Response(206, headers=headers, content=data[begin:])
        headers = {"etag": mark, "content-length": str(len(data))}
        is_torn = name == sha256(THEIRS[0]) and "/file/" in str(request.url)
        if is_torn and name not in self.there.torn:
            self.there.torn.add(name)
            return httpx2.Response(200, headers=headers, content=data[: len(data) // 2])
        return httpx2.Response(200, headers=headers, content=data)


def _sent(request: httpx2.Request, data: bytes) -> tuple[Put, tuple[str, int]]:
    """What came to the storage: as the simulator has it, and what bytes these are."""
    url = str(request.url)
    name = next((name for name, known in BYTES.items() if known in data), "")
    form = {"key": url.rpartition("/")[2]} if request.method == "POST" else {}
    return Put("", url, form), (name, len(BYTES.get(name, b"")))


def _response(answer: Answer) -> httpx2.Response:
    when = format_datetime(datetime.fromtimestamp(answer.clock or BEGIN, UTC), True)
    headers = {**answer.headers, "date": when} if answer.clock else answer.headers
    if answer.body is None:
        return httpx2.Response(answer.status, headers=headers, text=answer.text)
    return httpx2.Response(answer.status, headers=headers, json=answer.body)


class Hurried(Pause):
    """Waiting takes no time; the remote's clock goes on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, seconds: float) -> None:
        """Let it pass."""
        self.check()
        self.clock.seconds += seconds


# --- where the remote is kept


def keep(room: Path, there: There) -> str:
    """Keep the remote, also as the one that the next run meets. Returns its name."""
    data = pickle.dumps(there)
    name = f"{KEPT}-{sha256(data)[:24]}"
    for path in (beside(room) / name, beside(room) / KEPT):
        path.write_bytes(data)
    return name


def met(room: Path) -> There:
    """Return the remote as it is now."""
    path = beside(room) / KEPT
    data = (path if path.exists() else room / KEPT).read_bytes()
    found: There = pickle.loads(data)  # noqa: S301 - our own
    return found


def put_back(room: Path, noted: Sequence[str]) -> None:
    """Let the remote be as it was when the last of this was noted."""
    names = [text for text in noted if text.startswith(f"{KEPT}-")]
    path = beside(room) / names[-1] if names else room / KEPT
    shutil.copyfile(path, beside(room) / KEPT)


# --- the scenario


def prepare(room: Path) -> None:
    """A laptop with three photos, and a remote with two others in an album."""
    filled(room)
    link = make_link(API, PROJECT.company, PROJECT.project, "program")
    with open_archive(room / "tower") as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            remotes.set_link(archive.connection, sam, as_json(link))
            album = find_or_add_album(archive.connection, sam, opened, "Roof")
            change = Edit(description=WORDS, album=album)
            edit_photos(archive.connection, sam, [1], change)
    there = There()
    yard = there.remote.add_album("Yard")
    for data in THEIRS:
        name = sha256(data)
        fields = {"description": WORDS, "album": yard.id}
        there.remote.add_image(f"{name[:6]}.jpg", (name, len(data)), fields)
    (room / KEPT).write_bytes(pickle.dumps(there))


def act(room: Path, note: Note) -> None:
    """Run the sync until nothing is left to do."""
    os.environ[SECRET] = "secret"
    there = met(room)
    network = Network(there=there, room=room, note=note)
    around = Surroundings(wires=network, pause=Hurried(there.clock))
    for _ in range(RUNS):
        with open_archive(room / "tower") as archive:
            report = synchronise(archive, Wishes(confirmed=BRAKES), around)
        if report.is_complete:
            return
        there.clock.seconds += DAY  # what was set aside is tried again
    raise StoreError("sync", f"is not complete: {report.as_json()}")


def look(room: Path, noted: Sequence[str]) -> Iterator[str]:
    """What is lost, or there twice; at the end both have everything."""
    put_back(room, noted)
    images = list(met(room).remote.live())
    with read(room) as archive:
        rows = archive.connection.execute(
            "select o.sha256, p.description from photos p"
            " left join originals o on o.id = p.original_id"
        ).fetchall()
    here = sorted((name or "", words) for name, words in rows)
    there = sorted((image.sha256, image.description) for image in images)
    for where, names in (("here", here), ("there", there)):
        had = [name for name, _ in names if name]
        if len(had) != len(set(had)):
            yield f"photos are twice {where}: {had}"
    if not {name for name, _ in here} >= NAMES:
        yield f"photos are lost here: {here}"
    if not {name for name, _ in there} >= set(map(sha256, THEIRS)):
        yield f"photos are lost there: {there}"
    if noted[-1:] == [WHOLE] and not (here == there and len(here) == len(BYTES)):
        yield f"here {here}, there {there}"


SCENARIO = Scenario(prepare, act, look)
