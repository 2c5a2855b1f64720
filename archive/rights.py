"""Who may do what: the one permission matrix, for pages, API and command line alike.

The rows are those of the tool we equal (its permission matrix and edge rules 9 and 10);
where a rule of theirs is a loophole, the note says what we do instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.errors import NotAllowed

if TYPE_CHECKING:
    from archive.people import Person

LEVELS = ("none", "read_only", "standard", "admin")

# action: (lowest level that may, granular right that also may or None, words for it)
MATRIX: dict[str, tuple[str, str | None, str]] = {
    "view": ("read_only", None, "see photos"),
    "download": ("read_only", None, "download photos"),
    "view_private": ("admin", "can_view_private", "see private photos"),
    "upload": ("standard", None, "add photos"),
    "comment": ("standard", None, "comment on photos"),
    "mark": ("standard", None, "draw on photos"),
    "mark_others": ("admin", None, "change what others drew on photos"),
    "describe": ("standard", None, "describe photos"),
    "set_location": ("standard", None, "set the location of a photo"),
    "set_trades": ("standard", None, "set the trades of a photo"),
    "bulk_describe": ("standard", None, "describe several photos at once"),
    "bulk_edit": ("admin", None, "edit several photos at once"),
    "move": ("admin", None, "move photos to another album"),
    "star": ("admin", None, "star photos or find starred ones"),
    "rotate": ("admin", None, "rotate photos"),
    "set_private": ("admin", None, "make photos private or public"),
    "correct": ("admin", None, "correct the date of a photo"),
    "pin": ("standard", None, "put photos on the map or take them off"),
    "recycle": ("admin", None, "put photos in the recycle bin"),
    "retrieve": ("admin", None, "see or take photos out of the recycle bin"),
    "purge": ("admin", None, "delete photos for good"),
    "delete_comment": ("admin", None, "remove comments"),
    "create_album": ("standard", "can_create_albums", "create albums"),
    "rename_album": ("admin", None, "rename albums or set their cover"),
    # Theirs lets a reader with this right recycle every photo of any album (edge rule
    # 10); here an album that holds photos also needs "recycle".
    "delete_album": ("admin", "can_delete_albums", "delete albums"),
    "reorder_albums": ("admin", "can_reorder_albums", "reorder albums"),
    "create_location": ("standard", None, "add locations"),
    "edit_locations": ("admin", None, "rename, move or delete locations"),
    "edit_trades": ("admin", None, "add, rename or delete trades"),
    "edit_plans": ("admin", None, "lay plans and maps of their own on the map"),
    "edit_people": ("admin", None, "add people or change their rights"),
    "settings": ("admin", None, "change the settings"),
    # To people whom nobody knows; in theirs it goes with the right to e-mail photos
    "share": ("standard", None, "share photos by links"),
    "history": ("admin", None, "read the archive's history"),
    "evidence": ("admin", None, "sign evidence of photos"),
    "undo": ("standard", None, "undo changes"),
    "query_sql": ("admin", None, "query the database with SQL"),
}


def allowed(person: Person, action: str) -> bool:
    """Whether this person may do that. Unknown actions are a programming error."""
    level, granular, _ = MATRIX[action]
    if not person.active or person.level == "none":
        return False
    if LEVELS.index(person.level) >= LEVELS.index(level):
        return True
    return granular is not None and bool(getattr(person, granular))


def require(person: Person, action: str) -> None:
    """Refuse when this person may not do that.

    :raises NotAllowed: says who may not do what
    """
    if not allowed(person, action):
        raise NotAllowed(
            f"{person.name} may not {MATRIX[action][2]}",
            key=f"may_not.{action}",
            person=person.name,
        )


@dataclass(frozen=True, slots=True)
class Viewer:
    """Which photos somebody may see, as values of the column ``scope``.

    :param own: the person's id: their own private photos have it as scope
    :param everything: private ones of others too
    :param bin: the recycle bin too
    :param stars: may see and search stars
    """

    own: int
    everything: bool
    bin: bool
    stars: bool


def viewer(person: Person) -> Viewer | None:
    """Return what this person may see, or None when that is nothing."""
    if not allowed(person, "view"):
        return None
    return Viewer(
        own=person.id,
        everything=allowed(person, "view_private"),
        bin=allowed(person, "retrieve"),
        stars=allowed(person, "star"),
    )


def scope_condition(
    who: Viewer | None, column: str = "scope", *, recycled: bool = False
) -> str:
    """Return the SQL condition on a scope column that holds for what is visible.

    The unary plus keeps the planner from choosing an index for it. Only numbers from
    ``who`` are put in, so the text is safe to paste.

    :param recycled: of the recycle bin instead of the live photos
    """
    if who is None or (recycled and not who.bin):
        return "0"
    if recycled:
        return f"+{column} = -1"
    if who.everything:
        return f"+{column} <> -1"
    return f"+{column} in (0, {int(who.own)})"
