"""A project with photos of every kind, queries of every kind, and what must hold.

Shared by the tests of search.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from archive.albums import add_album, find_album
from archive.batches import batch
from archive.errors import ArchiveError, InvalidQuery, NotAllowed
from archive.identity import new_uuid
from archive.locations import (
    find_or_add_location,
)
from archive.people import Person, add_person, find_person, owner
from archive.photos import load_photos
from archive.rights import Viewer, viewer
from archive.search import (
    Filter,
    Query,
    Word,
    count,
    find_photos,
)
from archive.search.language import HAS
from archive.search.matching import MARK
from archive.trades import find_or_add_trade
from tests.archive import search_model as model

WORDS = [
    "Foundation",
    "foundations",
    "wall",
    "Wälle",
    "north-wall",
    "poured",
    "pouring",
    "slab",
    "10:30",
    "IMG_0012",
    "reff",
    "ref00012",
    "Straße",
    "tiles",
    "2026",
    "star",
    "s0",
    "a1",
    "m202605",
    f"{MARK}s0",
    f"{MARK}d20260309",
    "business",
    "house",
    "payment",
    "https",
]
ALBUMS = ("Unclassified", "Level 3", "Claims", "2026")
PATHS = (
    "Tower A",
    "Tower A>Level 3",
    "Tower A>Level 3>Room 1",
    "Tower B",
    "Tower B>Roof",
)
TRADES = ("Rebar", "HVAC", "Plumbing")
CAMERAS = ("Canon EOS", "Apple iPhone 15")
MOMENTS = (
    "2025-12-31T23:59:59",
    "2026-01-01T00:00:00",
    "2026-03-09T14:05:00",
    "2026-03-09T14:05:30.500",
    "2026-05-11T08:00:00",
    "1999-07-01T12:00:00",
)

PLACES = (
    *((59.91, 10.75), (59.9101, 10.7502), (59.92, 10.7), (-33.9, 151.2)),
    *((0.0, 0.0), (0.5, 179.99), (0.6, -179.99), (85.5, 20.0), (-90.0, 180.0)),
)
AREAS = (
    "59.9,10.7..59.92,10.76",
    "59.90995,10.74995..59.91005,10.75005",
    "-1,179..1,-179",
    "-90,-180..90,180",
    "10,10..20,20",
    "59.9,10.7;59.95,10.7;59.915,10.8",
    "-2,179;-2,-178;2,-178;2,179",
    "-40,-10;-40,160;70,160;0.1,150;0.1,-10",
)


def filled(count: int, seed: int) -> Iterator[Any]:
    """Such a project's database, for a fixture."""
    connection = model.project()
    fill(connection, count, seed)
    yield connection
    connection.close()


def fill(connection: Any, count: int, seed: int) -> None:
    """Photos of every kind, through the triggers."""
    rng = random.Random(seed)
    sam = owner(connection)
    with batch(connection, sam, origin="import") as opened:
        everyone = [1, add_person(connection, sam, opened, "Ana", level="standard").id]
        everyone.append(add_person(connection, sam, opened, "Bo", level="admin").id)
        albums = [find_album(connection, "Unclassified").id]
        for name in ALBUMS[1:]:
            private = name == "Claims"
            albums.append(add_album(connection, sam, opened, name, private=private).id)
        places = [
            find_or_add_location(connection, sam, opened, path).id for path in PATHS
        ]
        trades = [
            find_or_add_trade(connection, sam, opened, name).id for name in TRADES
        ]
        for name in CAMERAS:
            connection.execute(
                "insert into cameras (name, name_key) values (?, ?)",
                (name, name.lower()),
            )
        for n in range(count):
            add_photo(connection, opened.at, rng, n, (albums, places, trades, everyone))


