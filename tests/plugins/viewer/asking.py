"""What is sent to the page of a photo, and what became of it."""

from __future__ import annotations

from typing import Any

from archive.database import open_archive

HOME = "/tower-4/-"


READERS = ("anonymous", "unknown", "none", "reader", "uploader", "auditor", "admin")


KNOWN = ("reader", "uploader", "auditor", "admin")


def send(site: Any, path: str, body: dict[str, Any], who: str = "admin") -> Any:
    return site.get(f"{HOME}/{path}", who, method="post", json=body)


def form(site: Any, path: str, body: dict[str, Any], who: str = "admin") -> Any:
    return site.get(f"{HOME}/{path}", who, method="post", data=body)


def everything(site: Any) -> list[Any]:
    """All that these pages may change, but for the time of the last change."""
    found = []
    with open_archive(site.folder) as archive:
        for table in (*TABLES, "locations", "settings", "tombstones"):
            cursor = archive.connection.execute(f"select * from {table} order by 1, 2")
            names = [column[0] for column in cursor.description]
            found += [
                {n: v for n, v in zip(names, row, strict=True) if n != "updated_at"}
                for row in cursor.fetchall()
            ]
    return found


def value(site: Any, photo: int, column: str) -> Any:
    with open_archive(site.folder) as archive:
        row = archive.connection.execute(
            f"select {column} from photos where id = ?", (photo,)
        ).fetchone()
    return row[0] if row else None


TABLES = ("photos", "photo_trades", "comments", "mentions", "markups", "albums")
