"""Where a backup is read: a folder, or a bucket (``buckets``)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.backups.states import STATES, State, list_states, read_marker
from archive.disk import storing
from archive.errors import StoreError
from archive.plans.files import FOLDER as MAPS
from archive.verifying.files import hashed


class Unreachable(StoreError):
    """A place could not be asked: nothing is known of what it holds."""


class Source(Protocol):
    """A backup, as it is read. Names are below it, with ``/``."""

    @property
    def shown(self) -> str:
        """Where it is, for a person."""

    def uuid(self, archive: str = "") -> str:
        """Return the backup's uuid. Errors as ``states.read_marker``."""

    def states(self) -> list[State]:
        """Return its states, newest first."""

    def maps(self) -> Iterator[str]:
        """Yield the names of plans and maps in it."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file.

        :raises FileNotFoundError: it is not there
        :raises OSError, StoreError: it cannot be read
        :raises Unreachable: the place cannot be asked, or not any more
        """

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a file as it lies there. Errors as for ``open``."""

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file. Errors as for ``open``, and what ``target`` may meet."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A backup in a folder."""

    path: Path

    @property
    def shown(self) -> str:
        """Its path."""
        return str(self.path)

    def uuid(self, archive: str = "") -> str:
        """Return the backup's uuid."""
        return str(read_marker(self.path, archive)["uuid"])

    def states(self) -> list[State]:
        """Return its states, newest first."""
        return list_states(self.path)

    def maps(self) -> Iterator[str]:
        """Yield plans and maps. A link may lead to whatever this user reads: none."""
        folder = self.path / MAPS
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            is_own = path.is_file() and not path.is_symlink()
            if is_own and not path.name.startswith("."):
                yield f"{MAPS}/{path.name}"

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file."""
        return (self.path / name).open("rb")

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a file, read from the disk."""
        return hashed(self.path / name)

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file."""
        with storing(self.path / name):
            shutil.copyfile(self.path / name, target)


def state_file(state: State, name: str) -> str:
    """Return the name of a file of a state."""
    return f"{STATES}/{state.name}/{name}"
