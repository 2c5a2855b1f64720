"""The description of the API for programs: OpenAPI 3.1, made from the endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

from plugins.api.errors import Json
from plugins.api.params import NUMBER_RANGES, NUMBERS, TEXTS, Param
from plugins.api.routing import Endpoint
from plugins.api.schemas import SCHEMAS, of_answer, ref

_PART = re.compile(r"\{(\w+)(:word)?\}")
_ARRAYS = (NUMBERS, NUMBER_RANGES, TEXTS)
_ABOUT = (
    "The images API over the archives that this server has. An archive is a project,"
    " and a company of its own. Times are UTC, in whole seconds."
)
_HEADERS = {
    "Total": "How many there are in all",
    "Per-Page": "How many are on a page",
    "Link": "The other pages",
}


def describe(endpoints: Iterable[Endpoint]) -> Json:
    """Return the description of endpoints."""
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        path = _PART.sub(r"{\1}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "asbuilt", "version": _version(), "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


@cache
def _version() -> str:
    return version("asbuilt")


def _operation(endpoint: Endpoint) -> Json:
    found: Json = {
        "summary": endpoint.about,
        "operationId": _name(endpoint),
        "parameters": [*_parts(endpoint), *map(_parameter, endpoint.params)],
        "responses": {
            **{str(status): _answer(endpoint) for status in _good(endpoint)},
            "default": {
                "description": "What went wrong",
                "content": {"application/json": {"schema": ref("error")}},
            },
        },
    }
    if endpoint.body:
        found["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": ref(name)}
                for media_type, name in _sent(endpoint).items()
                if name
            },
        }
    return found


def _sent(endpoint: Endpoint) -> dict[str, str]:
    """Return the schemas of what is sent by how it is sent."""
    return {"application/json": endpoint.body, "multipart/form-data": endpoint.form}


def _good(endpoint: Endpoint) -> list[int]:
    return sorted({endpoint.status, endpoint.or_status or endpoint.status})


def _name(endpoint: Endpoint) -> str:
    """Return a name for an operation: ``get_rest_v1_0_images_id``."""
    words = re.findall(r"\w+", endpoint.path.replace(":word", "").replace(".", "_"))
    return "_".join([endpoint.method.lower(), *words])


def _parts(endpoint: Endpoint) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"} if word else {"type": "integer", "minimum": 1},
        }
        for name, word in _PART.findall(endpoint.path)
    ]


def _parameter(param: Param) -> Json:
    is_list = param.kind in _ARRAYS
    found: Json = {
        "name": f"{param.name}[]" if is_list else param.name,
        "in": "query",
        "required": param.required,
        "description": param.about,
        "schema": dict(param.kind.schema),
    }
    return {**found, "style": "form", "explode": True} if is_list else found


def _answer(endpoint: Endpoint) -> Json:
    if endpoint.status == 204:
        return {"description": "Done"}
    found: dict[str, Any] = {
        "description": "The answer",
        "content": {"application/json": {"schema": of_answer(endpoint.answer)}},
    }
    if endpoint.answer.startswith("["):
        found["headers"] = {
            name: {"description": about, "schema": {"type": "string"}}
            for name, about in _HEADERS.items()
        }
    return found
