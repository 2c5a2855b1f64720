"""Worker processes: nothing that a job does reaches the parent or the other jobs."""

from __future__ import annotations

import contextlib
import csv
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import worker, workers
from archive.frames import decode
from archive.pictures import renditions_from
from archive.worker_process import AHEAD, Event, Job
from archive.workers import Outcome, Pool, run_jobs

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "photos"
JOBS = "tests.archive.jobs:"
posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits")


def run(function: str, *jobs: tuple[Any, ...], **limits: Any) -> dict[Any, Outcome]:
    """Run ``function`` over argument tuples; outcomes by position."""
    outcomes = run_jobs(JOBS + function, enumerate(jobs), **limits)
    return {outcome.key: outcome for outcome in outcomes}


def reason(outcome: Outcome) -> str:
    assert outcome.error is not None
    return outcome.error.reason


def test_every_job_gets_its_own_answer() -> None:
    outcomes = run("echo", *((n,) for n in range(300)))
    assert {key: outcome.value for key, outcome in outcomes.items()} == {
        n: n for n in range(300)
    }


def test_no_jobs_start_nothing() -> None:
    assert run("echo") == {}


def test_bytes_and_dataclasses_come_as_plain_data() -> None:
    outcomes = run("answer", ("text", 5000))
    assert outcomes[0].value == {"text": "text", "data": bytes(range(256)) * 5000}


def test_an_error_of_ours_keeps_its_class_and_reason() -> None:
    outcome = run("refuse", ("/a/path",))[0]
    assert outcome.error == workers.Failure("error", "DamagedFile", "it is only a test")


