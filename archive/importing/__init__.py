"""Importing: files, folders and zips into the archive, exactly once each."""

from archive.importing.model import ImportOptions, ImportReport, Refusal
from archive.importing.pipeline import import_photos

__all__ = ["ImportOptions", "ImportReport", "Refusal", "import_photos"]
