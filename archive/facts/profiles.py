"""The name of an ICC colour profile (ICC.1:2022), when it stands near the beginning."""

from __future__ import annotations

from archive.facts.source import Memory, Source
from archive.facts.texts import decode, decode_utf16


def profile_name(block: bytes) -> str:
    """The description that the profile gives of itself; empty when out of reach."""
    return _description(Memory(block)) if block[36:40] == b"acsp" else ""


def _description(source: Source) -> str:
    count = int.from_bytes(source.read(128, 4), "big")
    for at in range(132, 132 + 12 * min(count, 100), 12):
        if source.read(at, 4) == b"desc":
            place = int.from_bytes(source.read(at + 4, 4), "big")
            return _text(source.read(place, 512))
    return ""


def _text(raw: bytes) -> str:
    if raw[:4] == b"desc":  # version 2: a length and ASCII
        length = int.from_bytes(raw[8:12], "big")
        return decode(raw[12 : 12 + length])
    if raw[:4] == b"mluc":  # version 4: several languages, the first will do
        length = int.from_bytes(raw[20:24], "big")
        start = int.from_bytes(raw[24:28], "big")
        return decode_utf16(raw[start : start + length], ">")
    return ""
