"""Names on the stick. What is read by name is one of these, and nothing else."""

from __future__ import annotations

import re

from sync.bundles.model import Heading

MANIFEST, COMPLETE = "MANIFEST.json", "COMPLETE"
OBJECTS, LIST = "objects", "objects.list"
LOCK = ".asbuilt-exchange.lock"
PART = ".part"  # ends the name of what is being written
MAJOR = 1

SHA256 = re.compile(r"[0-9a-f]{64}")
SHELF = re.compile(r"[0-9a-f]{2}")
PIECE = re.compile(r"([0-9a-f]{64})\.p([0-9]{3})")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SITE = re.compile(r"[0-9A-Za-z-]{1,64}")
SEEN = re.compile(r"[0-9A-Za-z-]{1,64}~?")  # a site, or what it counts by itself
RECORDS = re.compile(r"([a-z]{1,32})-([0-9]{4})\.jsonl")
BUNDLE = re.compile(r"phb([0-9]{1,3})-.{1,200}")
SEAL = re.compile(rb"phb([0-9]{1,3}) ([0-9a-f]{64})\n")


def bundle_name(heading: Heading) -> str:
    """Return the name of a bundle's folder."""
    return f"{stem(heading)}{heading.seq}"


def stem(heading: Heading) -> str:
    """Return what the names of all bundles of an archive and site begin with."""
    return f"phb{MAJOR}-{heading.archive[:8]}-{heading.site}-"


def object_name(sha256: str) -> str:
    """Return the path of an original in a bundle."""
    return f"{OBJECTS}/{sha256[:2]}/{sha256}"


def parts_name(sha256: str) -> str:
    """Return the path of the list of an original's pieces."""
    return f"{object_name(sha256)}.parts"


def piece_name(sha256: str, number: int) -> str:
    """Return the name of a piece, beside the list of them."""
    return f"{sha256}.p{number:03}"


def records_name(kind: str, number: int) -> str:
    """Return the name of a file of records."""
    return f"{kind}-{number:04}.jsonl"
