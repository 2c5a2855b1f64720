"""``/tower-4/-/log?month=2026-05``: the daily log as a calendar; a day is a search."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from archive.daily_log import last_log_day, log_days
from archive.errors import InvalidInput
from archive.rights import viewer
from plugins import actors, texts
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, data


async def show(call: Call) -> Response:
    """Answer with a month: its days, and how many photos each one's log has."""
    wanted = call.arg("month")

    def load(connection: Any) -> tuple[date, dict[str, int]]:  # noqa: ANN401
        who = viewer(connection.person)
        newest = last_log_day(connection, who) or date.today().isoformat()  # noqa: DTZ011
        first = _month(wanted or newest[:7])
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return first, log_days(connection, who, first.isoformat(), last.isoformat())

    first, days = await call.read(load)
    if call.wants_json:
        found = [
            {"day": day, "photos": count, "url": call.links.having("log", day)}
            for day, count in sorted(days.items())
        ]
        return data({"month": first.isoformat()[:7], "days": found})
    context = {
        "month": first.isoformat()[:7],
        "previous": _month_beside(first, -1),
        "next": _month_beside(first, 1),
        "weekdays": _weekdays(),
        "weeks": _weeks(call, first, days),
        "total": sum(days.values()),
    }
    return await archive_page(call, "log.html", context)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InvalidInput(
            f"{text!r} is no month such as 2026-05", key="no_month", text=text
        ) from None


def _month_beside(first: date, step: int) -> str | None:
    """Return the month so many after this; None: its year has no name."""
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    in_time = date.min.year <= year <= date.max.year
    return f"{year:04}-{month + 1:02}" if in_time else None


def _weekdays() -> list[str]:
    """Return the names of Monday to Sunday, short."""
    names = texts.locale(actors.language()).days["stand-alone"]["abbreviated"]
    return [names[number] for number in range(7)]


def _weeks(call: Call, first: date, days: dict[str, int]) -> list[list[Any]]:
    """Return the month's weeks from Monday on; None for days of other months."""
    weeks = calendar.Calendar().monthdayscalendar(first.year, first.month)
    return [
        [_day(call, first.replace(day=day), days) if day else None for day in week]
        for week in weeks
    ]


def _day(call: Call, day: date, days: dict[str, int]) -> dict[str, Any]:
    text = day.isoformat()
    photos = days.get(text, 0)
    return {
        "number": day.day,
        "day": text,
        "photos": photos,
        "url": call.links.having("log", text) if photos else None,
    }


ROUTES = (Route("/-/log", show, "view", json=True),)
