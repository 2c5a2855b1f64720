"""Who may do what, and who may see which photo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.batches import batch, permit
from archive.errors import Conflict, NotAllowed
from archive.people import GRANULAR, Person, owner
from archive.rights import LEVELS, MATRIX, allowed, require, scope_condition, viewer
from tests.archive.in_memory import everyone, insert_photo, new_database

# The permission matrix of the tool we equal, row by row: none, read only, standard,
# admin. "+" needs the granular right that stands beside it.
TOOL = {
    "view": "-rsa",
    "download": "-rsa",
    "view_private": "-++a can_view_private",
    "upload": "--sa",
    "comment": "--sa",
    "describe": "--sa",
    "set_location": "--sa",
    "set_trades": "--sa",
    "pin": "--sa",
    "create_album": "-+sa can_create_albums",
    "delete_album": "-++a can_delete_albums",
    "reorder_albums": "-++a can_reorder_albums",
    "bulk_describe": "--sa",
    "bulk_edit": "---a",
    "rename_album": "---a",
    "set_private": "---a",
    "star": "---a",
    "move": "---a",
    "rotate": "---a",
    "recycle": "---a",
    "retrieve": "---a",
    "purge": "---a",
    "delete_comment": "---a",
    "settings": "---a",
    # not in the tool, or not said
    "mark": "--sa",
    "mark_others": "---a",
    "correct": "---a",
    "create_location": "--sa",
    "edit_locations": "---a",
    "edit_trades": "---a",
    "edit_plans": "---a",
    "edit_people": "---a",
    "share": "--sa",
    "history": "---a",
    "undo": "--sa",
    "evidence": "---a",
    "query_sql": "---a",
}


def person(level: str, *rights: str, number: int = 7) -> Person:
    return Person(
        number,
        "u",
        "Ida",
        None,
        level,
        **{right: right in rights for right in GRANULAR},
    )


def test_every_action_is_in_the_table() -> None:
    assert set(TOOL) == set(MATRIX)


@pytest.mark.parametrize("action", TOOL)
@pytest.mark.parametrize("level", LEVELS)
def test_the_matrix(action: str, level: str) -> None:
    marks, _, needed = TOOL[action].partition(" ")
    mark = marks[LEVELS.index(level)]
    for right in ("", *GRANULAR):
        may = mark not in "-+" or (mark == "+" and right == needed)
        assert allowed(person(level, right), action) == may, right
    assert not allowed(replace(person(level, *GRANULAR), active=False), action)


def test_a_refusal_names_person_and_action() -> None:
    with pytest.raises(NotAllowed, match="Ida may not star photos or find starred"):
        require(person("standard"), "star")


def test_a_write_needs_a_batch_of_the_same_person() -> None:
    connection = new_database()
    sam = owner(connection)
    with pytest.raises(Conflict, match="no batch open"):
        permit(connection, sam, "describe")
    with batch(connection, sam):
        permit(connection, sam, "describe")
        with pytest.raises(Conflict, match="no batch open"):
            permit(connection, replace(sam, id=99), "describe")
        with pytest.raises(NotAllowed):
            permit(connection, replace(sam, level="none"), "describe")


# uploader (None: unknown), private, recycled
PHOTO = st.tuples(
    st.one_of(st.none(), st.integers(1, 21)), st.booleans(), st.booleans()
)


def sees(who: Person, photo: tuple[int | None, bool, bool], *, recycled: bool) -> bool:
    """Say the rule in plain Python (edge rule 6; the bin is for admins)."""
    uploader, private, in_bin = photo
    if who.level == "none" or not who.active or in_bin != recycled:
        return False
    if in_bin:
        return who.level == "admin"
    if not private:
        return True
    return who.level == "admin" or who.can_view_private or uploader == who.id


@given(st.lists(PHOTO, max_size=12))
def test_what_sql_shows_is_what_the_rule_says(
    photos: list[tuple[int | None, bool, bool]],
) -> None:
    connection = new_database()
    people = everyone(connection)
    with batch(connection, owner(connection), origin="import") as opened:
        ids = [
            insert_photo(
                connection,
                opened,
                uploader_id=uploader,
                private=int(private),
                recycled_at=opened.at if in_bin else None,
            )
            for uploader, private, in_bin in photos
        ]
    for who in people.values():
        for recycled in (False, True):
            shown = visible(connection, who, recycled=recycled)
            assert shown == {
                number
                for number, photo in zip(ids, photos, strict=True)
                if sees(who, photo, recycled=recycled)
            }, (who.name, recycled)


def visible(connection: Any, who: Person, *, recycled: bool) -> set[int]:
    condition = scope_condition(viewer(who), recycled=recycled)
    return {
        r[0] for r in connection.execute(f"select id from photos where {condition}")
    }


def test_somebody_inactive_sees_nothing() -> None:
    assert viewer(replace(person("admin"), active=False)) is None
    assert scope_condition(None) == scope_condition(None, recycled=True) == "0"
