"""Dates, sub-seconds and UTC offsets as files write them. Pure rules, no files.

A moment is local wall-clock time ``YYYY-MM-DDTHH:MM:SS`` with ``.fff`` when the file
states a fraction. What cannot be a date (30 February, second 60, zeros, blanks, other
separators than the format's own) is no date; nothing is guessed or repaired.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

_EXIF = re.compile(
    r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
    r" ?(Z|[+-]\d\d:?\d\d)?\Z",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r" ?(Z|[+-]\d\d:?\d\d)?\Z",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)\Z", re.ASCII)
_QUICKTIME_EPOCH = datetime(1904, 1, 1)  # noqa: DTZ001 - wall clocks have no zone


class Moment(NamedTuple):
    """When, on the wall clock there; ``offset`` and ``subsec`` only when stated."""

    local: str
    offset: str | None = None
    subsec: str | None = None

    @property
    def text(self) -> str:
        """``YYYY-MM-DDTHH:MM:SS[.fff]``: a stated fraction as milliseconds, cut."""
        if not self.subsec:
            return self.local
        return f"{self.local}.{self.subsec[:3]:0<3}"


def parse_exif(
    text: str, subsec: str | None = None, offset: str | None = None
) -> Moment | None:
    """A date as EXIF writes it, ``YYYY:MM:DD HH:MM:SS`` (EXIF 2.32, 4.6.4 and 4.6.5).

    :param subsec: the SubSecTime tag that belongs to it: digits after the point
    :param offset: the OffsetTime tag that belongs to it
    """
    match = _EXIF.match(text.strip(" \0"))
    if match is None:
        return None
    moment = _moment(match)
    if moment is None:
        return None
    return Moment(
        moment.local,
        parse_offset(offset) or moment.offset,
        parse_subsec(subsec) or moment.subsec,
    )


def parse_iso(text: str) -> Moment | None:
    """A date with a time as XMP and QuickTime write it (ISO 8601)."""
    match = _ISO.match(text.strip(" \0"))
    return None if match is None else _moment(match)


def parse_offset(text: str | None) -> str | None:
    """``+05:30`` from ``+05:30``, ``+0530`` or ``Z``; None outside -12:00 to +14:00."""
    if not text:
        return None
    text = text.strip(" \0")
    if text == "Z":
        return "+00:00"
    match = _OFFSET.match(text)
    if match is None:
        return None
    sign, hours, minutes = match[1], int(match[2]), int(match[3])
    total = hours * 60 + minutes
    if minutes > 59 or total > (14 * 60 if sign == "+" else 12 * 60):
        return None
    return f"{sign if total else '+'}{hours:02}:{minutes:02}"


def parse_subsec(text: str | None) -> str | None:
    """The digits of a SubSecTime tag, or None when it holds anything else."""
    text = (text or "").strip(" \0")
    return text[:9] if text.isascii() and text.isdigit() else None


def from_quicktime(seconds: int) -> Moment | None:
    """Seconds since 1904 in UTC (ISO 14496-12, 8.2.2); 0 means that nobody set it.

    Before 1970 is taken as unset too: no such camera existed, and writers that put
    Unix time into the field end up there.
    """
    if not 0x7C25B080 <= seconds < 1 << 33:
        return None
    moment = _QUICKTIME_EPOCH + timedelta(seconds=seconds)
    return Moment(moment.isoformat(), "+00:00")


def _moment(match: re.Match[str]) -> Moment | None:
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(  # noqa: DTZ001 - wall clocks have no zone
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
        )
    except ValueError:
        return None
    return Moment(moment.isoformat(), parse_offset(offset), fraction)
