"""What the pages ask of the search: a page of photos, facets, and who is next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archive import search
from archive.errors import ArchiveError
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search.names import find_ids
from plugins import queries

PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Some photos of a search, newest first.

    :param next: where the next page begins; None: this was the last
    :param total: of the whole search; None: not on this page
    """

    photos: list[Photo]
    next: str | None = None
    total: search.Count | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of one dimension, with how many photos of the search have each.

    :param name: of the filter that selects a value; of its texts, too
    :param above: names of the locations from the top down to the one that is chosen
    :param exact: False: there are more
    """

    name: str
    values: tuple[search.Facet, ...]
    above: list[str] = field(default_factory=list)
    exact: bool = True


def dated(photo: Photo) -> str:
    """Return how the day is known that a photo shows: known, assumed, or ahead."""
    if photo.taken_at is None:
        return "assumed"
    return "ahead" if photo.dated_ahead else "known"


def find(
    connection: Any,  # noqa: ANN401
    who: Viewer | None,
    query: search.Query,
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Return a page of the search; the first one comes with the total.

    :raises ArchiveError: the search names what is not there, or ``after`` is wrong
    """
    found = search.find_photos(connection, query, who, limit=limit, after=after)
    total = None if after else search.count(connection, query, who)
    return Page(load_photos(connection, found.ids), found.next, total)


def facets(connection: Any, who: Viewer | None, query: search.Query) -> list[Facet]:  # noqa: ANN401
    """Return the facets of the search, in the order in which they are shown.

    :raises ArchiveError: the search names what is not there
    """
    found = search.facets(connection, query, who)
    known = tuple(camera for camera in found.camera if camera.id)
    above = _above(connection, who, query)
    return [
        Facet("album", found.album, exact=found.exact),
        Facet("location", found.location, above, exact=found.exact),
        Facet("trade", found.trade, exact=found.exact),
        Facet("taken", found.month, exact=found.exact),
        Facet("camera", known, exact=found.exact),
    ]


def _above(connection: Any, who: Viewer | None, query: search.Query) -> list[str]:  # noqa: ANN401
    """Return the names from the top of the tree down to the location of the search."""
    chosen = queries.chosen(query, "location")
    if not chosen or who is None:
        return []
    ids = find_ids(connection, "location", chosen[0], who)
    if len(ids) != 1:
        return []
    rows = connection.execute(
        """
        select l.name from location_tree t join locations l on l.id = t.ancestor_id
        where t.descendant_id = ? order by t.depth desc
        """,
        (ids[0],),
    )
    return [row[0] for row in rows]


def neighbours(
    connection: Any,  # noqa: ANN401
    who: Viewer | None,
    query: search.Query,
    photo: Photo,
) -> tuple[int | None, int | None]:
    """Return the ids of the next newer and the next older photo of the search."""

    def next_one(order: str) -> int | None:
        after = search.cursor_at(photo, order)
        page = search.find_photos(
            connection, query, who, limit=1, after=after, order=order
        )
        return page.ids[0] if page.ids else None

    try:
        return next_one("oldest"), next_one("newest")
    except (
        ArchiveError
    ):  # a wrong search in the address: the photo is shown all the same
        return None, None
