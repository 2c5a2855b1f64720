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
    """

    name: str
    path: str
    icon: str
    right: str


PLACES = (
    Place("timeline", "", "calendar", "view"),
    Place("albums", "albums", "images", "view"),
    Place("map", "map", "map", "view"),
    Place("locations", "locations", "building-2", "view"),
    Place("trades", "trades", "hard-hat", "view"),
    Place("starred", "starred", "star", "star"),
    Place("log", "log", "notebook-pen", "view"),
    Place("bin", "bin", "trash-2", "retrieve"),
    Place("jobs", "jobs", "list-checks", "upload"),
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
            "url": call.links.to(place.path) if place.path else call.links.gallery(),
            "current": place.path == here
            or (place.path != "" and here.startswith(f"{place.path}/")),
        }
        for place in PLACES
        if call.may(place.right) and (not place.path or place.path in call.places)
    ]
