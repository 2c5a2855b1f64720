"""``/tower-4/-/list?q=…``: the photos of a search as a plain table, or as JSON.

The way to all photos for whoever has no scripts, or no use for a wall of pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archive import search
from archive.photos import Photo, load_photos
from archive.rights import viewer
from archive.search import Count, Page, Query, parse
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, data
from plugins.pages.links import Links
from plugins.pages.narrowing import chips

PAGE = 100
# Orders of the list, by the column that they sort
ORDERS = ("newest", "oldest", "uploaded", "name")


@dataclass(frozen=True, slots=True)
class _Found:
    """One page of the list.

    :param total: of the whole search; None beyond the first page
    """

    query: Query
    page: Page
    photos: list[Photo]
    total: Count | None


async def show(call: Call) -> Response:
    """Answer with one page of a search as a table."""
    found = await _found(call)
    order = _order(call)
    after = found.page.next
    links = call.links
    context = {
        "photos": found.photos,
        "total": found.total,
        "chips": chips(found.query, links),
        "order": order,
        "orders": {
            name: links.to("list", q=call.arg("q"), order=name) for name in ORDERS
        },
        "next_url": links.to("list", q=call.arg("q"), order=order, after=after)
        if after
        else None,
    }
    return await archive_page(call, "list.html", context)


async def answer(call: Call) -> Response:
    """Answer with one page of a search as JSON."""
    found = await _found(call)
    stars = call.may("star")
    words, order, links = call.arg("q"), _order(call), call.links
    after = found.page.next
    more = {} if order == "newest" else {"order": order}
    return data(
        {
            "query": words,
            **_total(found.total),
            "photos": [
                photo_json(photo, links, words, stars=stars) for photo in found.photos
            ],
            "next": after,
            "next_url": links.gallery(words, after, ".json", **more) if after else None,
        }
    )


def _order(call: Call) -> str:
    return call.arg("order", "newest")


async def _found(call: Call) -> _Found:
    query, order = parse(call.arg("q")), _order(call)
    after = call.arg("after") or None

    def load(connection: Any) -> _Found:  # noqa: ANN401
        who = viewer(connection.person)
        page = search.find_photos(
            connection, query, who, limit=PAGE, after=after, order=order
        )
        total = None if after else search.count(connection, query, who)
        return _Found(query, page, load_photos(connection, page.ids), total)

    return await call.read(load)


def _total(count: Count | None) -> dict[str, Any]:
    """Return a total as JSON; absent beyond the first page."""
    return {"total": count.photos, "total_is_exact": count.exact} if count else {}


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


async def show_or_answer(call: Call) -> Response:
    """Answer with one page of a search, as a table or as JSON."""
    return await (answer(call) if call.wants_json else show(call))


ROUTES = (Route("/-/list", show_or_answer, "view", json=True),)
