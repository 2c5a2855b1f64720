"""Whether files are what was signed, with the archive or without it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.checking import check_contains
from archive.database import Archive
from archive.disk import reason
from archive.errors import InvalidInput
from archive.evidence.statement import KIND
from archive.signing import SIGNATURE, fingerprint_of, is_signed, list_keys, read_pem

_LARGEST = 1 << 30  # bytes of a file that is checked: no document is larger
_KEYS = "signing-key-*.pem"


@dataclass(slots=True)
class Checked:
    """What was found of a file.

    :param problems: why it is not to be trusted; none: it is what was signed
    :param fingerprint: of the key that signed it; "": none of those that were there
    :param notes: what else is known, for a person
    """

    file: Path
    fingerprint: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints."""
        return {
            "file": str(self.file),
            "good": not self.problems,
            "fingerprint": self.fingerprint,
            "problems": self.problems,
            "notes": self.notes,
        }


def check_file(
    path: Path, archive: Archive | None = None, expected: str = ""
) -> Checked:
    """Check a signed file, with what lies beside it.

    :param archive: that is to know the key, and the history that a statement names
    :param expected: the beginning of the fingerprint that the key is to have
    """
    found = Checked(path)
    data, signature = _read(path, found), _read(path.with_name(path.name + SIGNATURE))
    if data is None:
        return found
    if signature is None:
        found.problems.append(f"there is no signature, {path.name}{SIGNATURE}")
        return found
    told = _statement(data)
    key = _key(path, told, data, signature)
    if key is None:
        found.problems.append("it is not what was signed, or the key is not here")
        return found
    found.fingerprint = fingerprint_of(key)
    if expected and not found.fingerprint.startswith(expected.lower()):
        found.problems.append("it is signed with another key than that")
    if told.get("kind") == KIND:
        _check_beside(path.parent, told, found)
    if archive is not None:
        _ask(archive, key, told, found)
    return found


def _read(path: Path, found: Checked | None = None) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)  # what is larger has another signature
    except OSError as error:
        if found is not None:
            found.problems.append(f"it cannot be read: {reason(error)}")
        return None


def _statement(data: bytes) -> dict[str, Any]:
    """Return what a file says, if it is JSON."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _key(path: Path, told: dict[str, Any], data: bytes, signed: bytes) -> bytes | None:
    """Return the key that signed it: the one that it names, or one that lies beside."""
    named = told.get("signed_with")
    texts = [str(named.get("public_key", ""))] if isinstance(named, dict) else []
    candidates = [text.encode("utf-8", "replace") for text in texts]
    candidates += [_read(file) or b"" for file in sorted(path.parent.glob(_KEYS))[:100]]
    for candidate in candidates:
        try:
            key = read_pem(candidate)
        except InvalidInput:
            continue
        if is_signed(key, data, signed):
            return key
    return None


def _check_beside(folder: Path, told: dict[str, Any], found: Checked) -> None:
    """Compare the document and the original that lie beside a statement with it."""
    found.notes.append(f"made at {told.get('made_at')} by {told.get('made_by')}")
    for part in ("document", "original"):
        known = told.get(part)
        if not isinstance(known, dict):
            continue
        name = Path(str(known.get("file", ""))).name
        path = folder / name
        if not name or not path.is_file():
            found.notes.append(f"{name}: is not beside it, so it was not compared")
            continue
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if digest == known.get("sha256"):
            found.notes.append(f"{name}: has the SHA-256 that the statement names")
        else:
            found.problems.append(
                f"{name}: has another SHA-256 than the statement says"
            )


def _ask(archive: Archive, key: bytes, told: dict[str, Any], found: Checked) -> None:
    """Ask the archive for the key, and for the history as it was then."""
    known = {one.public: one for one in list_keys(archive.connection)}.get(key)
    if known is None:
        found.problems.append("the archive does not know the key")
    else:
        until = f", replaced at {known.retired_at}" if known.retired_at else ""
        found.notes.append(f"key of {known.who}, made at {known.made_at}{until}")
    chain = told.get("chain")
    if isinstance(chain, dict):
        try:
            gone = [*check_contains(archive.connection, str(chain.get("hash")))]
        except InvalidInput as error:
            found.problems.append(str(error))
            return
        found.problems += [fault.text for fault in gone]
        if not gone:
            found.notes.append(f"batch {chain.get('batch')} is part of the history")


def all_good(found: Sequence[Checked]) -> bool:
    """Whether each file is what was signed."""
    return not any(one.problems for one in found)
