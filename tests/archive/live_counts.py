"""Everything that is kept of the photos, beside what they say."""

from __future__ import annotations

from typing import Any

from archive.verifying.records import LIVE


def wrong_counters(connection: Any) -> list[tuple[Any, ...]]:
    """Return rows that only the counters have, or only the count."""
    return [
        (table, *row)
        for table, live in LIVE.items()
        for one, other in (
            (f"select * from {table}", live),
            (live, f"select * from {table}"),
        )
        for row in connection.execute(f"{one} except {other}")
    ]
