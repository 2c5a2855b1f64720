"""Daily log headers: which number is which day (contract 5.4).

A day's number is counted from the year 1, so that it is the same everywhere and needs
no table. A day has a header when a photo that the caller may see is in its log.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from archive.daily_log import log_days
from archive.rights import viewer
from plugins.api.errors import Json
from plugins.api.paging import PAGING, cut
from plugins.api.params import DAY, NUMBER, Param
from plugins.api.pictures import header_id, log_day
from plugins.api.routing import ApiCall, answer, get, listed
from plugins.compat import Response

HEADERS = "/rest/v1.0/projects/{project_id}/daily_log_headers"


async def list_headers(call: ApiCall) -> Response:
    """``GET …/daily_log_headers?id=`` or ``?log_date=``."""
    day: date | None = call.args["log_date"]
    if call.args["id"] is not None:
        day = log_day(call.args["id"])
        if day is None:
            return answer([])
    first, last = (day, day) if day else (date.min, date.max)
    return await _headers(call, first, last)


async def list_between(call: ApiCall) -> Response:
    """``GET …/daily_log_headers/index?start_date=&end_date=``."""
    first, last = call.args["start_date"], call.args["end_date"]
    return await _headers(call, first or date.min, last or date.max)


async def _headers(call: ApiCall, first: date, last: date) -> Response:
    who = viewer(call.person)

    def look(connection: Any) -> list[str]:  # noqa: ANN401
        return sorted(log_days(connection, who, first.isoformat(), last.isoformat()))

    days = await call.read(look)
    return listed(call, [_form(day) for day in cut(days, call.wish)], len(days))


def _form(day: str) -> Json:
    return {
        "id": header_id(day),
        "log_date": day,
        "completed": False,
        "distributed": False,
    }


_ONE = (Param("id", NUMBER, "One header"), Param("log_date", DAY, "One day"))
_BETWEEN = (Param("start_date", DAY, "The first"), Param("end_date", DAY, "The last"))
ENDPOINTS = (
    get(
        HEADERS,
        list_headers,
        "view",
        "The days of the daily log",
        (*PAGING, *_ONE),
        "[daily_log_header]",
    ),
    get(
        f"{HEADERS}/index",
        list_between,
        "view",
        "Days from one to another",
        (*PAGING, *_BETWEEN),
        "[daily_log_header]",
    ),
)
