"""Two versions of one record: what becomes of ours when theirs is told. Pure.

It does not matter who tells whom first, or how often: a version that has seen another
takes its place, and of two that have not seen each other either a rule makes one (and
that one has seen both), or both stay and a person decides. The rules are those of the
sync (``sync.fields``), made symmetric: no laptop is *the remote*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from archive.identity import name_key
from sync.decisions import Verdict
from sync.exchanging.model import (
    ACTIVE,
    FIELDS,
    LIFE,
    ON_PHOTOS,
    PURGED,
    RECYCLED,
    TALK,
    Any_,
    Told,
    Version,
)
from sync.fields import decide as decide_three
from sync.records import Agreed, Field, Sort
from sync.stamps import NOTHING, Stamp, bump, covers, join, within

BOTH_CHANGED = "both changed"
EDITED_HERE, EDITED_HERE_PURGED = (
    "edited here, deleted there",
    "edited here, purged there",
)
DELETED_HERE, PURGED_HERE = "deleted here, edited there", "purged here, wanted there"
NO_PHOTO, PURGED_PHOTO = "its photo is not here", "its photo was purged here"
# asks for the value that both versions of a field came from: (known, value)
Ancestor = Callable[[str, Version, Version], tuple[bool, Any_]]


def no_ancestor(name: str, ours: Version, theirs: Version) -> tuple[bool, Any_]:  # noqa: ARG001
    """Know of no value that both came from."""
    return False, None


@dataclass(frozen=True, slots=True)
class Near:
    """What the merge has to know of other things.

    :param site: and ``number``: of a new value that a merge makes here
    :param has: whether a record is here, by kind and uuid
    :param is_over: whether one was here, and is no more
    :param is_private: whether an album is
    :param is_used: whether something lies in a record here, and stays
    :param fits: whether a field may have such a text: two that may can make one that is
        too long, or empty
    """

    site: str
    number: int
    ancestor: Ancestor = no_ancestor
    has: Callable[[str, str], bool] = lambda kind, uuid: True  # noqa: ARG005
    is_over: Callable[[str], bool] = lambda uuid: False  # noqa: ARG005
    is_private: Callable[[str], bool] = lambda uuid: False  # noqa: ARG005
    is_used: Callable[[str], bool] = lambda uuid: False  # noqa: ARG005
    fits: Callable[[str, Any_], bool] = lambda name, value: True  # noqa: ARG005

    def dot(self, *stamps: Stamp) -> Stamp:
        """Return the stamp of a new value that has seen these."""
        seen = NOTHING
        for one in stamps:
            seen = join(seen, one)
        return bump(seen, self.site, self.number)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two values of which neither has seen the other."""

    field: str
    why: str
    ours: Version
    theirs: Version


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of our version.

    :param record: as it is afterwards; None: it is not made, for now
    :param write: fields that become others here
    :param waiting: fields of theirs that cannot be taken yet, with the reason
    """

    record: Told | None
    write: Mapping[str, Any_] = field(default_factory=dict)
    clashes: tuple[Clash, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of theirs is left over."""
        return not self.clashes and not self.waiting


def merge(ours: Told | None, theirs: Told, near: Near) -> Merged:
    """Return what becomes of our version of a record, which may be none."""
    if ours is None:
        return _make(theirs, near)
    clash = _life_clash(ours, theirs, near)
    if clash is not None:
        return Merged(_with_bytes(ours, theirs), clashes=(clash,))
    life = _life(ours, theirs)
    if ours.life.value == PURGED:
        return Merged(_joined(ours, theirs, life))
    return _merge_fields(ours, theirs, life, near)


def _make(theirs: Told, near: Near) -> Merged:
    """Make it here, as far as what it refers to is here."""
    if theirs.life.value == PURGED:
        return Merged(theirs)  # so that nobody brings it back who has not seen this
    waiting = _missing(theirs, theirs.fields, near)
    if theirs.kind in ON_PHOTOS:
        waiting |= _without_photo(str(theirs.born.get("photo")), near)
    if waiting.keys() & {"parent", "photo"}:
        return Merged(None, waiting=waiting)
    empty = {n: Version(FIELDS[theirs.kind][n].empty) for n in waiting}
    fields = _kept_private({**theirs.fields, **empty}, theirs.kind, near)
    write = {name: one.value for name, one in fields.items() if name != TALK}
    return Merged(replace(theirs, fields=fields), write, waiting=waiting)


def _without_photo(photo: str, near: Near) -> dict[str, str]:
    """Return why nothing can be on a photo; what was purged may be wanted again."""
    if near.has("photo", photo):
        return {}
    return {"photo": PURGED_PHOTO if near.is_over(photo) else NO_PHOTO}


