"""What each route that changes something is sent: an example that works, and others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from plugins.calls import Route
from plugins.routes import ROUTES
from tests.plugins.conftest import jpeg
from tests.plugins.leaks.doors import HOME, SEARCHES, addresses, named
from tests.plugins.leaks.twins import (
    ABSENT,
    CONFLICT,
    COVER,
    FACADE,
    HIDDEN_ALBUM,
    KIMS_BINNED,
    KIMS_JOB,
    KIMS_NEWEST,
    NEIGHBOUR,
    OWNERS_EXPORT,
    OWNERS_JOB,
    OWNERS_OPEN,
    OWNERS_UPLOAD,
    PROGRAM,
    SAID,
    SAID_HIDDEN,
    STICK,
)

Body = dict[str, Any]
HIDDEN_ONES = (2, 3, 4, 5, COVER, KIMS_BINNED, KIMS_NEWEST, ABSENT)


@dataclass(frozen=True, slots=True)
class Example:
    """What an admin can send with success, and what else is tried.

    :param at: the parts of the address
    :param more: other bodies, to every address
    :param changes: whether it changes the archive or its accounts
    :param content: what is sent where it is no JSON, with these ``headers``
    :param asking: the arguments behind the address
    """

    body: Body = field(default_factory=dict)
    at: dict[str, object] = field(default_factory=dict)
    more: tuple[Body, ...] = ()
    changes: bool = True
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    asking: str = ""


def _of_photos(body: Body | None = None) -> tuple[Body, ...]:
    """Return bodies about photos of every kind, by their ids and by searches."""
    searches = (*SEARCHES, "id:3")
    return (
        *({"ids": [photo], **(body or {})} for photo in HIDDEN_ONES),
        {"ids": [NEIGHBOUR, COVER], **(body or {})},
        *({"q": text, **(body or {})} for text in searches),
        {"q": "crane", "count": 1, **(body or {})},
    )


_DRAWN: Body = {
    "kind": "arrow",
    "colour": "red",
    "width": 4,
    "points": "[[1,2],[3000,4000]]",
}
_STRANGE: tuple[Body, ...] = (
    {**_DRAWN, "points": "[" * 5000},
    {**_DRAWN, "points": [[0, 0], [1, float("nan")]]},
    {**_DRAWN, "kind": "text", "text": "</svg><script>" * 99},
)
_SEEN = {"description": "x", "seen": {"description": "crane"}}
_PHOTO, _BIN = {"photo": NEIGHBOUR}, {"photo": KIMS_BINNED}
_TUS = {"tus-resumable": "1.0.0"}
_BYTES = {
    **_TUS,
    "upload-offset": "0",
    "content-type": "application/offset+octet-stream",
}
_FILE, _UPLOAD = {"file": OWNERS_OPEN}, {"upload": OWNERS_UPLOAD}
_JPEG = jpeg((1, 2, 3))[:10]
# address, or method and address: example. A route that is not here fails the tests.
EXAMPLE: dict[str, Example] = {
    "/-/albums/add": Example(
        {"name": "New"}, more=({"name": "ALBUMSECRET"}, {"name": "N", "private": True})
    ),
    "/-/albums/{album}/edit": Example(
        {"name": "Renamed"}, {"album": FACADE}, ({"cover": 1}, {"private": True})
    ),
    "/-/albums/{album}/move": Example(
        {"before": 1}, {"album": FACADE}, ({"before": HIDDEN_ALBUM}, {"before": ABSENT})
    ),
    "/-/albums/{album}/delete": Example({}, {"album": FACADE}),
    "/-/locations/add": Example({"path": "Yard>Gate"}, more=({"path": "Tower"},)),
    "/-/locations/{location}/edit": Example({"name": "Block"}, {"location": 1}),
    "/-/locations/{location}/delete": Example({}, {"location": 3}),
    "/-/verify/begin": Example({"minutes": 5}),
    "/-/verify/repair": Example({"copy": STICK}, more=({"copy": "9"},)),
    "/-/verify/check": Example({"copy": STICK}, more=({"copy": "9"},)),
    "/-/verify/plan": Example({"on": 1, "day-1": 1, "times": "19:00", "minutes": 60}),
    "/-/sync/now": Example({}),
    "/-/sync/plan": Example({}),
    "/-/sync/schedule": Example({"mode": "every", "hours": 4}),
    "/-/sync/originals": Example({"mode": "none"}),
    "/-/sync/decide": Example({"key": CONFLICT, "choice": "local"}),
    "/-/sync/again": Example({}, changes=False),
    "/-/trades/add": Example({"name": "Glass"}),
    "/-/trades/{trade}/edit": Example({"name": "Glass"}, {"trade": 1}),
    "/-/trades/{trade}/delete": Example({}, {"trade": 3}),
    "/-/settings/edit": Example({"private_by_default": True}),
    "/-/people/add": Example({"name": "Lu", "level": "standard"}),
    "/-/people/{person}/edit": Example({"level": "standard"}, {"person": 3}),
    "/-/people/{person}/invitation": Example({}, {"person": 2}),
    "/-/programs/add": Example(
        {"name": "Reports", "level": "standard"},
        more=({"name": "Viewer", "public": True, "redirect_uris": "x"},),
    ),
    "/-/programs/{client}/secret": Example({}, {"client": PROGRAM}),
    "/-/programs/{client}/remove": Example({}, {"client": PROGRAM}),
    "/-/bulk/edit": Example(
        {"ids": [1], "description": "bulk"},
        more=(
            *_of_photos({"description": "bulk"}),
            {"ids": [1], "album": HIDDEN_ALBUM},
        ),
    ),
    "/-/bulk/recycle": Example({"ids": [1]}, more=_of_photos()),
    "/-/bulk/retrieve": Example({"ids": [KIMS_BINNED]}, more=_of_photos()),
    "/-/bulk/purge": Example({"ids": [KIMS_BINNED]}, more=_of_photos()),
    "/-/bulk/download": Example({"ids": [1]}, more=_of_photos(), changes=False),
    "/-/exports/pdf": Example(
        {"ids": [1], "title": "Week 20", "per_page": 6},
        more=(*_of_photos(), {"ids": [1], "base": "absent"}, {"ids": [1], "qr": "x"}),
    ),
    "/-/exports/zip": Example(
        {"ids": [1]},
        more=(
            *_of_photos({"names": "{album}/{description}", "sidecars": 1}),
            {"ids": [1], "names": "{absent}"},
            {"ids": [1], "copies": "stripped"},
        ),
    ),
    "/-/exports/list": Example(
        {"ids": [1], "format": "log.xlsx"},
        more=(*_of_photos({"format": "db"}), {"ids": [1], "format": "absent"}),
    ),
    "/-/exports/package": Example(
        {"ids": [1]}, more=(*_of_photos(), {"ids": [1], "complete": 1})
    ),
    "/-/exports/evidence": Example({"ids": [1]}, more=_of_photos()),
    "/-/exports/{job}/remove": Example({}, {"job": OWNERS_EXPORT}),
    "/-/links/add": Example(
        {"ids": [1], "title": "Week 20"},
        more=(
            *_of_photos({"private": 1, "gives": "originals"}),
            {"ids": [1], "days": 5},
            {"ids": [1], "password": "short"},
        ),
    ),
    "/-/links/switch": Example({"on": 0}, more=({"on": 1},)),
    "/-/links/refresh": Example({}),
    "/-/links/{link}/end": Example({}, {"link": 2}),
    "/-/account/password": Example(  # not where nobody logs in
        {"old": "x", "new": "crane harness fern", "again": "crane harness fern"},
        changes=False,
    ),
    "/-/account/sessions/end": Example({}),
    "/-/account/sessions/{session}/end": Example({}, {"session": 1}),
    "/-/account/programs/{client}/end": Example({}, {"client": PROGRAM}),
    "/-/undo/{batch}": Example({}, {"batch": 6}),
    "/-/photo/{photo}/edit": Example(
        {"description": "said"},
        _PHOTO,
        (_SEEN, {"location": "Tower>Level 2"}, {"album": HIDDEN_ALBUM}),
    ),
    "/-/photo/{photo}/recycle": Example({}, _PHOTO),
    "/-/photo/{photo}/retrieve": Example({}, _BIN),
    "/-/photo/{photo}/purge": Example({}, _BIN),
    "/-/photo/{photo}/cover": Example({}, _PHOTO),
    "/-/photo/{photo}/project-photo": Example({}, _PHOTO),
    "/-/photo/{photo}/comment": Example({"body": "poured @Kim Lee"}, _PHOTO),
    "/-/comments/{comment}/edit": Example({"body": "poured"}, {"comment": 1}),
    "/-/comments/{comment}/delete": Example({}, {"comment": 1}),
    "/-/photo/{photo}/markup": Example(_DRAWN, _PHOTO, more=_STRANGE),
    "/-/markups/{markup}/edit": Example({"colour": "blue"}, {"markup": 1}, _STRANGE),
    "/-/markups/{markup}/delete": Example({}, {"markup": 1}),
    "/-/map/pin": Example(
        {"photo": NEIGHBOUR, "latitude": 1.5, "longitude": 2},
        more=tuple({"photo": photo, "place": "unknown"} for photo in HIDDEN_ONES),
    ),
    "/-/map/plans": Example(
        content=jpeg((9, 9, 9)), headers={"content-type": "image/jpeg"}, asking="name=x"
    ),
    "/-/map/plans/{plan}/edit": Example({"name": "Ground floor"}, {"plan": 1}),
    "/-/map/plans/{plan}/remove": Example({}, {"plan": 1}),
    "/-/inbox/read": Example(
        {"comment": SAID},
        more=(
            *({"comment": comment} for comment in (1, 3, SAID_HIDDEN, ABSENT)),
            {"comment": SAID, "read": False},
            {"day": "2026-05-11"},
            {"until": "2026-05-11T10:00:00Z"},
        ),
    ),
    "/-/inbox/subscribe": Example({"wanted": False}, more=({"wanted": True},)),
    "/-/uploads": Example(
        {}, more=({"album": HIDDEN_ALBUM}, {"album": ABSENT}, {"album": "ALBUMSECRET"})
    ),
    "/-/uploads/{upload}/files": Example(
        {"files": [{"key": "4", "name": "a.jpg", "bytes": 3}]}, _UPLOAD
    ),
    "/-/uploads/{upload}/close": Example({}, _UPLOAD),
    "/-/uploads/{upload}/cancel": Example({}, _UPLOAD),
    "PATCH /-/uploads/files/{file}": Example(at=_FILE, content=_JPEG, headers=_BYTES),
    "DELETE /-/uploads/files/{file}": Example(at=_FILE, content=b"", headers=_TUS),
    "POST /-/uploads/files/{file}": Example(
        at=_FILE,
        content=_JPEG,
        headers={**_BYTES, "x-http-method-override": "PATCH"},
    ),
    "/-/jobs/thumbnails": Example({}),
    "/-/jobs/{job}/cancel": Example({}, {"job": OWNERS_JOB}),
    "/-/jobs/{job}/retry": Example({}, {"job": KIMS_JOB}),
    "/-/jobs/{job}/undo": Example({}, {"job": KIMS_JOB}),
}


def changing() -> list[tuple[Route, str]]:
    """Return the routes that answer to more than reading, with each such method."""
    return [
        (route, method)
        for route in ROUTES
        for method in route.methods
        if method not in ("GET", "HEAD", "OPTIONS")
    ]


def known() -> list[tuple[Route, str]]:
    """Return those of them that have an example."""
    return [change for change in changing() if _find(*change)]


def _find(route: Route, method: str) -> Example | None:
    address = named(route)
    return EXAMPLE.get(f"{method} {address}") or EXAMPLE.get(address)


def example(route: Route, method: str) -> Example:
    """Return the example of a route.

    :raises KeyError: there is none: add one above
    """
    found = _find(route, method)
    if found is None:
        raise KeyError(f"{method} {named(route)}")
    return found


def working(route: Route, method: str) -> tuple[str, dict[str, Any]]:
    """Return the address with which an admin succeeds, and what ``ask`` is to send."""
    found = example(route, method)
    address = HOME + named(route).format(**found.at)
    assert re.fullmatch(route.regex, address), address
    asked = f"{address}?{found.asking}" if found.asking else address
    if found.content is None:
        return asked, {"json": found.body}
    return asked, {"content": found.content, "headers": found.headers}


def attempts(route: Route, method: str) -> list[tuple[str, dict[str, Any]]]:
    """Return everything that is tried: each address with each body, and with none."""
    found = example(route, method)
    if found.content is not None:
        sent = {"content": found.content, "headers": found.headers}
        return [(address, sent) for address in addresses(route)]
    bodies = (found.body, *found.more, *([{}] if found.body else []))
    return [
        (address, {"json": body}) for address in addresses(route) for body in bodies
    ]


def as_form(sent: dict[str, Any], **more: str) -> dict[str, Any]:
    """Return what is sent as a form without scripts would send it."""
    if "json" not in sent:
        return sent
    fields = {name: _field(value) for name, value in sent["json"].items()}
    return {"data": {**fields, **more}}


def _field(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)
