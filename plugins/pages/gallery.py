"""``/tower-4?q=…``: the photos of a search by day, newest first."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from archive.errors import ArchiveError
from archive.photos import Photo
from archive.rights import Viewer, viewer
from plugins import listing, terms
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase
from plugins.pages.answers import data, page, wants_json
from plugins.pages.links import Links
from plugins.templating import month

# Ready-made searches beside the facets: title, filter, value, icon.
SHORTCUTS = (
    ("Starred", "is", "starred", "star"),
    ("Private", "is", "private", "lock"),
    ("360°", "projection", "360", "globe"),
    ("Recycle bin", "is", "recycled", "trash-2"),
)


async def show(
    datasette: Datasette, request: Request, database: ArchiveDatabase
) -> Response:
    """Answer with one page of the gallery: whole, as a piece to append, or as JSON."""
    query = (request.args.get("q") or "").strip()
    after = request.args.get("after") or None
    piece = request.args.get("piece") == "1"
    whole = not piece and not wants_json(request)
    links = Links(datasette, database)

    def load(connection: Any) -> dict[str, Any]:  # noqa: ANN401
        return _load(connection, query, after, with_facets=whole)

    found = await database.execute_fn(load)
    if found["error"] and wants_json(request):
        return Response.error(found["error"], 400)
    if wants_json(request):
        return data(_as_json(found["page"], links, query))
    context = {
        **found,
        "archive": database,
        "links": links,
        "query": query,
        "days": by_day(found["page"].photos),
        "chips": chips(query, links),
        "facet_groups": [_facet(facet, query, links) for facet in found["facets"]],
        "shortcuts": _shortcuts(query, links, found["who"]),
        "after": after,
    }
    status = 400 if found["error"] else 200
    return await page(
        datasette, request, "_days.html" if piece else "gallery.html", context, status
    )


def _load(
    connection: Any,
    query: str,
    after: str | None,
    *,
    with_facets: bool,  # noqa: ANN401
) -> dict[str, Any]:
    """Read everything for a page on one connection; a wrong query becomes its text."""
    who = viewer(connection.person)
    try:
        found = listing.find(connection, who, query, after)
        facets = listing.facets(connection, who, query) if with_facets else []
        error = None
    except ArchiveError as problem:
        found, facets, error = listing.Page([]), [], str(problem)
    admin = bool(who and who.bin)
    return {"page": found, "facets": facets, "error": error, "who": who, "admin": admin}


def by_day(photos: list[Photo]) -> list[tuple[str, list[Photo]]]:
    """Return the photos grouped by the day they show, as they come."""
    days = groupby(photos, key=lambda photo: photo.shown_at[:10])
    return [(day, list(some)) for day, some in days]


def chips(query: str, links: Links) -> list[dict[str, str]]:
    """Return the search's terms, each with the address of the search without it."""
    return [
        {"text": _chip(term), "url": links.gallery(terms.without(query, term))}
        for term in terms.split(query)
    ]


def _chip(term: terms.Term) -> str:
    sign = "not " if term.negated else ""
    if not term.filter:
        return f"{sign}“{term.value}”"
    value = month(term.value) if term.filter == "taken" else term.value
    if term.filter in ("is", "has"):
        return f"{sign}{value}"
    return f"{term.filter}: {sign}{value.replace('>', ' › ')}"


def _facet(facet: listing.Facet, query: str, links: Links) -> dict[str, Any]:
    """Return one facet with what its template needs: links that toggle each value."""
    chosen = [value.casefold() for value in terms.active(query, facet.name)]
    return {
        "name": facet.name,
        "title": facet.title,
        "above": _above(query, links) if facet.name == "location" else [],
        "values": [
            {
                "label": month(value.label) if facet.name == "taken" else value.label,
                "photos": value.photos,
                "chosen": value.query.casefold() in chosen,
                "url": links.gallery(_choose(query, facet.name, value.query)),
            }
            for value in facet.values
        ],
    }


def _choose(query: str, name: str, value: str) -> str:
    if value.casefold() in [v.casefold() for v in terms.active(query, name)]:
        return terms.toggled(query, name, value)
    return terms.with_filter(query, name, value)


def _above(query: str, links: Links) -> list[dict[str, str]]:
    """Return the way from the whole project down to the chosen location."""
    chosen = terms.active(query, "location")
    if not chosen:
        return []
    names = [name.strip() for name in chosen[0].split(">")]
    bare = terms.toggled(query, "location", chosen[0])
    steps = [{"label": "All locations", "url": links.gallery(bare)}]
    for depth in range(1, len(names) + 1):
        path = ">".join(names[:depth])
        url = links.gallery(terms.with_filter(query, "location", path))
        steps.append({"label": names[depth - 1], "url": url})
    return steps


def _shortcuts(query: str, links: Links, who: Viewer | None) -> list[dict[str, Any]]:
    shown = [s for s in SHORTCUTS if who and _may_use(s[2], who)]
    return [
        {
            "title": title,
            "icon": icon,
            "chosen": value in terms.active(query, name),
            "url": links.gallery(terms.toggled(query, name, value)),
        }
        for title, name, value, icon in shown
    ]


def _may_use(value: str, who: Viewer) -> bool:
    return {"starred": who.stars, "recycled": who.bin}.get(value, True)


def _as_json(found: listing.Page, links: Links, query: str) -> dict[str, Any]:
    return {
        "query": query,
        "total": found.total,
        "photos": [photo_json(photo, links, query) for photo in found.photos],
        "next": found.next,
        "next_url": links.gallery(query, found.next, ".json") if found.next else None,
    }


def photo_json(photo: Photo, links: Links, query: str = "") -> dict[str, Any]:
    """Return a photo as the command line prints it, with the addresses beside."""
    return {
        **photo.as_json(),
        "url": links.photo(photo.id, query),
        "thumbnail_url": links.rendition(photo, "thumbnail"),
        "preview_url": links.rendition(photo, "preview"),
        "original_url": links.original(photo.id) if photo.sha256 else None,
    }
