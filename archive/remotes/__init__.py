"""The remote that an archive is linked with, as people see it: link, runs, conflicts.

What the sync wrote down is read here, and what people say to it is written: pages and
commands need nothing else of it. Whoever calls has decided that the reader is an admin.
"""

from archive.remotes.choosing import (
    EVERY,
    Choice,
    choice_of,
    originals_of,
    set_originals,
    words_of,
)
from archive.remotes.conflicts import (
    CHOICES,
    ConflictRecord,
    ConflictSide,
    decide,
    find_conflict,
    list_conflicts,
)
from archive.remotes.links import (
    LINK,
    gone_there,
    link_of,
    remote_id_of,
    set_link,
    unlink,
)
from archive.remotes.runs import SyncRun, begin_run, end_run, list_runs, tell_run
from archive.remotes.schedules import is_due, past_of, schedule_of, set_schedule
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
    "EVERY",
    "LINK",
    "Choice",
    "ConflictRecord",
    "ConflictSide",
    "SetAside",
    "SyncRun",
    "SyncState",
    "begin_run",
    "choice_of",
    "count_to_decide",
    "decide",
    "end_run",
    "find_conflict",
    "gone_there",
    "is_due",
    "link_of",
    "list_conflicts",
    "list_runs",
    "list_set_aside",
    "originals_of",
    "past_of",
    "remote_id_of",
    "schedule_of",
    "set_link",
    "set_originals",
    "set_schedule",
    "sync_state",
    "tell_run",
    "try_now",
    "unlink",
    "words_of",
]
