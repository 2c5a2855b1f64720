"""Taking in a close-out package: photos with all that was known of them.

First every hash of the bag is checked. What is here already is left as it is, so that a
second run adds only what the first did not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from archive.batches import Batch, batch
from archive.clock import timestamp, utc_now
from archive.database import Archive, database_errors
from archive.errors import InvalidInput, NewerFormat
from archive.identity import new_uuid
from archive.importing.answers import Ready
from archive.importing.bags import PROJECT, Bag, open_bag
from archive.importing.memory import Sources
from archive.importing.model import (
    Found,
    ImportOptions,
    ImportReport,
    Refusal,
    readable,
)
from archive.importing.outcomes import Progress
from archive.importing.package_later import add_later, ended
from archive.importing.package_lists import (
    Numbers,
    Values,
    find_or_add,
    insert,
    lists_of,
    records,
)
from archive.importing.package_photos import add_photo
from archive.importing.package_plans import add_plans
from archive.importing.package_records import (
    ALBUM,
    EARLIER,
    PACKAGE,
    PHOTO,
    Record,
    checked,
    parsed,
)
from archive.importing.pipeline import BATCH, import_found
from archive.importing.recording import UNFIT
from archive.importing.records import Filing, Writer
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3

FORMAT = 1
SIDECARS = "data/sidecars/"
HISTORY = "data/history.jsonl"
RIGHTS = ("upload", "edit_people", "edit_trades", "edit_locations", "settings")
PURGED = "it was once deleted for good here"
TWICE = "another record of the package has its uuid"
OTHER_BYTES = "the package has no such bytes of it as its record says"
_LONGEST_LINE = 16 << 20  # bytes of a line of history


def import_package(
    archive: Archive,
    actor: Person,
    path: Path,
    *,
    purged_too: bool = False,
    workers: int = 2,
    renditions: bool = True,
    tell: Callable[[str], None] = lambda _name: None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take in a package: a folder or a zip that ``is_package``.

    :param purged_too: also photos that were once deleted for good here
    :param tell: is told of each file whose hash was checked
    :raises NotAllowed: the actor is no admin
    :raises DamagedFile: it is not as it was made
    :raises InvalidInput: it holds what cannot be
    :raises NewerFormat: made by a newer version
    """
    for right in RIGHTS:
        require(actor, right)
    with open_bag(path, tell) as bag:
        project = parsed(bag.read(PROJECT))
        if project.get("format") != FORMAT:
            raise NewerFormat(f"{path}: is a package of another format than {FORMAT}")
        lists = lists_of(project)
        about = checked(project, PACKAGE)
        run = new_uuid()
        opening = partial(_opening, archive, actor, about, run)
        with opening() as opened:
            numbers = find_or_add(archive.connection, opened, lists)
        taking = _Taking(archive, numbers, purged_too=purged_too)
        taking.read(bag)
        options = ImportOptions(purged_too=purged_too)
        report = import_found(
            archive,
            actor,
            lambda _ignored: taking.files(bag),
            options,
            run_uuid=run,
            workers=workers,
            renditions=renditions,
            progress=progress,
            writing=partial(_Writer, taking),
        )
        taking.rest(opening)
        taking.later(opening)
        taking.refused += add_plans(archive, actor, bag, project)
        with opening():
            _finish(taking, bag, project, about, (actor, run))
    return taking.report(report)


def _opening(archive: Archive, actor: Person, about: Values, run: str) -> Any:  # noqa: ANN401
    reason = f"package of {about['title']}, {about['made_at'][:10]}"
    return batch(archive.connection, actor, origin="import", reason=reason, run=run)


