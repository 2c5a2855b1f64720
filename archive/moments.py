"""Local times, UTC offsets and dates as people and programs give them."""

from __future__ import annotations

import re
from datetime import date, datetime

from archive.errors import InvalidInput

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?\s*(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)


def parse_moment(text: str) -> tuple[str, str | None]:
    """Return (local time, UTC offset or None) of ``2026-03-09T14:05[:09][+02:00]``.

    :raises InvalidInput: not a time, or one that never was
    """
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise InvalidInput(
            f"{text!r} is not a time; write it as 2026-03-09T14:05:00 or with its"
            " offset, 2026-03-09T14:05:00+02:00",
            key="no_time",
            text=text,
        )
    local = f"{found[1]}T{found[2]}{found[3] or ':00'}"
    try:
        datetime.fromisoformat(local)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is a time that does not exist", key="never_was", text=text
        ) from None
    offset = "+00:00" if found[4] == "Z" else found[4]
    return local, check_offset(offset) if offset else None


def check_offset(text: str) -> str:
    """Return a UTC offset as ``+05:30``.

    :raises InvalidInput: not one (real ones run from -12:00 to +14:00)
    """
    found = _OFFSET.fullmatch(text)
    minutes = 60 * int(found[2]) + int(found[3]) if found else 10_000
    if not found or minutes > (14 * 60 if found[1] == "+" else 12 * 60):
        raise InvalidInput(
            f"{text!r} is not a UTC offset such as +02:00", key="no_offset", text=text
        )
    return text if minutes else "+00:00"


def parse_date(text: str) -> str:
    """Return ``YYYY-MM-DD``.

    :raises InvalidInput: not a date, or one that never was
    """
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(
            f"{text!r} is not a date such as 2026-03-09", key="no_date", text=text
        )
    return found.isoformat()
