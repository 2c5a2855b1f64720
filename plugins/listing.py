"""What the pages ask of the search: a page of photos, facets, and who is next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archive.errors import InvalidQuery
from archive.photos import Photo, load_photos
from archive.rights import Viewer, scope_condition
from plugins import terms

PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Some photos of a search, newest first.

    :param next: where the next page begins; None: this was the last
    :param total: of the whole search; None: not on this page
    """

    photos: list[Photo]
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet.

    :param query: the value of the filter that selects it
    """

    label: str
    query: str
    photos: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of one dimension, with how many photos of the search have each."""

    name: str
    title: str
    values: list[Value] = field(default_factory=list)


def _conditions(
    connection: Any, text: str, who: Viewer | None
) -> tuple[str, list[Any]]:  # noqa: ANN401
    wheres, values, words = [], [], []
    recycled = "recycled" in terms.active(text, "is")
    for term in terms.split(text):
        sign = "not " if term.negated else ""
        if term.filter == "":
            words.append('"' + term.value + '"' + "*")
        elif term.filter == "album":
            wheres.append(
                sign
                + "p.album_id in (select id from albums where name = ? collate nocase)"
            )
            values.append(term.value)
        elif term.filter == "trade":
            wheres.append(
                sign
                + "exists (select 1 from photo_trades x join trades r on r.id = x.trade_id where x.photo_id = p.id and r.name = ? collate nocase)"
            )
            values.append(term.value)
        elif term.filter == "camera":
            wheres.append(
                sign
                + "p.camera_id in (select id from cameras where name = ? collate nocase)"
            )
            values.append(term.value)
        elif term.filter == "location":
            from archive.locations import find_location

            node = find_location(connection, term.value)
            wheres.append(
                sign
                + "p.location_id in (select descendant_id from location_tree where ancestor_id = ?)"
            )
            values.append(node.id)
        elif term.filter == "taken":
            low, _, high = term.value.partition("..")
            wheres.append(sign + "p.sorted_at >= ? and p.sorted_at < ?")
            values += [low, (high or low) + "~"]
        elif term.filter == "is":
            if term.value not in ("recycled", "private", "starred"):
                raise InvalidQuery("is: knows private, starred, recycled")
            if term.value != "recycled":
                wheres.append(sign + f"p.{term.value} = 1")
        else:
            raise InvalidQuery(
                f"there is no filter {term.filter}:; known are album:, location:, trade:, taken:, camera:, is:"
            )
    if words:
        wheres.append("p.id in (select rowid from photos_fts where photos_fts match ?)")
        values.append(" AND ".join(words))
    wheres.append(scope_condition(who, "p.scope", recycled=recycled))
    return " and ".join(wheres), values


def find(
    connection: Any,
    who: Viewer | None,
    text: str,
    after: str | None = None,
    limit: int = PAGE,
) -> Page:  # noqa: ANN401
    """Return a page of the search."""
    where, values = _conditions(connection, text, who)
    total = None
    if not after:
        total = connection.execute(
            f"select count(*) from photos p where {where}", values
        ).fetchone()[0]
    else:
        at, _, number = after.rpartition("_")
        where += " and (p.sorted_at, p.id) < (?, ?)"
        values += [at, int(number)]
    ids = [
        r[0]
        for r in connection.execute(
            f"select p.id from photos p where {where} order by p.sorted_at desc, p.id desc limit ?",
            [*values, limit + 1],
        )
    ]
    photos = load_photos(connection, ids[:limit])
    nxt = f"{photos[-1].shown_at}_{photos[-1].id}" if len(ids) > limit else None
    return Page(photos, nxt, total)


def facets(connection: Any, who: Viewer | None, text: str) -> list[Facet]:  # noqa: ANN401
    """Return the facets of the search."""
    where, values = _conditions(connection, text, who)

    def some(sql: str) -> list[Value]:
        return [
            Value(str(r[0]), str(r[1]), r[2])
            for r in connection.execute(sql.format(where=where), values)
        ]

    place = terms.active(text, "location")
    from archive.locations import find_location

    node = find_location(connection, place[0]) if place else None
    children = connection.execute(
        "select l.id, l.name from locations l where l.parent_id is ? order by name_key",
        (node.id if node else None,),
    ).fetchall()
    locs = []
    for i, name in children:
        n = connection.execute(
            f"select count(*) from photos p where {where} and p.location_id in (select descendant_id from location_tree where ancestor_id = ?)",
            [*values, i],
        ).fetchone()[0]
        if n:
            locs.append(Value(name, (node.path + ">" if node else "") + name, n))
    return [
        Facet(
            "album",
            "Album",
            some(
                "select a.name, a.name, count(*) n from photos p join albums a on a.id = p.album_id where {where} group by a.id order by n desc"
            ),
        ),
        Facet("location", "Location", locs),
        Facet(
            "trade",
            "Trade",
            some(
                "select r.name, r.name, count(*) n from photos p join photo_trades x on x.photo_id = p.id join trades r on r.id = x.trade_id where {where} group by r.id order by n desc"
            ),
        ),
        Facet(
            "taken",
            "Month",
            some(
                "select substr(p.sorted_at, 1, 7), substr(p.sorted_at, 1, 7), count(*) n from photos p where {where} group by 1 order by 1 desc"
            ),
        ),
        Facet(
            "camera",
            "Camera",
            some(
                "select k.name, k.name, count(*) n from photos p join cameras k on k.id = p.camera_id where {where} group by k.id order by n desc"
            ),
        ),
    ]


def neighbours(
    connection: Any, who: Viewer | None, text: str, photo: Photo
) -> tuple[int | None, int | None]:  # noqa: ANN401
    """Return the photos before (newer) and after (older) one in the search."""
    where, values = _conditions(connection, text, who)

    def one(sign: str, order: str) -> int | None:
        row = connection.execute(
            f"select p.id from photos p where {where} and (p.sorted_at, p.id) {sign} (?, ?) order by p.sorted_at {order}, p.id {order} limit 1",
            [*values, photo.shown_at, photo.id],
        ).fetchone()
        return row[0] if row else None

    return one(">", "asc"), one("<", "desc")
