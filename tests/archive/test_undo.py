"""Any work by anybody: history stays whole, and undo gives back exactly what was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from archive.albums import (
    add_album,
    delete_album,
    list_albums,
    move_album,
    rename_album,
    set_album_private,
    set_cover,
)
from archive.batches import Batch, batch
from archive.checking import check_history
from archive.comments import add_comment, delete_comment
from archive.editing import (
    UNKNOWN,
    Edit,
    edit_photos,
    recycle_photos,
    retrieve_photos,
)
from archive.errors import ArchiveError, Conflict, NotAllowed
from archive.history import find_batches
from archive.locations import (
    delete_location,
    find_or_add_location,
    get_location,
    move_location,
    rename_location,
)
from archive.people import Person, edit_person, find_person, owner
from archive.rights import viewer
from archive.settings import set_setting
from archive.sqlite import sqlite3
from archive.trades import add_trade, delete_trade, edit_trade, find_trade
from archive.undo import undo
from tests.archive.in_memory import dump, everyone, insert_photo, new_database

START = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
PICK = st.integers(1, 99)
NAMES = st.sampled_from(["North", "north", "South", "Level 3", "A>B", "柱"])
FLAG = st.one_of(st.none(), st.booleans())
WHO = st.one_of(
    st.just("owner"),
    st.just("admin"),
    st.sampled_from(
        [
            *("none", "read_only", "standard"),
            *("read_only can_delete_albums", "standard can_reorder_albums"),
            *("read_only can_create_albums", "standard can_view_private"),
        ]
    ),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "description": st.sampled_from(["", "poured", "as built"]),
    "album": PICK,
    "location": PICK,
    "trades": st.lists(PICK, max_size=2),
    "private": st.booleans(),
    "starred": st.booleans(),
    "rotate": st.sampled_from([0, 90, 270]),
    "taken_at": st.sampled_from(["", "2025-12-31T23:59", "2026-01-01T00:00Z"]),
    "position": st.sampled_from([(), UNKNOWN, (51.123456789, -0.1), (0.0, 0.0)]),
    "log_date": st.sampled_from(["", "2026-03-09"]),
}
EDITS = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=2).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)
Work = Callable[[Person, Batch], object]


class Site:
    """One archive, changed by people of every level; each change undone and redone."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.steps = 0
        sam = owner(self.connection)
        with batch(self.connection, sam, origin="import") as opened:
            self.furnish(sam, opened)

    def furnish(self, sam: Person, opened: Batch) -> None:
        connection = self.connection
        albums = [
            add_album(connection, sam, opened, name, private=name == "Claims").id
            for name in ("Claims", "Progress")
        ]
        places = [
            find_or_add_location(connection, sam, opened, path).id
            for path in ("Tower>Level 1", "Tower>Level 2", "Yard")
        ]
        trades = [
            add_trade(connection, sam, opened, name).id for name in ("Steel", "Paint")
        ]
        for uploader in (1, self.people["standard"].id, None):
            for album in (1, *albums):
                number = insert_photo(
                    connection,
                    opened,
                    uploader_id=uploader,
                    album_id=album,
                    location_id=places[album % 3],
                    private=int(album == albums[0]),
                )
                add_comment(connection, sam, opened, number, "poured")
                connection.execute(
                    "insert into photo_trades values (?, ?)",
                    (number, trades[album % 2]),
                )

    def work(self, who: str, do: Work, *, undone: bool = True) -> None:
        """Let somebody do something, and hold what must be true whatever it was."""
        connection, actor = self.connection, self.people[who]
        self.steps += 1
        before, stamps = dump(connection), self.stamps()
        now = START + timedelta(minutes=self.steps)
        try:
            with batch(connection, actor, now=now, reason="work") as opened:
                do(actor, opened)
        except ArchiveError as error:
            note(f"refused: {error}")
            assert dump(connection) == before
            return
        after = dump(connection)
        self.hold()
        self.hold_stamps(before, after, stamps)
        written = connection.execute(
            "select 1 from batches where id = ?", (opened.id,)
        ).fetchone()
        assert bool(written) == (before != after)
        if written and undone:
            self.undo_and_redo(opened.id, before, after)

    def undo_and_redo(
        self, number: int, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        sam = owner(self.connection)
        for wanted in (before, after):
            record = find_batches(self.connection, str(number))
            report = undo(self.connection, sam, record)
            assert report.kept == []
            assert dump(self.connection) == wanted
            number = report.batches[0]
        self.hold()

    def hold(self) -> None:
        assert list(check_history(self.connection)) == []
        assert self.connection.execute("pragma foreign_key_check").fetchall() == []
        self.connection.execute(
            "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
        )

    def stamps(self) -> dict[int, str]:
        rows = self.connection.execute("select id, updated_at from photos")
        return dict(rows.fetchall())

    def hold_stamps(
        self, before: dict[str, Any], after: dict[str, Any], stamps: dict[int, str]
    ) -> None:
        """A photo's updated_at moves when it or its trades changed, and only then."""
        now = self.stamps()
        for number, stamp in stamps.items():
            same = facts_of(before, number) == facts_of(after, number)
            assert (now.get(number) == stamp) == same, number

    def one(self, table: str, pick: int) -> int:
        """Return one of the ids there are, or 0 (which is none)."""
        rows = self.connection.execute(f"select id from {table} order by id").fetchall()
        return int(rows[pick % len(rows)][0]) if rows and pick else 0

    def album(self, pick: int) -> Any:
        albums = list_albums(self.connection, viewer(owner(self.connection)))
        return albums[pick % len(albums)]

    def import_photo(self, who: str, private: bool) -> None:
        def do(actor: Person, opened: Batch) -> None:
            insert_photo(
                self.connection, opened, uploader_id=actor.id, private=int(private)
            )

        self.work(who, do, undone=False)

    def edit(self, who: str, picks: list[int], given: dict[str, Any]) -> None:
        values = dict(given)
        if "album" in values:
            values["album"] = self.album(values["album"])
        if "location" in values:
            values["location"] = self.one("locations", values["location"])
        if "trades" in values:
            values["trades"] = tuple(self.trades(values["trades"]))
        ids = self.photos(picks)
        self.work(
            who, lambda a, _: edit_photos(self.connection, a, ids, Edit(**values))
        )

    def photos(self, picks: list[int]) -> list[int]:
        """Return photos, once in a while one that is not there."""
        return [self.one("photos", pick) for pick in picks]

    def trades(self, picks: list[int]) -> list[int]:
        return [number for pick in picks if (number := self.one("trades", pick))]

    def bin(self, who: str, picks: list[int], back: bool) -> None:
        ids = self.photos(picks)
        if back:
            self.work(who, lambda a, _: retrieve_photos(self.connection, a, ids))
        else:
            self.work(who, lambda a, b: recycle_photos(self.connection, a, b, ids))

    def comment(self, who: str, pick: int, remove: bool) -> None:
        photo, comment = self.one("photos", pick), self.one("comments", pick)
        if remove:
            self.work(who, lambda a, _: delete_comment(self.connection, a, comment))
        else:
            self.work(
                who, lambda a, b: add_comment(self.connection, a, b, photo, "cracks?")
            )

    def new_album(self, who: str, name: str, private: bool) -> None:
        self.work(
            who, lambda a, b: add_album(self.connection, a, b, name, private=private)
        )

    def album_name(self, who: str, pick: int, name: str) -> None:
        album = self.album(pick)
        self.work(who, lambda a, _: rename_album(self.connection, a, album, name))

    def album_privacy(self, who: str, pick: int, private: bool) -> None:
        album = self.album(pick)
        self.work(
            who,
            lambda a, _: set_album_private(self.connection, a, album, private=private),
        )

    def album_cover(self, who: str, pick: int, photo: int) -> None:
        album, cover = self.album(pick), self.one("photos", photo) or None
        self.work(who, lambda a, _: set_cover(self.connection, a, album, cover))

    def album_order(self, who: str, pick: int, before: int | None) -> None:
        album = self.album(pick)
        other = None if before is None else self.album(before)
        self.work(who, lambda a, _: move_album(self.connection, a, album, other))

    def no_album(self, who: str, pick: int) -> None:
        album = self.album(pick)
        self.work(who, lambda a, b: delete_album(self.connection, a, b, album))

    def new_location(self, who: str, names: list[str]) -> None:
        path = ">".join(name.replace(">", "\\>") for name in names)
        self.work(who, lambda a, b: find_or_add_location(self.connection, a, b, path))

    def location_name(self, who: str, pick: int, name: str) -> None:
        self.at(
            who, pick, lambda a, place: rename_location(self.connection, a, place, name)
        )

    def location_parent(self, who: str, pick: int, parent: int) -> None:
        above = self.one("locations", parent)
        under = get_location(self.connection, above) if above else None
        self.at(
            who, pick, lambda a, place: move_location(self.connection, a, place, under)
        )

    def no_location(self, who: str, pick: int) -> None:
        self.at(who, pick, lambda a, place: delete_location(self.connection, a, place))

    def at(self, who: str, pick: int, do: Callable[[Person, Any], object]) -> None:
        number = self.one("locations", pick)
        self.work(who, lambda a, _: do(a, get_location(self.connection, number)))

    def new_trade(self, who: str, name: str) -> None:
        self.work(who, lambda a, b: add_trade(self.connection, a, b, name))

    def trade(self, who: str, pick: int, name: str | None, active: bool | None) -> None:
        number = self.one("trades", pick)
        self.work(
            who,
            lambda a, _: edit_trade(
                self.connection,
                a,
                find_trade(self.connection, number),
                name=name,
                active=active,
            ),
        )

    def no_trade(self, who: str, pick: int) -> None:
        number = self.one("trades", pick)
        self.work(
            who,
            lambda a, _: delete_trade(
                self.connection, a, find_trade(self.connection, number)
            ),
        )

    def person(self, who: str, name: str, on: bool) -> None:
        def do(actor: Person, _: Batch) -> None:
            found = find_person(self.connection, self.people["none"].id)
            rights = {"can_view_private": on}
            edit_person(self.connection, actor, found, name=name, rights=rights)

        self.work(who, do)

    def setting(self, who: str, on: bool) -> None:
        self.work(
            who, lambda a, _: set_setting(self.connection, a, "new_albums_first", on)
        )

    def raw_sql(self, pick: int, text: str) -> None:
        """Somebody writes with another program: the next batch takes it in."""
        number = self.one("photos", pick)
        try:
            self.connection.execute(
                "update photos set description = ?, private = 1 where id = ?",
                (text, number),
            )
        except sqlite3.IntegrityError as error:
            note(str(error))
        connection = self.connection
        self.work("owner", lambda a, _: set_setting(connection, a, "project_name", "x"))

    def undo_by_anybody(self, who: str, pick: int) -> None:
        """Whoever undoes an old batch, what is refused leaves all as it was."""
        count = self.connection.execute("select max(id) from batches").fetchone()[0]
        record = find_batches(self.connection, str(pick % count + 1))
        before = dump(self.connection)
        try:
            report = undo(self.connection, self.people[who], record)
        except (NotAllowed, Conflict):  # the batch that made the archive is nobody's
            assert dump(self.connection) == before
            return
        if not report.undone:
            assert report.batches == []
            assert dump(self.connection) == before
        self.hold()


def facts_of(state: dict[str, Any], number: int) -> tuple[list[Any], list[Any]]:
    photos = [row for row in state["photos"] if row[0] == number]
    return photos, [row for row in state["photo_trades"] if row[0] == number]


# name of the work: what it takes
WORK: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "import_photo": {"who": WHO, "private": st.booleans()},
    "edit": {
        "who": WHO,
        "picks": st.lists(PICK, min_size=1, max_size=3),
        "given": EDITS,
    },
    "bin": {
        "who": WHO,
        "picks": st.lists(PICK, min_size=1, max_size=3),
        "back": st.booleans(),
    },
    "comment": {"who": WHO, "pick": PICK, "remove": st.booleans()},
    "new_album": {"who": WHO, "name": NAMES, "private": st.booleans()},
    "album_name": {"who": WHO, "pick": PICK, "name": NAMES},
    "album_privacy": {"who": WHO, "pick": PICK, "private": st.booleans()},
    "album_cover": {"who": WHO, "pick": PICK, "photo": PICK},
    "album_order": {"who": WHO, "pick": PICK, "before": st.one_of(st.none(), PICK)},
    "no_album": {"who": WHO, "pick": PICK},
    "new_location": {"who": WHO, "names": st.lists(NAMES, min_size=1, max_size=3)},
    "location_name": {"who": WHO, "pick": PICK, "name": NAMES},
    "location_parent": {"who": WHO, "pick": PICK, "parent": PICK},
    "no_location": {"who": WHO, "pick": PICK},
    "new_trade": {"who": WHO, "name": NAMES},
    "trade": {
        "who": WHO,
        "pick": PICK,
        "name": st.one_of(st.none(), NAMES),
        "active": FLAG,
    },
    "no_trade": {"who": WHO, "pick": PICK},
    "person": {"who": WHO, "name": NAMES, "on": st.booleans()},
    "setting": {"who": WHO, "on": st.booleans()},
    "raw_sql": {"pick": PICK, "text": st.sampled_from(["by hand", ""])},
    "undo_by_anybody": {"who": WHO, "pick": PICK},
}
MOST = ("edit", "edit", "bin", "album_privacy", "no_album", "location_parent")
STEP = st.sampled_from([*WORK, *MOST]).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(WORK[name]))
)


@settings(max_examples=80)
@given(st.lists(STEP, min_size=1, max_size=8))
def test_any_work_is_recorded_and_undone_exactly(
    steps: list[tuple[str, dict[str, Any]]],
) -> None:
    site = Site()
    for name, values in steps:
        note(f"{name} {values}")
        getattr(site, name)(**values)
    site.connection.close()
