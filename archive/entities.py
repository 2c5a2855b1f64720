"""The kinds of record whose every change is history, and their fields.

The triggers in ``schema.sql`` write these fields; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record.

    :param key: the column that ``changes.record_id`` refers to
    :param fields: columns that have a history, as they are written there
    :param touched: whether the table keeps ``updated_at``
    :param made: column that holds the time of the batch that made the record, and is
        no field; ""
    """

    table: str
    fields: tuple[str, ...]
    key: str = "id"
    touched: bool = True
    made: str = ""

    def select(self, field: str) -> str:
        """Return the SQL for a field's value in the form that history has."""
        if field == "filename_bytes":  # JSON has no bytes
            return "nullif(hex(filename_bytes), '')"
        return field


ENTITIES = {
    "photo": Entity(
        "photos",
        (
            "uuid",
            "original_id",
            "filename",
            "filename_bytes",
            "description",
            "album_id",
            "location_id",
            "uploader_id",
            "private",
            "starred",
            "taken_at",
            "taken_offset",
            "taken_source",
            "assumed_at",
            "log_date",
            "latitude",
            "longitude",
            "position_source",
            "direction",
            "projection",
            "camera_id",
            "rotation",
            "uploaded_at",
            "recycled_at",
            "recycled_by",
        ),
    ),
    "album": Entity(
        "albums",
        (
            "uuid",
            "name",
            "name_key",
            "position",
            "private",
            "cover_photo_id",
            "created_at",
        ),
    ),
    "location": Entity(
        "locations", ("uuid", "parent_id", "name", "name_key", "created_at")
    ),
    "plan": Entity(
        "plans",
        (
            *("uuid", "name", "name_key", "kind", "sha256", "extension", "bytes"),
            *("media_type", "width", "height", "corners", "min_zoom", "max_zoom"),
            *("opacity", "attribution", "created_at"),
        ),
    ),
    "trade": Entity("trades", ("uuid", "name", "name_key", "active", "created_at")),
    "person": Entity(
        "people",
        (
            "uuid",
            "name",
            "login",
            "level",
            "can_create_albums",
            "can_delete_albums",
            "can_reorder_albums",
            "can_view_private",
            "active",
            "created_at",
        ),
        touched=False,
    ),
    "comment": Entity(
        "comments",
        ("uuid", "photo_id", "author_id", "body", "created_at", "edited_at"),
        touched=False,
    ),
    "markup": Entity(
        "markups",
        (
            *("uuid", "photo_id", "author_id", "kind", "colour", "width", "points"),
            *("text", "created_at", "edited_at"),
        ),
        touched=False,
    ),
    "setting": Entity("settings", ("value",), key="key", touched=False),
    "decision": Entity(
        "sync_decisions",
        ("conflict_id", "choice", "other", "person_id"),
        touched=False,
        made="decided_at",
    ),
    # what else there is of an original can be read again from its bytes
    "original": Entity(
        "originals", ("sha256", "extension", "bytes"), touched=False, made="stored_at"
    ),
    "key": Entity(
        "signing_keys",
        ("public_key", "fingerprint", "person_id", "retired_at"),
        touched=False,
        made="made_at",
    ),
    "tombstone": Entity(
        "tombstones",
        (
            "uuid",
            "sha256",
            "bytes",
            "filename",
            "uploaded_at",
            "recycled_at",
            "purged_at",
            "purged_by",
            "reason",
        ),
        key="photo_id",
        touched=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Members:
    """A set that belongs to a record; its members come and go in the record's history.

    :param record: column of the record's id; ``member``: of the member's
    """

    table: str
    record: str
    member: str


# (entity, field under which they stand in its history): where they are kept
SETS = {
    ("photo", "trade"): Members("photo_trades", "photo_id", "trade_id"),
    ("comment", "mention"): Members("mentions", "comment_id", "person_id"),
}
# Kinds that come and go with photos, or stay: nothing of them is taken back by itself
FILES = ("original", "tombstone", "key")
