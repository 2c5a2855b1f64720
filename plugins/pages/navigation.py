"""What every page leads to: the places of an archive, as far as a person may go."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.calls import Call

# Places that are always one tap away on a phone; the others are behind "more".
ON_A_PHONE = 4


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation.

    :param name: of its text, ``nav.<name>``
    :param path: below the archive's ``/-/``; "" is the home
    :param query: of the home, when the place is a search
    """

    name: str
    path: str
    icon: str
    right: str
    query: str = ""


PLACES = (
    Place("timeline", "", "calendar", "view"),
    Place("albums", "albums", "images", "view"),
    Place("map", "map", "map", "view"),
    Place("locations", "locations", "building-2", "view"),
    Place("trades", "trades", "hard-hat", "view"),
    Place("starred", "", "star", "star", "is:starred"),
    Place("log", "log", "notebook-pen", "view"),
    Place("bin", "", "trash-2", "retrieve", "is:recycled"),
    Place("exports", "exports", "file-text", "download"),
    Place("links", "links", "link", "share"),
    Place("jobs", "jobs", "list-checks", "upload"),
    Place("sync", "sync", "refresh-cw", "settings"),
    Place("verify", "verify", "circle-check", "history"),
    Place("history", "history", "history", "history"),
    Place("settings", "settings", "settings", "settings"),
)


def places(call: Call) -> list[dict[str, object]]:
    """Return the entries for this person, the one they are at marked as current."""
    here = call.request.path.removeprefix(call.links.base)
    here = here.removeprefix("/-/").removeprefix("/").removesuffix(".json")
    return [
        {
            "name": place.name,
            "icon": place.icon,
            "url": _url(call, place),
            "current": _is_here(call, place, here),
        }
        for place in PLACES
        if call.may(place.right) and (not place.path or place.path in call.places)
    ]


def _url(call: Call, place: Place) -> str:
    return call.links.to(place.path) if place.path else call.links.gallery(place.query)


def _is_here(call: Call, place: Place, here: str) -> bool:
    if place.path:
        return here == place.path or here.startswith(f"{place.path}/")
    if here:
        return False
    searched = call.arg("q")
    others = {other.query for other in PLACES if other.query}
    return searched == place.query or (not place.query and searched not in others)
