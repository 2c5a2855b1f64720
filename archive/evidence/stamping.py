"""Time stamps of others (RFC 3161): the question, and whether an answer is one to it.

The answer is kept as it came, for ``openssl ts -verify``, which knows whom to trust.
Here only what needs no certificates is looked at: that a stamp was granted, and that it
is of these bytes and answers this question. Who asks over the network is not the
archive's affair: a function of the entry point group ``asbuilt.timestamps`` does.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from importlib import metadata

from archive.errors import InvalidInput, NotFound

GROUP = "asbuilt.timestamps"
LARGEST = 1 << 20  # bytes of an answer; the usual has 6,000
Ask = Callable[[str, bytes], bytes]  # from an address and a question to the answer
# A TimeStampReq is always the same but for the hash and the nonce (RFC 3161, 2.4.1):
# version 1, SHA-256 with NULL, the hash; the nonce, and that certificates are wanted
_BEFORE = bytes.fromhex("3043020101303130 0d06096086480165030402010500 0420")
_BETWEEN, _AFTER = bytes.fromhex("0208"), bytes.fromhex("0101ff")
_INTEGER, _OCTETS, _SEQUENCE, _EXPLICIT = 0x02, 0x04, 0x30, 0xA0
_GRANTED = (b"\0", b"\1")  # 2.4.2: granted, granted with modifications


def asker() -> Ask:
    """Return what asks over the network.

    :raises NotFound: nothing that is installed does
    """
    for entry in metadata.entry_points(group=GROUP):
        found: Ask = entry.load()
        return found
    raise NotFound("nothing that is installed can ask for time stamps")


def stamped(data: bytes, url: str, ask: Ask) -> bytes:
    """Return an authority's stamp of bytes, as it came.

    :raises InvalidInput: it is no stamp, or not of these bytes
    """
    digest, nonce = hashlib.sha256(data).digest(), _nonce()
    answer = ask(url, question(digest, nonce))
    why = _why_not(answer, digest, nonce)
    if why:
        raise InvalidInput(f"{url} gave no time stamp of this: {why}")
    return answer


def question(digest: bytes, nonce: bytes) -> bytes:
    """Return a TimeStampReq in DER.

    :param digest: SHA-256 of what is to be stamped
    :param nonce: 8 bytes, a positive integer in its shortest form
    """
    return _BEFORE + digest + _BETWEEN + nonce + _AFTER


def _nonce() -> bytes:
    return bytes([secrets.randbelow(127) + 1]) + secrets.token_bytes(7)


def _why_not(answer: bytes, digest: bytes, nonce: bytes) -> str:
    """Return what is wrong with an answer, or ""."""
    try:
        status, *token = _parts(_only(answer, _SEQUENCE))
        if _parts(status[1])[0] not in [(_INTEGER, code) for code in _GRANTED]:
            return "it was refused"
        parts = _info(token)
    except (ValueError, IndexError):
        return "it cannot be read"
    # version, policy, imprint, and the nonce among what comes later
    imprint = _parts(parts[2][1])
    if len(imprint) < 2 or imprint[1] != (_OCTETS, digest):
        return "it is of something else"
    return "" if (_INTEGER, nonce) in parts[4:] else "it answers another question"


def _info(token: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return the parts of a TSTInfo, which lies in a SignedData (RFC 5652, 5)."""
    signed = _only(_only_part(_parts(token[0][1]), _EXPLICIT), _SEQUENCE)
    content = _parts(_parts(signed)[2][1])
    return _parts(_only(_only(_only_part(content, _EXPLICIT), _OCTETS), _SEQUENCE))


def _only_part(parts: list[tuple[int, bytes]], tag: int) -> bytes:
    return next((value for kind, value in parts if kind == tag), b"")


def _only(data: bytes, tag: int) -> bytes:
    """Return what is in the one value that bytes hold.

    :raises ValueError: it is not one of this tag
    """
    [(found, value)] = _parts(data)
    if found != tag:
        raise ValueError(found)
    return value


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """Return the values that stand one after the other in DER: tags and contents.

    :raises ValueError: it ends too early, or its tags are longer than a byte
    """
    if len(data) > LARGEST:
        raise ValueError(len(data))
    found, at = [], 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start])
        at = start + length
        if tag & 0x1F == 0x1F or at > len(data):
            raise ValueError(tag)
        found.append((tag, data[start:at]))
    return found
