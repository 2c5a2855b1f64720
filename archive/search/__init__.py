"""Finding photos: the query language, listings, facets and snippets."""

from archive.search.language import FILTERS, Filter, Query, Word, parse
from archive.search.listing import ORDERS, Page, find_photos, iterate, photos

__all__ = [
    "FILTERS",
    "ORDERS",
    "Filter",
    "Page",
    "Query",
    "Word",
    "find_photos",
    "iterate",
    "parse",
    "photos",
]
