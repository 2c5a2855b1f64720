"""The copies of the originals: who else has them, and when each was last read there.

``copies`` are the places (a backup on a stick, a bucket, another laptop), ``held`` says
which originals each has, ``places`` where this computer last found them, ``checking``
reads one again, and ``rule`` keeps the last verified copy from going.
"""

from archive.keeping.copies import (
    Copy,
    add_copy,
    find_copy,
    forget_copy,
    list_copies,
)
from archive.keeping.held import note_held, note_lost

__all__ = [
    "Copy",
    "add_copy",
    "find_copy",
    "forget_copy",
    "list_copies",
    "note_held",
    "note_lost",
]
