"""The close-out package: a bag that can be checked, read and looked at without us."""

from archive.export.package.making import export_package, require_everything
from archive.export.package.readme import found_by_search, selected

__all__ = ["export_package", "found_by_search", "require_everything", "selected"]
