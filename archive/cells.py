"""Cells of the map: a grid that is halved twice from level to level, down to 2 m.

At level n the world is 4^n columns from the west and 4^n rows from the south. Columns
are of equal width in degrees. Rows follow latitude stretched piece by piece, which
stays within a third of the map's own projection, so that a cell is nearly square on the
map: about 64 pixels wide where the map's zoom is 2n - 2. ``map_x`` and ``map_y`` in
schema.sql are the same arithmetic; it uses nothing but + - * /, which IEEE 754 makes
alike on every machine, so that a photo leaves the cell that it was counted in.
"""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = 12
FINEST: int = 4**LEVELS  # columns, and rows, at the last level
LARGEST_ZOOM = 22
_RUNES = 0x16A0  # twelve runes stand for a place in the search index; see photo_words

# Statements that count all photos anew into an empty map_counts. Each level is summed
# up from the one below it: at a million photos 3 s in place of 20.
COUNT_CELLS = (
    """
    insert into map_counts (level, x, y, scope, photos, latitudes, longitudes)
    select 12, map_x, map_y, scope, count(*),
        sum(cast(round(latitude * 1e7) as integer)),
        sum(cast(round(longitude * 1e7) as integer))
    from photos where latitude is not null group by 2, 3, 4
    """,
    *(
        f"""
        insert into map_counts (level, x, y, scope, photos, latitudes, longitudes)
        select {level}, x >> 2, y >> 2, scope, sum(photos), sum(latitudes),
            sum(longitudes)
        from map_counts where level = {level + 1} group by 2, 3, 4
        """
        for level in range(LEVELS - 1, 0, -1)
    ),
)


@dataclass(frozen=True, slots=True)
class Block:
    """Cells of one level, from ``left`` to ``right`` and from ``low`` to ``high``."""

    level: int
    left: int
    low: int
    right: int
    high: int

    def __len__(self) -> int:
        """How many cells these are."""
        return (self.right - self.left + 1) * (self.high - self.low + 1)

    def edges(self) -> tuple[int, int, int, int]:
        """Return the first and last column and row of the finest level in these."""
        shift = 2 * (LEVELS - self.level)
        return (
            self.left << shift,
            (self.right + 1 << shift) - 1,
            self.low << shift,
            (self.high + 1 << shift) - 1,
        )

    def around(self, other: Block) -> Block:
        """Return the smallest block with both, which are of one level."""
        return Block(
            self.level,
            min(self.left, other.left),
            min(self.low, other.low),
            max(self.right, other.right),
            max(self.high, other.high),
        )

    def bounds(self) -> tuple[float, float, float, float]:
        """Return what it spans: south, west, north and east, degrees."""
        left, right, low, high = self.edges()
        return (
            _latitude(low),
            left / FINEST * 360 - 180,
            _latitude(high + 1),
            (right + 1) / FINEST * 360 - 180,
        )

    def children(self) -> Block:
        """Return the cells of the next level in these."""
        return Block(
            self.level + 1,
            self.left << 2,
            self.low << 2,
            self.right << 2 | 3,
            self.high << 2 | 3,
        )

    def names(self) -> list[str]:
        """Return what the words of their photos begin with in the search index."""
        return [
            name(self.level, x, y)
            for x in range(self.left, self.right + 1)
            for y in range(self.low, self.high + 1)
        ]


def column(longitude: float) -> int:
    """Return the column of the finest level that a longitude lies in."""
    return min(FINEST - 1, int((longitude + 180.0) / 360.0 * FINEST))


def row(latitude: float) -> int:
    """Return the row of the finest level that a latitude lies in."""
    from_equator = abs(latitude)
    stretched = (
        1.1 * from_equator
        + 0.5 * max(from_equator - 40.0, 0.0)
        + 0.8 * max(from_equator - 60.0, 0.0)
        + 1.6 * max(from_equator - 70.0, 0.0)
        + 4.0 * max(from_equator - 80.0, 0.0)
    )
    side = -1.0 if latitude < 0 else 1.0
    return min(FINEST - 1, int((180.0 + side * min(180.0, stretched)) / 360.0 * FINEST))


# from this latitude on it is counted so many times; where that begins, stretched
_STRETCHES = ((80, 140, 8.0), (70, 100, 4.0), (60, 76, 2.4), (40, 44, 1.6), (0, 0, 1.1))


def _latitude(row: int) -> float:
    """Return where a row of the finest level begins: ``row`` backwards."""
    if row in (0, FINEST):
        return 90.0 if row else -90.0
    stretched = row / FINEST * 360 - 180
    for latitude, begins, times in _STRETCHES:
        if abs(stretched) >= begins:
            found = latitude + (abs(stretched) - begins) / times
            return -found if stretched < 0 else found
    raise AssertionError


def block(level: int, south: float, west: float, north: float, east: float) -> Block:
    """Return the cells of a level that cover a window; west is below east."""
    shift = 2 * (LEVELS - level)
    return Block(
        level,
        column(west) >> shift,
        row(south) >> shift,
        column(east) >> shift,
        row(north) >> shift,
    )


def level_at(zoom: int) -> int:
    """Return the level whose cells are 32 or 64 pixels wide at a zoom of the map."""
    return min(LEVELS, (zoom + 3) // 2)


def name(level: int, x: int, y: int) -> str:
    """Return the runes with which the places in a cell begin in the search index."""
    steps = range(2 * level - 2, -1, -2)
    return "".join(chr(_RUNES + (y >> n & 3) * 4 + (x >> n & 3)) for n in steps)
