"""Archives that are served, and programs that come to them with credentials."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from archive.accounts import Visit, clients, open_accounts, store
from archive.accounts.clients import Made
from archive.clock import utc_now
from archive.database import create_archive, open_archive
from archive.people import owner
from plugins.access import Access
from plugins.api import bearer
from tests.plugins.conftest import Site
from tests.plugins.visitors import Visitor

ACTOR_OF = bearer.actor_of  # before any fixture puts another in its place
CALLBACK = "http://127.0.0.1:3000/cb"
VERIFIER = "v" * 43
OWNER, ACCOUNTS = Access(owner=True), Access(accounts=True)


def challenge(verifier: str = VERIFIER) -> str:
    sha = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(sha).decode().rstrip("=")


def basic(name: str, secret: str | None) -> dict[str, str]:
    both = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"authorization": f"Basic {both}"}


@dataclass
class Town:
    """Archives in one process.

    :param folders: theirs, in the order of ``titles``
    """

    site: Site
    folders: list[Path]

    def visitor(self, **about: Any) -> Visitor:
        """Bring somebody with a browser, who sits at this computer."""
        here = {"base": "http://127.0.0.1:8001", "address": "127.0.0.1"}
        return Visitor(self.site.datasette.app(), self.site.loop, **{**here, **about})

    def add(self, name: str = "Reports", *places: int, **options: Any) -> Made:
        """Register a program in the first archive, or in all that are named."""
        made: Made | None = None
        for place in places or (0,):
            folder = self.folders[place]
            if made:
                options = {
                    **options,
                    "client_id": made.client.id,
                    "secret": made.secret,
                }
            with open_archive(folder) as archive, open_accounts(folder) as accounts:
                who = owner(archive.connection)
                connection = archive.connection
                now = Visit(utc_now())
                made = clients.add_client(
                    accounts, connection, name, now, by=who, **options
                )
        assert made
        return made

    def remove(self, made: Made, place: int = 0) -> None:
        folder = self.folders[place]
        with open_archive(folder) as archive, open_accounts(folder) as accounts:
            connection, who = archive.connection, owner(archive.connection)
            now = Visit(utc_now())
            clients.remove_client(accounts, connection, made.client, now, by=who)

    def post(self, path: str, fields: Any = None, **options: Any) -> Any:
        """Send what a program sends, which is no browser."""
        visitor = self.visitor(agent="reports/1.0", **options.pop("about", {}))
        if fields is not None:
            options["data"] = fields
        return visitor.ask("POST", path, **options)

    def token(self, made: Made, **fields: Any) -> Any:
        """Ask /oauth/token, with the credentials in the form."""
        known = {"client_id": made.client.id}
        if made.secret:
            known["client_secret"] = made.secret
        return self.post("/oauth/token", {**known, **fields})

    def by_itself(self, made: Made) -> str:
        answer = self.token(made, grant_type="client_credentials")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def info(self, token: str) -> Any:
        headers = {"authorization": f"Bearer {token}"}
        return self.visitor().get("/oauth/token/info", headers=headers)

    def holds(self, token: str) -> bool:
        status = self.info(token).status_code
        assert status in (200, 401)
        return bool(status == 200)

    def allow(self, made: Made, who: Visitor | None = None, **more: Any) -> Any:
        """Let somebody answer yes; return where that leads."""
        who = who or self.visitor()
        return who.post(address(made, **more), {"answer": "yes"})

    def code(self, made: Made, who: Visitor | None = None, **more: Any) -> str:
        answer = self.allow(made, who, **more)
        assert answer.status_code == 302, answer.text
        return arguments(answer)["code"]

    def redeem(self, made: Made, code: str, **more: Any) -> Any:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **more,
        }
        return self.token(made, **{k: v for k, v in fields.items() if v is not None})

    def pair(self, made: Made, who: Visitor | None = None) -> dict[str, Any]:
        answer = self.redeem(made, self.code(made, who))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refresh(self, made: Made, token: str, **more: Any) -> Any:
        return self.token(made, grant_type="refresh_token", refresh_token=token, **more)

    def written(self) -> bytes:
        """Return all that the databases hold."""
        files = [path for folder in self.folders for path in folder.glob("*.db*")]
        return b"".join(path.read_bytes() for path in files)

    def execute(self, sql: str, place: int = 0) -> Any:
        with (
            open_accounts(self.folders[place]) as accounts,
            store.transaction(accounts) as opened,
        ):
            return opened.execute(sql).fetchall()


def address(made: Made, **more: Any) -> str:
    """Return where a program sends somebody; None leaves a parameter out."""
    fields = {
        "response_type": "code",
        "client_id": made.client.id,
        "redirect_uri": CALLBACK,
        "state": "xyz",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        **more,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return f"/oauth/authorize?{urlencode(given)}"


def arguments(answer: Any) -> dict[str, str]:
    """Return the arguments of the address that an answer leads to."""
    query = urlsplit(answer.headers["location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def words(page: str) -> str:
    """Return what a page says."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def json_body(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "content": json.dumps(fields),
        "headers": {"content-type": "application/json"},
    }


@contextmanager
def served(
    loop: Any,
    parent: Path,
    *titles: str,
    access: Access = OWNER,
    people: Any = None,
    **options: Any,
) -> Iterator[Town]:
    """Serve new archives.

    :param people: called with each folder, to let people in
    """
    from plugins.serving import make_datasette

    folders = [parent / title for title in titles or ("Tower",)]
    for folder in folders:
        create_archive(folder, folder.name, "Sam Archer")
        if people:
            people(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bearer, "actor_of", ACTOR_OF)
        datasette = make_datasette(folders, access=access, **options)
        loop.run(datasette.invoke_startup())
        try:
            yield Town(Site(datasette, loop, folders[0]), folders)
        finally:
            loop.run(datasette.invoke_shutdown())
