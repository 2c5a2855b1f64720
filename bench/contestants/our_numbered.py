"""Ours: pages by number with exact totals, each beside a plain keyset page.

Questions are drawn anew (another album, location, word or window, and one of two
people, of whom one may not see what is private), and of each any pages are asked for,
the first of them when nothing is remembered of it, and one more when a photo was
changed. Both are serialised.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles
from time import perf_counter

from archive.database import open_archive
from archive.people import owner
from archive.photos import load_photos
from archive.rights import Viewer, scope_condition, viewer
from archive.search.numbered import Days, Moments, Wanted, numbered
from archive.search.remembered import forget
from archive.sqlite import sqlite3
from bench import filling
from bench.contestants.clock import Clock, cpu_so_far, read_task, tell

DRAWN, PAGES, PHOTOS = 20, 40, 100  # questions, pages of each, photos on a page
Draw = Callable[[], Wanted]


def main() -> None:
    task, clock = read_task(), Clock()
    connection = open_archive(Path(task["archive"])).connection
    spread_changes(connection)
    told = {}
    with clock:
        for name, draw in questions(connection, Random(1)):
            told[name] = timed(connection, draw, Random(2))
    tell(clock, DRAWN * PAGES * len(told), questions=told)


def spread_changes(connection: sqlite3.Connection) -> None:
    """Photos were changed at any time, not all at once."""
    connection.execute("update photos set updated_at = uploaded_at")


class Times:
    """What one way of asking took, answer by answer."""

    def __init__(self) -> None:
        self.cpu, self.took = 0.0, list[float]()

    def of(self, ask: Callable[[], list[int]]) -> list[int]:
        """Ask, serialise, and take the time of both; milliseconds."""
        before, began = cpu_so_far(), perf_counter()
        answer = ask()
        self.took.append((perf_counter() - began) * 1000)
        self.cpu += cpu_so_far() - before
        return answer

    def told(self, **more: float) -> dict[str, float]:
        """Figures of one answer."""
        cuts = quantiles(self.took, n=20)
        cost = {"cpu": self.cpu, "wall": sum(self.took) / 1000}
        return {
            **cost,
            "items": len(self.took),
            "p50": cuts[9],
            "p95": cuts[18],
            **more,
        }


def timed(
    connection: sqlite3.Connection, draw: Draw, rng: Random
) -> dict[str, dict[str, float]]:
    """Ask any pages of some questions, and beside each a keyset page of its photos."""
    people, found = viewers(connection), 0
    ours, plain, changed, first = Times(), Times(), Times(), 0.0
    for number in range(DRAWN):
        wanted, who = draw(), people[number % len(people)]
        forget()
        pages = -(-numbered(connection, wanted, who).total // PHOTOS)
        forget()
        for asked in range(PAGES):
            page = rng.randrange(1, pages + 1) if pages else 1
            ask = partial(by_number, connection, wanted, who, page)
            ids = ours.of(ask)
            plain.of(partial(by_key, connection, ids, who))
            found += len(ids)
            if not asked:
                first = max(first, ours.took[-1])
        change(connection, rng)
        changed.of(partial(by_number, connection, wanted, who, page))
    mean = found / DRAWN / PAGES
    slowest = {"first": first, "changed": max(changed.took)}
    return {"ours": ours.told(found=mean, **slowest), "plain": plain.told(found=mean)}


def change(connection: sqlite3.Connection, rng: Random) -> None:
    """Somebody edits a photo, anywhere."""
    (last,) = column(connection, "select max(id) from photos")
    connection.execute(
        "update photos set description = description || '.' where id = ?",
        (rng.randint(1, last),),
    )


def by_number(
    connection: sqlite3.Connection, wanted: Wanted, who: Viewer, page: int
) -> list[int]:
    """One page, serialised."""
    found = numbered(connection, wanted, who, page=page, per_page=PHOTOS)
    serialised(connection, list(found.ids), who)
    return list(found.ids)


def by_key(connection: sqlite3.Connection, ids: list[int], who: Viewer) -> list[int]:
    """A page that begins after a key, and then the same photos, serialised."""
    (key,) = connection.execute(
        "select uploaded_at from photos where id = ?", ids[:1] or (1,)
    ).fetchone()
    connection.execute(
        f"""
        select id from photos
        where (uploaded_at, id) >= (?, ?) and {scope_condition(who)}
        order by uploaded_at, id limit ?
        """,
        (key, ids[0] if ids else 1, PHOTOS),
    ).fetchall()
    serialised(connection, ids, who)
    return ids


def serialised(connection: sqlite3.Connection, ids: list[int], who: Viewer) -> str:
    """Photos as JSON, as the command line lists them."""
    return json.dumps(
        [p.as_json(stars=who.stars) for p in load_photos(connection, ids)]
    )


def viewers(connection: sqlite3.Connection) -> list[Viewer]:
    """The owner, and someone who sees what is public and their own."""
    everyone = viewer(owner(connection))
    other = column(connection, "select max(id) from people")[0]
    plain = Viewer(other, everything=False, bin=False, stars=True)
    return [everyone, plain] if everyone else [plain]


def column(connection: sqlite3.Connection, sql: str) -> list[int]:
    """The first column of all rows."""
    return [row[0] for row in connection.execute(sql)]


def questions(
    connection: sqlite3.Connection, rng: Random
) -> Iterator[tuple[str, Draw]]:
    """The filters by name, each a function that draws a question."""
    (photos,) = column(connection, "select max(id) from photos")
    tables = ("albums", "locations", "trades", "people")
    known = {table: column(connection, f"select id from {table}") for table in tables}

    def one(table: str) -> tuple[int]:
        return (rng.choice(known[table]),)

    yield "no filter", Wanted
    yield "album", lambda: Wanted(album=one("albums")[0])
    yield "private", lambda: Wanted(private=True)
    yield "starred", lambda: Wanted(starred=True)
    yield "location", lambda: Wanted(locations=(one("locations") * 2,))
    tiers = tiers_of(connection)
    yield (
        "location and below",
        lambda: Wanted(
            locations=((rng.choice(rng.choice(tiers)),) * 2,), sublocations=True
        ),
    )
    yield "trade", lambda: Wanted(trades=one("trades"))
    yield "uploader", lambda: Wanted(uploaders=one("people"))
    yield "projection", lambda: Wanted(projection=rng.choice(("360", "regular")))
    words = (filling.COMMON, filling.MIDDLE)
    yield "text", lambda: Wanted(text=rng.choice(rng.choice(words)))
    yield "ids", lambda: Wanted(ids=tuple(rng.sample(range(1, photos), PHOTOS)))
    yield "log_date", lambda: Wanted(logged=days(rng))
    yield "created_at", lambda: Wanted(uploaded=window(rng))
    yield "updated_at", lambda: Wanted(updated=window(rng))


def tiers_of(connection: sqlite3.Connection) -> list[list[int]]:
    """The locations, by how deep they lie."""
    tiers: dict[int, list[int]] = {}
    for place, depth in connection.execute(
        "select descendant_id, max(depth) from location_tree group by descendant_id"
    ):
        tiers.setdefault(depth, []).append(place)
    return list(tiers.values())


def window(rng: Random) -> Moments:
    """From an hour up to all the time there is."""
    begin = filling.START.replace(tzinfo=UTC)
    hours = filling.DAYS * 24 ** rng.choice((0, 0.3, 0.6, 1))
    first: datetime = begin + timedelta(hours=rng.randrange(filling.DAYS * 24))
    return Moments(first, first + timedelta(hours=hours))


def days(rng: Random) -> Days:
    """From a day up to all there are."""
    first = filling.START.date() + timedelta(days=rng.randrange(filling.DAYS))
    return Days(first, first + timedelta(days=rng.choice((0, 7, 31, filling.DAYS))))


main()
