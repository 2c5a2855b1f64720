"""Secrets of the archive's own, with which addresses that it hands out are signed."""

from __future__ import annotations

import os

from archive.accounts.store import Accounts, reading, transaction
from archive.clock import timestamp, utc_now

LENGTH = 32  # bytes


def secret(accounts: Accounts, name: str) -> bytes:
    """Return the secret of this name, made now if there is none.

    :raises ArchiveLocked: another process kept writing
    :raises StoreError: the file is damaged, foreign, or cannot be written
    """
    query = "SELECT value FROM secrets WHERE name = ?"
    with reading(accounts) as connection:
        row = connection.execute(query, (name,)).fetchone()
    if row is None:
        with transaction(accounts) as connection:
            connection.execute(
                "INSERT INTO secrets VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (name, os.urandom(LENGTH), timestamp(utc_now())),
            )
            row = connection.execute(query, (name,)).fetchone()
    return bytes(row[0])
