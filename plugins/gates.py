"""What each table shows through the guard: the rows that a person may see.

A table without a gate shows nothing. ``guard_*()`` are SQL functions that answer about
the person bound to the connection, with NULL when that is nobody.
"""

from __future__ import annotations

from archive.people import GRANULAR
from archive.settings import KNOWN

# Whether the bound person may see a photo, by its column scope. The unary plus keeps
# the planner from picking an index for it.
_SEES = (
    "(+{0}.scope = guard_public() or +{0}.scope = guard_own()"
    " or (guard_private() and +{0}.scope <> -1) or (guard_bin() and +{0}.scope = -1))"
)


def _some_photo(condition: str) -> str:
    """Return the condition that a photo like that may be seen."""
    sees = _SEES.format("p")
    return f"exists (select 1 from main.photos p where {condition} and {sees})"


def _of_own(table: str, column: str) -> str:
    """Return the condition that something belongs to a row of the person's own."""
    return (
        f"exists (select 1 from main.{table} o"
        f" where o.id = {column} and o.person_id = guard_own())"
    )


_COVER = _some_photo("p.id = t.cover_photo_id")
_OWN_IN_ALBUM = _some_photo("p.album_id = t.id and p.private = 1")


def _of_oneself(column: str, otherwise: str) -> str:
    return f"case id when guard_own() then {column} else {otherwise} end as {column}"


# Of other people their name only.
_PERSON = ", ".join(
    [
        "id, uuid, name",
        _of_oneself("login", "null"),
        _of_oneself("level", "null"),
        *(_of_oneself(right, "0") for right in GRANULAR),
        "active, created_at",
    ]
)
_ALBUM = (
    "id, uuid, name, name_key, position, private,"
    f" case when {_COVER} then cover_photo_id end as cover_photo_id,"
    " created_at, updated_at"
)
# What a file became, or was already, may be hidden from its sender.
_SENT_PHOTO = _some_photo("p.id = t.photo_id")
_SENT_FILE = (
    "id, uuid, upload_id, key, name, bytes, modified_ms, synced, touched_at, whole_at,"
    " ended_at, outcome, reason, kept,"
    f" case when {_SENT_PHOTO} then photo_id end as photo_id"
)
# A mention is seen with the photo of its comment.
_IN_A_COMMENT = (
    "t.person_id >= 0 and exists (select 1 from main.comments c"
    " join main.photos p on p.id = c.photo_id"
    f" where c.id = t.comment_id and {_SEES.format('p')})"
)
_PROJECT_PHOTO = _some_photo("p.uuid = json_extract(t.value, '$')")
_SETTINGS = ", ".join(repr(key) for key in KNOWN)

# name: (columns or "*", condition on the table t). A condition must name a column that
# is no rowid: where a statement needs nothing but the rowid, SQLite asks about the
# table outside of our view, and is refused.
GATES: dict[str, tuple[str, str]] = {
    "photos": ("*", _SEES.format("t")),
    "photo_trades": ("*", _some_photo("p.id = t.photo_id")),
    "comments": ("*", _some_photo("p.id = t.photo_id")),
    "markups": ("*", _some_photo("p.id = t.photo_id")),
    "mentions": ("*", _IN_A_COMMENT),
    "originals": ("*", f"t.sha256 <> '' and {_some_photo('p.original_id = t.id')}"),
    "photos_fts": ("rowid, *, photos_fts, rank", _some_photo("p.id = t.rowid")),
    "facet_counts": ("*", _SEES.format("t")),
    "day_counts": ("*", _SEES.format("t")),
    "tiles": ("*", _SEES.format("t")),
    "map_counts": ("*", _SEES.format("t")),
    "cameras": ("*", f"t.name <> '' and {_some_photo('p.camera_id = t.id')}"),
    "albums": (
        _ALBUM,
        f"guard_reads() and (t.private = 0 or guard_private() or {_OWN_IN_ALBUM})",
    ),
    "locations": ("*", "guard_reads() and t.name <> ''"),
    "location_tree": ("*", "guard_reads() and t.depth >= 0"),
    "trades": ("*", "guard_reads() and t.name <> ''"),
    "plans": ("*", "guard_reads() and t.name <> ''"),
    "people": (_PERSON, "guard_reads() and t.name <> ''"),
    "jobs": ("*", "t.person_id = guard_own()"),
    "job_errors": ("*", _of_own("jobs", "t.job_id")),
    "uploads": ("*", "t.person_id = guard_own()"),
    "unread_mentions": ("*", f"t.person_id = guard_own() and {_IN_A_COMMENT}"),
    "read_days": ("*", "t.person_id = guard_own()"),
    "late_photos": ("*", _some_photo("p.id = t.photo_id")),
    "added_counts": ("*", _SEES.format("t")),
    "upload_files": (_SENT_FILE, _of_own("uploads", "t.upload_id")),
    # Who may look into the bin is an admin: only these decide conflicts
    "sync_conflicts": ("*", "guard_bin()"),
    "sync_decisions": ("*", "guard_bin()"),
    "sync_troubles": ("*", "guard_bin()"),
    "sync_records": ("id, kind, uuid, remote_id, life", "guard_bin()"),
    "settings": (
        "*",
        (
            f"guard_reads() and t.key in ({_SETTINGS})"
            f" and (t.key <> 'project_photo' or {_PROJECT_PHOTO})"
        ),
    ),
}


def view_body(name: str, columns: list[str]) -> str:
    """Return what a table's view selects: the rows of its gate, or none without one.

    :param columns: of the table; a view without a gate has them, and no rows
    """
    if name in GATES:
        shown, condition = GATES[name]
        return f'select {shown} from main."{name}" t where {condition}'
    nothing = ", ".join(f'null as "{column}"' for column in columns)
    return f"select {nothing} where 0"
