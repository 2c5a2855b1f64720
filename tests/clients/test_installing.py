"""How other people's clients come here: pinned, apart, and not at all costs."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "install_clients.py"
REFUSED = "noise\nERROR: No matching distribution found for certifi\nA complete log"


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script, with a folder of the test's own to install into."""
    spec = importlib.util.spec_from_file_location("install_clients", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("STAMP", "MISSING"):
        monkeypatch.setattr(module, name, tmp_path / "env" / f"{name}.txt")
    monkeypatch.setattr(module, "ENV", tmp_path / "env")
    return module


def test_clients_that_cannot_be_had_are_said_to_be_missing(
    installer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(
        command: list[str], more: object = None
    ) -> subprocess.CompletedProcess[str]:
        del more
        return subprocess.CompletedProcess(command, 1, "", REFUSED)

    monkeypatch.setattr(installer, "run", refuse)
    assert installer.main() == 1
    told = installer.MISSING.read_text("utf-8")
    assert told.endswith("ERROR: No matching distribution found for certifi\n")
    assert not installer.is_current()


def test_without_a_newer_python_this_one_is_taken(
    installer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "NEWER", ("python-that-nobody-has",))
    assert installer.newest_python() == sys.executable


def test_other_pins_make_an_installation_old(
    installer: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = installer.stamp()
    (tmp_path / "clients.txt").write_text("propycore==1 --hash=sha256:0")
    monkeypatch.setattr(installer, "REQUIREMENTS", tmp_path / "clients.txt")
    assert installer.stamp() != before


def test_what_is_pinned_is_what_is_asked_for_and_names_no_index() -> None:
    pins = (ROOT / ".ci" / "requirements" / "clients.txt").read_text("utf-8")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for wanted in groups["dependency-groups"]["clients"]:
        name = re.sub(r"\[\w+\]", "", wanted)  # pins are without extras
        assert f"\n{name} \\\n" in pins
    assert "://" not in pins
    lock = json.loads(
        (ROOT / ".ci" / "clients" / "package-lock.json").read_text("utf-8")
    )
    packages = [p for name, p in lock["packages"].items() if name]
    assert all("integrity" in p and "resolved" not in p for p in packages)
