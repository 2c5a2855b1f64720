"""Mending what is absent or damaged here from a copy that the archive knows by name."""

from __future__ import annotations

from collections.abc import Iterator

from archive.database import Archive
from archive.keeping.checking import source_in
from archive.keeping.copies import find_copy, log
from archive.people import Person
from archive.rights import require
from archive.verifying.mending import mend_files


def mend_from(archive: Archive, who: Person, which: str) -> Iterator[tuple[str, str]]:
    """Do it. Yields each file's name below the archive's folder, and why not, or "".

    :param which: name or uuid of the copy
    :raises NotAllowed: ``who`` may not
    :raises NotFound: there is no such copy, or it is not where it was
    """
    require(who, "history")
    copy = find_copy(archive.connection, which)
    good = bad = 0
    for name, why in mend_files(archive, source_in(archive, copy)):
        good, bad = good + (not why), bad + bool(why)
        yield name, why
    log(archive.connection, who, copy, "repaired", good, bad)
