"""Reports as PDF: photos with captions, in sections, on paper of a known size.

``template`` is what a report looks like, ``sections`` what is in it in which order,
``layout`` where that stands on which page, ``pictures`` the photos in the form in which
they are embedded, ``drawing`` writes the pages (fpdf2) and ``finishing`` puts pictures,
structure and metadata in (pikepdf). ``report`` does one after the other.
"""

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
