"""What lies in the folder of a backup."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.disk import flush, is_same, storing, sync_folder, try_lock
from archive.errors import (
    ArchiveLocked,
    Conflict,
    InvalidInput,
    NewerFormat,
    NotFound,
)
from archive.identity import new_uuid

MARKER = ".asbuilt-backup"
LOCK = ".asbuilt-backup.lock"
STATES = "states"
STATE = "state.json"  # written last: a state without it is none
FORMAT = 1
_ITS_OWN = ("archive.db", "originals")
_WHAT = (
    "backup of an asbuilt photo archive: originals/ holds every file under its SHA-256,"
    " states/ the database at different times; asbuilt restore makes an archive of one"
)


@dataclass(frozen=True, slots=True)
class State:
    """The archive at one moment.

    :param name: of its folder below ``states``: when it was taken, UTC
    :param files: name: SHA-256 of what lies in that folder
    :param originals: how many the database names; ``bytes`` of them
    :param missing: originals that were not to be had when it was taken; of many the
        first, ``lacking`` how many
    """

    name: str
    taken_at: str
    title: str
    photos: int
    originals: int
    bytes: int
    files: Mapping[str, str]
    missing: tuple[str, ...] = ()
    lacking: int = 0


def prepare(folder: Path, archive: str) -> str:
    """Make a folder ready to take backups of an archive. Returns the backup's uuid.

    :raises Conflict: it holds something else
    :raises NotFound: the folder that it is to be in is not there
    :raises NewerFormat: a newer version made it
    :raises ArchiveLocked: another run makes it ready, or writes to it already
    :raises StoreError: it cannot be written
    """
    marker = folder / MARKER
    if marker.is_file():
        return str(read_marker(folder, archive)["uuid"])
    if not folder.absolute().parent.is_dir():  # made, it would be on this disk
        raise NotFound(
            f"{folder.parent}: there is no such folder to make a backup in; is its disk"
            " connected?"
        )
    with storing(folder):
        # in this order: another run may be making it one
        if folder.exists() and not _is_unused(folder) and not marker.is_file():
            raise Conflict(f"{folder}: is not empty, and no backup of an archive")
        folder.mkdir(exist_ok=True)
        (folder / "originals").mkdir(exist_ok=True)
        (folder / STATES).mkdir(exist_ok=True)
        sync_folder(folder.absolute().parent)
    with locked(folder):
        if not marker.is_file():
            write_json(marker, new_marker(archive))
        return str(read_marker(folder, archive)["uuid"])


def _is_unused(folder: Path) -> bool:
    """Whether nothing is there, but for what a run that was cut off here had begun."""
    begun = ("originals", STATES, LOCK, f"{MARKER}.new")
    return all(
        path.name in begun and not (path.is_dir() and any(path.iterdir()))
        for path in folder.iterdir()
    )


def new_marker(archive: str) -> dict[str, object]:
    """Return what a new backup says of itself.

    :param archive: its uuid
    """
    told = {"format": FORMAT, "uuid": new_uuid(), "archive": archive}
    return {**told, "what": _WHAT}


def read_marker(folder: Path, archive: str = "") -> dict[str, Any]:
    """Return what the marker of a backup says.

    :param archive: uuid of the archive that it has to be of; "": of any
    :raises NotFound: there is no backup; an absent disk is not an empty one
    :raises Conflict: it is another archive's
    :raises NewerFormat: a newer version made it
    """
    try:
        text = (folder / MARKER).read_bytes()
    except OSError:
        raise NotFound(
            f"{folder}: no backup is there (it has no {MARKER}); is its disk connected?"
        ) from None
    return parse_marker(str(folder), text, archive)


def parse_marker(where: str, text: bytes, archive: str = "") -> dict[str, Any]:
    """Return what a marker says; errors as for ``read_marker``."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("format"), int):
        raise NotFound(f"{where}: its {MARKER} is not the marker of a backup")
    if told["format"] > FORMAT:
        raise NewerFormat(f"{where}: was made by a newer version of asbuilt")
    if archive and told.get("archive") != archive:
        raise Conflict(f"{where}: is the backup of another archive")
    return told


def list_states(folder: Path) -> list[State]:
    """Return the states of a backup, newest first; half a state is none.

    :raises NotFound: there is no backup
    """
    read_marker(folder)
    paths = sorted((folder / STATES).glob(f"*/{STATE}"), reverse=True)
    return [state for path in paths if (state := _read_state(path))]


def _read_state(path: Path) -> State | None:
    try:
        return parse_state(path.parent.name, path.read_bytes())
    except OSError:
        return None


def parse_state(name: str, text: bytes) -> State | None:
    """Return what a state says of itself; None: it is half a one, or nonsense."""
    try:
        told = json.loads(text)
        missing = tuple(str(name) for name in told["missing"])
        return State(
            name,
            str(told["taken_at"]),
            str(told["title"]),
            int(told["photos"]),
            int(told["originals"]),
            int(told["bytes"]),
            {str(name): str(sha256) for name, sha256 in told["files"].items()},
            missing,
            int(told.get("lacking", len(missing))),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def find_state(states: Iterable[State], where: str, name: str = "") -> State:
    """Return a state by the beginning of its name; "": the newest.

    :param states: newest first
    :raises NotFound: there is none
    """
    for state in states:
        if state.name.startswith(name):
            return state
    raise NotFound(f"{where}: has no state {name}".rstrip())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a backup, as each clears what those that died left.

    :raises ArchiveLocked: another run writes to it
    :raises StoreError: it cannot be written
    """
    with storing(folder):
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not try_lock(lock):
            raise ArchiveLocked(f"{folder}: another process writes to it")
        yield
    finally:
        os.close(lock)


def require_apart(archive: Path, backup: Path) -> None:
    """Refuse a backup inside of an archive, and an archive inside of a backup.

    :raises InvalidInput: what becomes of the one becomes of the other
    """
    one, other = archive.resolve(), backup.resolve()
    if is_one_archive(one, other) or _is_in(one, other) or _is_in(other, one):
        raise InvalidInput(
            f"{backup}: the backup and the archive {archive} lie in one another; give"
            " each a folder of its own, best on another disk"
        )


def is_one_archive(one: Path, other: Path) -> bool:
    """Whether two folders are one: names alone do not tell a mount from a copy.

    Nor do folders: one that shares the database's file, or the originals' folder, with
    an archive keeps nothing when that loses it.
    """
    return any(is_same(one / name, other / name) for name in ("", *_ITS_OWN))


def _is_in(inner: Path, outer: Path) -> bool:
    return inner.is_relative_to(outer) or any(
        is_same(path, outer) for path in (inner, *inner.parents)
    )


def make_private(path: Path) -> None:
    """Make an empty file that only this user can read, before anything is in it.

    :raises OSError: it cannot be made
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def write_json(path: Path, told: Mapping[str, object]) -> None:
    """Write a file as a whole, and bring it to the disk.

    :raises StoreError: it cannot be written
    """
    fresh = path.with_name(f"{path.name}.new")
    with storing(path):
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(told, file, indent=2)
            file.write("\n")
            file.flush()
            flush(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file that nobody writes to.

    :raises OSError: it cannot be read
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
