"""``/tower-4/-/undo/17``: taking a batch back, as the bar after a change offers."""

from __future__ import annotations

from typing import Any

from archive.database import Archive
from archive.history import find_batches
from archive.people import Person
from archive.undo import UndoReport, undo
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import changed
from plugins.templating import reason


async def take_back(call: Call) -> Response:
    """Undo a batch, or all batches of a run; say what could not be undone."""
    which = call.names["batch"]

    def change(archive: Archive, person: Person) -> UndoReport:
        found = find_batches(archive.connection, which)
        return undo(archive.connection, person, found)

    form = await call.form()
    report = await call.change(change)
    return changed(call, form, None, _as_json(report))


def _as_json(report: UndoReport) -> dict[str, Any]:
    return {
        "undone": report.undone,
        "batches": report.batches,
        "batch": report.batches[-1] if report.batches else None,
        "kept": [
            {
                "entity": kept.entity,
                "id": kept.record_id,
                "field": kept.field,
                "reason": reason(kept.reason),
            }
            for kept in report.kept
        ],
    }


ROUTES = (Route(r"/-/undo/(?P<batch>[0-9a-f-]{1,36})", take_back, "undo", ("POST",)),)
