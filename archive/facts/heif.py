"""HEIC, HEIF and AVIF: items of a meta box (ISO 14496-12, 8.11; ISO 23008-12)."""

from __future__ import annotations

import struct
from itertools import islice
from typing import NamedTuple

from archive.facts.boxes import boxes, find
from archive.facts.contents import MOST_BLOCKS, Contents
from archive.facts.source import Memory, Part, Source

MOST_ITEMS = 4000
MOST_BYTES = 1 << 20
MOST_REFERENCES = 200

_METADATA = frozenset({b"Exif", b"mime"})

# quarter turns anticlockwise (irot), then mirrored (imir) -> the EXIF orientation
# that does the same; imir's axis 0 exchanges top and bottom, 1 left and right
# (ISO 23008-12:2022, 6.5.10 and 6.5.12)
_TURNED = {0: 1, 1: 8, 2: 3, 3: 6}
_TURNED_UPSIDE_DOWN = {0: 4, 1: 5, 2: 2, 3: 7}
_TURNED_LEFT_RIGHT = {0: 2, 1: 7, 2: 4, 3: 5}


class Item(NamedTuple):
    """A picture, a piece of one, or metadata."""

    kind: bytes
    content_type: bytes  # of a "mime" item


def read_heif(source: Source, contents: Contents) -> None:
    """Fill in size, turning, metadata blocks and damage of a HEIF picture."""
    meta = None
    for box in boxes(source):
        if box.kind == b"meta" and meta is None:
            meta = box.content
        if box.missing:
            contents.damaged("the file was cut off: it is shorter than it says")
    if meta is None:
        contents.damaged("the file has no index of its pictures (meta)")
        return
    parts = {box.kind: box.content for box in boxes(meta, 4)}
    primary = _primary(parts.get(b"pitm"))
    if b"iprp" in parts:
        _properties(parts[b"iprp"], primary, contents)
    items = _items(parts.get(b"iinf"))
    pictures = sum(item.kind in (b"hvc1", b"av01", b"grid") for item in items.values())
    contents.details["items"] = pictures
    about = _described(parts.get(b"iref"), primary)
    places = _Places(source, parts.get(b"iloc"), parts.get(b"idat"))
    metadata = [number for number, item in items.items() if item.kind in _METADATA]
    for number in sorted(metadata, key=lambda number: number not in about)[
        :MOST_BLOCKS
    ]:
        item = items[number]
        if item.kind == b"Exif":
            _keep_exif(places.read(number), contents)
        elif item.kind == b"mime" and b"rdf+xml" in item.content_type:
            contents.keep_xmp(Memory(places.read(number)))
    if contents.damage is None and not places.all_there(primary):
        contents.damaged("the file was cut off: the picture's data is missing")


# Pictures that are made of others by rules (ISO 23008-12, 6.6.2; ISO 23001-17), which
# cameras do not write, and in which most of libheif's faults of memory were
_DERIVED = (b"iden", b"iovl", b"mski", b"unci", b"tili")
_MOST_LIST = 1 << 20  # bytes of the list of items; 200 megapixels in tiles have 30,000
_MOST_PARTS = 64  # of a file; cameras write six


def unusual(source: Source) -> str:
    """Say why a decoder is not to see a HEIF file, or "".

    :param source: the whole file, of anybody
    """
    for number, box in enumerate(boxes(source)):
        if box.kind == b"moov":
            return "it holds a film of pictures"
        if number == _MOST_PARTS:
            return "it has too many parts"
        if box.kind != b"meta":
            continue
        for part in boxes(box.content, 4):
            if part.kind != b"iinf":
                continue
            if part.content.size > _MOST_LIST:
                return "it lists too many pictures"
            listed = part.content.read(0, _MOST_LIST)
            if any(kind in listed for kind in _DERIVED):
                return "its picture is put together in a way that no camera uses"
    return ""


def _keep_exif(raw: bytes, contents: Contents) -> None:
    """An Exif item begins with the distance to its TIFF header."""
    start = 4 + int.from_bytes(raw[:4], "big")
    if raw[start : start + 2] not in (b"II", b"MM"):
        start = max(raw.find(b"II*\0", 0, 64), raw.find(b"MM\0*", 0, 64))
    if start >= 0:
        contents.keep_exif(Memory(raw[start:]))


def _primary(box: Part | None) -> int:
    """The number of the item that is the picture."""
    raw = box.read(0, 8) if box else b""
    return int.from_bytes(raw[4:8] if raw[:1] == b"\1" else raw[4:6], "big")


def _items(box: Part | None) -> dict[int, Item]:
    """Each item's number, kind and, for "mime", its content type."""
    found: dict[int, Item] = {}
    if box is None:
        return found
    start = 8 if box.read(0, 1) == b"\1" else 6
    for entry in boxes(box, start):
        raw = entry.content.read(0, 256)
        if entry.kind != b"infe" or len(raw) < 12 or raw[0] < 2:
            continue
        wide = 4 if raw[0] == 3 else 2
        number = int.from_bytes(raw[4 : 4 + wide], "big")
        kind = raw[6 + wide : 10 + wide]
        names = raw[10 + wide :].split(b"\0")
        found[number] = Item(kind, names[1] if len(names) > 1 else b"")
    return found


