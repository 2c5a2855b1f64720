"""What became of each file: told in the report, and kept in the archive's memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archive.importing.memory import Sources, Twin
from archive.importing.model import Found, ImportReport, Refusal, readable

IN_THE_BIN = "is in the recycle bin already; retrieve it to see it"

Progress = Callable[[ImportReport], None]


class Outcomes:
    """The report of one run while it grows."""

    def __init__(
        self, sources: Sources, run: str, progress: Progress | None = None
    ) -> None:
        self.report = ImportReport(run)
        self._sources = sources
        self._progress = progress

    def ignored(self) -> None:
        """Count a system file that was passed over."""
        self.report.ignored += 1

    def imported(self, file: Found, uuid: str, notes: Iterable[str]) -> None:
        """Report a new photo (its record remembers the file)."""
        path = readable(file.shown)
        self.report.imported.append((path, uuid))
        self.report.notes += [(path, note) for note in notes]
        self._tell()

    def unchanged(self, file: Found, twin: Twin) -> None:
        """Report a file that was imported before and has not changed since."""
        path = readable(file.shown)
        self.report.duplicates.append((path, twin.uuid))
        if twin.recycled:
            self.report.notes.append((path, IN_THE_BIN))
        self._tell()

    def healed(self, file: Found, how: str) -> None:
        """Report that a file's bytes were missing from the store, and are back."""
        self.report.notes.append((readable(file.shown), how))

    def duplicate(self, file: Found, twin: Twin, sha256: str) -> None:
        """Report a file whose bytes are a photo already, and remember it."""
        self._sources.note(file, "duplicate", None, sha256)
        self.unchanged(file, twin)

    def refused(self, file: Found, reason: str) -> None:
        """Report a file that is not imported. It is tried again next time."""
        self.report.refused.append(Refusal(readable(file.shown), reason))
        self._sources.note(file, "refused", reason, None)
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self.report)
