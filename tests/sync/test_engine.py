"""What a run asks for, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.identity import new_uuid
from sync.answers import Sent
from sync.effects import Answer, Ask, Commit
from sync.engine.answered import keep_done
from sync.engine.creating import keep_made
from sync.engine.meeting import without_unclassified
from sync.engine.pulling import pull
from sync.engine.talk import Listing, Talk, get, whole
from sync.errors import Refused
from sync.identity import upload_name
from sync.operations import Act
from sync.records import Kind
from sync.store import Intent, Seen, Store
from sync.translating import album
from tests.sync.both_stores import InMemory
from tests.sync.simulator.archive import PROJECT
from tests.sync.simulator.faults import Fault
from tests.sync.simulator.scripted import script

CREATE = r"POST .*/images\b(?!/)"


def test_a_trade_and_an_album_that_nobody_has_met_are_read_at_once() -> None:
    told = script()
    told.sync(told.laptop)
    remote = told.world.remote
    fields = {
        "description": "w-new",
        "trades": frozenset({remote.add_trade("Steel").id}),
        "album": remote.add_album("Roof").id,
    }
    remote.add_image("new.jpg", ("0" * 64, 9), fields)
    told.sync(told.laptop)
    rows = told.laptop.archive.rows.items()
    (photo,) = [row for _, row in rows if row.fields.get("description") == "w-new"]
    names = {
        told.laptop.archive.rows[uuid].fields["name"]
        for uuid in (*photo.fields["trades"], photo.fields["album"])  # type: ignore[misc]
    }
    assert names == {"Steel", "Roof"}
    assert sum(kind is Kind.TRADE for kind in told.laptop.archive.kinds.values()) == 1


@pytest.mark.parametrize(
    ("names", "kept", "number"),
    [
        (["Roof", "Unclassified"], None, 2),
        (["Nicht klassifiziert", "Roof"], None, 1),
        (["Nicht klassifiziert", "Unclassified"], None, 2),  # the first one is ours
        (["Nicht klassifiziert"], 9, 9),  # a page of the list; it was known before
        (["Roof"], None, None),
    ],
)
def test_the_album_that_is_none_is_known_in_the_remotes_language(
    names: list[str], kept: int | None, number: int | None
) -> None:
    listed = [album({"id": n, "name": name}) for n, name in enumerate(names, 1)]

    def work(store: Store) -> tuple[object, list[int]]:
        store.remember("unclassified", kept)
        left = without_unclassified(store, listed)
        return store.recall("unclassified"), [one.remote_id for one in left]

    others = [n for n in range(1, len(names) + 1) if n != number]
    assert InMemory().commit(work) == (number, others)


@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.ALBUM])
def test_an_image_whose_name_claims_another_records_uuid_takes_no_ones_place(
    kind: Kind,
) -> None:
    told = script()
    told.sync(told.laptop)
    remote, archive = told.world.remote, told.laptop.archive
    other = remote.add_album("Roof").id if kind is Kind.ALBUM else remote.last_id + 2
    claimed = PROJECT.uuid_of(kind, other)
    remote.add_image(upload_name("x.jpg", claimed), ("1" * 64, 9), {})
    told.sync(told.laptop)
    if kind is Kind.PHOTO:
        assert remote.add_image("true.jpg", ("2" * 64, 9), {}).id == other
        told.sync(told.laptop)
        assert archive.rows[claimed].fields["filename"] == "true.jpg"
    assert archive.kinds[claimed] is kind
    assert "x.jpg" in [row.fields.get("filename") for row in archive.rows.values()]


def test_an_answer_that_shows_another_record_moves_no_link() -> None:
    both = InMemory()
    uuid = both.add(Kind.ALBUM, name="Roof")

    def work(store: Store) -> tuple[int | None, str | None]:
        store.see(uuid, album({"id": 5, "name": "Roof"}))
        sent = Sent({"name": "Roof 2"}, {"name": "Roof 2"})
        intent = Intent(Kind.ALBUM, uuid, Act.CHANGE_THERE, sent=sent)
        keep_done(store, intent, {"id": 6, "name": "Cellar"})
        return store.remote_id_of(Kind.ALBUM, uuid), store.uuid_of(Kind.ALBUM, 6)

    assert both.commit(work) == (5, None)


def test_an_image_of_another_name_is_not_the_one_that_was_made() -> None:
    both = InMemory()
    uuid, other = both.add(Kind.PHOTO), new_uuid()
    intent = Intent(Kind.PHOTO, uuid, Act.CREATE_THERE, sent=Sent({}, {}))

    def made(name: str) -> bool | None:
        body = {"id": 7, "filename": name}
        return both.commit(lambda store: keep_made(store, intent, body, 0))

    assert made(upload_name("x.jpg", other)) is None
    assert made(upload_name("x.jpg", uuid)) is True


@pytest.mark.parametrize("says_when", [True, False])
def test_what_was_made_is_ours_however_late_its_number_was_anothers(
    says_when: bool,
) -> None:
    """As where the clock there was put back, and a backup restored."""
    both = InMemory()
    uuid, other = both.add(Kind.PHOTO), both.add(Kind.PHOTO)
    intent = Intent(Kind.PHOTO, uuid, Act.CREATE_THERE, sent=Sent({}, {}))
    name, when = upload_name("x.jpg", uuid), "2026-03-09T08:00:00Z"
    body = {"id": 7, "filename": name, "updated_at": when}
    body |= {"created_at": when} if says_when else {}

    def work(store: Store) -> bool | None:
        late = Seen(Kind.PHOTO, 7, name="x.jpg", created=4 * 10**9, updated=4 * 10**9)
        store.see(other, late)
        return keep_made(store, intent, body, 0)

    assert both.commit(work) is True
    assert both.commit(lambda store: store.uuid_of(Kind.PHOTO, 7)) == uuid


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNANSWERED], ids=str)
def test_a_photo_whose_upload_is_unknown_is_not_taken_for_one_of_the_same_bytes(
    fault: Fault,
) -> None:
    told = script()
    told.sync(told.laptop)
    uuid = told.add_photo(told.laptop, description="w-here")
    told.sync(told.laptop, (CREATE, fault))
    original = told.laptop.archive.originals[uuid]
    told.world.remote.add_image("DSC_1.jpg", original, {"description": "w-there"})
    told.sync(told.laptop)  # nobody knows yet
    told.world.pass_time(1000)
    told.sync(told.laptop)
    archive = told.laptop.archive
    assert archive.rows[uuid].fields["description"] == "w-here"
    # Both bear words: as two photos, or as one on which somebody has to decide
    decided_by_nobody = [one.field for one in archive.conflicts.get(uuid, ())]
    assert decided_by_nobody == ["description"] or len(told.images("w-")) == 2
    told.end_well()
    assert told.lost() == []


def test_a_record_without_a_number_stops_nothing_else() -> None:
    told = script()
    remote = told.world.remote
    good = remote.add_image("good.jpg", ("3" * 64, 9), {"description": "w-good"})
    bad = remote.add_image("bad.jpg", ("4" * 64, 9), {"description": "w-bad"})
    remote.rows.images[0] = replace(remote.rows.images.pop(bad.id), id=0)
    told.sync(told.laptop)
    words = [row.fields.get("description") for row in told.laptop.archive.rows.values()]
    assert "w-good" in words
    assert "w-bad" not in words
    assert good.is_live


def test_a_list_with_a_record_without_a_number_is_not_whole() -> None:
    def asked(rows: list[object]) -> Listing:
        steps = whole(Talk(), get("/list"))
        next(steps)
        with pytest.raises(StopIteration) as stop:
            steps.send(Answer(200, rows))
        listing: Listing = stop.value.value
        return listing

    assert asked([{"id": 1}]).is_whole
    listing = asked([{"id": 1}, {"id": None}])
    assert (listing.rows, listing.is_whole) == ([{"id": 1}], False)


def test_what_came_of_a_sweep_before_it_was_refused_is_kept() -> None:
    both = InMemory()
    more = {"link": '<x>; rel="next"'}
    answers = [
        Answer(200, [{"id": n, "created_at": f"2026-03-0{n}T08:00:00Z"}], headers=more)
        for n in (1, 2)
    ]
    answers.append(Answer(403))
    steps = pull(Talk(), PROJECT, full=True)
    result = None
    with pytest.raises(Refused):
        while True:
            effect = steps.send(result)
            if isinstance(effect, Commit):
                result = both.commit(effect.work)
            else:
                result = answers.pop(0) if isinstance(effect, Ask) else None
    known = both.commit(lambda store: store.uuids_of(Kind.PHOTO, [1, 2]))
    assert set(known) == {1, 2}
    assert both.commit(lambda store: store.recall("images.sweep"))["at"] > 0