@dataclass(slots=True)
class _Taking:
    """Photos of a package on their way.

    :param waiting: records that are not here yet, by the SHA-256 of their bytes; ""
        without a file
    :param named: uuids of the records that were read
    :param sent: the records of each file that is imported, by its path in the report
    :param added: and ``known``: (file, uuid) of photos that were added otherwise, and
        that were here
    :param here: of the records of these what may be new to them
    """

    archive: Archive
    numbers: Numbers
    purged_too: bool
    waiting: dict[str, list[Values]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    sent: dict[str, list[Values]] = field(default_factory=dict)
    added: list[tuple[str, str]] = field(default_factory=list)
    known: list[tuple[str, str]] = field(default_factory=list)
    here: list[Values] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def read(self, bag: Bag) -> None:
        """Read all records, and set aside those of photos that are here."""
        here = self._column("select uuid from photos")
        gone = self._column("select uuid from tombstones")
        for name in sorted(bag.files):
            if not name.startswith(SIDECARS) or not name.endswith(".json"):
                continue
            try:
                record = self._fit(checked(parsed(bag.read(name)), PHOTO))
            except InvalidInput as error:
                self.refused.append(Refusal(name, str(error)))
                continue
            self._sort(bag, record, here, gone)

    def _sort(self, bag: Bag, record: Values, here: set[str], gone: set[str]) -> None:
        shown, file = _shown(record), record["file"]
        twice = record["uuid"] in self.named
        self.named.add(record["uuid"])
        key = (record["original"] or {}).get("sha256", "") if file else ""
        if twice:
            self.refused.append(Refusal(shown, TWICE))
        elif record["uuid"] in here:
            self.known.append((shown, record["uuid"]))
            self.here.append(_of_known(record))
        elif record["uuid"] in gone and not self.purged_too:
            self.refused.append(Refusal(shown, PURGED))
        elif file and (bag.digests.get(file) != key or not key):
            self.refused.append(Refusal(shown, OTHER_BYTES))
        else:
            self.waiting.setdefault(key, []).append(record)

    def _column(self, sql: str) -> set[str]:
        return {row[0] for row in self.archive.connection.execute(sql)}

    def _fit(self, record: Values) -> Values:
        """Refuse what no photo of ours can be."""
        numbers = self.numbers
        if (record["latitude"] is None) != (record["longitude"] is None):
            raise InvalidInput("half a position")
        if record["album"] not in numbers.albums:
            raise InvalidInput("it lies in no album")
        place = record["location"]
        if place is not None and place not in numbers.locations:
            raise InvalidInput("it lies in no place")
        if not set(record["trades"]) <= set(numbers.trades):
            raise InvalidInput("it shows no trade")
        return record

    def files(self, bag: Bag) -> Iterator[Found]:
        """Yield one file for each original that is to come."""
        for key, some in list(self.waiting.items()):
            if key:
                file = bag.files[some[0]["file"]]
                raw = some[0]["filename"].encode("utf-8", "replace")
                self.sent[readable(file.shown)] = some
                yield file._replace(name=raw)

    def take(self, sha256: str) -> list[Values]:
        """Return the records of an original, once."""
        return self.waiting.pop(sha256, [])

    def rest(self, opening: Callable[[], Any]) -> None:
        """Add photos whose bytes were here before them, and those without any."""
        connection = self.archive.connection
        left = [
            (record, original)
            for key, some in self.waiting.items()
            for original in [_original_of(connection, key)]
            for record in some
            if original is not None or not key
        ]
        for start in range(0, len(left), BATCH):
            with database_errors(self.archive.folder), opening() as opened:
                tried = [
                    (record, self._try(opened, record, original))
                    for record, original in left[start : start + BATCH]
                ]
            # Now that it is committed
            for record, problem in tried:
                if problem:
                    self.refused.append(Refusal(_shown(record), problem))
                else:
                    self.added.append((_shown(record), record["uuid"]))

    def later(self, opening: Callable[[], Any]) -> None:
        """Add what is new to photos that were here."""
        connection = self.archive.connection
        gone = ended(connection)
        for start in range(0, len(self.here), BATCH):
            with database_errors(self.archive.folder), opening():
                told = [
                    (_shown(record), note)
                    for record in self.here[start : start + BATCH]
                    for note in add_later(connection, record, self.numbers, gone)
                ]
            self.notes += told

    def _try(self, opened: Batch, record: Values, original: int | None) -> str:
        """Add a photo. Returns why it cannot be recorded, or ""; others can."""
        connection = self.archive.connection
        connection.execute("savepoint record")
        try:
            self.add(opened, record, original)
        except UNFIT as error:
            connection.execute("rollback to record")
            return f"cannot be recorded: {error}"
        finally:
            if connection.in_transaction:
                connection.execute("release record")
        return ""

    def add(self, opened: Batch, record: Values, original: int | None) -> None:
        """Record a photo and what was said about it."""
        add_photo(self.archive.connection, opened, record, self.numbers, original)

    def report(self, made: ImportReport) -> ImportReport:
        """Return what became of every photo of the package.

        :param made: of its files, each of which may be several photos
        """
        imported = [
            (_shown(record), record["uuid"])
            for path, _ in made.imported
            for record in self.sent[path]
        ]
        refused = [one for one in made.refused for _ in self.sent.get(one.path, [one])]
        return ImportReport(
            made.run,
            imported + self.added,
            self.known,
            self.refused + refused,
            made.notes + self.notes,
        )


def _of_known(record: Values) -> Values:
    names = ("uuid", "file", "filename", "recycled_at", "comments", "markups")
    return {name: record[name] for name in names}


def _shown(record: Values) -> str:
    """Return what a photo is called in the report."""
    return str(record["file"] or record["filename"])


class _Writer(Writer):
    """Writes what a package says of a photo in place of what an import would."""

    def __init__(
        self,
        taking: _Taking,
        connection: sqlite3.Connection,
        sources: Sources,
        actor: Person,
        options: ImportOptions,
    ) -> None:
        super().__init__(connection, sources, actor, options)
        self.taking = taking

    def add(self, filing: Filing, ready: Ready) -> str:
        """Record every photo that has these bytes; returns the uuid of the first."""
        original = self.original(filing.batch, ready)
        some = self.taking.take(ready.staged.sha256)
        for record in some:
            self.taking.add(filing.batch, record, original)
        self.sources.remember(ready.found, "imported", None, original)
        return str(some[0]["uuid"])


def _original_of(connection: sqlite3.Connection, sha256: str) -> int | None:
    row = connection.execute(
        "select id from originals where sha256 = ?", (sha256,)
    ).fetchone()
    return int(row[0]) if row else None


def _finish(
    taking: _Taking, bag: Bag, project: Record, about: Values, by: tuple[Person, str]
) -> None:
    """Choose the covers of albums, and keep where all of it came from."""
    connection = taking.archive.connection
    for album in records(project, "albums", ALBUM):
        if album["cover"]:
            connection.execute(
                """
                update albums set cover_photo_id = (
                    select id from photos where uuid = ?1 and album_id = albums.id)
                where id = ?2 and cover_photo_id is null and exists (
                    select 1 from photos where uuid = ?1 and album_id = albums.id)
                """,
                (album["cover"], taking.numbers.albums[album["uuid"]]),
            )
    _keep(connection, {**about, "seal": bag.seal}, by, _lines(bag, HISTORY))
    for earlier in records(project, "packages", EARLIER):
        lines = _lines(bag, f"data/earlier/{earlier['uuid']}/history.jsonl")
        _keep(connection, earlier, by, lines)


def _keep(
    connection: sqlite3.Connection,
    about: Values,
    by: tuple[Person, str],
    lines: Iterable[str],
) -> None:
    actor, run = by
    row = connection.execute(
        "select 1 from packages where uuid = ?", (about["uuid"],)
    ).fetchone()
    if row:
        return
    number = insert(
        connection,
        "packages",
        {
            **about,
            "run": run,
            "person_id": actor.id,
            "imported_at": timestamp(utc_now()),
        },
    )
    connection.executemany(
        "insert into package_lines (package_id, number, line) values (?, ?, ?)",
        ((number, n, line) for n, line in enumerate(lines, 1)),
    )


def _lines(bag: Bag, name: str) -> Iterator[str]:
    """Yield the lines of a history, if there is one, as they are."""
    found = bag.files.get(name)
    if found is None:
        return
    kept = b""
    with found.open() as file:
        while piece := file.read(1 << 20):
            *whole, kept = (kept + piece).split(b"\n")
            if len(kept) > _LONGEST_LINE:
                raise InvalidInput(f"{name} has a line that is far too long")
            yield from (line.decode("utf-8", "replace") for line in whole)
