"""``asbuilt exchange verify``: a stick is looked at, and nothing on it changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.commands.root import asbuilt
from tests.archive.import_checks import sha256
from tests.sync.bundles.sticks import BYTES, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    for name in ("originals", "stick"):
        (tmp_path / name).mkdir()
    return Desk(tmp_path / "originals", tmp_path / "stick")


def test_a_stick_is_told_bundle_by_bundle(desk: Desk) -> None:
    whole, torn = desk.write(seq=7).path, desk.write(seq=8).path
    command = ["exchange", "verify", str(desk.stick)]
    result = CliRunner().invoke(asbuilt, command)
    assert result.exit_code == 0, result.output
    says = f"{whole.name}: whole: 3 records of 'Tower 4', 3 originals (0.0 MB)\n"
    assert says in result.stderr
    name = sha256(BYTES[0])
    (torn / f"objects/{name[:2]}/{name}").unlink()
    result = CliRunner().invoke(asbuilt, [*command, "--json"])
    assert result.exit_code == 1, result.output
    assert "it is missing; 2 originals can be saved" in result.stderr
    told = json.loads(result.stdout)["bundles"]
    assert [one["state"] for one in told] == ["whole", "torn"]


def test_an_empty_stick_has_none_and_an_absent_one_is_told(desk: Desk) -> None:
    command = ["exchange", "verify", str(desk.stick)]
    assert "no bundle lies there" in CliRunner().invoke(asbuilt, command).stderr
    desk.stick.rmdir()
    result = CliRunner().invoke(asbuilt, command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is the stick connected?" in result.stderr
