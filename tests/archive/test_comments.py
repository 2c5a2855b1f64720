"""Comments: who writes, changes and removes them, and whom they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.batches import Batch, batch
from archive.checking import check_history
from archive.comments import (
    Comment,
    add_comment,
    delete_comment,
    edit_comment,
    list_comments,
    list_readers,
    named_in,
    split_at_names,
)
from archive.editing import recycle_photos
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.history import find_batches
from archive.people import Person, add_person, edit_person, owner
from archive.undo import may_undo, undo
from tests.archive.in_memory import dump, everyone, insert_photo, new_database


class Talk:
    """A photo that everybody sees and one of Kim's own, and short ways to talk."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.sam = owner(self.connection)
        self.kim = self.person("Kim Lee", level="standard")
        self.rae = self.person("Rae", level="read_only")
        self.photo, self.private = (
            self.do(self.sam, lambda b, v=values: insert_photo(self.connection, b, **v))
            for values in ({}, {"private": 1, "uploader_id": self.kim.id})
        )

    def do(self, who: Person, work: Callable[[Batch], Any]) -> Any:
        with batch(self.connection, who) as opened:
            return work(opened)

    def person(self, name: str, **values: Any) -> Person:
        made: Person = self.do(
            self.sam, lambda b: add_person(self.connection, self.sam, b, name, **values)
        )
        return made

    def say(self, who: Person, body: str, photo: int = 0, **options: Any) -> int:
        number: int = self.do(
            who,
            lambda b: add_comment(
                self.connection, who, b, photo or self.photo, body, **options
            ),
        )
        return number

    def change(self, who: Person, number: int, body: str) -> None:
        self.do(who, lambda b: edit_comment(self.connection, who, b, number, body))

    def remove(self, who: Person, number: int) -> None:
        self.do(who, lambda _: delete_comment(self.connection, who, number))

    def said(self) -> list[Comment]:
        return list_comments(self.connection, self.photo)

    def named(self) -> list[list[str]]:
        return [[name for _, name in comment.mentions] for comment in self.said()]

    def last(self) -> int:
        row = self.connection.execute("select max(id) from batches").fetchone()
        return int(row[0])


@pytest.fixture
def talk() -> Iterator[Talk]:
    made = Talk()
    yield made
    made.connection.close()


def test_comments_are_newest_last_with_their_author(talk: Talk) -> None:
    talk.say(talk.kim, "cracks?")
    talk.say(talk.sam, "only paint")
    assert [(c.author, c.body) for c in talk.said()] == [
        ("Kim Lee", "cracks?"),
        ("Sam Reyes", "only paint"),
    ]


@pytest.mark.parametrize("level", ["none", "read_only", "standard", "admin"])
def test_who_may_comment_change_and_remove(talk: Talk, level: str) -> None:
    person = talk.people[level]
    kims = talk.say(talk.kim, "cracks?")
    if level in ("standard", "admin"):
        mine = talk.say(person, "no")
        talk.change(person, mine, "yes")
        assert talk.said()[-1].body == "yes"
    else:
        with pytest.raises(NotAllowed, match="comment on photos"):
            talk.say(person, "no")
    with pytest.raises(NotAllowed):
        talk.change(person, kims, "no cracks")
    if level == "admin":
        talk.remove(person, kims)
        assert [c.body for c in talk.said()] == ["yes"]
    else:
        with pytest.raises(NotAllowed, match="remove comments"):
            talk.remove(person, kims)


def test_a_changed_comment_says_so_and_the_history_keeps_its_words(talk: Talk) -> None:
    number = talk.say(talk.kim, "cracks?")
    before = talk.said()[0]
    assert before.edited_at is None
    talk.change(talk.kim, number, " cracks\r\nin B4 ")
    after = talk.said()[0]
    assert after.body == "cracks\nin B4"
    assert after.edited_at is not None
    undo(talk.connection, talk.kim, find_batches(talk.connection, str(talk.last())))
    assert talk.said() == [before]


def test_the_same_words_again_change_nothing(talk: Talk) -> None:
    number, batches = talk.say(talk.kim, "cracks?"), talk.last()
    talk.change(talk.kim, number, "cracks?\n")
    assert talk.said()[0].edited_at is None
    assert talk.last() == batches


def test_a_comment_of_a_photo_that_one_may_not_see_is_not_there(talk: Talk) -> None:
    standard = talk.people["standard"]
    with pytest.raises(NotFound, match=f"there is no photo {talk.private}"):
        talk.say(standard, "?", talk.private)
    number = talk.say(standard, "mine")
    talk.do(talk.sam, lambda _: _make_private(talk))
    with pytest.raises(NotFound, match=f"there is no comment {number}"):
        talk.change(standard, number, "still mine")


def _make_private(talk: Talk) -> None:
    talk.connection.execute("update photos set private = 1 where id = ?", (talk.photo,))


def test_in_the_recycle_bin_nobody_talks(talk: Talk) -> None:
    number = talk.say(talk.sam, "mine")
    talk.do(
        talk.sam, lambda b: recycle_photos(talk.connection, talk.sam, b, [talk.photo])
    )
    with pytest.raises(NotFound, match="recycle bin"):
        talk.say(talk.sam, "more")
    with pytest.raises(NotFound, match="no comment"):
        talk.change(talk.sam, number, "more")


