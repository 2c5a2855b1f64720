"""The store of the engine over an archive's database (``sync.store``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sync.archived import deciding, forms
from sync.archived.writing import REASON, Writing
from sync.conflicts import Conflict
from sync.operations import Act
from sync.records import Kind
from sync.store import LONGEST_ASIDE, Decided, Intent, Phase, Trouble

__all__ = ["REASON", "ArchivedStore"]


@dataclass(slots=True)
class ArchivedStore(Writing):
    """One transaction on an archive: made by ``transaction``, of no use after it."""

    # Writes under way, and what goes wrong

    def intents(self) -> Sequence[Intent]:
        """Return all writes that are under way, oldest first."""
        rows = self._db.execute(
            """
            select kind, uuid, act, phase, sent, upload, sent_at, unknown_since
            from sync_intents order by id
            """
        )
        return [_intent(row) for row in rows]

    def keep_intent(self, intent: Intent) -> None:
        """Write down an intent, in the place of the record's other one."""
        self._db.execute(
            """
            insert into sync_intents
                (kind, uuid, act, phase, sent, upload, sent_at, unknown_since)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (uuid) do update set kind = excluded.kind, act = excluded.act,
                phase = excluded.phase, sent = excluded.sent, upload = excluded.upload,
                sent_at = excluded.sent_at, unknown_since = excluded.unknown_since
            """,
            (
                *(intent.kind, intent.uuid, intent.act, intent.phase),
                *(forms.sent_form(intent.sent), forms.written(dict(intent.upload))),
                *(intent.sent_at, intent.unknown_since),
            ),
        )

    def end_intent(self, uuid: str) -> None:
        """Its outcome is known."""
        self._db.execute("delete from sync_intents where uuid = ?", (uuid,))

    def set_aside(self, trouble: Trouble) -> None:
        """Leave a record alone for some time; counts the tries."""
        self._db.execute(
            """
            insert into sync_troubles
                (uuid, about, kind, act, why, status, tries, next_at)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (uuid, about) do update set act = excluded.act,
                why = excluded.why, status = excluded.status,
                next_at = excluded.next_at, held = 1,
                tries = max(tries + 1, excluded.tries)
            """,
            (
                *(trouble.uuid, "bytes" if trouble.is_of_bytes else "record"),
                *(trouble.kind, trouble.act, trouble.why),
                *(trouble.status, trouble.tries, trouble.next_at),
            ),
        )

    def try_again(self, clock: int) -> int:
        """Set aside no longer what is due."""
        due = self._db.execute(
            """
            update sync_troubles set held = 0
            where held = 1 and (next_at <= ?1 or next_at > ?1 + ?2)
            """,
            (clock, LONGEST_ASIDE),
        )
        return int(due.rowcount)

    def troubles(self) -> Sequence[Trouble]:
        """Return what is set aside."""
        rows = self._db.execute(
            """
            select kind, uuid, act, why, status, tries, next_at
            from sync_troubles where held = 1 order by next_at, uuid
            """
        )
        return [Trouble(Kind(row[0]), *row[1:]) for row in rows]

    # Conflicts

    def show(self, uuids: Collection[str], conflicts: Sequence[Conflict]) -> None:
        """Keep these as all conflicts of these records."""
        deciding.show(self._db, self.opened.at, uuids, conflicts)

    def decided(self) -> Sequence[Decided]:
        """Return what was decided and not yet carried out."""
        return deciding.decided(self._db)

    def close(self, decided: Decided, why: str) -> None:
        """It was carried out (""), or it was not, and why."""
        deciding.close(self._db, self.opened.at, decided, why)


def _intent(row: Sequence[Any]) -> Intent:
    kind = Kind(row[0])
    return Intent(
        kind,
        row[1],
        Act(row[2]),
        Phase(row[3]),
        forms.sent_from(kind, row[4]),
        forms.read(row[5]),
        row[6],
        row[7],
    )