def _life_clash(ours: Told, theirs: Told, near: Near) -> Clash | None:
    """Return what keeps one side's end from counting: the other wrote unseen by it."""
    if ours.is_gone == theirs.is_gone:
        return None
    is_older, is_newer = _order(ours.life, theirs.life)
    if theirs.is_gone:
        is_safe = not unseen(theirs, ours) and not near.is_used(ours.uuid)
        if is_newer or (is_older and is_safe):
            return None
        is_purged = theirs.life.value == PURGED and ours.kind == "photo"
        why = EDITED_HERE_PURGED if is_purged else EDITED_HERE
    else:
        is_purged = ours.life.value == PURGED
        # whoever purged it decides, also when somebody who knew wants it
        if (is_newer and not unseen(ours, theirs)) or (is_older and not is_purged):
            return None
        why = PURGED_HERE if is_purged else DELETED_HERE
    return Clash(LIFE, why, ours.life, theirs.life)


def _order(ours: Version, theirs: Version) -> tuple[bool, bool]:
    """Return whether ours is older, and whether it is newer; neither: apart."""
    is_older, is_newer = covered(ours, theirs), covered(theirs, ours)
    return is_older and not is_newer, is_newer


def unseen(ender: Told, other: Told) -> list[str]:
    """Return the fields that were written out of sight of who ended the record."""
    return [
        name
        for name, spec in FIELDS[other.kind].items()
        if spec.sort is not Sort.ORDER and name in other.fields
        for mine, its in ((ender.fields.get(name), other.fields[name]),)
        if mine is None or not covered(its, mine)
    ]


def _life(ours: Told, theirs: Told) -> Version:
    mine, its = ours.life, theirs.life
    if ours.is_gone == theirs.is_gone:
        return replace(mine, stamp=_both(mine, its))
    if covered(mine, its) and not covered(its, mine):
        has_bin = ours.kind == "photo"
        value = its.value if its.value == ACTIVE else RECYCLED if has_bin else PURGED
        return replace(its, value=value, stamp=_both(mine, its))
    return replace(mine, stamp=_both(mine, its))


def _joined(ours: Told, theirs: Told, life: Version) -> Told:
    """Return a record that is no more, and has seen what theirs has if that is, too."""
    fields = dict(ours.fields)
    if theirs.is_gone:
        for name, one in theirs.fields.items():
            mine = fields.get(name, Version(None))
            fields[name] = replace(mine, stamp=_both(mine, one))
    return replace(ours, life=life, fields=fields)


def _merge_fields(ours: Told, theirs: Told, life: Version, near: Near) -> Merged:
    fields: dict[str, Version] = {}
    clashes = []
    for name, spec in FIELDS[ours.kind].items():
        mine, its = ours.fields[name], theirs.fields.get(name)
        if its is None or theirs.life.value == PURGED:  # nobody knows what it was
            is_end = life.value != ACTIVE
            seen = _both(mine, its) if its and is_end else mine.stamp
            fields[name] = replace(mine, stamp=seen)
            continue
        unsaid = _is_unsaid(spec, mine, ours), _is_unsaid(spec, its, theirs)
        found = decide(name, spec, mine, its, near, unsaid=unsaid)
        fields[name] = found or mine
        if found is None:
            clashes.append(Clash(name, BOTH_CHANGED, mine, its))
    waiting = _missing(ours, fields, near)
    for name in [n for n in waiting if _is_over(fields[n].value, near)]:
        clashes.append(Clash(name, waiting.pop(name), ours.fields[name], fields[name]))
        fields[name] = ours.fields[name]
    fields |= {name: ours.fields[name] for name in waiting}
    fields = _kept_private(fields, ours.kind, near)
    write = {
        name: one.value
        for name, one in fields.items()
        if one.value != ours.fields[name].value
    }
    record = replace(_with_bytes(ours, theirs), fields=fields, life=life)
    return Merged(record, write, tuple(clashes), waiting)


def _with_bytes(ours: Told, theirs: Told) -> Told:
    also = tuple(sorted({*ours.also, *theirs.also, theirs.uuid} - {ours.uuid}))
    return replace(
        ours,
        blob=ours.blob or theirs.blob,
        also=also,
        origin=ours.origin or theirs.origin,
    )


def _missing(record: Told, fields: Mapping[str, Version], near: Near) -> dict[str, str]:
    """Return the fields that refer to what is not here, with the reason."""
    found = {}
    for name, spec in FIELDS[record.kind].items():
        value = fields[name].value
        wanted = value if isinstance(value, frozenset) else {value} - {None}
        if spec.target and not all(near.has(spec.target, str(one)) for one in wanted):
            found[name] = f"refers to a {spec.target} that is not here"
    return found


