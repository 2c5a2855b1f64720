"""Taking in what others told: the bundles in a folder, in the order they were written.

A bundle counts when all of it was read and is as it was written. What it tells is
written a thousand records at a time, each time with what is left over; its files come
then, and last that it is known. So a run that is cut off is done again, and nothing of
it is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import ArchiveError, FileProblem, InvalidInput
from archive.holding import held
from archive.identity import new_uuid
from archive.people import Person
from archive.rights import require
from archive.sites import Sites, begin_site, sites_of
from sync.bundles import acks, reading
from sync.bundles.model import Ack, Found, Heading, Record
from sync.bundles.reading import Bundle
from sync.exchanging.exporting import DOING, LOCK, hear, meet
from sync.exchanging.files import Files, land_all
from sync.exchanging.forms import told_from
from sync.exchanging.holding import carry_out, look_again, take_in
from sync.exchanging.linking import project_of
from sync.exchanging.merging import PURGED_PHOTO
from sync.exchanging.model import Told
from sync.exchanging.noticing import recall
from sync.exchanging.taking import Taking, prepare, taking, translated

TOGETHER = 1_000  # records in one transaction


@dataclass(slots=True)
class Taken:
    """What became of one bundle.

    :param state: "taken", "known" (it was here already), "refused" (and why)
    :param changed: records that became others here; ``records`` are all in it
    :param kinds: how many records of each kind it told
    :param refused: records and files that cannot be taken in: (which, why)
    :param absent: photos that came without their files
    :param is_gap: bundles before it are missing: what they told is not here
    """

    path: Path
    name: str
    state: str
    why: str = ""
    records: int = 0
    changed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    originals: int = 0
    absent: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    is_gap: bool = False
    landed: set[str] = field(default_factory=set)

    @property
    def is_complete(self) -> bool:
        """Whether all of it is here."""
        is_left = self.absent or self.refused or self.is_gap
        return self.state != "refused" and not is_left


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    :param run: of its batches, by which it can be undone
    :param conflicts: that are open with other laptops now
    :param waiting: records that refer to what is not here
    :param silent: why no word of it could be left on the stick; "": it was
    """

    run: str
    taken: Sequence[Taken]
    conflicts: int
    waiting: int
    is_undoable: bool
    silent: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it is left over."""
        return all(one.is_complete for one in self.taken) and not self.waiting


def import_all(
    archive: Archive,
    person: Person,
    folder: Path,
    *,
    merge_archives: bool = False,
    told: Callable[[str, int, int], None] = lambda what, done, of: None,  # noqa: ARG005
) -> Imported:
    """Take in all bundles of others in a folder, and leave word of it there.

    :param merge_archives: also those of other archives, which become one with this
    :raises NotAllowed: the person may not; NotFound: there is no such folder
    :raises ArchiveLocked: another exchange of the archive runs
    """
    require(person, "settings")
    run = new_uuid()
    with held(archive.folder / LOCK, DOING):
        found = reading.find(folder)
        with taking(archive, person, run=run) as one:
            carry_out(one)
            hear(one, person, folder)
            sites = one.sites
        taken = [
            _take_one(archive, person, bundle, run, told, merge=merge_archives)
            for bundle in _in_order(found, sites)
        ]
        silent = _acknowledge(archive, folder, found, taken)
    return _said(archive, run, taken, silent)


def _in_order(found: Iterable[Found], sites: Sites) -> list[Found]:
    """Return others' bundles, as they were written."""
    others = [
        one for one in found if one.heading is None or one.heading.site != sites.own
    ]
    return sorted(
        others,
        key=lambda one: (one.heading.seq, one.heading.site) if one.heading else (0, ""),
    )


def _take_one(
    archive: Archive,
    person: Person,
    found: Found,
    run: str,
    told: Callable[[str, int, int], None],
    *,
    merge: bool,
) -> Taken:
    heading = found.heading
    taken = Taken(found.path, heading.name if heading else "", "refused", found.why)
    if heading is None or found.state in ("torn", "newer"):
        return taken
    taken.why = "" if merge else _foreign(archive, heading)
    if taken.why:
        return taken
    known = _known(archive, heading.site)
    if heading.seq <= known:
        taken.state, taken.why = "known", ""
        return taken
    try:
        bundle = reading.verified(found, lambda done, of: told("reading", done, of))
        _take_whole(archive, person, bundle, run, taken, told, known)
    except FileProblem as error:
        taken.state, taken.why = "refused", error.reason
    return taken


def _foreign(archive: Archive, heading: Heading) -> str:
    """Return why a bundle is none of this archive's; "": it is."""
    if heading.archive == archive.uuid:
        return ""
    project = project_of(archive.connection)
    remote = heading.remote or {}
    if project and (remote.get("company"), remote.get("project")) == (
        project.company,
        project.project,
    ):
        return ""
    other = f"it is of another archive, {heading.name!r}"
    return f"{other}; --merge-archives makes one of both"


def _known(archive: Archive, site: str) -> int:
    row = archive.connection.execute(
        "select seen from exchange_peers where site = ?", (site,)
    ).fetchone()
    return int(row[0]) if row else 0