def add_photo(
    connection: Any, at: str, rng: random.Random, n: int, site: tuple[list[int], ...]
) -> None:
    albums, places, trades, everyone = site
    original = _add_original(connection, at, rng, n)
    album = rng.choice(albums)
    private = album == albums[2] or rng.random() < 0.2
    place = rng.choice(PLACES) if rng.random() < 0.5 else (None, None)
    moment = rng.choice(MOMENTS)
    number = connection.execute(
        """
        insert into photos (uuid, original_id, filename, description, album_id,
            location_id, uploader_id, private, starred, taken_at, assumed_at, log_date,
            latitude, longitude, projection, camera_id, uploaded_at, updated_at,
            recycled_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            new_uuid(),
            rng.choice((original, original, None)),
            rng.choice((f"IMG_{n:04d}.jpg", f"DSC{n:05d}.JPG", rng.choice(WORDS))),
            " ".join(rng.choices(WORDS, k=rng.choice((0, 0, 2, 4)))),
            album,
            rng.choice((None, *places)),
            rng.choice((None, *everyone)),
            int(private),
            int(rng.random() < 0.2),
            rng.choice((None, moment)),
            moment,
            moment[:10] if not private and rng.random() < 0.3 else None,
            place[0],
            place[1],
            rng.choice(("regular", "regular", "360", "unknown")),
            rng.choice((None, 1, 2)),
            f"2026-0{rng.randint(1, 9)}-11T10:00:00.000Z",
            at,
            at if rng.random() < 0.15 else None,
        ),
    ).lastrowid
    _hang_on(connection, at, rng, number, trades)


def _add_original(connection: Any, at: str, rng: random.Random, n: int) -> int:
    added = connection.execute(
        """
        insert into originals (sha256, extension, bytes, crc32, media_type, kind,
            width, height, projection, damage, stored_at)
        values (?, ?, 1, 0, 'x/y', ?, ?, 300, 'unknown', ?, ?)
        """,
        (
            f"{rng.getrandbits(256):064x}",
            rng.choice(("jpg", "heic", "mov")),
            rng.choice(("image", "image", "raw", "video")),
            200 + n % 5 * 100,
            rng.choice((None, None, "cut short")),
            at,
        ),
    )
    return int(added.lastrowid)


def _hang_on(
    connection: Any, at: str, rng: random.Random, number: int, trades: list[int]
) -> None:
    """Give a photo trades, perhaps a comment, and markups."""
    for trade in rng.sample(trades, rng.choice((0, 1, 2))):
        connection.execute("insert into photo_trades values (?, ?)", (number, trade))
    if rng.random() < 0.2:
        connection.execute(
            "insert into comments (uuid, photo_id, author_id, body, created_at)"
            " values (?, ?, 1, ?, ?)",
            (new_uuid(), number, rng.choice(WORDS), at),
        )
    # (by the number, so that what else is drawn stays as it was)
    if number % 5 == 0:
        kind, text = (
            ("text", WORDS[number % len(WORDS)]) if number % 2 else ("line", "")
        )
        connection.execute(
            "insert into markups (uuid, photo_id, kind, colour, width, points, text,"
            " created_at) values (?, ?, ?, 'red', 4, '[[0,0],[9,9]]', ?, ?)",
            (new_uuid(), number, kind, text, at),
        )


@st.composite
def terms(draw: st.DrawFn, *, alone: bool = True) -> Word | Filter:
    negated = alone and draw(st.integers(0, 3)) == 0
    if draw(st.booleans()):
        text = draw(st.sampled_from(WORDS))
        if draw(st.integers(0, 3)) == 0:
            text += " " + draw(st.sampled_from(WORDS))
        prefix = draw(st.booleans())
        if prefix:
            text = text[: draw(st.integers(1, len(text)))].strip(" _-:") or "f"
        return Word(text, prefix, negated)
    spans = ["2026", "2026-03", "..2025", "2026-01-01..", "1999..2026-03-09"]
    if alone:
        spans += ["2026-03-09T14:05", "2026-03-09T14:05:30..2026-05-11T08:00"]
    values = {
        "album": ALBUMS,
        "location": PATHS,
        "trade": TRADES,
        "by": ("Sam", "Ana", "Bo"),
        "camera": CAMERAS,
        "ext": ("jpg", "heic", "png"),
        "name": ("IMG", "IMG_00", "dsc0", "foun"),
        "is": [
            "starred",
            "private",
            "public",
            "360",
            "damaged",
            "image",
            "raw",
            "video",
        ],
        "has": HAS,
        "projection": ("360", "regular", "unknown"),
        **({"in": AREAS} if alone else {}),
        "taken": spans,
        "uploaded": spans if alone else ["2026-03", "2026"],
        "log": spans if alone else ["2026-03", "2025..2026"],
    }
    name = draw(st.sampled_from(sorted(values)))
    return Filter(name, draw(st.sampled_from(list(values[name]))), negated)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    sizes = draw(st.lists(st.sampled_from((1, 1, 1, 2, 3)), max_size=3))
    clauses: list[tuple[Word | Filter, ...]] = [
        tuple(draw(terms(alone=size == 1)) for _ in range(size)) for size in sizes
    ]
    if draw(st.integers(0, 7)) == 0:
        clauses.append((Filter("is", "recycled"),))
    return Query(tuple(clauses))


def viewers(connection: Any) -> dict[str, Viewer]:
    found = {}
    for name in ("Sam", "Ana"):
        who = viewer(find_person(connection, name))
        assert who is not None
        found[name] = who
    reader = Person(99, "", "Reader", None, "read_only")
    found["Reader"] = viewer(reader) or pytest.fail("a reader sees something")
    return found


def pages(
    connection: Any, query: Query | str, who: Viewer, order: str, limit: int
) -> Iterator[tuple[int, ...]]:
    after = None
    while True:
        page = find_photos(
            connection, query, who, order=order, limit=limit, after=after
        )
        yield page.ids
        after = page.next
        if after is None:
            return
        assert len(page.ids) == limit


def expect_same(
    connection: Any, query: Query, who: Viewer, order: str, limit: int
) -> None:
    """The search and the plain model say the same, refusals included."""
    try:
        listed = list(pages(connection, query, who, order, limit))
    except (NotAllowed, InvalidQuery) as error:
        expect_reason(error, query, who)
        return
    flat = [number for page in listed for number in page]
    assert sorted(flat) == sorted(model.search(connection, query, who))
    expected = {"newest": -1, "oldest": 1}.get(order)
    if expected:
        keys = [(p.shown_at, p.id) for p in (photo_of(connection, n) for n in flat)]
        assert keys == sorted(keys, reverse=expected < 0)
    total = count(connection, query, who)
    assert (total.photos, total.exact) == (len(flat), True)


def expect_reason(error: ArchiveError, query: Query, who: Viewer) -> None:
    """A refusal is because of stars, the bin, or an album that nobody may know of."""
    values = {term.value for term in query.terms() if isinstance(term, Filter)}
    if isinstance(error, NotAllowed):
        assert ("starred" in values and not who.stars) or "recycled" in values
    else:
        unknown = "there is no album" in str(error) and not who.everything
        assert unknown or "recycle bin" in str(error)


def photo_of(connection: Any, number: int) -> Any:
    return load_photos(connection, [number])[0]
