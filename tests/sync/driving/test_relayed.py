"""Whole runs against our own hub over real HTTP, through a relay that goes wrong.

The relay passes each request on to the hub, and each answer back; a test says which of
them it loses, tears, or alters. Files do not go this way here (``metered``).
"""

from __future__ import annotations

import http.client
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from archive import editing
from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.people import edit_person, list_people, owner
from archive.remotes import set_link
from archive.secrets import Vault
from sync.driving.links import as_json, make_link
from sync.driving.runs import Surroundings, Wishes, synchronise
from sync.driving.tokens import SECRET
from sync.engine import Report
from sync.errors import RemoteError
from tests.sync.driving import misbehaving
from tests.sync.driving.conftest import (
    ACTOR_OF,
    Clock,
    Hub,
    Hurried,
    bearer,
    serving_hub,
)
from tests.sync.driving.misbehaving import JSON, PAGE, Asked, Said

EMPTY = Said(body=b"[]", headers={**JSON, "total": "0", "per-page": "100"})


def nobody(_: Asked) -> Said | None:
    return None


def untouched(_: Asked, said: Said) -> Said:
    return said


@dataclass
class Relay:
    """What stands between a laptop and the hub.

    :param before: answers a request in the hub's place, which then hears nothing of it
    :param after: alters an answer of the hub's
    :param asked: method and path of all requests but those for a token
    """

    host: str
    before: Callable[[Asked], Said | None] = nobody
    after: Callable[[Asked, Said], Said] = untouched
    asked: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Said:
        if not asked.path.startswith("/oauth"):
            self.asked.append(f"{asked.method} {asked.path}")
        return self.before(asked) or self.after(asked, self.pass_on(asked))

    def pass_on(self, asked: Asked) -> Said:
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.request(asked.method, asked.path, asked.body, asked.headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        dropped = {"transfer-encoding", "content-length", "connection"}
        told = {name.lower(): value for name, value in answer.getheaders()}
        kept = {name: value for name, value in told.items() if name not in dropped}
        return Said(answer.status, body, kept)


@dataclass
class Laptop:
    """An archive that holds what the hub shows, and is linked through the relay."""

    archive: Archive
    hub: Hub
    relay: Relay
    vault: Vault

    def sync(self, **wishes: Any) -> Report:
        """Run; waiting takes no time."""
        self.relay.asked.clear()
        around = Surroundings(self.vault, Hurried(Clock()))
        wanted = Wishes(**{"metered": True, "settle": 0.0, **wishes})
        return synchronise(self.archive, wanted, around)

    def words(self) -> dict[str, str]:
        """Return what is said of each photo that is live here, by its file's name."""
        return words_in(self.archive)

    def edit(self, **words: str) -> None:
        describe(self.archive, words)

    def named(self) -> list[str]:
        """Return the names of albums, locations and trades."""
        tables = " union all ".join(
            f"select name from {one}" for one in ("albums", "locations", "trades")
        )
        return sorted(name for (name,) in self.archive.connection.execute(tables))

    @contextmanager
    def at_hub(self) -> Iterator[Archive]:
        """Work at the hub itself."""
        with open_archive(self.hub.folder) as archive:
            yield archive

    def give(self, level: str) -> None:
        """Give this laptop's program another level there."""
        with self.at_hub() as hub:
            sam = owner(hub.connection)
            (program,) = [
                one for one in list_people(hub.connection) if one.name == "Laptop"
            ]
            with batch(hub.connection, sam):
                edit_person(hub.connection, sam, program, level=level)


def words_in(archive: Archive) -> dict[str, str]:
    rows = archive.connection.execute(
        "select filename, description from photos where recycled_at is null"
    )
    return dict(rows.fetchall())


def describe(archive: Archive, words: dict[str, str]) -> None:
    """Somebody writes words to photos, by the first part of their names."""
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        for name, said in words.items():
            some = [photo_of(archive, f"{name}.jpg")]
            edit = editing.Edit(description=said)
            editing.edit_photos(archive.connection, sam, some, edit)


def photo_of(archive: Archive, filename: str) -> int:
    row = archive.connection.execute(
        "select id from photos where filename = ?", (filename,)
    ).fetchone()
    return int(row[0])


@pytest.fixture(scope="module")
def own_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    yield from serving_hub(tmp_path_factory.mktemp("relayed") / "tower")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that nobody linked yet."""
    folder = tmp_path_factory.mktemp("laptop") / "tower"
    create_archive(folder, "Tower 4")
    return folder


@pytest.fixture
def laptop(
    fresh: Path,
    own_hub: Hub,
    server: misbehaving.Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Laptop]:
    monkeypatch.setattr(bearer, "actor_of", ACTOR_OF)
    monkeypatch.setenv(SECRET, own_hub.secret)
    link = own_hub.link
    relay = Relay(link.url.removeprefix("http://"))
    server.behave = relay.answer
    folder = Path(shutil.copytree(fresh, tmp_path / "tower"))
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            told = make_link(server.url, link.company, link.project, link.client_id)
            set_link(archive.connection, sam, as_json(told))
        one = Laptop(archive, own_hub, relay, Vault(tmp_path / "settings", None))
        assert one.sync().is_complete
        yield one


# Lists that come empty

LISTS = {
    "what changed": ("updated_at", False),
    "the bin": ("include_deleted", False),
    "albums": ("/image_categories", False),
    "locations": ("/locations", True),
    "all photos": ("/images?", True),
}


def test_a_list_that_comes_empty_takes_nothing_away(laptop: Laptop) -> None:
    before = laptop.words(), laptop.named()
    for what, (part, full) in LISTS.items():
        laptop.relay.after = emptied(part)
        with suppress(RemoteError):
            laptop.sync(full=full)
        assert (laptop.words(), laptop.named()) == before, what
    laptop.relay.after = untouched
    report = laptop.sync()
    assert report.is_complete
    assert report.writes == 0
    assert (laptop.words(), laptop.named()) == before


def test_what_changed_behind_an_empty_list_is_seen_by_the_next_run(
    laptop: Laptop,
) -> None:
    with laptop.at_hub() as hub:
        describe(hub, {"latest": "roof, leaking"})
    laptop.relay.after = emptied("updated_at")
    laptop.sync()
    assert laptop.words()["latest.jpg"] == "roof"
    laptop.relay.after = untouched
    assert laptop.sync().is_complete
    assert laptop.words()["latest.jpg"] == "roof, leaking"


def emptied(part: str) -> Callable[[Asked, Said], Said]:
    def after(asked: Asked, said: Said) -> Said:
        is_list = asked.method == "GET" and said.body.startswith(b"[")
        return EMPTY if is_list and part in asked.path else said

    return after


# Pages that drift


def test_pages_that_drift_while_they_are_read_hide_nothing(laptop: Laptop) -> None:
    """The first photo goes to the bin between two pages: all behind it moves up."""
    everything = set(laptop.words())
    told = small_pages(laptop, before_page=2)
    laptop.sync(full=True)
    assert len(told) > 1, "it was one page"
    laptop.relay.before = nobody
    report = laptop.sync()
    with laptop.at_hub() as hub:
        left = set(words_in(hub))
        assert len(everything - left) == 1
        sam = owner(hub.connection)
        with batch(hub.connection, sam):
            gone = [photo_of(hub, one) for one in everything - left]
            editing.retrieve_photos(hub.connection, sam, gone)
    assert report.is_complete
    assert set(laptop.words()) == left
    assert laptop.sync().is_complete
    assert set(laptop.words()) == everything


def small_pages(laptop: Laptop, before_page: int) -> list[str]:
    """Give two photos a page; before one of the pages the first photo is deleted."""
    told: list[str] = []

    def before(asked: Asked) -> Said | None:
        if "created_at" not in asked.path:
            return None
        told.append(asked.path)
        if len(told) == before_page:
            with laptop.at_hub() as hub:
                sam = owner(hub.connection)
                with batch(hub.connection, sam) as opened:
                    first = [photo_of(hub, "public.jpg")]
                    editing.recycle_photos(hub.connection, sam, opened, first)
        path = asked.path.replace("per_page=100", "per_page=2")
        return laptop.relay.pass_on(replace(asked, path=path))

    laptop.relay.before = before
    return told


# Clocks


def test_a_clock_that_jumps_and_comes_back_hides_no_change(laptop: Laptop) -> None:
    laptop.relay.after = put_forward
    laptop.sync(confirmed=CLOCK)
    with laptop.at_hub() as hub:
        describe(hub, {"public": "there"})
    laptop.edit(latest="here")
    laptop.sync(confirmed=CLOCK)
    laptop.relay.after = untouched
    assert laptop.sync(confirmed=CLOCK).is_complete
    words = laptop.words()
    assert words["public.jpg"] == "there"
    with laptop.at_hub() as hub:
        assert words_in(hub) == words


CLOCK = frozenset({"clock"})


def put_forward(_: Asked, said: Said) -> Said:
    date = formatdate(time.time() + 3 * 3600, usegmt=True)
    return replace(said, headers={**said.headers, "date": date})


# Rights


def test_rights_that_are_lost_take_nothing_away_and_nothing_is_lost_on_the_way(
    laptop: Laptop,
) -> None:
    before = laptop.words()
    laptop.edit(public="meanwhile")
    laptop.give("read_only")  # private photos are not listed any more
    try:
        with suppress(RemoteError):
            laptop.sync(full=True)
        assert set(laptop.words()) == set(before)
    finally:
        laptop.give("admin")
    laptop.edit(public="afterwards")
    laptop.sync(full=True, confirmed=frozenset({"rights", "fewer photos"}))
    assert set(laptop.words()) == set(before)
    with laptop.at_hub() as hub:
        assert words_in(hub) == laptop.words()


# What becomes of writes

# One that does not say for how long is waited for by the clock (test_asking.py)
JSON_WORD = b'{"errors": ["not now"]}'
WRONG: dict[str, Callable[[Relay, Asked], Said]] = {
    "lost on the way there": lambda _, __: Said(raw=b""),
    "lost on the way back": lambda relay, asked: done(relay, asked, raw=b""),
    "torn": lambda relay, asked: torn(relay.pass_on(asked)),
    "another length": lambda relay, asked: longer(relay.pass_on(asked)),
    "401": lambda _, __: Said(401, JSON_WORD),
    "403": lambda _, __: Said(403, JSON_WORD),
    "404": lambda _, __: Said(404, JSON_WORD),
    "429": lambda _, __: Said(429, JSON_WORD, {**JSON, "retry-after": "0"}),
    "429 in words": lambda _, __: Said(429, b"Later\n", {"retry-after": "0"}),
    "500": lambda _, __: Said(500, JSON_WORD),
    "503": lambda _, __: Said(503, b"<html>Maintenance</html>", PAGE),
    "a proxy's page": lambda relay, asked: done(relay, asked, 200, b"<html>", PAGE),
}


def done(relay: Relay, asked: Asked, *said: Any, raw: bytes | None = None) -> Said:
    """Let the hub do it, and answer something else."""
    relay.pass_on(asked)
    return Said(*said, raw=raw)


def torn(said: Said) -> Said:
    return Said(raw=said.wire[: len(said.wire) - len(said.body) // 2])


def longer(said: Said) -> Said:
    told = {**said.headers, "content-length": str(len(said.body) + 9)}
    return replace(said, headers=told)


def test_changes_that_go_wrong_in_any_way_are_made_in_the_end(laptop: Laptop) -> None:
    left = list(WRONG.values())
    names = [name.removesuffix(".jpg") for name in laptop.words()]

    def before(asked: Asked) -> Said | None:
        if asked.method != "PATCH" or not left:
            return None
        return left.pop()(laptop.relay, asked)

    laptop.relay.before = before
    for number in range(len(WRONG)):
        # what was refused is set aside for a while, or until it is edited
        laptop.edit(**{name: f"{name}, {number}" for name in names})
        with suppress(RemoteError):
            laptop.sync()
        if not left:
            break
    assert not left
    laptop.edit(**{name: f"{name}, at last" for name in names})
    assert laptop.sync().is_complete
    assert laptop.sync().writes == 0
    with laptop.at_hub() as hub:
        assert words_in(hub) == laptop.words()
        assert set(words_in(hub).values()) == {f"{name}, at last" for name in names}
