"""What of accounts.db does not come back with a backup: it may have been revoked since.

Passwords of people and secrets of programs stay as they were then, or nobody could log
in. A session, an invitation, a link or what a person allowed a program can be made
again, by who may; of none of them is it known whether it was ended after the backup.
"""

from __future__ import annotations

from datetime import datetime

from archive.accounts.store import Accounts, transaction
from archive.clock import timestamp


def end_all(accounts: Accounts, now: datetime) -> int:
    """End all sessions, invitations, permissions of programs, and links.

    :return: how many there were; a permission counts once, with all its tokens
    :raises StoreError: the file is damaged, foreign, or cannot be written
    """
    with transaction(accounts) as opened:
        ended = 0
        for table in ("sessions", "invitations", "grants"):
            ended += opened.execute(f"DELETE FROM {table}").rowcount
        for table in ("codes", "tokens"):  # of the grants
            opened.execute(f"DELETE FROM {table}")
        sql = "UPDATE links SET ended_at = ? WHERE ended_at IS NULL"
        ended += opened.execute(sql, (timestamp(now),)).rowcount
    return int(ended)
