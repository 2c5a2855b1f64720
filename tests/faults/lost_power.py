"""A disk as it was written to, and what is left on it when the power goes.

``Disk`` hears of every change in order (``disk.c`` writes them down). What was synced
is safe: the bytes of a file by its own sync, a name by that of its folder. Of all else
the disk may hold any part. A rename happens or does not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
Pick = Callable[[int], bool]  # whether the change of this number reached the disk
Tree = dict[str, bytes | None]  # path below the room: bytes, or None of a folder


class Event(NamedTuple):
    """A line of the record: ``what`` as in ``disk.c``; ``data`` of a write."""

    what: str
    fields: tuple[str, ...]
    data: bytes = b""


def read_trace(path: Path, *, steps: bool = False) -> Iterator[Event]:
    """Read the record: what was done, or the ``steps`` that could have failed."""
    with path.open("rb") as file:
        while line := file.readline():
            what, *fields = line.decode().rstrip("\n").split("\t")
            data = file.read(int(fields[2])) if what == "W" else b""
            if (what == "#") is steps:
                yield Event(what, tuple(fields), data)


@dataclass(slots=True, eq=False)
class File:
    """Bytes that are safe, and what was done to them since, with numbers."""

    safe: bytes = b""
    since: list[tuple[int, Event]] = field(default_factory=list)

    def left(self, pick: Pick, torn: random.Random | None) -> bytes:
        """Return what the disk may hold."""
        if not self.since:
            return self.safe
        data = bytearray(self.safe)
        for number, event in self.since:
            if pick(number):
                _do(data, event, torn)
        return bytes(data)

    def sync(self) -> None:
        """Let all of it be safe."""
        self.safe = self.left(lambda _: True, None)
        self.since.clear()


def _do(data: bytearray, event: Event, torn: random.Random | None) -> None:
    """Do to bytes what an event did; of a torn write some sectors are missing."""
    place = int(event.fields[1])
    if event.what == "T":
        del data[place:]
    end = place + len(event.data)
    data.extend(bytes(max(0, end - len(data))))
    for begin in range(place, end, SECTOR):
        stop = min(end, begin + SECTOR)
        if torn is None or torn.random() < 0.7:
            data[begin:stop] = event.data[begin - place : stop - place]


@dataclass(slots=True, eq=False)
class Folder:
    """Names as the process sees them, and as they are safe."""

    names: dict[str, Node] = field(default_factory=dict)
    safe: dict[str, Node] = field(default_factory=dict)


Node = File | Folder


class Renaming(NamedTuple):
    """One change of names: in each folder a name with what it means, or None."""

    number: int
    changes: tuple[tuple[Folder, str, Node | None], ...]


@dataclass(slots=True)
class Disk:
    """Everything below a folder.

    :param root: where it was while the process wrote
    :param files: by their inodes, as long as they have a name
    :param since: changes of names that are not safe
    """

    root: str
    top: Folder = field(default_factory=Folder)
    files: dict[str, File] = field(default_factory=dict)
    since: list[Renaming] = field(default_factory=list)

    def find(self, path: str) -> tuple[Folder, str]:
        """Return the folder in which a path lies, and its name there."""
        *parents, name = path[len(self.root) :].strip("/").split("/")
        folder = self.top
        for parent in parents:
            below = folder.names[parent]
            assert isinstance(below, Folder)
            folder = below
        return folder, name

    def there(self, path: str, inode: str, content: bytes | None) -> None:
        """Let something be there from the beginning."""
        folder, name = self.find(path)
        node = Folder() if content is None else File(content)
        folder.names[name] = folder.safe[name] = node
        if isinstance(node, File):
            self.files[inode] = node

    def take(self, number: int, event: Event) -> None:
        """Let an event happen."""
        fields = event.fields
        match event.what:
            case "W" | "T" | "Z":
                self.files[fields[0]].since.append((number, event))
            case "C":
                self.files[fields[0]] = File()
                self._rename(number, (fields[1], self.files[fields[0]]))
            case "M":
                self._rename(number, (fields[0], Folder()))
            case "U":
                self._rename(number, (fields[0], None))
            case "L" | "R":
                folder, name = self.find(fields[0])
                gone = [(fields[0], None)] if event.what == "R" else []
                self._rename(number, *gone, (fields[1], folder.names[name]))
            case "F":
                self._sync(fields[0], fields[1])

    def _rename(self, number: int, *changes: tuple[str, Node | None]) -> None:
        found = []
        for path, node in changes:
            folder, name = self.find(path)
            if node is None:
                folder.names.pop(name, None)
            else:
                folder.names[name] = node
            found.append((folder, name, node))
        self.since.append(Renaming(number, tuple(found)))

    def _sync(self, inode: str, path: str) -> None:
        folder: Node | None = self.top
        if path != self.root:
            parent, name = self.find(path)
            folder = parent.names.get(name)
        if not isinstance(folder, Folder):
            self.files[inode].sync()
            return
        left = []
        for change in self.since:
            if any(where is folder for where, _, _ in change.changes):
                for where, name, node in change.changes:
                    _put(where.safe, name, node)
            else:
                left.append(change)
        self.since = left

    def settle(self) -> None:
        """Let everything be safe: as it is while the power stays."""
        for file in self.files.values():
            if file.since:
                file.sync()
        for change in self.since:
            for folder, name, node in change.changes:
                _put(folder.safe, name, node)
        self.since.clear()

    def left(self, names: Pick, content: Pick, torn: random.Random | None) -> Tree:
        """Return what the disk may hold: of names, and of bytes, those picked."""
        folders: dict[int, dict[str, Node]] = {}

        def entries(folder: Folder) -> dict[str, Node]:
            return folders.setdefault(id(folder), dict(folder.safe))

        for change in self.since:
            if names(change.number):
                for folder, name, node in change.changes:
                    _put(entries(folder), name, node)
        found: Tree = {}

        def walk(folder: Folder, path: str) -> None:
            for name, node in sorted(entries(folder).items()):
                if isinstance(node, Folder):
                    found[path + name] = None
                    walk(node, f"{path}{name}/")
                else:
                    found[path + name] = node.left(content, torn)

        walk(self.top, "")
        return found


def _put(names: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node
