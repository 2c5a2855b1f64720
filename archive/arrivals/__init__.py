"""Arrivals: files that programs announce and send, each for one photo.

``files`` is their bytes on the disk, ``records`` what is known of them. A photo is made
of one when that is asked for (``archive.importing.single``).
"""

from archive.arrivals.files import Mismatch, Segment
from archive.arrivals.records import (
    MAX_BYTES,
    OPEN,
    Announced,
    Arrival,
    Claim,
    Expired,
    NoArrival,
    NotThere,
    TooLarge,
    Used,
    announce,
    clear_arrivals,
    complete,
    find_arrival,
    require_open,
    require_usable,
    use,
)

__all__ = [
    "MAX_BYTES",
    "OPEN",
    "Announced",
    "Arrival",
    "Claim",
    "Expired",
    "Mismatch",
    "NoArrival",
    "NotThere",
    "Segment",
    "TooLarge",
    "Used",
    "announce",
    "clear_arrivals",
    "complete",
    "find_arrival",
    "require_open",
    "require_usable",
    "use",
]
