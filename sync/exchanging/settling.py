"""What is left over between two versions, and what a person makes of it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from archive.errors import InvalidInput
from sync.conflicts import Choice
from sync.exchanging.merging import (
    Clash,
    Merged,
    Near,
    covered,
    merge,
    unseen,
)
from sync.exchanging.model import (
    ACTIVE,
    FIELDS,
    LIFE,
    PURGED,
    RECYCLED,
    Any_,
    Told,
    Version,
    plain,
)
from sync.records import Sort
from sync.stamps import ahead, meet


def key_of(uuid: str, clash: Clash) -> str:
    """Return 16 hex digits: the same on both laptops, whose *ours* is the other's.

    Of a record as a whole it does not matter how it ended: who took the end over has
    it in the bin.
    """
    both = ["ended"]
    if clash.field != LIFE:
        values = (plain(clash.ours.value), plain(clash.theirs.value))
        both = sorted(json.dumps(one, ensure_ascii=True) for one in values)
    text = json.dumps(["peer", uuid, clash.field, both])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def supersedes(later: Told, earlier: Told) -> bool:
    """Whether all of a version that is held is in another one."""
    return covered(earlier.life, later.life) and all(
        name in later.fields and covered(one, later.fields[name])
        for name, one in earlier.fields.items()
    )


def settle(  # noqa: PLR0917
    ours: Told,
    theirs: Told,
    field: str,
    choice: Choice,
    other: str | None,
    near: Near,
    who: tuple[str, str] = ("", ""),
) -> Merged:
    """Return our version once somebody who saw both values has decided.

    Whatever was chosen is a new value, which has seen both.

    :param field: in which they differ; LIFE: one of them is no more
    :param other: the third text, where that was chosen
    :param who: name, and when
    :raises InvalidInput: there is no third value
    """
    if field == LIFE:
        if choice is Choice.OTHER:
            raise InvalidInput("a record is either kept or deleted")
        return _settle_life(ours, theirs, choice, near, who)
    mine, its = ours.fields[field], theirs.fields[field]
    value: Any_ = {Choice.LOCAL: mine.value, Choice.REMOTE: its.value}.get(
        choice, other
    )
    if choice is Choice.OTHER and FIELDS[ours.kind][field].sort not in _WORDS:
        raise InvalidInput("only words can be other than both", key="no_third")
    fresh = Version(value, near.dot(mine.stamp, its.stamp), *who)
    record = replace(ours, fields={**ours.fields, field: fresh})
    return Merged(record, {field: value} if value != mine.value else {})


_WORDS = (Sort.TEXT, Sort.NAME)


def _settle_life(
    ours: Told, theirs: Told, choice: Choice, near: Near, who: tuple[str, str]
) -> Merged:
    stamp = near.dot(ours.life.stamp, theirs.life.stamp)
    if choice is Choice.LOCAL:
        life = Version(ours.life.value, stamp, *who)
        return _ended(ours, theirs, life, near) if ours.is_gone else _kept(ours, life)
    if not theirs.is_gone:
        life = Version(ACTIVE, stamp, *who)
        if ours.life.value == PURGED:
            return merge(None, replace(theirs, life=life), near)
        return _kept(ours, life)
    value = RECYCLED if ours.kind == "photo" else PURGED
    return _ended(ours, theirs, Version(value, stamp, *who), near)


def _kept(ours: Told, life: Version) -> Merged:
    return Merged(replace(ours, life=life))


def _ended(ours: Told, theirs: Told, life: Version, near: Near) -> Merged:
    """The end stands, now that the other's values were seen.

    They are taken over first: should it be restored one day, it comes back with them
    (sync design §3.4, no. 3).
    """
    fields = dict(ours.fields)
    if not theirs.is_gone:
        for name in unseen(ours, theirs):
            mine, its = fields.get(name, Version(None)), theirs.fields[name]
            fields[name] = replace(its, stamp=near.dot(mine.stamp, its.stamp))
    write = {
        name: one.value
        for name, one in fields.items()
        if ours.life.value != PURGED and one.value != ours.fields[name].value
    }
    return Merged(replace(ours, fields=fields, life=life), write)


def common(
    me: str,
    changes: Sequence[tuple[int, bool, Any_]],
    ours: Version,
    theirs: Version,
) -> tuple[bool, Any_]:
    """Return the value that two versions came from: (known, value).

    It is known to who made all that one of them has seen more, alone and by hand, as
    long as the other likewise: then what stood here before that is in both.

    :param me: the site that this is
    :param changes: of the field here, since this is that site, oldest first: number,
        whether a person made it, the value before
    """
    one, other = ours.stamp, theirs.stamp
    more = ahead(other, one)
    if one.seen or other.seen or ahead(one, other) != {me} or len(more) != 1:
        return False, None
    if any("~" in site for site in more):  # itself the outcome of a merge
        return False, None
    last = meet(one, other).get(me, 0)
    since = [change for change in changes if change[0] > last]
    if not since or not all(by_hand for _, by_hand, _ in since):
        return False, None
    return True, since[0][2]
