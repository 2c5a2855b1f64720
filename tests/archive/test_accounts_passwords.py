"""Which passwords may be chosen, and how they are kept."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.accounts import passwords
from archive.errors import InvalidInput

NAMES = ("Ana Silva", "ana.silva@example.com", "Tower 4, Süd")
GOOD = "crane harness tide"
REAL = passwords.HASHER  # before any test runs


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "830274917650183",
        "ÄÖÜ ß naïve 北京 tide",
        "🏗 🧱 🦺 🚧 🪜 🔩 🔨 🪛",
        "               x quite blank",
        "Hafen-Regen-Mütze",
        "password-of-the-heron",
    ],
)
def test_any_long_password_may_be_chosen(password: str) -> None:
    passwords.check_new(password, *NAMES)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 15"),
        ("short horse", "at least 15"),
        ("12345678901234567890", "made of names"),
        ("password12345678", "made of names"),
        ("Password-Password!", "made of names"),
        ("P a s s w o r d 2 0 2 6", "made of names"),
        ("abcdefghijklmnopqrstuvwxyz", "made of names"),
        ("zyxwvutsrqponmlkjihgf", "made of names"),
        ("aaaaaaaaaaaaaaaaaaaa", "again and again"),
        ("tulip9tulip9tulip9", "again and again"),
        ("Ana Silva Ana Silva", "made of names"),
        ("ana.silva@example.com", "made of names"),
        ("anasilva2026tower", "made of names"),
        ("Tower 4 Süd 1984!", "made of names"),
        ("correct horse battery staple", "made of names"),
        ("qwertyuiopasdfghjkl", "made of names"),
        ("!!!!!!!!!!!!!!!!!!!!", "again and again"),
        ("x" * 1025, "at most 1024"),
        ("half of a pair \ud800 tide", "not valid"),
    ],
)
def test_what_would_be_guessed_is_refused(password: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        passwords.check_new(password, *NAMES)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
@example("ﬁﬁﬁﬁﬁﬁﬁﬁ", [])
def test_whatever_is_chosen_is_long_or_refused(password: str, names: list[str]) -> None:
    with suppress(InvalidInput):
        passwords.check_new(password, *names)
        assert len(passwords.normal(password)) >= passwords.SHORTEST


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30), st.text())
def test_only_the_same_password_matches(password: str, other: str) -> None:
    stored = passwords.hash_password(password)
    assert passwords.matches(stored, password)
    try:
        same = passwords.normal(password) == passwords.normal(other)
    except InvalidInput:
        same = False
    assert passwords.matches(stored, other) is same


def test_every_keyboard_spells_it_alike() -> None:
    stored = passwords.hash_password("Mu\u0308tze und Regen")
    assert passwords.matches(stored, "M\u00fctze und Regen")


def test_the_stored_form_says_its_cost_and_holds_no_password() -> None:
    stored = passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert GOOD not in stored
    assert stored != passwords.hash_password(GOOD)
    assert not passwords.is_outdated(stored)


@pytest.mark.parametrize("stored", [None, "", "plain text", "$argon2id$v=19$x"])
def test_without_a_hash_nothing_matches(stored: str | None) -> None:
    assert not passwords.matches(stored, "")
    assert not passwords.matches(stored, GOOD)


@pytest.mark.parametrize("password", [GOOD, "x" * 5000, "\ud800", ""])
@pytest.mark.parametrize("known", [True, False])
def test_one_hash_is_computed_whoever_asks(
    known: bool, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of an answer tells nothing about whom there is."""
    stored = passwords.hash_password("another long one") if known else None
    computed = []

    class Counting:
        def hash(self, text: str) -> str:
            computed.append(text)
            return ""

        def verify(self, _stored: str, text: str) -> bool:
            computed.append(text)
            return False

    monkeypatch.setattr(passwords, "HASHER", Counting())
    assert not passwords.matches(stored, password)
    assert len(computed) == 1


def test_the_cost_is_what_owasp_asks_for_and_a_laptop_has() -> None:
    """At least 19 MiB and 2 passes; two at once in 64 MiB."""
    assert REAL.type.name == "ID"
    assert REAL.memory_cost * REAL.time_cost >= 19_456 * 2
    assert 19_456 <= REAL.memory_cost <= 32_768
    assert REAL.parallelism == 1
