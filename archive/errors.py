"""Everything that can go wrong, as one tree.

    ArchiveError                 the base; its text is a sentence for a person
    ├── NotAnArchive             the folder is no archive
    ├── NewerFormat              made by a newer version of asbuilt
    ├── ArchiveLocked            another process is writing
    ├── DamagedArchive           the database is damaged
    ├── NotFound                 no such photo, album, location, …
    ├── InvalidInput             a value that cannot be
    │   ├── InvalidQuery         a search that cannot be understood
    │   └── WeakPassword(why)    a new password that would be guessed
    ├── NotAllowed               this person may not do that
    │   └── LoginFailed          not this login, or not this password
    ├── TooManyAttempts(seconds) failed logins: the next one has to wait
    ├── Conflict                 it would overwrite something newer
    │   ├── Changed(now)         a field of a photo: what it holds now
    │   └── TooFewCopies         a purge: the last verified copy would go (keeping.rule)
    └── FileProblem(path, reason)
        ├── NotAPhoto            not a picture, RAW file or video that we archive
        ├── DamagedFile          a picture with nothing in it that can be kept
        └── StoreError           reading the source or writing the store failed
            └── Unreachable      a backup's place says nothing (backups.sources)

The command line turns any of these into one line on stderr and exit code 1,
the plugins into a 4xx answer (``http_status``). Nothing else is caught at the edge.
"""

from __future__ import annotations

import os
from collections.abc import Mapping


class ArchiveError(Exception):
    """Base of every error that is reported to a person rather than debugged.

    :param sentence: in English
    :param key: of the same sentence in other languages (``error.<key>`` in
        ``plugins/languages``), with ``values`` to put in; "": only in English
    """

    http_status = 400

    def __init__(self, sentence: str = "", *, key: str = "", **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(sentence)


class NotAnArchive(ArchiveError):
    """The folder holds no archive (or one whose disk is absent)."""


class NewerFormat(ArchiveError):
    """The archive was made by a newer version than this one can read."""


class ArchiveLocked(ArchiveError):
    """Another process held the archive for longer than we wait."""

    http_status = 503


class DamagedArchive(ArchiveError):
    """The database file is damaged; nothing was written."""

    http_status = 500


class NotFound(ArchiveError):
    """No record of that name, id or uuid that this person may see."""

    http_status = 404


class InvalidInput(ArchiveError):
    """A value that cannot be stored."""


class InvalidQuery(InvalidInput):
    """A search that cannot be understood; the text says what is known."""


class WeakPassword(InvalidInput):
    """A new password that is too short, or would be guessed.

    :param why: "short", "long", "repeated" or "guessed", for pages in other languages
    """

    def __init__(self, why: str, sentence: str) -> None:
        self.why = why
        super().__init__(sentence)


class NotAllowed(ArchiveError):
    """The person's level and rights do not permit the action."""

    http_status = 403


class LoginFailed(NotAllowed):
    """The login is nobody's or the password is not theirs; never told which."""


class TooManyAttempts(ArchiveError):
    """After failed logins the next one has to wait.

    :param seconds: how long
    """

    http_status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        sentence = f"too many failed logins; try again in {seconds} seconds"
        super().__init__(sentence, key="wait", n=seconds)


class Conflict(ArchiveError):
    """Carrying on would overwrite something that changed meanwhile."""

    http_status = 409


class Changed(Conflict):
    """Fields of a photo are not what the person saw when they began to edit.

    :param now: what each holds now
    """

    def __init__(self, now: Mapping[str, object]) -> None:
        self.now = dict(now)
        sentence = f"somebody changed this meanwhile: {', '.join(self.now)}"
        super().__init__(sentence, key="changed")


class FileProblem(ArchiveError):
    """Something is wrong with one file.

    :param path: the file, as the person named it (may be any bytes the system allows)
    :param reason: what is wrong, without the path
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        reason: str,
        *,
        key: str = "",
        **values: object,
    ) -> None:
        self.path = os.fspath(path)
        self.reason = reason
        shown = printable(self.path)
        super().__init__(f"{shown}: {reason}", key=key, path=shown, **values)


class NotAPhoto(FileProblem):
    """Not a picture, RAW file or video of a kind that is archived."""


class DamagedFile(FileProblem):
    """Looks like a picture but holds nothing that could be kept."""


class StoreError(FileProblem):
    """The source could not be read or the store could not be written."""


def printable(text: str) -> str:
    r"""Make a name from outside safe for a terminal or a log line.

    Control and format characters (newlines, escapes, bidirectional overrides) and
    undecodable bytes come out as ``\xNN`` or ``\uNNNN``; everything else stays.
    """
    return "".join(
        c
        if c.isprintable()
        else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in text
    )
