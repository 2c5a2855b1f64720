"""What is wrong with the login, in words that say what to do."""

from __future__ import annotations

from sync.errors import Refused


class LoginRefused(Refused):
    """The remote does not know the program, or not with this secret."""


class LoginNeeded(Refused):
    """A person has to log in (again)."""


class NoRights(Refused):
    """The login is right, and may not see this company, project or its photos."""
