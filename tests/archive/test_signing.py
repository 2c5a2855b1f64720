"""Keys and signatures: made once, kept outside, checked by plain openssl."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archive import signing
from archive.checking import check_history
from archive.database import Archive
from archive.errors import InvalidInput, StoreError
from archive.history import list_batches
from archive.people import Person
from archive.secrets import Vault
from archive.signing import HOW, is_signed, list_keys, sign_json, signer_of
from archive.undo import undo


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "settings", None)


def test_a_key_is_made_once_and_kept_outside_the_archive(
    archive: Archive, sam: Person, vault: Vault
) -> None:
    first = signer_of(archive, sam, vault)
    assert signer_of(archive, sam, vault) == first
    [key] = list_keys(archive.connection)
    assert (key.public, key.who, key.retired_at) == (first.public, "Sam Reyes", None)
    assert not list(check_history(archive.connection))
    kept = vault.folder / "secrets.json"
    [secret] = json.loads(kept.read_text()).values()
    assert kept.stat().st_mode & 0o777 == 0o600
    inside = [path.read_bytes() for path in archive.folder.rglob("*") if path.is_file()]
    for form in (secret.encode(), bytes.fromhex(secret)):
        assert not any(form in data for data in inside)
    assert secret not in repr(first)


def test_a_replaced_key_signs_nothing_more_and_still_checks_what_it_signed(
    archive: Archive, sam: Person, vault: Vault
) -> None:
    old = signer_of(archive, sam, vault)
    signed = sign_json(old, {"kind": "test"})
    new = signing.replace_key(archive, sam, vault)
    assert new != old
    assert signer_of(archive, sam, vault) == new
    first, second = list_keys(archive.connection)
    assert first.retired_at == second.made_at
    assert second.retired_at is None
    assert is_signed(first.public, signed.data, signed.signature)
    assert not is_signed(second.public, signed.data, signed.signature)
    assert not list(check_history(archive.connection))


def test_a_replaced_key_that_comes_back_from_elsewhere_signs_nothing(
    archive: Archive, sam: Person, vault: Vault
) -> None:
    old = signer_of(archive, sam, vault)
    path = vault.folder / "secrets.json"
    kept = path.read_bytes()
    signing.replace_key(archive, sam, vault)
    path.write_bytes(kept)  # as a backup of that computer would
    third = signer_of(archive, sam, vault)
    assert third != old
    assert [bool(key.retired_at) for key in list_keys(archive.connection)] == [
        *(True, False, False)
    ]


def test_a_key_that_the_archive_was_not_told_of_is_told(
    archive: Archive, sam: Person, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(signing, "_tell", None)
        with pytest.raises(TypeError):
            signer_of(archive, sam, vault)
    assert list_keys(archive.connection) == []
    signer = signer_of(archive, sam, vault)
    assert [key.public for key in list_keys(archive.connection)] == [signer.public]
    assert signer_of(archive, sam, Vault(vault.folder / "other", None)) != signer


def test_nothing_takes_a_key_out_of_the_archive(
    archive: Archive, sam: Person, vault: Vault
) -> None:
    signer_of(archive, sam, vault)
    undo(archive.connection, sam, list_batches(archive.connection)[:1])
    assert len(list_keys(archive.connection)) == 1
    for statement in (
        "delete from signing_keys",
        f"update signing_keys set public_key = '{'0' * 64}'",
    ):
        with pytest.raises(Exception, match="a key"):
            archive.connection.execute(statement)


def test_a_key_that_cannot_be_kept_is_not_used(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError):
        signer_of(archive, sam, Vault(tmp_path / "file" / "settings", None))
    assert list_keys(archive.connection) == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")
def test_openssl_checks_a_signature_and_gives_the_fingerprint(
    archive: Archive, sam: Person, vault: Vault, tmp_path: Path
) -> None:
    signer = signer_of(archive, sam, vault)
    signed = sign_json(signer, {"kind": "test", "text": "Säule"})
    key = signing.key_file(signed.public)
    for name, data in signed.files("a.json").items():
        (tmp_path / name).write_bytes(data)
    command = HOW.format(key=key, file="a.json").split()

    def run() -> str:
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    assert "Signature Verified Successfully" in run()
    (tmp_path / "a.json").write_bytes(signed.data.replace(b"test", b"tset"))
    assert "Verified Successfully" not in run()
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", key, "-outform", "DER"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert sha256(der.stdout).hexdigest() == signer.fingerprint
    assert signing.read_pem((tmp_path / key).read_bytes()) == signer.public


HOSTILE = [
    "\u202egpj.exe",
    "a\u2028b\u2029c",
    '"}, "kind": "other',
    "\x00\x07\x1b[2J\x7f\x85",
    "\ud83d",
    "👷🏽\u200d♀️ פֶּה سقف",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_in_signed_json_is_text(
    text: str, archive: Archive, sam: Person, vault: Vault
) -> None:
    signed = sign_json(signer_of(archive, sam, vault), {"kind": "t", "text": text})
    found = json.loads(signed.data)
    assert found["text"] == text
    assert found["kind"] == "t"
    # nothing that turns, hides or ends a line for a person who reads it
    plain = signed.data.decode("utf-8").replace("\n", "")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", plain)


def test_what_is_no_key_of_ours_is_refused() -> None:
    other = X25519PrivateKey.generate().public_key()
    foreign = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for data in (b"", foreign, foreign.replace(b"M", b"?")):
        with pytest.raises(InvalidInput):
            signing.read_pem(data)
    assert not is_signed(b"short", b"", b"")
    assert not is_signed(b"\0" * 32, b"", b"")
