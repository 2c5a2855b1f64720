"""Pages, imports meanwhile and paints: what is measured, and how it is judged."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from PIL import Image

from archive.database import create_archive, open_archive
from archive.search.regions import Window, parse_region
from bench import doors, filling, serving
from bench.environment import Absent
from bench.measure import Failed, Sample
from bench.race import Goal, Outcome, judge
from bench.rows import busy, pages, paint
from bench.serving import Answer, Door

PAGE, SEARCH = doors.GALLERY, doors.FACETS
UNWRITTEN = {doors.SECTIONS, doors.JUMP, doors.FOUND_SECTIONS}


def outcomes(**figures: dict[str, float]) -> list[Outcome]:
    """One round of each, with these figures."""
    return [
        Outcome(name, (Sample(1, 1, 1, 1, dict(told)),))
        for name, told in figures.items()
    ]


def verdicts(goals: Iterator[Goal], found: list[Outcome]) -> dict[str, str]:
    return {verdict.goal.what: verdict.word for verdict in judge(list(goals), found)}


@pytest.mark.parametrize(
    ("name", "cost", "word"),
    [
        pytest.param(PAGE, 15.0, "ok", id="page-held"),
        pytest.param(PAGE, 15.1, "over", id="page-over"),
        pytest.param(SEARCH, 20.0, "ok", id="search-held"),
        pytest.param(SEARCH, 20.1, "over", id="search-over"),
    ],
)
def test_a_page_may_cost_half_as_much_more_a_search_twice(
    name: str, cost: float, word: str
) -> None:
    # The clock says otherwise, and does not count: other work on the machine moves it.
    small = {"cost": 10.0, "p50": 1.0, "p95": 1.0}
    large = {"cost": cost, "p50": 1.0 if word == "over" else 99.0, "p95": 99.0}
    found = outcomes(**{name: large, pages.small(name): small})
    assert verdicts(pages.goals(), found)[f"{name}, against 10,000 photos"] == word


def test_every_page_is_held_to_one_of_both() -> None:
    goals = {goal.ours: goal.at_most for goal in pages.goals()}
    assert set(goals) == {*doors.PAGES, *doors.SEARCHES}
    assert {goals[name] for name in doors.PAGES} == {1.5}
    assert {goals[name] for name in doors.SEARCHES} == {2}


def test_a_page_that_is_not_there_has_no_verdict() -> None:
    words = verdicts(pages.goals(), [Outcome(PAGE, absent="not there yet")])
    assert words[f"{PAGE}, against 10,000 photos"] == f"no figure for {PAGE}"


def test_pages_stand_beside_the_table_page_of_their_own_archive() -> None:
    told = {
        name: Sample(1, 1, 1, 1, {"p50": p50, "p95": 60.0})
        for name, p50 in (
            (doors.TABLE, 100.0),
            (pages.small(doors.TABLE), 50.0),
            (PAGE, 25.0),
            (pages.small(PAGE), 25.0),
        )
    }
    found = pages.beside_the_table(told)
    assert found[PAGE].extra["table"] == pytest.approx(0.25)
    assert found[pages.small(PAGE)].extra["table"] == pytest.approx(0.5)
    says = "clock: median 25.0 ms, p95 60.0 ms, 0.25 × the table page"
    assert found[PAGE].extra["says"] == says


def test_without_a_table_page_there_is_nothing_to_stand_beside() -> None:
    told = pages.beside_the_table({PAGE: Sample(1, 1, 1, 1, {"p50": 1.0, "p95": 2.0})})
    assert "table" not in told[PAGE].extra


@pytest.mark.parametrize(
    ("p95", "word"),
    [pytest.param(60.0, "ok", id="held"), pytest.param(60.1, "over", id="over")],
)
def test_an_import_may_slow_answers_three_times(p95: float, word: str) -> None:
    found = outcomes(**{PAGE: {"p95": p95}, busy.idle(PAGE): {"p95": 20.0}})
    assert verdicts(busy.goals(), found)[f"{PAGE}, p95 against idle"] == word


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        pytest.param({"errors": 0, "locked": 0}, ("ok", "ok"), id="none"),
        pytest.param({"errors": 1, "locked": 0}, ("over", "ok"), id="an-error"),
        pytest.param({"errors": 0, "locked": 1}, ("ok", "over"), id="locked"),
    ],
)
def test_no_answer_may_fail_during_an_import(
    figures: dict[str, float], words: tuple[str, str]
) -> None:
    said = verdicts(busy.goals(), outcomes(**{busy.WHOLE: figures}))
    assert (said["answers that failed"], said["times the database was locked"]) == words


@pytest.mark.parametrize(
    ("ms", "word"),
    [pytest.param(1000, "ok", id="1s"), pytest.param(1001, "over", id="+")],
)
def test_thumbnails_may_take_a_second(ms: float, word: str) -> None:
    (verdict,) = judge(paint.GOALS, outcomes(**{paint.OURS: {"thumbnails": ms}}))
    assert verdict.word == word


def answer(ms: float = 1.0, cpu: float = 0.001, wrong: str = "") -> Answer:
    return Answer(503 if wrong else 200, ms, cpu, not wrong, wrong.encode())


def test_answers_have_a_median_and_a_95th_percentile() -> None:
    found = serving.sample_of([answer(ms, ms / 2000) for ms in range(1, 102)], rss=7)
    assert (found.extra["p50"], found.extra["p95"]) == (51, 96)
    assert found.extra["cost"] == pytest.approx(25.5)
    assert (found.items, found.rss, found.wall_ms) == (101, 7, 51)


def test_what_failed_during_an_import_is_counted_and_shown(
    made_up: serving.Server,
) -> None:
    during = {
        PAGE: [answer(), answer(wrong="database is locked")],
        SEARCH: [answer(), answer(wrong="out of order")],
    }
    extra = busy.told_whole(during, made_up, locked=3).extra
    assert (extra["errors"], extra["locked"]) == (2, 4)
    expected = "2 of 4 failed, the first: answer 503: database is locked"
    assert extra["says"] == expected


def test_an_import_that_is_over_too_soon_has_no_percentile(
    made_up: serving.Server,
) -> None:
    quiet = {PAGE: [answer()] * 60}
    with pytest.raises(Failed, match="only 9 turns"):
        busy.told(quiet, {PAGE: [answer()] * 9}, made_up)
    assert busy.told(quiet, {PAGE: [answer()] * 10}, made_up)[PAGE].items == 10


def test_photos_of_each_round_are_other_files_with_the_same_picture(
    tmp_path: Path,
) -> None:
    Image.effect_noise((40, 30), 90).save(tmp_path / "one.jpg")
    seen, pixels = set(), set()
    for number in (0, 1):
        busy.lay_out([tmp_path / "one.jpg"], tmp_path / f"{number}", number)
        (path,) = (tmp_path / f"{number}").iterdir()
        seen.add(hashlib.sha256(path.read_bytes()).hexdigest())
        with Image.open(path) as image:
            pixels.add(image.tobytes())
    assert (len(seen), len(pixels)) == (2, 1)


class Pages(BaseHTTPRequestHandler):
    """A home, and what else a server may answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, text = {
            "/tower": (200, b"<a href=/tower/-/photo/1>"),
            "/tower/empty": (200, b"<p>nothing"),
            "/tower/broken": (500, b"oh /-/photo/"),
        }.get(self.path, (404, b"none"))
        self.reply(status, text)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["content-length"]))
        self.reply(200, json.dumps([json.loads(sent), *self.client_address]).encode())

    def reply(self, status: int, text: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def made_up(tmp_path: Path) -> Iterator[serving.Server]:
    """A server in this very process, which is the one whose CPU is counted."""
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server,
        (tmp_path / "log").open("w+") as log,
    ):
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/tower"
        yield serving.Server(url, os.getpid(), log)
        server.shutdown()
        thread.join()


