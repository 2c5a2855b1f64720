"""Failed logins make the next one wait, each login and each address by itself."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.accounts import Accounts, open_accounts, throttling
from archive.accounts.store import transaction
from archive.errors import TooManyAttempts

NOW = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADDRESS = "192.168.1.20"


def fail(accounts: Accounts, login: str, now: datetime, address: str = ADDRESS) -> int:
    """Return 0 when the attempt was let through (and failed), else the wait."""
    try:
        throttling.begin(accounts, login, address, now)
    except TooManyAttempts as error:
        return error.seconds
    return 0


def succeed(accounts: Accounts, login: str, now: datetime, address: str) -> None:
    attempt = throttling.begin(accounts, login, address, now)
    with transaction(accounts) as opened:
        throttling.succeeded(opened, attempt)


@given(st.sampled_from(["login", "address"]), st.integers(0, 10_000))
def test_waits_double_and_end_at_a_quarter_of_an_hour(kind: str, failed: int) -> None:
    wait, after = throttling.delay(kind, failed), throttling.delay(kind, failed + 1)
    assert 0 <= wait <= after <= 900
    assert after in (2 * wait, 900) or wait == 0
    assert (wait == 0) is (failed <= throttling.FREE[kind])


def test_a_few_typing_errors_cost_nothing_then_each_costs_twice(
    accounts: Accounts,
) -> None:
    for _ in range(5):
        assert fail(accounts, "ana", NOW) == 0
    now, waits = NOW, []
    for _ in range(12):
        waits.append(fail(accounts, "ana", now))
        now += waits[-1] * SECOND
        assert fail(accounts, "ana", now) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_asking_again_while_waiting_does_not_wait_longer(accounts: Accounts) -> None:
    for _ in range(5):
        assert fail(accounts, "ana", NOW) == 0
    for _ in range(50):
        assert fail(accounts, "ana", NOW) == 1
    assert fail(accounts, "ana", NOW + SECOND) == 0


def test_a_login_waits_wherever_it_is_tried_from(accounts: Accounts) -> None:
    for number in range(5):
        assert fail(accounts, "ana", NOW, f"10.0.0.{number}") == 0
    assert fail(accounts, "ANA ", NOW, "10.0.0.99") == 1
    assert fail(accounts, "kim", NOW, "10.0.0.99") == 0


def test_an_address_waits_whomever_it_tries(accounts: Accounts) -> None:
    for number in range(21):
        assert fail(accounts, f"person {number}", NOW) == 0
    assert fail(accounts, "somebody else", NOW) == 1
    assert fail(accounts, "somebody else", NOW, "10.0.0.1") == 0


def test_success_forgets_the_login_but_not_the_address(accounts: Accounts) -> None:
    """Else an account of one's own would clear the address between guesses."""
    for number in range(20):
        assert fail(accounts, f"person {number}", NOW) == 0
    succeed(accounts, "mallory", NOW, ADDRESS)
    assert fail(accounts, "person 20", NOW) == 0
    assert fail(accounts, "person 21", NOW) == 1
    for _ in range(4):
        assert fail(accounts, "kim", NOW, "10.0.0.1") == 0
    succeed(accounts, "kim", NOW, "10.0.0.1")
    for _ in range(5):
        assert fail(accounts, "kim", NOW, "10.0.0.1") == 0


def test_a_new_start_forgets_nothing(accounts: Accounts, folder: Path) -> None:
    for _ in range(5):
        fail(accounts, "ana", NOW)
    accounts.close()
    with open_accounts(folder) as again:
        assert fail(again, "ana", NOW) == 1


@pytest.mark.parametrize(
    ("kind", "hours"), [("login", 24), ("address", 1)], ids=["login", "address"]
)
def test_failures_are_forgotten_in_time(
    accounts: Accounts, kind: str, hours: int
) -> None:
    def once(number: int, now: datetime) -> int:
        if kind == "login":
            return fail(accounts, "ana", now, f"10.0.0.{number}")
        return fail(accounts, f"person {number}", now)

    for number in range(throttling.FREE[kind] + 1):
        assert once(number, NOW) == 0
    assert once(90, NOW) == 1
    later = NOW + timedelta(hours=hours, seconds=1)
    assert once(91, later) == 0
    assert once(92, later) == 0


def test_a_clock_that_was_ahead_locks_nobody_out(accounts: Accounts) -> None:
    ahead = NOW + timedelta(days=400)
    for _ in range(5):
        fail(accounts, "ana", ahead)
    assert fail(accounts, "ana", ahead) == 1
    assert fail(accounts, "ana", NOW) == 0


def test_a_thousand_at_once_are_no_way_around(accounts: Accounts) -> None:
    """An attempt counts before its password is looked at."""
    let_through = []

    def guess() -> None:
        if fail(accounts, "ana", NOW) == 0:
            let_through.append(1)

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_through) == throttling.FREE["login"] + 1


def test_nothing_that_was_typed_is_kept(accounts: Accounts) -> None:
    fail(accounts, "my secret password", NOW)
    accounts.close()
    for path in accounts.path.parent.glob("accounts.db*"):
        assert b"my secret" not in path.read_bytes()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_one_person_has_a_whole_ipv6_network(address: str, network: str) -> None:
    assert throttling.network(address) == network
