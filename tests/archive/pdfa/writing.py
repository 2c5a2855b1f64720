"""How the file is written, byte for byte (6.1.2 to 6.1.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_EOL = rb"(?:\r\n|\n|\r)"
_HEADER = re.compile(rb"%PDF-1\.[0-7]" + _EOL + rb"%[\x80-\xff]{4}")
_START = re.compile(rb"startxref" + _EOL + rb"(\d+)" + _EOL + rb"%%EOF")
_SECTION = re.compile(rb"(\d+) (\d+) ?" + _EOL)
_OBJECT = re.compile(rb"(\d+) (\d+) obj" + _EOL)
_STREAM = re.compile(rb"stream(\r\n|\n)")
_ENDED = re.compile(_EOL + rb"endstream" + _EOL + rb"endobj" + _EOL)
_LENGTH = re.compile(rb"/Length (\d+)(?! \d+ R)")
_SPACE = b" \t\r\n\f\0"
_HEX = frozenset(b"0123456789abcdefABCDEF" + _SPACE)


def problems(data: bytes) -> Iterator[str]:
    """Yield what is wrong with a file that has a plain table of its objects."""
    if not _HEADER.match(data):
        yield "6.1.2: the file does not begin with a header and a binary comment"
    ends = list(_START.finditer(data))
    if not ends or data[ends[-1].end() :] not in (b"", b"\n", b"\r\n", b"\r"):
        yield "6.1.3: something stands behind the end of the file"
    if not ends:
        return
    places = _places(data, int(ends[-1][1]))
    if places is None:
        yield "6.1.4: the table of objects is not written as it is to be"
        return
    table = int(ends[-1][1])
    for start, stop in zip(places, [*places[1:], table], strict=True):
        yield from _object(data[start:stop], data[start - 1 : start])


def _places(data: bytes, table: int) -> list[int] | None:
    """Return where objects begin; None: the table breaks a rule."""
    head = re.compile(rb"xref" + _EOL).match(data, table)
    if not head:
        return None
    at, found = head.end(), []
    while section := _SECTION.match(data, at):
        at = section.end()
        for _ in range(int(section[2])):
            entry = data[at : at + 20]
            at += 20
            if not re.fullmatch(rb"\d{10} \d{5} [nf](?: \r| \n|\r\n)", entry):
                return None
            if entry[17:18] == b"n":
                found.append(int(entry[:10]))
    return sorted(found) if data[at : at + 7] == b"trailer" else None


def _object(piece: bytes, before: bytes) -> Iterator[str]:
    """Yield what is wrong with an object and all up to the next one."""
    head = _OBJECT.match(piece)
    if not head or before not in (b"\n", b"\r"):
        yield f"6.1.9: an object is not told as it is to be: {piece[:20]!r}"
        return
    name, told = head[0].decode().strip(), piece
    stream = _STREAM.search(piece)
    if stream and piece[: stream.start()].rstrip().endswith(b">>"):
        told = piece[: stream.start()]
        length = _LENGTH.search(told)
        if not length or not _ENDED.match(piece, stream.end() + int(length[1])):
            yield f"6.1.7: the length of the stream {name} is not what it says"
    elif not re.search(
        _EOL + rb"endobj" + _EOL + rb"?$", piece.rstrip(b"\r\n") + b"\n"
    ):
        yield f"6.1.9: {name} does not end on a line of its own"
    if not all(map(_is_hex, _hex_strings(told))):
        yield f"6.1.6: {name} has a string of an odd number of digits, or of others"


def _is_hex(text: bytes) -> bool:
    digits = sum(letter not in _SPACE for letter in text)
    return digits % 2 == 0 and set(text) <= _HEX


def _hex_strings(told: bytes) -> Iterator[bytes]:
    """Yield what stands between < and >, other strings and << left out."""
    at = 0
    while at < len(told):
        letter = told[at : at + 1]
        if letter == b"(":
            at = _after(told, at)
        elif told[at : at + 2] in (b"<<", b">>"):
            at += 2
        elif letter == b"<":
            end = told.find(b">", at)
            end = len(told) if end < 0 else end
            yield told[at + 1 : end]
            at = end + 1
        else:
            at += 1


def _after(told: bytes, at: int) -> int:
    """Return where the string ends that begins here with a parenthesis."""
    depth = 0
    while at < len(told):
        if told[at : at + 1] == b"\\":
            at += 1
        elif told[at : at + 1] in (b"(", b")"):
            depth += 1 if told[at : at + 1] == b"(" else -1
            if not depth:
                return at + 1
        at += 1
    return at
