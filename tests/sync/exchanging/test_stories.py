"""What went wrong in a prototype, by the numbers of the sync design (§3.4), and more.

Nos. 7, 8 and 11 need a sync that runs meanwhile: ``test_beside_a_sync``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.batches import batch
from archive.errors import ArchiveLocked, InvalidInput
from archive.history import list_batches
from archive.holding import held
from archive.sites import sites_of
from archive.undo import undo
from sync.answers import Sent
from sync.driving import runs
from sync.exchanging import exporting, linking
from sync.exchanging.forms import told_from
from sync.exchanging.importing import import_all
from sync.exchanging.merging import Near, decide
from sync.exchanging.model import FIELDS, Version
from sync.exchanging.settling import common
from sync.operations import Act
from sync.records import Base, Kind, Life, agreed
from sync.stamps import join, stamp
from sync.store import Intent, Seen
from tests.sync.exchanging.laptops import PHOTO, Laptop, meet
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import photo, pull, see, take_in, write_plan

New = Callable[[], Laptop]


@pytest.fixture
def new(tmp_path: Path) -> New:
    return lambda: Laptop(tmp_path)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Laptop, Laptop, str]:
    """Two copies of an archive with a photo."""
    one = Laptop(tmp_path)
    uuid = one.add(PHOTO, description="as it was")
    return one, one.copied(tmp_path), uuid


@pytest.fixture
def linked(new: New) -> tuple[Laptop, Laptop, str]:
    """Two that are linked with a remote, and have pulled one photo from there."""
    laptops = new().link(), new().link()
    for one in laptops:
        see(one, photo(description="there"))
        pull(one)
    return *laptops, PROJECT.uuid_of(PHOTO, 9)


def shown(one: Laptop, text: str, at: int) -> None:
    """The remote shows the photo with a text, and it is pulled."""
    known = photo(description=text)
    see(one, Seen(PHOTO, 9, fields=known.fields, created=9, updated=at))
    take_in(one)
    write_plan(one, [PHOTO])


def pushed(one: Laptop, uuid: str, text: str, at: int) -> None:
    """Somebody here changes a text, and the remote takes it."""
    one.edit(uuid, description=text)
    take_in(one)
    fields = photo(description=text).fields
    see(one, Seen(PHOTO, 9, fields=fields, created=9, updated=at))
    write_plan(one, [PHOTO])


# With a remote


def test_4_what_the_remote_took_hides_no_other_edit_of_that_second(
    linked: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = linked
    pushed(a, uuid, "ours", 100)
    shown(b, "theirs", 100)
    b.hear(a.tell())
    assert b.value(uuid, "description") == "theirs"
    assert [one.local.value for one in b.conflicts()] == ["theirs"]
    shown(a, "theirs", 101)
    b.hear(a.tell())
    assert b.conflicts() == []


def test_what_the_remote_took_is_known_to_who_pulled_it(
    linked: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = linked
    pushed(a, uuid, "ours", 100)
    shown(b, "ours", 100)
    b.edit(uuid, description="b went on")
    for one, other in ((a, b), (b, a)):
        one.hear(other.tell())
    assert a.value(uuid, "description") == "b went on"
    assert [a.conflicts(), b.conflicts()] == [[], []]


def test_5_two_views_of_one_second_replace_each_other_on_no_laptop(
    linked: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = linked
    shown(a, "first", 100)
    shown(b, "second", 100)
    meet(a, b)
    assert [one.value(uuid, "description") for one in (a, b)] == ["first", "second"]
    assert [a.conflicts(), b.conflicts()] == [[], []]


def test_what_was_pulled_later_goes_before_what_was_pulled_earlier(
    linked: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = linked
    shown(a, "newer", 200)
    meet(a, b)
    assert b.value(uuid, "description") == "newer"


def test_6_what_is_on_its_way_is_told_as_it_was_sent(new: New) -> None:
    a, b = new().link(), new().link()
    uuid = a.add(PHOTO, description="v1")
    ours = {"description": "v1", "album": None, "private": False}
    sent = Sent({"description": "v1"}, ours)
    a.commit(
        lambda store: store.keep_intent(
            Intent(Kind.PHOTO, uuid, Act.CREATE_THERE, sent=sent)
        )
    )
    a.edit(uuid, description="v2")
    b.hear(a.tell())
    assert b.value(uuid, "description") == "v2"
    fields = photo(description="v1").fields
    b.commit(
        lambda store: store.see(
            uuid, Seen(PHOTO, 9, fields=fields, created=9, updated=60)
        )
    )
    take_in(b)
    made = write_plan(b, [PHOTO])
    told = {one.act: dict(one.fields) for one in made.operations}
    assert told[Act.CHANGE_THERE]["description"] == ("v1", "v2")
    assert made.conflicts == ()


def test_only_the_laptop_that_made_a_photo_brings_it_to_the_remote(new: New) -> None:
    a, b = new().link(), new().link()
    uuid = a.add(PHOTO, description="v1")
    b.hear(a.tell())
    take_in(b)
    assert write_plan(b, [PHOTO]).operations == ()
    assert linking.count_waiting(b.connection) == {a.site: 1}
    with batch(b.connection, b.sam):
        assert linking.take_over(b.connection, a.site) == 1
    acts = [one.act for one in write_plan(b, [PHOTO]).operations]
    assert acts == [Act.CREATE_THERE]
    assert b.value(uuid, "description") == "v1"


def test_photos_of_a_laptop_without_a_remote_are_brought_there_from_here(
    new: New,
) -> None:
    a, b = new(), new().link()
    a.add(PHOTO, description="v1")
    b.hear(a.tell(), is_linked=False)
    take_in(b)
    acts = [one.act for one in write_plan(b, [PHOTO]).operations]
    assert acts == [Act.CREATE_THERE]


def test_two_exchanges_of_an_archive_exclude_each_other_and_no_sync(
    two: tuple[Laptop, Laptop, str], tmp_path: Path
) -> None:
    one, *_ = two
    with held(tmp_path / exporting.LOCK, "exchanges"), pytest.raises(ArchiveLocked):
        import_all(one.archive, one.sam, tmp_path)
    with held(tmp_path / runs.LOCK, "is syncing"):
        assert import_all(one.archive, one.sam, tmp_path).is_complete


def test_what_was_agreed_with_the_remote_comes_along(
    linked: tuple[Laptop, Laptop, str], new: New
) -> None:
    a, _, uuid = linked
    c = new().link()
    c.hear(a.tell())
    (record,) = c.commit(lambda store: store.load([uuid]))
    known = agreed({"description": "there"})["description"]
    assert record.base is not None
    assert isinstance(record.base, Base)
    assert (record.base.life, record.base.fields["description"]) == (Life.ACTIVE, known)


# Without one


def test_9_what_was_deleted_here_and_edited_there_is_buried_nowhere(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    a.recycle(uuid)
    b.edit(uuid, description="still needed")
    meet(a, b)
    assert b.value(uuid, "recycled_at") is None
    assert [c.why for one in (a, b) for c in one.conflicts()] == [
        "deleted here, edited there",
        "edited here, deleted there",
    ]
    b.decide("local")
    meet(a, b)
    assert a.value(uuid, "recycled_at") is None
    assert a.value(uuid, "description") == "still needed"


def test_3_who_deletes_anyway_keeps_the_words_in_the_bin(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    a.recycle(uuid)
    b.edit(uuid, description="still needed")
    a.hear(b.tell())
    a.decide("local")
    meet(a, b)
    for one in (a, b):
        assert one.value(uuid, "recycled_at")
        assert one.value(uuid, "description") == "still needed"
        assert one.conflicts() == []


def test_an_older_bundle_after_a_newer_one_asks_nothing_more(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    a.edit(uuid, description="here")
    told = []
    for text in ("there", "there again"):
        b.edit(uuid, description=text)
        told.append(b.tell())
    for one in reversed(told):
        a.hear(one)
    assert [one.remote.value for one in a.conflicts()] == ["there again"]
    assert a.connection.execute("select count(*) from exchange_held").fetchone() == (1,)


@pytest.mark.parametrize(
    ("changes", "theirs", "expected"),
    [
        pytest.param([(5, True, "x")], {"B": 1}, (True, "x"), id="by hand"),
        pytest.param(
            [(2, True, "w"), (5, True, "x")], {"A": 2, "B": 1}, (True, "x"), id="since"
        ),
        pytest.param([(5, False, "x")], {"B": 1}, (False, None), id="a merge"),
        pytest.param([], {"B": 1}, (False, None), id="not known"),
        pytest.param([(5, True, "x")], {"B~": 1}, (False, None), id="a merge there"),
        pytest.param([(5, True, "x")], {"B": 1, "C": 1}, (False, None), id="two"),
    ],
)
def test_what_two_values_came_from_is_known_to_who_made_one_by_hand(
    changes: list[tuple[int, bool, Any]], theirs: dict[str, int], expected: Any
) -> None:
    one, other = Version("y", stamp({"A": 5})), Version("z", stamp(theirs))
    assert common("A", changes, one, other) == expected


def test_a_comment_nobody_read_keeps_a_photo_from_the_bin(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    a.recycle(uuid)
    b.comment(uuid, "look at the crack")
    meet(a, b)
    assert b.value(uuid, "recycled_at") is None
    assert len(b.conflicts()) == 1


def test_10_a_join_does_not_pass_for_what_the_remote_took() -> None:
    taken = stamp({"A": 7}, None)
    assert join(taken, stamp({"B": 1})).flushed is None


def test_13_what_a_merge_makes_has_a_number_of_its_own() -> None:
    spec = FIELDS["photo"]["trades"]
    one = Version(frozenset({"x"}), stamp({"A": 1}))
    other = Version(frozenset({"y"}), stamp({"B": 1}))
    here = decide("trades", spec, one, other, Near("A~", 5))
    there = decide("trades", spec, other, one, Near("B~", 9))
    assert here
    assert there
    assert here.value == there.value == {"x", "y"}
    assert here.stamp != there.stamp
    assert here.stamp != join(one.stamp, other.stamp)


def test_a_conflict_has_one_name_on_both_and_ends_on_both(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    a.edit(uuid, description="here")
    b.edit(uuid, description="there")
    meet(a, b)
    (mine,), (theirs,) = a.conflicts(), b.conflicts()
    assert mine.key == theirs.key
    assert (mine.local.value, mine.remote.value) == ("here", "there")
    assert mine.local.who == theirs.remote.who == a.sam.name
    a.decide("other", "both")
    meet(a, b)
    assert [one.value(uuid, "description") for one in (a, b)] == ["both", "both"]
    assert [a.conflicts(), b.conflicts()] == [[], []]
    assert "decided: other" in {one.reason for one in list_batches(a.connection)}


def test_texts_that_grew_apart_are_put_together(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    a.edit(uuid, description="North: as it was")
    b.edit(uuid, description="as it was, dry")
    meet(a, b)
    assert {one.value(uuid, "description") for one in (a, b)} == {
        "North: as it was, dry"
    }


def test_what_a_copy_came_from_is_what_it_was_when_it_was_copied(
    new: New, tmp_path: Path
) -> None:
    a = new()
    steel, glass = (a.add(Kind.TRADE, name=name) for name in ("Steel", "Glass"))
    uuid = a.add(PHOTO)
    a.edit(uuid, trades={steel})
    b = a.copied(tmp_path)
    a.edit(uuid, trades={steel, glass})
    b.edit(uuid, trades=())
    b.hear(a.tell())
    rows = b.connection.execute(
        "select t.uuid from photo_trades p join trades t on t.id = p.trade_id"
    )
    assert rows.fetchall() == [(glass,)]


def test_what_was_made_twice_under_one_name_is_one(new: New) -> None:
    a, b = new(), new()
    for one in (a, b):
        album = one.add(Kind.ALBUM, name="Façade")
        place = one.add(Kind.LOCATION, name="Level 3")
        one.add(Kind.LOCATION, name="Room 1", parent=place)
        trade = one.add(Kind.TRADE, name="Steel")
        one.add(PHOTO, description=one.site, album=album, trades={trade})
    meet(a, b)
    for one in (a, b):
        counts = [
            one.connection.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("albums", "locations", "trades", "photos", "photo_trades")
        ]
        assert counts == [2, 2, 1, 2, 2]
    a.edit(
        a.connection.execute("select uuid from albums where id > 1").fetchone()[0],
        name="East",
    )
    meet(a, b)
    assert (
        b.connection.execute("select name from albums where id > 1").fetchone()[0]
        == "East"
    )


def test_what_comes_into_a_private_album_is_private(new: New) -> None:
    a = new()
    album = a.add(Kind.ALBUM, name="Claims")
    b = a.copied(a.archive.folder)
    uuid = b.add(PHOTO, description="new", album=album)
    a.edit(album, private=True)
    a.hear(b.tell())
    assert a.value(uuid, "private") == 1
    meet(a, b)
    assert [one.value(uuid, "private") for one in (a, b)] == [1, 1]
    assert [a.conflicts(), b.conflicts()] == [[], []]


def test_what_follows_from_what_was_told_has_a_number_of_its_own(new: New) -> None:
    a = new()
    album = a.add(Kind.ALBUM, name="Claims")
    b = a.copied(a.archive.folder)
    uuid = b.add(PHOTO, description="new", album=album)
    b.tell()
    a.edit(album, private=True)
    b.hear(a.tell())
    (told,) = [one for one in b.tell()[2] if one["u"] == uuid]
    assert told["f"]["private"]["v"] is True
    assert f"{b.site}~" in told["f"]["private"]["s"]["v"]


def test_an_album_that_was_deleted_is_deleted_elsewhere_when_it_is_empty(
    new: New,
) -> None:
    a = new()
    album, other = (a.add(Kind.ALBUM, name=name) for name in ("Empty", "Used"))
    b = a.copied(a.archive.folder)
    for one in (album, other):
        a.delete(one)
    uuid = b.add(PHOTO, description="new", album=other)
    meet(a, b)
    assert b.value(album, "name", "albums") is None
    assert b.value(uuid, "album_id") == b.number("albums", other)
    assert [one.why for one in b.conflicts()] == ["edited here, deleted there"]


def test_what_an_import_did_is_taken_back_in_the_name_of_who_does(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, b, uuid = two
    b.edit(uuid, description="there")
    a.hear(b.tell())
    newest = list_batches(a.connection)[0]
    assert newest.origin == "exchange"
    undo(a.connection, a.sam, [newest])
    assert a.value(uuid, "description") == "as it was"
    meet(a, b)
    assert b.value(uuid, "description") == "as it was"


def test_a_database_that_was_put_back_is_another_site(
    two: tuple[Laptop, Laptop, str], tmp_path: Path
) -> None:
    a, b, uuid = two
    a.tell()
    before = a.copied(tmp_path)
    before.connection.execute(
        "delete from exchange_sites where site = ?", (before.site,)
    )
    for text in ("told", "and told again"):
        a.edit(uuid, description=text)
        b.hear(a.tell())
    assert sites_of(before.connection).own == a.site
    before.hear(b.tell())
    assert before.value(uuid, "description") == "and told again"
    before.site = sites_of(before.connection).own
    assert before.site != a.site
    before.edit(uuid, description="found again")
    b.hear(before.tell())
    assert b.value(uuid, "description") == "found again"


# What nobody of ours writes


def line(**more: Any) -> dict[str, Any]:
    """A photo as it is told."""
    told = {
        "e": "photo",
        "u": "01900000-0000-7000-8000-000000000001",
        "d": {"v": {"aaaa": 1}},
        "f": {"filename": {"v": "a.jpg"}},
        "life": {"v": "active"},
        "born": {
            "uploaded_at": "2026-03-09T08:00:00.000Z",
            "assumed_at": "2026-03-09T08:00:00",
        },
    }
    fields = {"trades": [], "private": False, "starred": False, "rotation": 0}
    fields |= {"description": "", "projection": "regular"}
    told["f"] |= {name: {"v": value} for name, value in fields.items()}  # type: ignore[operator]
    told["f"] |= {n: {"v": v} for n, v in more.pop("f", {}).items()}  # type: ignore[operator]
    return told | more


HOSTILE = {
    "no uuid": line(u="../../etc/passwd"),
    "no kind": line(e="setting"),
    "a life that is none": line(life={"v": "hidden"}),
    "a text that is none": line(f={"description": 5}),
    "a text that is far too long": line(f={"description": "x" * 100_001}),
    "half a character": line(f={"description": "\ud800"}),
    "a mark that is none": line(f={"private": 1}),
    "a turn that is none": line(f={"rotation": 45}),
    "a place that is none": line(f={"place": [91, 0, None, None]}),
    "half a place": line(f={"place": [1, None, None, None]}),
    "a day that never was": line(f={"log_date": "2026-02-30"}),
    "a stamp that is none": line(d={"v": {"aaaa": -1}}),
    "a stamp of letters": line(d={"v": {"aaaa": "1"}}),
    "a site that is a path": line(d={"v": {"../x": 1}}),
    "a taking that nobody saw": line(d={"v": {"aaaa": 1}, "f": 100}),
    "a file that is a path": line(blob=["../../x", 5, "jpg"]),
    "a file's ending that is a path": line(blob=["a" * 64, 5, "../sh"]),
    "a file of no bytes": line(blob=["a" * 64, 0, "jpg"]),
    "no time": line(
        born={"uploaded_at": "yesterday", "assumed_at": "2026-01-01T00:00:00"}
    ),
    "fields that are a list": line() | {"f": []},
    "very many uuids": line(also=["01900000-0000-7000-8000-000000000001"] * 2_000),
}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("vsrfwaxd"), inner, max_size=3)
    ),
    max_leaves=5,
)


def altered(form: Any, where: list[int], by: Any) -> Any:
    """A line in which one part is something else."""
    if not where or not isinstance(form, dict | list) or not form:
        return by
    if isinstance(form, list):
        at = where[0] % len(form)
        return [altered(v, where[1:], by) if n == at else v for n, v in enumerate(form)]
    key = sorted(form)[where[0] % len(form)]
    return form | {key: altered(form[key], where[1:], by)}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), JSON)
def test_whatever_a_line_says_it_is_read_or_refused(where: list[int], by: Any) -> None:
    comment = {"e": "comment", "f": {"body": {"v": "so"}}}
    born = {"photo": line()["u"], "created_at": "2026-03-09T08:00:00.000Z"}
    whole = line(
        f={"place": [1, 2, "person", 3], "taken": ["2026-03-09T08:00:00", None, "x"]},
        blob=["a" * 64, 5, "jpg"],
        also=["01900000-0000-7000-8000-000000000001"],
        base={"description": "then"},
        site="aaaa",
    )
    for told in (whole, line() | comment | {"born": born}):
        with suppress(InvalidInput):
            told_from(altered(told, where, by))


def test_what_comes_back_changes_nothing(two: tuple[Laptop, Laptop, str]) -> None:
    a, b, uuid = two
    a.edit(uuid, description="here")
    b.hear(a.tell())
    before = len(list_batches(a.connection))
    taken = a.hear(b.tell())
    assert taken.changed == 0
    assert len(list_batches(a.connection)) == before


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_a_line_that_cannot_be_is_refused_and_the_others_are_taken(
    new: New, told: dict[str, Any]
) -> None:
    one = new()
    good = line(u="01900000-0000-7000-8000-000000000002")
    taken = one.hear(("aaaa", 1, [told, good]))
    assert len(taken.refused) == 1
    rows = one.connection.execute("select uuid from photos").fetchall()
    assert rows == [("01900000-0000-7000-8000-000000000002",)]


def test_conflicts_of_comments_and_dates_can_be_read_and_decided(
    two: tuple[Laptop, Laptop, str],
) -> None:
    a, _, uuid = two
    a.comment(uuid, "a crack")
    b = a.copied(a.archive.folder)
    for one, body, day in ((a, "a wide crack", "01"), (b, "two cracks", "02")):
        with batch(one.connection, one.sam):
            one.connection.execute("update comments set body = ?", (body,))
            one.connection.execute(
                "update photos set taken_at = ?, taken_source = 'person'",
                (f"2026-03-{day}T10:00:00",),
            )
    meet(a, b)
    found = {one.field: one for one in a.conflicts()}
    assert found["body"].name == "a wide crack"
    assert found["taken"].remote.shown == "2026-03-02T10:00:00, person"