@pytest.mark.parametrize(
    ("function", "args", "says"),
    [
        ("nothing_such", (), "AttributeError"),
        ("echo", (1, 2), "TypeError"),
        ("unsendable", (), "TypeError"),
        ("leave", (3,), "crashed the reader (exit code 3)"),
        pytest.param("crash", (), "crashed the reader (signal 11)", marks=posix),
        ("hang", (), "took longer than 5 s"),
        pytest.param("spin", (), "more than 0.2 s of computing", marks=posix),
        pytest.param("eat", (), "needed more than 0.25 GB", marks=posix),
        ("lie", (1 << 50,), "crashed the reader (garbled answer)"),
        ("lie", (4,), "crashed the reader (garbled answer)"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_poison_job_is_reported_and_the_others_go_on(
    function: str, args: tuple[Any, ...], says: str
) -> None:
    # Only what is to run out of time gets little: a busy machine is slow at the rest
    seconds, clock = 0.2 if "0.2 s" in says else 60, 5 if "5 s" in says else 60
    poison = (3,) if function == "hang" else (3, 4, 9)

    def one(number: int) -> tuple[str, tuple[Any, ...]]:
        bad = number in poison
        return (JOBS + function, args) if bad else (JOBS + "echo", (number,))

    jobs = ((number, one(number)) for number in range(12))
    found = run_jobs(JOBS + "call", jobs, 2, seconds, 1 << 28, clock=clock)
    outcomes = {o.key: o for o in found}
    assert sorted(outcomes) == list(range(12))
    for number, outcome in outcomes.items():
        if number in poison:
            assert says in reason(outcome)
        else:
            assert outcome.value == number


@posix
def test_a_job_may_compute_for_so_long_and_wait_for_many_times_as_long() -> None:
    outcome = run("clocks", (), seconds=7.0)[0]
    computing, clock = outcome.value
    assert 6 < computing <= 7
    most = 7 * workers.PATIENCE + worker.GRACE_SECONDS
    assert most - 60 < clock <= most


@posix
def test_many_jobs_give_way_and_one_that_somebody_waits_for_does_not() -> None:
    ours = os.nice(0)
    assert run("niceness", ())[0].value == min(ours + workers.GIVES_WAY, 19)
    with Pool(1) as pool:
        assert pool.submit(JOBS + "niceness").value == ours


def test_what_libraries_print_does_not_garble_the_answers() -> None:
    assert [o.value for o in run("chatter", (), ()).values()] == ["heard", "heard"]


def test_jobs_are_drawn_only_as_workers_get_free() -> None:
    drawn = 0

    def jobs() -> Iterator[tuple[int, tuple[int]]]:
        nonlocal drawn
        for number in range(1000):
            drawn += 1
            yield number, (number,)

    outcomes = run_jobs(JOBS + "echo", jobs(), workers=2)
    for _ in range(5):
        next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert drawn <= 5 + 2 * AHEAD


@posix
def test_closing_early_kills_what_is_running(tmp_path: Path) -> None:
    def jobs() -> Iterator[tuple[str, tuple[str, tuple[Any, ...]]]]:
        yield "quick", (JOBS + "echo", (1,))
        yield "slow", (JOBS + "hang_noting_pid", (str(tmp_path / "pid"),))

    others = _children()  # of tests that ran in this process before
    outcomes = run_jobs(JOBS + "call", jobs(), workers=2)
    assert next(outcomes).key == "quick"
    children = _children() - others
    outcomes.close()  # type: ignore[attr-defined]
    assert children
    assert not any(_alive(pid) for pid in children)


@posix
def test_a_child_of_a_job_is_killed_with_it(tmp_path: Path) -> None:
    if not hasattr(os, "pidfd_open"):
        pytest.skip("needs pidfd_open")
    note = tmp_path / "pid"
    os.mkfifo(note)
    with Pool(1) as pool, ThreadPoolExecutor(1) as thread:
        asked = thread.submit(pool.submit, JOBS + "start_child_and_hang", str(note))
        grandchild = os.pidfd_open(int(note.read_text()))
        pool.close()
        assert "signal 9" in reason(asked.result())
    # it is killed at once, and gone when the system comes to it
    ended = select.select([grandchild], [], [], 20)[0]
    os.close(grandchild)
    assert ended


def _children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task")
    if not tasks.is_dir():
        pytest.skip("needs /proc")
    lists = (task / "children" for task in tasks.iterdir())
    return {int(pid) for each in lists for pid in each.read_text().split()}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@posix
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_workers_die_when_the_parent_is_killed(tmp_path: Path, busy: bool) -> None:
    """By the end of stdin when idle, else by the alarm that each job sets."""
    if not hasattr(os, "pidfd_open"):
        pytest.skip("needs pidfd_open")
    note = tmp_path / "pid"
    os.mkfifo(note)
    job = "hang_noting_pid" if busy else "note_pid"
    script = f"""
import sys
sys.path[:] = {sys.path!r}
from archive.workers import Pool
pool = Pool(1, clock=2)
pool.submit("tests.archive.jobs:{job}", {str(note)!r})
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE
    ) as parent:
        watched = os.pidfd_open(int(note.read_text()))
        parent.kill()
    ended = select.select([watched], [], [], 20)[0]
    os.close(watched)
    assert ended


def test_a_worker_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASBUILT_CLIENT_SECRET", "hush")
    monkeypatch.setenv("PYTHONSTARTUP", "/evil.py")
    known = run("environment", ())[0].value
    assert "hush" not in known.values()
    assert "PYTHONSTARTUP" not in known


def test_decoders_are_loaded_in_workers_only() -> None:
    code = (
        "import sys; import archive.workers, archive.cache, archive.pictures; "
        "print([m for m in ('PIL', 'pi_heif', 'cykooz_resizer') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_arguments_must_be_small() -> None:
    with Pool(1) as pool:
        with pytest.raises(ValueError, match="pass a path"):
            pool.submit(JOBS + "echo", bytes(100_000))
        assert pool.submit(JOBS + "echo", 5).value == 5


def test_a_pool_serves_many_threads_and_survives_poison() -> None:
    with Pool(2) as pool, ThreadPoolExecutor(8) as threads:

        def ask(number: int) -> Outcome:
            if number % 20 == 7:
                return pool.submit(JOBS + "leave", 1)
            return pool.submit(JOBS + "echo", number)

        outcomes = list(threads.map(ask, range(100)))
    for number, outcome in enumerate(outcomes):
        if number % 20 == 7:
            assert "exit code 1" in reason(outcome)
        else:
            assert outcome.value == number


def test_a_pool_keeps_its_processes_and_starts_none_before_a_job() -> None:
    with Pool(1) as pool:
        assert not pool._crews[0].processes
        first, second = (pool.submit(JOBS + "pid").value for _ in range(2))
        assert first == second


@posix
def test_a_worker_that_died_between_jobs_costs_no_job() -> None:
    with Pool(1) as pool:
        pid = pool.submit(JOBS + "pid").value
        process = pool._crews[0].processes[0]
        os.kill(pid, signal.SIGKILL)
        process._popen.wait()
        assert pool.submit(JOBS + "echo", 5).value == 5


def test_closing_a_pool_ends_jobs_under_way() -> None:
    pool = Pool(1, seconds=60)
    pool.submit(JOBS + "echo", 1)
    outcomes: list[Outcome] = []
    asking = threading.Thread(
        target=lambda: outcomes.append(pool.submit(JOBS + "hang"))
    )
    asking.start()
    process = pool._crews[0].processes[0]
    while not process.pending:
        pass
    pool.close()
    asking.join()
    assert "crashed" in reason(outcomes[0])


def test_an_interrupted_call_leaves_no_answer_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_: object) -> Outcome:
        raise KeyboardInterrupt

    with Pool(1) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(workers._Crew, "next_outcome", interrupted)
            with pytest.raises(KeyboardInterrupt):
                pool.submit(JOBS + "echo", "first")
        assert pool.submit(JOBS + "echo", "second").value == "second"


def test_processes_are_replaced_after_many_jobs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "JOBS_A_PROCESS", 10)
    pids = [o.value for o in run("pid", *[()] * 35, workers=1).values()]
    assert len(pids) == 35
    assert len(set(pids)) == 4


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text().filter(lambda key: key != worker.BLOB), inner)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    frame = worker.encode({"value": value})
    assert decode(frame[8:]) == {"value": value}


@given(st.binary(max_size=200))
def test_no_bytes_from_a_worker_can_harm(frame: bytes) -> None:
    """Whatever a worker that was taken over sends, it is data or an error."""
    known = (ValueError, TypeError, KeyError, IndexError, RecursionError)
    with_length = len(frame).to_bytes(4, "big") + frame
    for candidate in (frame, with_length):
        with contextlib.suppress(*known):
            decode(candidate)


@pytest.mark.parametrize(
    "head",
    [
        '{"answer": {"value": {"\\u0000blob": 5}}, "sizes": []}',
        '{"answer": {"value": 1}, "sizes": [-1]}',
        '{"answer": {"value": 1}, "sizes": [1e9]}',
        '{"answer": 5, "sizes": []}',
        '{"answer": {"error": {"kind": "error"}}, "sizes": []}',
        '{"answer": {}, "sizes": []}',
        "[" * 100_000,
        "9" * 10_000,
    ],
    ids=lambda head: head[:40],
)
def test_a_forged_answer_fails_its_job_only(head: str) -> None:
    crew = workers._Crew(1, workers.MEMORY, workers._limits(60))
    with crew:
        crew.fill(iter([Job("key", JOBS + "hang", ())]))
        raw = head.encode()
        frame = len(raw).to_bytes(4, "big") + raw
        crew.inbox.put(Event(crew.processes[0], 0.0, frame))
        outcome = crew.next_outcome()
    assert outcome.key == "key"
    assert "garbled" in reason(outcome)


def shared_files() -> list[tuple[str, tuple[Any, ...]]]:
    with (SHARED / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        return [(row["path"], _about(row)) for row in csv.DictReader(file)]


def _about(row: dict[str, str]) -> tuple[Any, ...]:
    mime = row["mime"]
    kind = "video" if mime.startswith("video/") else "image"
    if mime.startswith("image/x-") and "portable" not in mime:
        kind = "raw"
    orientation = int(row["orientation"]) if row["orientation"] else None
    return str(SHARED / row["path"]), mime, kind, orientation


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared photos")
def test_every_shared_file_gives_renditions_or_a_reason() -> None:
    files = shared_files()
    failed = {}
    seen = set()
    for outcome in run_jobs(JOBS + "render_as", files):
        seen.add(outcome.key)
        if outcome.error:
            failed[outcome.key] = outcome.error
        else:
            assert len(renditions_from(outcome.value)) == 3
    assert seen == {path for path, _ in files}
    # Nothing crashed, hung or grew: each is refused by a reason of our own.
    assert {error.type for error in failed.values()} <= {"DamagedFile"}
    assert not [path for path in failed if path.startswith(("gps/", "orientation/"))]


def test_who_reads_a_strangers_photo_has_nothing_of_the_archive_loaded() -> None:
    code = "import sys, archive.preparing as p; print(*sys.modules)"
    run = [sys.executable, "-c", code]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    mine = {name for name in loaded.split() if name.startswith("archive.")}
    assert "archive.facts" in mine
    assert not mine & {"archive.importing", "archive.database", "archive.sqlite"}
