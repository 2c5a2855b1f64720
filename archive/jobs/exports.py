"""Jobs that make a pdf, zip, list, package or evidence, which is kept for some days.

Options: ``query`` (what finds the photos) or ``ids``; ``name`` to save it under. For a
zip ``names``, ``sidecars``, ``copies`` and ``markups``, as
``archive.export.photos.Packaging``. For a list ``format``, one of LISTS, ``names`` of
the zip that a log goes with, and of tables ``photo_links``, as
``archive.export.files.export_table``. For a pdf
``template``, values as ``archive.export.pdf.template_from`` takes them, and ``base``,
the name of a template in the archive's ``reports/``. For a package ``complete``: all
photos and the whole history. For a package and for evidence ``language``. Zips and
packages that were cut off go on where they were, reports with the pictures that were
made for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from archive.database import Archive
from archive.disk import storing
from archive.errors import InvalidInput
from archive.export.data import KINDS
from archive.export.files import (
    export_database,
    export_log,
    export_pdf,
    export_table,
    export_zip,
)
from archive.export.keeping import clear_exports, keep, path_of, remove_kept
from archive.export.names import safe_name
from archive.export.package import (
    export_package,
    found_by_search,
    require_everything,
    selected,
)
from archive.export.pdf import Template, template_from
from archive.export.pdf.template import kept_template
from archive.export.photos import Packaging
from archive.export.receipts import Receipt
from archive.export.selection import found_by, visible
from archive.jobs.records import JobError, clear_errors, failed_items, transaction
from archive.jobs.work import Work
from archive.people import Person
from archive.rights import require, viewer

LISTS = ("log.xlsx", "log.csv", *KINDS, "db")
Write = Callable[[Sequence[int], Path], Receipt]


def pdf(archive: Archive, person: Person, work: Work) -> str:
    """Make a report."""
    template = _template(archive, work)

    def write(ids: Sequence[int], out: Path) -> Receipt:
        tell = _telling(work)
        return export_pdf(archive, person, ids, out, template, replace=True, tell=tell)

    return _made(archive, person, work, write)


def zip_(archive: Archive, person: Person, work: Work) -> str:
    """Pack originals, or copies, and their lists."""
    options = work.job.options
    given = {
        n: str(options[n]) for n in ("names", "sidecars", "copies") if n in options
    }
    packaging = Packaging(**given, markups=bool(options.get("markups")))

    def write(ids: Sequence[int], out: Path) -> Receipt:
        tell = _telling(work)
        return export_zip(archive, person, ids, out, packaging, replace=True, tell=tell)

    return _made(archive, person, work, write)


def list_(archive: Archive, person: Person, work: Work) -> str:
    """Write a log, a table or a database."""
    kind = str(work.job.options.get("format"))
    if kind not in LISTS:
        raise InvalidInput(f"there is no list {kind!r}", key="no_list", name=kind)
    log, _, ending = kind.rpartition(".")
    names = str(work.job.options.get("names") or "")

    def write(ids: Sequence[int], out: Path) -> Receipt:
        options: dict[str, Any] = {"replace": True, "tell": _telling(work)}
        if log:
            options["names"] = names
            return export_log(archive, person, ids, out, ending, **options)
        if kind == "db":
            return export_database(archive, person, ids, out, **options)
        options["photo_links"] = str(work.job.options.get("photo_links") or "")
        return export_table(archive, person, ids, out, kind, **options)

    return _made(archive, person, work, write)


def package(archive: Archive, person: Person, work: Work) -> str:
    """Put together what is handed over, as a zip."""
    complete = bool(work.job.options.get("complete"))
    query, language = work.job.options.get("query"), _language(work)
    asked = selected(language)
    if query is not None:
        asked = found_by_search(str(query), language)

    def write(ids: Sequence[int], out: Path) -> Receipt:
        return export_package(
            archive,
            person,
            None if complete else ids,
            out,
            asked=asked,
            language=language,
            replace=True,
            tell=_telling(work),
        )

    return _made(archive, person, work, write)


def evidence(archive: Archive, person: Person, work: Work) -> str:
    """Sign what is known of photos, as a zip."""
    from archive.evidence.packing import export_evidence

    def write(ids: Sequence[int], out: Path) -> Receipt:
        tell, language = _telling(work), _language(work)
        return export_evidence(archive, person, ids, out, tell=tell, language=language)

    return _made(archive, person, work, write)


def _language(work: Work) -> str:
    return str(work.job.options.get("language") or "en")


def _template(archive: Archive, work: Work) -> Template:
    options = work.job.options
    base = kept_template(archive.folder, str(options.get("base") or ""))
    return template_from(options.get("template", {}), base)


def _telling(work: Work) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        work.report(done=done, total=of)
        work.check()

    return tell


def _made(archive: Archive, person: Person, work: Work, write: Write) -> str:
    require(person, "download")
    clear_exports(archive)
    remove_kept(archive.folder, work.job)
    connection = archive.connection
    failed = failed_items(connection, work.job.id)
    with transaction(connection):
        clear_errors(connection, work.job.id, failed)
    ids = _wanted(archive, person, work)
    work.report(done=0, total=len(ids))
    out = path_of(archive.folder, work.job)
    with storing(out):
        out.parent.mkdir(exist_ok=True)
    receipt = write(ids, out)
    if work.job.options.get("complete"):  # some may have come since
        ids = sorted({*ids, *_wanted(archive, person, work)})
    keep(archive, work.job, _name(work, receipt), receipt, ids)
    problems = [
        JobError(str(number), name, reason)
        for number, (name, reason) in enumerate(receipt.missing, 1)
    ]
    with transaction(connection):
        work.move_on(connection, {}, len(ids), problems)
    return ""


def _wanted(archive: Archive, person: Person, work: Work) -> list[int]:
    """Return the photos that are meant, as far as the person may see them."""
    options, who = work.job.options, viewer(person)
    if options.get("complete"):
        require_everything(person)
        rows = archive.connection.execute("select id from photos order by id")
        found = [int(row[0]) for row in rows]
    elif "ids" in options:
        found = visible(archive.connection, [int(n) for n in options["ids"]], who)
    elif "query" in options:
        query, check = options["query"], work.check
        found = found_by(archive.connection, query, who, order="oldest", check=check)
    else:
        raise InvalidInput("which photos are meant was not given")
    if not found:
        raise InvalidInput("there are no photos to export")
    return found


def _name(work: Work, receipt: Receipt) -> str:
    """Return the name to save it under."""
    wanted = safe_name(str(work.job.options.get("name") or "photos"), "photos")
    if receipt.kind == "package":
        return f"{wanted} (package).zip"
    if receipt.kind == "evidence":
        return f"{wanted}.zip"
    if str(work.job.options.get("format")).startswith("log."):
        return f"{wanted} (log).{receipt.kind}"
    return f"{wanted}.{receipt.kind}"
