"""Making room on a stick: older bundles of this laptop that a later one stands for.

One that goes on from no other (``export --full``) tells all that the earlier ones told:
who comes later learns as much from it, so that no laptop has to know of all others. Its
records have seen theirs; their originals are looked for, one by one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from archive.database import Archive
from archive.disk import storing, sync_folder
from archive.errors import NotFound
from archive.holding import held
from archive.people import Person
from archive.rights import require
from archive.sites import sites_of
from sync.bundles import names, reading
from sync.bundles.model import Found, Heading, TornBundle
from sync.bundles.writing import locked
from sync.exchanging.exporting import DOING, LOCK


@dataclass(frozen=True, slots=True)
class Pruned:
    """What became of older bundles.

    :param by: name of the one that stands for them
    :param removed: names, with ``bytes`` of originals in them
    :param kept: those with originals that it does not have, and all before these
    """

    by: str
    removed: tuple[str, ...]
    bytes: int
    kept: tuple[str, ...]


def prune(archive: Archive, person: Person, folder: Path) -> Pruned:
    """Remove those of this laptop's bundles that its last full one stands for.

    That one is read to its last byte before anything is removed.

    :raises NotAllowed: the person may not
    :raises NotFound: there is no such folder, or no full bundle of this laptop in it
    :raises TornBundle: it is not what was written
    :raises ArchiveLocked: another exchange of the archive runs, or writes there
    :raises StoreError: something cannot be removed
    """
    require(person, "settings")
    with held(archive.folder / LOCK, DOING):
        own = _own(archive, folder)
        full = max((seq for seq, (_, is_full) in own.items() if is_full), default=0)
        if not full:
            raise NotFound(
                f"{folder}: no bundle of this laptop there tells everything; write one"
                " with --full"
            )
        with locked(folder):
            there = set(reading.verified(own[full][0]).blobs())
            older = [own[seq][0] for seq in sorted(own, reverse=True) if seq < full]
            return _prune(folder, own[full][0], there, older)


def _own(archive: Archive, folder: Path) -> dict[int, tuple[Found, bool]]:
    """Return the whole bundles of this site by number, and whether each is full."""
    site = sites_of(archive.connection).own
    found = reading.find(folder, archive.uuid)
    heads = [(one, one.heading) for one in found if one.state == "whole"]
    return {
        head.seq: (one, _is_full(head))
        for one, head in heads
        if head and head.site == site
    }


def _is_full(head: Heading) -> bool:
    return not head.base_seen.get(head.site, 0)


def _prune(
    folder: Path, full: Found, there: set[tuple[str, int]], older: list[Found]
) -> Pruned:
    """Remove bundles, the newest first: none that stays goes on from one that is gone.

    :param there: originals of the full one
    """
    removed: list[str] = []
    size = 0
    for one in older:
        try:
            blobs = set(reading.listed(one))
        except TornBundle:
            break
        if not blobs <= there:
            break
        _remove(folder, one.path)
        removed.append(one.path.name)
        size += sum(length for _, length in blobs)
    kept = tuple(one.path.name for one in older[len(removed) :])
    return Pruned(full.path.name, tuple(removed), size, kept)


def _remove(folder: Path, path: Path) -> None:
    """Remove a bundle; cut off, it is none any more, and the next export goes on."""
    part = path.with_name(path.name + names.PART)
    with storing(path):
        path.rename(part)
        sync_folder(folder)
        shutil.rmtree(part)


__all__ = ["Pruned", "prune"]
