"""What the engine needs of an archive, and what it remembers there.

``sync.archived`` has it in SQL, ``tests/sync`` in memory; both pass the same tests.
Every call is made inside one ``effects.Commit``, so that what an engine's step reads,
decides and writes is one transaction: an edit that somebody makes here at the same time
comes before it or after it (P12 of the sync design).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Protocol

from sync.answers import Sent
from sync.brakes import Survey
from sync.clashes import Neighbours
from sync.conflicts import Choice, Conflict
from sync.identity import Project
from sync.merge import Outcome, Surroundings
from sync.operations import FETCHES, Act
from sync.records import Base, Kind, Life, Record, Value

# As in records.Value, but that records of the remote are named by their numbers there
Number = int
Told = Value | Number | frozenset[int]
# Seconds: what is set aside for longer was so when the remote's clock was ahead
LONGEST_ASIDE = 2 * 24 * 3600
NOTHING_SENT = Sent({}, {})


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as the remote last showed it.

    :param fields: canonical, as in ``records``, but that references are numbers of the
        remote (an album of None is its Unclassified); what was not shown is left out
    :param extra: what nothing here knows, word for word; ``uploader`` is among it
    :param name: a photo's file name as it is there, with its token
    :param created: seconds since 1970; 0: not known; ``updated`` likewise
    """

    kind: Kind
    remote_id: int
    life: Life = Life.ACTIVE
    fields: Mapping[str, Told] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    created: int = 0
    updated: int = 0


@unique
class Phase(StrEnum):
    """How far a write has come (sync design §2.7)."""

    UPLOADING = "uploading"  # its bytes are on their way; nothing stands there yet
    SENT = "sent"  # it may be done, or not


