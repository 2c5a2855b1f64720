"""What is known of sources: which files of which places were seen, and what became of
them. This is what makes a second run over an unchanged folder quick."""

from __future__ import annotations

import hashlib

from archive.identity import new_uuid
from archive.importing.model import Found, Place
from archive.sqlite import sqlite3


class Sources:
    """The tables ``sources``, ``source_files`` and ``imports`` of one archive."""

    def __init__(self, connection: sqlite3.Connection, archive_uuid: str) -> None:
        self._connection = connection
        self._salt = archive_uuid.encode("ascii") + b"\0"
        self._ids: dict[Place, int | None] = {}

    def begin(self, uuid: str, person_id: int, options: str, at: str) -> int:
        """Record that an import began; returns its id."""
        cursor = self._connection.execute(
            "insert into imports (uuid, person_id, options, started_at) values (?, ?, ?, ?)",
            (uuid, person_id, options, at),
        )
        return int(cursor.lastrowid or 0)

    def end(
        self, import_id: int, at: str, imported: int, duplicates: int, refused: int
    ) -> None:
        """Record that an import ended."""
        self._connection.execute(
            """
            update imports set finished_at = ?, imported = ?, duplicates = ?, refused = ?
            where id = ?
            """,
            (at, imported, duplicates, refused, import_id),
        )

    def unchanged(self, file: Found) -> str | None:
        """Return the photo's uuid when this very file was imported before.

        The same place, path, size and time of change are taken for the same bytes;
        `verify` and the originals themselves never rely on that.
        """
        source = self._find(file.place)
        if source is None:
            return None
        row = self._connection.execute(
            """
            select p.uuid from source_files f join photos p on p.original_id = f.original_id
            where f.source_id = ? and f.path = ? and f.bytes = ? and f.modified_ns = ?
            order by p.id limit 1
            """,
            (source, _text(file.path), file.bytes, file.modified_ns),
        ).fetchone()
        return row[0] if row else None

    def photo_of(self, sha256: str) -> str | None:
        """Return the uuid of the photo that has these bytes."""
        row = self._connection.execute(
            """
            select p.uuid from originals o join photos p on p.original_id = o.id
            where o.sha256 = ? order by p.id limit 1
            """,
            (sha256,),
        ).fetchone()
        return row[0] if row else None

    def purged(self, sha256: str) -> str | None:
        """Return why these bytes are not wanted, when they were purged once."""
        row = self._connection.execute(
            """
            select t.purged_at, p.name from tombstones t
            left join people p on p.id = t.purged_by
            where t.sha256 = ? order by t.purged_at desc limit 1
            """,
            (sha256,),
        ).fetchone()
        if row is None:
            return None
        by = f" by {row[1]}" if row[1] else ""
        return f"it was deleted for good on {row[0][:10]}{by}"

    def remember_duplicate(self, file: Found, import_id: int, sha256: str) -> None:
        """Record a file whose bytes are here, so that it is known next time."""
        row = self._connection.execute(
            "select id from originals where sha256 = ?", (sha256,)
        ).fetchone()
        self.remember(file, import_id, "duplicate", None, row[0] if row else None)

    def remember_refusal(self, file: Found, import_id: int, reason: str) -> None:
        """Record a file that was refused. It is tried again next time."""
        self.remember(file, import_id, "refused", reason, None)

    def remember(
        self,
        file: Found,
        import_id: int,
        outcome: str,
        reason: str | None,
        original_id: int | None,
    ) -> None:
        """Record what became of a file."""
        self._connection.execute(
            """
            insert into source_files (source_id, path, bytes, modified_ns, outcome,
                reason, original_id, import_id) values (?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (source_id, path) do update set bytes = excluded.bytes,
                modified_ns = excluded.modified_ns, outcome = excluded.outcome,
                reason = excluded.reason, original_id = excluded.original_id,
                import_id = excluded.import_id
            """,
            (
                self._find_or_add(file.place),
                _text(file.path),
                file.bytes,
                file.modified_ns,
                outcome,
                reason,
                original_id,
                import_id,
            ),
        )

    def _key(self, place: Place) -> str:
        kind = b"zip\0" if place.kind == "zip" else b""
        return hashlib.sha256(self._salt + kind + place.path).hexdigest()

    def _find(self, place: Place) -> int | None:
        if self._ids.get(place) is None:
            row = self._connection.execute(
                "select id from sources where key = ?", (self._key(place),)
            ).fetchone()
            self._ids[place] = row[0] if row else None
        return self._ids[place]

    def _find_or_add(self, place: Place) -> int:
        found = self._find(place)
        if found is None:
            # A transaction that is rolled back takes this row with it: not remembered
            cursor = self._connection.execute(
                """
                insert into sources (uuid, kind, name, key, first_seen_at)
                values (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
                """,
                (new_uuid(), place.kind, _text(place.name), self._key(place)),
            )
            found = int(cursor.lastrowid or 0)
            if not self._connection.in_transaction:
                self._ids[place] = found
        return found


def _text(name: bytes) -> str | bytes:
    """A name as the columns of type ANY hold it: text, or bytes when not UTF-8."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name
