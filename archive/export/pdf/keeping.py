"""Pictures that were made for a report which was cut off, for the one that goes on.

Making them is nearly all that a report takes. They lie beside the file that is written,
and go with it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

Made = tuple[int, int, int, bytes]  # width, height, components, a JPEG

_HEAD = struct.Struct(">4L")  # CRC-32 of the rest, and what is before the JPEG


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of pictures by what was asked for."""

    folder: Path

    def find(self, asked: object) -> Made | None:
        """Return a picture that is whole; None: it is to be made."""
        try:
            data = self._path(asked).read_bytes()
            crc, width, height, components = _HEAD.unpack_from(data)
        except (OSError, struct.error):
            return None
        if zlib.crc32(data[4:]) != crc:  # the disk had not all of it
            return None
        return width, height, components, data[_HEAD.size :]

    def keep(self, asked: object, made: Made) -> None:
        """Write a picture.

        :raises OSError: it cannot be
        """
        width, height, components, jpeg = made
        told = struct.pack(">3L", width, height, components) + jpeg
        path = self._path(asked)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zlib.crc32(told).to_bytes(4) + told)

    def _path(self, asked: object) -> Path:
        name = hashlib.sha256(repr(asked).encode("utf-8", "replace")).hexdigest()
        return self.folder / name[:2] / name
