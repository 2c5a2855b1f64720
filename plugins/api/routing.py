"""Which endpoint answers a request, for whom, in which archive, and with which right.

The doors, in this order: the token (401), the address (404, 405), the rate (429), the
project and whether the token holds there (403), the person's right (403), the
parameters (400); then the endpoint. What it shows is guarded in the connection, what it
changes is asked again in ``archive``. Every endpoint names its right.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from archive.batches import Batch, batch
from archive.database import Archive
from archive.errors import ArchiveError
from archive.people import Person
from archive.rights import MATRIX, require
from plugins import actors, runners
from plugins.api import bodies, limits, paging, projects
from plugins.api.errors import (
    ApiError,
    Json,
    not_found,
    of_archive,
    respond,
    unauthorized,
)
from plugins.api.params import Param, given, read
from plugins.compat import Datasette, PayloadTooLarge, Request, Response
from plugins.databases import ArchiveDatabase

T = TypeVar("T")

_BODY = "asbuilt_body"  # in the scope of a request
ANYWHERE = ""  # the right of an endpoint that is about no project
_PLACEHOLDER = re.compile(r"\{(\w+)(:word)?\}")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request to the API by the person whom a token stands for.

    :param names: the numbers (and words) in the address
    :param args: the endpoint's parameters by name; None where not given
    """

    datasette: Datasette
    request: Request
    actor: actors.Actor
    names: Mapping[str, Any]
    args: Mapping[str, Any] = field(default_factory=dict)
    where: tuple[ArchiveDatabase, Person] | None = None

    @property
    def database(self) -> ArchiveDatabase:
        """The archive that is the project."""
        if self.where is None:
            raise LookupError("an endpoint about no project")
        return self.where[0]

    @property
    def person(self) -> Person:
        """Who the token stands for there."""
        if self.where is None:
            raise LookupError("an endpoint about no project")
        return self.where[1]

    @property
    def origin(self) -> str:
        """Scheme and host that the client used: ``http://127.0.0.1:8001``."""
        return projects.origin(self.datasette, self.request.scope)

    @property
    def wish(self) -> paging.Wish:
        """The page that is asked for."""
        return paging.wish(self.args.get("page"), self.args.get("per_page"))

    async def body(self) -> Json:
        """Return what was sent, as one object; files in forms: ``forms.py``.

        :raises ApiError: it cannot be read, or is too long
        """
        return await _body_of(self.request)

    async def read(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` on a connection that shows what the person may see."""
        return await self.database.read(fn)

    async def write(self, reason: str, fn: Callable[[Any, Person, Batch], T]) -> T:
        """Run ``fn`` in one batch of the person's, with their rights of this moment."""

        def change(archive: Archive, person: Person) -> T:
            with batch(archive.connection, person, reason=reason) as opened:
                return fn(archive.connection, person, opened)

        return await self.change(change)

    async def change(self, fn: Callable[[Archive, Person], T]) -> T:
        """Run ``fn`` where changes are made, one at a time; batches are its own."""
        return await self.database.change(self.actor, fn)


View = Callable[[ApiCall], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one address.

    :param path: ``{id}`` stands for a number, ``{uuid:word}`` for letters and digits
    :param right: a key of ``archive.rights.MATRIX``, or ``ANYWHERE``
    :param body: name of the schema of what is sent; ``answer``: of what is answered,
        ``[image]`` for a list of them; "" for none
    :param form: name of the schema of what may be sent as multipart/form-data instead
    :param project_in_body: the project may be named by what is sent, alone
    :param or_status: of the same answer where nothing, or something, had to be made
    """

    method: str
    path: str
    view: View
    right: str
    about: str = ""
    params: tuple[Param, ...] = ()
    body: str = ""
    answer: str = ""
    status: int = 200
    project_in_body: bool = False
    or_status: int = 0
    form: str = ""

    def __post_init__(self) -> None:
        if self.right != ANYWHERE and self.right not in MATRIX:
            raise KeyError(self.right)

    @property
    def regex(self) -> str:
        """The address, as a pattern."""
        path = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}")
        return _PLACEHOLDER.sub(_group, path)


def get(  # noqa: PLR0917 - a row of the table of endpoints
    path: str,
    view: View,
    right: str,
    about: str,
    params: tuple[Param, ...] = (),
    answer: str = "",
) -> Endpoint:
    """Return an endpoint that shows something."""
    return Endpoint("GET", path, view, right, about, params, answer=answer)


def write(  # noqa: PLR0917 - likewise
    method: str,
    path: str,
    view: View,
    right: str,
    about: str,
    params: tuple[Param, ...] = (),
    *,
    sends: tuple[str, str] = ("", ""),
    status: int = 200,
    form: str = "",
) -> Endpoint:
    """Return an endpoint that changes something.

    :param sends: names of the schemas of what is sent and of what is answered
    """
    body, answered = sends
    return Endpoint(
        *(method, path, view, right, about, params, body, answered, status), form=form
    )


def _group(match: re.Match[str]) -> str:
    what = "[0-9A-Za-z-]{1,64}" if match[2] else "[0-9]{1,18}"
    return f"(?P<{match[1]}>{what})"


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the endpoint of a request."""

    endpoints: tuple[tuple[re.Pattern[str], Endpoint], ...]

    @classmethod
    def of(cls, endpoints: tuple[Endpoint, ...]) -> Router:
        """Return what finds one of these; of two that match, the first."""
        return cls(tuple((re.compile(e.regex, re.ASCII), e) for e in endpoints))

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, Any]]:
        """Return the endpoint, and the parts of the address that it names.

        :raises ApiError: 404 when nothing is there, 405 for another method
        """
        method = "GET" if method == "HEAD" else method
        others: set[str] = set()
        for pattern, endpoint in self.endpoints:
            match = pattern.fullmatch(path)
            if not match:
                continue
            if endpoint.method == method:
                return endpoint, {k: _part(v) for k, v in match.groupdict().items()}
            others.add(endpoint.method)
        if not others:
            raise not_found()
        allow = {"allow": ", ".join(sorted(others))}
        raise ApiError(405, {"errors": [f"Only {allow['allow']} here"]}, allow)


def _part(text: str) -> int | str:
    return int(text) if text.isdigit() else text


async def respond_to(router: Router, datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer one request to the API, whatever goes wrong."""
    actor = actors.current()
    limit = await limits.spent(datasette, request.scope, actor)
    if limit.exceeded:
        return limits.refusal(limit)
    try:
        if actor is None:
            raise unauthorized()  # noqa: TRY301 - an answer like the others
        response = await _answered(router, datasette, request, actor)
    except ApiError as error:
        response = respond(error)
    except ArchiveError as error:
        response = respond(of_archive(error))
    except Exception:  # noqa: BLE001 - a page in place of JSON breaks clients (10.1)
        traceback.print_exc()
        response = respond(ApiError(500, {"errors": ["Something went wrong here"]}))
    response.headers.update(limit.headers)
    return response


async def _body_of(request: Request) -> Json:
    """Return what was sent; it is read from the connection once."""
    if _BODY not in request.scope:
        try:
            raw = await request.post_body()
        except PayloadTooLarge:
            raise ApiError(413, {"errors": ["What was sent is too long"]}) from None
        except AssertionError:  # how Datasette says that the client hung up
            raise ApiError(400, {"errors": ["What was sent has no end"]}) from None
        kind = request.headers.get("content-type")
        request.scope[_BODY] = bodies.decode(raw, kind)
    found: Json = request.scope[_BODY]
    return found


async def _answered(
    router: Router, datasette: Datasette, request: Request, actor: actors.Actor
) -> Response:
    endpoint, names = router.find(request.method, request.path)
    texts = given(request.query_string)
    if endpoint.project_in_body:
        sent = (await _body_of(request)).get("project_id")
        texts = {"project_id": [str(sent or "")], **texts}
    where = None
    if endpoint.right != ANYWHERE:
        where = await projects.find(datasette, request, actor, names, texts)
        require(where[1], endpoint.right)
    args = read(endpoint.params, texts)
    call = ApiCall(datasette, request, actor, names, args, where)
    response = await endpoint.view(call)
    if where and request.method not in ("GET", "HEAD"):  # perhaps it left work to do
        await runners.look(datasette, where[0])
    return response


def answer(
    body: Any,  # noqa: ANN401
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON."""
    kept = {"cache-control": "private, no-store", **(headers or {})}
    return Response.json(body, status=status, headers=kept)


def listed(call: ApiCall, rows: list[Any], total: int) -> Response:
    """Answer with a page of a list."""
    url = f"{call.origin}{call.request.path}"
    query = call.request.query_string
    return answer(rows, headers=paging.headers(url, query, call.wish, total))
