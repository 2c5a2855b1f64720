"""``/tower-4/-/feed``: the photos added last, for readers of feeds (Atom, RFC 4287)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from archive.photos import Photo, load_photos
from archive.rights import viewer
from archive.search import find_photos
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import data
from plugins.pages.gallery import photo_json
from plugins.templating import album_of

_ATOM = "http://www.w3.org/2005/Atom"
LAST = 50


async def show(call: Call) -> Response:
    """Answer with the photos added last, as far as the person may see them."""
    query = call.arg("q")

    def load(connection: Any) -> list[Photo]:  # noqa: ANN401
        who = viewer(connection.person)
        found = find_photos(connection, query, who, limit=LAST, order="uploaded")
        return load_photos(connection, found.ids)

    photos = await call.read(load)
    if call.wants_json:
        stars = call.may("star")
        shown = [photo_json(photo, call.links, query, stars=stars) for photo in photos]
        return data({"photos": shown})
    body = ET.tostring(_feed(call, photos), "utf-8", xml_declaration=True)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _feed(call: Call, photos: list[Photo]) -> ET.Element:
    feed = ET.Element("feed", xmlns=_ATOM)
    _add(feed, "title", _plain(call.database.title))
    _add(feed, "id", f"urn:asbuilt:{call.database.route}")
    _add(feed, "updated", photos[0].uploaded_at if photos else "1970-01-01T00:00:00Z")
    ET.SubElement(feed, "link", href=_absolute(call, call.links.gallery()))
    for photo in photos:
        feed.append(_entry(call, photo))
    return feed


def _entry(call: Call, photo: Photo) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "title", _plain(photo.description or photo.filename))
    _add(entry, "id", f"urn:uuid:{photo.uuid}")
    _add(entry, "updated", photo.updated_at)
    _add(entry, "published", photo.uploaded_at)
    author = ET.SubElement(entry, "author")
    _add(author, "name", _plain(photo.uploader or "unknown"))
    url = _absolute(call, call.links.photo(photo.id))
    ET.SubElement(entry, "link", href=url)
    preview = _absolute(call, call.links.rendition(photo, "preview"))
    ET.SubElement(entry, "link", rel="enclosure", type="image/jpeg", href=preview)
    where = [
        album_of(photo),
        *([photo.location] if photo.location else []),
        *photo.trades,
    ]
    _add(entry, "summary", _plain(" · ".join(where)))
    return entry


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _plain(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def _absolute(call: Call, path: str) -> str:
    return str(call.datasette.absolute_url(call.request, path))


ROUTES = (Route("/-/feed", show, "view", json=True),)