def _described(box: Part | None, primary: int) -> set[int]:
    """The items that describe the primary picture ("cdsc" references to it)."""
    found: set[int] = set()
    if box is None:
        return found
    wide = 4 if box.read(0, 1) == b"\1" else 2
    for reference in islice(boxes(box, 4), MOST_REFERENCES):
        raw = reference.content.read(0, 4096)
        numbers = [
            int.from_bytes(raw[at : at + wide], "big")
            for at in (0, *range(wide + 2, len(raw), wide))
        ]
        if reference.kind == b"cdsc" and primary in numbers[1:]:
            found.add(numbers[0])
    return found


class _Places:
    """Where the items' bytes are (the iloc box)."""

    def __init__(self, source: Source, box: Part | None, inner: Part | None) -> None:
        self._wholes: tuple[Source | None, Part | None] = (source, inner)
        self._found: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        if box is not None:
            self._parse(box.read(0, MOST_BYTES))

    def _parse(self, raw: bytes) -> None:
        """Take the table in; a cut table gives the items before the cut."""
        if len(raw) < 8 or raw[0] > 2:
            return
        version = raw[0]
        sizes = raw[4] >> 4, raw[4] & 15, raw[5] >> 4, raw[5] & 15 if version else 0
        wide = 4 if version == 2 else 2
        at = 6

        def take(size: int) -> int:
            nonlocal at
            if at + size > len(raw):
                raise EOFError
            at += size
            return int.from_bytes(raw[at - size : at], "big")

        try:
            for _ in range(min(take(wide), MOST_ITEMS)):
                number = take(wide)
                method = take(2) & 15 if version else 0
                take(2)  # data reference
                base = take(sizes[2])
                extents = []
                for _ in range(min(take(2), 1000)):
                    take(sizes[3])
                    extents.append((base + take(sizes[0]), take(sizes[1])))
                self._found[number] = method, extents
        except EOFError:
            return

    def read(self, number: int) -> bytes:
        """The item's bytes, a megabyte at most; empty when they are elsewhere."""
        method, extents = self._found.get(number, (0, []))
        whole = self._wholes[method] if method < 2 else None
        if whole is None:
            return b""
        return b"".join(
            whole.read(start, min(length or MOST_BYTES, MOST_BYTES))
            for start, length in extents[:16]
        )[:MOST_BYTES]

    def all_there(self, number: int) -> bool:
        """Whether all of the item lies inside the file."""
        method, extents = self._found.get(number, (2, []))
        whole = self._wholes[method] if method < 2 else None
        return whole is None or all(
            start + length <= whole.size for start, length in extents
        )


def _properties(box: Part, primary: int, contents: Contents) -> None:
    """Size, turning and colour of the primary picture (iprp: ipco and ipma)."""
    owned = find(box, b"ipco")
    linked = find(box, b"ipma")
    if owned is None or linked is None:
        return
    properties = list(boxes(owned))
    turn, mirror = 0, -1
    for index in _associations(linked.read(0, MOST_BYTES), primary):
        if not 0 < index <= len(properties):
            continue
        kind, content = properties[index - 1].kind, properties[index - 1].content
        if kind == b"irot":
            turn = (content.read(0, 1) or b"\0")[0] & 3
        elif kind == b"imir":
            mirror = (content.read(0, 1) or b"\0")[0] & 1
        else:
            _property(kind, content, contents)
    if not contents.profile:  # linked with the tiles that the picture consists of
        colours = (box.content for box in properties if box.kind == b"colr")
        for content in colours:
            _property(b"colr", content, contents)
    table = (_TURNED, _TURNED_UPSIDE_DOWN, _TURNED_LEFT_RIGHT)[mirror + 1]
    contents.details["container_orientation"] = table[turn]


def _property(kind: bytes, content: Part, contents: Contents) -> None:
    """Size, colour profile and depth."""
    if kind == b"ispe":
        raw = content.read(4, 8)
        if len(raw) == 8:
            contents.width, contents.height = struct.unpack(">II", raw)
    elif (
        kind == b"colr"
        and not contents.profile
        and content.read(0, 4) in (b"prof", b"rICC")
    ):
        contents.profile = content.read(4, 4096)
    elif kind == b"pixi" and (depth := content.read(5, 1)):
        contents.details["bit_depth"] = depth[0]


def _associations(raw: bytes, primary: int) -> list[int]:
    """The numbers of the primary picture's properties, in their order (ipma)."""
    if len(raw) < 8:
        return []
    wide = 2 if raw[0] == 0 else 4
    long = raw[3] & 1
    at = 8
    for _ in range(min(int.from_bytes(raw[4:8], "big"), MOST_ITEMS)):
        if at + wide >= len(raw):
            break
        number = int.from_bytes(raw[at : at + wide], "big")
        count = raw[at + wide]
        at += wide + 1
        entries = raw[at : at + count * (1 + long)]
        at += count * (1 + long)
        if number == primary:
            if long:
                pairs = zip(entries[::2], entries[1::2], strict=False)
                return [(high & 0x7F) << 8 | low for high, low in pairs]
            return [entry & 0x7F for entry in entries]
    return []
