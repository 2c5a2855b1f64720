"""``/tower-4/-/history``: every change of the archive, newest first."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.history import (
    BatchRecord,
    Change,
    changes_of_batch,
    find_batches,
    list_batches,
    name_changes,
)
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, data
from plugins.pages.fields import whole
from plugins.pages.wording import field_name, written
from plugins.templating import text

PAGE = 50
MOST_CHANGES = 500  # of one batch, on its page; all are in its JSON

# The entities whose texts there are; any other is shown by its own name.
ENTITIES = (
    *("photo", "album", "location", "trade", "person", "comment", "setting", "plan"),
)


async def show(call: Call) -> Response:
    """Answer with the batches, a page at a time."""
    before = whole({"before": call.arg("before")}, "before")

    def load(connection: Any) -> list[BatchRecord]:  # noqa: ANN401
        return list_batches(connection, limit=PAGE + 1, before=before)

    found = await call.read(load)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    batches = [_line(batch) for batch in found[:PAGE]]
    if call.wants_json:
        return data({"batches": batches, "next": more})
    return await archive_page(call, "history.html", {"batches": batches, "more": more})


async def show_one(call: Call) -> Response:
    """Answer with the changes of one batch."""

    def load(connection: Any) -> tuple[BatchRecord, list[Change], bool]:  # noqa: ANN401
        (batch,) = find_batches(connection, call.names["batch"])
        found: list[Change] = []
        for change in changes_of_batch(connection, batch.id):
            found.append(change)
            if len(found) > MOST_CHANGES and not call.wants_json:
                break
        shown = found if call.wants_json else found[:MOST_CHANGES]
        return batch, name_changes(connection, shown), len(found) > len(shown)

    batch, changes, cut = await call.read(load)
    if call.wants_json:
        return data({"batch": _line(batch), "changes": [asdict(c) for c in changes]})
    context = {
        "batch": _line(batch),
        "changes": [_labelled(change) for change in changes],
        "cut": cut,
        "entities": ENTITIES,
    }
    return await archive_page(call, "batch.html", context)


def _labelled(change: Change) -> dict[str, Any]:
    """Return a change with its field and its values in the words of the page."""
    field = change.field
    return {
        **asdict(change),
        "label": field_name(field) or text("changes.whole"),
        "shown_old": written(field, change.shown_old, change.old),
        "shown_new": written(field, change.shown_new, change.new),
    }


def _line(batch: BatchRecord) -> dict[str, Any]:
    """Return a batch for a page or as JSON, and whether it may be undone."""
    can = batch.origin != "system" and batch.undone_by is None
    return {**asdict(batch), "can_be_undone": can}


ROUTES = (
    Route("/-/history", show, "history", json=True),
    Route(r"/-/history/(?P<batch>[0-9]{1,7})", show_one, "history", json=True),
)
