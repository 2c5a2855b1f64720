"""What a timeline ought to be: by looking at every photo that one may see."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidQuery, NotAllowed
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search import Query, Tiles, parse
from archive.search.sections import BY, key_of
from archive.search.timelines import Timeline, asked
from tests.archive import search_model as model
from tests.archive.search_project import queries

ORDERS = ("newest", "oldest")
# each is answered from the sums that the database keeps
KEPT = (
    "",
    "album:2026",
    'location:"Tower A"',
    'location:"Tower A>Level 3" taken:2026-03',
    "trade:Rebar",
    "is:recycled",
    "is:private",
    "is:public trade:HVAC",
    "-is:public",
    "taken:2026-01-01..2026-03-09",
    "taken:..2025 is:recycled",
)
COUNTED = (
    "wall",
    "-wall",
    "is:starred",
    "album:2026 trade:Rebar",
    "-album:2026",
    "taken:2026-03-09T14:05",
    "wall taken:2026-03",
    "is:starred OR is:360",
    "is:recycled wall",
)


def tile_width(photo: Photo) -> int:
    """As schema.sql says: width by height as shown, x 1000, neither line nor tower."""
    if not photo.width or not photo.height:
        return 1333
    return max(500, min(3200, photo.width * 1000 // photo.height))


def expected(
    connection: Any, query: Query | str, who: Viewer, by: str, order: str
) -> dict[str, list[tuple[int, int]]]:
    """The sections in order, each with ids and widths, by looking at every photo."""
    query = parse(query) if isinstance(query, str) else query
    newest = order == "newest"
    photos = load_photos(connection, sorted(model.search(connection, query, who)))
    found: dict[tuple[str, bool], list[Photo]] = {}
    for photo in sorted(photos, key=lambda p: (p.shown_at, p.id), reverse=newest):
        key = key_of(photo.shown_at[:10], by, dated=True), photo.taken_at is None
        found.setdefault(key, []).append(photo)
    keys = sorted(sorted(found), key=lambda key: key[0], reverse=newest)
    return {
        time + "-undated" * undated: [
            (p.id, tile_width(p)) for p in found[time, undated]
        ]
        for time, undated in keys
    }


def pairs(some: Tiles) -> list[tuple[int, int]]:
    return [(face.id, face.width) for face in some.faces]


def ids_of(some: Tiles) -> list[int]:
    return [face.id for face in some.faces]


def as_expected(found: Timeline) -> list[tuple[str, int, int]]:
    return [(some.key, some.photos, some.width) for some in found.sections]


def sums(sections: dict[str, list[tuple[int, int]]]) -> list[tuple[str, int, int]]:
    return [(key, len(some), sum(w for _, w in some)) for key, some in sections.items()]


def is_refused(connection: Any, query: Query, who: Viewer) -> bool:
    try:
        asked(connection, query, who, "newest")
    except (InvalidQuery, NotAllowed):
        return True
    return False


some_viewer = st.sampled_from(("Sam", "Ana", "Reader"))
some_by, some_order = st.sampled_from(BY), st.sampled_from(ORDERS)
some_query = st.one_of(queries(), st.sampled_from(KEPT + COUNTED).map(parse))


def asking(**more: Any) -> Any:
    """Try a test with queries, who asks, and ways to divide and order what is found."""
    some = {"query": some_query, "name": some_viewer, "by": some_by}
    return given(**some, order=some_order, **more)
