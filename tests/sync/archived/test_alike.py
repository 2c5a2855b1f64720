"""The same done to both stores leaves the same, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.checking import check_history
from archive.errors import ArchiveError
from sync.records import FIELDS, Kind, Life, Record
from sync.store import Seen
from tests.sync.both_stores import Both, InDatabase, InMemory
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import CONTAINERS, photo, see, take_in, write_plan

ALBUMS = [f"019a7b3c-0000-7000-8000-0000000001{n:02}" for n in range(2)]
PHOTOS = [f"019a7b3c-0000-7000-8000-0000000002{n:02}" for n in range(3)]
NUMBERS = [1, 2, 3]
THERE = [PROJECT.uuid_of(Kind.PHOTO, n) for n in NUMBERS]
ALBUMS_THERE = [PROJECT.uuid_of(Kind.ALBUM, n) for n in NUMBERS]
WORDS = st.sampled_from(["", "crane", "crane red", "roof"])
ACTS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(PHOTOS + THERE), WORDS),
    st.tuples(
        st.just("file"), st.sampled_from(PHOTOS + THERE), st.sampled_from(ALBUMS)
    ),
    st.tuples(st.just("hide"), st.sampled_from(PHOTOS + THERE), st.booleans()),
    st.tuples(st.just("recycle"), st.sampled_from(PHOTOS + THERE), st.none()),
    st.tuples(st.just("touch"), st.sampled_from(PHOTOS + THERE), st.none()),
    st.tuples(st.just("delete"), st.sampled_from(ALBUMS + ALBUMS_THERE), st.none()),
    st.tuples(st.just("close"), st.sampled_from(ALBUMS + ALBUMS_THERE), st.booleans()),
    st.tuples(st.just("photo"), st.sampled_from(NUMBERS), WORDS),
    st.tuples(st.just("moved"), st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)),
    st.tuples(st.just("gone"), st.sampled_from(NUMBERS), st.none()),
    st.tuples(st.just("album"), st.sampled_from(NUMBERS), st.booleans()),
    st.tuples(st.just("album gone"), st.sampled_from(NUMBERS), st.none()),
    st.tuples(st.just("pull"), st.none(), st.none()),
)


def do(archive: Both, act: tuple[str, Any, Any], clock: int) -> object:
    """Do one act; what it says is part of what has to be alike."""
    name, which, value = act
    if isinstance(which, str) and not is_live(archive, which, EDITED.get(name), value):
        return "not there"
    try:
        if name in EDITED:
            archive.edit(which, **{EDITED[name]: value})
        elif name in ("recycle", "touch", "delete"):
            getattr(archive, name)(which)
        elif name == "pull":
            take_in(archive)
            return pulled(archive)
        else:
            return see(archive, SHOWN[name](which, value, clock))
    except ArchiveError:
        return "refused"
    return None


def shown_album(number: int, private: bool | None, clock: int) -> Seen:
    life = Life.PURGED if private is None else Life.ACTIVE
    fields = {"name": f"There {number}", "private": bool(private)}
    return Seen(Kind.ALBUM, number, life, fields, updated=clock)


SHOWN: dict[str, Callable[[int, Any, int], Seen]] = {
    "photo": lambda n, words, at: replace(photo(n, description=words), updated=at),
    "moved": lambda n, album, at: replace(photo(n, album=album), updated=at),
    "gone": lambda n, _, at: replace(photo(n), life=Life.RECYCLED, updated=at),
    "album": shown_album,
    "album gone": shown_album,
}
EDITED = {"edit": "description", "file": "album", "hide": "private"}
EDITED |= {"close": "private"}


def is_live(archive: Both, uuid: str, field: str | None, value: Any) -> bool:
    """Whether somebody can change that of a record: it would be another then."""
    try:
        local = archive.commit(lambda s: s.load([uuid])[0].local)
    except (KeyError, IndexError):  # never heard of
        return False
    return local.life is Life.ACTIVE and (not field or local.fields[field] != value)


def pulled(archive: Both) -> list[Any]:
    plans = [write_plan(archive, CONTAINERS), write_plan(archive, [Kind.PHOTO])]
    for made in plans:
        resting = [
            uuid
            for uuid, outcome in made.outcomes.items()
            if not (outcome.send or outcome.conflicts or outcome.waiting)
        ]
        archive.commit(lambda s, some=resting: s.rest(some))
    return [
        sorted((str(one.act), one.uuid) for one in made.operations) for made in plans
    ]


def state(archive: Both) -> dict[str, Any]:
    def work(store: Any) -> Any:
        known = [*ALBUMS, *PHOTOS, *THERE, *ALBUMS_THERE]
        waiting = {uuid for _, uuid in store.pending(list(Kind), 0, 100)}
        near = store.near()
        records = {}
        for uuid in known:
            try:
                (record,) = store.load([uuid])
            except (KeyError, ValueError):  # never heard of
                continue
            if record.remote_id or record.base or record.local.fields:
                records[uuid] = (*told(record), uuid in waiting)
        around = {
            uuid: (uuid in near.used_here, uuid in near.used_there, uuid in near.there)
            for uuid in records
        }
        counts = [store.count_there(life) for life in Life]
        return (
            records,
            around,
            counts,
            sorted(m[1:] for m in store.missing("original", 0, 99)),
        )

    found: dict[str, Any] = archive.commit(work)
    return found


def told(record: Record) -> tuple[Any, ...]:
    """What of a record is the same in both: not what each fills in by itself."""
    own = {"filename", "uploaded_at", "taken_at", "projection", "position", "bytes"}
    names = [name for name in FIELDS[record.kind] if name not in own]
    local = {n: record.local.fields[n] for n in names if n in record.local.fields}
    base = record.base and (
        record.base.life,
        {n: v for n, v in record.base.fields.items() if n in names},
    )
    remote = {n: v for n, v in record.remote.fields.items() if n in names}
    return (
        *(record.local.life, local, bool(base and record.local.touched)),
        *(base, record.remote.life, remote, record.remote_id, record.bytes_here),
    )


def test_both_stores_are_alike_whatever_happens(tmp_path_factory: Any) -> None:
    folder: Path = tmp_path_factory.mktemp("alike")

    @settings(max_examples=settings.default.max_examples * 2 // 5)
    @given(st.lists(ACTS, max_size=14))
    def alike(acts: list[tuple[str, Any, Any]]) -> None:
        both: list[Both] = [InMemory(), InDatabase(folder)]
        for archive in both:
            for number, uuid in enumerate(ALBUMS):
                archive.add(Kind.ALBUM, uuid, name=f"Here {number}")
            for uuid in PHOTOS:
                archive.add(Kind.PHOTO, uuid)
            take_in(archive)
        for clock, act in enumerate([*acts, ("pull", None, None)], 100):
            said = [do(archive, act, clock) for archive in both]
            assert said[0] == said[1], act
        assert state(both[0]) == state(both[1])
        assert list(check_history(both[1].connection)) == []  # type: ignore[attr-defined]

    alike()
