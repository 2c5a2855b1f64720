"""The bill of materials has what is pinned and what lies in the wheel, and no more."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.test_advisories import pins

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / ".ci" / "sbom.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bill(sbom: ModuleType) -> Any:
    return sbom.bill(ROOT)


def test_it_names_every_pin_and_every_bundled_package(bill: Any) -> None:
    found = {part["name"]: part for part in bill["components"]}
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    npm = {
        name.rpartition("node_modules/")[2]: each["version"]
        for name, each in lock.items()
        if name and not each.get("dev")
    }
    assert {name: part["version"] for name, part in found.items()} == pins() | npm
    assert len({part["bom-ref"] for part in bill["components"]}) == len(found)
    direct = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert found["pillow"]["purl"] == f"pkg:pypi/pillow@{pins()['pillow']}"
    assert found["leaflet"]["hashes"][0]["alg"] == "SHA-512"
    assert len(found["leaflet"]["hashes"][0]["content"]) == 128
    assert found["pillow"]["scope"] == "required"
    assert found["hatchling"]["scope"] == "excluded"
    assert bill["metadata"]["component"]["version"] == direct["version"]


def test_faults_that_are_borne_are_told_with_what_they_affect(bill: Any) -> None:
    refs = {part["bom-ref"] for part in bill["components"]}
    assert bill["vulnerabilities"]
    for one in bill["vulnerabilities"]:
        assert one["analysis"]["detail"]
        assert {each["ref"] for each in one["affects"]} <= refs


def test_the_same_sources_give_the_same_bytes(sbom: ModuleType, tmp_path: Path) -> None:
    first, second = (sbom.write(ROOT, tmp_path / name) for name in ("a", "b/c"))
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text("utf-8"))["specVersion"] == "1.6"
