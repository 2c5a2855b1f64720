"""Words that we hand out and know again: signed with a secret of each archive.

Whoever holds them may do what they say, without a token. They are no secret to whom
they were given, and nothing can be changed in them.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from typing import NamedTuple
from weakref import WeakKeyDictionary

from itsdangerous import BadSignature, Signer

from archive.accounts.secrets import LENGTH, secret
from archive.errors import ArchiveLocked, StoreError
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase, archives
from plugins.sessions import accounts_of

NAME = "addresses"
LONGEST = 600  # characters of a token
_TAIL = 12  # digits of an archive's uuid: random ones, enough to tell which it is

_keys: WeakKeyDictionary[ArchiveDatabase, bytes] = WeakKeyDictionary()
_signers: WeakKeyDictionary[ArchiveDatabase, dict[str, Signer]] = WeakKeyDictionary()


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
    plain = ".".join((_tail(datasette, database), *map(str, words)))
    return _signer(datasette, database, what).sign(plain).decode()


def signature(
    datasette: Datasette, database: ArchiveDatabase, what: str, text: str
) -> str:
    """Return the signature of a text that is sent beside it."""
    return _signer(datasette, database, what).get_signature(text).decode()


def is_signed(
    datasette: Datasette, database: ArchiveDatabase, what: str, text: str, given: str
) -> bool:
    """Whether ``signature`` gave this for the text."""
    signer = _signer(datasette, database, what)
    return signer.verify_signature(text.encode("utf-8", "replace"), given.encode())


def read(datasette: Datasette, what: str, token: str) -> Signed | None:
    """Return what a token says; None: we never signed it, or not for this."""
    if len(token) > LONGEST or not token.isascii():
        return None
    tail = token.partition(".")[0]
    for database in archives(datasette):
        if _tail(datasette, database) == tail:
            try:
                plain = _signer(datasette, database, what).unsign(token).decode()
            except BadSignature:
                return None
            return Signed(database, plain.split(".")[1:])
    return None


def _tail(datasette: Datasette, database: ArchiveDatabase) -> str:
    return accounts_of(datasette, database).archive[-_TAIL:]


def _signer(datasette: Datasette, database: ArchiveDatabase, what: str) -> Signer:
    """Return what signs for one purpose: a list of images has 200 addresses."""
    known = _signers.setdefault(database, {})
    if what not in known:
        master = _key(datasette, database)
        key = hmac.new(master, f"asbuilt {what}".encode(), sha256).digest()
        known[what] = Signer(key, key_derivation="none", digest_method=sha256)
    return known[what]


def _key(datasette: Datasette, database: ArchiveDatabase) -> bytes:
    """Return the archive's secret; on a disk that cannot be written, this process's."""
    if database not in _keys:
        try:
            _keys[database] = secret(accounts_of(datasette, database), NAME)
        except (StoreError, ArchiveLocked):
            _keys[database] = os.urandom(LENGTH)
    return _keys[database]
