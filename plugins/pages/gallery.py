"""``/tower-4?q=…``: the photos of a search by day, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archive.errors import ArchiveError
from archive.photos import Photo
from archive.rights import Viewer, viewer
from archive.search import Count, Query, parse
from plugins import listing, queries
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, data
from plugins.pages.links import Links
from plugins.templating import month

# Ready-made searches beside the facets: title, filter, value, icon.
SHORTCUTS = (
    ("Starred", "is", "starred", "star"),
    ("Private", "is", "private", "lock"),
    ("360°", "is", "360", "globe"),
    ("Recycle bin", "is", "recycled", "trash-2"),
)


async def show(call: Call) -> Response:
    """Answer with one page of the gallery: whole, as a piece to append, or as JSON."""
    text = call.arg("q")
    after = call.arg("after") or None
    piece = call.arg("piece") == "1"
    whole = not piece and not call.wants_json
    links = call.links

    def load(connection: Any) -> _Found:  # noqa: ANN401
        return _load(connection, text, after, with_facets=whole)

    found = await call.read(load)
    if call.wants_json:
        if found.error:
            return Response.error(found.error, 400)
        return data(_as_json(found, links, text))
    query = found.query
    context = {
        "found": found,
        "page": found.page,
        "who": found.who,
        "error": found.error,
        "days": listing.by_day(found.page.photos),
        "chips": chips(query, links),
        "facet_groups": [_facet(facet, query, links) for facet in found.facets],
        "shortcuts": _shortcuts(query, links, found.who),
        "after": after,
    }
    template = "_days.html" if piece else "gallery.html"
    return await archive_page(call, template, context, 400 if found.error else 200)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one page of the gallery shows.

    :param error: why the search cannot be answered, for a person
    """

    who: Viewer | None
    query: Query
    page: listing.Page
    facets: tuple[listing.Facet, ...] = ()
    error: str | None = None


def _load(
    connection: Any,  # noqa: ANN401
    text: str,
    after: str | None,
    *,
    with_facets: bool,
) -> _Found:
    """Read everything for a page on one connection; a wrong search becomes its text."""
    who = viewer(connection.person)
    query = Query()
    try:
        query = parse(text)
        found = listing.find(connection, who, query, after)
        facets = listing.facets(connection, who, query) if with_facets else []
    except ArchiveError as problem:
        return _Found(who, query, listing.Page([]), error=str(problem))
    return _Found(who, query, found, tuple(facets))


def chips(query: Query, links: Links) -> list[dict[str, str]]:
    """Return the search's clauses, each with the address of the search without it."""
    return [
        {
            "text": queries.described(clause),
            "url": links.gallery(queries.without(query, clause)),
        }
        for clause in query.clauses
    ]


def _facet(facet: listing.Facet, query: Query, links: Links) -> dict[str, Any]:
    """Return one facet with what its template needs: links that choose each value."""
    chosen = [value.casefold() for value in queries.chosen(query, facet.name)]
    values = []
    for value in facet.values:
        wanted = _wanted(facet, value.name)
        is_chosen = wanted.casefold() in chosen
        change = queries.toggled if is_chosen else queries.choosing
        values.append(
            {
                "label": month(value.name) if facet.name == "taken" else value.name,
                "photos": value.photos,
                "chosen": is_chosen,
                "url": links.gallery(change(query, facet.name, wanted)),
            }
        )
    above = _above(facet.above, query, links)
    return {"name": facet.name, "title": facet.title, "above": above, "values": values}


def _wanted(facet: listing.Facet, name: str) -> str:
    """Return what the filter must say to select a value."""
    if facet.name != "location":
        return name
    return listing.location_path([*facet.above, name])


def _above(names: list[str], query: Query, links: Links) -> list[dict[str, str]]:
    """Return the way from the whole project down to the chosen location."""
    if not names:
        return []
    value = queries.chosen(query, "location")[0]
    steps = [("All locations", queries.toggled(query, "location", value))]
    for depth, name in enumerate(names, 1):
        path = listing.location_path(names[:depth])
        steps.append((name, queries.choosing(query, "location", path)))
    return [{"label": label, "url": links.gallery(text)} for label, text in steps]


def _shortcuts(query: Query, links: Links, who: Viewer | None) -> list[dict[str, Any]]:
    shown = [s for s in SHORTCUTS if who and _may_use(s[2], who)]
    return [
        {
            "title": title,
            "icon": icon,
            "chosen": value in queries.chosen(query, name),
            "url": links.gallery(queries.toggled(query, name, value)),
        }
        for title, name, value, icon in shown
    ]


def _may_use(value: str, who: Viewer) -> bool:
    return {"starred": who.stars, "recycled": who.bin}.get(value, True)


def _total(count: Count | None) -> dict[str, Any]:
    """Return a total as JSON; absent beyond the first page."""
    return {"total": count.photos, "total_is_exact": count.exact} if count else {}


def _as_json(found: _Found, links: Links, query: str) -> dict[str, Any]:
    after = found.page.next
    stars = bool(found.who and found.who.stars)
    return {
        "query": query,
        **_total(found.page.total),
        "photos": [
            photo_json(photo, links, query, stars=stars) for photo in found.page.photos
        ],
        "next": after,
        "next_url": links.gallery(query, after, ".json") if after else None,
    }


def photo_json(
    photo: Photo, links: Links, query: str = "", *, stars: bool
) -> dict[str, Any]:
    """Return a photo as the command line prints it, with the addresses beside.

    :param stars: whether the reader may see stars
    """
    return {
        **photo.as_json(stars=stars),
        "url": links.photo(photo.id, query),
        "thumbnail_url": links.rendition(photo, "thumbnail"),
        "preview_url": links.rendition(photo, "preview"),
        "original_url": links.original(photo.id) if photo.sha256 else None,
    }


ROUTES = (Route("", show, "view", json=True),)
