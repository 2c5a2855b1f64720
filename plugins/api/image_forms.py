"""What is written of an image: its attributes, from JSON or from a form's texts.

Attributes that we do not know do no harm. A value that cannot be stored is refused:
the remote is said to drop a malformed date silently, which would lose it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.albums import UNCLASSIFIED_ID, visible_album
from archive.batches import Batch
from archive.editing import Edit
from archive.errors import InvalidInput, NotFound
from archive.locations import (
    MAX_TIERS,
    find_or_add_location,
    get_location,
    join_path,
)
from archive.people import Person
from archive.rights import viewer
from archive.trades import find_trade
from plugins.api import params
from plugins.api.errors import Json, bad_request, unprocessable

_CLEARS = (None, "")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is to be stored; a name is in ``given`` when it was sent at all.

    :param location: id; 0 clears; ``tiers``: names from the top down, instead
    """

    given: frozenset[str] = frozenset()
    private: bool | None = None
    starred: bool | None = None
    description: str = ""
    album: int | None = None
    location: int = 0
    tiers: tuple[str, ...] = ()
    trades: tuple[int, ...] = ()
    log_date: str = ""


def read_attributes(image: Json) -> Attributes:
    """Return the attributes of ``{"image": {…}}``.

    :raises ApiError: 400 for a value of the wrong type, 422 for one that cannot be
    """
    _refuse_segment(image.get("daily_log_segment_id"))
    found: dict[str, Any] = {}
    for name, (field, read) in _READERS.items():
        if name not in image:
            continue
        try:
            found[field] = read(image[name])
        except (ValueError, TypeError) as error:
            source = f"image.{name}"
            raise bad_request(f"{source} cannot be read: {error}", source) from None
    if "location" in found:  # wins over names
        found.pop("tiers", None)
    if found.get("private", True) is None:  # null: as the project has it
        del found["private"]
    if found.get("starred", True) is None:
        del found["starred"]
    return Attributes(frozenset(found), **found)


def _refuse_segment(value: Any) -> None:  # noqa: ANN401
    if value not in (None, "", 0, "0"):
        raise unprocessable("daily_log_segment_id", "there is no such segment")


def _boolean(value: Any) -> bool | None:  # noqa: ANN401
    if value in _CLEARS and value is not False:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int)):
        return params.boolean(str(value))
    raise TypeError("it is neither true nor false")


def _text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("it is no text")
    return value


def _number_or_none(value: Any) -> int:  # noqa: ANN401
    return 0 if value in _CLEARS else params.whole(value)


def _album(value: Any) -> int | None:  # noqa: ANN401
    return None if value in _CLEARS else params.whole(value)


def _items(value: Any) -> Sequence[Any]:  # noqa: ANN401
    """Return the items of a list; a form may send one text, or "" for none."""
    if value is None:
        return ()
    if isinstance(value, str):
        return [item for item in value.split(",") if item.strip()]
    if isinstance(value, Mapping):  # image[trade_ids][0]
        return list(value.values())
    if not isinstance(value, list) or len(value) > params.MOST_VALUES:
        raise TypeError("it is no list")
    return [item for item in value if item != ""]


def _numbers(value: Any) -> tuple[int, ...]:  # noqa: ANN401
    return tuple(dict.fromkeys(params.whole(item) for item in _items(value)))


def _tiers(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    if isinstance(value, Mapping):
        value = list(value.values())
    names = [value] if isinstance(value, str) else value or []
    if names == [""]:  # a form's way to say none
        names = []
    if not isinstance(names, list):
        raise TypeError("it is no list")
    if len(names) > MAX_TIERS:
        raise ValueError(f"there are more than {MAX_TIERS} tiers")
    return tuple(_text(name) for name in names)


def _day(value: Any) -> str:  # noqa: ANN401
    if value in _CLEARS:
        return ""
    try:
        return params.day(_text(value)[:10]).isoformat()
    except ValueError:
        raise unprocessable("log_date", "is no date like 2026-05-11") from None


# attribute as sent: (field of Attributes, how it is read)
_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "private": ("private", _boolean),
    "starred": ("starred", _boolean),
    "description": ("description", _text),
    "image_category_id": ("album", _album),
    "location_id": ("location", _number_or_none),
    "mt_location": ("tiers", _tiers),
    "trade_ids": ("trades", _numbers),
    "log_date": ("log_date", _day),
}


def edit_of(
    connection: Any,  # noqa: ANN401
    person: Person,
    opened: Batch,
    sent: Attributes,
) -> Edit:
    """Return the change that attributes ask for, making missing tiers of a place.

    :raises ApiError: 422 when an album, a location or a trade is not there
    :raises NotAllowed: the person may not make the tiers
    """
    given = sent.given
    return Edit(
        description=sent.description if "description" in given else None,
        album=_existing_album(connection, person, sent) if "album" in given else None,
        location=location_of(connection, person, opened, sent),
        trades=_existing_trades(connection, sent) if "trades" in given else None,
        private=sent.private if "private" in given else None,
        starred=sent.starred if "starred" in given else None,
        log_date=sent.log_date if "log_date" in given else None,
    )


def _existing_album(connection: Any, person: Person, sent: Attributes) -> Any:  # noqa: ANN401
    which = UNCLASSIFIED_ID if sent.album is None else sent.album
    try:
        return visible_album(connection, which, viewer(person))
    except NotFound:
        raise unprocessable("image_category_id", "there is no such album") from None


def _existing_trades(connection: Any, sent: Attributes) -> tuple[int, ...]:  # noqa: ANN401
    for number in sent.trades:
        try:
            find_trade(connection, number)
        except NotFound:
            text = f"there is no trade {number}"
            raise unprocessable("trade_ids", text) from None
    return sent.trades


def location_of(
    connection: Any,  # noqa: ANN401
    person: Person,
    opened: Batch,
    sent: Attributes,
) -> int | None:
    """Return the location to file a photo at; 0: at none; None: not asked.

    :raises ApiError: 422 when it is not there, or its names cannot be
    """
    if "location" in sent.given:
        if sent.location:
            _require_location(connection, sent.location)
        return sent.location
    if "tiers" not in sent.given:
        return None
    if not sent.tiers:
        return 0
    path = join_path(sent.tiers)
    try:
        return find_or_add_location(connection, person, opened, path).id
    except InvalidInput as error:
        raise unprocessable("mt_location", str(error)) from None


def _require_location(connection: Any, number: int) -> None:  # noqa: ANN401
    try:
        get_location(connection, number)
    except NotFound:
        raise unprocessable("location_id", "there is no such location") from None
