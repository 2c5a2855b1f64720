"""Ours: the questions that pages and searches ask, each many times.

Every question is drawn anew each time (another place in the list, album, location or
word, and one of two people, of whom one may not see what is private), so that no answer
is there because it was asked before.
"""

from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles
from time import perf_counter

from archive.database import open_archive
from archive.people import owner
from archive.rights import Viewer, viewer
from archive.search import DIMENSIONS, Page, facet_at, find_photos, photos
from archive.sqlite import sqlite3
from bench import filling
from bench.contestants.clock import Clock, cpu_so_far, read_task, tell

TIMES, TURN = 200, 20
PLACES = 20  # of the list from where the next page is asked for
Ask = Callable[[], Page | Sized]


def main() -> None:
    task, clock = read_task(), Clock()
    opened = [open_archive(Path(folder)) for folder in task["archives"]]
    told = {}
    with clock:
        asked = [questions(archive.connection, Random(1)) for archive in opened]
        for same in zip(*asked, strict=True):
            told[same[0][0]] = timed([draw for _, draw in same])
    tell(clock, TIMES * len(told) * len(opened), questions=told)


def timed(draws: Sequence[Callable[[], Ask]]) -> list[dict[str, float]]:
    """Ask each archive some times to warm up, then many times; what one answer took.

    In turns, a few questions each: what else the machine does strikes all alike.
    """
    told = [_Told() for _ in draws]
    for draw in draws:
        for _ in range(TURN):
            draw()()
    for _ in range(TIMES // TURN):
        for draw, one in zip(draws, told, strict=True):
            for _ in range(TURN):
                one.ask(draw())
    return [one.whole() for one in told]


@dataclass
class _Told:
    """What answers took: in all seconds, ``took`` milliseconds each."""

    cpu: float = 0.0
    found: int = 0
    took: list[float] = field(default_factory=list)

    def ask(self, ask: Ask) -> None:
        before, began = cpu_so_far(), perf_counter()
        answer = ask()
        self.took.append((perf_counter() - began) * 1000)
        self.cpu += cpu_so_far() - before
        self.found += len(answer.ids if isinstance(answer, Page) else answer)

    def whole(self) -> dict[str, float]:
        cuts, times = quantiles(self.took, n=20), len(self.took)
        cost = {"cpu": self.cpu, "wall": sum(self.took) / 1000, "items": times}
        return {**cost, "p50": cuts[9], "p95": cuts[18], "found": self.found / times}


def questions(
    connection: sqlite3.Connection, rng: Random
) -> Iterator[tuple[str, Callable[[], Ask]]]:
    """The questions by name, each a function that draws one to ask."""
    people = viewers(connection)

    def find(text: Callable[[], str], **more: str) -> Callable[[], Ask]:
        return lambda: partial(
            find_photos, connection, text(), rng.choice(people), **more
        )

    def next_page(listing: Callable[..., Page | Sized]) -> Callable[[], Ask]:
        return lambda: partial(
            listing, connection, "", people[0], after=rng.choice(cursors)
        )

    albums = column(connection, "select name from albums where private = 0")
    cursors = somewhere(connection, people[0], rng)

    def album() -> str:
        return f'album:"{rng.choice(albums)}"'

    def common() -> str:
        return rng.choice(filling.COMMON)

    def beginning() -> str:
        word = rng.choice(filling.COMMON + filling.MIDDLE[:1] + filling.RARE[:1])
        return f"{word[: rng.randrange(2, 5)]}*"

    yield "first page", find(str)
    yield "next page anywhere", next_page(find_photos)
    yield "next page with every field", next_page(photos)
    yield "one album", find(album)
    yield "a facet at any place", facet(connection, people, rng)
    yield "common word, newest first", find(common)
    yield (
        "rare word, ranked",
        find(partial(rng.choice, rare_words(connection)), order="relevance"),
    )
    yield "prefix, newest first", find(beginning)
    yield "prefix, ranked", find(beginning, order="relevance")
    yield "word and album", find(lambda: f"{common()} {album()}")


def viewers(connection: sqlite3.Connection) -> list[Viewer | None]:
    """The owner, and someone who sees what is public and their own."""
    (other,) = column(connection, "select max(id) from people")
    plain = Viewer(int(str(other)), everything=False, bin=False, stars=False)
    return [viewer(owner(connection)), plain]


def column(connection: sqlite3.Connection, sql: str) -> list[object]:
    """The first column of all rows."""
    return [row[0] for row in connection.execute(sql)]


def rare_words(connection: sqlite3.Connection) -> list[str]:
    """Words that few photos have; all of them are there."""
    found = column(
        connection,
        "select description from photos where description like '% ref%' limit 5000",
    )
    return [word for text in found for word in str(text).split() if "ref" in word]


def somewhere(
    connection: sqlite3.Connection, who: Viewer | None, rng: Random
) -> list[str]:
    """Where pages end, at places drawn from the whole list."""
    (photos,) = column(connection, "select count(*) from photos where scope = 0")
    pages = (
        find_photos(connection, "", who, limit=rng.randrange(1, int(str(photos))))
        for _ in range(PLACES)
    )
    return [page.next for page in pages if page.next]


def facet(
    connection: sqlite3.Connection, people: list[Viewer | None], rng: Random
) -> Callable[[], Ask]:
    """One facet anywhere in the tree, at each depth as often."""
    tiers: dict[int, list[int]] = {}
    for place, depth in connection.execute(
        "select descendant_id, max(depth) from location_tree group by descendant_id"
    ):
        tiers.setdefault(depth, []).append(place)
    choices = [[0], *tiers.values()]
    return lambda: partial(
        facet_at,
        connection,
        rng.choice(DIMENSIONS),
        rng.choice(rng.choice(choices)),
        rng.choice(people),
    )


main()
