"""What a backup and a restore say that they did."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.backups.states import State
from archive.disk import reason
from archive.errors import FileProblem

NOTHING = State("", "", "", 0, 0, 0, {})
MOST = 1000  # files that are named: more of them say that a disk is gone


def why_of(error: Exception) -> str:
    """Return what went wrong with a file, without the name that is told beside it."""
    if isinstance(error, FileProblem):
        return error.reason
    return reason(error) if isinstance(error, OSError) else str(error)


@dataclass(slots=True)
class Lacking:
    """Originals, and files of plans, that were not to be had.

    :param missing: the first of them: (name, why); of plans ``maps/…``, else below
        originals
    :param lacking: how many there are
    """

    missing: list[tuple[str, str]] = field(default_factory=list)
    lacking: int = 0

    def lack(self, name: str, why: str) -> None:
        """Count one more, and name it where there is room."""
        self.lacking += 1
        if len(self.missing) < MOST:
            self.missing.append((name, why))

    @property
    def is_complete(self) -> bool:
        """Whether every file that the database names was to be had."""
        return not self.lacking


@dataclass(slots=True)
class Taken(Lacking):
    """What was backed up.

    :param name: of the state
    :param backup: uuid
    :param copied: originals that were new to the backup; ``bytes`` of them
    :param there: originals that it had already
    """

    name: str = ""
    backup: str = ""
    copied: int = 0
    bytes: int = 0
    there: int = 0


@dataclass(slots=True)
class Restored(Lacking):
    """What was restored, of a state.

    :param ended: sessions, links and the like that were open then; None: no accounts
    """

    state: State = NOTHING
    originals: int = 0
    bytes: int = 0
    ended: int | None = None
