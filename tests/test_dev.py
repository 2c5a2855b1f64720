"""README's commands, as far as they can be tried without making an environment."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "dev.py"


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--help"], 0), (["x"], 2)])
def test_without_a_known_command_it_says_what_it_can(
    arguments: list[str], code: int
) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert "python3 .ci/dev.py demo" in done.stderr


def test_photos_that_are_no_folder_are_one_line() -> None:
    done = run("demo", PHOTOS="nowhere")
    assert (done.returncode, done.stderr) == (
        1,
        "asbuilt: PHOTOS=nowhere is not a folder\n",
    )


def test_the_script_is_understood_by_pythons_that_it_refuses() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 6))


COMPLAINTS = {
    "no-network": (
        "ERROR: No matching distribution (from versions: none)",
        "the package index cannot be reached; is there a network?",
    ),
    "hash": (
        "noise\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\nmore",
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
    ),
    "ours": ("asbuilt: npm could not", "asbuilt: npm could not"),
    "silent": ("", "it gave no reason"),
}


@pytest.mark.parametrize(("output", "said"), COMPLAINTS.values(), ids=COMPLAINTS)
def test_the_reason_is_found_in_what_a_tool_printed(
    dev: ModuleType, output: str, said: str
) -> None:
    assert dev.complaint(output) == said


@pytest.mark.parametrize("name", ["runtime.txt", "development.txt"])
def test_other_requirements_make_the_environment_old(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    kind = name.removesuffix(".txt")
    before = dev.stamp(kind)
    (tmp_path / name).write_text("click==1 --hash=sha256:0")
    monkeypatch.setattr(dev, "REQUIREMENTS", tmp_path)
    assert dev.stamp(kind) != before


def test_the_tests_files_are_in_memory_only_where_there_is_room(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", "before")
    monkeypatch.setattr(dev, "MEMORY", tmp_path)
    monkeypatch.setattr(dev, "memory_left", lambda: dev.ROOM - 1)
    with dev.files_in_memory():
        assert os.environ["TMPDIR"] == "before"
    monkeypatch.setattr(dev, "memory_left", lambda: dev.ROOM)
    with dev.files_in_memory():
        folder = Path(os.environ["TMPDIR"])
        assert folder.parent == tmp_path
    assert not folder.exists()


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({}, "all"),
        ({"/proc/meminfo": "MemFree: 9 kB\nMemAvailable:    3 kB\n"}, 3072),
        ({"/sys/fs/cgroup/memory.max": "max\n"}, "all"),
        (
            {
                "/sys/fs/cgroup/memory.max": "5000\n",
                "/sys/fs/cgroup/memory.current": "4000\n",
            },
            1000,
        ),
    ],
    ids=["unknown", "system", "no limit", "container"],
)
def test_memory_is_what_system_and_container_leave(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    files: dict[str, str],
    left: int | str,
) -> None:
    monkeypatch.setattr(dev, "MEMORY", tmp_path)
    monkeypatch.setattr(dev, "read", lambda path: files.get(path, ""))
    monkeypatch.setattr(dev.shutil, "disk_usage", lambda _: SimpleNamespace(free=9999))
    assert dev.memory_left() == (9999 if left == "all" else left)
    monkeypatch.setattr(dev, "MEMORY", tmp_path / "nowhere")
    assert dev.memory_left() == 0


@pytest.mark.parametrize("option", ["-n0", "--pdb", "-s", "--numprocesses=4"])
def test_options_about_processes_are_left_to_the_person(
    dev: ModuleType, option: str
) -> None:
    assert dev.is_serial(option)
    assert not dev.is_serial("--lf")
