"""Accounts: how a person proves who they are where more than one may come.

What somebody *may* do is in ``archive.rights``; this is only about knowing them.
Everything secret is in accounts.db (``store.py``).
"""

from archive.accounts.events import Event, list_events
from archive.accounts.invitations import Invitation, accept, invite, invited
from archive.accounts.keeping import (
    admins_with_password,
    permit_password,
    set_password,
    with_password,
)
from archive.accounts.logins import change_password, log_in
from archive.accounts.sessions import (
    Begun,
    Session,
    Visit,
    end_session,
    end_sessions,
    list_sessions,
    log_out,
    recognise,
)
from archive.accounts.store import DATABASE, Accounts, open_accounts

__all__ = [
    "DATABASE",
    "Accounts",
    "Begun",
    "Event",
    "Invitation",
    "Session",
    "Visit",
    "accept",
    "admins_with_password",
    "change_password",
    "end_session",
    "end_sessions",
    "invite",
    "invited",
    "list_events",
    "list_sessions",
    "log_in",
    "log_out",
    "open_accounts",
    "permit_password",
    "recognise",
    "set_password",
    "with_password",
]
