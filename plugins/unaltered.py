"""Whether a file is what was archived, without reading all of it each time.

A player asks for a video in hundreds of pieces, and whoever has a link may ask for one
byte as often as they like.
"""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

from archive.copying import Identity, identity_of, is_as_archived
from archive.errors import StoreError

HOLDS = 600  # seconds at most, after which a file is read again


def is_unaltered(path: Path, crc32: int, size: int) -> bool:
    """Whether it is; read when it looks changed, or was not read for a while.

    :param crc32: of the original, as the archive has it, like its ``size`` in bytes
    """
    try:
        now = int(time.monotonic() // HOLDS)
        return _was(path, crc32, size, identity_of(path.stat()), now)
    except (OSError, StoreError):
        return False


@lru_cache(maxsize=1024)
def _was(path: Path, crc32: int, size: int, _looks: Identity, _when: int) -> bool:
    return is_as_archived(path, crc32, size)
