"""Verifying: every file hashed in full, every record against what it follows from.

``files`` reads originals, plans and maps, ``records`` the database, ``mending`` takes
the bytes of a file from a second copy. ``checks`` keeps what was looked at and found.
"""

from archive.verifying.checks import (
    Check,
    Fault,
    count_faults,
    list_checks,
    open_faults,
    photo_of,
    ways_out,
)
from archive.verifying.run import Limits, Report, verify

__all__ = [
    "Check",
    "Fault",
    "Limits",
    "Report",
    "count_faults",
    "list_checks",
    "open_faults",
    "photo_of",
    "verify",
    "ways_out",
]
