"""Signing what leaves the archive, so that others can check that it came from here.

Ed25519 (RFC 8032) over the bytes of a file as they are; the signature lies beside it,
so that plain openssl checks it (``HOW``). Each archive has a key on each computer, made
when it is first needed and kept there (``archive.secrets``), never in the archive. The
archive has its public half in ``signing_keys``, as part of the history; a key that was
replaced stays there, so what it signed can still be checked.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from archive.batches import batch
from archive.database import Archive
from archive.errors import InvalidInput
from archive.people import Person
from archive.secrets import Vault, keep, recall
from archive.sqlite import sqlite3

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE = ".sig"  # behind the name of a file: its signature, 64 bytes
ALGORITHM = "Ed25519"
HOW = (
    "openssl pkeyutl -verify -pubin -inkey {key} -rawin -in {file} -sigfile {file}.sig"
)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Signer:
    """The key of an archive on this computer.

    :param public: the public half, 32 bytes
    """

    public: bytes
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """What people compare: as ``fingerprint_of`` gives it."""
        return fingerprint_of(self.public)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of bytes, 64 bytes."""
        return self._private.sign(data)


@dataclass(frozen=True, slots=True)
class Key:
    """The public half of a key, as the archive has it.

    :param retired_at: UTC; since then it signs nothing. None: it is in use
    """

    public: bytes
    who: str
    made_at: str
    retired_at: str | None

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return fingerprint_of(self.public)


@dataclass(frozen=True, slots=True)
class Signed:
    """Bytes, their signature, and the key to check it with."""

    data: bytes
    signature: bytes
    public: bytes

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files by name that somebody needs to check it."""
        return {
            name: self.data,
            name + SIGNATURE: self.signature,
            key_file(self.public): pem_of(self.public),
        }


def signer_of(archive: Archive, who: Person, vault: Vault | None = None) -> Signer:
    """Return this computer's key for an archive; the first time it is made.

    Not to be called within a batch: the archive is told of a new key in one.

    :param vault: where the key is kept; None: as the system has it
    :raises StoreError: it cannot be kept or read
    """
    kept = vault or Vault()
    text = recall(kept, _account(archive))
    if text is not None:
        signer = _signer(text)
        known = {key.public: key for key in list_keys(archive.connection)}
        found = known.get(signer.public)
        if found is None:  # kept, and then the archive could not be told
            _tell(archive, who, signer)
        if found is None or found.retired_at is None:
            return signer
    return _new_key(archive, who, kept)


def replace_key(archive: Archive, who: Person, vault: Vault | None = None) -> Signer:
    """Make a new key for this computer; the one before signs nothing any more.

    :raises StoreError: it cannot be kept
    """
    return _new_key(archive, who, vault or Vault())


def list_keys(connection: sqlite3.Connection) -> list[Key]:
    """Return all keys that the archive knows, the first one first."""
    rows = connection.execute(
        "select k.public_key, p.name, k.made_at, k.retired_at from signing_keys k"
        " join people p on p.id = k.person_id order by k.id"
    )
    return [Key(bytes.fromhex(row[0]), *row[1:]) for row in rows]


def sign_json(signer: Signer, value: Mapping[str, Any]) -> Signed:
    """Return a value as JSON that names its key (``signed_with``), and is signed.

    :param value: begins with ``kind``, which says what it is: nothing that was signed
        as one thing is to pass for another
    """
    named = {
        **value,
        "signed_with": {
            "algorithm": ALGORITHM,
            "fingerprint": signer.fingerprint,
            "public_key": pem_of(signer.public).decode("ascii"),
        },
    }
    data = json_bytes(named)
    return Signed(data, signer.sign(data), signer.public)


def json_bytes(value: object) -> bytes:
    r"""Return JSON for people and programs: indented UTF-8, and a line feed at the end.

    Letters without a shape of their own (marks of direction, controls, halves of pairs)
    are written as ``\uXXXX``: no text in it can stand otherwise than it is.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return ("".join(map(_escaped, text)) + "\n").encode("utf-8")


def _escaped(letter: str) -> str:
    if letter < "\x7f" or unicodedata.category(letter)[0] not in "CZ":
        return letter
    if letter in "\u00a0\u202f\u3000":  # spaces that are written
        return letter
    return json.dumps(letter)[1:-1]


def is_signed(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether a signature is that of a key over these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def pem_of(public: bytes) -> bytes:
    """Return a public key as openssl reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_pem(data: bytes) -> bytes:
    """Return the public key of a file that openssl reads, 32 bytes.

    :raises InvalidInput: it is none, or not of this kind
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("no public key that can be read") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInput(f"a public key, but not of {ALGORITHM}")
    return key.public_bytes_raw()


def fingerprint_of(public: bytes) -> str:
    """Return the SHA-256 of a public key in DER, in hex.

    As ``openssl pkey -pubin -in KEY.pem -outform DER | sha256sum`` prints it.
    """
    # SubjectPublicKeyInfo of RFC 8410: all but the key itself is always the same
    return sha256(bytes.fromhex("302a300506032b6570032100") + public).hexdigest()


def key_file(public: bytes) -> str:
    """Return what the file of a public key is called."""
    return f"signing-key-{fingerprint_of(public)[:16]}.pem"


def is_fingerprint(text: str) -> bool:
    """Whether a text is the whole of a fingerprint."""
    return bool(_FINGERPRINT.fullmatch(text))


def _account(archive: Archive) -> str:
    return f"signing {archive.uuid}"


def _signer(text: str) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
    return Signer(private.public_key().public_bytes_raw(), private)


def _new_key(archive: Archive, who: Person, vault: Vault) -> Signer:
    """Make a key, keep it, and then tell the archive: never the other way round."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    before = recall(vault, _account(archive))
    text = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    keep(vault, _account(archive), text)
    signer = _signer(text)
    _tell(archive, who, signer, _signer(before).public if before else None)
    return signer


def _tell(
    archive: Archive, who: Person, signer: Signer, before: bytes | None = None
) -> None:
    connection = archive.connection
    with batch(connection, who, reason="a key for signatures") as opened:
        if before is not None:
            connection.execute(
                "update signing_keys set retired_at = ?"
                " where public_key = ? and retired_at is null",
                (opened.at, before.hex()),
            )
        connection.execute(
            "insert into signing_keys (public_key, fingerprint, person_id, made_at)"
            " values (?, ?, ?, ?) on conflict (public_key) do nothing",
            (signer.public.hex(), signer.fingerprint, who.id, opened.at),
        )
