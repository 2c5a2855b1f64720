"""Verifying: every file hashed in full, every record against what it follows from.

``files`` reads the originals, ``records`` the database, ``mending`` takes the bytes of
a file from a second copy. ``checks`` keeps what was looked at and what was found.
"""

from archive.verifying.checks import Check, Fault, list_checks, open_faults
from archive.verifying.run import Limits, Report, verify

__all__ = [
    "Check",
    "Fault",
    "Limits",
    "Report",
    "list_checks",
    "open_faults",
    "verify",
]
