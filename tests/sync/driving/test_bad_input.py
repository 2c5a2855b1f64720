"""Whole runs against a remote that says what no remote should: over real HTTP.

Whatever it says, a run ends with a reason, takes what can be taken, lets nothing go
that is here, and the next one, once all is well, has nothing left to mend.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.people import owner
from archive.remotes import list_runs, set_link
from archive.secrets import Vault
from sync.driving.errors import LoginRefused, NoRights
from sync.driving.links import as_json, make_link
from sync.driving.runs import Surroundings, Wishes, synchronise
from sync.driving.tokens import SECRET
from sync.engine import Report
from sync.errors import Nonsense, RemoteError
from sync.translating import number_of
from tests.sync.driving.conftest import Clock, Hurried
from tests.sync.driving.misbehaving import JSON, PAGE, Asked, Said, Server

LARGE = 1 << 40  # what 32 bits do not hold
AT = "2026-05-01T08:00:00Z"


def image(number: int, **fields: Any) -> dict[str, Any]:
    """Return a photo as the API shows it."""
    plain = {
        "id": number,
        "filename": f"IMG_{number}.jpg",
        "description": f"Slab {number}",
        "private": False,
        "starred": False,
        "image_category_id": 1,
        "location": None,
        "trades": [],
        "log_date": None,
        "size": 1000,
        "created_at": AT,
        "updated_at": AT,
    }
    return {**plain, **fields}


@dataclass
class Remote:
    """A project of two photos and an album, and how it goes wrong.

    :param wrong: says something else to a path, or None
    :param clock: seconds by which its clock is ahead
    """

    images: list[Any] = field(default_factory=lambda: [image(11), image(12)])
    wrong: Callable[[str], Said | None] = lambda _: None
    clock: float = 0.0

    def answer(self, asked: Asked) -> Said:
        parts = urlsplit(asked.path)
        said = self.wrong(parts.path) or self._said(parts.path, parts.query)
        date = formatdate(time.time() + self.clock, usegmt=True)
        return Said(said.status, said.body, {**said.headers, "date": date}, said.raw)

    def _said(self, path: str, query: str) -> Said:
        if path == "/oauth/token":
            return told({"access_token": "A", "token_type": "Bearer"})
        if path.endswith("/projects/8"):
            return told({"id": 8, "name": "Tower 4"})
        if path.endswith("/image_categories"):
            count = len(self.images)
            unclassified = {"id": 1, "name": "Unclassified", "private": False}
            return told([{**unclassified, "count": count, "updated_at": AT}])
        if path.endswith("/images"):
            return told(self._listed(dict(parse_qsl(query))))
        return told([])

    def _listed(self, query: dict[str, str]) -> list[Any]:
        if query.get("filters[include_deleted]"):
            return []
        wanted = query.get("filters[id][]")
        return [one for one in self.images if wanted in (None, str(one.get("id")))]


def told(body: object) -> Said:
    headers = dict(JSON)
    if isinstance(body, list):
        headers["total"] = str(len(body))
    return Said(body=json.dumps(body).encode(), headers=headers)


def only(end: str, said: Said) -> Callable[[str], Said | None]:
    return lambda path: said if path.endswith(end) else None


@dataclass
class Laptop:
    """An archive that is linked with the remote."""

    archive: Archive
    vault: Vault
    warned: list[str] = field(default_factory=list)

    def sync(self, **wishes: Any) -> Report:
        """Run; waiting takes no time."""
        around = Surroundings(self.vault, Hurried(Clock()), warns=self.warned.append)
        return synchronise(self.archive, Wishes(metered=True, **wishes), around)

    def words(self) -> dict[int, str]:
        """Return the words of the photos that are live here, by their numbers there."""
        rows = self.archive.connection.execute(
            """
            select r.remote_id, p.description from photos p
            join sync_records r on r.uuid = p.uuid where p.recycled_at is null
            """
        )
        return dict(rows.fetchall())


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "tower"
    create_archive(folder, "Tower 4")
    return folder


@pytest.fixture
def remote(server: Server) -> Remote:
    remote = Remote()
    server.behave = remote.answer
    return remote


@pytest.fixture
def laptop(
    fresh: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Laptop]:
    import shutil

    monkeypatch.setenv(SECRET, "s")
    folder = Path(shutil.copytree(fresh, tmp_path / "tower"))
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            link = make_link(server.url, 7, 8, "program")
            set_link(archive.connection, sam, as_json(link))
        yield Laptop(archive, Vault(tmp_path / "settings", None))


BOTH = {11: "Slab 11", 12: "Slab 12"}
HTML = Said(200, b"<html>Log in to the hotel</html>", PAGE)


STRANGE = [
    image(LARGE + 7),
    image(13, projection="fisheye", colour_space=["P3"], taken_at="soon"),
    image(14, trades=[{"id": LARGE}, None, 7, {"id": "x"}]),
    image(15, location={"id": LARGE, "name": None}, size="much"),
    image(16, created_at=None, updated_at=None, filename=None),
    image(17, log_date="someday", description=None, trades=None),
    image(18, updated_at="9999-12-31T23:59:59Z"),
    image(19, description="\ud800 half\0"),
]


def test_odd_values_are_taken_as_far_as_they_can_be_understood(
    laptop: Laptop, remote: Remote
) -> None:
    remote.images += STRANGE
    assert laptop.sync().is_complete
    found = laptop.words()
    assert set(found) == {11, 12, LARGE + 7, *range(13, 20)}
    assert found[LARGE + 7] == "Slab 1099511627783"
    assert found[17] == ""
    again = laptop.sync()
    assert again.is_complete
    assert not +again.done
    assert again.writes == 0


NUMBERLESS: list[Any] = [{"id": None}, {}, {"id": 1 << 70}, {"id": -3}, {"id": True}]


def test_what_has_no_number_stops_nothing_else(laptop: Laptop, remote: Remote) -> None:
    laptop.sync()
    changed = image(11, description="Crane", updated_at="2026-06-01T08:00:00Z")
    remote.images = [*NUMBERLESS, changed, image(12)]
    report = laptop.sync(full=True)
    assert laptop.words() == {11: "Crane", 12: "Slab 12"}
    assert report.seen["without a number"] >= len(NUMBERLESS)
    assert not report.is_complete
    remote.images = [changed, image(12)]
    report = laptop.sync(full=True)
    assert (report.seen["without a number"], len(report.brakes)) == (0, 1)
    assert laptop.sync(confirmed=frozenset({"fewer photos"})).is_complete


def test_a_photo_that_is_shown_alone_without_its_number_stops_nothing(
    laptop: Laptop, remote: Remote
) -> None:
    laptop.sync()
    nameless = {**image(12), "id": None, "url": "https://files.example/SIGNED"}
    remote.images = [image(11, description="Crane", updated_at="2026-06-01T08:00:00Z")]
    remote.wrong = only("/images/12", told(nameless))
    laptop.sync(full=True, confirmed=frozenset({"fewer photos"}))
    assert laptop.words() == {11: "Crane", 12: "Slab 12"}
    with pytest.raises(Nonsense) as raised:
        number_of(nameless)
    assert "SIGNED" not in str(raised.value)


def test_what_does_not_say_whether_it_is_private_is_not_made_here(
    laptop: Laptop, remote: Remote
) -> None:
    remote.images.append(dict.fromkeys(image(13), None) | {"id": 13})
    laptop.sync()
    assert laptop.words() == BOTH


NONSENSE = {
    "no project": ("/projects/8", told([])),
    "a proxy's page": ("/images", HTML),
    "for albums": ("/image_categories", HTML),
    "for locations": ("/projects/8/locations", HTML),
    "a broken server": ("/images", Said(503, b"<html>Maintenance</html>", PAGE)),
    "no list": ("/images", told({"images": []})),
    "no JSON": ("/images", Said(body=b"[{]")),
    "no records": ("/images", told([7, None])),
    "a word": ("/image_categories", told("none")),
}


def test_nonsense_in_the_middle_ends_the_run_and_takes_nothing_away(
    laptop: Laptop, remote: Remote
) -> None:
    laptop.sync()
    before = laptop.archive.connection.execute("select * from photos").fetchall()
    for what, (path, said) in NONSENSE.items():
        remote.wrong = only(path, said)
        with pytest.raises(RemoteError) as raised:
            laptop.sync(full=True)
        (run, *_) = list_runs(laptop.archive.connection)
        ended = run.outcome, run.report["stopped"]
        assert ended == ("failed", str(raised.value)), what
        after = laptop.archive.connection.execute("select * from photos").fetchall()
        assert after == before, what
    remote.wrong = lambda _: None
    assert laptop.sync().is_complete
    assert laptop.words() == BOTH


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (
            lambda path: Said(
                401,
                b'{"error": "invalid_client"}'
                if "oauth" in path
                else b'{"error": "x"}',
            ),
            LoginRefused,
        ),
        (only("/projects/8", Said(404, b'{"error": "not found"}')), NoRights),
        (only("/projects/8", Said(403, b'{"error": "forbidden"}')), NoRights),
    ],
    ids=["the app was revoked", "another project", "no rights"],
)
def test_who_may_not_come_in_any_more_is_told_and_keeps_what_is_here(
    laptop: Laptop,
    remote: Remote,
    wrong: Callable[[str], Said | None],
    error: type[RemoteError],
) -> None:
    laptop.sync()
    remote.wrong = wrong
    with pytest.raises(error):
        laptop.sync()
    assert list_runs(laptop.archive.connection)[0].outcome == "failed"
    assert laptop.words() == BOTH
    remote.wrong = lambda _: None
    assert laptop.sync().is_complete


def test_a_project_that_tells_no_name_has_no_other_one(
    laptop: Laptop, remote: Remote
) -> None:
    laptop.sync()
    for said in ({"id": 8, "name": None}, {"id": 8, "name": "Tower 4"}):
        remote.wrong = only("/projects/8", told(said))
        assert laptop.sync().brakes == ()
    remote.wrong = only("/projects/8", told({"id": 8, "name": "Bridge"}))
    report = laptop.sync()  # there is nothing to hold back, and yet somebody is asked
    assert [one.name for one in report.brakes] == ["other project"]
    assert not report.is_complete


def test_an_app_that_is_revoked_in_the_middle_ends_the_run(
    laptop: Laptop, remote: Remote
) -> None:
    laptop.sync()
    revoked: list[bool] = []

    def wrong(path: str) -> Said | None:
        if path.endswith("/image_categories"):
            revoked.append(True)
        if not revoked:
            return None
        return Said(401, b'{"error": "invalid_client"}')

    remote.wrong = wrong
    with pytest.raises(LoginRefused):
        laptop.sync(full=True)
    assert laptop.words() == BOTH


@pytest.mark.parametrize("years", [9, -9], ids=["ahead", "behind"])
def test_a_clock_that_is_wrong_by_years_is_said_and_put_right_again(
    laptop: Laptop, remote: Remote, years: int
) -> None:
    remote.clock = years * 365 * 86_400.0
    assert laptop.sync().is_complete
    assert laptop.words() == BOTH
    assert "one of them is wrong" in laptop.warned[0]
    remote.clock = 0.0
    remote.images[0] |= {"description": "Crane", "updated_at": "2026-11-01T08:00:00Z"}
    report = laptop.sync()
    if years > 0:  # it went back: somebody has to say that this is right
        (brake,) = report.brakes
        assert (brake.name, brake.why.count(" 20")) == ("clock", 2)
        assert laptop.words() == BOTH
        report = laptop.sync(confirmed=frozenset({"clock"}))
    assert report.is_complete
    assert laptop.words() == {11: "Crane", 12: "Slab 12"}
    assert not laptop.sync().brakes
