"""The wheel runs without Node and network, with what is listed and no more.

The clean environment holds links to exactly those distributions of the development
environment that ``.ci/requirements/runtime.txt`` names: a library that is used but not
listed is missing there.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / ".ci" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
VENDOR = "plugins/static/vendor"

NO_NETWORK = """
import socket

def refuse(*_arguments, **_options):
    raise OSError("there is no network here")

socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
"""

IMPORT_ALL = """
import importlib, pkgutil
for name in ("archive", "plugins", "sync"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        # plugins.mcp needs the extra of that name
        if not module.name.endswith("__main__") and ".mcp" not in module.name:
            importlib.import_module(module.name)
"""


# The clean environment


def build(kind: str, folder: Path) -> Path:
    """Build from the checkout, without build isolation: that would fetch things."""
    subprocess.run(
        [sys.executable, "-m", "build", f"--{kind}", "-n", "-o", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of the wheel and its listed libraries; return its bin."""
    home = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    for source in listed_files():
        (site / source.name).symlink_to(source)
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install"]
    options = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *options, wheel], check=True)
    return home / "bin"


def listed_files() -> set[Path]:
    """Find the top-level files and folders of the distributions listed for run time."""
    return {
        Path(str(distribution.locate_file(file.parts[0])))
        for name in pinned("runtime")
        for distribution in metadata.distributions(name=name)
        for file in distribution.files or ()
        if file.parts[0] not in ("..", "__pycache__")
    }


def pinned(kind: str) -> dict[str, str]:
    """Return version by name, as the file lists them."""
    lines = (REQUIREMENTS / f"{kind}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", lines, re.MULTILINE))


def run(clean: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a program of the clean environment, which is all that is on PATH."""
    program, *arguments = command
    return subprocess.run(
        [clean / str(program), *map(str, arguments)],
        cwd=clean.parent,
        env={"PATH": str(clean), "HOME": str(clean.parent), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


# The wheel


def test_the_wheel_holds_the_packages_the_schema_and_the_front_end(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
        sums = file.read(f"{VENDOR}/SHA256SUMS").decode().splitlines()[1:]
        for digest, name in (line.split("  ") for line in sums):
            data = file.read(f"{VENDOR}/{name}")
            assert hashlib.sha256(data).hexdigest() == digest
        [told] = [name for name in names if name.endswith("/sboms/asbuilt.cdx.json")]
        parts = json.loads(file.read(told))["components"]
    assert {"pillow", "leaflet"} <= {part["name"] for part in parts}
    assert len(sums) >= 6
    assert "archive/schema.sql" in names
    assert {name.split("/")[0] for name in names} == {
        "archive",
        "plugins",
        "sync",
        f"asbuilt-{PROJECT['project']['version']}.dist-info",
    }


def test_every_icon_is_a_symbol_of_its_own(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        sprite = file.read(f"{VENDOR}/lucide-static/sprite.svg").decode()
    icons = re.findall(r'<symbol id="([a-z0-9-]+)" viewBox', sprite)
    assert len(set(icons)) == len(icons) >= 30
    assert {"search", "star", "lock", "map-pin", "rotate-cw"} <= set(icons)


def test_the_wheel_says_its_version(clean: Path) -> None:
    done = run(clean, "asbuilt", "--version")
    assert done.stdout.startswith(f"asbuilt {PROJECT['project']['version']} (SQLite ")


def test_every_command_of_the_wheel_can_be_loaded(clean: Path) -> None:
    done = run(clean, "asbuilt", "--help")
    assert done.returncode == 0
    assert "not in this installation" not in done.stdout


def test_every_module_runs_with_what_is_listed(clean: Path) -> None:
    done = run(clean, "python", "-c", IMPORT_ALL)
    assert not done.stderr


def test_the_schema_is_read_from_the_wheel(clean: Path) -> None:
    code = (
        "from importlib.resources import files; import sys; "
        "sys.stdout.buffer.write(files('archive').joinpath('schema.sql').read_bytes())"
    )
    assert run(clean, "python", "-c", code).stdout == (ROOT / "schema.sql").read_text()


def test_an_archive_is_made_and_read_from_the_wheel(
    clean: Path, tmp_path: Path
) -> None:
    made = run(clean, "asbuilt", "init", tmp_path / "tower-4")
    assert (made.returncode, made.stderr.count("Traceback")) == (0, 0)
    assert (tmp_path / "tower-4" / "archive.db").is_file()
    listed = run(clean, "asbuilt", "photos", tmp_path / "tower-4", "--format", "jsonl")
    assert (listed.returncode, listed.stdout) == (0, "")


def test_the_source_distribution_can_build_the_wheel(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    needed = {
        ".ci/build_hook.py",
        ".npmrc",
        "README.md",
        "package-lock.json",
        "package.json",
        "pyproject.toml",
        "schema.sql",
    }
    assert needed <= names
    assert not [name for name in names if name.startswith((".venv", VENDOR))]


# The pins


def requirements(kind: str) -> Iterator[str]:
    """Yield each requirement with its hashes as one line."""
    text = (REQUIREMENTS / f"{kind}.txt").read_text("utf-8")
    yield from text.replace("\\\n", "").splitlines()


@pytest.mark.parametrize("kind", ["runtime", "development"])
def test_requirements_are_versions_and_hashes_and_no_hosts(kind: str) -> None:
    pattern = re.compile(
        r"[a-z0-9-]+==[^\s;]+( ;[^:]+)?(\s+--hash=sha256:[0-9a-f]{64})+"
    )
    assert [line for line in requirements(kind) if not pattern.fullmatch(line)] == []


def test_the_requirements_hold_what_the_project_names() -> None:
    names = pinned("runtime")
    build_needs = PROJECT["build-system"]["requires"]
    for requirement in [*PROJECT["project"]["dependencies"], *build_needs]:
        name, version = requirement.split(";")[0].split("==")
        assert names[name.replace(".", "-")] == version
    assert PROJECT["dependency-groups"]["build"] == build_needs
    assert names.items() <= pinned("development").items()


def test_the_lock_of_the_front_end_names_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    packages = {key: value for key, value in lock["packages"].items() if key}
    assert all("resolved" not in package for package in packages.values())
    assert all(package["integrity"] for package in packages.values())
    assert wanted == {
        name: packages[f"node_modules/{name}"]["version"] for name in wanted
    }


# What Datasette and the command line find


def test_datasette_finds_one_plugin() -> None:
    assert PROJECT["project"]["entry-points"]["datasette"] == {"asbuilt": "plugins"}
