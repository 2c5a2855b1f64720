"""What worker processes answer, read from their pipes and believed in nothing.

``archive.worker`` writes it: a length, the length of a JSON header, the header, and
runs of raw bytes that the header refers to.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from archive.worker import BLOB, PREFIX

LARGEST_ANSWER = 64 << 20
GARBLED = b""
_HEAD = 4  # bytes of the header's length, the second half of PREFIX


def read_frame(pipe: BinaryIO) -> bytes | None:
    """One answer without its outer length; None at the end; else ``GARBLED``.

    :param pipe: buffered, so that it gives as much as it is asked for
    """
    prefix = pipe.read(PREFIX.size - _HEAD)
    if len(prefix) < PREFIX.size - _HEAD:
        return None
    length = int.from_bytes(prefix, "big")
    if length > LARGEST_ANSWER:
        return GARBLED
    frame = pipe.read(_HEAD + length)
    return frame if len(frame) == _HEAD + length else None


def decode(frame: bytes) -> dict[str, Any]:
    """Turn an answer back into plain data.

    :raises ValueError: it is not what a worker writes (TypeError, KeyError, IndexError,
        RecursionError likewise)
    """
    start = _HEAD + int.from_bytes(frame[:_HEAD], "big")
    head = json.loads(frame[_HEAD:start])
    blobs = []
    for size in head["sizes"]:
        if not isinstance(size, int) or not 0 <= size <= len(frame) - start:
            raise ValueError("an answer is shorter than it says")
        blobs.append(frame[start : start + size])
        start += size
    answer = _restore(head["answer"], blobs)
    if not isinstance(answer, dict):
        raise TypeError("an answer is a dictionary")
    return answer


def _restore(value: Any, blobs: list[bytes]) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_restore(item, blobs) for item in value]
    if isinstance(value, dict):
        if BLOB in value:
            return blobs[value[BLOB]]
        return {key: _restore(item, blobs) for key, item in value.items()}
    return value
