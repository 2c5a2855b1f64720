"""Whether an answer is what we say that it is, and what the contract says.

Ours: ``plugins/api/schemas.py``. The contract's own schemas lie beside the checkout, in
``shared/spec/schemas``; where they do not, ours alone count.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema_rs import Draft202012Validator

from plugins.api.endpoints import ROUTER
from plugins.api.routing import Endpoint
from plugins.api.schemas import SCHEMAS, of_answer

THEIR_FOLDER = Path(__file__).parents[4] / "shared" / "spec" / "schemas"
# Our shape: theirs. What is not here they do not describe.
THEIRS = {
    "image": "image.json",
    "image_category": "image_category.json",
    "image_category_show": "image_category.json",
    "location": "location.json",
    "trade": "trade.json",
    "upload": "upload.json",
    "upload_unified": "upload.json#/$defs/unified_v2_1",
    "user": "user.json",
    "user_reference": "user.json#/$defs/reference",
    "me": "user.json#/$defs/me",
    "error": "error.json",
}


def is_there() -> bool:
    """Whether the contract's schemas are beside this checkout."""
    return THEIR_FOLDER.is_dir()


@cache
def their_schema(name: str) -> Any:
    """Return one of the contract's schemas, all within it: ``user.json#/$defs/me``."""
    file, _, part = name.partition("#")
    whole = json.loads((THEIR_FOLDER / file).read_text("utf-8"))
    if not part:
        return whole
    return {"$ref": f"#{part}", "$defs": whole["$defs"]}


@cache
def our_validator(answer: str) -> Any:
    """Return what checks an answer by our own schemas."""
    whole = {**of_answer(answer), "components": {"schemas": SCHEMAS}}
    return Draft202012Validator(whole, validate_formats=True)


@cache
def their_validator(answer: str) -> Any:
    """Return what checks an answer by the contract's schemas; None: they are silent."""
    name = answer.strip("[]")
    if not is_there() or name not in THEIRS:
        return None
    return Draft202012Validator(their_schema(THEIRS[name]), validate_formats=True)


def check(method: str, path: str, answer: Any) -> None:
    """Refuse an answer of the API's that is not as described.

    :param path: without its query
    :param answer: of httpx
    """
    if method == "HEAD":
        assert answer.content == b""
    elif answer.status_code >= 400:
        conform("error", answer.json())
    else:
        conform_to(ROUTER.find(method, path)[0], answer)


def conform_to(endpoint: Endpoint, answer: Any) -> None:
    """Refuse an answer that is no error and not what the endpoint promises."""
    assert answer.status_code in (endpoint.status, endpoint.or_status)
    if endpoint.status == 204:
        assert answer.content == b""
    else:
        conform(endpoint.answer, answer.json())


def conform(name: str, body: Any) -> None:
    """Refuse a body that is not of a shape.

    :param name: of ours; ``[image]`` for a list of them
    """
    our_validator(name).validate(body)
    theirs = their_validator(name)
    if theirs is None:
        return
    for item in body if name.startswith("[") else [body]:
        if not isinstance(item, int):  # ids alone
            theirs.validate(item)


def covers(theirs: Any, ours: Any) -> str:
    """Return ``yes`` when all that fits our schema fits theirs."""
    whole, part = (
        jsonschema_rs.canonicalize(schema, validate_formats=True)
        for schema in (theirs, ours)
    )
    return str(whole.covers(part))


def closed(schema: Any) -> Any:
    """Return one of our schemas without references and with no further fields."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return closed(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found
