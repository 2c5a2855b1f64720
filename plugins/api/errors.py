"""How the API says what went wrong: always JSON, in the shapes that its clients know.

The shapes are those of the contract's section 6.4. Messages are the archive's own
sentences; none holds a path of this computer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.errors import (
    ArchiveError,
    ArchiveLocked,
    Conflict,
    FileProblem,
    NotAllowed,
    NotFound,
    StoreError,
)
from plugins.compat import Response

UNKEPT = {"cache-control": "no-store"}
BUSY_FOR = 2  # seconds after which a program may ask a locked archive again

Json = dict[str, Any]


class ApiError(Exception):
    """An answer that is an error.

    :param status: of HTTP
    :param body: JSON
    :param headers: besides the usual ones
    """

    def __init__(
        self, status: int, body: Json, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        super().__init__(status, body)


def bad_request(message: str, source: str = "") -> ApiError:
    """Return the refusal of what cannot be read: a parameter, a body.

    :param source: the name of the parameter or field
    """
    details = [{"code": "invalid", "message": message, "source": source}]
    error = {"code": "bad_request", "message": message, "details": details}
    return ApiError(400, {"error": error})


def unauthorized(message: str = "The access token is invalid") -> ApiError:
    """Return the refusal of a token that is missing, ended or not ours."""
    body = {"code": 401, "message": message, "error": "invalid_token", "fields": ""}
    asks = {"www-authenticate": 'Bearer realm="asbuilt", error="invalid_token"'}
    return ApiError(401, body, asks)


def forbidden(message: str) -> ApiError:
    """Return the refusal of what this person, or this program, may not do."""
    return ApiError(403, {"errors": [message]})


def not_found(message: str = "Not found") -> ApiError:
    """Return the one answer to what is not there and what may not be seen."""
    return ApiError(404, {"errors": [message]})


def unprocessable(field: str, text: str) -> ApiError:
    """Return the refusal of a value that can be read and not be stored."""
    return ApiError(422, {"errors": {field: [text]}})


def gone(message: str) -> ApiError:
    """Return the answer to what was there and has expired."""
    return ApiError(410, {"errors": [message]})


def of_archive(error: ArchiveError) -> ApiError:
    """Return what an error of the archive's is to a program."""
    if isinstance(error, FileProblem):
        return _of_file(error)
    if isinstance(error, NotFound):
        return not_found(str(error))
    if isinstance(error, NotAllowed):
        return forbidden(str(error))
    if isinstance(error, Conflict):
        return ApiError(409, {"errors": {"base": [str(error)]}})
    if error.http_status < 500:
        return unprocessable("base", str(error))
    return _unwell(error)


def _of_file(error: FileProblem) -> ApiError:
    if isinstance(error, StoreError):  # the disk is full, or failed: it is not the file
        return ApiError(507, {"errors": [error.reason]})
    return unprocessable("data", error.reason)


def _unwell(error: ArchiveError) -> ApiError:
    if isinstance(error, ArchiveLocked):
        busy = "The archive is busy; ask again"
        return ApiError(503, {"errors": [busy]}, {"retry-after": str(BUSY_FOR)})
    return ApiError(500, {"errors": ["The archive is damaged"]})


def respond(error: ApiError) -> Response:
    """Return the answer that an error is."""
    return Response.json(
        error.body, status=error.status, headers={**UNKEPT, **error.headers}
    )
