"""Writing a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sync.bundles.model import Blob, Heading, Record, Written


def write(
    folder: Path,
    heading: Heading,
    parts: Mapping[str, Iterable[Record]],
    blobs: Iterable[Blob],
    *,
    fast: bool = False,
    told: Callable[[int, int], None] = lambda done, size: None,  # noqa: ARG005
) -> Written:
    """Write a bundle into a folder, or go on with one that was cut off.

    :param parts: kind ("records", "conflicts", "sites"): its lines, each read once
    :param blobs: ascending by sha256, each once; read once
    :param fast: what was copied is not read again from the stick
    :param told: how many originals are on the stick, and how many bytes of them
    :raises NotFound: there is no such folder
    :raises Conflict: a bundle of this site and number is there
    :raises ArchiveLocked: another process writes into the folder
    :raises InvalidInput: a record that is no JSON, or far too large
    :raises StoreError: it cannot be written; what was is gone on with the next time
    """
    raise NotImplementedError
