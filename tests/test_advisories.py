"""No library that reads what others send is of a version that is known to be bad."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

CI = Path(__file__).parents[1] / ".ci"
KNOWN: list[dict[str, Any]] = tomllib.loads(
    (CI / "advisories.toml").read_text("utf-8")
)["advisory"]
# read what others send, or make what they open: each has its floor
PARSERS = ("pillow", "pi-heif", "fpdf2", "fonttools", "python-multipart", "authlib")


def pins() -> dict[str, str]:
    text = (CI / "requirements" / "runtime.txt").read_text("utf-8")
    pin = r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)"
    return dict(re.findall(pin, text, re.MULTILINE))


@cache
def bundled() -> dict[str, str]:
    """The libraries within packages, as they say themselves."""
    import pi_heif
    from lxml import etree
    from PIL import features

    from archive.sqlite import sqlite3

    heif = pi_heif.libheif_info()
    codec = re.search(r"version ([\d.]+)", str(heif["decoders"].get("libde265")))
    found = {
        "libwebp": features.version("webp"),
        "libavif": features.version("avif"),
        "libtiff": features.version("libtiff"),
        "openjpeg": features.version("jpg_2000"),
        "freetype": features.version("freetype2"),
        "libheif": heif["libheif"],
        "libde265": codec[1] if codec else None,
        "libxml2": ".".join(map(str, etree.LIBXML_VERSION)),
        "sqlite": sqlite3.sqlite_version,
    }
    return {name: version for name, version in found.items() if version}


def installed() -> dict[str, str]:
    found = {
        (each.metadata["name"] or "").lower().replace("_", "-"): each.version
        for each in metadata.distributions()
    }
    return found | bundled()


def bad(versions: Mapping[str, str], known: list[dict[str, Any]]) -> list[str]:
    """Return the advisories that these versions have, and nobody said why."""
    return [
        f"{one['id']}: {one['package']} {versions[one['package']]} < {one['fixed']}"
        for one in known
        if one["package"] in versions
        and Version(versions[one["package"]]) < Version(one["fixed"])
        and not one.get("open")
    ]


def test_no_version_that_is_known_to_be_bad_is_pinned() -> None:
    assert bad(pins(), KNOWN) == []


def test_nor_is_one_installed() -> None:
    assert bad(installed(), KNOWN) == []


def test_what_is_borne_is_still_so() -> None:
    """A reason that nobody needs any more would hide the next fault."""
    versions = pins() | bundled()
    for one in KNOWN:
        if one.get("open"):
            assert Version(versions[one["package"]]) < Version(one["fixed"]), one["id"]


def test_each_advisory_is_of_something_that_we_have() -> None:
    assert {one["package"] for one in KNOWN} <= set(pins()) | set(bundled())
    assert len({one["id"] for one in KNOWN}) == len(KNOWN)
    for one in KNOWN:
        assert re.fullmatch(r"(CVE|GHSA|PYSEC)-[\w-]+", one["id"])
        assert one["about"]


@pytest.mark.parametrize("package", PARSERS)
def test_every_parser_has_a_floor(package: str) -> None:
    assert any(one["package"] == package for one in KNOWN)


def test_an_old_version_is_found() -> None:
    old = {"pillow": "12.1.0", "libwebp": "1.3.1", "datasette": "1.0a3"}
    ids = {line.partition(":")[0] for line in bad(old, KNOWN)}
    assert {"CVE-2026-25990", "CVE-2023-4863", "CVE-2023-40570"} <= ids
