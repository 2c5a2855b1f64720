"""An open file that a test stands in front of."""

from __future__ import annotations

from typing import Any, Self


class Stream:
    """A file; what is done with it is for those who inherit."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
