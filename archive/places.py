"""Photos on the map: clusters in a window, and where all that a search finds lies.

For the whole project clusters are sums that the database keeps (``map_counts``), so a
map of a million photos costs what a map of a thousand does. For any other search they
are counted among what it finds, over the ``MOST_COUNTED`` photos added last, and say so
when there are more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.cells import LARGEST_ZOOM, LEVELS, Block, block, level_at
from archive.errors import InvalidInput
from archive.grouping import UNIT, Group, apart, around
from archive.rights import Viewer, scope_condition
from archive.search import Query, parse
from archive.search.compiling import Plan, compile_query, is_bin
from archive.search.counting import MOST_COUNTED
from archive.search.language import Filter
from archive.search.matching import both, cells, refs, without
from archive.search.regions import MOST_CELLS, Window
from archive.sqlite import sqlite3

MOST_SHOWN = 400  # clusters that name one of their photos
_MOST_LOOKED_AT = 4_096  # cells of a window
_LOOKED_AT = 20  # photos of a cell, before the index is asked who may see them
_MOST_AROUND = 256  # cells that the window around everything is told by
EARTH = Window(-90.0, -180.0, 90.0, 180.0)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Photos that stand together on the map.

    :param latitude: of their middle, degrees; ``longitude`` too
    :param photo: the one added last where most of them are; None: beyond ``MOST_SHOWN``
    :param window: what to zoom to where they stand apart; None: they are in one place
    :param area: what they all are in; there may be some of a neighbour in it
    """

    latitude: float
    longitude: float
    photos: int
    photo: int | None = None
    window: Window | None = None
    area: Window = EARTH


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters of a window, those of most photos first.

    :param exact: False when only the ``MOST_COUNTED`` photos added last were counted
    """

    clusters: tuple[Cluster, ...] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked of the database, and by whom.

    :param whole: nothing but what the counters say: all photos, or all in the bin
    """

    connection: sqlite3.Connection
    plan: Plan
    who: Viewer
    whole: bool

    @property
    def scope(self) -> str:
        """The condition on the counters."""
        return scope_condition(self.who, "c.scope", recycled=self.plan.recycled)


def clusters(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    window: Window,
    zoom: int,
) -> Clusters:
    """Return the clusters of a map that shows this window at this zoom.

    Errors as for ``find_photos``.

    :param zoom: of a web mercator map with tiles of 256 pixels, 0 to ``LARGEST_ZOOM``
    :raises InvalidInput: another zoom
    """
    if not 0 <= zoom <= LARGEST_ZOOM:
        raise InvalidInput(
            f"a map is zoomed from 0 to {LARGEST_ZOOM}", key="zoom", n=LARGEST_ZOOM
        )
    ask = _ask(connection, query, who)
    if ask is None:
        return Clusters()
    level = _level(window, level_at(zoom), _MOST_LOOKED_AT)
    groups = _counted(ask, window, level) if ask.whole else _found(ask, window, level)
    exact = ask.whole or sum(group.photos for group in groups) <= MOST_COUNTED
    shown = apart(groups, zoom)
    return Clusters(
        tuple(
            _cluster(ask, group, named=n < MOST_SHOWN) for n, group in enumerate(shown)
        ),
        exact,
    )


def extent(
    connection: sqlite3.Connection, query: Query | str, who: Viewer | None
) -> Window | None:
    """Return the window around all that a query finds; None: nothing has a place.

    For the whole project it is told by the middles of cells, so that a photo may stand
    a little outside. Errors as for ``find_photos``.
    """
    ask = _ask(connection, query, who)
    if ask is None:
        return None
    groups: Sequence[Group] = ()
    for level in range(1, LEVELS + 1):
        if not ask.whole:
            groups = _found(ask, EARTH, LEVELS)
            break
        finer = _at_level(ask, level)
        if len(finer) > _MOST_AROUND:
            break
        groups = finer
    return around([group.window for group in groups])


def _ask(
    connection: sqlite3.Connection, query: Query | str, who: Viewer | None
) -> _Ask | None:
    if who is None:
        return None
    query = parse(query) if isinstance(query, str) else query
    plan = compile_query(connection, query, who)
    terms = query.terms()
    whole = all(isinstance(term, Filter) and is_bin(term) for term in terms)
    return None if plan.nothing else _Ask(connection, plan, who, whole)


def _level(window: Window, finest: int, most: int) -> int:
    """Return the finest level at which the cells of a window are not too many."""
    for level in range(finest, 1, -1):
        if sum(map(len, _blocks(window, level))) <= most:
            return level
    return 1


def _blocks(window: Window, level: int) -> list[Block]:
    """Return the cells of a window: two blocks where it crosses the 180th meridian."""
    blocks = [
        block(level, part.south, part.west, part.north, part.east)
        for part in window.parts()
    ]
    if len(blocks) == 2 and blocks[1].right >= blocks[0].left:  # no cell twice
        blocks[1] = replace(blocks[1], right=blocks[0].left - 1)
    return blocks


def _counted(ask: _Ask, window: Window, level: int) -> list[Group]:
    """Return the cells of a window as the database counts them."""
    groups = []
    for turn, wanted in enumerate(_blocks(window, level)):
        groups += [_group(row, level, turn) for row in _rows(ask, wanted)]
    return groups


_COLUMNS = "c.x, c.y, sum(c.photos), sum(c.latitudes), sum(c.longitudes)"


