"""Failed logins make the next one wait: each login and each address by itself.

An attempt counts as failed until it has succeeded, so that a thousand at once are not
let through before the first has failed. It is kept in the database: starting the server
again forgets nothing. What was typed is kept as a hash; it may be a password.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.accounts.store import Accounts, transaction
from archive.clock import timestamp
from archive.errors import TooManyAttempts
from archive.identity import name_key

LONGEST = 900  # seconds
_FORGOTTEN = {"login": timedelta(hours=24), "address": timedelta(hours=1)}
# Failures without a wait. Behind one address there may be a whole site office.
FREE = {"login": 4, "address": 20}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login under way, counted as failed already.

    :param keys: kind and key of what is counted
    """

    keys: tuple[tuple[str, str], ...]


def delay(kind: str, failed: int) -> int:
    """Return the seconds to wait after so many failures: 1, 2, 4 … up to 15 minutes."""
    beyond = failed - FREE[kind]
    return 0 if beyond <= 0 else min(LONGEST, 1 << min(beyond - 1, 20))


def begin(accounts: Accounts, login: str, address: str, now: datetime) -> Attempt:
    """Count an attempt, or refuse it.

    :raises TooManyAttempts: it has to wait; nothing was counted
    """
    keys = (("login", _login_key(login)), ("address", _address_key(address)))
    with transaction(accounts) as connection:
        found = [(kind, key, *_state(connection, kind, key, now)) for kind, key in keys]
        wait = max(waiting for *_, waiting in found)
        if wait > 0:
            raise TooManyAttempts(wait)
        for kind, key, failed, _ in found:
            free_at = now + timedelta(seconds=delay(kind, failed + 1))
            connection.execute(
                "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?)",
                (key, failed + 1, timestamp(now), timestamp(free_at)),
            )
    return Attempt(keys)


def succeeded(connection: Any, attempt: Attempt) -> None:  # noqa: ANN401
    """Forget the failures of this login; of the address only this very attempt.

    Else somebody with an account could clear their address between their guesses.
    """
    for kind, key in attempt.keys:
        if kind == "login":
            connection.execute("DELETE FROM attempts WHERE key = ?", (key,))
        else:
            connection.execute(
                """
                UPDATE attempts SET failed = failed - 1, free_at = failed_at
                WHERE key = ?
                """,
                (key,),
            )


def forget(connection: Any, login: str) -> None:  # noqa: ANN401
    """Let this login in at once again: it has a new password."""
    connection.execute("DELETE FROM attempts WHERE key = ?", (_login_key(login),))


def clear(connection: Any, now: datetime) -> None:  # noqa: ANN401
    """Remove what has been forgotten."""
    before = timestamp(now - max(_FORGOTTEN.values()))
    connection.execute("DELETE FROM attempts WHERE failed_at < ?", (before,))


def _state(connection: Any, kind: str, key: str, now: datetime) -> tuple[int, int]:  # noqa: ANN401
    """Return the failures that still count, and the seconds still to wait."""
    row = connection.execute(
        "SELECT failed, failed_at, free_at FROM attempts WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return 0, 0
    failed, failed_at, free_at = row
    if now - datetime.fromisoformat(failed_at) > _FORGOTTEN[kind]:
        return 0, 0
    wait = (datetime.fromisoformat(free_at) - now).total_seconds()
    # Longer than ever given: the clock was wrong then
    return failed, 0 if wait > LONGEST else max(0, -int(-wait // 1))


def _login_key(login: str) -> str:
    return _key("login", name_key(login))


def _address_key(address: str) -> str:
    return _key("address", network(address))


def _key(kind: str, what: str) -> str:
    text = f"{kind}:{what}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()


def network(address: str) -> str:
    """Return what one person has of addresses: all of IPv4's, a /64 of IPv6's."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6:
        plain = found.ipv4_mapped
        return str(plain or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
