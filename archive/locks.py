"""Who is writing: names the process that holds a database, for the error's text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# The byte of the -shm file that a writer locks (WALINDEX_LOCK_OFFSET + WAL_WRITE_LOCK),
# https://www.sqlite.org/walformat.html#wal_locks
WAL_WRITE_BYTE = 120


def who_writes(database: Path) -> str:
    """Return "another process is writing", with its number and command if known.

    Read from ``/proc/locks``, never by opening the file: closing it again would drop
    this process's own locks.
    """
    for process in _lock_holders(database):
        if process != os.getpid():
            return f"process {process}{_command(process)} is writing to it"
    return "another process is writing to it"


def _lock_holders(database: Path) -> Iterator[int]:
    inodes = {}
    for path in (database, database.with_name(database.name + "-shm")):
        try:
            inodes[path.stat().st_ino] = path
        except OSError:
            continue
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        # 1: POSIX  ADVISORY  WRITE 4242 08:01:1234 120 120
        fields = line.split()
        if len(fields) < 8 or fields[3] != "WRITE":
            continue
        inode = int(fields[5].rsplit(":", 1)[1])
        shared = inodes.get(inode)
        if shared and (shared == database or fields[6] == str(WAL_WRITE_BYTE)):
            yield int(fields[4])


def _command(process: int) -> str:
    try:
        raw = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return ""
    words = [w.decode("utf-8", "replace") for w in raw.split(b"\0") if w]
    if not words:
        return ""
    shown = [Path(words[0]).name, *(Path(w).name for w in words[1:3])]
    return f" ({' '.join(shown)})"
