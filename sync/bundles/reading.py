"""Reading bundles, that anybody may have made and any stick may have spoilt.

``find`` looks at heads only. ``verified`` reads everything before anything is given
out; what is given out is read, and hashed, once more: a stick that fails may give other
bytes the second time.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.errors import NotFound
from sync.bundles import names
from sync.bundles.forms import parsed
from sync.bundles.headings import read_head, read_loosely
from sync.bundles.model import (
    Found,
    Heading,
    Listed,
    NewerBundle,
    Part,
    Record,
    State,
    TornBundle,
)
from sync.bundles.objects import (
    WRONG,
    files_of,
    lines_of,
    open_hashed,
    read_small,
    read_through,
)

NOT_FINISHED = "it was not written to its end"
OTHER = "it is of another archive"
_LINE = re.compile(
    rb"([0-9a-f]{64}) ([0-9]{1,15}) (objects/[0-9a-f./]{3,80}(parts)?)\n"
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle all of which was read, and is as it was written.

    :param parts: files of records; ``listed`` the originals
    """

    path: Path
    heading: Heading
    parts: tuple[Part, ...]
    listed: Listed

    def lines(self, kind: str) -> Iterator[Record]:
        """Yield the records of a kind; none where the bundle has no such part.

        :raises TornBundle: it is not any more what it was when it was verified
        """
        for part in self.parts:
            if part.path.rpartition("-")[0] == kind:
                yield from _records(self.path, part)

    def blobs(self) -> Iterator[tuple[str, int]]:
        """Yield (sha256, size) of each original in it, ascending.

        :raises TornBundle: likewise
        """
        for sha256, size, _ in _list(self.path, self.listed):
            yield sha256, size

    def open(self, sha256: str) -> BinaryIO:
        """Open an original, which is hashed while it is read.

        :raises TornBundle: likewise, at the end of the bytes
        :raises NotFound: it has no such original
        """
        name = names.object_name(sha256)
        if not names.SHA256.fullmatch(sha256):
            raise NotFound(f"{self.path}: has no original {sha256!r}")
        if not os.path.lexists(self.path / name):
            name = names.parts_name(sha256)
        return open_hashed(self.path, files_of(self.path, name, sha256), sha256)


def find(folder: Path, archive: str | None = None) -> list[Found]:
    """Return all bundles in a folder (or that it is itself), by site and number.

    One that is bad is told as such. Nothing is read but their heads.

    :param archive: uuid; others' are "other". None: whosever they are
    :raises NotFound: there is no such folder, or it cannot be read
    """
    try:
        inside = [folder, *folder.iterdir()]
    except OSError as error:
        raise NotFound(f"{folder}: cannot be read; is the stick connected?") from error
    paths = [path for path in inside if _is_bundle(path)]
    found = [_look_at(path, archive) for path in paths]
    return sorted(found, key=_order)


def _is_bundle(path: Path) -> bool:
    name = path.resolve().name if path.name in ("", "..") else path.name
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)  # and no link to one
    except OSError:
        return False
    return is_folder and names.BUNDLE.fullmatch(name) is not None


def _order(found: Found) -> tuple[str, int, str]:
    heading = found.heading
    return (
        heading.site if heading else "",
        heading.seq if heading else 0,
        found.path.name,
    )


def _look_at(path: Path, archive: str | None) -> Found:
    state: State = "torn"
    try:
        heading, _, _ = _head(path)
    except NewerBundle as error:
        return Found(path, "newer", str(error))
    except TornBundle as error:
        why = f"{Path(error.path).name}: {error.reason}"
        if error.path == str(path):
            why = error.reason
        return Found(path, state, why, read_loosely(path))
    if archive is not None and heading.archive != archive:
        return Found(path, "other", OTHER, heading)
    return Found(path, "whole", "", heading)


def _head(path: Path) -> tuple[Heading, tuple[Part, ...], Listed]:
    if path.name.endswith(names.PART):
        raise TornBundle(path, NOT_FINISHED)
    matched = names.BUNDLE.fullmatch(path.name)
    if matched and int(matched[1]) > names.MAJOR:
        raise NewerBundle(f"{path}: was written by a newer version of asbuilt")
    if not os.path.lexists(path / names.COMPLETE):
        raise TornBundle(path, NOT_FINISHED)
    return read_head(path)


def verified(
    found: Found,
    told: Callable[[int, int], None] = lambda done, size: None,  # noqa: ARG005
) -> Bundle:
    """Read all of a bundle, and give it to use. Also one of another archive.

    :param told: how many originals were read, and how many bytes of them
    :raises TornBundle: anything in it is missing, or is not what was written
    :raises NewerBundle: a newer version wrote it
    """
    root = found.path
    heading, parts, listed = _head(root)
    count = total = 0
    for part in parts:
        for _ in _records(root, part):
            pass
    for sha256, size, name in _list(root, listed):
        files = files_of(root, name, sha256, size)
        read_through(partial(open_hashed, root, files, sha256))
        count, total = count + 1, total + size
        told(count, total)
    return Bundle(root, heading, parts, listed)


