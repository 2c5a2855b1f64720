"""Records of an archive in memory as the engine reads them, and what is around one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sync.clashes import Neighbours
from sync.merge import Surroundings
from sync.records import FIELDS, NOWHERE, Fields, Kind, Life, Record, Value, Version
from sync.store import Seen, Told
from tests.sync.simulator.archive import Archive


def number_of(archive: Archive, kind: Kind, uuid: str) -> int | None:
    number = archive.numbers.get(uuid)
    linked = archive.links.get((kind, number or 0)) == uuid
    return number if linked else None


def there(archive: Archive, uuid: str, kind: Kind) -> Life:
    seen = archive.seen.get((kind, archive.numbers.get(uuid, 0)))
    seen = seen or archive.gone.get(uuid)
    return seen.life if seen else Life.ABSENT


def record(archive: Archive, uuid: str) -> Record:
    kind = archive.kinds[uuid]
    local = archive.rows.get(uuid, NOWHERE)
    if uuid in archive.touched:
        local = replace(local, touched=True)
    number = number_of(archive, kind, uuid)
    seen = archive.seen.get((kind, number or 0)) or archive.gone.get(uuid)
    is_photo = kind is Kind.PHOTO
    here = not is_photo or uuid in archive.originals
    return Record(
        kind,
        uuid,
        archive.bases.get(uuid),
        local,
        version(archive, seen) if seen else NOWHERE,
        number,
        here,
        here or uuid in archive.thumbnails,
    )


def version(archive: Archive, seen: Seen) -> Version:
    fields = {
        name: _named_here(archive, value, FIELDS[seen.kind][name].target)
        for name, value in seen.fields.items()
    }
    return Version(seen.life, fields, extra=seen.extra)


def _named_here(archive: Archive, value: Told, target: Kind | None) -> Value:
    """Return what is known there by its number by its uuid."""
    if target is None or value is None:
        return value  # type: ignore[return-value]
    if isinstance(value, frozenset):
        return frozenset(_uuid(archive, target, int(one)) for one in value)
    return _uuid(archive, target, int(value))  # type: ignore[arg-type]


def _uuid(archive: Archive, kind: Kind, number: int) -> str:
    known = archive.links.get((kind, number))
    return known or archive.project.uuid_of(kind, number)


def surroundings(archive: Archive) -> Surroundings:
    return Surroundings(
        *(
            _Such(partial(find, archive))
            for find in (
                _here,
                _there_or_coming,
                _private_albums,
                _used_here,
                _used_there,
            )
        )
    )


def _here(archive: Archive) -> set[str]:
    rows = archive.rows.items()
    return {uuid for uuid, row in rows if row.life is Life.ACTIVE}


def _there_or_coming(archive: Archive) -> set[str]:
    """What is live there, or new here with nothing gone wrong."""
    coming = {
        uuid
        for uuid in _here(archive)
        if uuid not in archive.bases
        and uuid not in archive.aside
        and there(archive, uuid, archive.kinds[uuid]) is Life.ABSENT
    }
    live = {
        archive.links[at]
        for at, seen in archive.seen.items()
        if seen.life is Life.ACTIVE and at in archive.links
    }
    return live | coming


def _private_albums(archive: Archive) -> set[str]:
    albums = archive.live(Kind.ALBUM)
    return {uuid for uuid in albums if archive.rows[uuid].fields["private"]}


def _used_here(archive: Archive) -> set[str]:
    """What is in use; what the remote deleted, and is not looked at yet, goes."""
    return {
        str(holder)
        for uuid, row in archive.rows.items()
        if row.life is Life.ACTIVE and not _goes_here(archive, uuid)
        for holder in _holders(row.fields)
    }


def _goes_here(archive: Archive, uuid: str) -> bool:
    life = there(archive, uuid, archive.kinds[uuid])
    is_gone = life in (Life.RECYCLED, Life.PURGED)
    return is_gone and _is_agreed_and_pending(archive, uuid)


def _is_agreed_and_pending(archive: Archive, uuid: str) -> bool:
    base = archive.bases.get(uuid)
    is_held = base is not None and base.life in (Life.ACTIVE, Life.HIDDEN)
    return is_held and uuid in archive.pending


def _used_there(archive: Archive) -> set[str]:
    return {
        str(holder)
        for at, seen in archive.seen.items()
        if seen.life is Life.ACTIVE and not _goes_there(archive, at)
        for holder in _holders(version(archive, seen).fields)
    }


def _goes_there(archive: Archive, at: tuple[Kind, int]) -> bool:
    uuid = archive.links.get(at, "")
    is_gone = not archive.is_live(uuid, at[0])
    return is_gone and _is_agreed_and_pending(archive, uuid)


def neighbours(archive: Archive) -> Neighbours:
    def above(uuid: str) -> str | None:
        return text(archive.rows.get(uuid, NOWHERE).fields.get("parent"))

    def above_there(uuid: str) -> str | None:
        number = archive.numbers.get(uuid, 0)
        seen = archive.seen.get((Kind.LOCATION, number))
        return text(version(archive, seen).fields.get("parent")) if seen else None

    return Neighbours(above, above_there, archive.named)


@dataclass
class _Such:
    """A container that is looked for when somebody asks it, and once."""

    find: Callable[[], set[str]]
    found: set[str] | None = None

    def __contains__(self, one: object) -> bool:
        if self.found is None:
            self.found = self.find()
        return one in self.found


def text(value: object) -> str | None:
    return None if value is None else str(value)


def _holders(fields: Fields) -> list[Value]:
    """Return what a record would lose if that were deleted."""
    found = (fields.get(name) for name in ("album", "location", "parent"))
    return [one for one in found if one is not None]