def door(path: str, body: Callable[[], dict[str, int]] | None = None) -> Door:
    return Door(path, lambda: path, b"/-/photo/", body)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        pytest.param("", "", id="right"),
        pytest.param(
            "/empty", "answer 200: <p>nothing", id="without-what-it-must-hold"
        ),
        pytest.param("/broken", "answer 500: oh /-/photo/", id="error"),
        pytest.param("/gone", "answer 404: none", id="absent"),
    ],
)
def test_only_a_whole_page_is_a_right_answer(
    made_up: serving.Server, path: str, wrong: str
) -> None:
    with closing(made_up.connect()) as client:
        found = serving.ask(made_up, client, door(path))
    assert (found.right, found.wrong if wrong else "") == (not wrong, wrong)
    assert found.ms > 0


def test_a_page_that_is_missing_is_not_there_yet_others_fail(
    made_up: serving.Server,
) -> None:
    with closing(made_up.connect()) as client:
        with pytest.raises(Absent, match="not there yet: /gone"):
            serving.ask_rightly(made_up, client, door("/gone"))
        with pytest.raises(Failed, match="answer 500: oh"):
            serving.ask_rightly(made_up, client, door("/broken"))
        assert serving.ask_rightly(made_up, client, door("")).right


def test_a_body_makes_a_post_and_the_connection_is_kept(
    made_up: serving.Server,
) -> None:
    posts = Door("post", lambda: "/edit", b"never", lambda: {"photo": 7})
    with closing(made_up.connect()) as client:
        texts = [serving.ask(made_up, client, posts).text for _ in range(3)]
    assert json.loads(texts[0])[0] == {"photo": 7}
    assert len(set(texts)) == 1  # also the client's port is in it


