"""Photos of an index in the order of time, some hundreds at a time.

Of all photos, of those that one index goes by (``Plan.index``), or of a location and
all below it: of these whole days are read, as many as have enough photos by the sums
that are kept of them (``day_counts``).
"""

from __future__ import annotations

from archive.search.keys import Ask
from archive.search.orders import Key
from archive.search.walking import days_to_walk

_MOST_PLACES = 100  # locations; to look into each takes as long as to read some photos
_MOST_TOGETHER = 6_000  # photos of some days of a location

Row = tuple[str, int, int]  # sorted_at, id, whether it may be seen


def edge(ask: Ask) -> Key:
    """Return the key that a page begins after; no photo has the number 0."""
    first, last = days_to_walk(ask)
    plan, keys = ask.plan, [ask.start] if ask.start else []
    if ask.newest:
        # ~ sorts after whatever stands between a day and the rest of a time
        return min((plan.high or "~", 0), (f"{last}~", 0), *keys)
    return max((plan.low or "", 0), (f"{first}", 0), *keys)


def place_of(ask: Ask) -> int | None:
    """Return the location whose photos are read; None: those of an index."""
    plan = ask.plan
    if plan.index is not None or len(plan.places) != 1:
        return None
    (locations,) = ask.connection.execute(
        """
        select count(*) from (
            select 1 from location_tree where ancestor_id = ? limit ?)
        """,
        (plan.places[0], _MOST_PLACES + 1),
    ).fetchone()
    return plan.places[0] if locations <= _MOST_PLACES else None


def read_on(
    ask: Ask, place: int | None, last: Key, count: int
) -> tuple[list[Row], Key | None]:
    """Return about so many photos after a key, in order.

    :returns: the key after which to read on beside them; None: these are all
    """
    if place is None:
        return _of_index(ask, last, count)
    return _of_place(ask, place, last, count)


def _of_index(ask: Ask, last: Key, count: int) -> tuple[list[Row], Key | None]:
    """Read so many; those that may not be seen are among them, where no guard is."""
    plan = ask.plan
    way, sign = ("desc", "<") if ask.newest else ("asc", ">")
    end, stays = (plan.low, ">=") if ask.newest else (plan.high, "<")
    until = "1" if end is None else f"p.sorted_at {stays} ?"
    rows = ask.connection.execute(
        f"""
        select p.sorted_at, p.id, {plan.scope} from photos p
        where {plan.index or "1"} and (p.sorted_at, p.id) {sign} (?, ?) and {until}
        order by p.sorted_at {way}, p.id {way} limit ?
        """,
        (*last, *(() if end is None else (end,)), count),
    ).fetchall()
    return rows, rows[-1][:2] if len(rows) == count else None


def _of_place(
    ask: Ask, place: int, last: Key, count: int
) -> tuple[list[Row], Key | None]:
    """Read whole days of a location and of all below it; none if they have too many."""
    until, are_few = _until(ask, place, last[0][:10], count)
    if not are_few:
        return [], last
    residual, values = ask.plan.residual()
    way, after, stays = ("desc", "<", ">") if ask.newest else ("asc", ">", "<")
    key = "(p.sorted_at, p.id)"
    rows = ask.connection.execute(
        f"""
        select p.sorted_at, p.id, 1 from photos p
        where p.location_id in (
                select t.descendant_id from location_tree t where t.ancestor_id = ?)
            and {key} {after} (?, ?) and {key} {stays} (?, ?) and {residual}
        order by +p.sorted_at {way}, +p.id {way}
        """,
        (place, *last, *(until or _beyond(ask)), *values),
    ).fetchall()
    return rows, until


def _beyond(ask: Ask) -> Key:
    return ("", 0) if ask.newest else ("~", 0)


def _until(ask: Ask, place: int, day: str, count: int) -> tuple[Key | None, bool]:
    """Return the key at the end of so many days after one that they have enough.

    :returns: None: all that are asked for have not; and whether there are few enough to
        be read together, with those of the day itself
    """
    low, high = ask.plan.low or "", ask.plan.high or "~"
    way, within = ("desc", (low[:10], day)) if ask.newest else ("asc", (day, high[:10]))
    rows = ask.connection.execute(
        f"""
        select c.day, sum(c.photos) from day_counts c
        where c.kind = 'location' and c.ref = ? and c.day between ? and ?
        group by c.day order by c.day {way}
        """,
        (place, *within),
    )
    photos = together = 0
    for found, number in rows:
        together += number
        if together > _MOST_TOGETHER:
            return None, False
        if found == day:  # perhaps read in part already
            continue
        photos += number
        if photos >= count:
            return ((found, 0) if ask.newest else (f"{found}~", 0)), True
    return None, True
