"""GIF (89a): the screen's size, the number of frames, XMP, and whether it ends."""

from __future__ import annotations

from archive.facts.contents import Contents
from archive.facts.source import Part, Source
from archive.facts.texts import decode

MOST_BLOCKS = 20_000  # sub-blocks walked before we stop counting frames
_XMP = b"\x0bXMP DataXMP"


def read_gif(source: Source, contents: Contents) -> None:
    """Fill in size, frames, XMP and damage of a GIF."""
    head = source.read(0, 13)
    if len(head) < 13:
        contents.damaged("the file ends inside its header")
        return
    contents.width = int.from_bytes(head[6:8], "little")
    contents.height = int.from_bytes(head[8:10], "little")
    frames, ended = _walk(source, 13 + _table(head[10]), contents)
    if frames:
        contents.details["frames"] = frames
    if ended is False:
        cut = "the file was cut off: the end of the picture is missing"
        contents.damaged(cut if frames else "no picture data")


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _walk(source: Source, at: int, contents: Contents) -> tuple[int, bool | None]:
    """Frames seen, and whether the end was: None when the walk was given up."""
    frames, budget = 0, MOST_BLOCKS
    while budget > 0:
        kind = source.read(at, 10)
        if not kind:
            return frames, False
        if kind[0] == 0x3B:
            return frames, frames > 0
        if kind[0] == 0x2C and len(kind) == 10:
            frames += 1
            at, budget = _skip(source, at + 11 + _table(kind[9]), budget)
        elif kind[0] == 0x21:
            _extension(source, at, kind, contents)
            at, budget = _skip(source, at + 2, budget)
        else:
            return frames, False
        if at > source.size:
            return frames, False
    return frames, None


def _extension(source: Source, at: int, kind: bytes, contents: Contents) -> None:
    """Keep XMP (a packet without sub-blocks, XMP part 3, 1.1.2) and a comment.

    What follows the packet is picture and has no tags.
    """
    if kind[1:2] == b"\xff" and source.read(at + 2, 12) == _XMP:
        contents.keep_xmp(Part(source, at + 14, source.size))
    elif kind[1:2] == b"\xfe" and "comment" not in contents.details:
        block = source.read(at + 2, 256)
        comment = decode(block[1 : 1 + block[0]]) if block else ""
        if comment:
            contents.details["comment"] = comment


def _skip(source: Source, at: int, budget: int) -> tuple[int, int]:
    """Behind a chain of sub-blocks; beyond the end when it is not closed."""
    while budget > 0:
        length = source.read(at, 1)
        if not length:
            return source.size + 1, budget
        at += 1 + length[0]
        budget -= 1
        if not length[0]:
            break
    return at, budget
