"""What an original says of itself, read again from its bytes for a statement.

The archive's record of that was made at the import; whoever can write to the database
can write there, too. So what is signed comes from the bytes, and where the record says
something else, that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from archive.facts import Facts
from archive.importing.answers import facts_from
from archive.importing.pipeline import PREPARE
from archive.workers import run_jobs

# Of the file's facts those that stand elsewhere, or are about the archive's keeping
_ELSEWHERE = {"sha256", "bytes", "stored_at", "verified_at", "media_type", "kind"}
# fact: which says from which tag it is
_TAGS = {
    "taken_at": "taken_source",
    "taken_offset": "taken_source",
    "latitude": "position_source",
    "longitude": "position_source",
    "altitude": "position_source",
}
_NAMES = (
    *("width", "height", "orientation", "taken_at", "taken_offset", "taken_source"),
    *("latitude", "longitude", "altitude", "position_source", "direction"),
    *("media_type", "camera_make", "camera_model", "lens", "projection", "damage"),
)


def read_again(path: Path) -> dict[str, Any] | str:
    """Return what a file says, named as in the record of it; or why nobody can tell.

    A limited process reads it, as at the import.
    """
    jobs = [(None, (str(path), ()))]
    with closing(run_jobs(PREPARE, jobs, 1)) as outcomes:  # type: ignore[type-var]
        outcome = next(outcomes)
    if outcome.error:
        return outcome.error.reason
    try:
        facts = facts_from(outcome.value)
    except ValueError as error:
        return str(error)
    return _named(facts)


def _named(facts: Facts) -> dict[str, Any]:
    found = {name: getattr(facts, name) for name in _NAMES} | facts.details
    return found | ({"warnings": "; ".join(facts.warnings)} if facts.warnings else {})


def capture(
    read: Mapping[str, Any] | None, recorded: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield each fact, and in which tag it stands, where that is known.

    :param read: from the bytes, just now; None: they could not be read as a picture,
        and what was recorded at the import stands for them
    :param recorded: in the archive; told beside a fact when it says something else
    """
    said = recorded if read is None else read
    for name in dict.fromkeys([*recorded, *said]):
        if name in _ELSEWHERE or name in _TAGS.values():
            continue
        value, other = said.get(name), recorded.get(name)
        if name == "damage":  # of the pictures made at the import, perhaps
            value, other = value or other, None
        if value is None and other is None:
            continue
        tag = said.get(_TAGS.get(name, ""))
        yield (
            {"fact": name, "value": value}
            | ({"tag": tag} if tag else {})
            | ({"in_the_archive": other} if other not in (None, value) else {})
        )
