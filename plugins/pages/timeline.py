"""``/tower-4?q=…``: the photos of a search as a timeline, and what its grid asks for.

The page has the sums of all sections, so that its script lays out the whole of it
before it knows any photo; and the first photos, which are there without scripts, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from babel.dates import format_interval

from archive import search
from archive.errors import ArchiveError, InvalidInput
from archive.markups import drawn_on
from archive.rights import Viewer, viewer
from archive.search import BY, Face, Filter, Query, Tiles, Timeline
from archive.search.sections import span_of
from plugins import actors, listing, media, queries, texts
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages import gallery
from plugins.pages.answers import archive_page, data
from plugins.pages.narrowing import chips, narrowing, parsed
from plugins.templating import day, month, refusal, text

FIRST = 60  # tiles of the page itself: a screen or two
FEW = 2_000  # photos whose facets are counted before the page is sent
# What the grid says by itself; the other texts of scripts come a moment later
_TEXTS = (
    *("dates.unknown", "dates.imported", "dates.ahead"),
    *("timeline.select", "timeline.select_section", "timeline.date"),
    *("badge.recycled", "badge.private", "badge.starred", "badge.sphere"),
    *("badge.video", "badge.raw", "badge.drawn", "badge.damaged"),
    *("badge.assumed", "badge.ahead"),
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Tiles, and what is not in these: where their photos are, which are drawn on.

    :param places: paths of locations by their ids
    """

    tiles: Tiles
    places: dict[int | None, str]
    drawn: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the page shows.

    :param facets: None: the script asks for them, since they take a while
    """

    timeline: Timeline
    pieces: tuple[_Piece, ...]
    facets: list[listing.Facet] | None


async def show(call: Call) -> Response:
    """Answer with the page, or with the photos as JSON."""
    if call.wants_json:
        return await gallery.answer(call)
    query = parsed(call.arg("q"))
    by, order = _by(call), _order(call)
    try:
        found, error = await call.read(_opening(call, by, order)), None
    except ArchiveError as problem:
        found, error = _Found(Timeline(), (), []), problem
    context = {
        **_about(call, query),
        **narrowing(found.facets or [], query, call.links, viewer(call.person)),
        "narrowed_later": found.facets is None,
        "timeline": found.timeline,
        "stretches": [_stretch(piece) for piece in found.pieces],
        "data": _data(call, found, by, order),
        "error": refusal(error) if error else "",
        "by": by,
        "order": order,
        "groupings": {name: _address(call, by=name) for name in BY},
        "other_order": _address(call, order=_other(order)),
    }
    status = error.http_status if error else 200
    return await archive_page(call, "timeline.html", context, status)


def _by(call: Call) -> str:
    return call.arg("by", "day")


def _order(call: Call) -> str:
    return call.arg("order", "newest")


def _other(order: str) -> str:
    return "oldest" if order == "newest" else "newest"


def _address(call: Call, **changed: str) -> str:
    """Return the address of this page with something changed."""
    given = {"by": _by(call), "order": _order(call), **changed}
    usual = {"by": "day", "order": "newest"}
    more = {name: value for name, value in given.items() if value != usual[name]}
    return call.links.gallery(call.arg("q"), **more)


def _opening(call: Call, by: str, order: str) -> Callable[[Any], _Found]:
    """Return what reads everything for the page on one connection."""
    words = call.arg("q")

    def load(connection: Any) -> _Found:  # noqa: ANN401
        who = viewer(connection.person)
        query = search.parse(words)
        timeline, tiles = search.opening(
            connection, query, who, by=by, order=order, limit=FIRST
        )
        few = timeline.whole and timeline.photos <= FEW
        cheap = few or not query.terms()
        facets = listing.facets(connection, who, query) if cheap else None
        return _Found(timeline, _pieces(connection, tiles), facets)

    return load


def _pieces(connection: Any, tiles: Iterable[Tiles]) -> tuple[_Piece, ...]:  # noqa: ANN401
    tiles = tuple(tiles)
    faces = [face for some in tiles for face in some.faces]
    places = search.places_of(connection, faces)
    drawn = frozenset(drawn_on(connection, [face.id for face in faces]))
    return tuple(_Piece(some, places, drawn) for some in tiles)


def _about(call: Call, query: Query) -> dict[str, Any]:
    """Return what stands above the photos: the name of the place, and the chips.

    ``place`` is album, location, trade, starred or bin; "" for any other search.
    """
    terms = query.terms()
    only = terms[0] if len(terms) == 1 else None
    place, title = "", text("timeline.found") if terms else call.database.title
    if isinstance(only, Filter) and not only.negated:
        if only.name in ("album", "location", "trade"):
            place, title = only.name, queries.value_of(only)
        elif (only.name, only.value) == ("is", "starred"):
            place, title = "starred", text("nav.starred")
        elif (only.name, only.value) == ("is", "recycled"):
            place, title = "bin", text("nav.bin")
    return {"place": place, "title": title, "chips": chips(query, call.links)}


def _stretch(piece: _Piece) -> dict[str, Any]:
    """Return a section with its first photos, for the template."""
    key = piece.tiles.section.key
    photos = piece.tiles.faces
    dated = span_of(key).dated
    return {
        "key": key,
        "title": title_of(key),
        "dated": dated,
        "ahead": dated and bool(photos) and photos[0].dated_ahead,
        "photos": photos,
        "places": piece.places,
        "drawn": piece.drawn,
    }


def title_of(key: str) -> str:
    """Return the time of a section as a heading: a day, a week's days, or a month."""
    span = span_of(key)
    if span.by == "day":
        return day(str(span.first))
    if span.by == "month":
        return month(str(span.first))
    locale = texts.locale(actors.language())
    return str(format_interval(span.first, span.last, "yMMMd", locale=locale))


