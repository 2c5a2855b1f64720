"""Whether a PDF keeps to PDF/A-2 (ISO 19005-2), told by clauses of the standard.

No validator can be had where these tests run, so this looks itself at what a file of
ours could break: how it is written, what it refers to, its colours, fonts, annotations,
metadata and structure. It is strict: what our reports have no use for is refused, also
where the standard would let it pass under conditions.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf

from tests.archive.pdfa import content, fonts, metadata, objects, structure, writing


def problems(path: Path) -> list[str]:
    """Return what is wrong, each with its clause; nothing: it keeps to the standard."""
    found = list(writing.problems(path.read_bytes()))
    with pikepdf.open(path) as pdf:
        found += (f"syntax: {one}" for one in pdf.check_pdf_syntax())
        level, wrong = metadata.claimed(pdf)
        found += wrong
        found += objects.problems(pdf)
        drawn = content.look(pdf)
        found += drawn.problems
        found += fonts.problems(pdf, drawn, level)
        if level == "A":
            found += structure.problems(pdf, drawn)
    return list(dict.fromkeys(found))
