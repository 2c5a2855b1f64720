"""Every door there is: made from the table of routes and from the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote

from plugins.calls import Route
from plugins.routes import ROUTES
from tests.plugins.leaks.twins import (
    ABSENT,
    COVER,
    FACADE,
    HIDDEN_ALBUM,
    KIMS_BINNED,
    KIMS_EXPORT,
    KIMS_FILE,
    KIMS_JOB,
    KIMS_NEWEST,
    KIMS_OPEN,
    KIMS_UPLOAD,
    NEIGHBOUR,
    OWNERS_EXPORT,
    OWNERS_FILE,
    OWNERS_JOB,
    OWNERS_OPEN,
    OWNERS_UPLOAD,
    PROGRAM,
    PURGED,
    SAID_HIDDEN,
    STANS_EXPORT,
)

HOME = "/tower-4"
# A part of an address that a route names: values for it, of every kind there is.
EXAMPLES: dict[str, tuple[object, ...]] = {
    "photo": (
        1,  # public
        2,  # Kim's own, private
        3,  # the owner's, private
        4,  # in the recycle bin
        5,  # in a private album
        NEIGHBOUR,  # public, beside hidden ones
        COVER,  # private, the cover of a public album
        KIMS_BINNED,  # Kim's own, in the bin
        KIMS_NEWEST,
        PURGED,
        ABSENT,
    ),
    "album": (1, HIDDEN_ALBUM, FACADE, ABSENT),
    "location": (1, 2, ABSENT),
    "trade": (1, 2, ABSENT),
    "person": (1, 2, 5, ABSENT),
    "comment": (*range(1, 14), ABSENT),
    "markup": (*range(1, 9), ABSENT),
    "batch": (*range(1, 18), 999),
    "session": (1, ABSENT),
    "link": (1, 2, ABSENT),  # the owner's, Kim's
    "client": (PROGRAM, "client-2"),
    "halved": (0,),
    "column": (0,),
    "row": (0,),
    "job": (
        *(OWNERS_JOB, KIMS_JOB, OWNERS_JOB[:-1] + "f", 1, 2, ABSENT),
        *(OWNERS_EXPORT, KIMS_EXPORT, STANS_EXPORT),
    ),
    "upload": (OWNERS_UPLOAD, KIMS_UPLOAD, OWNERS_UPLOAD[:-1] + "f", 1, 2, ABSENT),
    "file": (OWNERS_FILE, KIMS_FILE, OWNERS_OPEN, KIMS_OPEN, OWNERS_FILE[:-1] + "f"),
    "plan": (1, ABSENT),
    "zoom": (0,),
    "x": (0,),
    "y": (0,),
}
_GROUP = re.compile(r"\(\?P<(?P<name>\w+)>")
_WORDS = re.compile(r"[a-z-]+(\|[a-z-]+)*")


class NoExample(LookupError):
    """A route names a part of its address that ``EXAMPLES`` does not know."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a pattern: a text, or a group by its name and its own pattern."""

    text: str
    name: str = ""


def parts(pattern: str) -> Iterator[_Part]:
    """Return the texts of a pattern and the groups that it names."""
    at = 0
    while found := _GROUP.search(pattern, at):
        yield _Part(pattern[at : found.start()])
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            end += 1
        yield _Part(pattern[found.end() : end - 1], found["name"])
        at = end
    yield _Part(pattern[at:])


def _values(part: _Part) -> list[str]:
    if not part.name:
        return [part.text.replace("\\", "")]
    if _WORDS.fullmatch(part.text):
        return part.text.split("|")
    fitting = [
        str(value)
        for value in EXAMPLES.get(part.name, ())
        if re.fullmatch(part.text, str(value))
    ]
    if not fitting:
        raise NoExample(f"give examples of {part.name!r} ({part.text})")
    return fitting


def addresses(route: Route, extension: str = "") -> list[str]:
    """Return addresses of a route, one for each kind of thing that it may be about.

    :raises NoExample: the table above does not know what it is about
    """
    values = [_values(part) for part in parts(route.pattern)]
    found = [HOME + "".join(parts) + extension for parts in product(*values)]
    for address in found:
        if not re.fullmatch(route.regex, address):
            raise NoExample(f"{address} is no address of {route.pattern}")
    return found


def named(route: Route) -> str:
    """Return a route's address with the names of its parts: ``/-/albums/{album}``."""
    texts = (f"{{{p.name}}}" if p.name else p.text for p in parts(route.pattern))
    return "".join(texts).replace("\\", "")


