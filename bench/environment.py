"""Where the benchmark keeps its things, and the peers that it compares with.

Peers never enter the project's own environment: those from PyPI go into a virtual
environment under the benchmark's folder, and programs of the system are looked for
and named when they are missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
CONTESTANTS = Path(__file__).with_name("contestants")
REQUIREMENTS = Path(__file__).with_name("peers.txt")
PROGRAMS = {
    "exiftool": "apt install libimage-exiftool-perl",
    "git-annex": "apt install git-annex",
    "zip": "apt install zip",
    "phockup": "optional: not packaged, clone it and put it on PATH",
}


class Absent(Exception):
    """A contestant that cannot run here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The benchmark's folder: loads, the peers' environment, scratch space."""

    folder: Path

    @property
    def loads(self) -> Path:
        """The photos made by ``bench.load``."""
        return self.folder / "loads"

    @property
    def python(self) -> Path:
        """The interpreter that has the peers installed."""
        return self.folder / "venv" / "bin" / "python"

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """An empty folder that is removed in the end."""
        place = self.folder / "scratch" / f"{os.getpid()}-{name}"
        remove(place)
        place.mkdir(parents=True)
        try:
            yield place
        finally:
            remove(place)


def default_folder() -> Path:
    """``$ASBUILT_BENCH``, else a folder in the user's cache."""
    named = os.environ.get("ASBUILT_BENCH")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "asbuilt-bench"


def remove(place: Path) -> None:
    """Remove a tree, also one with read-only folders (git-annex, originals)."""
    if not place.exists():
        return
    for folder, _, _ in os.walk(place):
        Path(folder).chmod(0o700)
    shutil.rmtree(place)


def install_peers(environment: Environment) -> None:
    """Make the peers' environment, or bring it up to date with ``peers.txt``."""
    done = environment.folder / "venv" / "peers.txt"
    wanted = REQUIREMENTS.read_text()
    if done.exists() and done.read_text() == wanted:
        return
    say("installing the peers (once)")
    venv.create(environment.folder / "venv", with_pip=True)
    pip = [environment.python, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "install", "-r", REQUIREMENTS], check=True)
    done.write_text(wanted)


def program(name: str) -> str:
    """The path of a program of the system.

    :raises Absent: with how to install it
    """
    found = shutil.which(name)
    if found is None:
        raise Absent(f"{name} is not installed ({PROGRAMS[name]})")
    return found


def asbuilt(command: str) -> list[str]:
    """A command of this project, as installed beside this interpreter.

    :raises Absent: when the project is not installed there
    """
    beside = Path(sys.executable).with_name("asbuilt")
    if not beside.exists():
        raise Absent("not there yet: the command asbuilt is not installed")
    return [str(beside), command]


def one_thread() -> Mapping[str, str]:
    """The environment for contestants: this project importable, one thread each."""
    return {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "VIPS_CONCURRENCY": "1",
        "OMP_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }


def say(text: str) -> None:
    """Tell a person what goes on; results alone go to standard output."""
    print(text, file=sys.stderr, flush=True)
