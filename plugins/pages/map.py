"""``/tower-4/-/map``: the photos where they were taken, and pins put by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.batches import Batch
from archive.cells import LARGEST_ZOOM
from archive.editing import UNKNOWN, Edit, Unknown, edit_photos
from archive.errors import InvalidInput
from archive.people import Person
from archive.photos import Photo, load_photos
from archive.places import Cluster, Clusters, clusters, extent
from archive.plans import Plan, list_plans
from archive.rights import viewer
from archive.search import Count, Filter, Query, Word, count, parse
from archive.search.regions import Window, parse_region
from plugins import listing, queries
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import whole
from plugins.pages.links import Links
from plugins.pages.plans import plan_json

PAGE = 60  # photos of a list beside the map
_PLACED, _UNPLACED = Filter("has", "gps"), Filter("has", "gps", negated=True)


@dataclass(frozen=True, slots=True)
class _Start:
    """What the page begins with.

    :param around: the window that all of the search is in; None: nothing has a place
    """

    query: Query
    around: Window | None
    plans: list[Plan]
    placed: Count
    unplaced: Count


async def show(call: Call) -> Response:
    """Answer with the page; as JSON with the clusters of a window, or how to begin."""
    if call.wants_json and call.arg("window"):
        return await _show_window(call)

    def load(connection: Any) -> _Start:  # noqa: ANN401
        who, query = viewer(connection.person), parse(call.arg("q"))
        return _Start(
            query,
            extent(connection, query, who),
            list_plans(connection, who),
            count(connection, query.adding(_PLACED), who),
            count(connection, query.adding(_UNPLACED), who),
        )

    found = await call.read(load)
    clauses = found.query.clauses
    start = {
        "q": call.arg("q"),
        "q_elsewhere": str(Query(tuple(c for c in clauses if not _area(c)))),
        "areas": [_outline(text) for text in map(_area, clauses) if text],
        "around": _edges(found.around),
        "plans": [plan_json(plan, call.links) for plan in found.plans],
        "placed": found.placed.photos,
        "unplaced": found.unplaced.photos,
        "largest_zoom": LARGEST_ZOOM,
    }
    if call.wants_json:
        return data(start)
    context = {
        "start": start,
        "found": found,
        "chips": _chips(found.query, call.links),
        "placed_url": call.links.gallery(str(found.query.adding(_PLACED))),
        "unplaced_url": call.links.gallery(str(found.query.adding(_UNPLACED))),
    }
    return await archive_page(call, "map.html", context)


def _chips(query: Query, links: Links) -> list[dict[str, str]]:
    """Return the search's clauses, each with the address of the map without it."""
    return [
        {
            "text": queries.described(clause),
            "url": links.to("map", q=queries.without(query, clause)),
        }
        for clause in query.clauses
    ]


def _area(clause: Sequence[Word | Filter]) -> str:
    """Return the area that a clause asks for, or ""."""
    term = clause[0]
    if isinstance(term, Filter) and term.name == "in" and not term.negated:
        return term.value
    return ""


def _outline(text: str) -> Sequence[tuple[float, float]]:
    """Return the corners of an area as the map draws it."""
    region = parse_region(text)
    if not isinstance(region, Window):
        return region.points
    south, west, north, east = _edges(region) or (0, 0, 0, 0)
    return ((south, west), (south, east), (north, east), (north, west))


def _edges(window: Window | None) -> tuple[float, float, float, float] | None:
    """Return south, west, north and east as JSON has them."""
    if window is None:
        return None
    return window.south, window.west, window.north, window.east


async def _show_window(call: Call) -> Response:
    """Answer with the clusters of what is in view."""
    window = _window(call.arg("window"))
    zoom = whole({"zoom": call.arg("zoom")}, "zoom")

    def load(connection: Any) -> tuple[Clusters, dict[int, Photo]]:  # noqa: ANN401
        who = viewer(connection.person)
        found = clusters(connection, call.arg("q"), who, window, zoom or 0)
        ids = [cluster.photo for cluster in found.clusters if cluster.photo]
        return found, {photo.id: photo for photo in load_photos(connection, ids)}

    found, photos = await call.read(load)
    return data(
        {
            "window": _edges(window),
            "zoom": zoom or 0,
            "exact": found.exact,
            "clusters": [
                _cluster_json(cluster, photos.get(cluster.photo or 0), call)
                for cluster in found.clusters
            ],
        }
    )


def _window(text: str) -> Window:
    region = parse_region(text)
    if not isinstance(region, Window):
        raise InvalidInput("a window has two corners")
    return region


def _cluster_json(cluster: Cluster, photo: Photo | None, call: Call) -> dict[str, Any]:
    return {
        "latitude": cluster.latitude,
        "longitude": cluster.longitude,
        "photos": cluster.photos,
        "window": _edges(cluster.window),
        "area": _edges(cluster.area),
        "photo": _photo_json(photo, call) if photo else None,
    }


def _photo_json(photo: Photo, call: Call) -> dict[str, Any]:
    """Return what a pin or a line of a list shows of a photo."""
    return {
        "id": photo.id,
        "url": call.links.photo(photo.id, call.arg("q")),
        "thumbnail_url": call.links.rendition(photo, "thumbnail"),
        "name": photo.description or photo.filename,
        "shown_at": photo.shown_at,
        "dated": listing.dated(photo),
        "latitude": photo.latitude,
        "longitude": photo.longitude,
        "position_source": photo.position_source,
        "direction": photo.direction,
    }


async def show_photos(call: Call) -> Response:
    """Answer with the photos of a window, or with those that have no place."""
    query = parse(call.arg("q"))
    if call.arg("window"):
        query = query.adding(Filter("in", str(_window(call.arg("window")))))
    if call.arg("unplaced"):
        query = query.adding(_UNPLACED)

    def load(connection: Any) -> listing.Page:  # noqa: ANN401
        who, after = viewer(connection.person), call.arg("after") or None
        return listing.find(connection, who, query, after, PAGE)

    found = await call.read(load)
    total = found.total or Count(0, exact=False)
    return data(
        {
            "photos": [_photo_json(photo, call) for photo in found.photos],
            "total": total.photos,
            "total_is_exact": total.exact,
            "next": found.next,
            "gallery_url": call.links.gallery(str(query)),
        }
    )


async def pin(call: Call) -> Response:
    """Put a photo on the map, or take it off.

    ``latitude`` and ``longitude``, or ``place``: ``unknown``, or ``file`` for what the
    file says.
    """
    form = await call.form()
    number, position = whole(form, "photo"), _position(form)
    if number is None:
        raise InvalidInput(
            "which photo is to be pinned is not said", key="which_photos"
        )

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        edit_photos(connection, person, [number], Edit(position=position))

    done = await call.write("", change)
    return changed(call, form, done.batch)


def _position(
    form: Mapping[str, Any],
) -> tuple[float, float] | tuple[()] | Unknown:
    place = form.get("place")
    if place in ("unknown", "file"):
        return UNKNOWN if place == "unknown" else ()
    try:
        return float(form["latitude"]), float(form["longitude"])
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            "a pin has latitude and longitude, in degrees", key="pin_place"
        ) from None


ROUTES = (
    Route("/-/map", show, "view", json=True),
    Route(r"/-/map/photos\.(?P<format>json)", show_photos, "view"),
    Route("/-/map/pin", pin, "pin", ("POST",)),
)
