"""Kills the landing of a file before its nth step, and looks what is left. A script.

usage: python -m tests.archive.kill_landing WORK

As ``kill_single``: the photo is there all the time, and its bytes come or do not.
Each line that it prints tells "landed", too.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

from archive import originals
from archive.batches import batch
from archive.copying import Copied
from archive.database import Archive, create_archive, open_archive
from archive.errors import ArchiveError
from archive.importing.landing import Came, land
from archive.importing.store import close_store, open_store
from archive.indexing import catch_up
from archive.mirroring import Mirror, make
from archive.people import owner
from archive.uploads import parts
from tests.archive.import_checks import InPlace, faults, photo, sha256, take_in
from tests.archive.kills import kill_each, noted, opened

UUID = "019a7b3c-0000-7000-8000-000000000009"
BYTES = photo(7, "2026:03:09 10:11:12")
EVERY = 16  # of SQL statements one in so many is tried


def carry_out(archive: Archive, path: Path) -> None:
    pool: Any = InPlace()
    copied = Copied(sha256(BYTES), len(BYTES), zlib.crc32(BYTES))
    store = open_store(archive)
    try:
        told = land(archive, pool, store, [Came(UUID, path, copied)])
    except BaseException:
        originals.end(store)  # as a sync's run does
        raise
    close_store(archive, store)
    for error in filter(None, told):
        raise error


def template(folder: Path) -> None:
    """An archive with a photo without bytes, and the file that came."""
    create_archive(folder, "Tower")
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam, origin="sync") as opened:
            values = {"filename": "a.jpg", "private": False}
            make(Mirror(archive.connection, sam, opened), "photo", UUID, values)
            catch_up(archive.connection)
        (folder / parts.FOLDER).mkdir(exist_ok=True)
        came(folder).write_bytes(BYTES)


def looked_at(folder: Path, log: Path) -> dict[str, Any]:
    """What is there after the kill, and whether it lands now."""

    def work() -> dict[str, Any]:
        with open_archive(folder) as archive:
            problems = [f"killed: {p}" for p in faults(archive, at_rest=False)]
            landed = is_landed(archive)
            take_in(archive, log.parent / "nothing")
            problems += [f"cleared: {p}" for p in faults(archive)]
            try:
                carry_out(archive, came(folder))
            except ArchiveError as error:
                if not landed:
                    problems.append(f"does not land any more: {error}")
            if not is_landed(archive):
                problems.append("it did not land")
            return {"landed": landed, "problems": problems + faults(archive)}

    return noted(work, log) or {"landed": False, "problems": ["the next run failed"]}


def is_landed(archive: Archive) -> bool:
    row = archive.connection.execute("select original_id from photos").fetchone()
    return row[0] is not None


def came(folder: Path) -> Path:
    return folder / parts.FOLDER / "came"


def main(work: Path) -> None:
    template(work / "template")
    land_it = opened(lambda archive: carry_out(archive, came(archive.folder)))
    kill_each(work / "template", work, land_it, looked_at, every=EVERY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
