"""Reading a bag (RFC 8493), a folder or a zip, that strangers may have made.

Nothing in it is believed before all hashes were computed; nothing is unpacked.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from archive.errors import DamagedFile, StoreError
from archive.importing.model import Found, Place, bytes_of, place_of
from archive.importing.staging import open_source
from archive.importing.zips import DRIVE, is_zip, opened_zip

DECLARED = "bagit.txt"
PROJECT = "data/project.json"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
LARGEST = 256 << 20  # bytes of a file that is read into memory; a list of 1,000,000
_PIECE = 1 << 16  # bytes; for larger ones the system finds new memory each time
_LINE = re.compile(r"([0-9A-Fa-f]{64})[ \t]+\*?(\S.*)")
_CODED = re.compile("%(0[ad]|25)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bag:
    """A bag whose hashes are right.

    :param shown: where it is, for errors
    :param files: by their names below the bag's folder
    :param digests: SHA-256 of those below ``data/``
    :param seal: SHA-256 of its tag manifest
    """

    shown: Path
    files: Mapping[str, Found]
    digests: Mapping[str, str]
    seal: str

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        :raises DamagedFile: it is not there, or far too large
        """
        return _read(self.shown, self.files, name)


def is_package(path: Path) -> bool:
    """Whether this looks like one of our packages. Touches no more than two files."""
    try:
        if path.is_dir():
            return all((path / name).is_file() for name in (DECLARED, PROJECT))
        if not path.is_file() or not is_zip(str(path)):
            return False
        with opened_zip(str(path)) as members:
            return _base(members) is not None
    except (DamagedFile, StoreError, OSError):
        return False


@contextmanager
def open_bag(path: Path, tell: Callable[[str], None]) -> Iterator[Bag]:
    """Check a bag, and give it to read from.

    :param tell: is told of each file that was checked; raises to end it
    :raises DamagedFile: it is no bag, or not as it was made
    :raises StoreError: it cannot be read
    """
    if path.is_dir():
        yield _checked(path, _files_of(path), tell)
        return
    with opened_zip(str(path)) as members:
        base = _base(members)
        if base is None:
            raise DamagedFile(path, "it is no package")
        inside = {
            name.removeprefix(base): found
            for name, found in members.items()
            if name.startswith(base)
        }
        yield _checked(path, inside, tell)


def _base(members: Mapping[str, Found]) -> str | None:
    """Return the folder of a zip in which a bag lies, with a slash; None: nowhere."""
    tops = [n for n in members if n.count("/") < 2 and n.endswith(DECLARED)]
    bases = [name.removesuffix(DECLARED) for name in tops]
    return next((base for base in bases if f"{base}{PROJECT}" in members), None)


def _files_of(folder: Path) -> dict[str, Found]:
    """Return the files below a folder; links are none."""
    place = place_of(folder)
    found = {}
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if path.is_symlink() or not path.is_file():
                continue
            inside = path.relative_to(folder).as_posix()
            found[inside] = _found(place, path, inside)
    return found


def _found(place: Place, path: Path, inside: str) -> Found:
    state = path.stat()
    return Found(
        place,
        str(path),
        bytes_of(path.name),
        bytes_of(inside),
        state.st_size,
        state.st_mtime_ns,
        partial(open_source, str(path)),
    )


def _checked(
    path: Path, files: Mapping[str, Found], tell: Callable[[str], None]
) -> Bag:
    payload = _listed(path, _read(path, files, MANIFEST))
    tags = _read(path, files, TAG_MANIFEST)
    known = {**payload, **_listed(path, tags)}
    if MANIFEST not in known or not set(payload) <= set(files):
        gone = sorted(set(payload) - set(files))[:1] or [MANIFEST]
        raise DamagedFile(path, f"{gone[0]} is missing from it")
    extra = {name for name in files if name.startswith("data/")} - set(payload)
    if extra:
        raise DamagedFile(path, f"{min(extra)} is in it, and not in its list")
    for name, digest in known.items():
        if _hash(files.get(name)) != digest:
            raise DamagedFile(path, f"{name} is not what it was when it was made")
        tell(name)
    return Bag(path, files, payload, hashlib.sha256(tags).hexdigest())


def _listed(path: Path, manifest: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in manifest.decode("utf-8", "replace").splitlines():
        matched = _LINE.fullmatch(line)
        name = _CODED.sub(lambda m: chr(int(m[1], 16)), matched[2]) if matched else ""
        if not matched or not _is_inside(name) or name in found:
            raise DamagedFile(path, f"its list has a line that is none: {line[:80]!r}")
        found[name] = matched[1].lower()
    return found


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not (
        name.startswith(("/", "\\")) or ".." in parts or DRIVE.match(name)
    ) and bool(parts)


def _hash(found: Found | None) -> str:
    if found is None or found.problem:
        return ""
    digest = hashlib.sha256()
    with found.open() as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _read(path: Path, files: Mapping[str, Found], name: str) -> bytes:
    found = files.get(name)
    if found is None or found.problem:
        raise DamagedFile(path, f"{name} is missing from it")
    with found.open() as file:
        data = bytearray()
        while piece := file.read(_PIECE):  # a file without a buffer gives less
            data += piece
            if len(data) > LARGEST:
                raise DamagedFile(path, f"{name} is far too large")
    return bytes(data)
