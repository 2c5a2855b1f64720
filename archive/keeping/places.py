"""Where this computer last found each copy: a folder, or ``s3://bucket/beginning``.

Each computer, and each person, knows that for itself: in their folder of settings, a
file a copy. An archive holds no path, as it is moved, and means another disk elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from archive import secrets
from archive.database import MARKER as ARCHIVE_MARKER
from archive.disk import storing
from archive.errors import StoreError
from archive.keeping.copies import Copy, list_copies
from archive.sqlite import sqlite3

BACKUP_MARKER = ".asbuilt-backup"
URL = "s3://"


def keep_place(copy: Copy, place: str) -> None:
    """Remember where a copy is.

    :param place: an absolute path, or a URL without any secret in it
    :raises StoreError: the folder of settings cannot be written
    """
    path = _file(copy)
    with storing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"place": place}), "utf-8")
        fresh.replace(path)


def remember(copy: Copy, place: str) -> None:
    """Do so where that can be done: what was copied is so, whether or not."""
    with suppress(StoreError):
        keep_place(copy, place)


def place_of(copy: Copy) -> str | None:
    """Return where a copy was last found; None: this computer never saw it."""
    try:
        told = json.loads(_file(copy).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    place = told.get("place") if isinstance(told, dict) else None
    return place if isinstance(place, str) else None


def beside(connection: sqlite3.Connection, copy: Copy) -> list[Copy]:
    """Return the others that were last found where this copy is.

    They may be other disks, which are put in there by turns, or written over: that only
    a person knows.
    """
    place = place_of(copy)
    others = [one for one in list_copies(connection) if one.uuid != copy.uuid]
    return [one for one in others if place is not None and place_of(one) == place]


def forget_place(copy: Copy) -> None:
    """Forget where a copy is.

    :raises StoreError: the folder of settings cannot be written
    """
    path = _file(copy)
    with storing(path):
        path.unlink(missing_ok=True)


def is_reachable(copy: Copy, place: str | None) -> bool | None:
    """Whether a copy is where it was last found; None: that is not known without a net.

    A folder without the marker is no copy, whatever it holds: where a disk was, an
    empty folder may be left.
    """
    if place is None or place.startswith(URL):
        return None
    if copy.kind == "backup":
        return _uuid_in(Path(place) / BACKUP_MARKER) == copy.uuid
    return (Path(place) / ARCHIVE_MARKER).is_file()


def _uuid_in(marker: Path) -> str | None:
    try:
        told = json.loads(marker.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return str(told.get("uuid")) if isinstance(told, dict) else None


def _file(copy: Copy) -> Path:
    # uuids come from markers, which anybody may have written
    name = hashlib.sha256(copy.uuid.encode()).hexdigest()[:32]
    return secrets.settings_folder() / "copies" / f"{name}.json"
