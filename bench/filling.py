"""Rows of a large made-up project, without files: for benchmarks and tests of search.

Skewed as real ones are: the tower goes up, so that place and time go together; a few
people, albums, cameras and trades have most of the photos; some words are everywhere
and some nearly nowhere.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from archive.albums import add_album
from archive.batches import Batch, batch
from archive.bulk import bulk
from archive.identity import name_key
from archive.people import Person, add_person, owner
from archive.sqlite import sqlite3

START = datetime(2025, 1, 6, 7, 0)  # noqa: DTZ001 - local, as cameras write it
DAYS = 548
SITE, WIDE = (40.0, -74.0), 1 / 500  # south-western corner, degrees; about 200 m
TOWERS, LEVELS, ZONES, ROOMS = 4, 25, 7, 6  # 4 + 100 + 700 + 4,200 locations
PEOPLE = 12
TRADES = [
    "Concrete",
    "Formwork",
    "Rebar",
    "Masonry",
    "Steel",
    "Roofing",
    "Glazing",
    "Drywall",
    "Painting",
    "Tiling",
    "Plumbing",
    "Electrical",
    "HVAC",
    "Sprinklers",
    "Elevators",
    "Landscaping",
    "Earthworks",
    "Scaffolding",
    "Insulation",
    "Flooring",
    "Carpentry",
    "Waterproofing",
    "Signage",
    "Furniture",
    "Commissioning",
]
COMMON = [
    "progress",
    "north",
    "wall",
    "slab",
    "column",
    "poured",
    "checked",
    "level",
    "before",
    "after",
    "east",
]
MIDDLE = [f"detail{n}" for n in range(200)]
RARE = [f"ref{n:05d}" for n in range(20_000)]


@dataclass(frozen=True, slots=True)
class _Site:
    albums: list[int]
    private_album: int
    rooms: list[list[int]]  # by level of the works, lowest first
    trades: list[int]
    people: list[int]
    cameras: list[int]


def fill(
    connection: sqlite3.Connection,
    photos: int,
    seed: int = 1,
    *,
    one_by_one: bool = False,
) -> None:
    """Add so many photos, with all they hang on, in one batch.

    :param one_by_one: through the triggers rather than by ``archive.bulk``
    """
    rng = random.Random(seed)
    actor = owner(connection)
    with batch(connection, actor, origin="import", reason="made up") as opened:
        site = _site(connection, actor, opened)
        if one_by_one:
            _load(connection, opened, site, photos, rng)
        else:
            with bulk(connection):
                _load(connection, opened, site, photos, rng)


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join(
        (
            digits[:8],
            digits[8:12],
            "7" + digits[13:16],
            "8" + digits[17:20],
            digits[20:],
        )
    )


def _site(connection: sqlite3.Connection, actor: Person, opened: Batch) -> _Site:
    rng = random.Random(0)  # the same site whatever the seed
    albums = [1]
    albums += [
        add_album(connection, actor, opened, f"Album {n:02d}").id for n in range(1, 40)
    ]
    private = add_album(connection, actor, opened, "Claims", private=True).id
    people = [1]
    people += [
        add_person(connection, actor, opened, f"Person {n}", level="standard").id
        for n in range(1, PEOPLE)
    ]
    for table, names in (
        ("trades", TRADES),
        ("cameras", [f"Camera {n}" for n in range(20)]),
    ):
        for name in names:
            values: dict[str, object] = {"name": name, "name_key": name_key(name)}
            if table == "trades":
                values |= {"uuid": _uuid(rng)}
                values |= {"created_at": opened.at, "updated_at": opened.at}
            connection.execute(
                f"insert into {table} ({', '.join(values)})"
                f" values ({', '.join('?' * len(values))})",
                list(values.values()),
            )
    trades = [row[0] for row in connection.execute("select id from trades")]
    cameras = [row[0] for row in connection.execute("select id from cameras")]
    rooms = _rooms(connection, opened, rng)
    return _Site(albums, private, rooms, trades, people, cameras)


def _rooms(
    connection: sqlite3.Connection, opened: Batch, rng: random.Random
) -> list[list[int]]:
    def add(parent: int | None, name: str) -> int:
        cursor = connection.execute(
            """
            insert into locations
                (uuid, parent_id, name, name_key, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?)
            """,
            (_uuid(rng), parent, name, name_key(name), opened.at, opened.at),
        )
        return int(cursor.lastrowid or 0)

    rooms: list[list[int]] = [[] for _ in range(LEVELS)]
    for tower in range(TOWERS):
        top = add(None, f"Tower {'ABCD'[tower]}")
        for level in range(LEVELS):
            floor = add(top, f"Level {level}")
            for zone in range(ZONES):
                area = add(floor, f"Zone {zone}")
                rooms[level] += [add(area, f"Room {n}") for n in range(ROOMS)]
    return rooms


def _weights(count: int) -> list[float]:
    return list(accumulate(1 / (n + 1) for n in range(count)))


def _text(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return ""
    words = rng.choices(COMMON, cum_weights=_weights(len(COMMON)), k=4)
    if rng.random() < 0.3:
        words.append(rng.choice(MIDDLE))
    if rng.random() < 0.2:
        words.append(rng.choice(RARE))
    return " ".join(words)


def _load(
    connection: sqlite3.Connection,
    opened: Batch,
    site: _Site,
    photos: int,
    rng: random.Random,
) -> None:
    first = connection.execute(
        "select coalesce(max(seq), 0) from sqlite_sequence where name = 'photos'"
    ).fetchone()[0]
    start = 0
    while start < photos:
        rows = list(_rows(site, range(start, min(start + 5_000, photos)), photos, rng))
        _insert(connection, opened, site, rows, first + 1 + start, rng)
        start += len(rows)


def _rows(
    site: _Site, numbers: range, photos: int, rng: random.Random
) -> Iterator[tuple[object, ...]]:
    """Yield the values of a photo, after those of its original."""
    weights = {n: _weights(n) for n in (len(site.albums), len(site.people), 20)}
    for n in numbers:
        when = n / photos + rng.gauss(0, 0.004)  # uploads come a few days out of order
        taken = START + timedelta(days=max(0.0, when) * DAYS, hours=rng.random() * 10)
        floor = min(LEVELS - 1, max(0, int(when * LEVELS * rng.choice((0.5, 0.9, 1)))))
        album = rng.choices(site.albums, cum_weights=weights[len(site.albums)])[0]
        private = rng.random() < 0.02
        if private and rng.random() < 0.5:
            album = site.private_album
        moment = taken.isoformat(timespec="seconds")
        known = rng.random() < 0.95
        placed = rng.random() < 0.7
        yield (
            f"IMG_{n % 10_000:04d}.jpg",
            _text(rng),
            album,
            rng.choice(site.rooms[floor]) if rng.random() < 0.9 else None,
            rng.choices(site.people, cum_weights=weights[len(site.people)])[0],
            int(private),
            int(rng.random() < 0.01),
            moment if known else None,
            moment,
            moment[:10] if not private and rng.random() < 0.05 else None,
            SITE[0] + rng.random() * WIDE if placed else None,
            SITE[1] + rng.random() * WIDE if placed else None,
            "360" if rng.random() < 0.01 else "regular",
            rng.choices(site.cameras, cum_weights=weights[20])[0] if known else None,
            f"{(START + timedelta(days=n / photos * DAYS + 1)).isoformat()}.000Z",
            moment + ".000Z" if rng.random() < 0.01 else None,
        )


def _insert(  # noqa: PLR0917 - what one chunk of rows needs
    connection: sqlite3.Connection,
    opened: Batch,
    site: _Site,
    rows: list[tuple[object, ...]],
    first: int,
    rng: random.Random,
) -> None:
    ids = range(first, first + len(rows))
    newest = connection.execute("select coalesce(max(id), 0) from originals")
    above = newest.fetchone()[0] + 1
    originals = range(above, above + len(rows))
    _insert_originals(connection, opened, rows, originals, rng)
    connection.executemany(
        """
        insert into photos (id, uuid, original_id, filename, description, album_id,
            location_id, uploader_id, private, starred, taken_at, assumed_at, log_date,
            latitude, longitude, projection, camera_id, uploaded_at, updated_at,
            recycled_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (n, _uuid(rng), original, *row[:15], opened.at, row[15])
            for n, original, row in zip(ids, originals, rows, strict=True)
        ],
    )
    _insert_trades(connection, site, ids, rng)
    _insert_comments(connection, opened, site, ids, rng)


