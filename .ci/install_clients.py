"""Installs other people's clients of the images API, and what they check bags with.

For tests/clients alone.

They live in ``.ci/clients/env``, which git ignores: the environment of the tests has
none of them, so that no version of theirs decides a version of ours. Every file is
checked against a hash. Where they cannot be had, ``missing.txt`` there says why, and
the tests skip with those words.

pyprocore declares Python 3.12 or newer. A Python of that kind is taken where there is
one; on 3.11 it is installed nevertheless, and works.

Needs the environment for development; ``.ci/dev.py test`` runs it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CI = Path(__file__).resolve().parent
REQUIREMENTS = CI / "requirements" / "clients.txt"
BAGS = CI / "requirements" / "bags.txt"  # built here, with what the others bring
PACKAGES = (CI / "clients" / "package.json", CI / "clients" / "package-lock.json")
NPMRC = CI.parent / ".npmrc"
ENV = CI / "clients" / "env"
PYTHON = ENV / "python" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NODE_MODULES = ENV / "node" / "node_modules"
STAMP = ENV / "stamp.txt"
MISSING = ENV / "missing.txt"

NEWER = ("python3.12", "python3.13", "python3.14")  # what pyprocore declares
TIMEOUT = 600  # seconds


class Unavailable(Exception):
    """They cannot be had here; the text says why."""


def main() -> int:
    """Install what is not there yet; 1 when that failed."""
    if is_current():
        return 0
    print("installing other people's clients of the API, for tests", file=sys.stderr)
    shutil.rmtree(ENV, ignore_errors=True)
    ENV.mkdir(parents=True)
    try:
        install_python()
        install_node()
    except Unavailable as problem:
        MISSING.write_text(f"{problem}\n", "utf-8")
        print(f"asbuilt: {problem}; their tests are skipped", file=sys.stderr)
        return 1
    STAMP.write_text(stamp(), "utf-8")
    return 0


def is_current() -> bool:
    """Whether the last complete installation was made from these very files, here."""
    try:
        same = STAMP.read_text("utf-8") == stamp()
        return same and not run([str(PYTHON), "-c", ""]).returncode
    except OSError:
        return False


def stamp() -> str:
    """Hash of what decides the environment, the folder's place among it."""
    digest = hashlib.sha256(os.fsencode(ENV))
    for path in (Path(__file__), REQUIREMENTS, BAGS, NPMRC, *PACKAGES):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install_python() -> None:
    """Make an environment with the Python clients.

    :raises Unavailable: no network, a hash that differs
    """
    venv = ["-m", "venv", "--without-pip", str(ENV / "python")]
    need([newest_python(), *venv], "no environment for Python clients can be made")
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet"]
    options = ["--disable-pip-version-check", "--no-input", "--retries=1"]
    options += ["--require-hashes", "--no-deps", "--ignore-requires-python"]
    need([*pip, *options, "-r", str(REQUIREMENTS)], "pip could not install the clients")
    options += ["--no-build-isolation", "-r", str(BAGS)]
    need([*pip, *options], "pip could not build what checks bags")


def newest_python() -> str:
    """A Python that pyprocore declares itself for, else the one that runs this."""
    for name in NEWER:
        # pyenv's stand-ins start nothing unless they are told which one is meant
        chosen = {"PYENV_VERSION": name.removeprefix("python")}
        try:
            done = run([name, "-c", "import sys, venv; print(sys.executable)"], chosen)
        except OSError:
            continue
        if not done.returncode:
            return done.stdout.strip()
    return sys.executable


def install_node() -> None:
    """Install the client for Node.

    :raises Unavailable: no network, a hash that differs
    """
    from build_hook import npm_command

    folder = NODE_MODULES.parent
    folder.mkdir()
    for path in (NPMRC, *PACKAGES):
        shutil.copyfile(path, folder / path.name)
    options = ["--prefix", str(folder), "--ignore-scripts", "--fetch-retries=1"]
    need([*npm_command(), "ci", *options], "npm could not fetch the clients")


def need(command: list[str], otherwise: str) -> None:
    """Run a command that must succeed.

    :raises Unavailable: it failed; with the last line that it said
    """
    try:
        done = run(command)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{otherwise}: {error}") from error
    if done.returncode:
        raise Unavailable(": ".join([otherwise, *complaint(done.stderr)]))


def complaint(output: str) -> list[str]:
    """The line of a tool's output that says what went wrong, if there is one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"(ERROR|\w+Error): ", line)]
    return (errors or lines)[-1:]


def run(
    command: list[str], more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT,
        env={**os.environ, **(more or {})},
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
