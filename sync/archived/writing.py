"""What becomes of records here: as the sync decided, or as a person did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from archive import mirroring
from archive.batches import turn
from archive.people import Person
from sync.archived import deciding, forms
from sync.archived.loading import WANTED, Loading
from sync.merge import Outcome
from sync.records import Base, Fields, Kind, Life, Record
from sync.store import Decided

REASON = "sync"
_PRESENT = frozenset({Life.ACTIVE, Life.RECYCLED})
_OVER = frozenset({Life.RECYCLED, Life.PURGED})


@dataclass(slots=True)
class Writing(Loading):
    """The part of the store that writes records."""

    def write(self, record: Record, outcome: Outcome, why: str) -> None:
        """Write here what becomes of a record."""
        self.whys[why] = None
        is_made = record.local.life is Life.ABSENT and record.kind is Kind.PHOTO
        # making a photo is all or nothing by itself
        with nullcontext() if is_made else mirroring.whole(self.mirror):
            self._move(record, record.local.life, outcome.life, outcome.write)
            self._base(record.kind, record.uuid, outcome.base, is_made=is_made)

    def _move(self, record: Record, before: Life, after: Life, values: Fields) -> None:
        """Bring a record here from one life to another, with these values."""
        mirror, kind, uuid = self.mirror, record.kind, record.uuid
        if before is Life.ABSENT and after is not Life.ABSENT:
            told = record.remote.extra.get("uploader")
            uploader = told if isinstance(told, Mapping) else None
            mirroring.make(mirror, kind, uuid, values, uploader)
            return
        if before is Life.RECYCLED and after is Life.ACTIVE:
            mirroring.retrieve(mirror, uuid)
        if before in _PRESENT:
            if kind is Kind.ALBUM and values.get("private"):
                self._wake_public(uuid)
            mirroring.change(mirror, kind, uuid, values)
        if before is Life.ACTIVE and after in _OVER:
            mirroring.recycle(mirror, kind, uuid)
            if kind is not Kind.PHOTO:
                self._set(kind, uuid, ended=1)

    def _wake_public(self, album: str) -> None:
        """Make pending what an album makes private: nobody told the remote."""
        self._db.execute(
            """
            update sync_records set pending = 1 where uuid in (
                select p.uuid from photos p join albums a on a.id = p.album_id
                where a.uuid = ? and p.private = 0)
            """,
            (album,),
        )

    def rebase(self, kind: Kind, uuid: str, base: Base | None) -> None:
        """Keep what was agreed, once the remote has answered."""
        self._base(kind, uuid, base)

    def _base(
        self, kind: Kind, uuid: str, base: Base | None, *, is_made: bool = False
    ) -> None:
        """Keep a base. A new one has seen what touched the record until now.

        :param is_made: the photo is new here, without its bytes
        """
        text = None if base is None else forms.base_form(base)
        life = Life.ABSENT.value if base is None else base.life.value
        done = self._db.execute(
            """
            update sync_records
            set touched = iif(base is ?1 and agreed = ?2, touched, 0),
                base = ?1, agreed = ?2, worded = ?3, lacks = iif(?5, 2, lacks)
            where uuid = ?4
            """,
            (text, life, forms.is_worded(base), uuid, is_made),
        ).rowcount
        if not done and base is not None:
            self._set(kind, uuid, base=text, agreed=life, worded=forms.is_worded(base))

    def replace(self, old: Record, new: Record, decided: Decided) -> None:
        """Write what somebody decided: in the history as of that person."""
        person = deciding.who_decided(self._db, decided) or self.mirror.actor
        us = self.mirror.actor
        self._turn(person, origin="user", reason=f"decided: {decided.choice}")
        try:
            with mirroring.whole(self.mirror):
                self._replace(old, new)
        finally:
            self._turn(us, origin="sync", reason=REASON)

    def _replace(self, old: Record, new: Record) -> None:
        if new.local.life is Life.ABSENT:
            self._set(old.kind, old.uuid, ended=WANTED)
        else:
            before = old.local.fields
            values = {
                name: value
                for name, value in new.local.fields.items()
                if name not in before or before[name] != value
            }
            self._move(new, old.local.life, new.local.life, values)
        self._base(old.kind, old.uuid, new.base)
        self._set(old.kind, old.uuid, pending=1)

    def _turn(self, actor: Person, *, origin: str, reason: str) -> None:
        """Go on writing as somebody else, in a batch of theirs."""
        self.tell_why()
        batch = turn(self._db, actor, origin=origin, reason=reason, run=self.run)
        self.mirror.actor, self.mirror.batch = actor, batch

    def tell_why(self) -> None:
        """Write down in the open batch why the sync wrote what it did; it ends here."""
        mirroring.catch_up(self.mirror)
        if self.whys:
            reason = f"{REASON}: {', '.join(self.whys)}"
            self._db.execute(
                "update batches set reason = ? where id = ?",
                (reason, self.mirror.batch.id),
            )
            self.whys.clear()

    def rest(self, uuids: Collection[str]) -> None:
        """Nothing is to be done about these records."""
        told = (forms.written(list(uuids)),)
        self._db.execute(
            """
            update sync_records set pending = 0
            where pending = 1 and uuid in (select value from json_each(?))
            """,
            told,
        )
        self._db.execute(
            """
            delete from sync_troubles
            where about = 'record' and held = 0
                and uuid in (select value from json_each(?))
            """,
            told,
        )

    def _set(self, kind: Kind, uuid: str, **values: object) -> None:
        """Set columns of a record, which may not be known yet."""
        sets = ", ".join(f"{name} = ?" for name in values)
        done = self._db.execute(
            f"update sync_records set {sets} where uuid = ?", (*values.values(), uuid)
        ).rowcount
        if not done:
            marks = ", ".join("?" * (len(values) + 2))
            self._db.execute(
                f"insert into sync_records (kind, uuid, {', '.join(values)})"
                f" values ({marks})",
                (kind, uuid, *values.values()),
            )
