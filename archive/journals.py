"""The journals of a run in the store of originals: what it may have kept.

A journal names files before they have their names, under a mark of the database's
history. Later ones lie beside one that could not be settled. ``archive.originals`` says
what is done with them, and when.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from archive.disk import flush, sync_folder
from archive.identity import new_uuid

JOURNAL = "journal"


def begin(folder: Path) -> None:
    """Make an empty journal."""
    (folder / JOURNAL).touch()


def write(folder: Path, mark: str, names: Iterable[tuple[str, str]]) -> None:
    """Bring a journal to the disk.

    :param mark: of the database's history
    :param names: (SHA-256, extension) of each file
    :raises OSError: the disk failed
    """
    journal = folder / JOURNAL
    with suppress(FileNotFoundError):
        if journal.stat().st_size:  # it could not be set aside, and names what was kept
            journal.rename(f"{journal}-{new_uuid()}")
    was_there = journal.exists()
    with journal.open("w", encoding="ascii") as file:
        file.write(f"{mark}\n")
        file.writelines(f"{sha256} {extension}\n" for sha256, extension in names)
        file.flush()
        flush(file.fileno())
    if not was_there:
        sync_folder(folder)


def settle(folder: Path) -> None:
    """Forget what the journal names, if the disk lets us."""
    with suppress(OSError):
        os.truncate(folder / JOURNAL, 0)


def set_aside(folder: Path) -> None:
    """Keep what the journal names for who clears the folder, if the disk lets us."""
    journal = folder / JOURNAL
    with suppress(OSError):
        journal.rename(f"{journal}-{new_uuid()}")


def names_something(folder: Path) -> bool:
    """Whether a journal may name what was kept; one that cannot be read may."""
    try:
        return any(journal.stat().st_size for journal in folder.glob(f"{JOURNAL}*"))
    except OSError:
        return True


def read(folder: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the mark and the names of each journal; half a line is none.

    :raises OSError: one cannot be read now
    """
    for journal in sorted(folder.glob(f"{JOURNAL}*")):
        try:
            mark, *lines = journal.read_text(encoding="ascii").splitlines()
        except ValueError:  # torn: nothing was kept yet
            continue
        words = [line.split(" ") for line in lines]
        yield (
            mark,
            [
                (pair[0], pair[1])
                for pair in words
                if len(pair) == 2 and len(pair[0]) == 64 and pair[1].isalnum()
            ],
        )
