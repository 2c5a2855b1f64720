"""Acknowledgements: what a site took in, left on the stick for who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sync.bundles.model import Ack


def leave(folder: Path, ack: Ack, hashes: Iterable[str] = ()) -> Path:
    """Leave an acknowledgement in a folder, in place of an earlier one.

    :param hashes: SHA-256 of originals that were read in full here, and are right
    :raises StoreError: it cannot be written
    """
    raise NotImplementedError


def acks(folder: Path, archive: str) -> list[Ack]:
    """Return the acknowledgements in a folder; one that is damaged is none."""
    raise NotImplementedError


def hashes(ack: Ack) -> Iterator[str]:
    """Yield the originals that an acknowledgement of ``acks`` says are held there."""
    raise NotImplementedError
