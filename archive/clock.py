"""Times as the archive writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SS.mmmZ``, the form of every ``*_at`` column in UTC."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds") + "Z"


def wall_clock(moment: datetime) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SS`` as this computer's clock on the wall shows it."""
    return moment.astimezone().replace(tzinfo=None).isoformat(timespec="seconds")
