"""The remote that an archive is linked with, as people see it: link, runs, conflicts.

What the sync wrote down is read here, and what people say to it is written: pages and
commands need nothing else of it. Whoever calls has decided that the reader is an admin.
"""

from archive.remotes.conflicts import (
    CHOICES,
    ConflictRecord,
    ConflictSide,
    decide,
    find_conflict,
    list_conflicts,
)
from archive.remotes.links import LINK, link_of, remote_id_of, set_link, unlink
from archive.remotes.runs import SyncRun, begin_run, end_run, list_runs, tell_run
from archive.remotes.state import (
    SetAside,
    SyncState,
    count_to_decide,
    list_set_aside,
    sync_state,
    try_now,
)

__all__ = [
    "CHOICES",
    "LINK",
    "ConflictRecord",
    "ConflictSide",
    "SetAside",
    "SyncRun",
    "SyncState",
    "begin_run",
    "count_to_decide",
    "decide",
    "end_run",
    "find_conflict",
    "link_of",
    "list_conflicts",
    "list_runs",
    "list_set_aside",
    "remote_id_of",
    "set_link",
    "sync_state",
    "tell_run",
    "try_now",
    "unlink",
]
