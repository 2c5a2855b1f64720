"""What a tile shows of a photo: little of it, and of very many photos at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archive.locations import PATH_SQL
from archive.photos import chunks
from archive.sqlite import sqlite3

TILES = "cross join tiles t on t.sorted_at = p.sorted_at and t.photo_id = p.id"
PHOTOS = f"photos p {TILES}"
LONGEST = 160  # characters of the words of a tile
# of ``tiles``, which is ``t``, in the order of the fields of a Face
COLUMNS = (
    "t.photo_id, t.sorted_at, t.dated, t.width, t.digits, t.rotation, t.words,"
    " t.location_id, t.private, t.starred, t.projection, t.kind, t.damage,"
    " t.recycled_at, t.ahead"
)


class Face(NamedTuple):
    """Of a photo what its tile shows, as ``tiles`` in schema.sql has it.

    Fields that ``Photo`` has too are as there, but for the width, which is the tile's
    at a height of 1000, and the SHA-256, of which there are twelve digits. What is true
    or not is 1 or 0.

    :param caption: the beginning of the description, or of the filename
    """

    id: int
    shown_at: str
    dated: int
    width: int
    sha256: str | None
    rotation: int
    caption: str
    location_id: int | None
    private: int
    starred: int
    projection: str
    kind: str | None
    damage: str | None
    recycled_at: str | None
    dated_ahead: int

    @property
    def taken_at(self) -> str | None:
        """When it was taken; None: unknown."""
        return self.shown_at if self.dated else None

    @property
    def day(self) -> str:
        """The day on which it is shown."""
        return self.shown_at[:10]

    @property
    def words(self) -> str:
        """Its description or filename, cut to what a tile has room for."""
        if len(self.caption) <= LONGEST:
            return self.caption
        return self.caption[: LONGEST - 1] + "…"


def load_faces(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Face]:
    """Return the faces of these photos, in this order, without those that are gone.

    Whoever calls has decided that the viewer may see them.
    """
    found: dict[int, Face] = {}
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"select {COLUMNS} from {PHOTOS} where p.id in ({marks})", some
        )
        found.update((row[0], Face._make(row)) for row in rows)
    return [found[number] for number in ids if number in found]


def places_of(
    connection: sqlite3.Connection, faces: Iterable[Face]
) -> dict[int | None, str]:
    """Return the paths of the locations of some photos, by their ids.

    Many photos share one, so that a path is put together once.
    """
    wanted = {face.location_id for face in faces if face.location_id is not None}
    found: dict[int | None, str] = {}
    for some in chunks(sorted(wanted)):
        marks = ", ".join("?" * len(some))
        found.update(
            connection.execute(
                f"select l.id, {PATH_SQL} from locations l where l.id in ({marks})",
                some,
            )
        )
    return found
