"""Passwords: which may be chosen, and how they are kept.

The rules are those of NIST SP 800-63B-4, 3.1.1.2, for a password that is the only
factor: at least 15 characters, no rules about which, no expiry; refused is what is made
of the person's own names and of the passwords that are tried first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from archive.errors import InvalidInput, WeakPassword
from archive.identity import normalized

SHORTEST = 15  # characters
LONGEST = 1024
_LEFT = 4  # characters that must be neither names nor common passwords
_UNIT = 8  # shortest part that may stand again and again

# What is tried first, without digits and signs where those are only put behind
_TRIED = """
    1q2w3e 1qaz2wsx 3edc4rfv abc access admin administrator asbuilt asdf asdfgh
    asdfghjkl baseball batman baustelle boss buddy changeme charlie computer
    construction correct horse battery staple daniel default demo dragon football foto
    fotos freedom fussball gast geheim google guest hallo hello hunter iloveyou
    internet jennifer jordan letmein login love manager master michael monkey mustang
    ninja passw0rd password passwort photo photos princess project projekt qazwsx
    qwer qwert qwertyuiop qwerty qwertz root samsung schalke schatz secret shadow
    starwars sunshine superman system test thomas trustno1 user welcome whatever
    willkommen yxcvbn zaq1 zxcvbn zxcvbnm
"""
_COMMON = frozenset(_TRIED.split())
_YEAR = re.compile(r"(19|20)\d\d")


def hasher(passes: int, kibibytes: int) -> PasswordHasher:
    """Return argon2id at a cost; it keeps one core busy."""
    return PasswordHasher(time_cost=passes, memory_cost=kibibytes, parallelism=1)


# 0.11 s of one core here, where 64 MiB and 3 passes take 0.16; more than the least that
# OWASP asks for (19 MiB, 2 passes: 0.03 s). Changing it is safe: what was hashed
# otherwise is hashed anew at the next login.
HASHER = hasher(5, 32_768)


def normal(password: str) -> str:
    """Return a password as it is hashed: NFKC, so that every keyboard spells it alike.

    :raises WeakPassword: it is too long
    :raises InvalidInput: it is no text
    """
    plain = normalized("NFKC", password)
    if len(plain) > LONGEST:
        raise WeakPassword("long", f"a password has at most {LONGEST} characters")
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the password is not valid Unicode") from None
    return plain


def check_new(password: str, *names: str | None) -> None:
    """Refuse a new password that is too short or that would be guessed.

    :param names: of the person and of the project, their login
    :raises WeakPassword: says what is wrong with it
    :raises InvalidInput: it is no text
    """
    plain = normal(password)
    if len(plain) < SHORTEST:
        raise WeakPassword(
            "short",
            f"a password needs at least {SHORTEST} characters;"
            " three or four words are easy to keep in mind",
        )
    letters = _letters(plain)
    known = {word for name in names for word in _words(name or "")} | _COMMON
    unit = _unit(letters or plain)
    if len(unit) < _UNIT:
        raise WeakPassword("repeated", "the password is one short part again and again")
    if letters and _left(unit, known) < _LEFT:
        raise WeakPassword(
            "guessed",
            "the password is made of names, years and common passwords, which are"
            " tried first",
        )


def _letters(text: str) -> str:
    """Return letters and digits alone: signs between words do not make them new."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _words(name: str) -> set[str]:
    """Return what a name is made of: ``ana.silva@example.com`` has four parts."""
    parts = re.split(r"[\W_]+", name.casefold())
    return {part for part in [*parts, _letters(name)] if len(part) > 2}


def _unit(text: str) -> str:
    """Return the shortest part of which a text is the repetition."""
    return text[: (text + text).find(text, 1)]


def _left(text: str, known: set[str]) -> int:
    """Return how many characters stand outside known words, at the least."""
    fewest = [0, *([len(text)] * len(text))]  # up to each place
    for place in range(len(text)):
        fewest[place + 1] = min(fewest[place + 1], fewest[place] + 1)
        for end in _guessed(text, place, known):
            fewest[end] = min(fewest[end], fewest[place])
    return fewest[-1]


def _guessed(text: str, place: int, known: set[str]) -> Iterator[int]:
    """Yield where something ends that begins here and would be guessed."""
    for word in known:
        if text.startswith(word, place):
            yield place + len(word)
    if _YEAR.match(text, place):
        yield place + 4
    end = _run(text, place)
    if end - place >= 3:
        yield end


def _run(text: str, place: int) -> int:
    """Return the end of a run such as ``aaa``, ``123`` or ``cba``."""
    codes = [ord(c) for c in text[place : place + 40]]  # longer ones go on there
    steps = [b - a for a, b in pairwise(codes)]
    if not steps or abs(steps[0]) > 1:
        return place + 1
    length = next((n for n, step in enumerate(steps) if step != steps[0]), len(steps))
    return place + length + 1


def hash_password(password: str) -> str:
    """Return a password as it is stored: argon2id in PHC form.

    Takes as long as a login is meant to take, and is never called where others wait.
    """
    return HASHER.hash(normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one. Takes as long when nothing is stored.

    :param stored: None: no such person, or no password yet
    """
    try:
        plain = normal(password)
    except InvalidInput:
        stored, plain = None, ""
    if stored is None:
        HASHER.hash(plain)
        return False
    try:
        return HASHER.verify(stored, plain)
    except (InvalidHashError, VerificationError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a password was hashed at another cost than today's."""
    return HASHER.check_needs_rehash(stored)
