from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from archive.albums import find_album, rename_album, set_album_private
from archive.batches import batch
from archive.comments import add_comment
from archive.editing import (
    Edit,
    edit_photos,
    recycle_photos,
    retrieve_photos,
)
from archive.errors import ArchiveError
from archive.locations import (
    get_location,
    move_location,
    rename_location,
)
from archive.people import edit_person, find_person, owner
from archive.search import (
    ORDERS,
    Filter,
    Query,
)
from archive.trades import edit_trade, find_trade
from tests.archive import search_model as model
from tests.archive.live_counts import wrong_counters
from tests.archive.search_project import (
    ALBUMS,
    MOMENTS,
    PATHS,
    PLACES,
    TRADES,
    WORDS,
    expect_same,
    fill,
    queries,
)


class Project(RuleBasedStateMachine):
    """Any changes in any order: counters and index are never stale."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = model.project()

    def teardown(self) -> None:
        self.connection.close()

    @initialize(seed=st.integers(0, 5))
    def begin(self, seed: int) -> None:
        fill(self.connection, 12, seed)

    def change(self, action: Callable[[Any, Any], object]) -> None:
        try:
            with batch(self.connection, owner(self.connection)) as opened:
                action(self.connection, opened)
        except ArchiveError:
            pass  # what the rules forbid leaves everything as it was

    def pick(self, table: str, number: int) -> int:
        rows = self.connection.execute(f"select id from {table} order by id").fetchall()
        return int(rows[number % len(rows)][0])

    numbers = st.integers(0, 30)
    places = st.one_of(st.just(0), st.integers(1, len(PATHS)))

    @rule(
        number=numbers,
        text=st.sampled_from(WORDS),
        album=st.sampled_from(ALBUMS),
        place=places,
        trades=st.sets(st.integers(1, 3)),
        starred=st.booleans(),
        moment=st.sampled_from(MOMENTS),
        position=st.sampled_from([(), *PLACES]),
        which=st.sets(
            st.sampled_from(
                [
                    "description",
                    "album",
                    "location",
                    "trades",
                    "starred",
                    "taken_at",
                    "private",
                    "position",
                ]
            )
        ),
    )
    def edit(self, number: int, which: set[str], **given: Any) -> None:
        connection = self.connection
        values = {
            "description": given["text"],
            "album": find_album(connection, given["album"])
            if "album" in which
            else None,
            "location": given["place"],
            "trades": tuple(given["trades"]),
            "starred": given["starred"],
            "private": given["starred"],
            "taken_at": given["moment"],
            "position": given["position"],
            "rotate": 90,
        }
        chosen = Edit(**{name: values[name] for name in which})
        photo = self.pick("photos", number)
        self.change(lambda c, _: edit_photos(c, owner(c), [photo], chosen))

    @rule(number=numbers)
    def rotate(self, number: int) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, _: edit_photos(c, owner(c), [photo], Edit(rotate=90)))

    @rule(number=numbers)
    def recycle(self, number: int) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, b: recycle_photos(c, owner(c), b, [photo]))

    @rule(number=numbers)
    def retrieve(self, number: int) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, _: retrieve_photos(c, owner(c), [photo]))

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        photo = self.pick("photos", number)
        if self.connection.execute("select count(*) from photos").fetchone()[0] > 3:
            self.change(
                lambda c, _: c.execute("delete from photos where id = ?", (photo,))
            )

    @rule(number=numbers, text=st.sampled_from(WORDS))
    def comment(self, number: int, text: str) -> None:
        photo = self.pick("photos", number)
        self.change(lambda c, b: add_comment(c, owner(c), b, photo, text))

    @rule(number=numbers, upper=places, text=st.sampled_from(WORDS))
    def move_a_location(self, number: int, upper: int, text: str) -> None:
        node = get_location(self.connection, self.pick("locations", number))
        above = get_location(self.connection, upper) if upper else None
        self.change(lambda c, _: move_location(c, owner(c), node, above))
        self.change(lambda c, _: rename_location(c, owner(c), node, text))

    @rule(text=st.sampled_from(WORDS), private=st.booleans())
    def change_an_album(self, text: str, private: bool) -> None:
        album = find_album(self.connection, ALBUMS[1])
        self.change(lambda c, _: set_album_private(c, owner(c), album, private=private))
        self.change(lambda c, _: rename_album(c, owner(c), album, text))
        self.change(lambda c, _: rename_album(c, owner(c), album, ALBUMS[1]))

    @rule(text=st.sampled_from(WORDS), number=st.integers(0, 2))
    def rename_a_trade(self, text: str, number: int) -> None:
        trade = find_trade(self.connection, TRADES[number])
        self.change(lambda c, _: edit_trade(c, owner(c), trade, name=text))
        self.change(lambda c, _: edit_trade(c, owner(c), trade, name=TRADES[number]))

    @rule(text=st.sampled_from(WORDS))
    def rename_a_person(self, text: str) -> None:
        ana = find_person(self.connection, 2)
        self.change(lambda c, _: edit_person(c, owner(c), ana, name=text))

    @rule(number=numbers, kind=st.sampled_from(("image", "raw", "video")))
    def read_the_facts_again(self, number: int, kind: str) -> None:
        original = self.pick("originals", number)
        self.change(
            lambda c, _: c.execute(
                "update originals set kind = ?, damage = 'x' where id = ?",
                (kind, original),
            )
        )

    @rule(
        number=numbers,
        what=st.sampled_from(
            ("width = 9000", "width = null", "height = 0", "height = 350", "turned = 6")
        ),
    )
    def read_the_size_again(self, number: int, what: str) -> None:
        original = self.pick("originals", number)
        self.change(
            lambda c, _: c.execute(
                f"update originals set {what} where id = ?", (original,)
            )
        )

    @rule(number=numbers, other=numbers)
    def get_the_bytes_of_another(self, number: int, other: int) -> None:
        photo, original = self.pick("photos", number), self.pick("originals", other)
        self.change(
            lambda c, _: c.execute(
                "update photos set original_id = ? where id = ?", (original, photo)
            )
        )

    @rule(query=queries(), order=st.sampled_from(sorted(ORDERS)))
    def find(self, query: Query, order: str) -> None:
        named = {"album", "location", "trade", "by"}
        if any(isinstance(t, Filter) and t.name in named for t in query.terms()):
            return  # they may have got other names meanwhile
        expect_same(self.connection, query, model.admin(self.connection), order, 5)

    @invariant()
    def counters_are_a_live_count(self) -> None:
        assert wrong_counters(self.connection) == []

    @invariant()
    def index_is_what_the_photos_say(self) -> None:
        self.connection.execute(
            "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
        )


TestProject = Project.TestCase
TestProject.settings = settings(max_examples=25, stateful_step_count=15)
