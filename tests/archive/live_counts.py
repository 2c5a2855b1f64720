"""Every counter that the database keeps, beside what counting says."""

from __future__ import annotations

from typing import Any

# table of counters: the same, counted now
LIVE = {
    "facet_counts": """
        select dimension, location_id, value, scope, count(*) from photo_facets
        group by 1, 2, 3, 4""",
    "day_counts": """
        select kind, ref, day, dated, scope, count(*), sum(width) from photo_days
        group by 1, 2, 3, 4, 5""",
    "map_counts": """
        select level, x, y, scope, count(*), sum(latitude), sum(longitude)
        from photo_cells group by 1, 2, 3, 4""",
    "added_counts": """
        select substr(uploaded_at, 1, 10), coalesce(uploader_id, 0), scope, count(*)
        from photos group by 1, 2, 3""",
}


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
