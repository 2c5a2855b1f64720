"""What crosses the boundary of this package.

Two errors are its own: ``TornBundle`` is a ``FileProblem`` (it names the file, and what
is wrong with it), ``NewerBundle`` a ``NewerFormat``. What cannot be written is a
``StoreError``, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from archive.errors import FileProblem, NewerFormat

Record = dict[str, Any]  # one line of a part
State = Literal["whole", "torn", "other", "newer"]


class TornBundle(FileProblem):
    """A bundle that is not whole, or not as it was written: no record of it counts."""


class NewerBundle(NewerFormat):
    """A bundle of a format that is not known yet."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a bundle says of itself: its MANIFEST.json without the parts.

    :param archive: uuid
    :param name: of the archive, for people
    :param site: that wrote it
    :param seq: number of the bundle among that site's
    :param created: UTC
    :param schema: format of the archive that wrote it
    :param base_seen: site: how far it knew that site's changes
    :param remote: what it is linked with, or None
    :param minor: of the format
    :param more: what a newer minor says besides
    """

    archive: str
    name: str
    site: str
    seq: int
    created: str
    schema: int
    base_seen: Mapping[str, int]
    remote: Mapping[str, Any] | None
    minor: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blob:
    """An original that goes along.

    :param path: where its bytes are on this laptop
    """

    sha256: str
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    :param path: of the bundle
    :param records: lines, of all kinds
    :param blobs: originals in it, ``bytes`` of them
    :param there: how many of these lay on the stick already, from a run cut off
    :param missing: originals that were not to be had here: (sha256, why)
    """

    path: Path
    records: int
    blobs: int
    bytes: int
    there: int
    missing: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A file of records.

    :param lines: one record each; ``sha256`` is that of the file
    """

    path: str
    bytes: int
    sha256: str
    lines: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The originals of a bundle: how many, their bytes, and the hash of their list."""

    count: int
    bytes: int
    list_sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """A bundle in a folder, as far as its head says: nothing of it was verified yet.

    :param state: "torn": it cannot be used; "newer": not by this version; "other": it
        is of another archive
    :param why: it is not "whole", as a sentence without the path
    :param heading: None: it cannot be read
    """

    path: Path
    state: State
    why: str = ""
    heading: Heading | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """What a site says it took in of another's bundle.

    :param site: that took it in
    :param of_site: whose bundle it was; ``seq`` its number
    :param at: when, UTC
    :param base_seen: site: how far ``site`` knows that site's changes now
    :param hashes: how many originals it holds that it read in full and found right
    :param path: where it lies; None: it was not left yet
    """

    archive: str
    site: str
    of_site: str
    seq: int
    at: str
    base_seen: Mapping[str, int]
    hashes: int = 0
    path: Path | None = None
