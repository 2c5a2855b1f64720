"""The shapes of what the API takes and answers, as JSON Schema (2020-12).

They say what we answer, which is narrower than what the contract allows: every field is
there. A test holds them against the contract's own schemas and against real answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

ID: Schema = {"type": "integer", "minimum": 1}
TEXT: Schema = {"type": "string"}
YES_NO: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
WHOLE: Schema = {"type": "integer"}
NOTHING: Schema = {"type": "object", "maxProperties": 0}  # {}: clients want JSON
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
ULID: Schema = {"type": "string", "pattern": "^[0-9A-Z]{26}$"}


def ref(name: str) -> Schema:
    """Return a reference to a shape."""
    return {"$ref": f"#/components/schemas/{name}"}


def some(items: Schema) -> Schema:
    """Return the shape of a list."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """Return a shape that may be null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def answered(
    fields: Mapping[str, Schema], further: Mapping[str, Schema] | None = None
) -> Schema:
    """Return the shape of an object with all of these fields, and perhaps further."""
    properties = {**fields, **(further or {})}
    return {"type": "object", "properties": properties, "required": list(fields)}


def sent(fields: Mapping[str, Schema], *required: str) -> Schema:
    """Return the shape of an object of which most may be left out."""
    shape: Schema = {"type": "object", "properties": dict(fields)}
    return {**shape, "required": list(required)} if required else shape


