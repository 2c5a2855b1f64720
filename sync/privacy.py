"""Nothing becomes public because two records were put together.

What lies in a private album is private, and what is private is in no daily log: the
archive's own rules (``schema.sql``), which also hold where the remote says otherwise.
Only a person makes something public, on one side or the other.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from sync.decisions import Decision, Verdict
from sync.records import Agreed, Record, Value


def keep_private(
    decisions: Mapping[str, Decision], record: Record, private_albums: Container[str]
) -> tuple[dict[str, Decision], dict[str, str]]:
    """Return decisions that the archive can keep, and the fields that have to wait.

    :param private_albums: as they will be here
    """
    found, waiting = dict(decisions), {}
    album = _after(found, record, "album")
    if album in private_albums and not _after(found, record, "private"):
        if record.local.fields.get("private"):
            waiting["private"] = "lies in an album that is private here"
            found.pop("private")
        else:
            found["private"] = _made_private(found.get("private"))
    if _after(found, record, "private"):
        waiting |= _off_the_log(found, record)
    return found, waiting


def _made_private(before: Decision | None) -> Decision:
    """Here at once; there with this plan where it is written anyway, else the next.

    Nothing is agreed by it: the remote has not said so yet.
    """
    if before is not None and before.sends:
        return Decision(Verdict.MERGE, here=True, there=True)
    return Decision(Verdict.PULL, here=True)


def _after(decisions: Mapping[str, Decision], record: Record, name: str) -> Value:
    decision = decisions.get(name)
    if decision is not None and decision.writes:
        return decision.here
    return record.local.fields.get(name)


def _off_the_log(decisions: dict[str, Decision], record: Record) -> dict[str, str]:
    decision = decisions.get("log_date")
    if decision is not None and decision.writes and decision.here is not None:
        del decisions["log_date"]
        return {"log_date": "a private photo is in no daily log"}
    if record.local.fields.get("log_date") is not None:
        theirs = record.remote.fields
        is_off_there = "log_date" in theirs and theirs["log_date"] is None
        known = Agreed(None, None) if is_off_there else None
        decisions["log_date"] = Decision(Verdict.PULL, here=None, agreed=known)
    return {}
