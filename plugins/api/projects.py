"""Which archive a request is about: each is a project, and a company of its own.

The number comes in the address, in the query or in the header ``Procore-Company-Id``.
A project that is not there and one that the token does not hold for look alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from archive.database import read_marker
from archive.identity import project_number
from archive.people import Person
from plugins.access import Access, headers_of
from plugins.actors import Actor
from plugins.api.errors import bad_request, forbidden
from plugins.api.params import number
from plugins.compat import Datasette, Request, Scope
from plugins.databases import ArchiveDatabase, archives

Where = tuple[ArchiveDatabase, Person]

COMPANY = "procore-company-id"
_REFUSED = "You have no access to this project or company"
_MISSING = "Missing Procore-Company-Id header! Name the project or the company"

_numbers: WeakKeyDictionary[ArchiveDatabase, int] = WeakKeyDictionary()


def number_of(database: ArchiveDatabase) -> int:
    """Return the number of an archive, as a project and as a company."""
    if database not in _numbers:
        _numbers[database] = project_number(str(read_marker(database.folder)["uuid"]))
    return _numbers[database]


def origin(datasette: Datasette, scope: Scope) -> str:
    """Return scheme and host as the client used them: ``https://photos.example``."""
    scheme = "https" if Access.of(datasette).is_encrypted(scope) else "http"
    return f"{scheme}://{headers_of(scope).get('host', 'localhost')}"


async def held(datasette: Datasette, actor: Actor) -> list[Where]:
    """Return the archives that a token holds for, each with whom it stands for."""
    found = [(db, await db.person(actor)) for db in archives(datasette)]
    return [(database, person) for database, person in found if person is not None]


async def find(
    datasette: Datasette,
    request: Request,
    actor: Actor,
    names: Mapping[str, Any],
    texts: Mapping[str, Sequence[str]],
) -> Where:
    """Return the archive that a request is about, and who asks.

    :raises ApiError: 400 when no project is named and there are several, or a number
        cannot be read; 403 when the token does not hold there, or two are named
    """
    wanted = set(_wanted(request, names, texts))
    there = await held(datasette, actor)
    if not wanted:
        if len(there) == 1:
            return there[0]
        raise bad_request(_MISSING, "project_id")
    found = [one for one in there if {number_of(one[0])} == wanted]
    if not found:
        raise forbidden(_REFUSED)
    return found[0]


def _wanted(
    request: Request, names: Mapping[str, Any], texts: Mapping[str, Sequence[str]]
) -> Iterator[int]:
    """Yield the number of each project or company that a request names."""
    for name in ("project_id", "company_id"):
        if name in names:
            yield int(names[name])
        for text in texts.get(name, ())[-1:]:
            if text.strip():
                yield _number(text, name)
    header = request.headers.get(COMPANY, "").strip()
    if header:
        yield _number(header, COMPANY)


def _number(text: str, name: str) -> int:
    try:
        return number(text)
    except ValueError as error:
        raise bad_request(f"{name} cannot be read: {error}", name) from None


def require_no_other(body: Mapping[str, Any], database: ArchiveDatabase) -> None:
    """Refuse a body that names another project than its address does.

    :raises ApiError: 403
    """
    named = body.get("project_id")
    if named in (None, ""):
        return
    if str(named) != str(number_of(database)):
        raise forbidden(_REFUSED)
