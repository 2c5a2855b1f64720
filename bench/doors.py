"""The addresses that pages are measured by, with arguments drawn from an archive."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from archive.database import open_archive
from archive.people import owner
from archive.rights import viewer
from archive.search import find_photos, timeline
from archive.sqlite import sqlite3
from bench import filling
from bench.serving import Door

TABLE = "Datasette's table page"
GALLERY, DATA = "gallery, first screen", "its data as JSON"
SECTIONS, JUMP = "sections of the timeline", "a jump by the scrubber"
ALBUM, PHOTO = "an album's page", "a photo's page"
ZOOMS = (14, 17, 20)  # all in one place, in some clusters, a part of the site
MAPS = tuple(f"map, zoom {zoom}" for zoom in ZOOMS)
PAGES = (GALLERY, DATA, SECTIONS, JUMP, ALBUM, *MAPS, PHOTO)
COMMON, RARE = "search, common word", "search, rare word"
FOUND, FACETS = "its page", "its facets"
RARE_FOUND = "its page with facets, rare word"
SEARCHES = (COMMON, FOUND, FACETS, RARE, RARE_FOUND)
# Fetched after the page: what everything that is found takes is known once it is found.
FOUND_SECTIONS = "sections of a search"
WHOLE = (FOUND_SECTIONS,)  # no goal of its own
EDIT = "an edit of one photo"

SCREEN = (1280, 800)  # pixels of a map
PHOTOS = b"/-/photo/"  # in every page with photos
DRAWN = 2_000  # photos that single ones are drawn from
OK = b'"ok": true'
SOME, WORDS = range(4, 21), 40  # photos of a rare word; how many such words
# A page of them is whole, in a small archive too.
LARGEST = """
    select a.name from albums a join photos p on p.album_id = a.id
    where a.private = 0 group by a.id order by count(*) desc limit 10
    """


def doors(archive: Path, rng: Random) -> tuple[Door, ...]:
    """All doors of an archive, Datasette's table page first.

    Days have a hundred times as many photos in an archive that is a hundred times as
    large: sections are months, so that a jump brings a whole answer in either; those of
    photos without a known date are smaller, and left out.
    """
    with open_archive(archive) as opened:
        connection = opened.connection
        albums = column(connection, LARGEST)
        words = rare_words(connection, rng)
        photos = some_photos(connection, rng)
        found = timeline(connection, "", viewer(owner(connection)), by="month")
    dated = [section for section in found.sections if "-undated" not in section.key]
    months = dated[len(dated) // 4 : -len(dated) // 4]

    def photo() -> str:
        return f"/-/photo/{rng.choice(photos)}"

    def album() -> str:
        return query(q=f'album:"{rng.choice(albums)}"')

    def jump() -> str:
        section = rng.choice(months)
        return "/-/tiles.json" + query(
            section=section.key, at=rng.randrange(section.width // 2)
        )

    def sections() -> str:
        return "/-/sections.json" + query(by=rng.choice(("day", "week", "month")))

    return (
        Door(TABLE, lambda: "/photos" + query(_size=100), b"/photos/"),
        Door(GALLERY, str, PHOTOS),
        Door(DATA, lambda: ".json", PHOTOS),
        Door(SECTIONS, sections, b'"sections"'),
        Door(JUMP, jump, b'"words"'),
        Door(ALBUM, album, PHOTOS),
        *maps(rng),
        Door(PHOTO, photo, b"/preview"),
        *searches(rng, words),
    )


def query(**arguments: object) -> str:
    """Arguments as they stand behind an address."""
    return "?" + urlencode(arguments)


def column(connection: sqlite3.Connection, sql: str) -> list[Any]:
    """The first column of all rows."""
    return [row[0] for row in connection.execute(sql)]


def some_photos(connection: sqlite3.Connection, rng: Random) -> list[int]:
    """Photos from anywhere in the archive that are not in the bin."""
    (last,) = column(connection, "select max(id) from photos")
    drawn = ", ".join(str(rng.randint(1, last)) for _ in range(DRAWN))
    sql = f"select id from photos where id in ({drawn}) and recycled_at is null"
    return column(connection, sql)


def rare_words(connection: sqlite3.Connection, rng: Random) -> list[str]:
    """Words that some ten photos have: answers are of one size in any archive."""
    who, most = viewer(owner(connection)), max(SOME)
    every = [*filling.MIDDLE, *rng.sample(filling.RARE, len(filling.RARE))]
    found = (
        word
        for word in every
        if len(find_photos(connection, word, who, limit=most + 1).ids) in SOME
    )
    return list(islice(found, WORDS)) or filling.MIDDLE


def searches(rng: Random, rare: list[str]) -> Iterator[Door]:
    """The searches, for words of one page or more, and for words of some photos.

    Each of both is measured by itself: the median of a mixture would be either.
    """

    def word(words: list[str], before: str) -> Callable[[], str]:
        return lambda: before + query(q=rng.choice(words))

    yield Door(COMMON, word(filling.COMMON, ".json"), PHOTOS)
    yield Door(FOUND, word(filling.COMMON, ""), PHOTOS)
    yield Door(FACETS, word(filling.COMMON, "/-/facets"), b"facet-album")
    yield Door(RARE, word(rare, ".json"), OK)
    yield Door(RARE_FOUND, word(rare, ""), b"facet-album")
    sections = word(filling.COMMON, "/-/sections.json")
    yield Door(FOUND_SECTIONS, sections, b'"sections"')


def maps(rng: Random) -> Iterator[Door]:
    """A screen of the map around anywhere on the site, at each zoom."""

    def place(edge: float) -> float:
        return edge + rng.random() * filling.WIDE

    def draw(zoom: int) -> Callable[[], str]:
        return lambda: (
            "/-/map.json"
            + query(window=window(zoom, *map(place, filling.SITE)), zoom=zoom)
        )

    for name, zoom in zip(MAPS, ZOOMS, strict=True):
        yield Door(name, draw(zoom), b'"clusters"')


def window(zoom: int, latitude: float, longitude: float) -> str:
    """What a screen shows around a place, as the map asks for it.

    :param zoom: of a web mercator map with tiles of 256 pixels
    """
    degrees = 360 / 256 / 2**zoom  # of longitude, a pixel
    width, height = (side * degrees / 2 for side in SCREEN)
    height *= math.cos(math.radians(latitude))
    south, north = latitude - height, latitude + height
    west, east = longitude - width, longitude + width
    return f"{south:.6f},{west:.6f}..{north:.6f},{east:.6f}"


def edits(archive: Path, rng: Random) -> Door:
    """A new description for a photo anywhere, as the page sends it."""
    with open_archive(archive) as opened:
        photos = some_photos(opened.connection, rng)

    def change() -> dict[str, object]:
        text = f"seen {rng.getrandbits(64):x}"  # never what it was
        return {"ids": [rng.choice(photos)], "description": text}

    return Door(EDIT, lambda: "/-/bulk/edit", b'"batch"', change)
