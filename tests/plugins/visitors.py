"""People who come with a browser of their own: cookies, an address, a Host header."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import accounts
from archive.accounts import Visit
from archive.batches import batch
from archive.clock import utc_now
from archive.database import open_archive
from archive.people import Person, add_person, edit_person, find_person, owner

PASSWORDS = {
    "sam": "crane harness tide",
    "kim": "gravel lantern oak",
    "rae": "pebble anchor fern",
}
PAGE = {"accept": "text/html,*/*;q=0.8"}


@dataclass
class Visitor:
    """Somebody with a browser, before an application that runs in ``loop``."""

    app: Any
    loop: Any
    base: str = "http://192.168.1.5:8001"
    address: str = "192.168.1.20"
    agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    cookies: Any = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        import httpx2

        headers = {**PAGE, "user-agent": self.agent, **options.pop("headers", {})}

        async def send() -> Any:
            transport = httpx2.ASGITransport(app=self.app, client=(self.address, 4000))
            async with httpx2.AsyncClient(
                transport=transport, base_url=self.base, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, headers=headers, **options)
                self.cookies = client.cookies
            return answer

        return self.loop.run(send())

    def get(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options)

    def post(
        self, path: str, form: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        """Send a form, as a page of ours does."""
        headers = {"origin": self.base, **options.pop("headers", {})}
        data = form or {}
        return self.ask("POST", path, data=data, headers=headers, **options)

    def log_in(self, login: str, password: str | None = None, **fields: Any) -> Any:
        form = {
            "login": login,
            "password": PASSWORDS[login] if password is None else password,
        }
        return self.post("/-/login", {**form, **fields})


def let_in(folder: Path) -> None:
    """Let Kim and Rae log in beside the owner, at the standard level."""
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as made:
            for name in ("Kim", "Rae"):
                add_person(archive.connection, sam, made, name, level="standard")
    give_passwords(folder)


def give_passwords(folder: Path) -> None:
    """Let the people of ``conftest.fill`` log in: 1 as sam, 2 as kim, 3 as rae."""
    with (
        open_archive(folder) as archive,
        accounts.open_accounts(folder) as opened,
    ):
        connection, sam = archive.connection, owner(archive.connection)
        for number, login in enumerate(PASSWORDS, 1):
            with batch(connection, sam):
                person = find_person(connection, number)
                person = edit_person(connection, sam, person, login=login)
            secret, visit = PASSWORDS[login], Visit(utc_now())
            accounts.set_password(opened, connection, person, secret, visit, by=sam)


def change_person(folder: Path, number: int, **values: Any) -> Person:
    """Change somebody from outside of the server, as the command line does."""
    with open_archive(folder) as archive:
        connection, sam = archive.connection, owner(archive.connection)
        with batch(connection, sam):
            person = find_person(connection, number)
            return edit_person(connection, sam, person, **values)