def _is_over(value: Any_, near: Near) -> bool:
    return isinstance(value, str) and near.is_over(value)


def _kept_private(
    fields: Mapping[str, Version], kind: str, near: Near
) -> dict[str, Version]:
    """Return fields as privacy wants them: what a private album holds is private.

    And what is private is in no daily log. Such a value is a new one.
    """
    kept = dict(fields)
    if kind != "photo":
        return kept
    album, private, day = kept["album"], kept["private"], kept["log_date"]
    if album.value and not private.value and near.is_private(str(album.value)):
        stamp = near.dot(private.stamp)
        kept["private"] = private = replace(private, value=True, stamp=stamp)
    if private.value and day.value is not None:
        kept["log_date"] = replace(day, value=None, stamp=near.dot(day.stamp))
    return kept


# One field


def covered(earlier: Version, later: Version) -> bool:
    """Whether ``later`` has seen ``earlier``."""
    if earlier.is_unsettled:
        return False
    return covers(later.stamp, earlier.stamp, earlier.digest)


def _both(one: Version, other: Version) -> Stamp:
    """Return the join; what is known of the remote stays known where nothing is new."""
    both = join(one.stamp, other.stamp)
    if (both.vector, both.seen) == (one.stamp.vector, one.stamp.seen):
        return one.stamp
    return both


def _is_unsaid(spec: Field, one: Version, record: Told) -> bool:
    is_default = one.stamp.vector == record.default.vector
    return is_default and one.value == spec.empty


def decide(
    name: str,
    spec: Field,
    ours: Version,
    theirs: Version,
    near: Near,
    *,
    unsaid: tuple[bool, bool] = (False, False),
) -> Version | None:
    """Return the version that holds, or None: a person has to decide.

    :param unsaid: whether nobody ever wrote ours, and theirs
    """
    both = _both(ours, theirs)
    is_older, is_newer = covered(ours, theirs), covered(theirs, ours)
    if ours.value == theirs.value:
        is_unsettled = ours.is_unsettled and theirs.is_unsettled
        last = theirs if is_older and not is_newer else ours  # who, and when
        return replace(last, stamp=both, is_unsettled=is_unsettled)
    if is_older and is_newer:  # what a file says, and one of us has not read it
        return replace(theirs if ours.value == spec.empty else ours, stamp=both)
    if is_older:
        return replace(theirs, stamp=_both(theirs, ours))
    if is_newer:
        return replace(ours, stamp=both)
    return _apart(name, spec, ours, theirs, near, unsaid)


def _apart(  # noqa: PLR0917
    name: str,
    spec: Field,
    ours: Version,
    theirs: Version,
    near: Near,
    unsaid: tuple[bool, bool],
) -> Version | None:
    """Decide between two of which neither has seen the other."""
    if ours.stamp.vector == theirs.stamp.vector:
        return ours  # both came from the remote; who asks it next knows
    is_blank = ours.is_unsettled and ours.value == spec.empty
    if is_blank and within(ours.stamp.vector, theirs.stamp.vector):
        return replace(theirs, stamp=join(ours.stamp, theirs.stamp))
    if unsaid[0] or unsaid[1]:
        known, value = True, theirs.value if unsaid[0] else ours.value
    else:
        known, value = _combined(name, spec, ours, theirs, near)
    if not known:
        return None
    newest = max(ours, theirs, key=lambda one: (one.value == value, one.at))
    return replace(newest, value=value, stamp=near.dot(ours.stamp, theirs.stamp))


def _combined(
    name: str, spec: Field, ours: Version, theirs: Version, near: Near
) -> tuple[bool, Any_]:
    """Return whether a rule makes one value of two, and which."""
    one, other = ours.value, theirs.value
    if spec.sort in (Sort.TEXT, Sort.SET):
        known, before = near.ancestor(name, ours, theirs)
        if known:
            is_one, value = _three_way(spec, before, one, other)
            return is_one and near.fits(name, value), value
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return True, one | other
    if spec.sort is Sort.FLAG:
        return True, spec.cautious is not False
    is_alike = spec.sort is Sort.NAME and name_key(str(one)) == name_key(str(other))
    if is_alike or spec.sort is Sort.ORDER:
        return True, min(str(one), str(other))
    return False, None


def _three_way(spec: Field, before: Any_, one: Any_, other: Any_) -> tuple[bool, Any_]:
    agreed = Agreed(before, before)  # type: ignore[arg-type]
    found = decide_three(spec, agreed, one, seen=True, theirs=other)  # type: ignore[arg-type]
    if found.verdict is Verdict.CONFLICT:
        return False, None
    return True, found.here if found.writes else one
