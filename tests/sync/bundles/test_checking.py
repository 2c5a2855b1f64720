"""Checking a stick: each bundle read whole, the bad ones told and not raised."""

from __future__ import annotations

import shutil

import pytest

from archive.errors import NotFound
from sync.bundles.checking import check
from tests.archive.import_checks import sha256
from tests.sync.bundles.sticks import ARCHIVE, BYTES, OTHER, Desk, forge


def test_every_bundle_is_told_with_what_it_is_good_for(desk: Desk) -> None:
    good = desk.write().path
    spoilt, other, newer = (good.with_name(f"{good.name}{n}") for n in (1, 2, 3))
    for copy in (spoilt, other, newer):
        shutil.copytree(good, copy)
    name = sha256(BYTES[0])
    (spoilt / f"objects/{name[:2]}/{name}").write_bytes(b"fIrst")
    forge(other, lambda told: told.update(archive=OTHER))
    (newer / "COMPLETE").write_text(f"phb2 {'0' * 64}\n")
    told = {one.found.path: one.as_json() for one in check(desk.stick, ARCHIVE)}
    records = {"records": 2, "conflicts": 1}
    assert told[good] == {
        "bundle": good.name,
        "state": "whole",
        "why": "",
        "archive": ARCHIVE,
        "name": "Tower 4",
        "site": "site-a",
        "seq": 7,
        "created": "2026-08-22T10:00:00.000Z",
        "records": records,
        "originals": 3,
        "bytes": 65,
        "saved": 0,
    }
    assert (told[other]["state"], told[other]["originals"]) == ("other", 3)
    assert (told[newer]["state"], told[newer]["site"]) == ("newer", None)
    bad = told[spoilt]
    assert (bad["state"], bad["originals"], bad["saved"]) == ("torn", 0, 2)
    assert bad["why"] == f"objects/{name[:2]}/{name}: it is not what was written"


def test_an_absent_stick_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound):
        list(check(desk.stick / "none"))
