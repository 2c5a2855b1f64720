"""What a container's reader hands over: sizes, and the blocks of metadata inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from archive.facts.model import Detail
from archive.facts.moments import Moment
from archive.facts.positions import Position
from archive.facts.source import Source
from archive.facts.xmp import MOST_PACKET

MOST_BLOCKS = 4


@dataclass(slots=True)
class Contents:
    """Filled by one reader (JPEG, PNG, …) and interpreted the same way for all."""

    width: int | None = None
    height: int | None = None
    damage: str | None = None
    extension: str | None = None  # where only the inside tells (DNG, NEF, …)
    media_type: str | None = None
    exif: list[Source] = field(default_factory=list)  # TIFF blocks, the first wins
    xmp: list[bytes] = field(default_factory=list)
    iptc: bytes = b""
    profile: bytes = b""  # the beginning of an ICC profile
    moment: tuple[Moment, str] | None = None  # the container's own, with its name
    position: tuple[Position, str] | None = None
    make: str = ""
    model: str = ""
    spherical: str = ""  # the projection that a video states
    details: dict[str, Detail] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def keep_exif(self, block: Source) -> None:
        """Note a TIFF block; a file full of them gives its first four."""
        if len(self.exif) < MOST_BLOCKS:
            self.exif.append(block)

    def keep_xmp(self, block: Source) -> None:
        """Note a packet, a megabyte of it at most; the first four of them."""
        if len(self.xmp) < MOST_BLOCKS:
            self.xmp.append(block.read(0, MOST_PACKET))

    def warn(self, text: str) -> None:
        """Note something odd, once, and no more than twenty."""
        if text not in self.warnings and len(self.warnings) < 20:
            self.warnings.append(text)

    def damaged(self, reason: str) -> None:
        """Note the first reason why the file looks damaged."""
        if self.damage is None:
            self.damage = reason


Reader = Callable[[Source, Contents], None]