def _insert_originals(
    connection: sqlite3.Connection,
    opened: Batch,
    rows: list[tuple[object, ...]],
    ids: range,
    rng: random.Random,
) -> None:
    """Give each photo a file of its own, of which there is nothing but the record."""
    connection.executemany(
        """
        insert into originals (id, sha256, extension, bytes, crc32, media_type, kind,
            width, height, taken_at, camera_model, projection, stored_at)
        values (?, ?, 'jpg', ?, 0, 'image/jpeg', 'image', 4000, 3000, ?, ?, ?, ?)
        """,
        [
            (
                n,
                hashlib.sha256(rng.randbytes(16)).hexdigest(),
                4_000_000 + n,
                row[7],
                f"Camera {row[13]}",
                row[12],
                opened.at,
            )
            for n, row in zip(ids, rows, strict=True)
        ],
    )


def _insert_trades(
    connection: sqlite3.Connection, site: _Site, ids: range, rng: random.Random
) -> None:
    """Give each photo up to two trades, the first ones more often."""
    weights = _weights(len(site.trades))
    connection.executemany(
        "insert or ignore into photo_trades (photo_id, trade_id) values (?, ?)",
        [
            (n, trade)
            for n in ids
            for trade in rng.choices(
                site.trades, cum_weights=weights, k=rng.choice((0, 1, 1, 2))
            )
        ],
    )


def _insert_comments(
    connection: sqlite3.Connection,
    opened: Batch,
    site: _Site,
    ids: range,
    rng: random.Random,
) -> None:
    """Let somebody have said something of three photos in a hundred."""
    connection.executemany(
        """
        insert into comments (uuid, photo_id, author_id, body, created_at)
        values (?, ?, ?, ?, ?)
        """,
        [
            (_uuid(rng), n, rng.choice(site.people), _text(rng) or "seen", opened.at)
            for n in ids
            if rng.random() < 0.03
        ],
    )