@dataclass(frozen=True, slots=True)
class Intent:
    """A write to the remote that is under way: written down before it is sent.

    At most one for each record; while there is one, the record is left alone.

    :param sent: what is sent, frozen
    :param upload: what the API said of the upload of its bytes
    :param sent_at: by the remote's clock, seconds since 1970; 0: not known
    :param unknown_since: by the remote's clock, when it was first seen that nobody
        knows what came of it; None: the answer is awaited
    """

    kind: Kind
    uuid: str
    act: Act
    phase: Phase = Phase.SENT
    sent: Sent = NOTHING_SENT
    upload: Mapping[str, object] = field(default_factory=dict)
    sent_at: int = 0
    unknown_since: int | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A record that is set aside, as something went wrong with it.

    One whose bytes did not come is set aside for fetching them, and for nothing else.

    :param why: for a person: the remote's own words, as far as it said any
    :param status: of the answer; 0: none
    :param tries: how often
    :param next_at: not again before, by the remote's clock, seconds since 1970. An
        edit of the record on either side ends it sooner
    """

    kind: Kind
    uuid: str
    act: str
    why: str
    status: int = 0
    tries: int = 1
    next_at: int = 0

    @property
    def is_of_bytes(self) -> bool:
        """Whether only the photo's file is left alone."""
        return self.act in FETCHES


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided about a conflict, since the last run."""

    id: str
    kind: Kind
    uuid: str
    choice: Choice
    other: Value = None


class Store(Protocol):
    """One transaction on an archive and on what is known of its remote."""

    @property
    def project(self) -> Project:
        """The project there that this archive is linked with."""

    # What is remembered from run to run

    def recall(self, key: str) -> object:
        """Return a value (of JSON) that was remembered; None: none was."""

    def remember(self, key: str, value: object) -> None:
        """Keep a value (of JSON); None: forget it."""

    # Who is who

    def uuid_of(self, kind: Kind, remote_id: int) -> str | None:
        """Return which record here one there is; None: it was never seen."""

    def uuids_of(self, kind: Kind, remote_ids: Collection[int]) -> Mapping[int, str]:
        """Return which records here some there are: those that are linked."""

    def remote_id_of(self, kind: Kind, uuid: str) -> int | None:
        """Return the number there of a record; None: it was never seen there."""

    def links(self, kind: Kind) -> Mapping[int, str]:
        """Return all links of trades, locations or albums: number there, uuid here."""

    def unlinked(self, kind: Kind) -> Mapping[str, tuple[str, str]]:
        """Return trades, locations or albums that are here, and not linked.

        By uuid, with their ``identity.natural_key``.
        """

    def alike(self, size: int) -> Mapping[str, str]:
        """Return photos here of so many bytes that are not linked: uuid, SHA-256."""

    # What is there

    def seen(self, kind: Kind, remote_id: int) -> Seen | None:
        """Return how the remote last showed a record."""

    def see(self, uuid: str, seen: Seen, *, sure: bool = False) -> bool:
        """Keep how a record is shown now, as that of ``uuid``; link the two.

        What is older than what is known already is left aside. A field that is not
        shown now, and was, is kept as long as ``updated`` is the same.

        :param sure: it is so now, however old it says that it is
        :return: whether anything is new; then the record is *pending*, and no longer
            set aside
        """

    def part(self, kind: Kind, remote_id: int) -> None:
        """A number there is another record's now: take it from the one here.

        Nothing of that counts as agreed any more, and it is *purged* there, with the
        words that it last had; it is pending. What others said of the number (that they
        lie in it, that it is their cover) is unseen.
        """

    def live_there(self, begin: int, end: int) -> Sequence[tuple[int, int]]:
        """Return (created, number) of photos that are known to be live there.

        Created within, both ends included; ordered.
        """

    def count_there(self, life: Life, begin: int = 0, end: int = 1 << 62) -> int:
        """Return how many photos are known to stand so there, created within."""

    # What is here, and what is to be done

    def take_in(self) -> int:
        """Make pending what was changed here since the last call.

        All there is, at the first. What the sync itself wrote is no change, nor are
        fields that are not exchanged; but those *touch* a record (``Version.touched``).

        :return: how many records became pending
        """

    def pending(
        self,
        kinds: Collection[Kind],
        after: int,
        limit: int,
        *,
        met: bool = False,
    ) -> Sequence[tuple[int, str]]:
        """Return some records of which something may be to be done: (place, uuid).

        In a fixed order, by their place. Those with an intent, and those that are set
        aside (until ``try_again``), are left out.

        :param after: the place of the last one of the call before; 0: from the start
        :param met: without photos that are new on one side
        """

    def missing(
        self, what: str, after: int, limit: int
    ) -> Sequence[tuple[int, str, int]]:
        """Return photos live on both sides without bytes: (place, uuid, number there).

        Those whose bytes are set aside are left out.

        :param what: "original", or "thumbnail": those that have neither
        """

    def load(self, uuids: Collection[str]) -> list[Record]:
        """Return records, with all three versions."""

    def near(self) -> Surroundings:
        """Return what is true of the records that are not planned for."""

    def others(self) -> Neighbours:
        """Return the names and places of those."""

    def survey(self) -> Survey:
        """Return how many photos and texts both sides held; the rest is as it is."""

    def write(self, record: Record, outcome: Outcome, why: str) -> None:
        """Write here what becomes of a record: its fields, its life, its base.

        In the history as of the sync. A photo that is made here has no bytes yet.

        :raises ArchiveError: the archive does not take it; nothing of it is written
        """

    def rebase(self, kind: Kind, uuid: str, base: Base | None) -> None:
        """Keep what was agreed, once the remote has answered."""

    def replace(self, old: Record, new: Record, decided: Decided) -> None:
        """Write what somebody decided: in the history as of that person."""

    def rest(self, uuids: Collection[str]) -> None:
        """Nothing is to be done about these records: they are pending no more."""

    # Writes under way, and what goes wrong

    def intents(self) -> Sequence[Intent]:
        """Return all writes that are under way, oldest first."""

    def keep_intent(self, intent: Intent) -> None:
        """Write down an intent, in the place of the record's other one."""

    def end_intent(self, uuid: str) -> None:
        """Its outcome is known."""

    def set_aside(self, trouble: Trouble) -> None:
        """Leave a record alone for some time; counts the tries."""

    def try_again(self, clock: int) -> int:
        """Set aside no longer what is due; its tries still count until it rests.

        :param clock: the remote's, in seconds since 1970
        :return: how many records
        """

    def troubles(self) -> Sequence[Trouble]:
        """Return what is set aside."""

    # Conflicts

    def show(self, uuids: Collection[str], conflicts: Sequence[Conflict]) -> None:
        """Keep these as all conflicts of these records, for people to look at."""

    def decided(self) -> Sequence[Decided]:
        """Return what was decided and not yet carried out."""

    def close(self, decided: Decided, why: str) -> None:
        """It was carried out (""), or it was not, and why."""