def _rows(ask: _Ask, wanted: Block) -> list[Sequence[int]]:
    # Each column by name: a range of them would be read from pole to pole
    columns = range(wanted.left, wanted.right + 1)
    return ask.connection.execute(  # type: ignore[no-any-return,unused-ignore]
        f"""
        select {_COLUMNS} from map_counts c
        where c.level = ? and c.x in ({", ".join("?" * len(columns))})
            and c.y between ? and ? and {ask.scope}
        group by c.x, c.y
        """,
        (wanted.level, *columns, wanted.low, wanted.high),
    ).fetchall()


def _at_level(ask: _Ask, level: int) -> list[Group]:
    """Return all cells of a level, or one more than ``_MOST_AROUND``."""
    rows = ask.connection.execute(
        f"""
        select {_COLUMNS} from map_counts c where c.level = ? and {ask.scope}
        group by c.x, c.y limit ?
        """,
        (level, _MOST_AROUND + 1),
    )
    return [_group(row, level) for row in rows]


def _group(row: Sequence[int], level: int, turn: int = 0) -> Group:
    """Return a cell's photos as a group.

    :param turn: 1 where the cell lies beyond the 180th meridian for the window
    """
    x, y, photos, latitudes, longitudes = row
    longitudes += turn * photos * round(360 / UNIT)
    middle = latitudes * UNIT / photos, longitudes * UNIT / photos
    window = Window(*middle, *middle)
    there = x + turn * 4**level
    return Group(
        photos,
        latitudes,
        longitudes,
        window,
        cell=Block(level, x, y, x, y),
        block=Block(level, there, y, there, y),
    )


def _found(ask: _Ask, window: Window, level: int) -> list[Group]:
    """Return the same cells with what a search finds in them, counted now."""
    plan, blocks = ask.plan, _blocks(window, level)
    nearly = _blocks(window, _level(window, level, MOST_CELLS))
    expression = without(both([*plan.positive(), cells(nearly)]), plan.barred)
    residual, values = plan.residual()
    inside = "p.map_x between ? and ? and p.map_y between ? and ?"
    shift = 2 * (LEVELS - level)
    rows = ask.connection.execute(
        f"""
        select count(*), sum(cast(round(latitude / {UNIT}) as integer)),
            sum(cast(round(longitude / {UNIT}) as integer)),
            min(latitude), min(longitude), max(latitude), max(longitude), max(id)
        from (
            select p.id, p.latitude, p.map_x >> ? as x, p.map_y >> ? as y,
                p.longitude + 360 * (p.map_x >> ? < ?) as longitude
            from photos_fts cross join photos p on p.id = photos_fts.rowid
            where photos_fts match ? and {residual}
                and ({" or ".join(inside for _ in blocks)})
            order by photos_fts.rowid desc limit ?)
        group by x, y
        """,
        (
            *(shift, shift, shift, blocks[0].left, expression, *values),
            *(edge for b in blocks for edge in b.edges()),
            MOST_COUNTED + 1,
        ),
    )
    return [
        Group(row[0], row[1], row[2], Window(*row[3:7]), photo=row[7]) for row in rows
    ]


def _cluster(ask: _Ask, group: Group, *, named: bool) -> Cluster:
    """Return what is told of a group."""
    latitude, longitude = group.middle
    photo, block = group.photo, group.block
    window: Window | None = group.window
    if group.cell is not None and block is not None and named:
        parts, finest = _inside(ask, group.cell)
        photo = _newest(ask, finest)
        if len(block) == 1:
            window, block = parts, block if parts else finest
    told = window if window and not window.is_point() else None
    area = group.window
    if block is not None and group.photos > 1:
        area = Window(*block.bounds())
    if area.west > 180:
        area = replace(area, west=area.west - 360, east=area.east - 360)
    return Cluster(latitude, _on_earth(longitude), group.photos, photo, told, area)


def _on_earth(longitude: float) -> float:
    return longitude - 360 if longitude > 180 else longitude


def _inside(ask: _Ask, cell: Block) -> tuple[Window | None, Block]:
    """Return the window around the parts that a cell's photos fall into, and a part.

    :returns: None for the window when all are in one cell of the finest level; and the
        cell of that level where most are
    """
    parts = None
    while cell.level < LEVELS:
        rows = _rows(ask, cell.children())
        if parts is None and len(rows) > 1:
            parts = _window_of(rows)
        x, y, *_ = max(rows, key=lambda row: row[2])
        cell = Block(cell.level + 1, x, y, x, y)
    return parts, cell


def _window_of(rows: Sequence[Sequence[int]]) -> Window:
    """Return the window around the middles of some cells of one parent."""
    latitudes = [sums * UNIT / photos for _, _, photos, sums, _ in rows]
    longitudes = [sums * UNIT / photos for _, _, photos, _, sums in rows]
    return Window(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def _newest(ask: _Ask, cell: Block) -> int | None:
    """Return the photo of a cell of the finest level that was added last."""
    place = cells([cell])
    found = _first_seen(ask, place, _LOOKED_AT)
    if found is not None:
        return found
    # behind photos that are hidden from this person: then the index leaves those out
    own = ["sbin"] if ask.plan.recycled else ["s0", f"sp{ask.who.own}"]
    barred = [refs(["sbin"])] if ask.who.everything and not ask.plan.recycled else []
    seen = place if barred else both([place, refs(own)])
    return _first_seen(ask, without(seen, barred), 1)


def _first_seen(ask: _Ask, expression: str, most: int) -> int | None:
    """Return the first of so many photos, those added last, that may be seen."""
    row = ask.connection.execute(
        f"""
        select p.id from (
            select rowid as number from photos_fts where photos_fts match ?
            order by rowid desc limit ?
        ) cross join photos p on p.id = number where {ask.plan.scope} limit 1
        """,
        (expression, most),
    ).fetchone()
    return row[0] if row else None
