"""Jobs: work that takes longer than a request, done by a process of its own.

``records`` is the table, ``kinds`` what there is to do, ``leases`` which process has
which job, ``runner`` that process (``python -m archive.jobs ARCHIVE``), ``work`` what a
running job talks to.
"""

from archive.jobs.kinds import KINDS, Kind, find_kind
from archive.jobs.records import (
    Job,
    JobError,
    add_job,
    cancel_job,
    find_job,
    last_job,
    list_errors,
    list_jobs,
    retry_job,
)

__all__ = [
    "KINDS",
    "Job",
    "JobError",
    "Kind",
    "add_job",
    "cancel_job",
    "find_job",
    "find_kind",
    "last_job",
    "list_errors",
    "list_jobs",
    "retry_job",
]