def _data(call: Call, found: _Found, by: str, order: str) -> dict[str, Any]:
    """Return what the script of the page begins with."""
    return {
        "query": call.arg("q"),
        "by": by,
        "order": order,
        **_timeline_json(found.timeline),
        "whole": found.timeline.whole,
        "tiles": [_piece_json(piece, stars=call.may("star")) for piece in found.pieces],
        "texts": {name: texts.complete(actors.language())[name] for name in _TEXTS},
    }


def _timeline_json(timeline: Timeline) -> dict[str, Any]:
    return {
        "exact": timeline.exact,
        "photos": timeline.photos,
        "sections": [[s.key, s.photos, s.width] for s in timeline.sections],
    }


def _piece_json(piece: _Piece, *, stars: bool) -> dict[str, Any]:
    some = piece.tiles
    return {
        "section": [some.section.key, some.section.photos, some.section.width],
        "first": some.first,
        "start": some.start,
        "tiles": [_tile_json(photo, piece, stars=stars) for photo in some.faces],
    }


def _tile_json(photo: Face, piece: _Piece, *, stars: bool) -> dict[str, Any]:
    return {
        "id": photo.id,
        "width": photo.width,
        "version": media.version(photo.sha256, photo.rotation),
        "words": photo.words,
        "place": piece.places.get(photo.location_id, ""),
        "day": photo.day,
        "marks": _marks(photo, stars=stars, drawn=photo.id in piece.drawn),
    }


def _marks(photo: Face, *, stars: bool, drawn: bool) -> list[str]:
    """Return the badges of a tile, as ``badge.…`` among the texts calls them."""
    marks = {
        "recycled": photo.recycled_at is not None,
        "private": photo.private,
        "starred": photo.starred and stars,
        "sphere": photo.projection == "360",
        "video": photo.kind == "video",
        "raw": photo.kind == "raw",
        "drawn": drawn,
        "damaged": photo.damage is not None,
        "assumed": photo.taken_at is None,
        "ahead": photo.dated_ahead,
    }
    return [name for name, holds in marks.items() if holds]


async def send_sections(call: Call) -> Response:
    """``/-/sections.json?q=…&by=month``: all sections, as ``[key, photos, width]``."""
    words, by, order = call.arg("q"), _by(call), _order(call)

    def load(connection: Any) -> Timeline:  # noqa: ANN401
        who = viewer(connection.person)
        return search.timeline(connection, words, who, by=by, order=order)

    found = await call.read(load)
    about = {"query": words, "by": by, "order": order}
    return data({**about, **_timeline_json(found)})


async def send_tiles(call: Call) -> Response:
    """``/-/tiles.json?q=…&section=2026-05-11&at=40000``: some tiles of a section.

    With ``until=2026-05-08``: all those of the sections from the one to the other.
    """
    at = _whole(call, "at")

    def read(connection: Any, who: Viewer | None) -> tuple[_Piece, ...]:  # noqa: ANN401
        found = search.tiles(
            connection,
            call.arg("q"),
            who,
            call.arg("section"),
            call.arg("until") or None,
            at=at,
            order=_order(call),
        )
        return _pieces(connection, found)

    pieces = await call.read(lambda c: read(c, viewer(c.person)))
    stars = call.may("star")
    return data({"tiles": [_piece_json(piece, stars=stars) for piece in pieces]})


def _whole(call: Call, name: str) -> int:
    given = call.arg(name, "0")
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise InvalidInput(f"{name} is a whole number", key="no_number", name=name)
    return int(given)


async def send_ids(call: Call) -> Response:
    """``/-/ids.json?q=…&section=…&until=…``: the ids of sections, to choose them."""

    def read(connection: Any) -> Any:  # noqa: ANN401
        return search.section_ids(
            connection,
            call.arg("q"),
            viewer(connection.person),
            call.arg("section"),
            call.arg("until") or None,
            order=_order(call),
        )

    return data({"sections": await call.read(read)})


def _json(name: str) -> str:
    return rf"/-/{name}\.(?P<format>json)"


ROUTES = (
    Route("", show, "view", json=True),
    Route(_json("sections"), send_sections, "view"),
    Route(_json("tiles"), send_tiles, "view"),
    Route(_json("ids"), send_ids, "view"),
)
