"""What is in a report in which order: sections of photos, each with its heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.albums import called
from archive.export.pdf.template import Template
from archive.export.words import Words
from archive.identity import normalized
from archive.photos import Photo

_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Item:
    """A photo at its place.

    :param number: counted through the report; a photo of two trades keeps its own
    :param role: "before" or "after" in a pair, else ""
    """

    photo: Photo
    number: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: str
    items: tuple[Item, ...]


def sections_of(
    photos: Sequence[Photo], template: Template, words: Words
) -> list[Section]:
    """Return the sections of a report; a photo of several trades is in each of them.

    :param photos: in the order of their choice
    """
    groups: dict[tuple[object, ...], tuple[str, list[Photo]]] = {}
    for photo in _ordered(photos, template.order):
        for key, title in _places(photo, template.sections, words):
            groups.setdefault(key, (title, []))[1].append(photo)
    numbers: dict[int, int] = {}
    backwards = template.order == "newest" and template.sections in ("day", "month")
    found = []
    for key in sorted(groups, reverse=backwards):
        title, some = groups[key]
        for photo in some:
            numbers.setdefault(photo.id, len(numbers) + 1)
        items = [Item(photo, numbers[photo.id]) for photo in some]
        found.append(Section(title, _paired(items) if template.pairs else tuple(items)))
    return found


def _ordered(photos: Sequence[Photo], order: str) -> list[Photo]:
    if order == "given":
        return list(photos)
    return sorted(photos, key=lambda p: (p.shown_at, p.id), reverse=order == "newest")


def _places(
    photo: Photo, by: str, words: Words
) -> Iterable[tuple[tuple[object, ...], str]]:
    """Yield the sections that a photo belongs to: what they sort by, and titles."""
    if by == "album":
        title = called(photo.album_id, photo.album, words.language)
        yield _named(title), title
    elif by == "location":
        # below each other as in the tree, those without a place last
        title = photo.location or words("no_location")
        yield (photo.location is None, *_named(title)), title
    elif by == "trade":
        for trade in photo.trades or (None,):
            title = trade or words("no_trade")
            yield (trade is None, *_named(title)), title
    elif by == "day":
        yield (photo.shown_at[:10],), words.day(photo.shown_at)
    elif by == "month":
        yield (photo.shown_at[:7],), words.month(photo.shown_at)
    else:
        yield (), words("all_photos")


def _named(title: str) -> tuple[str, str]:
    """Sort as people do: accents and capitals do not matter, ``Level 2`` before 10."""
    plain = normalized("NFKD", title).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _DIGITS.sub(lambda found: found[0].rjust(12, "0"), plain), title


def _paired(items: Sequence[Item]) -> tuple[Item, ...]:
    """Make pairs of neighbours, each with the older photo first; one may be left."""
    found: list[Item] = []
    for start in range(0, len(items) - 1, 2):
        pair = sorted(items[start : start + 2], key=lambda item: item.photo.shown_at)
        roles = zip(pair, ("before", "after"), strict=True)
        found += [Item(item.photo, item.number, role) for item, role in roles]
    return (*found, *items[len(items) - len(items) % 2 :])