def require_words(found: Found) -> None:
    """Hash what a bundle tells, and see that each original is there, of its size.

    That takes no longer than a look, where ``verified`` reads the originals as well.
    Whether the records can be is known of a bundle that was written here.

    :raises TornBundle: anything in it is missing, or is not what was written
    :raises NewerBundle: a newer version wrote it
    """
    root = found.path
    _, parts, listed = _head(root)
    for part in parts:
        _text(root, part)
    for sha256, size, name in _list(root, listed):
        files_of(root, name, sha256, size)


def listed(found: Found) -> Iterator[tuple[str, int]]:
    """Yield (sha256, size) of each original that a bundle names, ascending.

    :raises TornBundle: its list is missing, or is not what was written
    """
    _, _, told = _head(found.path)
    for sha256, size, _ in _list(found.path, told):
        yield sha256, size


def _records(root: Path, part: Part) -> Iterator[Record]:
    """Yield the records of a file, after all of its bytes were hashed."""
    path, text = root / part.path, _text(root, part)
    if text.count(b"\n") != part.lines or not text.endswith(b"\n"):
        raise TornBundle(path, "it has not as many lines as it should")
    for line in io.BytesIO(text):
        try:
            record = parsed(line)
        except ValueError as error:
            raise TornBundle(path, f"a line of it cannot be: {error}") from error
        if not isinstance(record, dict):
            raise TornBundle(path, "a line of it is no record")
        yield record


def _text(root: Path, part: Part) -> bytes:
    """Return a file of records, as it was written."""
    text = read_small(root, part.path, part.bytes)
    if hashlib.sha256(text).hexdigest() != part.sha256 or len(text) != part.bytes:
        raise TornBundle(root / part.path, WRONG)
    return text


def _list(root: Path, listed: Listed) -> Iterator[tuple[str, int, str]]:
    """Yield (sha256, size, name) of the originals; hashed before the first is given."""
    if _hash_list(root) != listed.list_sha256:
        raise TornBundle(root / names.LIST, WRONG)
    digest, last, count, total = hashlib.sha256(), "", 0, 0
    for line in _lines(root):
        digest.update(line)
        sha256, size, name = _entry(root, line)
        if sha256 <= last:
            raise TornBundle(root / names.LIST, "it is not in order")
        last, count, total = sha256, count + 1, total + size
        yield sha256, size, name
    told = (listed.count, listed.bytes, listed.list_sha256)
    if (count, total, digest.hexdigest()) != told:
        raise TornBundle(root / names.LIST, WRONG)


def _entry(root: Path, line: bytes) -> tuple[str, int, str]:
    matched = _LINE.fullmatch(line)
    sha256, size, name = matched.group(1, 2, 3) if matched else (b"", b"0", b"")
    allowed = (names.object_name(sha256.decode()), names.parts_name(sha256.decode()))
    if name.decode() not in allowed:
        raise TornBundle(
            root / names.LIST, f"it has a line that is none: {line[:80]!r}"
        )
    return sha256.decode(), int(size), name.decode()


def _hash_list(root: Path) -> str:
    digest = hashlib.sha256()
    for line in _lines(root):
        digest.update(line)
    return digest.hexdigest()


def _lines(root: Path) -> Iterator[bytes]:
    return lines_of(root, names.LIST, 300)


def salvage(found: Found) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
    """Yield originals of a torn bundle whose bytes are those of their names.

    :return: (sha256, what opens it, hashed again while it is read)
    """
    root = found.path
    for shelf in _names(root, names.OBJECTS, names.SHELF):
        whole = _names(root, f"{names.OBJECTS}/{shelf}", names.SHA256)
        pieces = _names(root, f"{names.OBJECTS}/{shelf}", names.PIECE)
        groups: dict[str, list[str]] = {name: [name] for name in whole}
        for piece in pieces:
            groups.setdefault(piece[:64] + ".p", []).append(piece)
        for name, files in sorted(groups.items()):
            paths = [f"{names.OBJECTS}/{shelf}/{file}" for file in files]
            open_it = partial(open_hashed, root, paths, name[:64])
            if _is_right(open_it):
                yield name[:64], open_it


def _names(root: Path, folder: str, pattern: re.Pattern[str]) -> list[str]:
    """Return names in a folder of a bundle, in order; none where it is none."""
    try:
        inside = (root / folder).iterdir()  # behind a link nothing can be opened
        return sorted(path.name for path in inside if pattern.fullmatch(path.name))
    except OSError:
        return []


def _is_right(open_it: Callable[[], BinaryIO]) -> bool:
    try:
        read_through(open_it)
    except TornBundle:
        return False
    return True