def _take_whole(  # noqa: PLR0917
    archive: Archive,
    person: Person,
    bundle: Bundle,
    run: str,
    taken: Taken,
    told: Callable[[str, int, int], None],
    known: int,
) -> None:
    """Take in a bundle that was verified."""
    heading = bundle.heading
    wanted: list[tuple[str, str]] = []
    by = (heading.site, heading.seq)
    for kind in ("records", "conflicts"):
        lines = bundle.lines(kind)
        while some := list(islice(lines, TOGETHER)):
            reason = f"exchange: told by {heading.name} ({heading.site[-6:]})"
            mark = by if kind == "records" else ("", 0)
            with taking(
                archive,
                person,
                reason=reason,
                run=run,
                by=mark,
                is_linked=heading.remote is not None,
            ) as one:
                wanted += _take_lines(one, some, taken)
            told("records", taken.records, taken.records)
    files = land_all(
        archive, person, bundle, wanted, run, lambda done, of: told("files", done, of)
    )
    _settle(archive, person, heading, run, taken, files, known)


def _settle(  # noqa: PLR0917
    archive: Archive,
    person: Person,
    heading: Heading,
    run: str,
    taken: Taken,
    files: Files,
    known: int,
) -> None:
    """Look again at what is held, and remember that the bundle is here."""
    taken.refused += files.refused
    taken.landed, taken.absent = files.landed, files.absent
    taken.originals = len(files.landed)
    taken.is_gap = heading.base_seen.get(heading.site, 0) > known
    taken.state, taken.why = "taken", ""
    with taking(archive, person, run=run) as one:
        look_again(one, everywhere=True)
        meet(one.db, heading.site, heading.name, one.opened.at)
        if not taken.is_gap and not files.refused:
            one.db.execute(
                "update exchange_peers set seen = ? where site = ?",
                (heading.seq, heading.site),
            )


def _take_lines(
    one: Taking, lines: Sequence[Record], taken: Taken
) -> list[tuple[str, str]]:
    """Take in some records. Returns (uuid, SHA-256) of photos with files."""
    wanted: list[tuple[str, str]] = []
    records = list(_readable(lines, taken))
    prepare(one, (told.uuid for told in records))
    for read in records:
        if one.by[0]:  # not of others', that it held
            taken.kinds[read.kind] = taken.kinds.get(read.kind, 0) + 1
        _require_ours(one, read)
        told = translated(one, read)
        take_in(one, told)
        if told.blob:
            wanted.append((told.uuid, told.blob[0]))
    taken.records += len(lines)
    look_again(one)
    taken.changed += one.changed
    return wanted


def _readable(lines: Iterable[Record], taken: Taken) -> Iterator[Told]:
    for line in lines:
        try:
            yield told_from(line)
        except InvalidInput as error:
            taken.refused.append((str(line.get("u"))[:36], str(error)))


def _require_ours(one: Taking, told: Told) -> None:
    """Be another site, when others know more of this one than it does itself.

    It was put back to an earlier state, from a backup: what it does now must not pass
    for what it did then.
    """
    own = one.sites.own
    versions = [*told.fields.values(), told.life]
    numbers = [n for v in versions for site, n in v.stamp.vector if site == own]
    clocks = [n for v in versions for site, n in v.stamp.vector if site == f"{own}~"]
    is_ahead = max(numbers, default=0) > one.opened.id or (
        max(clocks, default=0) > recall(one.db, "clock")
    )
    if is_ahead:
        begin_site(one.db)
        one.sites = sites_of(one.db)


def _acknowledge(
    archive: Archive, folder: Path, found: Sequence[Found], taken: Sequence[Taken]
) -> str:
    """Leave word on the stick of what was taken in, and is verified here.

    :return: why that could not be done, or ""
    """
    own = sites_of(archive.connection).own
    newest: dict[str, Heading] = {}
    for heading in (one.heading for one in found if one.state in ("whole", "other")):
        if heading and heading.seq <= _known(archive, heading.site):
            before = newest.get(heading.site, heading)
            newest[heading.site] = max(before, heading, key=lambda one: one.seq)
    landed = sorted({sha256 for one in taken for sha256 in one.landed})
    try:
        left = {
            ack.of_site: ack.seq
            for ack in acks.acks(folder, archive.uuid)
            if ack.site == own
        }
        for site, heading in newest.items():
            if left.get(site, -1) < heading.seq:
                acks.leave(folder, _ack(own, heading), landed)
    except ArchiveError as error:  # a stick that cannot be written is read all the same
        return str(error)
    return ""


def _ack(own: str, heading: Heading) -> Ack:
    seen = {heading.site: heading.seq}
    at = timestamp(utc_now())
    return Ack(heading.archive, own, heading.site, heading.seq, at, seen)


def _said(archive: Archive, run: str, taken: Sequence[Taken], silent: str) -> Imported:
    connection = archive.connection
    conflicts, waiting, wrote = connection.execute(
        """
        select (select count(*) from sync_conflicts
                where peer = 1 and closed_at is null),
            (select count(*) from exchange_held where why not in ('', ?)),
            exists (select 1 from batches where run = ?)
        """,
        (PURGED_PHOTO, run),
    ).fetchone()
    return Imported(run, taken, conflicts, waiting, bool(wrote), silent)
