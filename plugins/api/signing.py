"""Words that we hand out and know again: signed with a secret of each archive.

Whoever holds them may do what they say, without a token. They are no secret to whom
they were given, and nothing can be changed in them.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from weakref import WeakKeyDictionary

from itsdangerous import Signer

from archive.accounts.secrets import LENGTH, secret
from archive.errors import ArchiveLocked, StoreError
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase, archives
from plugins.sessions import accounts_of

NAME = "addresses"
LONGEST = 600  # characters of a token
_TAIL = 12  # digits of an archive's uuid: random ones, enough to tell which it is


@dataclass(frozen=True, slots=True)
class _Ring:
    """What one archive signs with.

    :param tail: stands in its tokens, to tell whose they are
    :param signers: by what they sign for; made as they are needed
    """

    secret: bytes
    tail: str
    signers: dict[str, Signer] = field(default_factory=dict)


_rings: WeakKeyDictionary[ArchiveDatabase, _Ring] = WeakKeyDictionary()


class Signed(NamedTuple):
    """What somebody was given, in which archive."""

    database: ArchiveDatabase
    words: list[str]


def sign(
    datasette: Datasette, database: ArchiveDatabase, what: str, *words: str | int
) -> str:
    """Return a token for words without dots in them.

    :param what: what it is for; it is good for nothing else
    """
    ring = _ring(datasette, database)
    plain = ".".join((ring.tail, *map(str, words)))
    return _signer(ring, what).sign(plain).decode()


def signature(
    datasette: Datasette, database: ArchiveDatabase, what: str, text: str
) -> str:
    """Return the signature of a text that is sent beside it."""
    ring = _ring(datasette, database)
    return _signer(ring, what).get_signature(text).decode()


def is_signed(
    datasette: Datasette, database: ArchiveDatabase, what: str, text: str, given: str
) -> bool:
    """Whether ``signature`` gave this for the text."""
    signer = _signer(_ring(datasette, database), what)
    return _is_same(signer.get_signature(text.encode("utf-8", "replace")), given)


def read(datasette: Datasette, what: str, token: str) -> Signed | None:
    """Return what a token says; None: we never signed it, or not for this."""
    if len(token) > LONGEST or not token.isascii():
        return None
    tail = token.partition(".")[0]
    for database in archives(datasette):
        ring = _ring(datasette, database)
        if ring.tail == tail:
            signer = _signer(ring, what)
            plain = token.rpartition(".")[0]
            known = _is_same(signer.sign(plain), token)
            return Signed(database, plain.split(".")[1:]) if known else None
    return None


def _is_same(ours: bytes, given: str) -> bool:
    """Whether it is ours in each character, not only in the bytes that it stands for.

    The last digit of a signature holds two bits that nobody reads.
    """
    return hmac.compare_digest(ours, given.encode("utf-8", "replace"))


def _signer(ring: _Ring, what: str) -> Signer:
    """Return what signs for one purpose, with a key that is derived once."""
    if what not in ring.signers:
        key = hmac.digest(ring.secret, f"asbuilt {what}".encode(), "sha256")
        ring.signers[what] = Signer(key, key_derivation="none", digest_method=sha256)
    return ring.signers[what]


def _ring(datasette: Datasette, database: ArchiveDatabase) -> _Ring:
    """Return an archive's; on a disk that cannot be written, for this process only."""
    if database not in _rings:
        accounts = accounts_of(datasette, database)
        try:
            key = secret(accounts, NAME)
        except (StoreError, ArchiveLocked):
            key = os.urandom(LENGTH)
        _rings[database] = _Ring(key, accounts.archive[-_TAIL:])
    return _rings[database]
