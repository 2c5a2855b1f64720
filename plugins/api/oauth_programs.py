"""A program in the archives that are served, as Authlib asks for it.

The same program may be registered in several archives, each with tables of its own. At
each step the archives are kept in which it still holds: where the secret fits, where
answers may be sent to that address, where the code is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from authlib.oauth2.rfc6749 import ClientMixin

from archive.accounts import Accounts, Visit, clients, redirects
from archive.accounts.clients import Client
from archive.accounts.grants import Dealing
from archive.database import open_archive
from archive.people import Person
from plugins.databases import ArchiveDatabase


@dataclass(frozen=True, slots=True)
class Place:
    """An archive that is served.

    :param person: who allows something, where somebody does
    """

    database: ArchiveDatabase
    accounts: Accounts
    person: Person | None = None


@dataclass(slots=True)
class Desk:
    """One request, worked on in one thread: when and from where, and the archives.

    An archive is opened when somebody has shown that they may come in.
    """

    places: list[Place]
    visit: Visit
    _opened: dict[str, Any] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def connection(self, place: Place) -> Any:  # noqa: ANN401
        """Return a connection to archive.db, unguarded: only to find out who asks."""
        name = place.database.name
        if name not in self._opened:
            archive = self._stack.enter_context(open_archive(place.database.folder))
            self._opened[name] = archive.connection
        return self._opened[name]

    def dealing(self, place: Place, client_id: str) -> Dealing:
        """Return what a program does in one archive, for ``archive.accounts``."""
        connect = partial(self.connection, place)
        return Dealing(place.accounts, connect, client_id, self.visit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def program(self, client_id: str) -> Program:
        """Return a program; one that is unknown is known in no archive."""
        found = [
            (place, client)
            for place in self.places
            if (client := clients.client_with_id(place.accounts, client_id))
        ]
        return Program(client_id, found)


@dataclass(slots=True, eq=False)
class Program(ClientMixin):  # type: ignore[misc]
    """A program, in each archive in which it still holds.

    One that nobody knows is an object, too: it is refused as one with a wrong secret.
    """

    id: str
    known: list[tuple[Place, Client]]

    def places(self) -> Iterator[Place]:
        """Yield the archives."""
        return (place for place, _ in self.known)

    @property
    def name(self) -> str:
        """What it is called, in the first of them."""
        return self.known[0][1].name

    def keep(self, condition: Callable[[Place, Client], bool]) -> bool:
        """Leave the archives in which it does not hold; whether any is left."""
        self.known = [one for one in self.known if condition(*one)]
        return bool(self.known)

    # What Authlib asks

    def get_client_id(self) -> str:
        """Return its id."""
        return self.id

    def get_default_redirect_uri(self) -> str | None:
        """Return where answers go when the request does not say, if that is certain."""
        found = {uri for _, client in self.known for uri in client.redirect_uris}
        return found.pop() if len(found) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:  # noqa: ARG002
        """Return the scopes: there are none."""
        return ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether answers may be sent there."""
        return self.keep(
            lambda _, client: redirects.matches(client.redirect_uris, redirect_uri)
        )

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        return self.keep(lambda _, client: clients.fits(client, client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        """Whether it may say so who it is; with no secret, when it can keep none."""
        if method == "none":
            return self.keep(lambda _, client: client.secret is None)
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        """Whether it may ask people so."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it may ask for tokens so."""
        if grant_type == "client_credentials":
            return self.keep(lambda _, client: client.person is not None)
        return grant_type in ("authorization_code", "refresh_token")
