"""A laptop that has no archive yet gets one from what lies on a stick."""

from __future__ import annotations

from pathlib import Path

from archive.database import MARKER, create_archive
from archive.errors import InvalidInput
from sync.bundles import reading


def begin(folder: Path, stick: Path, owner: str) -> bool:
    """Make an archive where there is none, to take in what is on a stick.

    :param owner: name of who sits here
    :return: whether one was made
    :raises NotFound: there is no such stick
    :raises InvalidInput: nothing that is whole is on it, or several archives'
    """
    if (folder / MARKER).exists() or (folder.exists() and any(folder.iterdir())):
        return False
    found = {
        one.heading.archive: one.heading.name
        for one in reading.find(stick)
        if one.state == "whole" and one.heading
    }
    if len(found) != 1:
        raise InvalidInput(
            f"{stick}: has bundles of {len(found)} archives; there is no telling which"
            f" of them {folder} shall be"
        )
    for uuid, name in found.items():
        create_archive(folder, name, owner, uuid=uuid)
    return True
