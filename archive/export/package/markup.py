"""Words in pages: escaped, and of letters that HTML can have."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

# What is no character in HTML (13.2.3.5 of the standard), but for line ends and tabs
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Nothing is loaded but what lies beside the page; no script runs in pages without one
POLICY = (
    "default-src 'none'; img-src 'self' file:; style-src 'self' file:;"
    " base-uri 'none'; form-action 'none'"
)
POLICY_WITH_SCRIPT = f"{POLICY}; script-src 'self' file:"


def text(words: object) -> str:
    """Return words as HTML's text or as an attribute in double quotes."""
    return html.escape(_NO_TEXT.sub("\ufffd", str(words)), quote=True)


def link(path: str) -> str:
    """Return the address of a file by its path, for an attribute."""
    return html.escape(quote(path, safe="/~"), quote=True)
