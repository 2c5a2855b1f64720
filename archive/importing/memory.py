"""What is known of sources: which files of which places were seen, and their end.

This is what makes a second run over an unchanged folder quick. Nothing else depends on
it: when it cannot be written, files are read again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from archive.identity import new_uuid
from archive.importing.model import Found, Place
from archive.originals import Stored
from archive.people import Person
from archive.rights import allowed, scope_condition, viewer
from archive.sqlite import sqlite3
from archive.verifying.checks import mend
from archive.verifying.files import FAULTS
from archive.waiting import begin

FLUSH = 500  # files a transaction
# A file changed in the last moments may change again within the same tick of its clock
# (two seconds on FAT), unnoticed: it is read again next time.
TICK_NS = 2_000_000_000


class Twin(NamedTuple):
    """A photo that has the same bytes.

    :param recycled: it is in the bin
    :param stored: the name of its original, which has so many ``bytes``
    :param faulty: that was found to be absent or damaged
    """

    uuid: str
    recycled: bool = False
    stored: Stored | None = None
    bytes: int = 0
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class _Note:
    file: Found
    outcome: str
    reason: str | None
    sha256: str | None


class Sources:
    """The tables ``sources``, ``source_files`` and ``imports`` of one archive.

    Photos that the importing person may not see do not exist here: whose bytes one
    has, one is not told about.
    """

    def __init__(
        self, connection: sqlite3.Connection, archive_uuid: str, actor: Person
    ) -> None:
        self._connection = connection
        self._actor = actor
        self._salt = archive_uuid.encode("ascii") + b"\0"
        self._ids: dict[Place, int | None] = {}
        self._notes: list[_Note] = []
        self._import_id = 0
        self._faulty: set[str] | None = None
        who = viewer(actor)
        seen = " or ".join(
            scope_condition(who, "p.scope", recycled=gone) for gone in (False, True)
        )
        self._seen_before = f"""
            select f.path, f.bytes, f.modified_ns,
                p.uuid, p.scope = -1, o.sha256, o.extension, o.bytes, o.crc32
            from source_files f
            join photos p on p.original_id = f.original_id
            join originals o on o.id = f.original_id
            where ({seen}) and f.source_id = ? and f.path in (MARKS)
            order by p.scope = -1 desc, p.id desc
            """
        self._photo_of = f"""
            select p.uuid, p.scope = -1, o.sha256, o.extension, o.bytes
            from originals o
            join photos p on p.original_id = o.id
            where o.sha256 = ? and ({seen}) order by p.scope = -1, p.id limit 1
            """

    def begin(self, uuid: str, options: str, at: str) -> None:
        """Record that an import began, or (as uploads do) goes on."""
        connection = self._connection
        begin(connection)
        try:
            row = connection.execute(
                """
                insert into imports (uuid, person_id, options, started_at)
                values (?, ?, ?, ?)
                on conflict (uuid) do update set finished_at = null returning id
                """,
                (uuid, self._actor.id, options, at),
            ).fetchone()
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._import_id = int(row[0])

    def end(self, at: str, imported: int, duplicates: int, refused: int) -> bool:
        """Record that the import ended; whether that could be written."""
        self.flush()
        try:
            self._connection.execute(
                """
                update imports set finished_at = ?, imported = imported + ?,
                    duplicates = duplicates + ?, refused = refused + ? where id = ?
                """,
                (at, imported, duplicates, refused, self._import_id),
            )
        except sqlite3.Error:
            return False
        return True

    def unchanged(self, files: Sequence[Found]) -> list[Twin | None]:
        """Return the photo of each file that was imported before just as it is.

        The same place, path, size and time of change (and CRC, of a zip's member) are
        taken for the same bytes, unless ``ImportOptions.checksum`` asks for them to be
        read; `verify` and the originals themselves never rely on that.

        :param files: some hundreds at most, all of one place
        """
        source = self._find(files[0].place)
        if source is None:
            return [None] * len(files)
        paths = [_text(file.path) for file in files]
        query = self._seen_before.replace("MARKS", ", ".join("?" * len(paths)))
        rows = self._connection.execute(query, (source, *paths))
        # Of several photos of the same bytes the last row is the one to name
        known = {row[:3]: row[3:] for row in rows}
        found = [
            known.get((path, file.bytes, file.modified_ns))
            for path, file in zip(paths, files, strict=True)
        ]
        return [
            self._twin(row[:-1] if row and file.crc32 in {None, row[-1]} else None)
            for row, file in zip(found, files, strict=True)
        ]

    def photo_of(self, sha256: str) -> Twin | None:
        """Return the photo that has these bytes."""
        row = self._connection.execute(self._photo_of, (sha256,)).fetchone()
        return self._twin(row)

    def _twin(self, row: tuple[str, int, str, str, int] | None) -> Twin | None:
        if row is None:
            return None
        stored = Stored(row[2], row[3])
        faulty = stored.name in self._faults()
        return Twin(row[0], bool(row[1]), stored, row[4], faulty)

    def _faults(self) -> set[str]:
        """Return the originals that a verification found absent or damaged."""
        if self._faulty is None:
            marks = ", ".join("?" * len(FAULTS))
            rows = self._connection.execute(
                "select subject from faults where mended_at is null"
                f" and what in ({marks})",
                FAULTS,
            )
            self._faulty = {row[0] for row in rows}
        return self._faulty

    def mended(self, stored: Stored) -> None:
        """An original has its bytes again: what was known to be wrong is not."""
        name = stored.name
        if name in self._faults():
            mend(self._connection, FAULTS, name)
            self._faults().discard(name)

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
        if not allowed(self._actor, "purge"):
            return "it was deleted for good"
        day, name = row[0][:10], row[1]
        if name:
            return f"it was deleted for good on {day} by {name}"
        return f"it was deleted for good on {day}"

    def note(
        self, file: Found, outcome: str, reason: str | None, sha256: str | None
    ) -> None:
        """Note what became of a file that is not recorded: duplicate or refused."""
        self._notes.append(_Note(file, outcome, reason, sha256))
        if len(self._notes) >= FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what was noted. A disk that is full or in use does without."""
        notes, self._notes = self._notes, []
        if not notes:
            return
        connection = self._connection
        with suppress(sqlite3.Error):
            begin(connection)
            try:
                for note in notes:
                    self.remember(
                        note.file, note.outcome, note.reason, self._original(note)
                    )
                connection.execute("COMMIT")
            except BaseException:
                self.forget()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _original(self, note: _Note) -> int | None:
        row = self._connection.execute(
            "select id from originals where sha256 = ?", (note.sha256,)
        ).fetchone()
        return int(row[0]) if row else None

    def remember(
        self, file: Found, outcome: str, reason: str | None, original_id: int | None
    ) -> None:
        """Record what became of a file, inside a transaction."""
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
                _settled(file.modified_ns),
                outcome,
                reason,
                original_id,
                self._import_id,
            ),
        )

    def forget(self) -> None:
        """Forget the places' numbers: the transaction that made them failed."""
        self._ids.clear()

    def _key(self, place: Place) -> str:
        kind = b"zip\0" if place.kind == "zip" else b""
        return hashlib.sha256(self._salt + kind + place.path).hexdigest()

    def _find(self, place: Place) -> int | None:
        if place not in self._ids:
            row = self._connection.execute(
                "select id from sources where key = ?", (self._key(place),)
            ).fetchone()
            self._ids[place] = row[0] if row else None
        return self._ids[place]

    def _find_or_add(self, place: Place) -> int:
        if self._ids.get(place) is None:
            self._ids.pop(place, None)  # another process may have added it
        found = self._find(place)
        if found is None:
            cursor = self._connection.execute(
                """
                insert into sources (uuid, kind, name, key, first_seen_at)
                values (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
                """,
                (new_uuid(), place.kind, _text(place.name), self._key(place)),
            )
            found = self._ids[place] = int(cursor.lastrowid or 0)
        return found


def _settled(modified_ns: int) -> int:
    """The time of change, or one that no file has while it may not be the last."""
    return modified_ns if abs(time.time_ns() - modified_ns) > TICK_NS else -1


def _text(name: bytes) -> str | bytes:
    """A name as the columns of type ANY hold it: text, or bytes when not UTF-8."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name