_IMAGE = {
    "id": ID,
    "url": maybe(TEXT),
    "thumbnail_url": maybe(TEXT),
    "filename": TEXT,
    "size": maybe(COUNT),
    "width": maybe(COUNT),
    "height": maybe(COUNT),
    "description": maybe(TEXT),
    "taken_at": maybe(MOMENT),
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "deleted_at": maybe(MOMENT),
    "location": maybe(ref("image_location")),
    "image_category_id": maybe(ID),
    "image_category_name": TEXT,
    "image_category_private": YES_NO,
    "permanently_deleted": YES_NO,
    "private": YES_NO,
    "starred": YES_NO,
    "projection": {"enum": ["unknown", "regular", "360"]},
    "origin_id": maybe(ID),
    "daily_log_header_id": maybe(ID),
    "daily_log_segment_id": {"type": "null"},
    "daily_log_segment": {"type": "null"},
    "gps_lat": maybe(TEXT),
    "gps_long": maybe(TEXT),
    "uploader": maybe(ref("user_reference")),
}
_IN_SOME_VIEWS = {
    "links": maybe(TEXTS),
    "trades": some(ref("trade")),
    "comments_count": COUNT,
    "comments": some(ref("image_comment")),
    "log_date": maybe(DAY),
    "images": some({"type": "object"}),
}
_LOCATION = {
    "id": ID,
    "name": TEXT,
    "node_name": TEXT,
    "parent_id": maybe(ID),
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
_CATEGORY = {
    "id": ID,
    "name": TEXT,
    "position": COUNT,
    "private": YES_NO,
    "count": COUNT,
    "created_at": MOMENT,
}
_ATTRIBUTES = {
    "private": YES_NO,
    "starred": YES_NO,
    "description": maybe(TEXT),
    "image_category_id": ID,
    "location_id": maybe(ID),
    "mt_location": some(TEXT),
    "trade_ids": some(ID),
    "log_date": maybe(DAY),
    "daily_log_segment_id": {"type": "null"},
    "source": TEXT,
}
# The same in a form: names with brackets, one part for each of several
_FORM = {
    "image[data]": {"type": "string", "format": "binary"},
    "image_name": TEXT,
    **{
        f"image[{name}]" + ("[]" if "items" in schema else ""): schema
        for name, schema in _ATTRIBUTES.items()
        if schema["type"] != "null"
    },
}
_SEGMENT_SENT = {"size": COUNT, "sha256": TEXT, "md5": TEXT, "etag": TEXT}
_ADDRESS = {"url": TEXT, "headers": TEXTS}  # of a segment, until all of them came
_SEGMENT = {"size": COUNT, "sha256": TEXT, "md5": maybe(TEXT), **_ADDRESS}
_UNIFIED = {
    "upload_id": ULID,
    "file_name": TEXT,
    "sanitized_file_name": TEXT,
    "content_type": TEXT,
    "upload_expires_at": WHOLE,
    "status": {"enum": ["ready", "available"]},
    "error": {"type": "null"},
    "segments": some(answered({**_ADDRESS, "url_expires_at": WHOLE})),
}
_ECHOED = {"uploader_tool_name": TEXT, "custom_metadata": {"type": "object"}}
_UNIFIED_SENT = {
    "file_name": TEXT,
    "file_size": COUNT,
    "content_type": TEXT,
    "segments": some(sent({"size": COUNT, "sha256": TEXT, "md5": TEXT})),
    **_ECHOED,
}
_USER = {
    "id": ID,
    "name": TEXT,
    "first_name": maybe(TEXT),
    "last_name": TEXT,
    "initials": maybe(TEXT),
    "vendor": {"type": "null"},
    "login": TEXT,
    "email_address": maybe(TEXT),
    "is_active": YES_NO,
    "is_employee": YES_NO,
}
_DETAIL = {"code": TEXT, "message": TEXT, "source": TEXT}
_ERRORS = (  # of contract 6.4
    {"errors": {"type": "object", "additionalProperties": some(TEXT)}},
    {"errors": some(TEXT)},
    {
        "error": answered(
            {"code": TEXT, "message": TEXT, "details": some(sent(_DETAIL))}
        )
    },
    {"code": WHOLE, "message": TEXT, "fields": TEXT, "error": TEXT},
)

SCHEMAS: dict[str, Schema] = {
    "image": answered(_IMAGE, _IN_SOME_VIEWS),
    "image_location": answered(_LOCATION),
    "image_comment": answered(
        {
            "id": ID,
            "body": maybe(TEXT),
            "created_at": maybe(MOMENT),
            "user": maybe(ref("user_reference")),
        }
    ),
    "image_create": sent(
        {
            "upload_uuid": TEXT,
            "image_name": TEXT,
            "source_image_id": ID,
            "upload": sent({"uuid": TEXT, "image_name": TEXT, "source": TEXT}, "uuid"),
            "image": sent(_ATTRIBUTES),
        }
    ),
    "image_create_form": sent(_FORM, "image[data]"),
    "image_update": sent({"image": sent(_ATTRIBUTES)}, "image"),
    "image_category": answered(
        {
            **_CATEGORY,
            "updated_at": MOMENT,
            "cover_photo": maybe(TEXT),
            "links": maybe(TEXTS),
        }
    ),
    "image_category_show": answered({**_CATEGORY, "album_cover_id": maybe(ID)}),
    "image_category_write": sent(
        {
            "image_category": sent(
                {"name": TEXT, "private": YES_NO, "album_cover_id": maybe(ID)}
            )
        },
        "image_category",
    ),
    "location": answered({**_LOCATION, "code": maybe(TEXT)}),
    "location_write": sent(
        {
            "project_id": ID,
            "location": sent(
                {"node_name": TEXT, "parent_id": maybe(ID), "path": some(TEXT)}
            ),
        },
        "location",
    ),
    "trade": answered({"id": ID, "name": TEXT, "active": YES_NO, "updated_at": MOMENT}),
    "trade_write": sent({"trade": sent({"name": TEXT, "active": YES_NO})}, "trade"),
    "upload_create": sent(
        {
            "response_filename": TEXT,
            "response_content_type": TEXT,
            "attachment_content_disposition": YES_NO,
            "size": COUNT,
            "segments": some(sent(_SEGMENT_SENT)),
        }
    ),
    "upload_complete": sent({"segments": some(sent(_SEGMENT_SENT))}),
    "upload": {"oneOf": [ref("upload_classic"), ref("upload_segmented")]},
    "upload_classic": answered({"uuid": ULID, "url": TEXT, "fields": TEXTS}),
    "upload_segmented": answered(
        {
            "uuid": ULID,
            "status": {"enum": ["ready", "complete"]},
            "segments": some(sent(_SEGMENT, "sha256")),
        }
    ),
    "upload_unified": answered(
        {"data": answered(_UNIFIED, {"file_size": COUNT, **_ECHOED})}
    ),
    "upload_unified_create": sent(_UNIFIED_SENT, "segments"),
    "upload_unified_complete": sent({"part_etags": some(maybe(TEXT))}, "part_etags"),
    "me": sent({"id": ID, "login": TEXT, "name": TEXT}, "id", "login"),
    "company": answered({"id": ID, "name": TEXT, "is_active": YES_NO}),
    "project": answered(
        {"id": ID, "name": TEXT, "display_name": TEXT, "active": YES_NO}
    ),
    "tool": answered({"id": ID, "name": TEXT, "is_active": YES_NO}),
    "user": sent(_USER, "id", "name"),
    "user_reference": answered({"id": ID, "login": TEXT, "name": TEXT}),
    "daily_log_header": answered(
        {"id": ID, "log_date": DAY, "completed": YES_NO, "distributed": YES_NO}
    ),
    "integer": WHOLE,
    "error": {"anyOf": [answered(shape) for shape in _ERRORS]},
}
OF_A_LIST = {"[image]": {"anyOf": [ref("image"), ID]}}  # ids_only, ids
OF_A_LIST["[project]"] = {"anyOf": [ref("project"), ID]}


def of_answer(name: str) -> Schema:
    """Return the shape of an answer: ``image``, ``[image]`` for a list; "" for none."""
    if not name:
        return NOTHING
    if name.startswith("["):
        return some(OF_A_LIST.get(name, ref(name[1:-1])))
    return ref(name)
