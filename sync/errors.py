"""What can be wrong with the remote, or with the way to it. Texts are for people."""

from __future__ import annotations

from archive.errors import ArchiveError


class RemoteError(ArchiveError):
    """The remote, or the way to it, does not do what a run needs."""


class Unreachable(RemoteError):
    """Nothing answers, or nothing that can be understood."""


class Refused(RemoteError):
    """The remote does not let this account do what nothing goes without."""


class Nonsense(RemoteError):
    """The remote answers what it should never answer."""


class Stopped(RemoteError):
    """The run was ended before it was through; what it did holds."""
