"""Lists by numbered pages: how many, which page, and the links to the others.

Headers ``Total``, ``Per-Page`` and ``Link``; links are absolute, on the origin that the
client used, and repeat the whole query (contract 6.1 and 10.1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from plugins.api.params import Param, at_least

T = TypeVar("T")

PER_PAGE = 100
MOST_PER_PAGE = 1_000  # what asks for more gets this, and is told so in Per-Page
_LAST_PAGE = 10**9

PAGING = (
    Param("page", at_least(1), "The page, from 1"),
    Param(
        "per_page",
        at_least(1),
        f"Items on a page: {PER_PAGE} unless said otherwise, {MOST_PER_PAGE} at most",
    ),
)
_PAGE_IN_QUERY = re.compile(r"(^|&)page=[^&]*")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which page is asked for."""

    page: int
    per_page: int

    @property
    def skipped(self) -> int:
        """Items on the pages before."""
        return (self.page - 1) * self.per_page


def wish(page: int | None, per_page: int | None) -> Wish:
    """Return the page that parameters ask for."""
    return Wish(min(page or 1, _LAST_PAGE), min(per_page or PER_PAGE, MOST_PER_PAGE))


def cut(items: Sequence[T], wanted: Wish) -> Sequence[T]:
    """Return a page of a short list that is there as a whole."""
    return items[wanted.skipped : wanted.skipped + wanted.per_page]


def headers(url: str, query: str, wanted: Wish, total: int) -> dict[str, str]:
    """Return the headers of a page.

    :param url: of the list, absolute, without its query
    :param query: as the client sent it
    """
    last = max(1, -(-total // wanted.per_page))
    pages = {
        "first": 1 if wanted.page > 1 else None,
        "prev": min(wanted.page - 1, last) if wanted.page > 1 else None,
        "last": last if wanted.page < last else None,
        "next": wanted.page + 1 if wanted.page < last else None,
    }
    links = [
        f'<{url}?{_at_page(query, page)}>; rel="{rel}"'
        for rel, page in pages.items()
        if page
    ]
    found = {"total": str(total), "per-page": str(wanted.per_page)}
    return {**found, "link": ", ".join(links)} if links else found


def _at_page(query: str, page: int) -> str:
    """Return a query with the page in it replaced, or added."""
    safe = query.replace("<", "%3C").replace(">", "%3E").replace('"', "%22")
    plain = _PAGE_IN_QUERY.sub("", safe).lstrip("&")
    return f"{plain}&page={page}" if plain else f"page={page}"
