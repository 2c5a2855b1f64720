"""What proves what about the remote (sync design §0.4, §2.10, §2.16; §9.4 of the API).

A list without a photo proves nothing: lists come empty with status 200, pages shift
while they are read, rights change. So a photo is *recycled* there when it was seen in
the bin, *purged* when the remote says so itself, and *hidden* when a whole sweep lacked
it and asking for it by its number was refused. Otherwise it is what it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.records import Life

_REFUSED = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one run saw of one record.

    :param listed: in the list of what is live
    :param in_bin: in the list of the bin
    :param purged: the remote said ``permanently_deleted``
    :param shown: status of asking for it by its number; None: it was not asked for
    """

    listed: bool = False
    in_bin: bool = False
    purged: bool = False
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """How a walk through the whole list went.

    :param finished: to the last page
    :param unique: different ids that were listed
    :param total_first: the header's at the first page; ``total_last`` at the last one
    :param forbidden: a request on the way was refused (403)
    :param album_counts: photos in all albums, as the albums' list counts them; None:
        not known
    """

    finished: bool
    unique: int
    total_first: int
    total_last: int
    forbidden: bool = False
    album_counts: int | None = None


NO_SWEEP = Sweep(finished=False, unique=0, total_first=0, total_last=0)


def is_whole(sweep: Sweep) -> bool:
    """Whether what a sweep lacks may be asked for one by one, as candidates."""
    agrees = sweep.unique == sweep.total_first == sweep.total_last
    emptied = sweep.unique == 0 and sweep.album_counts != 0
    return sweep.finished and agrees and not sweep.forbidden and not emptied


def life_there(before: Life, sighting: Sighting, sweep: Sweep = NO_SWEEP) -> Life:
    """Return where a record stands on the remote, by what was seen of it.

    :param before: where it stood as far as was known
    """
    if sighting.purged:
        return Life.PURGED
    if sighting.in_bin:
        # what is in the bin and in the list at once moved while we read: look again
        return before if sighting.listed else Life.RECYCLED
    if sighting.listed:
        return Life.ACTIVE
    if is_whole(sweep) and sighting.shown in _REFUSED:
        # of what was recycled or purged it is known where it went
        return Life.HIDDEN if before is Life.ACTIVE else before
    return before
