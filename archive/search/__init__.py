"""Finding photos: the query language, listings, facets and snippets."""

from archive.search.counting import (
    DIMENSIONS,
    Count,
    Facet,
    Facets,
    count,
    facet_at,
    facets,
)
from archive.search.faces import Face, places_of
from archive.search.language import FILTERS, Filter, Query, Word, parse
from archive.search.listing import Page, find_photos, iterate, photos
from archive.search.orders import ORDERS, cursor_at
from archive.search.sections import BY, Section
from archive.search.snippets import Piece, snippets
from archive.search.tiling import Tiles, opening, section_ids, tiles
from archive.search.timelines import Timeline, timeline

__all__ = [
    "BY",
    "DIMENSIONS",
    "FILTERS",
    "ORDERS",
    "Count",
    "Face",
    "Facet",
    "Facets",
    "Filter",
    "Page",
    "Piece",
    "Query",
    "Section",
    "Tiles",
    "Timeline",
    "Word",
    "count",
    "cursor_at",
    "facet_at",
    "facets",
    "find_photos",
    "iterate",
    "opening",
    "parse",
    "photos",
    "places_of",
    "section_ids",
    "snippets",
    "tiles",
    "timeline",
]
