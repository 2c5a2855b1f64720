"""Where secrets and tokens are kept: in the keyring of the person who is logged in.

Where there is none that works (a server, a container), in a file that only this person
may read, in their folder of settings: never in the archive, which is copied and handed
over, and never in a log, a report or an error's text.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from archive.disk import flush, storing, sync_folder
from archive.errors import StoreError
from archive.holding import waited

_SERVICE = "asbuilt"
_FILE, _LOCK = "secrets.json", "secrets.lock"


class Keyring(Protocol):
    """What is asked of a keyring: the functions of the package ``keyring``."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return a secret."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Forget a secret."""


def settings_folder() -> Path:
    """Return the folder of this person's settings; it need not be there."""
    if sys.platform == "win32":
        return Path(
            os.environ.get("APPDATA") or Path.home() / "AppData/Roaming/asbuilt"
        )
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/asbuilt"
    base = os.environ.get("XDG_CONFIG_HOME") or ""
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "asbuilt"


def system_keyring() -> Keyring | None:
    """Return the keyring of this person, where there is one that works."""
    # Linux: without a session nobody keeps any, and finding that out takes 0.1 s
    named = ("DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND")
    if sys.platform == "linux" and not any(map(os.environ.get, named)):
        return None
    try:
        import keyring

        found: Any = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - whatever a backend of the system's may raise
        return None
    # "null" forgets everything, "fail" refuses, and what asks on a terminal hangs
    if found.priority < 1 or "null" in type(found).__module__:
        return None
    return keyring


@dataclass(frozen=True, slots=True)
class Vault:
    """Where secrets are kept.

    :param folder: of the file
    :param keyring: None: the file is all there is
    """

    # looked up at each call, so that tests keep out of a person's own
    folder: Path = field(default_factory=lambda: settings_folder())  # noqa: PLW0108
    keyring: Keyring | None = field(
        default_factory=lambda: system_keyring()  # noqa: PLW0108
    )

    @property
    def where(self) -> str:
        """Where it keeps them, for a person."""
        if self.keyring is not None:
            return "the keyring of this computer"
        return f"{self.folder / _FILE} (only you may read it)"


def recall(vault: Vault, account: str) -> str | None:
    """Return a secret, or None.

    :raises StoreError: the file cannot be read
    """
    if vault.keyring is not None:
        with suppress(Exception):  # a keyring that is locked: perhaps it is in the file
            found = vault.keyring.get_password(_SERVICE, account)
            if found is not None:
                return found
    return _read(vault).get(account)


def keep(vault: Vault, account: str, secret: str) -> None:
    """Keep a secret, for good, when this returns.

    :raises StoreError: it cannot be kept
    """
    with held(vault, _LOCK):
        kept = _in_keyring(vault, account, secret)
        found = _read(vault)
        if kept:
            found.pop(account, None)
        else:
            found[account] = secret
        if not kept or _path(vault).exists():
            _write(vault, found)


def _in_keyring(vault: Vault, account: str, secret: str) -> bool:
    if vault.keyring is None:
        return False
    try:
        vault.keyring.set_password(_SERVICE, account, secret)
        return vault.keyring.get_password(_SERVICE, account) == secret
    except Exception:  # noqa: BLE001 - whatever a backend of the system's may raise
        return False


def forget(vault: Vault, account: str) -> None:
    """Forget a secret, wherever it is kept.

    :raises StoreError: the file cannot be written
    """
    with held(vault, _LOCK):
        if vault.keyring is not None:
            with suppress(Exception):  # it is not there
                vault.keyring.delete_password(_SERVICE, account)
        found = _read(vault)
        if found.pop(account, None) is not None:
            _write(vault, found)


@contextmanager
def held(vault: Vault, name: str) -> Iterator[None]:
    """Let nobody else do what is done under a lock.

    :raises StoreError: the folder cannot be written
    """
    with storing(vault.folder):
        vault.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with waited(vault.folder / name, time.sleep):
        yield


def _path(vault: Vault) -> Path:
    return vault.folder / _FILE


def _read(vault: Vault) -> dict[str, str]:
    path = _path(vault)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(path, f"cannot be read: {error.strerror}") from error
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StoreError(path, "is damaged; remove it, and log in again")
    return {str(name): str(secret) for name, secret in found.items()}


def _write(vault: Vault, secrets: dict[str, str]) -> None:
    """Replace the file, whole or not at all; nobody else may ever read it."""
    fresh = _path(vault).with_suffix(".new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with storing(_path(vault)):
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(secrets, file)
            file.flush()
            flush(file.fileno())
        fresh.replace(_path(vault))
        sync_folder(vault.folder)  # an older pair of tokens must not come back
