"""``/tower-4/-/programs``: which programs may use the API, for admins.

A secret stands on the page that answers its making, and nowhere again.
"""

from __future__ import annotations

from typing import Any

from archive.accounts import Accounts, clients
from archive.accounts.clients import Client, Made
from archive.accounts.redirects import OUT_OF_BAND
from archive.database import Archive
from archive.errors import NotFound
from archive.people import Person, list_people
from plugins import sessions
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, word
from plugins.security import UNKEPT

LEVELS = ("read_only", "standard", "admin")


async def show(call: Call) -> Response:
    """Answer with the programs that may come, by when they were added."""

    def load(opened: Accounts, archive: Archive) -> list[dict[str, Any]]:
        people = {person.uuid: person for person in list_people(archive.connection)}
        return [
            _line(client, people.get(client.person or ""))
            for client in clients.list_clients(opened)
            if client.ended_at is None
        ]

    listed = await sessions.work(call.datasette, call.database, load)
    if call.wants_json:
        return data({"programs": listed})
    context = {"programs": listed, "levels": LEVELS, "shown": OUT_OF_BAND}
    return await archive_page(call, "programs.html", context)


def _line(client: Client, person: Person | None) -> dict[str, Any]:
    return {
        "client_id": client.id,
        "name": client.name,
        "person": person.id if person else None,
        "level": person.level if person else None,
        "public": client.secret is None,
        "redirect_uris": list(client.redirect_uris),
        "made_at": client.made_at,
    }


async def add(call: Call) -> Response:
    """Add a program: ``name``, ``level``, ``redirect_uris`` by lines, ``public``."""
    form = await call.form()
    given = form.get("redirect_uris")
    if not isinstance(given, list):
        given = (word(form, "redirect_uris") or "").split()
    uris = [str(uri) for uri in given]
    visit = sessions.visit(call.request.scope)

    def make(opened: Accounts, archive: Archive) -> Made:
        return clients.add_client(
            opened,
            archive.connection,
            word(form, "name") or "",
            visit,
            by=call.person,
            level=word(form, "level") or LEVELS[0],
            redirect_uris=uris,
            public=bool(flag(form, "public")),
        )

    made = await sessions.work(call.datasette, call.database, make)
    return await _shown_once(call, made)


async def renew(call: Call) -> Response:
    """Give a program another secret; its tokens end."""
    visit = sessions.visit(call.request.scope)

    def make(opened: Accounts, _: Archive) -> Made:
        client = _client(opened, call)
        secret = clients.new_secret(opened, client, visit, by=call.person)
        return Made(client, secret)

    made = await sessions.work(call.datasette, call.database, make)
    return await _shown_once(call, made)


async def _shown_once(call: Call, made: Made) -> Response:
    """Answer with the credentials of a program."""
    told = {"client_id": made.client.id, "client_secret": made.secret}
    if call.wants_json:
        answer = data(told)
    else:
        context = {"name": made.client.name, **told}
        answer = await archive_page(call, "program_made.html", context)
    answer.headers.update(UNKEPT)
    return answer


async def remove(call: Call) -> Response:
    """Remove a program; its tokens end, and its person becomes inactive."""
    form, visit = await call.form(), sessions.visit(call.request.scope)

    def end(opened: Accounts, archive: Archive) -> None:
        client, connection = _client(opened, call), archive.connection
        clients.remove_client(opened, connection, client, visit, by=call.person)

    await sessions.work(call.datasette, call.database, end)
    return changed(call, form, None)


def _client(opened: Accounts, call: Call) -> Client:
    found = clients.client_with_id(opened, call.names["client"])
    if found is None:
        raise NotFound("there is no such program", key="no_program")
    return found


_PROGRAM = r"/-/programs/(?P<client>[A-Za-z0-9._~-]{1,100})"
ROUTES = (
    Route("/-/programs", show, "edit_people", json=True),
    Route("/-/programs/add", add, "edit_people", ("POST",)),
    Route(_PROGRAM + "/secret", renew, "edit_people", ("POST",)),
    Route(_PROGRAM + "/remove", remove, "edit_people", ("POST",)),
)
