"""One request to one archive: who asks, for what, and with which right.

Every page and every action of an archive is a ``Route``, and every route names the
right that it needs: what it shows is guarded in the connection, what it changes is
asked again in ``archive``, and this is the first door of the three.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, TypeVar
from urllib.parse import parse_qsl

from archive.batches import Batch, batch, is_kept
from archive.database import Archive
from archive.errors import InvalidInput
from archive.people import Person
from archive.rights import allowed
from archive.undo import may_undo
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase
from plugins.pages.links import Links

T = TypeVar("T")

MAX_FORM = 2_000_000  # bytes; Datasette reads no longer bodies into memory either
MAX_ASKED = 20_000  # bytes of whoever did not log in: a name and passwords
_MAX_FIELDS = 10_000
_LONGEST_INT = 20  # characters of what 64 bits hold


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """What a change returned.

    :param batch: its number in the history, for undo; None: nothing was changed, or
        nothing that this person may take back
    """

    value: T
    batch: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an archive by somebody who may see it.

    :param names: the parts of the address that the route names
    :param places: the pages there are, as they stand after ``/-/``
    """

    datasette: Datasette
    request: Request
    database: ArchiveDatabase
    person: Person
    names: Mapping[str, str] = field(default_factory=dict)
    places: frozenset[str] = frozenset()

    @property
    def links(self) -> Links:
        """The addresses of this archive."""
        return Links(self.datasette, self.database)

    @property
    def wants_json(self) -> bool:
        """Whether the address ends in ``.json``, or a script sent JSON."""
        return self.names.get("format") == "json" or sends_json(self.request)

    def may(self, action: str) -> bool:
        """Whether the person has this right; pages offer nothing else."""
        return allowed(self.person, action)

    def arg(self, name: str, otherwise: str = "") -> str:
        """Return an argument of the address, without spaces around it."""
        return (self.request.args.get(name) or otherwise).strip()

    def number(self, name: str) -> int:
        """Return a part of the address that the route's pattern has as digits."""
        return int(self.names[name])

    async def form(self) -> dict[str, Any]:
        """Return what was sent: a JSON object, or a form's fields.

        :raises InvalidInput: neither, or too much of it
        """
        return await form_of(self.request)

    async def read(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` on a connection that shows what the person may see."""
        return await self.database.read(fn)

    async def write(
        self, reason: str, fn: Callable[[Any, Person, Batch], T]
    ) -> Written[T]:
        """Run ``fn`` in one batch of the person's, with their rights of this moment.

        :param reason: stands in the history; "" where the change speaks for itself
        :raises ArchiveError: what ``fn`` raised; nothing is changed then
        """

        def change(archive: Archive, person: Person) -> Written[T]:
            with batch(archive.connection, person, reason=reason) as opened:
                value = fn(archive.connection, person, opened)
            offered = is_kept(archive.connection, opened) and may_undo(
                archive.connection, person, opened.id
            )
            return Written(value, opened.id if offered else None)

        return await self.change(change)

    async def change(self, fn: Callable[[Archive, Person], T]) -> T:
        """Run ``fn`` where changes are made, one at a time; batches are its own."""
        return await self.database.change(self.request.actor, fn)


View = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """A page or an action of an archive.

    :param pattern: below the archive's home, such as ``/-/albums/(?P<album>[0-9]+)``
    :param right: what the person must be allowed, a key of ``archive.rights.MATRIX``
    :param methods: GET brings HEAD with it
    :param json: the same address with ``.json`` answers as JSON
    """

    pattern: str
    view: View
    right: str
    methods: tuple[str, ...] = ("GET",)
    json: bool = False

    @property
    def regex(self) -> str:
        """The whole address, as Datasette matches it."""
        end = r"(\.(?P<format>json))?$" if self.json else "$"
        return r"/(?P<database>[^/.]+)" + self.pattern + end

    @property
    def allowed(self) -> tuple[str, ...]:
        """All methods that are answered."""
        return (*self.methods, "HEAD") if "GET" in self.methods else self.methods


def sends_json(request: Request) -> bool:
    """Whether a script sent JSON, and so wants JSON back."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    return bool(kind.strip().lower() == "application/json")


async def form_of(request: Request, most: int = MAX_FORM) -> dict[str, Any]:
    """Return what was sent: a JSON object, or a form's fields.

    :param most: bytes
    :raises InvalidInput: neither, or too much of it
    """
    try:
        body = await request.post_body()
        if len(body) > most:
            raise InvalidInput("what was sent is too long", key="sent_long")
        if not sends_json(request):
            text = body.decode()
            return dict(
                parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
            )
        found = json_of(body.decode("utf-8-sig") or "{}")
    except (ValueError, RecursionError, AssertionError) as error:
        # A UnicodeError is a ValueError; an AssertionError is how Datasette says that
        # the client hung up
        raise InvalidInput("what was sent is no form and no JSON") from error
    if not isinstance(found, dict):
        raise InvalidInput("a JSON object is expected")
    return found


def json_of(text: str) -> Any:  # noqa: ANN401
    """Return what JSON says, where that can be stored and said again.

    :raises ValueError: it is none, or has half a character (a lone surrogate), a number
        that 64 bits cannot hold, or one that JSON does not have; RecursionError
    """
    found = json.loads(text, parse_int=_int, parse_constant=_no_number)
    if "\\u" in text:  # else it has no halves: it came as UTF-8
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _int(digits: str) -> int:
    if len(digits) > _LONGEST_INT or not -(1 << 63) <= int(digits) < 1 << 63:
        return _no_number(digits)
    return int(digits)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text[:_LONGEST_INT])


def redirect(url: str) -> Response:
    """Answer a form with the page to see next (303: by GET)."""
    return Response("", status=303, headers={"location": url})
