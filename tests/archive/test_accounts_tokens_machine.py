"""Codes and tokens in any order, of any program: a model says what each is worth."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from archive.accounts import grants, tokens
from archive.accounts.store import open_accounts, reading, transaction
from archive.accounts.tokens import Pair
from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.people import add_person, owner
from tests.archive.token_office import SECONDS, Office


@dataclass
class Family:
    """What ought to be true of a grant."""

    client: str
    person: str
    alive: bool = True
    access: dict[str, datetime] = field(default_factory=dict)


CLIENTS = st.sampled_from(["one", "two"])
PEOPLE = st.sampled_from(["Kim", "Lee"])


class Tokens(RuleBasedStateMachine):
    """Programs come with codes and tokens, new, used, old and each other's."""

    codes = Bundle("codes")
    refreshes = Bundle("refreshes")

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory())) / "tower"
        create_archive(folder, "Tower", "Sam")
        archive = self.stack.enter_context(open_archive(folder))
        accounts = self.stack.enter_context(open_accounts(folder))
        self.office = Office(archive, accounts)
        with reading(accounts) as opened:  # nothing here is to outlive a power cut
            opened.execute("PRAGMA synchronous = OFF")
        archive.connection.execute("PRAGMA synchronous = OFF")
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as made:
            self.people = {
                name: add_person(archive.connection, sam, made, name)
                for name in ("Kim", "Lee")
            }
        self.shut: set[str] = set()
        self.families: list[Family] = []
        self.used: set[str] = set()

    def teardown(self) -> None:
        self.stack.close()

    @property
    def now(self) -> datetime:
        return self.office.now

    @rule(target=codes, client=CLIENTS, name=PEOPLE)
    def allow(self, client: str, name: str) -> Any:
        if name in self.shut:
            return multiple()
        code = self.office.allow(client, self.people[name])
        family = Family(client, name)
        self.families.append(family)
        return code, family, self.now + tokens.CODE_LASTS

    @rule(target=refreshes, code=codes, client=CLIENTS)
    def redeem(self, code: Any, client: str) -> Any:
        text, family, ends_at = code
        reused = text in self.used
        pair = self.office.redeem(text, client)
        good = client == family.client and family.alive and not reused
        assert (pair is not None) == (good and self.now < ends_at)
        return self._exchanged(text, family, client, pair, reused)

    @rule(target=refreshes, token=refreshes, client=CLIENTS)
    def refresh(self, token: Any, client: str) -> Any:
        text, family = token
        reused = text in self.used
        pair = self.office.refresh(text, client)
        good = client == family.client and family.alive and not reused
        assert (pair is not None) == good
        return self._exchanged(text, family, client, pair, reused)

    def _exchanged(
        self, text: str, family: Family, client: str, pair: Pair | None, reused: bool
    ) -> Any:
        if client == family.client and reused:
            family.alive = False
        if pair is None:
            return multiple()
        self.used.add(text)
        family.access[pair.access] = self.now
        return str(pair.refresh), family

    @rule(token=refreshes, client=CLIENTS)
    def revoke(self, token: Any, client: str) -> None:
        text, family = token
        done = tokens.revoke(self.office.deal(client), text)
        assert done == (client == family.client and family.alive)
        family.alive = family.alive and not done

    @rule(code=consumes(codes))
    def forget(self, code: Any) -> None:
        """A code that nobody comes with."""

    @rule(name=PEOPLE)
    def shut_out(self, name: str) -> None:
        self.office.kim = self.people[name]
        self.office.edit(active=False)
        self.shut.add(name)
        for family in self.families:
            family.alive = family.alive and family.person != name

    @rule(name=PEOPLE)
    def let_in(self, name: str) -> None:
        self.office.kim = self.people[name]
        self.office.edit(active=True)
        self.shut.discard(name)

    @rule(seconds=st.sampled_from([1, 599, 600, 5399, 5400]))
    def wait(self, seconds: int) -> None:
        self.office.now += seconds * SECONDS

    @precondition(lambda self: self.families)
    @rule(data=st.data())
    def end_all_of_a_program(self, data: Any) -> None:
        client = data.draw(CLIENTS)
        with transaction(self.office.accounts) as opened:
            grants.end(opened, client=client)
        for family in self.families:
            family.alive = family.alive and family.client != client

    @invariant()
    def access_tokens_hold_as_long_as_they_may(self) -> None:
        for family in getattr(self, "families", []):
            for token, made_at in family.access.items():
                lasts = self.now < made_at + tokens.ACCESS_SECONDS * SECONDS
                expected = family.person if family.alive and lasts else None
                assert self.office.holder(token) == expected


Tokens.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)
TestTokens = Tokens.TestCase