def test_no_answer_is_an_error_and_the_next_question_connects_anew(
    made_up: serving.Server,
) -> None:
    with closing(made_up.connect()) as client:
        client.connect()
        client.sock.close()
        assert serving.ask(made_up, client, door("")).status == 0
        assert serving.ask(made_up, client, door("")).right


def test_the_cpu_of_a_server_is_its_own(made_up: serving.Server) -> None:
    before, here = made_up.cpu(), time.process_time()
    assert before == pytest.approx(here, abs=0.05)
    assert replace(made_up, pid=1).cpu() != pytest.approx(here, abs=1e-6)


def test_the_log_tells_how_often_the_database_was_locked(
    made_up: serving.Server,
) -> None:
    assert made_up.locked() == 0
    made_up.log.write("OperationalError: database is locked\nfine\n")
    assert made_up.locked() == 1


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "tower"
    create_archive(folder, "Benchmark")
    with open_archive(folder) as archive:
        filling.fill(archive.connection, 3_000)
    return folder


@pytest.mark.slow
def test_every_door_is_open_in_a_real_server(filled: Path) -> None:
    wanted = [*doors.doors(filled, Random(1)), doors.edits(filled, Random(1))]
    names = {
        *(doors.TABLE, doors.EDIT),
        *(*doors.PAGES, *doors.SEARCHES, *doors.WHOLE),
    }
    assert {each.name for each in wanted} == names
    with (
        serving.served(filled, os.environ) as server,
        closing(server.connect()) as client,
    ):
        wrong = {
            each.name: found.wrong
            for each in wanted
            if not (found := serving.ask(server, client, each)).right
        }
        assert server.home == "/benchmark"
        assert server.cpu() > 0.1
        assert server.peak_mb() > 20
    assert {name for name, text in wrong.items() if "answer 404" not in text} == set()
    assert set(wrong) <= UNWRITTEN


def test_the_same_seed_asks_the_same(filled: Path) -> None:
    def drawn(seed: int) -> list[str]:
        return [each.draw() for each in doors.doors(filled, Random(seed))]

    assert drawn(1) == drawn(1) != drawn(2)


def test_questions_differ_from_each_other(filled: Path) -> None:
    ever_same = {doors.TABLE, doors.GALLERY, doors.DATA}
    for each in doors.doors(filled, Random(1)):
        questions = {each.draw() for _ in range(30)}
        assert (len(questions) > 1) == (each.name not in ever_same), each.name


@pytest.mark.parametrize("zoom", doors.ZOOMS)
def test_a_screen_of_the_map_is_as_wide_as_it_is(zoom: int) -> None:
    found = parse_region(doors.window(zoom, 40.0, -74.0))
    assert isinstance(found, Window)
    pixels = (found.east - found.west) * 256 * 2**zoom / 360
    assert pixels == pytest.approx(1280, abs=2)
    # at 40 degrees north a degree of latitude has as many pixels as 1.305 of longitude
    tall = (found.north - found.south) * 1.305 * 256 * 2**zoom / 360
    assert tall == pytest.approx(800, abs=5)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(Failed, match="asbuilt serve"),
        serving.served(tmp_path / "none", os.environ),
    ):
        pytest.fail("it started")
