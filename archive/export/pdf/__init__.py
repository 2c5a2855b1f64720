"""Reports as PDF: photos with captions, in sections, on paper of a known size.

``template`` is what a report looks like, ``sections`` what is in it in which order,
``layout`` where that stands on which page, ``pictures`` the photos in the form in which
they are embedded, ``drawing`` writes the pages (fpdf2) and ``finishing`` puts pictures,
structure and metadata in (pikepdf). ``report`` does one after the other.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.export.pdf.report import MOST, Report, write_report
    from archive.export.pdf.template import Template, read_template, template_from

__all__ = [
    "MOST",
    "Report",
    "Template",
    "read_template",
    "template_from",
    "write_report",
]

_WHERE = {
    "MOST": "report",
    "Report": "report",
    "Template": "template",
    "read_template": "template",
    "template_from": "template",
    "write_report": "report",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load what is asked for: a worker process that makes pictures needs none of it."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
