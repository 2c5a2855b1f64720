"""Narrowing a search: its words and filters as chips, and facets to cut it by."""

from __future__ import annotations

from typing import Any

from archive.albums import UNCLASSIFIED_ID, UNCLASSIFIED_IN, called
from archive.errors import ArchiveError
from archive.locations import join_path
from archive.rights import Viewer, viewer
from archive.search import Filter, Query, parse
from archive.search.counting import Facet
from plugins import actors, listing, queries
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, data
from plugins.pages.links import Links
from plugins.templating import month, text

# Ready-made searches beside the facets: filter, value, icon.
SHORTCUTS = (
    ("is", "starred", "star"),
    ("is", "private", "lock"),
    ("is", "360", "globe"),
    ("is", "recycled", "trash-2"),
)


async def show(call: Call) -> Response:
    """``/tower-4/-/facets?q=…``: the facets of a search; ``piece=1``: nothing else."""
    query = parse(call.arg("q"))

    def load(connection: Any) -> list[listing.Facet]:  # noqa: ANN401
        return listing.facets(connection, viewer(connection.person), query)

    found = await call.read(load)
    context = narrowing(found, query, call.links, viewer(call.person))
    if call.wants_json:
        return data({"query": call.arg("q"), "facets": context["facet_groups"]})
    template = "_facets.html" if call.arg("piece") == "1" else "facets.html"
    return await archive_page(call, template, context)


def narrowing(
    found: list[listing.Facet], query: Query, links: Links, who: Viewer | None
) -> dict[str, Any]:
    """Return what the template of the facets needs."""
    return {
        "facet_groups": [_facet(facet, query, links) for facet in found],
        "shortcuts": _shortcuts(query, links, who),
    }


def chips(query: Query, links: Links) -> list[dict[str, str]]:
    """Return the search's clauses, each with the address of the search without it."""
    return [
        {
            "text": queries.described(clause),
            "url": links.gallery(queries.without(query, clause)),
        }
        for clause in query.clauses
    ]


def parsed(words: str) -> Query:
    """Return a search; a wrong one is none."""
    try:
        return parse(words)
    except ArchiveError:
        return Query()


def _facet(facet: listing.Facet, query: Query, links: Links) -> dict[str, Any]:
    """Return one facet with what its template needs: links that choose each value."""
    if facet.name == "taken":
        months = _months(facet, query, links)
        return {"name": "taken", "above": [], "values": months, "exact": facet.exact}
    chosen = [value.casefold() for value in queries.chosen(query, facet.name)]
    values = []
    for value in facet.values:
        wanted = _wanted(facet, value, chosen)
        is_chosen = wanted.casefold() in chosen
        change = queries.toggled if is_chosen else queries.choosing
        values.append(
            {
                "label": _label(facet, value),
                "photos": value.photos,
                "chosen": is_chosen,
                "url": links.gallery(change(query, facet.name, wanted)),
            }
        )
    above = _above(facet.above, query, links)
    return {
        "name": facet.name,
        "above": above,
        "values": values,
        "exact": facet.exact,
    }


def _months(facet: listing.Facet, query: Query, links: Links) -> list[dict[str, Any]]:
    """Return the months with their links, and the photos that have no known date.

    These stand in the timeline by the day on which they came, which is in a month, too.
    """
    known = not all(value.id for value in facet.values)
    chosen = queries.chosen(query, "taken")
    undated = Filter("has", "date", negated=True)
    return [
        {
            "label": month(str(value.id)) if value.id else text("dates.unknown"),
            "photos": value.photos,
            "chosen": value.id in chosen if value.id else undated in query.terms(),
            "url": links.gallery(queries.dated(query, str(value.id), known=known)),
        }
        for value in facet.values
    ]


def _label(facet: listing.Facet, value: Facet) -> str:
    """Return what a value is called in the language of the page."""
    if _is_unclassified(facet, value):
        return called(UNCLASSIFIED_ID, value.name, actors.language())
    return value.name


def _is_unclassified(facet: listing.Facet, value: Facet) -> bool:
    return (facet.name, value.id) == ("album", UNCLASSIFIED_ID)


def _wanted(facet: listing.Facet, value: Facet, chosen: list[str]) -> str:
    """Return what the filter must say to select a value.

    :param chosen: what it says already: Unclassified may stand there by any name
    """
    if facet.name == "location":
        return join_path([*facet.above, value.name])
    label = _label(facet, value)
    if _is_unclassified(facet, value):
        names = (name.casefold() for name in UNCLASSIFIED_IN.values())
        return next((name for name in names if name in chosen), label)
    return label


def _above(names: list[str], query: Query, links: Links) -> list[dict[str, str]]:
    """Return the way from the whole project down to the chosen location."""
    if not names:
        return []
    value = queries.chosen(query, "location")[0]
    steps = [(text("facets.everywhere"), queries.toggled(query, "location", value))]
    for depth, name in enumerate(names, 1):
        path = join_path(names[:depth])
        steps.append((name, queries.choosing(query, "location", path)))
    return [{"label": label, "url": links.gallery(words)} for label, words in steps]


def _shortcuts(query: Query, links: Links, who: Viewer | None) -> list[dict[str, Any]]:
    shown = [s for s in SHORTCUTS if who and _may_use(s[1], who)]
    return [
        {
            "name": value,
            "icon": icon,
            "chosen": value in queries.chosen(query, name),
            "url": links.gallery(queries.toggled(query, name, value)),
        }
        for name, value, icon in shown
    ]


def _may_use(value: str, who: Viewer) -> bool:
    return {"starred": who.stars, "recycled": who.bin}.get(value, True)


ROUTES = (Route("/-/facets", show, "view", json=True),)
