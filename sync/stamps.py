"""What a value of one field has seen: who wrote before whom, without any clock.

Each laptop is a *site* and counts its own changes; a value carries the newest number
of each site whose changes it contains (a version vector). A linked remote has no number
of its own for a value, so what was seen of it is its ``updated_at`` and a hash of the
value (sync design §4.2). Pure.

The rule that all rests on: *the same stamp always means the same value*. So whatever
makes a value that was not there, a merge too, gets a number of its own (§3.4, no. 13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

Vector = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """The remote's value that is contained in a value here.

    :param at: seconds since 1970, as the remote says
    :param hashes: of the remote's values of that second: it may have had several
    """

    at: int
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a value has seen.

    :param vector: site: number of its newest change in it; sites without one left out
    :param seen: of the remote's values; None: none
    :param flushed: when the remote took exactly this value, by its clock; None: it did
        not, as far as is known
    """

    vector: tuple[tuple[str, int], ...] = ()
    seen: Seen | None = None
    flushed: int | None = None


NOTHING = Stamp()


def stamp(
    vector: Vector, seen: Seen | None = None, flushed: int | None = None
) -> Stamp:
    """Return a stamp; equal ones are equal, however they were made."""
    return Stamp(tuple(sorted((s, n) for s, n in vector.items() if n)), seen, flushed)


def covers(later: Stamp, earlier: Stamp, digest: str = "") -> bool:
    """Whether ``later`` contains all that ``earlier`` does.

    :param digest: hash of the value of ``earlier``: where the remote took that, and
        changed it within the same second, only the hash tells which came first
    """
    if within(earlier.vector, later.vector) and _seen_within(earlier.seen, later.seen):
        return True
    if earlier.flushed is None or later.seen is None:
        return False
    if later.seen.at == earlier.flushed:
        return digest in later.seen.hashes
    return later.seen.at > earlier.flushed


def within(
    earlier: tuple[tuple[str, int], ...], later: tuple[tuple[str, int], ...]
) -> bool:
    """Whether a vector has no number above the other's."""
    known = dict(later)
    return all(number <= known.get(site, 0) for site, number in earlier)


def _seen_within(earlier: Seen | None, later: Seen | None) -> bool:
    if earlier is None:
        return True
    if later is None or later.at < earlier.at:
        return False
    return later.at > earlier.at or earlier.hashes <= later.hashes


def join(one: Stamp, other: Stamp) -> Stamp:
    """Return the stamp of what contains both: of equal values, or of the later one.

    That the remote took it is known only where both say so: a stamp that has seen more
    than the one that was taken would otherwise pass for it (§3.4, no. 10).
    """
    vector = dict(one.vector)
    for site, number in other.vector:
        vector[site] = max(number, vector.get(site, 0))
    flushed = one.flushed if one.flushed == other.flushed else None
    return stamp(vector, _join_seen(one.seen, other.seen), flushed)


def _join_seen(one: Seen | None, other: Seen | None) -> Seen | None:
    if one is None or other is None:
        return one or other
    if one.at == other.at:
        return Seen(one.at, one.hashes | other.hashes)
    return max(one, other, key=lambda seen: seen.at)


def bump(before: Stamp, site: str, number: int) -> Stamp:
    """Return the stamp of a new value that somebody, or a merge, made of one.

    :param number: of the change at that site; larger than any before
    """
    vector = dict(before.vector)
    vector[site] = max(number, vector.get(site, 0))
    return stamp(vector, before.seen)


def meet(one: Stamp, other: Stamp) -> dict[str, int]:
    """Return the numbers that both have seen."""
    known = dict(other.vector)
    return {
        site: min(number, known[site]) for site, number in one.vector if site in known
    }


def ahead(one: Stamp, other: Stamp) -> set[str]:
    """Return the sites of which ``one`` has seen more than ``other``."""
    known = dict(other.vector)
    return {site for site, number in one.vector if number > known.get(site, 0)}


def without_flush(one: Stamp) -> Stamp:
    """Return a stamp of which nothing is known to have come to the remote."""
    return replace(one, flushed=None)
