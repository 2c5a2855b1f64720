"""What a bundle says of itself; nothing of it is believed before it was looked at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sync.bundles import names
from sync.bundles.forms import parsed
from sync.bundles.model import Heading, Listed, NewerBundle, Part, TornBundle
from sync.bundles.objects import WRONG, read_small

LARGEST = 64 << 20  # bytes of a file of records
_MANIFEST = 4 << 20  # bytes: of 10,000 parts and 10,000 sites
_SEAL = 64 << 10
_MOST = 1 << 53  # what every program reads exactly
_KNOWN = frozenset(
    (
        *("format", "minor", "archive", "name", "from", "seq", "created", "schema"),
        *("base_seen", "remote", "parts", "objects", "partial"),
    )
)


class _Wrong(ValueError):
    """A manifest that cannot be."""


def read_head(root: Path) -> tuple[Heading, tuple[Part, ...], Listed]:
    """Return what a bundle says of itself, if it says that it is whole.

    :raises TornBundle: it does not, or what it says cannot be
    :raises NewerBundle: a newer version wrote it
    """
    sha256 = _read_seal(root)
    text = read_small(root, names.MANIFEST, _MANIFEST)
    if hashlib.sha256(text).hexdigest() != sha256:
        raise TornBundle(root / names.MANIFEST, WRONG)
    try:
        told = parsed(text)
        return heading_from(told), _parts_from(told), _listed_from(told)
    except ValueError as error:
        raise TornBundle(root / names.MANIFEST, f"it cannot be: {error}") from error


def _read_seal(root: Path) -> str:
    """Return the hash of the manifest that was written last of all."""
    matched = names.SEAL.match(read_small(root, names.COMPLETE, _SEAL))
    if not matched:
        raise TornBundle(root / names.COMPLETE, WRONG)
    if int(matched[1]) > names.MAJOR:
        raise NewerBundle(f"{root}: was written by a newer version of asbuilt")
    return matched[2].decode()


def read_loosely(root: Path) -> Heading | None:
    """Return what a manifest says, though the bundle is not whole; None: nothing."""
    try:
        return heading_from(parsed(read_small(root, names.MANIFEST, _MANIFEST)))
    except (TornBundle, ValueError):
        return None


def heading_from(told: Any) -> Heading:  # noqa: ANN401
    """Return the heading of a manifest.

    :raises ValueError: it cannot be
    """
    if not isinstance(told, dict) or told.get("format") != f"phb{names.MAJOR}":
        raise _Wrong("it is none")
    remote = told.get("remote")
    if remote is not None and not isinstance(remote, dict):
        raise _Wrong("remote")
    return Heading(
        archive=_named(told, "archive", names.UUID),
        name=_text(told, "name", 10_000),
        site=_named(told, "from", names.SITE),
        seq=_number(told, "seq"),
        created=_text(told, "created", 100),
        schema=_number(told, "schema"),
        base_seen=seen_from(told.get("base_seen")),
        remote=remote,
        minor=_number(told, "minor"),
        more={key: value for key, value in told.items() if key not in _KNOWN},
    )


def seen_from(told: object) -> Mapping[str, int]:
    """Return how far sites were seen.

    :raises ValueError: it cannot be
    """
    if not isinstance(told, dict) or len(told) > 10_000:
        raise _Wrong("base_seen")
    for site in told:
        if not names.SEEN.fullmatch(site):
            raise _Wrong("base_seen")
        _number(told, site)
    return told


def _text(told: Mapping[str, Any], key: str, most: int) -> str:
    value = told.get(key)
    if not isinstance(value, str) or len(value) > most:
        raise _Wrong(key)
    return value


def _named(told: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = _text(told, key, 64)
    if not pattern.fullmatch(value):
        raise _Wrong(key)
    return value


def _number(told: Mapping[str, Any], key: str) -> int:
    value = told.get(key)
    if type(value) is not int or not 0 <= value < _MOST:
        raise _Wrong(key)
    return value


def _listed_from(told: Mapping[str, Any]) -> Listed:
    about = told.get("objects")
    if not isinstance(about, dict):
        raise _Wrong("objects")
    count, size = _number(about, "count"), _number(about, "bytes")
    return Listed(count, size, _named(about, "list_sha256", names.SHA256))


def _parts_from(told: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return the files of records: of each kind 0000, 0001, … without a gap."""
    parts, counts = told.get("parts"), dict[str, int]()
    if not isinstance(parts, list):
        raise _Wrong("parts")
    found = []
    for about in parts:
        part = _part_from(about)
        kind = part.path.rpartition("-")[0]
        if part.path != names.records_name(kind, counts.get(kind, 0)):
            raise _Wrong(part.path)
        counts[kind] = counts.get(kind, 0) + 1
        found.append(part)
    return tuple(found)


def _part_from(about: object) -> Part:
    if not isinstance(about, dict):
        raise _Wrong("parts")
    path, size = _text(about, "path", 100), _number(about, "bytes")
    if not names.RECORDS.fullmatch(path) or size > LARGEST:
        raise _Wrong("parts")
    return Part(
        path, size, _named(about, "sha256", names.SHA256), _number(about, "lines")
    )
