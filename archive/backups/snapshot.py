"""A copy of a database that people write to, by a process of its own.

``python -m archive.backups.snapshot SOURCE TARGET``: the copy is made by SQLite's own
backup in one step, which is the database as it was at one moment. Then a second SQLite,
newer than ours, reads the copy to its last page: it says what ours might not see.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from archive.errors import DamagedArchive, StoreError

_FAILED = 2


def snapshot(source: Path, target: Path) -> None:
    """Copy a database file; the copy is whole, checked, and on the disk.

    :raises DamagedArchive: the copy, and so the database, is damaged
    :raises StoreError: it cannot be read or written
    """
    words = [sys.executable, "-m", "archive.backups.snapshot", str(source), str(target)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return
    why = (done.stdout or done.stderr).strip().splitlines()
    text = why[-1] if why else f"the copy failed ({done.returncode})"
    if done.returncode == _FAILED:
        raise DamagedArchive(
            f"{source}: {text}; asbuilt salvage saves what can be read"
        )
    raise StoreError(source, text)


def main(source: str, target: str) -> int:
    """Make the copy. Returns the exit code; what went wrong is printed."""
    from archive.database import connect
    from archive.sqlite import sqlite3

    try:
        with (
            closing(connect(Path(source))) as old,
            closing(connect(Path(target))) as new,
        ):
            old.backup(new)
            new.execute("pragma journal_mode = delete")
    except sqlite3.Error as error:
        print(f"cannot be copied: {error}")  # noqa: T201 - to who started this process
        return 1
    problems = second_opinion(target)
    if problems:
        print("; ".join(problems))  # noqa: T201
        return _FAILED
    return 0


def second_opinion(target: str) -> list[str]:
    """Return what another SQLite finds wrong with a file that ours has closed."""
    import apsw

    try:
        with closing(apsw.Connection(target, flags=apsw.SQLITE_OPEN_READONLY)) as copy:
            found = [row[0] for row in copy.execute("pragma integrity_check(5)")]
            broken = list(copy.execute("pragma foreign_key_check"))
    except apsw.Error as error:
        return [str(error)]
    problems = [text for text in found if text != "ok"]
    if broken:
        problems.append(f"{len(broken)} rows refer to others that are not there")
    return problems


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
