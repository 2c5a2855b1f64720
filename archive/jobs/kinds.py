"""What jobs there are. A new one is a function, and a line here.

A package that ``archive`` may not know of (sync) brings its kinds by entry points of
the group ``asbuilt.jobs``: the kind's name, and where its ``Kind`` stands.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from archive.errors import InvalidInput

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.jobs.work import Work
    from archive.people import Person

    Run = Callable[[Archive, Person, Work], str]

GROUP = "asbuilt.jobs"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job.

    :param run: ``module:function``, which the process that does the work imports. It is
        given the archive, whoever asked, and the ``Work``; returns a message, or ""
    :param right: what one must be allowed to start it
    :param resumes: goes on by itself when its process is gone; else a person says so
    :param tidies: must run to be cancelled, since it has left something to clear away
    :param at_once: how many of this kind may run at the same time
    """

    run: str
    right: str
    resumes: bool = True
    tidies: bool = False
    at_once: int = 1


KINDS: dict[str, Kind] = {
    "import": Kind("archive.importing.uploaded:run", "upload", tidies=True, at_once=2),
    "bulk_edit": Kind("archive.jobs.bulk:edit", "bulk_describe"),
    "bulk_recycle": Kind("archive.jobs.bulk:recycle", "recycle"),
    "bulk_retrieve": Kind("archive.jobs.bulk:retrieve", "retrieve"),
    "bulk_purge": Kind("archive.jobs.bulk:purge", "purge", resumes=False),
    "undo": Kind("archive.jobs.bulk:take_back", "undo"),
    "verify": Kind("archive.jobs.verifying:run", "history"),
    "repair": Kind("archive.jobs.verifying:repair", "history"),
    "check_copy": Kind("archive.jobs.verifying:check_copy", "history"),
    "renditions": Kind("archive.jobs.renditions:run", "history"),
    "export_pdf": Kind("archive.jobs.exports:pdf", "download"),
    "export_zip": Kind("archive.jobs.exports:zip_", "download"),
    "export_list": Kind("archive.jobs.exports:list_", "download"),
    "export_package": Kind("archive.jobs.exports:package", "download"),
    "export_evidence": Kind("archive.jobs.exports:evidence", "evidence"),
}


def find_kind(name: str) -> Kind:
    """Return a kind by its name.

    :raises InvalidInput: there is none
    """
    found = KINDS.get(name) or _brought().get(name)
    if found is None:
        raise InvalidInput(f"there is no kind of job called {name!r}")
    return found


@cache
def _brought() -> dict[str, Kind]:
    found = {entry.name: entry.load() for entry in metadata.entry_points(group=GROUP)}
    return {name: kind for name, kind in found.items() if isinstance(kind, Kind)}


def resolve(kind: Kind) -> Any:  # noqa: ANN401
    """Return the function that does the work (see ``Run``)."""
    module, _, function = kind.run.partition(":")
    return getattr(importlib.import_module(module), function)
