"""The parts of the benchmark that decide what the table says; no peer is needed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from random import Random

import piexif
import pytest
from PIL import Image

from bench import load, measure, race, scene, table
from bench.__main__ import main, parser, plan_of
from bench.environment import Absent, Environment
from bench.race import Contestant, Goal, Outcome, Row

TINY = load.Kind("tiny", (160, 120), 90)


def sample(cpu: float, **extra: float) -> measure.Sample:
    return measure.Sample(cpu, cpu, 50, 1, dict(extra))


def bytes_of(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def test_a_load_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first = bytes_of(load.photos(tmp_path / "a", TINY, 5, seed=7))
    assert bytes_of(load.photos(tmp_path / "b", TINY, 5, seed=7)) == first
    assert bytes_of(load.photos(tmp_path / "c", TINY, 5, seed=8)) != first


def test_a_load_grows_without_changing_what_is_there(tmp_path: Path) -> None:
    first = load.photos(tmp_path, TINY, 2)
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in first]
    more = load.photos(tmp_path, TINY, 6)
    assert more[:2] == first
    assert [(p.stat().st_mtime_ns, p.read_bytes()) for p in first] == before


def test_all_photos_of_a_load_differ(tmp_path: Path) -> None:
    assert len(set(bytes_of(load.photos(tmp_path, TINY, 12)))) == 12


def test_photos_are_turned_and_sampled_in_the_promised_shares(tmp_path: Path) -> None:
    paths = load.photos(tmp_path, TINY, 20)
    turned = sampled = 0
    for path in paths:
        with Image.open(path) as image:
            assert image.size == TINY.size
            turned += image.getexif()[0x0112] == 6
            sampled += image.layer[0][1:3] == (2, 1)  # 4:2:2
    assert (turned, sampled) == (4, 5)


def test_a_photo_has_what_a_camera_writes(tmp_path: Path) -> None:
    (path,) = load.photos(tmp_path, TINY, 1)
    found = piexif.load(str(path))
    assert found["Exif"][piexif.ExifIFD.DateTimeOriginal].startswith(b"2025:03:03 07")
    assert len(found["Exif"][piexif.ExifIFD.MakerNote]) > 10_000
    degrees, minutes, _ = found["GPS"][piexif.GPSIFD.GPSLatitude]
    assert (degrees, minutes) == ((48, 1), (8, 1))
    assert found["thumbnail"].startswith(b"\xff\xd8")


@pytest.mark.parametrize("value", [48.1371, 0.0, 11.999999])
def test_degrees_come_back(value: float) -> None:
    parts = load.degrees(value)
    back = sum(a / b / 60**i for i, (a, b) in enumerate(parts))
    assert back == pytest.approx(value, abs=1e-7)


def test_noise_is_centred_and_as_wide_as_asked() -> None:
    noise = scene.bell_noise((300, 200), Random(1), sigma=6)
    values = noise.tobytes()
    mean = sum(values) / len(values)
    spread = (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5
    assert mean == pytest.approx(128, abs=0.5)
    assert spread == pytest.approx(6, rel=0.1)


def test_what_a_start_costs_is_in_neither_figure() -> None:
    ones = [measure.Sample(1.1, 2.2, 40, 1), measure.Sample(1.5, 2.1, 40, 1)]
    many = measure.Sample(2.0, 4.8, 60, 10, {"made": 3})
    further = measure.without_start(many, ones)
    assert further.cpu_ms == pytest.approx(100)
    assert further.wall_ms == pytest.approx(300)
    assert (further.items, further.rss, further.extra["made"]) == (9, 60, 3)


def test_a_disturbed_start_does_not_make_the_rest_look_cheap() -> None:
    rounds = (
        measure.Sample(10.0, 10.0, 50, 10, start_cpu=5.0),  # a busy minute at first
        measure.Sample(10.0, 10.0, 50, 10, start_cpu=1.0),
        measure.Sample(13.0, 13.0, 50, 10, start_cpu=1.0),
    )
    assert Outcome("us", rounds).lowest("cpu_ms") == pytest.approx(900)


def test_a_run_counts_the_whole_process_tree() -> None:
    burn = "t=__import__('time');e=t.process_time()+.2\nwhile t.process_time()<e:pass"
    child = f"import subprocess,sys;subprocess.run([sys.executable,'-c',{burn!r}])"
    cost, _ = measure.run([sys.executable, "-c", child], os.environ)
    assert cost.cpu >= 0.2


def test_a_failing_contestant_says_why() -> None:
    with pytest.raises(measure.Failed, match=r"(?s)exit 3.*no luck"):
        measure.run(
            [sys.executable, "-c", "import sys;print('no luck');sys.exit(3)"],
            os.environ,
        )


def test_a_missing_part_of_the_archive_is_not_there_yet() -> None:
    with pytest.raises(Absent, match="not there yet: No module named 'archive"):
        measure.run([sys.executable, "-c", "import archive.never_written"], os.environ)


def test_a_script_tells_its_own_cost(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import json,sys\n"
        "task = json.load(sys.stdin)\n"
        "print('chatter')\n"
        "print(json.dumps({'cpu': 2, 'wall': 3, 'items': task['n'], 'says': 'hi'}))\n"
    )
    cost = measure.run_script(sys.executable, script, {"n": 4}, os.environ)
    assert (cost.cpu_ms, cost.wall_ms, cost.extra) == (500, 750, {"says": "hi"})
    assert cost.rss > 1


def test_rounds_are_interleaved_and_an_absent_one_is_left_out(tmp_path: Path) -> None:
    order: list[str] = []

    def present(name: str) -> Contestant:
        def run(folder: Path) -> measure.Sample:
            assert list(folder.iterdir()) == []
            (folder / "rubbish").write_text(name)
            order.append(name)
            return sample(len(order))

        return Contestant(name, run)

    def absent(_folder: Path) -> measure.Sample:
        order.append("b")
        raise Absent("not there yet")

    racers = [present("a"), Contestant("b", absent), present("c")]
    outcomes = race.race(Environment(tmp_path), racers, rounds=2)
    assert order == ["a", "b", "c", "a", "c"]
    assert [outcome.absent for outcome in outcomes] == ["", "not there yet", ""]
    assert outcomes[0].lowest("cpu_ms") == 1000
    assert outcomes[0].middle("cpu_ms") == 2500
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("goal", "word", "value"),
    [
        pytest.param(Goal("g", "us", 0.5, "them"), "ok", 0.5, id="ratio-held"),
        pytest.param(Goal("g", "us", 0.4, "them"), "over", 0.5, id="ratio-over"),
        pytest.param(Goal("g", "us", 1000, None), "ok", 1000, id="as-it-stands"),
        pytest.param(Goal("g", "us", 0.3, None, "db"), "over", 0.4, id="own-figure"),
        pytest.param(Goal("g", "us", 1, "gone"), "no figure for gone", None, id="none"),
        pytest.param(Goal("g", "us", 1, "who"), "no figure for who", None, id="unrun"),
    ],
)
def test_a_goal_is_judged_by_the_least_figures(
    goal: Goal, word: str, value: float | None
) -> None:
    outcomes = [
        Outcome("us", (sample(1.0, db=0.4), sample(9.0, db=0.5))),
        Outcome("them", (sample(5.0), sample(2.0))),
        Outcome("gone", absent="not there yet"),
    ]
    (verdict,) = race.judge([goal], outcomes)
    assert (verdict.word, verdict.value) == (word, value)


def example_row() -> Row:
    outcomes = (
        Outcome("floor", (sample(0.05),)),
        Outcome("asbuilt", (sample(0.07), sample(0.06)), note="in one process"),
        Outcome("peer", absent="peer is not installed"),
    )
    goals = (Goal("renditions", "asbuilt", 1.4, "floor"),)
    verdicts = race.judge(goals, outcomes)
    return Row("renditions", "Renditions", outcomes, verdicts, "floor")


def test_the_table_has_ratios_goals_and_reasons() -> None:
    assert table.text_of([example_row()]).splitlines() == [
        "",
        "Renditions",
        "         cpu ms  median  wall ms  ratio  RSS MB",
        "floor      50.0    50.0     50.0   1.00      50",
        "asbuilt    60.0    65.0     60.0   1.20      50  in one process",
        "peer          -       -        -      -       -  peer is not installed",
        "  goal: renditions  1.20 ×  at most 1.40 × floor  ok",
    ]


def test_the_json_has_every_round() -> None:
    told = json.loads(json.dumps(table.json_of([example_row()], {"cores": 2})))
    (row,) = told["rows"]
    assert [len(c["rounds"]) for c in row["contestants"]] == [1, 2, 0]
    assert row["goals"][0]["verdict"] == "ok"
    assert row["goals"][0]["value"] == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.000"), (0.0312, "0.031"), (1.4, "1.40"), (45.23, "45.2"), (452.3, "452")],
)
def test_numbers_have_three_figures(value: float, shown: str) -> None:
    assert table.number(value) == shown


def test_a_full_run_is_large_and_options_win() -> None:
    quick = plan_of(parser().parse_args(["run"]))
    full = plan_of(parser().parse_args(["run", "--full", "--photos", "9"]))
    assert (quick.photos, quick.rows, quick.full) == (24, 200_000, False)
    assert (full.photos, full.rows, full.full) == (9, 1_000_000, True)


def test_load_needs_no_peers(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(load.KINDS, "small", TINY)
    arguments = ["--env", str(tmp_path), "load", "--kind", "small", "--photos", "2"]
    main(arguments)
    assert capsys.readouterr().out.startswith("2 photos, 0 MB, in ")
    assert not (tmp_path / "venv").exists()
