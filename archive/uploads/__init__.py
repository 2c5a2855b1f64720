"""Uploads: files that come from a browser, piece by piece, imported when whole.

``options`` is what holds for all files of one upload, ``records`` what is known of
them, ``parts`` their bytes on the disk, ``progress`` what becomes of them. The job that
imports them is ``archive.importing.uploaded``.
"""

from archive.uploads.progress import (
    Ending,
    cancel_upload,
    clear_uploads,
    close_upload,
    end_files,
    expires_at,
    give_up_file,
    note_synced,
    refuse_file,
)
from archive.uploads.records import (
    MAX_BYTES,
    Counts,
    NewFile,
    Upload,
    UploadFile,
    add_alone,
    add_files,
    count_files,
    ended_files,
    find_file,
    find_upload,
    list_uploads,
    open_files,
    open_upload,
)

__all__ = [
    "MAX_BYTES",
    "Counts",
    "Ending",
    "NewFile",
    "Upload",
    "UploadFile",
    "add_alone",
    "add_files",
    "cancel_upload",
    "clear_uploads",
    "close_upload",
    "count_files",
    "end_files",
    "ended_files",
    "expires_at",
    "find_file",
    "find_upload",
    "give_up_file",
    "list_uploads",
    "note_synced",
    "open_files",
    "open_upload",
    "refuse_file",
]
