"""An archive with accounts, and programs that come there for tokens at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.accounts import Accounts, Visit, list_events, tokens
from archive.accounts.grants import Dealing
from archive.accounts.sessions import new_token
from archive.accounts.store import reading
from archive.accounts.tokens import Asked, Pair
from archive.batches import batch
from archive.database import Archive
from archive.people import Person, add_person, edit_person, find_person, owner

NOW = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
SECONDS = timedelta(seconds=1)
ASKED = Asked("http://127.0.0.1:3000/cb", "x" * 43)


@dataclass
class Office:
    """An archive with Kim in it, and programs that come at a time."""

    archive: Archive
    accounts: Accounts
    now: datetime = NOW
    kim: Any = None

    def deal(self, client: str = "one") -> Dealing:
        visit = Visit(self.now, "10.0.0.5")
        return Dealing(self.accounts, lambda: self.archive.connection, client, visit)

    def allow(self, client: str = "one", person: Person | None = None) -> str:
        code = new_token()
        tokens.allow(self.deal(client), person or self.kim, code, ASKED)
        return code

    def redeem(self, code: str, client: str = "one") -> Pair | None:
        pair = Pair(new_token(), new_token())
        if tokens.look_at_code(self.deal(client), code) is None:
            return None
        return pair if tokens.redeem(self.deal(client), code, pair) else None

    def refresh(self, token: str, client: str = "one") -> Pair | None:
        pair = Pair(new_token(), new_token())
        if not tokens.look_at_refresh(self.deal(client), token):
            return None
        return pair if tokens.refresh(self.deal(client), token, pair) else None

    def holder(self, token: str) -> str | None:
        found = tokens.holder(self.accounts, self.archive.connection, token, self.now)
        return found.person.name if found else None

    def edit(self, **values: Any) -> None:
        connection = self.archive.connection
        sam = owner(connection)
        with batch(connection, sam):
            kim = find_person(connection, self.kim.id)
            edit_person(connection, sam, kim, **values)

    def pair(self) -> Pair:
        pair = self.redeem(self.allow())
        assert pair is not None
        return pair

    def events(self) -> list[str]:
        return [e.event for e in list_events(self.accounts, self.archive.connection)]

    def count(self, table: str) -> int:
        with reading(self.accounts) as opened:
            return int(opened.execute(f"select count(*) from {table}").fetchone()[0])


def add_kim(archive: Archive) -> Person:
    sam = owner(archive.connection)
    with batch(archive.connection, sam) as made:
        return add_person(archive.connection, sam, made, "Kim", level="standard")
