"""When and from where Kim comes, with which password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from archive import accounts as a
from archive.accounts import Accounts, Begun, Visit
from archive.database import Archive

NOW = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)


HERE = Visit(NOW, "192.168.1.20", "Firefox, Linux")


PASSWORD, ANOTHER = "crane harness tide", "gravel lantern oak"


Edit = Callable[..., None]


def after(**times: float) -> Visit:
    return Visit(NOW + timedelta(**times), HERE.address, HERE.browser)


def accept(
    accounts: Accounts,
    archive: Archive,
    token: str,
    password: str = ANOTHER,
    visit: Visit = HERE,
) -> Begun:
    return a.accept(accounts, archive.connection, token, password, visit)
