"""Reading bundles, that anybody may have made and any stick may have spoilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sync.bundles.model import Found, Heading, Record


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle all of which was read, and is as it was written."""

    path: Path
    heading: Heading

    def lines(self, kind: str) -> Iterator[Record]:
        """Yield the records of a kind; none where the bundle has no such part.

        :raises TornBundle: it is not any more what it was when it was verified
        """
        raise NotImplementedError

    def blobs(self) -> Iterator[tuple[str, int]]:
        """Yield (sha256, size) of each original in it, ascending.

        :raises TornBundle: likewise
        """
        raise NotImplementedError

    def open(self, sha256: str) -> BinaryIO:
        """Open an original, which is hashed while it is read.

        :raises TornBundle: likewise, at the end of the bytes
        """
        raise NotImplementedError


def find(folder: Path, archive: str | None = None) -> list[Found]:
    """Return all bundles in a folder (or that it is itself), by site and number.

    One that is bad is told as such. Nothing is read but their heads.

    :param archive: uuid; others' are "other". None: whosever they are
    :raises NotFound: there is no such folder
    """
    raise NotImplementedError


def verified(
    found: Found,
    told: Callable[[int, int], None] = lambda done, size: None,  # noqa: ARG005
) -> Bundle:
    """Read all of a bundle, and give it to use. Also one of another archive.

    :raises TornBundle: anything in it is missing, or is not what was written
    :raises NewerBundle: a newer version wrote it
    """
    raise NotImplementedError


def salvage(found: Found) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
    """Yield originals of a torn bundle whose bytes are those of their names.

    :return: (sha256, what opens it, hashed again while it is read)
    """
    raise NotImplementedError