@pytest.mark.parametrize("body", ["", " \n ", "x" * 100_001], ids=["", "blank", "long"])
def test_an_empty_comment_and_an_endless_one_are_refused(talk: Talk, body: str) -> None:
    number = talk.say(talk.kim, "cracks?")
    with pytest.raises(InvalidInput, match="the comment is"):
        talk.say(talk.kim, body)
    with pytest.raises(InvalidInput, match="the comment is"):
        talk.change(talk.kim, number, body)


# Whom a comment names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("@Kim Lee look", {1}),
        ("look, @kim LEE!", {1}),
        ("@Kim look", {2}),
        ("@Kim Leeds", {2}),
        ("@Kimberly", set()),
        ("mail kim@Kim.example", set()),
        ("(@Kim Lee) and @Rae", {1, 3}),
        ("@Söhnke Groß", {4}),
        ("@ Kim Lee", set()),
        ("Kim Lee", set()),
        ("@a.b (c)", {5}),
    ],
)
def test_an_at_and_a_name_name_somebody(body: str, names: set[int]) -> None:
    people = [
        (1, "Kim Lee"),
        (2, "Kim"),
        (3, "Rae"),
        (4, "Söhnke Groß"),
        (5, "a.b (c)"),
    ]
    assert named_in(body, people) == names


def test_of_two_with_one_name_the_writer_says_who(talk: Talk) -> None:
    other = talk.person("kim lee", level="read_only")
    talk.say(talk.sam, "@Kim Lee?")
    talk.say(talk.sam, "@Kim Lee!", chosen=[other.id, talk.rae.id])
    assert talk.named() == [[], ["kim lee"]]


def test_who_has_no_access_is_not_named(talk: Talk) -> None:
    talk.do(
        talk.sam,
        lambda _: edit_person(talk.connection, talk.sam, talk.rae, active=False),
    )
    talk.say(talk.sam, "@Rae @none look")
    assert talk.named() == [[]]


def test_changed_words_name_others(talk: Talk) -> None:
    number = talk.say(talk.sam, "@Kim Lee and @Rae")
    assert talk.named() == [["Kim Lee", "Rae"]]
    talk.change(talk.sam, number, "@Rae and @Sam Reyes")
    assert talk.named() == [["Rae", "Sam Reyes"]]


def test_a_removed_comment_comes_back_with_whom_it_named(talk: Talk) -> None:
    number = talk.say(talk.kim, "@Rae look")
    before = dump(talk.connection)
    talk.remove(talk.sam, number)
    assert talk.connection.execute("select * from mentions").fetchall() == []
    last = find_batches(talk.connection, str(talk.last()))
    assert undo(talk.connection, talk.sam, last).kept == []
    assert dump(talk.connection) == before
    assert list(check_history(talk.connection)) == []


def test_a_mention_put_in_by_hand_is_found(talk: Talk) -> None:
    talk.say(talk.kim, "@Rae look")
    for trigger in ("history_mentions_new", "history_mentions_end"):
        talk.connection.execute(f"drop trigger {trigger}")
    talk.connection.execute("insert into mentions values (1, 1)")
    (fault,) = check_history(talk.connection)
    assert fault.text == "comment 1: mention 1 was put on by hand"


def test_who_may_be_named_and_who_of_them_sees_the_photo(talk: Talk) -> None:
    for photo, sees in ((talk.photo, {"Rae", "Kim Lee"}), (talk.private, {"Kim Lee"})):
        readers = list_readers(talk.connection, talk.kim, photo)
        assert {"none"} & {reader.name for reader in readers} == set()
        few = {r.name for r in readers if r.sees} & {"Rae", "Kim Lee"}
        assert few == sees
    with pytest.raises(NotAllowed):
        list_readers(talk.connection, talk.rae, talk.photo)
    with pytest.raises(NotFound):
        list_readers(talk.connection, talk.people["standard"], talk.private)


def test_who_may_take_a_comment_back(talk: Talk) -> None:
    talk.say(talk.kim, "cracks?")
    assert may_undo(talk.connection, talk.kim, talk.last())  # one's own, for a day
    assert may_undo(talk.connection, talk.sam, talk.last())
    talk.change(talk.kim, 1, "cracks!")
    assert may_undo(talk.connection, talk.kim, talk.last())
    assert not may_undo(talk.connection, talk.people["standard"], talk.last())
    assert not may_undo(talk.connection, talk.rae, talk.last())


@given(st.text("@Kim Lea \n", max_size=40))
def test_a_text_cut_at_its_names_is_still_the_text(body: str) -> None:
    people = [(1, "Kim Lee"), (2, "Kim"), (3, "a")]
    parts = split_at_names(body, people)
    assert "".join(part for part, _ in parts) == body
    found = {part[1:].casefold() for part, named in parts if named}
    assert found == {
        name.casefold() for n, name in people if n in named_in(body, people)
    }