SEARCHES = (
    "crane",
    "cra*",
    "-roof",
    "secret",
    "secret*",
    "kimsecret OR ownersecret OR roof",
    "is:private",
    "is:recycled",
    "is:starred",
    "is:360",
    "album:Facade",
    "album:ALBUMSECRET",
    "album:ALBUMSECRE",  # what is meant is guessed
    f"album:{HIDDEN_ALBUM}",
    "location:Tower",
    "trade:Steel",
    "trade:Concrete",
    "by:Kim",
    "by:LOGINSECRET",
    "by:sam",
    "camera:CAMERASECRET",
    "camera:CAMERASECRE",
    "taken:2026-05",
    "log:2026-05-11",
    "has:gps",
    "has:comments",
    "name:OWNERSECRET",
    "in:12.3,0.9..12.4,1.1",
    "in:12.345677,1.0..12.345679,1.1",
)
_WINDOW = "12.3,0.9..12.4,1.1"
_NEAR = f"in:{_WINDOW}"
# address: arguments to ask with, besides none at all
ARGUMENTS: dict[str, tuple[dict[str, object], ...]] = {
    "": (
        *({"q": text} for text in SEARCHES),
        {"q": "crane", "piece": 1},
        {"after": "2026-05-11T10:00:00"},
    ),
    "/-/log": ({"month": "2026-05"}, {"month": "1066-10"}),
    "/-/feed": ({"q": "crane"}, {"q": "is:private"}),
    "/-/map": (
        *({"q": text} for text in ("crane", "is:private", "is:recycled", _NEAR)),
        *({"window": _WINDOW, "zoom": zoom} for zoom in (0, 9, 14, 19)),
        {"window": _WINDOW, "zoom": 19, "q": "crane"},
        {"window": _WINDOW, "zoom": 19, "q": "is:recycled"},
        {"window": "-90,-180..90,180", "zoom": 0, "q": "secret*"},
    ),
    "/-/map/photos.{format}": (
        {"window": _WINDOW},
        {"window": "12.345677,1.0..12.345679,1.1"},
        {"unplaced": 1},
        {"unplaced": 1, "q": "is:private"},
    ),
    "/-/inbox": ({"before": SAID_HIDDEN + 1}, {"before": SAID_HIDDEN}, {"before": 1}),
    "/-/jobs": ({"before": 2}, {"before": 1}),
    "/-/jobs/{job}": ({"after": "0"},),
    "/-/exports/report": (
        *({"ids": photo} for photo in EXAMPLES["photo"]),
        *({"q": text} for text in SEARCHES),
    ),
    "/-/exports/files": (
        *({"ids": photo} for photo in EXAMPLES["photo"]),
        *({"q": text} for text in SEARCHES),
    ),
    "/-/links/new": (
        *({"ids": photo} for photo in EXAMPLES["photo"]),
        *({"q": text} for text in SEARCHES),
    ),
    "/-/uploads/form": ({"q": "album:ALBUMSECRET"}, {"q": "album:Facade"}),
    "/-/uploads/{upload}": ({"after": "2020/1"},),
    "/-/compare": (
        *({"a": 1, "b": photo} for photo in EXAMPLES["photo"]),
        *({"a": photo} for photo in EXAMPLES["photo"]),
    ),
}


@dataclass(frozen=True, slots=True)
class Door:
    """An address to read from."""

    path: str
    route: Route | None = None

    def __str__(self) -> str:
        return self.path


def _asked(address: str, arguments: dict[str, Any]) -> str:
    pairs = (f"{name}={quote(str(value))}" for name, value in arguments.items())
    return f"{address}?{'&'.join(pairs)}"


def doors(route: Route) -> list[Door]:
    """Return all addresses to read a route from."""
    if "GET" not in route.methods:
        return []
    found = [Door(address, route) for address in addresses(route)]
    asked = ".json" if route.json else ""
    if route.json:
        found += [Door(address, route) for address in addresses(route, ".json")]
    for address in addresses(route, asked):
        found += [
            Door(_asked(address, arguments), route)
            for arguments in ARGUMENTS.get(named(route), ())
        ]
    return found


def all_doors() -> list[Door]:
    """Return all addresses of our own pages."""
    return [door for route in ROUTES for door in doors(route)]


# Of Datasette's own, what there is beside tables.
BESIDE = (
    "/",
    "/.json",
    "/-/",
    "/-/.json",
    "/-/databases.json",
    "/-/jump.json?q=secret",
    "/-/allowed.json?action=view-table",
    "/-/schema.json",
    "/-/actor.json",
    "/-/plugins.json",
    "/-/settings.json",
    "/-/config.json",
    "/-/threads.json",
    "/-/rules.json?action=view-table",
    "/-/allow-debug",
    "/-/api",
    "/-/debug/autocomplete",
    "/_internal",
    "/-/login",
    "/-/logout",
    "/-/invitation/abc",
    "/tower-4/-/tables",
    "/tower-4/-/schema.json",
    "/tower-4/-/queries.json",
    "/tower-4.db",
)


def table_doors(table: str, columns: list[str]) -> list[str]:
    """Return what Datasette has of one table or view, to be read."""
    name = f"{HOME}/{quote(table)}"
    facets = "&".join(f"_facet={quote(column)}" for column in columns[:4])
    return [
        f"{name}.json?{facets}&_shape=objects&_labels=on&_extra=count",
        f"{name}.csv?_stream=1",
        f"{name}/3.json",
        f"{name}/-/autocomplete?q=secret",
    ]


def shut_doors(table: str, columns: list[str]) -> list[str]:
    """Return what is for admins alone, and so not looked at more closely."""
    name = f"{HOME}/{quote(table)}"
    first = quote(columns[0])
    return [
        name,
        f"{name}.json?_sort_desc={first}&{first}__gt=0",
        f"{name}/1",
        f"{name}/-/schema.json",
    ]
