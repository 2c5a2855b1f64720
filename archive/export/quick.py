"""A zip of a few photos that is sent as it is made: originals, and lists of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.clock import utc_now
from archive.export.manifest import as_csv, as_json
from archive.export.naming import names_of
from archive.export.photos import (
    AS_THEY_ARE,
    MANIFEST,
    MANIFEST_JSON,
    Source,
    packed_of,
)
from archive.export.promised import (
    AT_ONCE,
    Left,
    missing_list,
    stream_as_told,
    why_not,
)
from archive.export.selection import visible
from archive.export.zips import Entry, entry_of, length, stream
from archive.rights import Viewer
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Quick:
    """What goes into such a zip.

    :param rows: of all photos, as the lists have them; ``file`` is the name in the zip
    :param missing: photos that are not in it, with reasons, as far as they are known
    :param right: the files were read, and are what was archived
    """

    files: list[Entry]
    rows: list[dict[str, Any]]
    now: datetime
    missing: list[tuple[str, str]] = field(default_factory=list)
    right: bool = False

    def lists(self, left: Sequence[Left] = ()) -> list[Entry]:
        """Return what stands behind the files, when some more are left out."""
        rows = _without(self.rows, left)
        columns = list(rows[0]) if rows else ["file"]
        found = [
            entry_of(MANIFEST, as_csv(rows, columns), self.now),
            entry_of(MANIFEST_JSON, as_json(rows), self.now),
        ]
        missing = [*self.missing, *((entry.name, why) for entry, why in left)]
        return [*found, missing_list(missing, self.now)] if missing else found

    def length(self) -> int:
        """Return how many bytes the zip has."""
        return length([*self.files, *self.lists()])

    def pieces(self) -> Iterator[bytes]:
        """Yield the zip.

        :raises DamagedFile, StoreError: a file is altered while it is read
        """
        if self.right:
            return stream([*self.files, *self.lists()])
        return stream_as_told(self.files, self.lists)


def quick_of(
    connection: sqlite3.Connection,
    originals: Path,
    ids: Sequence[int],
    who: Viewer,
    *,
    now: datetime | None = None,
) -> Quick:
    """Return the zip of these photos, as far as ``who`` may see them, in their order.

    A photo whose file is not there stands in the lists as such.
    """
    seen = visible(connection, ids, who)
    names = names_of(connection, seen, AS_THEY_ARE.names)
    source = Source(connection, originals, who, AS_THEY_ARE, names)
    packed = list(packed_of(source, seen))
    files = [one.entry for one in packed if one.entry]
    missing = [(one.photo.filename, one.why) for one in packed if one.entry is None]
    return Quick(files, [one.row for one in packed], now or utc_now(), missing)


def checked(quick: Quick) -> Quick:
    """Return one without what is not as it was archived, if that is soon found out.

    Of many bytes each file is looked at when its turn comes.
    """
    if sum(entry.size for entry in quick.files) > AT_ONCE:
        return quick
    left = [(entry, why) for entry in quick.files if (why := why_not(entry))]
    gone = {entry.name for entry, _ in left}
    return replace(
        quick,
        files=[entry for entry in quick.files if entry.name not in gone],
        rows=_without(quick.rows, left),
        missing=[*quick.missing, *((entry.name, why) for entry, why in left)],
        right=True,
    )


def _without(
    rows: Sequence[dict[str, Any]], left: Sequence[Left]
) -> list[dict[str, Any]]:
    """Return the rows of the lists, which name no file that is left out."""
    gone = {entry.name for entry, _ in left}
    return [{**row, "file": None} if row["file"] in gone else row for row in rows]
